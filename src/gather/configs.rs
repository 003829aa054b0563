//! Image configs by digest.

use super::manifests::{keep, kept};
use super::{World, access, layout, saves};
use crate::model::{Digest, Exchange, Facts, Place};
use crate::registry::Limits;

/// The config's bytes: kept ones, else of the first place that has them.
pub(super) async fn fetch(digest: &Digest, places: &[Place], facts: &Facts, world: &World) -> Vec<Exchange> {
    if let Some(kept) = kept(digest, world).await {
        return vec![kept];
    }
    let limit = Limits::default().config;
    let mut exchanges = Vec::new();
    for place in places {
        let exchange = match place {
            Place::Registry(repository) => {
                let access = access::to(repository, facts, world).await;
                world.registries.blob(repository, digest, limit, access).await
            }
            Place::Layout(folder) => layout::content(folder, digest, limit, world).await,
            Place::Engine(name) => saves::config(name, digest, world).await,
            Place::Source(_) | Place::Store | Place::Github { .. } => continue,
        };
        let found = keep(digest, &exchange, world);
        exchanges.push(exchange);
        if found {
            break;
        }
    }
    exchanges
}
