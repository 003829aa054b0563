//! Copies an index by digest from one registry to another, with everything that is attached to it and to its
//! platforms: the cure for a half-published release or digest drift. Nothing is rebuilt, so nothing changes.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::{Context, JobSink, Outline, attach, publish, remember};
use crate::formats;
use crate::gather;
use crate::model::{
    Classic, Descriptor, Digest, Fact, FactKey, Image, Manifest, Observed, Place, Reason, Repository, Tag,
};
use crate::registry::Content;
use crate::{dod, dod::Promotion};

/// How deep indexes may lie in indexes.
const DEPTH: usize = 4;

pub(super) async fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    for (image, promotion) in promotions(context)? {
        let Promotion { digest, from, to } = &promotion;
        let found = inventory(&promotion, context).await?;
        for to in to {
            let tagged = publish::resolved(to, &image.tag, context).and_then(Observed::seen);
            let drifted = tagged.map(|tagged| &tagged.digest).filter(|tagged| *tagged != digest);
            outline.steps.push(format!(
                "copy {digest} from {from} to {to}: {} manifests, {} attached artifacts",
                found.tree.len(),
                found.attached.len()
            ));
            if let Some(other) = drifted {
                outline.warnings.push(format!(
                    "{} points to {other}; promoting does not move it: exitbar publish --move-tag {}",
                    to.tagged(&image.tag),
                    to.tagged(&image.tag)
                ));
            }
        }
        outline.digests.insert(image.name.clone(), digest.clone());
    }
    if outline.steps.is_empty() {
        return Err("every repository has what the others have; nothing to promote".to_owned());
    }
    outline.steps.push("set no version tag: publish does that (P)".to_owned());
    Ok(outline)
}

fn promotions(context: &Context) -> Result<Vec<(&Image, Promotion)>, String> {
    let images = context.release.images.iter();
    images
        .map(|image| Ok((image, dod::promotion(image, &context.scope, &context.facts)?)))
        .filter(|found: &Result<(&Image, Promotion), String>| {
            found.as_ref().map_or(true, |(_, promotion)| !promotion.to.is_empty())
        })
        .collect()
}

/// Everything that a promotion copies.
#[derive(Debug, Default)]
struct Inventory {
    /// The index and its manifests, children first.
    tree: Vec<Digest>,
    /// What refers to one of them: the subject and the artifact's descriptor.
    attached: Vec<(Digest, Descriptor)>,
    /// Classic tags: the tag and the manifest behind it.
    classic: Vec<(Tag, Digest)>,
    /// Configs and layers of the manifests, with their sizes.
    blobs: BTreeSet<(Digest, u64)>,
    /// Media type and bytes of every manifest of the three.
    manifests: BTreeMap<Digest, (String, std::sync::Arc<[u8]>)>,
}

async fn inventory(promotion: &Promotion, context: &Context) -> Result<Inventory, String> {
    let from = &promotion.from;
    let mut found = Inventory::default();
    tree(&promotion.digest, from, context, &mut found, 0).await?;
    for subject in found.tree.clone() {
        let key = FactKey::Referrers { repository: from.clone(), subject: subject.clone() };
        if let Fact::Referrers(Observed::Seen(referrers)) = look(&key, from, context).await? {
            for descriptor in referrers.manifests {
                manifest(&descriptor.digest, from, context, &mut found).await?;
                found.attached.push((subject.clone(), descriptor));
            }
        }
        for kind in Classic::ALL {
            let key = FactKey::ClassicTag { repository: from.clone(), subject: subject.clone(), kind };
            if let Fact::ClassicTag(Observed::Seen(tag)) = look(&key, from, context).await? {
                manifest(&tag.digest, from, context, &mut found).await?;
                found.classic.push((Tag::classic(&subject, kind), tag.digest));
            }
        }
    }
    Ok(found)
}

/// An index and its manifests.
async fn tree(
    digest: &Digest,
    from: &Repository,
    context: &Context,
    found: &mut Inventory,
    depth: usize,
) -> Result<(), String> {
    if depth > DEPTH {
        return Err(format!("{from} nests indexes too deep at {digest}"));
    }
    if let Manifest::Index(index) = manifest(digest, from, context, found).await? {
        for child in index.manifests {
            Box::pin(tree(&child.digest, from, context, found, depth + 1)).await?;
        }
    }
    if !found.tree.contains(digest) {
        found.tree.push(digest.clone());
    }
    Ok(())
}

/// A manifest's bytes, kept for the copy.
async fn manifest(
    digest: &Digest,
    from: &Repository,
    context: &Context,
    found: &mut Inventory,
) -> Result<Manifest, String> {
    let bytes = gather::manifest_bytes(from, digest, &context.facts, &context.world).await;
    let bytes = bytes.map_err(|reason| format!("{from}@{digest}: {reason}"))?;
    let parsed = formats::manifest::parse(&bytes).map_err(|reason| format!("{from}@{digest}: {reason}"))?;
    if let Manifest::Image(image) = &parsed {
        let blobs = image.layers.iter().chain([&image.config]);
        found.blobs.extend(blobs.map(|blob| (blob.digest.clone(), blob.size)));
    }
    found.manifests.insert(digest.clone(), (parsed.media_type().to_owned(), bytes));
    Ok(parsed)
}

/// A fact that is known, else looked at now. What could not be seen must not be left behind silently.
async fn look(key: &FactKey, from: &Repository, context: &Context) -> Result<Fact, String> {
    let known = context.facts.get(key).map(|entry| entry.fact.as_ref().clone());
    let fact = match known.filter(|fact| fact.reason().is_none()) {
        Some(fact) => fact,
        None => fetched(key, from, context).await,
    };
    match fact.reason() {
        Some(reason) => Err(format!("cannot tell what is attached in {from}: {reason}")),
        None => Ok(fact),
    }
}

async fn fetched(key: &FactKey, from: &Repository, context: &Context) -> Fact {
    let places = [Place::Registry(from.clone())];
    let exchanges = gather::fetch(key, &places, &context.facts, &context.world).await;
    let read = formats::read(key, &exchanges);
    let fact = read.into_iter().find(|(found, ..)| found == key).map(|(_, fact, _)| fact);
    fact.unwrap_or_else(|| {
        Fact::unknown(key, Reason::new(crate::model::ReasonKind::NotConfigured, "no place answered for it"))
    })
}

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let promotions = promotions(context)?;
    let total = promotions.iter().map(|(_, promotion)| promotion.to.len()).sum();
    sink.progress(0, total, "copying by digest").await;
    for (image, promotion) in &promotions {
        let found = inventory(promotion, context).await?;
        let copies = promotion.to.iter().map(|to| copy(&found, promotion, to, context, sink));
        let failures: Vec<String> = join_all(copies).await.into_iter().filter_map(Result::err).collect();
        if !failures.is_empty() {
            return Err(failures.join("; "));
        }
        remember("copied", &image.name, &promotion.digest, context)?;
    }
    sink.progress(total, total, "copied").await;
    Ok(format!("copied {} images to {total} repositories by digest", promotions.len()))
}

async fn copy(
    found: &Inventory,
    promotion: &Promotion,
    to: &Repository,
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let registries = &context.world.registries;
    for (digest, size) in &found.blobs {
        blob(digest, *size, &promotion.from, to, context).await?;
    }
    let failed = |digest: &Digest, reason: Reason| format!("{to}: copying {digest}: {reason}");
    for digest in &found.tree {
        let Some((media_type, bytes)) = found.manifests.get(digest) else { continue };
        let pushed = registries.push_manifest(to, digest.as_str(), media_type, bytes).await;
        pushed.map_err(|reason| failed(digest, reason))?;
    }
    for (subject, descriptor) in &found.attached {
        let Some((media_type, bytes)) = found.manifests.get(&descriptor.digest) else { continue };
        attach::push(to, subject, descriptor, media_type, bytes, context).await?;
    }
    for (tag, digest) in &found.classic {
        let Some((media_type, bytes)) = found.manifests.get(digest) else { continue };
        let pushed = registries.push_manifest(to, tag.as_str(), media_type, bytes).await;
        pushed.map_err(|reason| failed(digest, reason))?;
    }
    sink.line(&format!(
        "{to}@{} is staged, with {} attached artifacts",
        promotion.digest,
        found.attached.len()
    ))
    .await;
    Ok(())
}

/// A blob: left where it is there, mounted within a registry, else brought through this machine.
async fn blob(
    digest: &Digest,
    size: u64,
    from: &Repository,
    to: &Repository,
    context: &Context,
) -> Result<(), String> {
    let registries = &context.world.registries;
    let failed = |reason: Reason| format!("{to}: copying blob {digest}: {reason}");
    if registries.blob_exists(to, digest).await.map_err(failed)?
        || registries.mount_blob(to, from, digest).await.unwrap_or(false)
    {
        return Ok(());
    }
    let file = gather::blob_file(from, digest, size, &context.facts, &context.world).await.map_err(failed)?;
    registries.push_blob(to, digest, Content::File(file.path().to_owned())).await.map_err(failed)
}
