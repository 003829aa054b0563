//! From exchanges to facts. Pure: the same bytes give the same facts again.

mod local;
mod registry;

use jiff::Timestamp;

use crate::model::{
    Absence, AbsenceKind, Answer, Evidence, Exchange, Fact, FactKey, Level, Observed, Place, Reason,
    ReasonKind,
};

/// A fact with its key and evidence.
pub type Read = (FactKey, Fact, Evidence);

/// Turns what was exchanged to learn `key` into facts: always one for `key`, and whatever else the same bytes tell.
///
/// The last place that answered counts; when none did, the reasons of all are kept.
pub fn read(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    match key {
        FactKey::Tag { .. } => registry::tag(key, exchanges),
        FactKey::Manifest(digest) => registry::manifest(key, digest, exchanges),
        FactKey::Present { .. } => registry::present(key, exchanges),
        FactKey::Config(digest) => registry::config(key, digest, exchanges),
        FactKey::Layer(_) => local::layer(key, exchanges),
        FactKey::Referrers { .. } => registry::referrers(key, exchanges),
        FactKey::ClassicTag { .. } => registry::classic_tag(key, exchanges),
        FactKey::Staged(_) => local::staged(key, exchanges),
        FactKey::Local(_) => local::images(key, exchanges),
        FactKey::StoredRuns(_) => local::stored_runs(key, exchanges),
        FactKey::Run { .. } => local::run(key, exchanges),
        FactKey::Dockerfile(_) => local::dockerfile(key, exchanges),
        FactKey::Workflows => local::workflows(key, exchanges),
        FactKey::Signature { .. } | FactKey::Sbom(_) | FactKey::Scan { .. } | FactKey::WorkflowRun => {
            vec![unanswered(key, exchanges)]
        }
    }
}

/// The fact of a key that no place answered: every reason, in the order of the places.
fn unanswered(key: &FactKey, exchanges: &[Exchange]) -> Read {
    let reasons: Vec<&Reason> = exchanges
        .iter()
        .filter_map(|exchange| match &exchange.answer {
            Answer::Failed(reason) => Some(reason),
            _ => None,
        })
        .collect();
    let reason = match reasons.as_slice() {
        [] => Reason::new(ReasonKind::NotConfigured, "no place answered"),
        [reason] => (*reason).clone(),
        several => {
            let texts: Vec<&str> = several.iter().map(|reason| reason.text.as_str()).collect();
            let cure = several.iter().find_map(|reason| reason.cure.clone());
            Reason { kind: several[0].kind, text: texts.join("; "), cure }
        }
    };
    unknown(key, exchanges, reason)
}

fn unknown(key: &FactKey, exchanges: &[Exchange], reason: Reason) -> Read {
    let evidence =
        exchanges.last().map_or_else(nothing_asked, |exchange| evidence(exchange, level(exchange)));
    (key.clone(), Fact::unknown(key, reason), evidence)
}

fn absent(key: &FactKey, exchange: &Exchange, kind: AbsenceKind, text: String) -> Read {
    let fact = Fact::absent(key, Absence { kind, text });
    (key.clone(), fact, evidence(exchange, level(exchange)))
}

fn nothing_asked() -> Evidence {
    Evidence {
        subject: String::new(),
        source: "nowhere".to_owned(),
        method: "nothing was asked".to_owned(),
        level: Level::Declared,
        at: Timestamp::UNIX_EPOCH,
        exit: None,
        raw: Vec::new(),
    }
}

/// The evidence of an exchange.
fn evidence(exchange: &Exchange, level: Level) -> Evidence {
    let credentials = if exchange.credentials { ", with credentials" } else { "" };
    Evidence {
        subject: subject(&exchange.place),
        source: source(&exchange.place),
        method: format!("{}{credentials}", exchange.request),
        level,
        at: exchange.at,
        exit: None,
        raw: Vec::new(),
    }
}

fn level(exchange: &Exchange) -> Level {
    match exchange.place {
        Place::Registry(_) => Level::Registry,
        Place::Layout(_) | Place::Engine(_) | Place::Store => Level::Local,
        Place::Source(_) => Level::Declared,
    }
}

fn subject(place: &Place) -> String {
    match place {
        Place::Registry(repository) => repository.to_string(),
        Place::Layout(path) | Place::Source(path) => path.display().to_string(),
        Place::Engine(name) => name.clone(),
        Place::Store => "kept on this machine".to_owned(),
    }
}

fn source(place: &Place) -> String {
    match place {
        Place::Registry(repository) => repository.registry().to_owned(),
        Place::Layout(path) => format!("layout {}", path.display()),
        Place::Engine(_) => "engine".to_owned(),
        Place::Source(path) => format!("file {}", path.display()),
        Place::Store => "store".to_owned(),
    }
}

/// What was seen, as `make` wraps it, with its evidence.
fn seen<T>(key: &FactKey, exchange: &Exchange, make: impl Fn(Observed<T>) -> Fact, content: T) -> Read {
    (key.clone(), make(Observed::Seen(content)), evidence(exchange, level(exchange)))
}
