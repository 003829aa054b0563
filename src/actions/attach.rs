//! Attaches an artifact to its subject (distribution-spec 1.1, "Pushing Manifests with Subject"): a registry
//! with the referrers API lists it by itself; one without needs the fallback tag, in which no other
//! entry may be lost.

use super::Context;
use crate::formats;
use crate::gather;
use crate::model::{Descriptor, Digest, Manifest, Repository, Tag};

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
    let listed = context.world.registries.push_manifest(to, digest.as_str(), media_type, bytes).await;
    let listed = listed.map_err(|reason| format!("{to}: attaching {digest}: {reason}"))?;
    if listed { Ok(()) } else { list(to, subject, descriptor, context).await }
}

/// Adds an entry to the fallback tag.
async fn list(
    to: &Repository,
    subject: &Digest,
    descriptor: &Descriptor,
    context: &Context,
) -> Result<(), String> {
    let tag = Tag::referrers_fallback(subject);
    let known = gather::tag_bytes(to, tag.as_str(), &context.facts, &context.world).await;
    let mut entries = match known {
        Ok(Some(bytes)) => match formats::manifest::parse(&bytes) {
            Ok(Manifest::Index(index)) => index.manifests,
            _ => return Err(format!("{to}:{tag} is no index of referrers; it is left as it is")),
        },
        Ok(None) => Vec::new(),
        // What cannot be read must not be overwritten.
        Err(reason) => return Err(format!("{to}:{tag}: {reason}")),
    };
    if entries.iter().any(|entry| entry.digest == descriptor.digest) {
        return Ok(());
    }
    entries.push(descriptor.clone());
    let bytes = formats::manifest::write_index(&entries, &std::collections::BTreeMap::new());
    let pushed =
        context.world.registries.push_manifest(to, tag.as_str(), formats::manifest::OCI_INDEX, &bytes).await;
    pushed.map(|_| ()).map_err(|reason| format!("{to}:{tag}: {reason}"))
}
