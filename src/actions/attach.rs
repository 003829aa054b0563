//! Attaches an artifact to its subject (distribution-spec 1.1, "Pushing Manifests with Subject"): a registry
//! with the referrers API lists it by itself; one without needs the fallback tag, in which no other
//! entry may be lost. The classic tags of cosign are lists of the same kind.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Context;
use crate::formats::manifest;
use crate::gather;
use crate::model::{Classic, Descriptor, Digest, Manifest, Repository, Tag};

/// A tag that holds a list is read again after each of these, because a registry knows no "only if unchanged": who reads
/// it before we write and writes after us has lost our entry. He takes less time for that than these pauses.
const LOOK_AGAIN: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(450)];
/// How often an entry that got lost is added again.
const ATTEMPTS: usize = 12;

/// Pushes an artifact's manifest by digest and makes sure that its subject's referrers list it.
pub(super) async fn push(
    to: &Repository,
    subject: &Digest,
    descriptor: &Descriptor,
    media_type: &str,
    bytes: &[u8],
    context: &Context,
) -> Result<(), String> {
    let digest = &descriptor.digest;
    let registries = &context.world.registries;
    let listed = registries.push_manifest(to, digest.as_str(), media_type, bytes).await;
    let listed = listed.map_err(|reason| format!("{to}: attaching {digest}: {reason}"))?;
    if listed {
        return Ok(());
    }
    let tag = Tag::referrers_fallback(subject);
    amend(to, &tag, context, |known| with_entry(known, descriptor)).await
}

/// Adds a layer to the manifest under a classic tag of cosign; nothing where it is there already.
pub(super) async fn add_layer(
    to: &Repository,
    subject: &Digest,
    kind: Classic,
    layer: &Descriptor,
    context: &Context,
) -> Result<(), String> {
    let config = Descriptor {
        media_type: "application/vnd.oci.image.config.v1+json".to_owned(),
        digest: Digest::of(CONFIG),
        size: CONFIG.len() as u64,
        platform: None,
        artifact_type: None,
        annotations: BTreeMap::new(),
    };
    let content = crate::registry::Content::Bytes(CONFIG.into());
    let pushed = context.world.registries.push_blob(to, &config.digest, content).await;
    pushed.map_err(|reason| format!("{to}: {reason}"))?;
    let tag = Tag::classic(subject, kind);
    amend(to, &tag, context, |known| with_layer(known, &config, layer)).await
}

/// cosign gives these manifests a config that says nothing.
const CONFIG: &[u8] =
    b"{\"architecture\":\"\",\"os\":\"\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";

/// What a tag shall hold: its media type and its bytes. None where it holds that already.
type Amended = Result<Option<(&'static str, Vec<u8>)>, String>;

/// Changes what is behind a tag until the change is there to stay.
async fn amend(
    to: &Repository,
    tag: &Tag,
    context: &Context,
    change: impl Fn(Option<&[u8]>) -> Amended,
) -> Result<(), String> {
    let mut quiet = LOOK_AGAIN.iter();
    let mut written = false;
    for _ in 0..ATTEMPTS {
        // What cannot be read must not be overwritten.
        let known = gather::tag_bytes(to, tag.as_str(), &context.facts, &context.world).await;
        let known = known.map_err(|reason| format!("{to}:{tag}: {reason}"))?;
        let Some((media_type, bytes)) =
            change(known.as_deref()).map_err(|why| format!("{to}:{tag} {why}; it is left as it is"))?
        else {
            match quiet.next().filter(|_| written) {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => return Ok(()),
            }
            continue;
        };
        let pushed = context.world.registries.push_manifest(to, tag.as_str(), media_type, &bytes).await;
        pushed.map_err(|reason| format!("{to}:{tag}: {reason}"))?;
        (written, quiet) = (true, LOOK_AGAIN.iter());
    }
    Err(format!("{to}:{tag} is changed by somebody else all the time; try again"))
}

fn with_entry(known: Option<&[u8]>, entry: &Descriptor) -> Amended {
    let mut entries = match known.map(manifest::parse) {
        Some(Ok(Manifest::Index(index))) => index.manifests,
        Some(_) => return Err("is no index of referrers".to_owned()),
        None => Vec::new(),
    };
    if entries.iter().any(|known| known.digest == entry.digest) {
        return Ok(None);
    }
    entries.push(entry.clone());
    Ok(Some((manifest::OCI_INDEX, manifest::write_index(&entries, &BTreeMap::new()))))
}

fn with_layer(known: Option<&[u8]>, config: &Descriptor, layer: &Descriptor) -> Amended {
    let (config, mut layers) = match known.map(manifest::parse) {
        Some(Ok(Manifest::Image(image))) => (image.config, image.layers),
        Some(_) => return Err("is no manifest of signatures".to_owned()),
        None => (config.clone(), Vec::new()),
    };
    if layers.contains(layer) {
        return Ok(None);
    }
    layers.push(layer.clone());
    Ok(Some((manifest::OCI_MANIFEST, manifest::write_image(&config, &layers))))
}
