//! From exchanges to facts. Pure: the same exchanges give the same facts again.
//!
//! An error is never an absence: what is absent needs an answer that says so from every place asked.

mod attached;
mod content;
mod evidence;
mod http;
mod local;
mod presence;
mod scans;
#[cfg(test)]
mod tests;

use evidence::{evidence, nothing_asked};
use http::Meaning;

use crate::model::{
    Absence, AbsenceKind, Answer, Evidence, Exchange, Fact, FactKey, Observed, Reason, ReasonKind,
};

/// A fact with its key and evidence.
pub type Read = (FactKey, Fact, Evidence);

/// Turns what was exchanged to learn `key` into facts: always one for `key`, and whatever else the same bytes tell.
///
/// The last place that has what was looked for counts. When none has it, one place that could not be read
/// makes it unknown, with the reasons of all such places; it is absent only when every place says so.
pub fn read(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    match key {
        FactKey::Tag { .. } => presence::tag(key, exchanges),
        FactKey::ClassicTag { .. } => presence::classic_tag(key, exchanges),
        FactKey::Present { digest, .. } => presence::present(key, digest, exchanges),
        FactKey::Manifest(digest) => content::manifest(key, digest, exchanges),
        FactKey::Config(digest) => content::config(key, digest, exchanges),
        FactKey::Layer(digest) => content::layer(key, digest, exchanges),
        FactKey::Referrers { .. } => attached::referrers(key, exchanges),
        FactKey::Staged(_) => local::staged(key, exchanges),
        FactKey::Local(_) => local::images(key, exchanges),
        FactKey::StoredRuns(config) => local::stored_runs(key, config, exchanges),
        FactKey::Run { .. } => local::run(key, exchanges),
        FactKey::Dockerfile(_) => local::dockerfile(key, exchanges),
        FactKey::Workflows => local::workflows(key, exchanges),
        FactKey::Git => local::checkout(key, exchanges),
        FactKey::RemoteTag { .. } => local::remote_tag(key, exchanges),
        FactKey::Signature { artifact, .. } => attached::signature(key, artifact, exchanges),
        FactKey::Scan { source, .. } => scans::scan(key, source, exchanges),
        FactKey::StoredScans(subject) => scans::stored(key, subject, exchanges),
        FactKey::Vex(_) => scans::vex(key, exchanges),
        FactKey::WorkflowRun { .. } => local::workflow_run(key, exchanges),
        FactKey::Names { .. } => local::names(key, exchanges),
        FactKey::Package(_) => local::package(key, exchanges),
        FactKey::Sbom(digest) => content::sbom(key, digest, exchanges),
        FactKey::TestResult(digest) => content::test_result(key, digest, exchanges),
    }
}

/// The fact of a key that no answer is known to be for: why, of every place.
fn unanswered(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    vec![match found(key, exchanges, |_| None::<Result<(), Reason>>) {
        Ok((exchange, ())) => unknown(key, exchange, not_fitting(exchange)),
        Err(read) => *read,
    }]
}

/// What the last place that has it gave, as `accept` takes it out of an answer (none: the answer is no such
/// thing; an error: it is, and it is wrong); else the fact that says why nothing was found.
fn found<'a, T>(
    key: &FactKey,
    exchanges: &'a [Exchange],
    accept: impl Fn(&'a Exchange) -> Option<Result<T, Reason>>,
) -> Result<(&'a Exchange, T), Box<Read>> {
    let (mut troubles, mut absences) = (Vec::new(), Vec::new());
    for exchange in exchanges.iter().rev() {
        match accept(exchange) {
            Some(Ok(content)) => return Ok((exchange, content)),
            Some(Err(reason)) => troubles.push((exchange, reason)),
            None => match &exchange.answer {
                Answer::Failed(reason) => troubles.push((exchange, reason.clone())),
                Answer::Missing(text) => absences.push((exchange, AbsenceKind::NotFound, text.clone())),
                Answer::Http(http) => match http::meaning(exchange, http) {
                    Meaning::Good => troubles.push((exchange, not_fitting(exchange))),
                    Meaning::Absent(kind, text) => absences.push((exchange, kind, text)),
                    Meaning::Trouble(reason) => troubles.push((exchange, reason)),
                },
                _ => troubles.push((exchange, not_fitting(exchange))),
            },
        }
    }
    troubles.reverse();
    absences.reverse();
    Err(Box::new(match (troubles.last(), absences.last()) {
        (Some((last, _)), _) => {
            let reasons: Vec<&Reason> = troubles.iter().map(|(_, reason)| reason).collect();
            unknown(key, last, joined(&reasons))
        }
        (None, Some((last, kind, _))) => {
            let text = in_a_row(absences.iter().map(|(_, _, text)| text.as_str()));
            absent(key, last, *kind, text)
        }
        (None, None) => {
            let reason = Reason::new(ReasonKind::NotConfigured, "nothing says where to look");
            (key.clone(), Fact::unknown(key, reason), nothing_asked(key))
        }
    }))
}

/// The reasons of several places as one. Changed bytes do not hide behind a time-out elsewhere.
fn joined(reasons: &[&Reason]) -> Reason {
    let mismatch = reasons.iter().find(|reason| reason.kind == ReasonKind::DigestMismatch);
    let kind = mismatch.or(reasons.last()).map_or(ReasonKind::NotConfigured, |reason| reason.kind);
    let cure = mismatch.into_iter().chain(reasons.iter().rev()).find_map(|reason| reason.cure.clone());
    Reason { kind, text: in_a_row(reasons.iter().map(|reason| reason.text.as_str())), cure }
}

fn in_a_row<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut said: Vec<&str> = Vec::new();
    for text in texts {
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said.join("; ")
}

fn not_fitting(exchange: &Exchange) -> Reason {
    Reason::new(ReasonKind::Unreadable, format!("{} brought an answer of another kind", exchange.request))
}

fn seen<T>(key: &FactKey, exchange: &Exchange, make: impl Fn(Observed<T>) -> Fact, content: T) -> Read {
    (key.clone(), make(Observed::Seen(content)), evidence(key, exchange))
}

fn unknown(key: &FactKey, exchange: &Exchange, reason: Reason) -> Read {
    (key.clone(), Fact::unknown(key, reason), evidence(key, exchange))
}

fn absent(key: &FactKey, exchange: &Exchange, kind: AbsenceKind, text: String) -> Read {
    (key.clone(), Fact::absent(key, Absence { kind, text }), evidence(key, exchange))
}
