//! The tags of cosign before version 3 (`sha256-….sig`, `.att`, `.sbom`).

use super::{World, access, tags};
use crate::model::{Classic, Digest, Exchange, Facts, Repository, Tag};

/// Resolves one of the three tags of `subject`.
pub(super) async fn fetch(
    repository: &Repository,
    subject: &Digest,
    kind: Classic,
    facts: &Facts,
    world: &World,
) -> Vec<Exchange> {
    let access = access::to(repository, facts, world).await;
    tags::resolve(repository, &Tag::classic(subject, kind), access, None, world).await
}
