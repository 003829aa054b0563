//! What a promotion would copy: the index that one repository has and another lacks.

use crate::model::{Digest, Facts, Image, Reason, Repository, Scope};

use super::stage::{Holds, Standing, staged_digest};

/// The copy of one image's index, by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// The index.
    pub digest: Digest,
    /// A repository that has it.
    pub from: Repository,
    /// The repositories that do not have it.
    pub to: Vec<Repository>,
}

/// What is promoted of `image`: the digest that the operator gave, else what `scope.promote_from` or the first
/// repository publishes, else what is staged.
///
/// # Errors
/// When no repository has anything to copy, or one cannot be read.
pub fn promotion(image: &Image, scope: &Scope, facts: &Facts) -> Result<Promotion, String> {
    let standing = Standing::of(image, scope, facts);
    if let Some((repository, reason)) = standing.held.iter().find_map(unread) {
        return Err(format!("cannot tell what {repository} has: {reason}"));
    }
    let preferred = scope.promote_from.as_ref();
    let mut held: Vec<&(Repository, Holds)> = standing.held.iter().collect();
    held.sort_by_key(|(repository, _)| preferred != Some(repository));
    let published = held.iter().find_map(|(_, holds)| match holds {
        Holds::Tagged(digest, _) => Some(digest.clone()),
        _ => None,
    });
    let given = scope.digests.get(&image.name).cloned();
    let digest = given.or(published).or_else(|| staged_digest(image, scope, facts)).ok_or_else(|| {
        format!("image {} is in no registry; push it first (p), or pass --digest", image.name)
    })?;
    let holds = |held: &Holds| held.digest() == Some(&digest);
    let from = held.iter().find(|(_, held)| holds(held)).map(|(repository, _)| repository.clone());
    let from = from.ok_or_else(|| format!("no repository of image {} has {digest}", image.name))?;
    let to = standing.held.iter().filter(|(_, held)| !holds(held)).map(|(to, _)| to.clone()).collect();
    Ok(Promotion { digest, from, to })
}

fn unread((repository, holds): &(Repository, Holds)) -> Option<(&Repository, &Reason)> {
    match holds {
        Holds::Unknown(reason) => Some((repository, reason)),
        _ => None,
    }
}
