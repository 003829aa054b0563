//! `exitbar verify`: who signed an image, and whether that is who was asked for; without a release.

mod cosign;
mod json;
mod text;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Global, Printed, RuleArgs, VerifyArgs};
use super::exit;
use super::failure::Failure;
use crate::config::{self, Wiring};
use crate::dod::inspection::{Claims, Conclusion, Expected, Inspection, Result as Outcome, Top};
use crate::gather::{self, World};
use crate::model::{Digest, IdentityRule, Image, ImageName, LocalSource, Place, Release, Repository, Tag};

/// It was looked at, and is not what was asked for.
const REJECTED: u8 = 1;
/// The repository of what has none. No registry has this name (RFC 2606).
const LAYOUT: &str = "layout.invalid/image";

/// One image with what was found.
struct Verified {
    /// As it was given.
    given: String,
    inspection: Inspection,
    conclusion: Conclusion,
}

/// Verifies each image; the worst decides the exit code.
pub(super) async fn verify(global: &Global, args: &VerifyArgs) -> Result<u8, Failure> {
    let expected = expected(&args.rule)?;
    let subjects = subjects(args)?;
    let world = world(global, &args.rule, &subjects)?;
    // A trust root or key that is none is bad usage, and no verdict on any signature.
    let verifier = world.verifier().await.map_err(Failure::usage)?;
    let looked = subjects.into_iter().enumerate().map(|(index, subject)| {
        let inspection = Inspection {
            name: name(index),
            repository: subject.repository,
            place: subject.place,
            top: subject.top,
            platform: args.platform.clone(),
            predicate_type: args.predicate_type.clone(),
            expected: expected.clone(),
        };
        let world = &world;
        async move {
            let facts = gather::settle(|facts| inspection.wants(facts), world).await;
            let conclusion = inspection.conclude(&facts);
            Verified { given: subject.given, inspection, conclusion }
        }
    });
    let verified = futures_util::future::join_all(looked).await;
    let root = verifier.material();
    let printed = match args.format {
        Printed::Json => json::of(&verified, args, root),
        Printed::Text => text::of(&verified, args, root),
    };
    // A reader that has seen enough (`| head`) is no failure.
    let _ = std::io::stdout().lock().write_all(printed.as_bytes());
    for warning in world.take_warnings() {
        if !global.quiet {
            eprintln!("exitbar: {}", crate::model::text::clean(&warning));
        }
    }
    Ok(verified.iter().map(|verified| code(&verified.conclusion.result)).max_by_key(rank).unwrap_or(0))
}

fn code(result: &Outcome) -> u8 {
    match result {
        Outcome::Verified => 0,
        Outcome::Rejected(_) | Outcome::NothingThere(_) => REJECTED,
        Outcome::NoRule(_) => exit::USAGE,
        Outcome::CouldNotLook(_) => exit::COULD_NOT_LOOK,
    }
}

/// Of several images: rejected is said before not seen, and both before good.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "max_by_key hands out references")]
fn rank(code: &u8) -> u8 {
    match *code {
        REJECTED => 3,
        exit::USAGE => 2,
        exit::COULD_NOT_LOOK => 1,
        _ => 0,
    }
}

pub(super) fn expected(args: &RuleArgs) -> Result<Expected, Failure> {
    let identity = match (&args.certificate_identity, &args.certificate_identity_regexp) {
        (Some(identity), _) => Some(IdentityRule::Exact(identity.clone())),
        (None, Some(pattern)) => {
            regex::Regex::new(pattern).map_err(|error| {
                Failure::usage(format!("--certificate-identity-regexp cannot be read: {error}"))
            })?;
            Some(IdentityRule::Regexp(pattern.clone()))
        }
        (None, None) => None,
    };
    let empty = matches!(&identity, Some(IdentityRule::Exact(identity)) if identity.is_empty());
    if empty || args.certificate_oidc_issuer.as_deref() == Some("") {
        return Err(Failure::usage("an empty identity or issuer would match a certificate that names none"));
    }
    Ok(Expected {
        identity,
        issuer: args.certificate_oidc_issuer.clone(),
        key: args.key.is_some(),
        claims: Claims {
            repository: args.certificate_github_workflow_repository.clone(),
            reference: args.certificate_github_workflow_ref.clone(),
            sha: args.certificate_github_workflow_sha.clone(),
            trigger: args.certificate_github_workflow_trigger.clone(),
        },
    })
}

/// One image as it was given, and what it means.
pub(super) struct Subject {
    given: String,
    pub(super) repository: Repository,
    place: Place,
    pub(super) top: Top,
}

fn subjects(args: &VerifyArgs) -> Result<Vec<Subject>, Failure> {
    match &args.local_image {
        Some(layout) => Ok(vec![in_layout(layout)?]),
        None => args.images.iter().map(|image| in_registry(image)).collect(),
    }
}

fn in_layout(given: &str) -> Result<Subject, Failure> {
    let (folder, digest) = match given.split_once("@sha") {
        Some((folder, rest)) => (folder, Some(digest(&format!("sha{rest}"))?)),
        None => (given, None),
    };
    if !Path::new(folder).join("index.json").exists() {
        return Err(Failure::usage(format!("{folder} is no OCI image layout: it has no index.json")));
    }
    Ok(Subject {
        given: given.to_owned(),
        repository: LAYOUT.parse().map_err(Failure::own)?,
        place: Place::Layout(PathBuf::from(folder)),
        top: digest.map_or(Top::Only, Top::Digest),
    })
}

/// `registry/path`, `:tag` or `@digest`; `latest` where it says neither.
pub(super) fn in_registry(given: &str) -> Result<Subject, Failure> {
    let (rest, top) = match given.split_once('@') {
        Some((rest, pinned)) => (rest, Some(Top::Digest(digest(pinned)?))),
        None => (given, None),
    };
    let last = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match rest[last..].split_once(':') {
        Some((name, tag)) => (&rest[..last + name.len()], tag),
        None => (rest, "latest"),
    };
    let tag: Tag = tag.parse().map_err(Failure::usage)?;
    let repository: Repository = repository.parse().map_err(Failure::usage)?;
    Ok(Subject {
        given: given.to_owned(),
        place: Place::Registry(repository.clone()),
        repository,
        top: top.unwrap_or(Top::Tag(tag)),
    })
}

fn digest(given: &str) -> Result<Digest, Failure> {
    given.parse().map_err(|error| Failure::usage(format!("`{given}` is no digest: {error}")))
}

/// The name of an image among those that were given.
fn name(index: usize) -> ImageName {
    let name = format!("image-{}", index + 1).parse();
    name.unwrap_or_else(|error| unreachable!("a number is a name: {error}"))
}

/// The world without a configuration: this machine's credentials, cache and trust.
pub(super) fn world(global: &Global, args: &RuleArgs, subjects: &[Subject]) -> Result<World, Failure> {
    let folder =
        std::env::current_dir().map_err(|error| Failure::own(format!("no working folder: {error}")))?;
    let mut wiring: Wiring = config::without_file(&folder);
    wiring.readonly = true;
    wiring.no_store |= global.no_store;
    wiring.trust.offline |= global.offline;
    wiring.trust.root.clone_from(&args.trusted_root);
    wiring.trust.keys = args.key.iter().map(|key| key.display().to_string()).collect();
    if args.allow_http_registry {
        for subject in subjects {
            let host = subject.repository.registry().to_owned();
            wiring.registries.entry(host).or_default().plain_http = true;
        }
    }
    let images = subjects.iter().enumerate().map(|(index, subject)| image(index, subject)).collect();
    let release = Release {
        name: "verify".to_owned(),
        version: String::new(),
        source: None,
        revision: None,
        tag: None,
        images,
    };
    World::new(Arc::new(release), Arc::new(wiring)).map_err(|reason| Failure::own(reason.to_string()))
}

/// A subject as an image, so that its registry is asked as its tag was seen: by strangers or with credentials.
fn image(index: usize, subject: &Subject) -> Image {
    let latest = || "latest".parse().unwrap_or_else(|error| unreachable!("a tag: {error}"));
    Image {
        name: name(index),
        repositories: vec![subject.repository.clone()],
        tag: match &subject.top {
            Top::Tag(tag) => tag.clone(),
            Top::Digest(_) | Top::Only => latest(),
        },
        moving_tags: Vec::new(),
        platforms: Vec::new(),
        local: match &subject.place {
            Place::Layout(folder) => Some(LocalSource::Layout(folder.clone())),
            _ => None,
        },
        build: None,
        budget: None,
        limit: None,
        version: None,
        example: None,
        healthcheck: None,
        private: false,
    }
}
