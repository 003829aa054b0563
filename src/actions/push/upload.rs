//! Brings a tree to a repository: what is there is left alone, what a neighbour has is mounted, the rest
//! is uploaded.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use futures_util::stream;

use super::tree::{Blob, From, Tree};
use crate::actions::{Context, JobSink};
use crate::model::{Digest, Reason, Repository};
use crate::registry::Content;

/// How many blobs of a repository are asked for or sent at the same time.
const AT_ONCE: usize = 4;

/// What a repository lacks of a tree.
#[derive(Debug, Default)]
pub(super) struct Missing {
    pub(super) blobs: BTreeSet<Digest>,
    pub(super) manifests: BTreeSet<Digest>,
}

impl Missing {
    pub(super) fn is_nothing(&self) -> bool {
        self.manifests.is_empty() && self.blobs.is_empty()
    }

    /// The bytes to send, where nothing can be mounted.
    pub(super) fn size(&self, tree: &Tree) -> u64 {
        self.blobs.iter().filter_map(|digest| tree.blobs.get(digest)).map(|blob| blob.size).sum()
    }
}

/// Asks a repository what it lacks. Where it has every manifest, it has what they name.
pub(super) async fn missing(
    tree: &Tree,
    repository: &Repository,
    context: &Context,
) -> Result<Missing, String> {
    let registries = &context.world.registries;
    let failed = |digest: &Digest, reason: Reason| format!("{repository}: asking for {digest}: {reason}");
    let manifests: Vec<_> = tree
        .manifests
        .iter()
        .map(|(digest, ..)| async move { (digest, registries.manifest_exists(repository, digest).await) })
        .collect();
    let manifests: Vec<_> = stream::iter(manifests).buffered(AT_ONCE).collect().await;
    let mut missing = Missing::default();
    for (digest, there) in manifests {
        if !there.map_err(|reason| failed(digest, reason))? {
            missing.manifests.insert(digest.clone());
        }
    }
    if missing.manifests.is_empty() {
        return Ok(missing);
    }
    let blobs: Vec<_> = tree
        .blobs
        .keys()
        .map(|digest| async move { (digest, registries.blob_exists(repository, digest).await) })
        .collect();
    let blobs: Vec<_> = stream::iter(blobs).buffered(AT_ONCE).collect().await;
    for (digest, there) in blobs {
        if !there.map_err(|reason| failed(digest, reason))? {
            missing.blobs.insert(digest.clone());
        }
    }
    Ok(missing)
}

/// Who has a blob on a registry: repositories that were pushed to before.
pub(super) type Neighbours = BTreeMap<Digest, Repository>;

/// Sends what a repository lacks.
pub(super) async fn send(
    tree: &Tree,
    missing: &Missing,
    repository: &Repository,
    neighbours: &Neighbours,
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let sending: Vec<_> =
        missing.blobs.iter().map(|digest| blob(tree, digest, repository, neighbours, context)).collect();
    let sent: Vec<_> = stream::iter(sending).buffer_unordered(AT_ONCE).collect().await;
    let (mut uploaded, mut mounted) = (0, 0);
    for one in sent {
        if one? { mounted += 1 } else { uploaded += 1 }
    }
    // Children before their parents: an index that names what is not there is refused.
    for (digest, media_type, bytes) in &tree.manifests {
        if missing.manifests.contains(digest) {
            let pushed =
                context.world.registries.push_manifest(repository, digest.as_str(), media_type, bytes);
            pushed.await.map_err(|reason| format!("{repository}: pushing manifest {digest}: {reason}"))?;
        }
    }
    let said = if missing.is_nothing() { "was there already" } else { "is staged" };
    sink.line(&format!("{repository}@{} {said} ({uploaded} blobs sent, {mounted} mounted)", tree.root)).await;
    Ok(())
}

/// Mounts or uploads one blob; whether it was mounted.
async fn blob(
    tree: &Tree,
    digest: &Digest,
    repository: &Repository,
    neighbours: &Neighbours,
    context: &Context,
) -> Result<bool, String> {
    let failed = |what: &str, reason: Reason| format!("{repository}: {what} blob {digest}: {reason}");
    let registries = &context.world.registries;
    // A registry that will not mount gets the bytes.
    if let Some(neighbour) = neighbours.get(digest).filter(|neighbour| *neighbour != repository)
        && registries.mount_blob(repository, neighbour, digest).await.unwrap_or(false)
    {
        return Ok(true);
    }
    let Some(Blob { from, .. }) = tree.blobs.get(digest) else { return Ok(false) };
    let content = match from {
        From::File(path) => Content::File(path.clone()),
        From::Bytes(bytes) => Content::Bytes(bytes.clone()),
        From::Compressed => Content::File(context.world.store.blob_path(digest)),
    };
    registries.push_blob(repository, digest, content).await.map_err(|it| failed("pushing", it))?;
    Ok(false)
}
