//! Fetches what is wanted, one file per source. A fetch brings exchanges, each place once; what
//! they mean is read elsewhere, pure (`formats::read`).
//!
//! Places are tried in their order, and the next one only where one gave no definite bytes. What
//! is bound to a digest and kept already is not fetched again.

mod access;
mod answers;
mod classic;
mod configs;
mod copies;
mod doctor;
mod exports;
mod git;
mod github;
mod history;
mod layers;
mod layout;
mod loads;
mod local;
mod manifests;
mod pulls;
mod referrers;
mod runs;
mod saves;
mod sboms;
mod scans;
mod settle;
mod signatures;
mod signing;
mod source;
mod staged;
mod syft;
mod tags;
mod trust;
mod world;

#[cfg(test)]
mod tests;

use crate::model::{Answer, Exchange, FactKey, Facts, Place, Reason, ReasonKind};
use crate::registry::now;

pub use crate::sigstore::{ClassicSignature, Login, Services, Signing};
pub use copies::{blob_file, file_matches, tag_bytes, tag_digest};
pub use doctor::examine;
pub use exports::{Exported, export};
pub use github::encoded;
pub use manifests::bytes as manifest_bytes;
pub use runs::{Origin, execute, runs_where};
pub use scans::{scan, scanners};
pub use settle::{settle, settle_from};
pub use signing::{PATIENCE, Who, signing_services};
pub use syft::{syft, syft_version};
pub use world::World;

/// Fetches what `key` names from `places`. Never empty: what could not be fetched says why.
pub async fn fetch(key: &FactKey, places: &[Place], facts: &Facts, world: &World) -> Vec<Exchange> {
    let exchanges = match key {
        FactKey::Tag { repository, tag, access, pass } => {
            tags::resolve(repository, tag, *access, Some(*pass), world).await
        }
        FactKey::Manifest(digest) => manifests::fetch(digest, places, facts, world).await,
        FactKey::Present { repository, digest } => manifests::present(repository, digest, facts, world).await,
        FactKey::Config(digest) => configs::fetch(digest, places, facts, world).await,
        FactKey::Layer(digest) => layers::fetch(digest, places, facts, world).await,
        FactKey::Referrers { repository, subject } => {
            referrers::fetch(repository, subject, places, facts, world).await
        }
        FactKey::ClassicTag { repository, subject, kind } => {
            classic::fetch(repository, subject, *kind, facts, world).await
        }
        FactKey::Local(image) => local::fetch(image, places, world).await,
        FactKey::Staged(image) => staged::fetch(image, world).await,
        FactKey::StoredRuns(config) => runs::stored(config, world).await,
        FactKey::Run { .. } => runs::wanted(key, places, facts, world).await,
        FactKey::Dockerfile(image) => source::dockerfile(image, places, world).await,
        FactKey::Workflows => source::workflows(world).await,
        FactKey::Git => git::checkout(world).await,
        FactKey::RemoteTag { remote, tag } => git::remote_tag(remote, tag, world).await,
        FactKey::Signature { subject, artifact, .. } => {
            signatures::verify(subject, artifact, places, facts, world).await
        }
        FactKey::Scan { subject, source } => scans::fetch(key, subject, source, places, facts, world).await,
        FactKey::StoredScans(subject) => scans::stored(subject, world).await,
        FactKey::Vex(file) => scans::vex(file, world).await,
        FactKey::Sbom(document) | FactKey::TestResult(document) => {
            sboms::fetch(document, places, facts, world).await
        }
        FactKey::WorkflowRun { workflow, tag, commit } => {
            github::workflow_run(workflow, tag, commit.as_deref(), places, world).await
        }
        FactKey::Names { kind, holder } => github::names(*kind, holder, places, world).await,
        FactKey::Package(package) => github::package(package, places, world).await,
    };
    if exchanges.is_empty() {
        return vec![nobody(places, ReasonKind::NotConfigured, "nothing says where to look")];
    }
    exchanges
}

/// An exchange of this machine: no registry, no credentials.
fn local_exchange(place: Place, request: impl Into<String>, answer: Answer) -> Exchange {
    Exchange { place, request: request.into(), credentials: false, at: now(), answer }
}

fn nobody(places: &[Place], kind: ReasonKind, text: &str) -> Exchange {
    let place = places.first().cloned().unwrap_or(Place::Store);
    local_exchange(place, "nothing", Answer::Failed(Reason::new(kind, text)))
}

/// Runs what blocks (files, hashing) away from the runtime's own threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Reason> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Reason::new(ReasonKind::ToolFailed, format!("reading was interrupted: {error}")))
}
