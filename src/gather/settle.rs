//! Facts until nothing is wanted any more, without a cockpit: for what is looked at once.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;

use super::{World, fetch};
use crate::formats;
use crate::model::{FactKey, Facts, Place};
use crate::registry::now;

/// Fetches what `wants` names, everything at the same time, and asks it again after each answer, until nothing
/// new is named. Nothing is asked for twice.
pub async fn settle(wants: impl Fn(&Facts) -> BTreeMap<FactKey, Vec<Place>>, world: &World) -> Facts {
    settle_from(Facts::new(now()), wants, world).await
}

/// The same, on facts that are there already.
pub async fn settle_from(
    mut facts: Facts,
    wants: impl Fn(&Facts) -> BTreeMap<FactKey, Vec<Place>>,
    world: &World,
) -> Facts {
    let mut asked = BTreeSet::new();
    let mut under_way = JoinSet::new();
    loop {
        for (key, places) in wants(&facts) {
            if !asked.insert(key.clone()) {
                continue;
            }
            let (known, world) = (facts.clone(), world.clone());
            under_way.spawn(async move {
                let exchanges = fetch(&key, &places, &known, &world).await;
                formats::read(&key, &exchanges)
            });
        }
        match under_way.join_next().await {
            None => return facts,
            Some(Ok(read)) => {
                for (key, fact, evidence) in read {
                    facts.insert(key, fact, evidence);
                }
            }
            // What it was about stays unanswered, which nobody takes for an absence.
            Some(Err(_)) => {}
        }
    }
}
