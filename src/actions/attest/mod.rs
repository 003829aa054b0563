//! What is attested to a platform: test results, scans, and its SBOM, made or fetched: by syft, from BuildKit's attestation
//! in the index, or from a file that was made elsewhere. It is always about one digest.

mod buildkit;
mod layout;
mod perform;
pub(super) mod scans;
pub(super) mod test_results;

pub(super) use perform::{outline, perform};

use jiff::Timestamp;

use super::Context;
use crate::formats::sbom;
use crate::gather;
use crate::model::{Digest, Evidence, Image, Level, Platform, Repository, Sbom, SbomSource, sbom_file};
use crate::registry::now;

/// What an SBOM is made of.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The image.
    pub image: &'a Image,
    /// The platform.
    pub platform: &'a Platform,
    /// The image index, in which BuildKit's attestations are listed.
    pub index: &'a Digest,
    /// The manifest of the platform: what the SBOM is about.
    pub manifest: &'a Digest,
    /// The repositories that have it; the first one that answers is read.
    pub repositories: &'a [Repository],
}

/// An SBOM that can be attested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeSbom {
    /// The document, JSON.
    pub document: Vec<u8>,
    /// The predicate type that it is attested under.
    pub predicate_type: &'static str,
    /// What it says.
    pub sbom: Sbom,
    /// What made it, of which bytes, where and when.
    pub evidence: Evidence,
}

/// The SBOM of a platform, from where the configuration says. One without a package, or about another image, is
/// refused: attested, it would fail item 4.
///
/// # Errors
/// What was tried, and why each of it gave none.
pub async fn sbom(target: &Target<'_>, context: &Context) -> Result<MadeSbom, String> {
    let sources = match context.world.wiring.sbom.of(&target.image.name) {
        SbomSource::Auto => vec![SbomSource::Syft, SbomSource::BuildKit],
        source => vec![source.clone()],
    };
    let mut failed = Vec::new();
    for source in sources {
        let made = match &source {
            SbomSource::Syft | SbomSource::Auto => by_syft(target, context).await,
            SbomSource::BuildKit => buildkit::find(target, context).await,
            SbomSource::File(template) => by_file(template, target, context).await,
        };
        match made.and_then(|made| checked(made, target)) {
            Ok(made) => return Ok(made),
            Err(why) => failed.push(why),
        }
    }
    let (name, platform) = (&target.image.name, target.platform);
    Err(format!(
        "no SBOM of image {name} for {platform}: {}; install syft, or name a file in `sbom` of the image",
        failed.join("; ")
    ))
}

/// A document and where it comes from.
struct Found {
    bytes: Vec<u8>,
    source: String,
    method: String,
    level: Level,
    at: Timestamp,
}

async fn by_syft(target: &Target<'_>, context: &Context) -> Result<Found, String> {
    // Before an image is fetched for nobody.
    let syft = gather::syft_version(&context.world).await.map_err(|reason| reason.to_string())?;
    let folder = tempfile::Builder::new()
        .prefix("exitbar-sbom-")
        .tempdir()
        .map_err(|error| format!("no temporary folder for the image: {error}"))?;
    let from = layout::write(folder.path(), target, context).await?;
    let version = &context.release.version;
    let bytes = gather::syft(folder.path(), target.image.name.as_str(), version, &context.world).await;
    Ok(Found {
        bytes: bytes.map_err(|reason| reason.to_string())?,
        source: from.to_string(),
        method: format!("syft {syft} on the image from {from}"),
        level: if from.is_registry() { Level::Registry } else { Level::Local },
        at: now(),
    })
}

async fn by_file(template: &str, target: &Target<'_>, context: &Context) -> Result<Found, String> {
    let file = sbom_file(template, &target.image.name, &context.release.version, target.platform);
    let path = context.world.wiring.path(file.as_ref());
    let limit = sbom::SIZE_LIMIT as u64;
    let read = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<u8>> {
        use std::io::Read as _;
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let read = read.await.map_err(|error| format!("{file}: reading was interrupted: {error}"))?;
    let bytes = read.map_err(|error| format!("the SBOM {file}: {error}"))?;
    if bytes.len() as u64 > limit {
        return Err(format!("the SBOM {file} is larger than {} MiB", limit >> 20));
    }
    let (source, method) = (format!("file {file}"), format!("read {file}"));
    Ok(Found { bytes, source, method, level: Level::Declared, at: now() })
}

/// The document that may be attested.
fn checked(found: Found, target: &Target) -> Result<MadeSbom, String> {
    let Found { bytes, source, method, level, at } = found;
    let of_source = |why: &dyn std::fmt::Display| format!("{source}: {why}");
    let sbom = sbom::parse(&bytes).map_err(|reason| of_source(&reason))?;
    let bare = sbom::bare(&bytes).map_err(|reason| of_source(&reason))?;
    if sbom.packages == 0 {
        return Err(of_source(&sbom.summary()));
    }
    if let Some(other) = sbom.subject.as_ref().filter(|it| *it != target.manifest && *it != target.index) {
        return Err(of_source(&format!("it is about {other}, another digest than {}", target.manifest)));
    }
    let by =
        if sbom.tools.is_empty() { "a tool that it does not name".to_owned() } else { sbom.tools.join(", ") };
    let evidence = Evidence {
        subject: target.manifest.to_string(),
        method: format!("{method}; {}, made by {by}", sbom.summary()),
        source,
        level,
        at,
        exit: None,
        raw: vec![Digest::of(&bytes)],
    };
    Ok(MadeSbom { document: bare.json, predicate_type: bare.predicate_type, sbom, evidence })
}
