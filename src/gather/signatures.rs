//! Signatures and attestations: their bytes are fetched here and verified here; whether who signed will do is
//! judged elsewhere.

use std::sync::Arc;

use super::{World, access, answers, blocking, layout, local_exchange, manifests};
use crate::model::{
    Answer, Descriptor, Digest, Exchange, Fact, Facts, Manifest, Observed, Place, Reason, ReasonKind,
    SignatureFormat, signature_id,
};
use crate::sigstore::{Examined, MAX_BUNDLE, Origin, Verifier};

/// Verifies the signature in the blob `artifact` as one of `subject`.
pub(super) async fn verify(
    subject: &Digest,
    artifact: &Digest,
    places: &[Place],
    facts: &Facts,
    world: &World,
) -> Vec<Exchange> {
    let layer = match layer(artifact, facts) {
        Ok(layer) => layer,
        Err(reason) => return vec![local_exchange(Place::Store, "verify", Answer::Failed(reason))],
    };
    let mut exchanges = Vec::new();
    for place in places {
        let (exchange, verified) = verified(&layer, subject, place, facts, world).await;
        let Some(verified) = verified else {
            exchanges.push(exchange);
            continue;
        };
        let answer = match verified {
            Ok(examined) => {
                if let (Some(digest), Some(document)) = (&examined.signature.predicate, &examined.predicate) {
                    world.store.keep_content(digest, document);
                }
                Answer::Signature(Box::new(examined.signature))
            }
            Err(reason) => Answer::Failed(reason),
        };
        exchanges.push(Exchange { request: format!("verify {artifact}"), answer, ..exchange });
        break;
    }
    exchanges
}

/// The document that the attestation in the blob `artifact` states about `subject`, verified.
pub(super) async fn predicate(
    subject: &Digest,
    artifact: &Digest,
    place: &Place,
    facts: &Facts,
    world: &World,
) -> Exchange {
    let layer = match layer(artifact, facts) {
        Ok(layer) => layer,
        Err(reason) => return local_exchange(place.clone(), "verify", Answer::Failed(reason)),
    };
    let (exchange, verified) = verified(&layer, subject, place, facts, world).await;
    let answer = match verified {
        None => return exchange,
        Some(Ok(Examined { predicate: Some(document), .. })) => Answer::Bytes(document.into()),
        Some(Ok(_)) => Answer::Missing(format!("the attestation {artifact} holds no document")),
        Some(Err(reason)) => Answer::Failed(reason),
    };
    Exchange { request: format!("read the predicate of {artifact}"), answer, ..exchange }
}

/// Fetches and verifies what a layer holds; nothing is verified where its bytes did not come.
async fn verified(
    layer: &Arc<Descriptor>,
    subject: &Digest,
    place: &Place,
    facts: &Facts,
    world: &World,
) -> (Exchange, Option<Result<Examined, Reason>>) {
    let exchange = blob(&layer.digest, place, facts, world).await;
    let Some(bytes) = answers::bytes_of(&layer.digest, std::slice::from_ref(&exchange)) else {
        return (exchange, None);
    };
    let examined = match world.verifier().await {
        Ok(verifier) => {
            let (layer, subject) = (Arc::clone(layer), subject.clone());
            blocking(move || examine(&verifier, &layer, &bytes, &subject)).await
        }
        Err(reason) => Err(reason),
    };
    (exchange, Some(examined))
}

/// What a manifest says of the layer that holds a signature.
fn layer(artifact: &Digest, facts: &Facts) -> Result<Arc<Descriptor>, Reason> {
    let layer = facts.iter().find_map(|(_, entry)| match entry.fact.as_ref() {
        Fact::Manifest(Observed::Seen(Manifest::Image(manifest))) => {
            manifest.layers.iter().find(|layer| signature_id(layer) == *artifact).cloned()
        }
        _ => None,
    });
    layer.map(Arc::new).ok_or_else(|| {
        Reason::new(ReasonKind::Unreadable, format!("no manifest lists the signature {artifact}"))
    })
}

async fn blob(artifact: &Digest, place: &Place, facts: &Facts, world: &World) -> Exchange {
    if let Some(kept) = manifests::kept(artifact, world).await {
        return Exchange { place: place.clone(), ..kept };
    }
    let limit = MAX_BUNDLE as u64;
    match place {
        Place::Registry(repository) => {
            let access = access::to(repository, facts, world).await;
            let exchange = world.registries.blob(repository, artifact, limit, access).await;
            manifests::keep(artifact, &exchange, world);
            exchange
        }
        Place::Layout(folder) => layout::content(folder, artifact, limit, world).await,
        _ => {
            let reason =
                Reason::new(ReasonKind::NotSupported, "signatures are read from registries and layouts");
            local_exchange(place.clone(), "verify", Answer::Failed(reason))
        }
    }
}

fn examine(verifier: &Verifier, layer: &Descriptor, bytes: &[u8], subject: &Digest) -> Examined {
    match SignatureFormat::of_media_type(&layer.media_type) {
        Some(SignatureFormat::SimpleSigning) => verifier.simple_signing(bytes, &layer.annotations, subject),
        Some(SignatureFormat::ClassicAttestation) => {
            verifier.classic_attestation(bytes, &layer.annotations, subject)
        }
        Some(SignatureFormat::Bundle) | None => verifier.bundle(bytes, subject, Origin::Referrer),
    }
}
