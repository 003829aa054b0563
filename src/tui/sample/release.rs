//! The release, and the facts of its first audit.

use jiff::SignedDuration;

use super::{IMAGES, REGISTRIES, now};
use crate::model::{
    Absence, AbsenceKind, Access, Digest, Evidence, Fact, FactKey, Facts, Image, Level, Observed, Pass,
    Platform, Reason, ReasonKind, Release, Repository, RunKind,
};

pub(super) fn repository(registry: &str, image: &str) -> Repository {
    format!("{registry}/acme/greenlang-{image}").parse().unwrap()
}

pub(super) fn platforms() -> Vec<Platform> {
    ["amd64", "arm64"].map(|architecture| Platform::new("linux", architecture, None)).to_vec()
}

pub(super) fn release() -> Release {
    let image = |image: &str| Image {
        name: image.parse().unwrap(),
        repositories: REGISTRIES.iter().map(|registry| repository(registry, image)).collect(),
        tag: "0.2.0".parse().unwrap(),
        moving_tags: Vec::new(),
        platforms: platforms(),
        local: None,
        build: None,
        budget: None,
        limit: None,
        version: None,
        example: None,
        healthcheck: None,
        private: false,
    };
    let images = IMAGES.map(image).to_vec();
    Release {
        name: "greenlang".to_owned(),
        version: "0.2.0".to_owned(),
        source: None,
        revision: None,
        tag: None,
        images,
    }
}

pub(super) fn tag_key(image: &str, registry: &str) -> FactKey {
    let (repository, tag) = (repository(registry, image), "0.2.0".parse().unwrap());
    FactKey::Tag { repository, tag, access: Access::Anonymous, pass: Pass::First }
}

pub(super) fn run_key() -> FactKey {
    FactKey::Run { config: Digest::of(b"config"), kind: RunKind::Version, argv: Vec::new() }
}

pub(super) fn evidence(
    subject: &str,
    source: &str,
    method: &str,
    level: Level,
    age: SignedDuration,
) -> Evidence {
    let (subject, source, method) = (subject.to_owned(), source.to_owned(), method.to_owned());
    Evidence { subject, source, method, level, at: now() - age, exit: None, raw: Vec::new() }
}

/// Three tags not there, one registry that did not answer, one run of yesterday.
pub(super) fn facts() -> Facts {
    let mut facts = Facts::new(now());
    for image in IMAGES {
        for registry in REGISTRIES {
            let subject = format!("{}:0.2.0", repository(registry, image));
            let method = format!("GET https://{registry}/v2/acme/greenlang-{image}/manifests/0.2.0");
            let evidence = evidence(&subject, registry, &method, Level::Registry, SignedDuration::ZERO);
            let fact = if (image, registry) == ("full", "docker.io") {
                let reason = Reason::new(ReasonKind::TimedOut, "no answer from docker.io within 30 s");
                Fact::Tag(Observed::Unknown(reason.cure("look again with a")))
            } else {
                let text = format!("404 from {registry}");
                Fact::Tag(Observed::Absent(Absence { kind: AbsenceKind::NotFound, text }))
            };
            facts.insert(tag_key(image, registry), fact, evidence);
        }
    }
    let reason = Reason::new(ReasonKind::ToolFailed, "Error: No such option: --version");
    let subject = format!("runner linux/amd64, config {}", Digest::of(b"config"));
    let (source, method) = ("engine unix:///run/docker.sock", "run gl --version");
    let mut ran = evidence(&subject, source, method, Level::Verified, SignedDuration::from_hours(26));
    ran.exit = Some(2);
    facts.insert(run_key(), Fact::Run(Observed::Unknown(reason)), ran);
    facts
}
