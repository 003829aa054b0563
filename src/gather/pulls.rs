//! Pulls an image as anybody does, to the last byte, so that it is known that the registries give it.

use super::{World, access, answers, layers};
use crate::model::{
    Answer, Digest, Exchange, FactKey, Facts, ImageManifest, Place, Reason, ReasonKind, Repository,
};
use crate::registry::Limits;

/// Reads the config and every layer of an image from this repository, and holds each against its digest. Nothing
/// that this machine keeps is taken instead.
///
/// # Errors
/// What the registry does not give, or gives with another digest.
pub(super) async fn through(
    repository: &Repository,
    config: &Digest,
    manifest: &ImageManifest,
    facts: &Facts,
    world: &World,
) -> Result<(), Reason> {
    let access = access::to(repository, facts, world).await;
    let limit = Limits::default().config;
    let asked = [world.registries.blob(repository, config, limit, access).await];
    if answers::bytes_of(config, &asked).is_none() {
        return Err(not_given(repository, FactKey::Config(config.clone()), &asked));
    }
    for layer in &manifest.layers {
        let exchange = layers::from_registry(repository, &layer.digest, facts, world).await;
        if !matches!(exchange.answer, Answer::Layer(_)) {
            return Err(not_given(repository, FactKey::Layer(layer.digest.clone()), &[exchange]));
        }
    }
    Ok(())
}

fn not_given(repository: &Repository, key: FactKey, exchanges: &[Exchange]) -> Reason {
    let text = format!("{repository} does not give what it lists");
    answers::reason_of(&key, exchanges, Reason::new(ReasonKind::Unreadable, text))
}

/// The repositories among these places.
pub(super) fn repositories(places: &[Place]) -> impl Iterator<Item = &Repository> {
    places.iter().filter_map(|place| match place {
        Place::Registry(repository) => Some(repository),
        _ => None,
    })
}
