//! Documents by digest, SBOMs and test results: predicates of attestations that were verified here, BuildKit's statements
//! in an index, and blobs that nobody signed.

use super::manifests::{keep, kept};
use super::{World, access, layout, signatures};
use crate::formats::sbom::SIZE_LIMIT;
use crate::model::{Digest, Exchange, Fact, FactKey, Facts, Observed, Place};

/// The document's bytes: kept ones, else of the first place that has them.
pub(super) async fn fetch(
    document: &Digest,
    places: &[Place],
    facts: &Facts,
    world: &World,
) -> Vec<Exchange> {
    if let Some(kept) = kept(document, world).await {
        return vec![kept];
    }
    let mut exchanges = Vec::new();
    for place in places {
        let exchange = match place {
            Place::Registry(repository) => {
                if let Some(exchange) = attestation(document, place, facts, world).await {
                    exchange
                } else {
                    let access = access::to(repository, facts, world).await;
                    world.registries.blob(repository, document, SIZE_LIMIT as u64, access).await
                }
            }
            Place::Layout(folder) => layout::content(folder, document, SIZE_LIMIT as u64, world).await,
            Place::Engine(_) | Place::Source(_) | Place::Store | Place::Github { .. } => continue,
        };
        let found = keep(document, &exchange, world);
        exchanges.push(exchange);
        if found {
            break;
        }
    }
    exchanges
}

/// The predicate of a verified attestation in a repository, read again: a store that cannot be written has
/// not kept it. None where no attestation holds it, so that it is a blob of its own.
async fn attestation(document: &Digest, place: &Place, facts: &Facts, world: &World) -> Option<Exchange> {
    let Place::Registry(here) = place else { return None };
    let (subject, artifact) = facts.iter().find_map(|(key, entry)| match (key, entry.fact.as_ref()) {
        (
            FactKey::Signature { repository, subject, artifact },
            Fact::Signature(Observed::Seen(signature)),
        ) if repository == here && signature.predicate.as_ref() == Some(document) => {
            Some((subject, artifact))
        }
        _ => None,
    })?;
    Some(signatures::predicate(subject, artifact, place, facts, world).await)
}
