//! Runs of images: those that are kept, and those that an audit executes.

use super::{World, local_exchange, nobody};
use crate::model::{Answer, Digest, Exchange, FactKey, Facts, Place, ReasonKind};

/// The runs of a config that this machine keeps.
pub(super) async fn stored(config: &Digest, world: &World) -> Vec<Exchange> {
    let (store, wanted) = (world.store.clone(), config.clone());
    let answer = match super::blocking(move || store.runs(&wanted)).await {
        Ok(runs) => Answer::StoredRuns(runs),
        Err(reason) => Answer::Failed(reason),
    };
    vec![local_exchange(Place::Store, format!("runs of {config}"), answer)]
}

/// Executes a run that the scope asks for. The seam to the runner: without one, the run is unknown
/// and says so.
#[expect(clippy::unused_async, reason = "the runner that belongs here is asynchronous")]
pub(super) async fn execute(
    _key: &FactKey,
    places: &[Place],
    _facts: &Facts,
    _world: &World,
) -> Vec<Exchange> {
    vec![nobody(places, ReasonKind::NotSupported, "this build of exitbar runs no images during an audit")]
}
