//! What refers to a digest, in a repository or a layout.

use std::path::Path;

use serde_json::{Value, json};

use super::layout::{self, NotRead};
use super::{World, access, blocking, local_exchange};
use crate::formats::manifest;
use crate::model::{
    Answer, Classic, Descriptor, Digest, Exchange, Facts, Manifest, Place, Reason, ReasonKind, Repository,
    Tag,
};
use crate::registry::Limits;

/// How cosign names the entries of a layout that it saves.
const KIND: &str = "kind";
/// The annotation that names an entry of a layout's `index.json`.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// How many entries of a layout are opened.
const ENTRIES: usize = 1_000;

/// Every page of the referrers, and the fallback tag where the API is not there; of a layout what its
/// `index.json` lists.
pub(super) async fn fetch(
    repository: &Repository,
    subject: &Digest,
    places: &[Place],
    facts: &Facts,
    world: &World,
) -> Vec<Exchange> {
    if let Some(Place::Layout(folder)) = places.first() {
        return vec![in_layout(folder, subject, world).await];
    }
    let access = access::to(repository, facts, world).await;
    world.registries.referrers(repository, subject, access).await
}

async fn in_layout(folder: &Path, subject: &Digest, world: &World) -> Exchange {
    let (path, subject) = (world.wiring.path(folder), subject.clone());
    let request = format!("read {}", path.join("index.json").display());
    let answer = match blocking(move || listed(&path, &subject)).await {
        Ok(Ok(index)) => Answer::Bytes(index.to_string().into_bytes().into()),
        Ok(Err(not_read)) => not_read.into(),
        Err(reason) => Answer::Failed(reason),
    };
    local_exchange(Place::Layout(folder.to_owned()), request, answer)
}

/// What a layout lists for `subject`, as the image index that a registry would answer with. Blocks.
fn listed(folder: &Path, subject: &Digest) -> Result<Value, NotRead> {
    let limit = Limits::default().manifest;
    let file = folder.join("index.json");
    let failed = |reason: Reason| {
        NotRead::Failed(Reason { text: format!("{}: {}", file.display(), reason.text), ..reason })
    };
    let entries = crate::formats::layout::index(&layout::read(&file, limit)?).map_err(failed)?;
    if entries.len() > ENTRIES {
        let text = format!("it lists more than {ENTRIES} entries");
        return Err(failed(Reason::new(ReasonKind::TooLarge, text)));
    }
    let mut found = Vec::new();
    for entry in &entries {
        if let Some(listed) = fallback(folder, entry, subject)? {
            found.extend(listed);
        } else if entry.digest != *subject && refers(folder, entry, &entries, subject)? {
            found.push(described(entry));
        }
    }
    Ok(json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": found,
    }))
}

/// What the index under the fallback tag of `subject` lists, where this entry is it.
fn fallback(folder: &Path, entry: &Descriptor, subject: &Digest) -> Result<Option<Vec<Value>>, NotRead> {
    let tag = Tag::referrers_fallback(subject);
    if entry.annotations.get(REF_NAME).map(String::as_str) != Some(tag.as_str()) {
        return Ok(None);
    }
    match opened(folder, &entry.digest)? {
        Some(Manifest::Index(index)) => Ok(Some(index.manifests.iter().map(described).collect())),
        _ => Ok(None),
    }
}

/// Whether an entry is attached to `subject`: it names it as its subject; its name is one of the classic tags of
/// `subject`; or cosign saved it beside `subject`, which is then the only image there.
fn refers(
    folder: &Path,
    entry: &Descriptor,
    entries: &[Descriptor],
    subject: &Digest,
) -> Result<bool, NotRead> {
    let name = entry.annotations.get(REF_NAME);
    let is_classic =
        |kind: &Classic| name.is_some_and(|name| *name == *Tag::classic(subject, *kind).as_str());
    if Classic::ALL.iter().any(is_classic) {
        return Ok(true);
    }
    let kind = |entry: &Descriptor| entry.annotations.get(KIND).cloned().unwrap_or_default();
    let saved_beside =
        ["dev.cosignproject.cosign/sigs", "dev.cosignproject.cosign/atts"].contains(&&*kind(entry));
    let mut images = entries.iter().filter(|entry| kind(entry).starts_with("dev.cosignproject.cosign/image"));
    if saved_beside && images.next().is_some_and(|image| image.digest == *subject) && images.next().is_none()
    {
        return Ok(true);
    }
    let named = match opened(folder, &entry.digest)? {
        Some(Manifest::Image(image)) => image.subject,
        Some(Manifest::Index(index)) => index.subject,
        None => None,
    };
    Ok(named.is_some_and(|named| named.digest == *subject))
}

/// A manifest of the layout; none where it has no such blob, or where it is no manifest.
fn opened(folder: &Path, digest: &Digest) -> Result<Option<Manifest>, NotRead> {
    match layout::read(&layout::blob(folder, digest), Limits::default().manifest) {
        Ok(bytes) if digest.matches(&bytes) => Ok(manifest::parse(&bytes).ok()),
        Ok(_) => Err(NotRead::Failed(Reason::new(
            ReasonKind::DigestMismatch,
            format!("the bytes of {digest} in the layout are others"),
        ))),
        Err(NotRead::Missing(_)) => Ok(None),
        Err(failed) => Err(failed),
    }
}

fn described(entry: &Descriptor) -> Value {
    json!({
        "mediaType": entry.media_type,
        "digest": entry.digest,
        "size": entry.size,
        "annotations": entry.annotations,
    })
}
