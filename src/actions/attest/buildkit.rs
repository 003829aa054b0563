//! The SBOM that BuildKit put into the index, out of its statement (BuildKit, `attestation-storage.md`).

use super::{Found, Target};
use crate::actions::Context;
use crate::formats;
use crate::gather;
use crate::model::{Answer, Descriptor, Digest, FactKey, ImageManifest, Level, Manifest, Observed, Place};

/// Finds and fetches it.
pub(super) async fn find(target: &Target<'_>, context: &Context) -> Result<Found, String> {
    let document = listed(target, context)?;
    let places: Vec<Place> = target.repositories.iter().cloned().map(Place::Registry).collect();
    let key = FactKey::Sbom(document.clone());
    let exchanges = gather::fetch(&key, &places, &context.facts, &context.world).await;
    let found = exchanges.iter().find_map(|exchange| {
        let bytes = match &exchange.answer {
            Answer::Bytes(bytes) => bytes,
            Answer::Http(http) if http.status == 200 => &http.body,
            _ => return None,
        };
        document.matches(bytes).then(|| (exchange, bytes.to_vec()))
    });
    let Some((exchange, bytes)) = found else {
        let read = formats::read(&key, &exchanges);
        let why = read.iter().find_map(|(_, fact, _)| fact.reason().map(ToString::to_string));
        let why = why.unwrap_or_else(|| "no registry has it".to_owned());
        return Err(format!("BuildKit's SBOM {document}: {why}"));
    };
    Ok(Found {
        bytes,
        source: format!("BuildKit's attestation {document} in the index {}", target.index),
        method: exchange.request.clone(),
        level: Level::Registry,
        at: exchange.at,
    })
}

/// The one statement of an SBOM about the platform. Asked to, BuildKit scans build stages too: of several
/// nobody can tell which is the image's.
fn listed(target: &Target, context: &Context) -> Result<Digest, String> {
    let Some(Manifest::Index(index)) = manifest(target.index, context) else {
        return Err(format!("{} is no index in which BuildKit could have put an SBOM", target.index));
    };
    let is_ours = |entry: &&Descriptor| {
        entry.buildkit_attestation_of().is_some_and(|of| of == target.manifest.as_str())
    };
    let statements: Vec<&Digest> = index
        .manifests
        .iter()
        .filter(is_ours)
        .filter_map(|entry| image(&entry.digest, context))
        .flat_map(ImageManifest::sbom_statements)
        .map(|layer| &layer.digest)
        .collect();
    match statements.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(format!("BuildKit put no SBOM of {} into the index", target.platform)),
        several => {
            let count = several.len();
            Err(format!(
                "BuildKit put {count} SBOMs of {} into the index, of build stages too",
                target.platform
            ))
        }
    }
}

fn manifest<'a>(digest: &Digest, context: &'a Context) -> Option<&'a Manifest> {
    context.facts.manifest(&FactKey::Manifest(digest.clone())).and_then(Observed::seen)
}

fn image<'a>(digest: &Digest, context: &'a Context) -> Option<&'a ImageManifest> {
    match manifest(digest, context)? {
        Manifest::Image(image) => Some(image),
        Manifest::Index(_) => None,
    }
}
