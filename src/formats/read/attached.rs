//! What refers to a digest: the referrers API, or its 404 and then the fallback tag (distribution-spec 1.1).

use std::collections::BTreeSet;

use super::http::{self, Meaning, claimed};
use super::{Read, absent, found, seen, unanswered, unknown};
use crate::formats::manifest;
use crate::model::{
    AbsenceKind, Answer, Descriptor, Digest, Exchange, Fact, FactKey, HttpAnswer, Level, Manifest, Reason,
    ReasonKind, Referrers, ReferrersVia, Signature, SignatureOutcome, SignatureStep, SignatureStepOutcome,
};

/// Every page has to answer: half a list is no list.
pub(super) fn referrers(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let mut manifests = Vec::new();
    let mut raw = Vec::new();
    let mut via = ReferrersVia::Api;
    for (place, exchange) in exchanges.iter().enumerate() {
        let http = match &exchange.answer {
            Answer::Http(http) => http,
            Answer::Bytes(bytes) => return vec![in_layout(key, exchange, bytes)],
            _ => return unanswered(key, &exchanges[place..=place]),
        };
        match http::meaning(exchange, http) {
            Meaning::Good => match listed(exchange, http, via) {
                Ok(page) => {
                    manifests.extend(page);
                    raw.push(Digest::of(&http.body));
                }
                Err(reason) => return vec![unknown(key, exchange, reason)],
            },
            // The API is not there, or after that the fallback tag.
            Meaning::Absent(AbsenceKind::NotFound, _) if place == 0 => via = ReferrersVia::FallbackTag,
            Meaning::Absent(AbsenceKind::NotFound, _) if via == ReferrersVia::FallbackTag => {}
            Meaning::Absent(kind, text) if place == 0 || via == ReferrersVia::FallbackTag => {
                return vec![absent(key, exchange, kind, text)];
            }
            Meaning::Absent(_, text) => {
                let text = format!("{}: a later page of the referrers is missing: {text}", exchange.request);
                return vec![unknown(key, exchange, Reason::new(ReasonKind::ServerError, text))];
            }
            Meaning::Trouble(reason) => return vec![unknown(key, exchange, reason)],
        }
    }
    let Some(last) = exchanges.last() else { return unanswered(key, exchanges) };
    if via == ReferrersVia::FallbackTag && exchanges.len() < 2 {
        let text = format!("{}: 404, and the fallback tag was not asked for", last.request);
        return vec![unknown(key, last, Reason::new(ReasonKind::NotSupported, text))];
    }
    let mut known = BTreeSet::new();
    manifests.retain(|descriptor: &Descriptor| known.insert(descriptor.digest.clone()));
    let mut read = seen(key, last, Fact::Referrers, Referrers { via, manifests });
    read.2.raw = raw;
    vec![read]
}

/// What a layout lists for a subject, as an image index.
fn in_layout(key: &FactKey, exchange: &Exchange, bytes: &[u8]) -> Read {
    match manifest::parse(bytes) {
        Ok(Manifest::Index(index)) => {
            let referrers = Referrers { via: ReferrersVia::Layout, manifests: index.manifests };
            seen(key, exchange, Fact::Referrers, referrers)
        }
        Ok(Manifest::Image(_)) => unknown(key, exchange, super::not_fitting(exchange)),
        Err(reason) => unknown(key, exchange, reason),
    }
}

/// What a verification yielded. One that was refused is seen as well: it is there, and it is not good.
pub(super) fn signature(key: &FactKey, artifact: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    let verified = found(key, exchanges, |exchange| match &exchange.answer {
        Answer::Signature(signature) => Some(Ok(signature.as_ref())),
        _ => None,
    });
    let (exchange, signature) = match verified {
        Ok(verified) => verified,
        Err(read) => return vec![*read],
    };
    let mut read = seen(key, exchange, Fact::Signature, signature.clone());
    if matches!(signature.outcome, SignatureOutcome::Valid(_)) {
        read.2.level = Level::Verified;
    }
    read.2.method = format!("{}: {}", exchange.request, steps(signature));
    read.2.raw = vec![artifact.clone()];
    vec![read]
}

/// The steps in a line, the first that failed last.
fn steps(signature: &Signature) -> String {
    let step = |step: &SignatureStep| match &step.outcome {
        SignatureStepOutcome::Passed(seen) => format!("{:?} ok ({seen})", step.kind),
        SignatureStepOutcome::NotRequired(why) => format!("{:?} not required ({why})", step.kind),
        SignatureStepOutcome::Failed(why) => format!("{:?} FAILED: {why}", step.kind),
        SignatureStepOutcome::Unsupported(why) => format!("{:?} not supported: {why}", step.kind),
    };
    let steps: Vec<String> = signature.checks.steps.iter().map(step).collect();
    steps.join("; ")
}

fn listed(exchange: &Exchange, http: &HttpAnswer, via: ReferrersVia) -> Result<Vec<Descriptor>, Reason> {
    if via == ReferrersVia::FallbackTag {
        claimed(exchange, http)?;
    }
    let named = |reason: Reason| Reason { text: format!("{}: {}", exchange.request, reason.text), ..reason };
    match (manifest::parse(&http.body), via) {
        (Ok(Manifest::Index(index)), _) => Ok(index.manifests),
        // What is no index under the fallback tag counts as nothing there.
        (Ok(Manifest::Image(_)), ReferrersVia::FallbackTag) => Ok(Vec::new()),
        (Err(reason), ReferrersVia::FallbackTag) if reason.kind == ReasonKind::Unreadable => Ok(Vec::new()),
        (Ok(Manifest::Image(_)), ReferrersVia::Api | ReferrersVia::Layout) => {
            Err(named(Reason::new(ReasonKind::ServerError, "the answer is no image index")))
        }
        (Err(reason), _) => Err(named(reason)),
    }
}
