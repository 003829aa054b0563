//! What an exchange is evidence of: its subject, source, method and level.

use jiff::Timestamp;

use crate::model::{Evidence, Exchange, FactKey, Level, Place, Tag};

/// The evidence that an exchange is for `key`.
pub(super) fn evidence(key: &FactKey, exchange: &Exchange) -> Evidence {
    let credentials = if exchange.credentials { ", with credentials" } else { "" };
    Evidence {
        subject: subject(key, Some(&exchange.place)),
        source: source(&exchange.place),
        method: format!("{}{credentials}", exchange.request),
        level: level(&exchange.place),
        at: exchange.at,
        exit: None,
        raw: Vec::new(),
    }
}

/// The evidence of a key that nothing was asked for.
pub(super) fn nothing_asked(key: &FactKey) -> Evidence {
    Evidence {
        subject: subject(key, None),
        source: "nowhere".to_owned(),
        method: "nothing was asked".to_owned(),
        level: Level::Declared,
        at: Timestamp::UNIX_EPOCH,
        exit: None,
        raw: Vec::new(),
    }
}

fn level(place: &Place) -> Level {
    match place {
        Place::Registry(_) => Level::Registry,
        Place::Layout(_) | Place::Engine(_) | Place::Store => Level::Local,
        Place::Source(_) | Place::Github { .. } => Level::Declared,
    }
}

fn source(place: &Place) -> String {
    match place {
        Place::Registry(repository) => repository.registry().to_owned(),
        Place::Layout(path) => format!("layout {}", path.display()),
        Place::Engine(_) => "engine".to_owned(),
        Place::Source(path) => format!("file {}", path.display()),
        Place::Store => "store".to_owned(),
        Place::Github { host, .. } => host.clone(),
    }
}

fn subject(key: &FactKey, place: Option<&Place>) -> String {
    match key {
        FactKey::Tag { repository, tag, .. } => repository.tagged(tag),
        FactKey::ClassicTag { repository, subject, kind } => repository.tagged(&Tag::classic(subject, *kind)),
        FactKey::Present { repository, digest } => repository.pinned(digest),
        FactKey::Referrers { repository, subject } => format!("referrers of {}", repository.pinned(subject)),
        FactKey::Signature { repository, subject, .. } => repository.pinned(subject),
        FactKey::Manifest(digest) | FactKey::Config(digest) | FactKey::Layer(digest) => match place {
            Some(Place::Registry(repository)) => repository.pinned(digest),
            _ => digest.to_string(),
        },
        FactKey::Sbom(digest) | FactKey::TestResult(digest) | FactKey::Scan { subject: digest, .. } => {
            digest.to_string()
        }
        FactKey::StoredScans(digest) => digest.to_string(),
        FactKey::Vex(file) => file.display().to_string(),
        FactKey::StoredRuns(config) | FactKey::Run { config, .. } => format!("config {config}"),
        FactKey::Staged(image) => format!("image {image}"),
        FactKey::Local(image) => match place {
            Some(Place::Engine(name)) => name.clone(),
            Some(Place::Layout(path)) => path.display().to_string(),
            _ => format!("image {image}"),
        },
        FactKey::Dockerfile(_) | FactKey::Workflows => match place {
            Some(Place::Source(path)) => path.display().to_string(),
            _ => "source".to_owned(),
        },
        FactKey::Git => "git repository".to_owned(),
        FactKey::RemoteTag { remote, tag } => format!("tag {tag} on {remote}"),
        FactKey::WorkflowRun { workflow, tag, .. } => format!("run of {workflow} for {tag}"),
        FactKey::Names { kind, .. } => format!("names of {}s", kind.word()),
        FactKey::Package(package) => package.to_string(),
    }
}
