//! Indexes and manifests by digest, and whether a repository has them.

use super::{World, access, answers, blocking, layout, local_exchange};
use crate::model::{Answer, Digest, Exchange, FactKey, Facts, Place, Reason, ReasonKind, Repository};
use crate::registry::{Limits, Method};

/// The manifest's bytes: kept ones, else of the first place that has them.
pub(super) async fn fetch(digest: &Digest, places: &[Place], facts: &Facts, world: &World) -> Vec<Exchange> {
    if let Some(kept) = kept(digest, world).await {
        return vec![kept];
    }
    let mut exchanges = Vec::new();
    for place in places {
        let exchange = match place {
            Place::Registry(repository) => {
                let access = access::to(repository, facts, world).await;
                world.registries.manifest(repository, digest.as_str(), Method::GET, access).await
            }
            Place::Layout(folder) => layout::content(folder, digest, Limits::default().manifest, world).await,
            Place::Engine(_) | Place::Source(_) | Place::Store | Place::Github { .. } => continue,
        };
        let found = keep(digest, &exchange, world);
        exchanges.push(exchange);
        if found {
            break;
        }
    }
    exchanges
}

/// Whether a repository has a manifest, by HEAD: that costs nothing of a pull limit.
pub(super) async fn present(
    repository: &Repository,
    digest: &Digest,
    facts: &Facts,
    world: &World,
) -> Vec<Exchange> {
    let access = access::to(repository, facts, world).await;
    let exchange = world.registries.manifest(repository, digest.as_str(), Method::HEAD, access).await;
    if !matches!(&exchange.answer, Answer::Http(answer) if matches!(answer.status, 405 | 501)) {
        return vec![exchange];
    }
    let exchange = world.registries.manifest(repository, digest.as_str(), Method::GET, access).await;
    keep(digest, &exchange, world);
    vec![exchange]
}

/// The bytes of a manifest that `repository` has, for setting a tag to it.
///
/// # Errors
/// What came back instead of the right bytes.
pub async fn bytes(
    repository: &Repository,
    digest: &Digest,
    facts: &Facts,
    world: &World,
) -> Result<std::sync::Arc<[u8]>, Reason> {
    let places = [Place::Registry(repository.clone())];
    let exchanges = fetch(digest, &places, facts, world).await;
    answers::bytes_of(digest, &exchanges).ok_or_else(|| {
        let text = format!("{repository} does not have {digest}");
        let otherwise = Reason::new(ReasonKind::Unreadable, text);
        answers::reason_of(&FactKey::Manifest(digest.clone()), &exchanges, otherwise)
    })
}

/// The bytes of a digest that this machine keeps, as an exchange.
pub(super) async fn kept(digest: &Digest, world: &World) -> Option<Exchange> {
    let (store, wanted) = (world.store.clone(), digest.clone());
    let bytes = blocking(move || store.content(&wanted)).await.ok()??;
    Some(local_exchange(Place::Store, format!("read {digest}"), Answer::Bytes(bytes.into())))
}

/// Keeps bytes that have their digest; says whether they do.
pub(super) fn keep(digest: &Digest, exchange: &Exchange, world: &World) -> bool {
    let bytes = match &exchange.answer {
        Answer::Http(answer) if answer.status == 200 => &answer.body,
        Answer::Bytes(bytes) => bytes,
        _ => return false,
    };
    let found = digest.matches(bytes);
    // A layout's files are on this machine already.
    if found && matches!(exchange.place, Place::Registry(_)) {
        world.store.keep_content(digest, bytes);
    }
    found
}
