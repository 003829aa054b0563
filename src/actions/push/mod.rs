//! Pushes every image of the release to each of its repositories, by digest: blobs first, then
//! platform manifests, then the index. No tag is set, so nobody pulls what is not signed yet.

mod tree;
mod upload;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::{Context, JobSink, Outline, remember};
use crate::model::{Digest, Image, ImageName, LocalSource, Repository};
use tree::{From, Tree};
use upload::{Missing, Neighbours};

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
    let mut pushes = Vec::new();
    for image in &context.release.images {
        pushes.push(Push::of(image, context).await?);
    }
    sink.progress(0, total, "pushing by digest").await;
    let hosts: BTreeSet<&str> =
        context.release.repositories().map(|(_, repository)| repository.registry()).collect();
    let hosts = hosts.iter().map(|host| to_registry(host, &pushes, context, sink));
    let failures: Vec<String> = join_all(hosts).await.into_iter().filter_map(Result::err).collect();
    if !failures.is_empty() {
        let why = failures.join("; ");
        return Err(format!("{why}; no tag was set. Push again: what has arrived is not sent twice"));
    }
    for Push { image, tree, .. } in &pushes {
        remember("pushed", image, &tree.root, context)?;
        for (digest, _) in tree.blobs.iter().filter(|(_, blob)| matches!(blob.from, From::Compressed)) {
            context.world.store.remove_blob(digest);
        }
    }
    sink.progress(total, total, "pushed").await;
    Ok(format!("pushed {} images to {total} repositories by digest", pushes.len()))
}

/// One image on its way to its repositories.
struct Push<'a> {
    image: &'a ImageName,
    tree: Tree,
    /// What each repository lacks, or why that could not be asked.
    lacking: Vec<(&'a Repository, Result<Missing, String>)>,
}

impl<'a> Push<'a> {
    async fn of(image: &'a Image, context: &Context) -> Result<Self, String> {
        let tree = tree::of(image, false, context).await?;
        let asked = image.repositories.iter().map(|repository| upload::missing(&tree, repository, context));
        let lacking: Vec<_> = image.repositories.iter().zip(join_all(asked).await).collect();
        // Of an engine's image the layers are compressed again only where a registry lacks one.
        let is_engine = matches!(image.local, Some(LocalSource::Engine(_)));
        let lacks_blobs = |(_, missing): &(&Repository, Result<Missing, String>)| {
            missing.as_ref().is_ok_and(|missing| !missing.blobs.is_empty())
        };
        let again = is_engine && lacking.iter().any(lacks_blobs);
        let tree = if again { tree::of(image, true, context).await? } else { tree };
        Ok(Self { image: &image.name, tree, lacking })
    }
}

/// One image after the other, so that the second mounts what it shares with the first.
async fn to_registry(
    host: &str,
    pushes: &[Push<'_>],
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let mut neighbours: Neighbours = BTreeMap::new();
    let mut failures = Vec::new();
    for Push { tree, lacking, .. } in pushes {
        for (repository, missing) in lacking.iter().filter(|(repository, _)| repository.registry() == host) {
            let sent = match missing {
                Ok(missing) => upload::send(tree, missing, repository, &neighbours, context, sink).await,
                Err(why) => Err(why.clone()),
            };
            match sent {
                Ok(()) => {
                    neighbours
                        .extend(tree.blobs.keys().map(|it| (it.clone(), Repository::clone(repository))));
                }
                Err(why) => failures.push(why),
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}
