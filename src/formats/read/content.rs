//! What is bound to a digest: manifests, configs, layers.

use super::http::{self, Meaning, claimed, mismatch};
use super::{Read, evidence, found, presence, seen, unknown};
use crate::formats::{image_config, manifest as manifests, sbom as sboms, test_result as test_results};
use crate::model::{Answer, Digest, Exchange, Fact, FactKey, Level, Observed, Reason, ReasonKind, RunEnd};

/// The bytes of a digest, from wherever they came, checked against it.
fn bytes<'a>(
    key: &FactKey,
    digest: &Digest,
    exchanges: &'a [Exchange],
) -> Result<(&'a Exchange, &'a [u8]), Box<Read>> {
    let checked = |exchange: &'a Exchange, bytes: &'a [u8]| {
        if digest.matches(bytes) { Ok(bytes) } else { Err(mismatch(exchange, digest, bytes)) }
    };
    found(key, exchanges, |exchange| match &exchange.answer {
        Answer::Bytes(bytes) => Some(checked(exchange, bytes)),
        Answer::Http(http) if matches!(http::meaning(exchange, http), Meaning::Good) => {
            Some(claimed(exchange, http).and_then(|_| checked(exchange, &http.body)))
        }
        _ => None,
    })
}

pub(super) fn manifest(key: &FactKey, digest: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    match bytes(key, digest, exchanges) {
        Ok((exchange, bytes)) => {
            let mut read: Vec<Read> = presence::present_in(exchange, digest).into_iter().collect();
            read.push(parsed(key, digest, exchange, manifests::parse(bytes), Fact::Manifest));
            read
        }
        Err(read) => vec![*read],
    }
}

/// What an answer about a manifest tells beside what was asked: that the repository has it, and its
/// content where it came along.
pub(super) fn also(exchange: &Exchange, bytes: &[u8], digest: &Digest) -> Vec<Read> {
    let mut read: Vec<Read> = presence::present_in(exchange, digest).into_iter().collect();
    if !bytes.is_empty() {
        let key = FactKey::Manifest(digest.clone());
        read.push(parsed(&key, digest, exchange, manifests::parse(bytes), Fact::Manifest));
    }
    read
}

pub(super) fn config(key: &FactKey, digest: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    match bytes(key, digest, exchanges) {
        Ok((exchange, bytes)) => {
            vec![parsed(key, digest, exchange, image_config::parse(bytes), Fact::Config)]
        }
        Err(read) => vec![*read],
    }
}

pub(super) fn sbom(key: &FactKey, digest: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    match bytes(key, digest, exchanges) {
        Ok((exchange, bytes)) => vec![parsed(key, digest, exchange, sboms::parse(bytes), Fact::Sbom)],
        Err(read) => vec![*read],
    }
}

/// A test result, with the level of the run that it is of and when that ran.
pub(super) fn test_result(key: &FactKey, digest: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    let (exchange, bytes) = match bytes(key, digest, exchanges) {
        Ok(found) => found,
        Err(read) => return vec![*read],
    };
    let mut read = parsed(key, digest, exchange, test_results::parse(bytes), Fact::TestResult);
    if let Fact::TestResult(Observed::Seen(result)) = &read.1
        && let Some(attested) = &result.run
    {
        // As of a run of this machine: outside a container the program was seen, and not the image around it.
        read.2.level = if attested.in_container { Level::Verified } else { Level::Local };
        let (words, tool) = (attested.run.manner(), &attested.tool);
        let what =
            format!("attested {} of {}, {words} by {tool}", attested.kind.word(), attested.run.platform);
        read.2.method = format!("{}: {what} at {}", read.2.method, attested.at);
        read.2.exit = match attested.run.ended {
            RunEnd::Exited(code) => Some(code),
            _ => None,
        };
    }
    vec![read]
}

fn parsed<T>(
    key: &FactKey,
    digest: &Digest,
    exchange: &Exchange,
    parsed: Result<T, Reason>,
    make: impl Fn(Observed<T>) -> Fact,
) -> Read {
    let mut read = match parsed {
        Ok(content) => seen(key, exchange, make, content),
        Err(reason) => {
            let subject = evidence::evidence(key, exchange).subject;
            unknown(key, exchange, Reason { text: format!("{subject}: {}", reason.text), ..reason })
        }
    };
    read.2.raw = vec![digest.clone()];
    read
}

pub(super) fn layer(key: &FactKey, digest: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    let index = found(key, exchanges, |exchange| match &exchange.answer {
        Answer::Layer(index) if index.digest == *digest => Some(Ok(index)),
        Answer::Layer(index) => {
            let text = format!("{} brought the layer {}, not {digest}", exchange.request, index.digest);
            Some(Err(Reason::new(ReasonKind::DigestMismatch, text)))
        }
        _ => None,
    });
    match index {
        Ok((exchange, index)) => {
            let mut read = seen(key, exchange, Fact::Layer, index.clone());
            read.2.raw = vec![digest.clone()];
            vec![read]
        }
        Err(read) => vec![*read],
    }
}
