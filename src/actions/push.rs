//! Pushes every image of the release to each of its repositories, by digest: blobs first, then
//! platform manifests, then the index. No tag is set, so nobody pulls what is not signed yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use futures_util::future::join_all;

use super::{Context, JobSink, Outline};
use crate::formats;
use crate::model::{Digest, FactKey, Image, ImageName, LocalImages, LocalSource, Manifest, Repository};
use crate::registry::Content;

/// Everything behind one digest of a layout, in the order in which a registry takes it.
#[derive(Debug)]
struct Tree {
    root: Digest,
    blobs: BTreeMap<Digest, u64>,
    /// Children before their parents; each with its media type.
    manifests: Vec<(Digest, String, Vec<u8>)>,
}

pub(super) fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    for image in &context.release.images {
        let tree = tree(image, context)?;
        let bytes: u64 = tree.blobs.values().sum();
        for repository in &image.repositories {
            outline.steps.push(format!(
                "push {} to {repository}: {} manifests, {} blobs, {}",
                short(&tree.root),
                tree.manifests.len(),
                tree.blobs.len(),
                megabytes(bytes)
            ));
        }
        outline.digests.insert(image.name.clone(), tree.root);
    }
    outline.steps.push("set no tag: nobody pulls this until it is published".to_owned());
    Ok(outline)
}

fn short(digest: &Digest) -> String {
    format!("{}:{}…", digest.algorithm(), digest.short())
}

#[allow(clippy::cast_precision_loss, reason = "a size on a screen")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The layout of `image` on this machine, and what is built there.
fn local<'a>(image: &Image, context: &'a Context) -> Result<(PathBuf, &'a LocalImages), String> {
    let Some(LocalSource::Layout(layout)) = &image.local else {
        return Err(format!("image {} is in no OCI layout; set `local = \"oci:…\"` for it", image.name));
    };
    let built = context.facts.local(&FactKey::Local(image.name.clone())).and_then(|built| built.seen());
    let built = built.ok_or_else(|| format!("image {} is not built; press b first", image.name))?;
    for platform in &image.platforms {
        if !built.images.iter().any(|one| one.platform == *platform) {
            return Err(format!("image {} is not built for {platform}; press b first", image.name));
        }
    }
    Ok((context.world.wiring.path(layout), built))
}

fn tree(image: &Image, context: &Context) -> Result<Tree, String> {
    let (layout, built) = local(image, context)?;
    let mut tree = match &built.index {
        Some(index) => Tree { root: index.clone(), blobs: BTreeMap::new(), manifests: Vec::new() },
        None => return assembled(image, &layout, built),
    };
    collect(&layout, &tree.root.clone(), &mut tree, 0)?;
    Ok(tree)
}

/// A layout without an index of its own gets one here: the same bytes for the same manifests.
fn assembled(image: &Image, layout: &Path, built: &LocalImages) -> Result<Tree, String> {
    let mut tree = Tree { root: Digest::of(b""), blobs: BTreeMap::new(), manifests: Vec::new() };
    let mut descriptors = Vec::new();
    for platform in &image.platforms {
        let of_platform = built.images.iter().find(|one| one.platform == *platform);
        let Some(digest) = of_platform.and_then(|one| one.manifest.clone()) else {
            return Err(format!(
                "image {} has no manifest for {platform} in {}",
                image.name,
                layout.display()
            ));
        };
        collect(layout, &digest, &mut tree, 0)?;
        let (media_type, size) = tree
            .manifests
            .last()
            .map(|(_, media_type, bytes)| (media_type.clone(), bytes.len() as u64))
            .unwrap_or_default();
        descriptors.push(crate::model::Descriptor {
            media_type,
            digest,
            size,
            platform: Some(platform.clone()),
            artifact_type: None,
            annotations: BTreeMap::new(),
        });
    }
    let bytes = formats::manifest::write_index(&descriptors, &BTreeMap::new());
    tree.root = Digest::of(&bytes);
    tree.manifests.push((tree.root.clone(), "application/vnd.oci.image.index.v1+json".to_owned(), bytes));
    Ok(tree)
}

fn collect(layout: &Path, digest: &Digest, tree: &mut Tree, depth: usize) -> Result<(), String> {
    if depth > 4 {
        return Err(format!("{} nests indexes too deep at {digest}", layout.display()));
    }
    if tree.manifests.iter().any(|(known, ..)| known == digest) {
        return Ok(());
    }
    let path = blob(layout, digest);
    let bytes = std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if !digest.matches(&bytes) {
        return Err(format!("{} does not hold the bytes that its name says; build again", path.display()));
    }
    let manifest =
        formats::manifest::parse(&bytes).map_err(|reason| format!("{}: {reason}", path.display()))?;
    let media_type = match &manifest {
        Manifest::Index(index) => {
            for child in &index.manifests {
                collect(layout, &child.digest, tree, depth + 1)?;
            }
            index.media_type.clone()
        }
        Manifest::Image(image) => {
            let blobs = image.layers.iter().chain([&image.config]);
            tree.blobs.extend(blobs.map(|blob| (blob.digest.clone(), blob.size)));
            image.media_type.clone()
        }
    };
    tree.manifests.push((digest.clone(), media_type, bytes));
    Ok(())
}

fn blob(layout: &Path, digest: &Digest) -> PathBuf {
    layout.join("blobs").join(digest.algorithm()).join(digest.hex())
}

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let mut targets = Vec::new();
    let mut trees = BTreeMap::new();
    for image in &context.release.images {
        let (layout, _) = local(image, context)?;
        trees.insert(image.name.clone(), (layout, tree(image, context)?));
        targets.extend(image.repositories.iter().map(|repository| (image.name.clone(), repository)));
    }
    let total = targets.len();
    sink.progress(0, total, "pushing by digest").await;
    let pushes = targets.iter().map(|(image, repository)| push(&trees[image], repository, context, sink));
    let failures: Vec<String> = join_all(pushes).await.into_iter().filter_map(Result::err).collect();
    if !failures.is_empty() {
        return Err(failures.join("; "));
    }
    for (image, (_, tree)) in &trees {
        remember(image, &tree.root, context)?;
    }
    sink.progress(total, total, "pushed").await;
    Ok(format!("pushed {} images to {total} repositories by digest", trees.len()))
}

fn remember(image: &ImageName, digest: &Digest, context: &Context) -> Result<(), String> {
    context.world.store.keep_pushed(&context.release, image, digest).map_err(|error| {
        format!("pushed, but this machine could not remember it: {error}; pass --digest {image}={digest}")
    })
}

async fn push(
    (layout, tree): &(PathBuf, Tree),
    repository: &Repository,
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let registries = &context.world.registries;
    let failed = |what: &str, reason: crate::model::Reason| format!("{repository}: {what}: {reason}");
    for digest in tree.blobs.keys() {
        let there = registries.blob_exists(repository, digest).await;
        if there.map_err(|reason| failed(&format!("asking for blob {digest}"), reason))? {
            continue;
        }
        let path = blob(layout, digest);
        let pushed = registries.push_blob(repository, digest, Content::File(path)).await;
        pushed.map_err(|reason| failed(&format!("pushing blob {digest}"), reason))?;
    }
    for (digest, media_type, bytes) in &tree.manifests {
        let pushed = registries.push_manifest(repository, digest.as_str(), media_type, bytes).await;
        pushed.map_err(|reason| failed(&format!("pushing manifest {digest}"), reason))?;
    }
    sink.line(&format!("{repository}@{} is staged", tree.root)).await;
    Ok(())
}
