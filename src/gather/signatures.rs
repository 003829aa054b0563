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
    let Some(layer) = layer(artifact, facts) else {
        let reason =
            Reason::new(ReasonKind::Unreadable, format!("no manifest lists the signature {artifact}"));
        return vec![local_exchange(Place::Store, "verify", Answer::Failed(reason))];
    };
    let layer = Arc::new(layer);
    let mut exchanges = Vec::new();
    for place in places {
        let exchange = blob(&layer.digest, place, facts, world).await;
        let Some(bytes) = answers::bytes_of(&layer.digest, std::slice::from_ref(&exchange)) else {
            exchanges.push(exchange);
            continue;
        };
        let answer = match world.verifier_for(&bytes).await {
            Ok(verifier) => examined(verifier, Arc::clone(&layer), bytes, subject.clone(), world).await,
            Err(reason) => Answer::Failed(reason),
        };
        exchanges.push(Exchange { request: format!("verify {artifact}"), answer, ..exchange });
        break;
    }
    exchanges
}

/// What a manifest says of the layer that holds a signature.
fn layer(artifact: &Digest, facts: &Facts) -> Option<Descriptor> {
    facts.iter().find_map(|(_, entry)| match entry.fact.as_ref() {
        Fact::Manifest(Observed::Seen(Manifest::Image(manifest))) => {
            manifest.layers.iter().find(|layer| signature_id(layer) == *artifact).cloned()
        }
        _ => None,
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

async fn examined(
    verifier: Arc<Verifier>,
    layer: Arc<Descriptor>,
    bytes: Arc<[u8]>,
    subject: Digest,
    world: &World,
) -> Answer {
    let verified = blocking(move || examine(&verifier, &layer, &bytes, &subject)).await;
    match verified {
        Ok(Examined { signature, predicate }) => {
            if let (Some(digest), Some(document)) = (&signature.predicate, predicate) {
                world.store.keep_content(digest, &document);
            }
            Answer::Signature(Box::new(signature))
        }
        Err(reason) => Answer::Failed(reason),
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
