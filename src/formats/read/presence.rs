//! What a tag resolves to, and whether a repository has a manifest.

use super::http::{self, Meaning, claimed, mismatch};
use super::{Read, content, found, seen, unknown};
use crate::model::{
    Answer, Digest, Exchange, Fact, FactKey, HttpAnswer, Observed, Place, Reason, ReasonKind, TagFact,
};

pub(super) fn tag(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    resolved(key, exchanges, Fact::Tag)
}

pub(super) fn classic_tag(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    resolved(key, exchanges, Fact::ClassicTag)
}

fn resolved(key: &FactKey, exchanges: &[Exchange], make: impl Fn(Observed<TagFact>) -> Fact) -> Vec<Read> {
    let (exchange, http) = match last_answer(key, exchanges) {
        Ok(answer) => answer,
        Err(read) => return vec![*read],
    };
    match digest_behind(exchange, http) {
        Ok(digest) => {
            let mut read = content::also(exchange, &http.body, &digest);
            let mut tag = seen(key, exchange, make, TagFact { digest: digest.clone() });
            tag.2.subject = format!("{}@{digest}", tag.2.subject);
            read.push(tag);
            read
        }
        Err(reason) => vec![unknown(key, exchange, reason)],
    }
}

/// The digest behind a tag: of the bytes where there are some, else as the header says.
fn digest_behind(exchange: &Exchange, http: &HttpAnswer) -> Result<Digest, Reason> {
    match claimed(exchange, http)? {
        Some(claimed) => Ok(claimed),
        None if http.body.is_empty() => {
            let text = format!("{} was answered without Docker-Content-Digest", exchange.request);
            Err(Reason::new(ReasonKind::ServerError, text))
        }
        None => Ok(Digest::of(&http.body)),
    }
}

pub(super) fn present(key: &FactKey, digest: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    let (exchange, http) = match last_answer(key, exchanges) {
        Ok(answer) => answer,
        Err(read) => return vec![*read],
    };
    let checked = claimed(exchange, http).and_then(|claimed| {
        if !http.body.is_empty() && !digest.matches(&http.body) {
            return Err(mismatch(exchange, digest, &http.body));
        }
        match claimed.filter(|it| it.algorithm() == digest.algorithm() && it != digest) {
            Some(other) => {
                let text = format!("{} was answered for the digest {other}", exchange.request);
                Err(Reason::new(ReasonKind::DigestMismatch, text))
            }
            None => Ok(()),
        }
    });
    match checked {
        Ok(()) => {
            let mut read = content::also(exchange, &http.body, digest);
            read.retain(|(other, ..)| other != key);
            read.push(seen(key, exchange, Fact::Present, ()));
            read
        }
        Err(reason) => vec![unknown(key, exchange, reason)],
    }
}

/// The last answer of the one repository that was asked; tries that failed before it do not count.
fn last_answer<'a>(
    key: &FactKey,
    exchanges: &'a [Exchange],
) -> Result<(&'a Exchange, &'a HttpAnswer), Box<Read>> {
    let answered = exchanges.iter().rposition(|exchange| matches!(exchange.answer, Answer::Http(_)));
    let relevant = answered.map_or(exchanges, |at| &exchanges[at..=at]);
    found(key, relevant, |exchange| match &exchange.answer {
        Answer::Http(http) if matches!(http::meaning(exchange, http), Meaning::Good) => Some(Ok(http)),
        _ => None,
    })
}

/// That the repository of an exchange has a manifest.
pub(super) fn present_in(exchange: &Exchange, digest: &Digest) -> Option<Read> {
    let Place::Registry(repository) = &exchange.place else { return None };
    let key = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
    Some(seen(&key, exchange, Fact::Present, ()))
}
