//! What a tag resolves to.

use super::World;
use crate::model::{Access, Answer, Digest, Exchange, HttpAnswer, Pass, Repository, Tag};
use crate::registry::Method;

/// Resolves a tag: by HEAD at the end of an audit, or where the bytes that it had when it was last
/// asked for are kept; else by GET, which brings the bytes with it.
pub(super) async fn resolve(
    repository: &Repository,
    tag: &Tag,
    access: Access,
    pass: Option<Pass>,
    world: &World,
) -> Vec<Exchange> {
    let last_seen = world.store.last_seen(repository, tag);
    let is_kept = last_seen.is_some_and(|digest| world.store.has_content(&digest));
    if is_kept || pass == Some(Pass::Last) {
        let exchange = world.registries.manifest(repository, tag.as_str(), Method::HEAD, access).await;
        if !says_nothing(&exchange.answer) {
            if let Answer::Http(answer) = &exchange.answer
                && let Some(digest) = header_digest(answer)
            {
                world.store.keep_last_seen(repository, tag, &digest);
            }
            return vec![exchange];
        }
    }
    let exchange = world.registries.manifest(repository, tag.as_str(), Method::GET, access).await;
    if let Answer::Http(answer) = &exchange.answer
        && let Some(digest) = digest_of(answer)
    {
        world.store.keep_content(&digest, &answer.body);
        world.store.keep_last_seen(repository, tag, &digest);
    }
    vec![exchange]
}

/// Whether a HEAD has to be followed by a GET: it succeeded without a digest, or is not known.
fn says_nothing(answer: &Answer) -> bool {
    match answer {
        Answer::Http(answer) if answer.status == 200 => header_digest(answer).is_none(),
        Answer::Http(answer) => matches!(answer.status, 405 | 501),
        _ => false,
    }
}

/// The digest of the bytes that came: the registry's where it is theirs, SHA-256 where it says none.
fn digest_of(answer: &HttpAnswer) -> Option<Digest> {
    if answer.status != 200 {
        return None;
    }
    match &answer.docker_content_digest {
        None => Some(Digest::of(&answer.body)),
        Some(_) => header_digest(answer).filter(|digest| digest.matches(&answer.body)),
    }
}

fn header_digest(answer: &HttpAnswer) -> Option<Digest> {
    answer.docker_content_digest.as_deref()?.parse().ok().filter(|_| answer.status == 200)
}
