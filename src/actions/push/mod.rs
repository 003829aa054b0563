//! Pushes every image of the release to each of its repositories, by digest: blobs first, then
//! platform manifests, then the index. No tag is set, so nobody pulls what is not signed yet.

mod tree;
mod upload;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::{Context, JobSink, Outline};
use crate::model::{Digest, ImageName, LocalSource, Repository};
use tree::{From, Tree};
use upload::Neighbours;

pub(super) async fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    for image in &context.release.images {
        let tree = tree::of(image, false, context).await?;
        let asked = image.repositories.iter().map(|repository| upload::missing(&tree, repository, context));
        for (repository, missing) in image.repositories.iter().zip(join_all(asked).await) {
            let (missing, root) = (missing?, short(&tree.root));
            outline.steps.push(if missing.is_nothing() {
                format!("leave {root} in {repository}, where all of it is already")
            } else {
                format!(
                    "push {root} to {repository}: {} of {} manifests, {} of {} blobs, {} of {}",
                    missing.manifests.len(),
                    tree.manifests.len(),
                    missing.blobs.len(),
                    tree.blobs.len(),
                    megabytes(missing.size(&tree)),
                    megabytes(tree.size()),
                )
            });
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

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let total: usize = context.release.repositories().count();
    sink.progress(0, total, "compressing").await;
    let mut trees = Vec::new();
    for image in &context.release.images {
        let is_engine = matches!(image.local, Some(LocalSource::Engine(_)));
        // Of an engine's image the layers are compressed again only where a registry lacks one.
        let known = tree::of(image, false, context).await?;
        let needed = is_engine && any_missing(&known, &image.repositories, context).await;
        let tree = if needed { tree::of(image, true, context).await? } else { known };
        trees.push((&image.name, &image.repositories, tree));
    }
    sink.progress(0, total, "pushing by digest").await;
    let hosts: BTreeSet<&str> =
        context.release.repositories().map(|(_, repository)| repository.registry()).collect();
    let pushes = hosts.iter().map(|host| to_registry(host, &trees, context, sink));
    let failures: Vec<String> = join_all(pushes).await.into_iter().filter_map(Result::err).collect();
    if !failures.is_empty() {
        return Err(failures.join("; "));
    }
    for (image, _, tree) in &trees {
        remember(image, &tree.root, context)?;
        for (digest, _) in tree.blobs.iter().filter(|(_, blob)| matches!(blob.from, From::Compressed)) {
            context.world.store.remove_blob(digest);
        }
    }
    sink.progress(total, total, "pushed").await;
    Ok(format!("pushed {} images to {total} repositories by digest", trees.len()))
}

/// What cannot be asked now is asked again when it is sent.
async fn any_missing(tree: &Tree, repositories: &[Repository], context: &Context) -> bool {
    let asked = repositories.iter().map(|repository| upload::missing(tree, repository, context));
    join_all(asked)
        .await
        .iter()
        .any(|missing| missing.as_ref().is_ok_and(|missing| !missing.blobs.is_empty()))
}

/// One image after the other, so that the second mounts what it shares with the first.
async fn to_registry(
    host: &str,
    trees: &[(&ImageName, &Vec<Repository>, Tree)],
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let mut neighbours: Neighbours = BTreeMap::new();
    let mut failures = Vec::new();
    for (_, repositories, tree) in trees {
        for repository in repositories.iter().filter(|repository| repository.registry() == host) {
            match upload::send(tree, repository, &neighbours, context, sink).await {
                Ok(_) => neighbours.extend(tree.blobs.keys().map(|it| (it.clone(), repository.clone()))),
                Err(why) => failures.push(why),
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

fn remember(image: &ImageName, digest: &Digest, context: &Context) -> Result<(), String> {
    context.world.store.keep_pushed(&context.release, image, digest).map_err(|error| {
        format!("pushed, but this machine could not remember it: {error}; pass --digest {image}={digest}")
    })
}
