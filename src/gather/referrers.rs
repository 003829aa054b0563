//! What refers to a digest in a repository.

use super::{World, access};
use crate::model::{Digest, Exchange, Facts, Repository};

/// Every page of the referrers, and the fallback tag where the API is not there.
pub(super) async fn fetch(
    repository: &Repository,
    subject: &Digest,
    facts: &Facts,
    world: &World,
) -> Vec<Exchange> {
    let access = access::to(repository, facts, world).await;
    world.registries.referrers(repository, subject, access).await
}
