//! What a log entry tells of a signature that does not hold: whose key it was, and whether what was signed is still
//! what was logged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sigstore_types::{Bundle, DerPublicKey, SignatureContent};

use super::key::PublicKey;
use super::steps::Refusal;
use super::verifier::Artifact;
use crate::model::{Digest, SignatureStepKind as StepKind};

/// The key of the first entry that names one.
pub(super) fn key(bundle: &Bundle) -> Option<PublicKey> {
    bundle.verification_material.tlog_entries.iter().find_map(|entry| {
        let body: Value = serde_json::from_slice(entry.canonicalized_body.as_bytes()).ok()?;
        of_body(&body)
    })
}

/// Rekor's schemas: `hashedrekord` 0.0.1 and 0.0.2, `dsse` 0.0.1.
fn of_body(body: &Value) -> Option<PublicKey> {
    let spec = &body["spec"];
    let pem = spec["signature"]["publicKey"]["content"]
        .as_str()
        .or_else(|| spec["signatures"][0]["verifier"].as_str());
    if let Some(pem) = pem {
        let pem = String::from_utf8(STANDARD.decode(pem).ok()?).ok()?;
        return PublicKey::from_pem(&pem).ok();
    }
    let der = spec["hashedRekordV002"]["signature"]["verifier"]["publicKey"]["rawBytes"].as_str()?;
    PublicKey::from_spki(DerPublicKey::new(STANDARD.decode(der).ok()?)).ok()
}

/// The refusal of an error. A signature that does not hold is told apart by the log: it has another payload, or it has
/// this one and another key signed it.
pub(super) fn refusal(error: sigstore::Error, bundle: &Bundle, artifact: Artifact<'_>) -> Refusal {
    let sigstore::Error::SignatureInvalid(_) = error else { return error.into() };
    let why = match as_logged(bundle, artifact) {
        Some(true) => "another key signed it than the one that is given with it",
        Some(false) => "what was signed was changed: the log has another payload",
        None => return error.into(),
    };
    Refusal::invalid(StepKind::Signature, format!("{why} ({error})")).after_the_rest()
}

/// Whether what is there is what was logged; none where no entry says.
fn as_logged(bundle: &Bundle, artifact: Artifact<'_>) -> Option<bool> {
    let there = match (&bundle.content, artifact) {
        (SignatureContent::DsseEnvelope(envelope), _) => Digest::of(envelope.payload.as_bytes()),
        (_, Artifact::Bytes(bytes)) => Digest::of(bytes),
        (_, Artifact::Digest(digest)) => digest.clone(),
    };
    bundle.verification_material.tlog_entries.iter().find_map(|entry| {
        let body: Value = serde_json::from_slice(entry.canonicalized_body.as_bytes()).ok()?;
        let spec = &body["spec"];
        // Rekor's schemas: `dsse` 0.0.1, `hashedrekord` 0.0.1; and those of its second version.
        let hash = match bundle.content {
            SignatureContent::DsseEnvelope(_) => &spec["payloadHash"]["value"],
            _ => &spec["data"]["hash"]["value"],
        };
        if let Some(hash) = hash.as_str() {
            return Some(hash == there.hex());
        }
        let hash = match bundle.content {
            SignatureContent::DsseEnvelope(_) => &spec["dsseV002"]["payloadHash"]["digest"],
            _ => &spec["hashedRekordV002"]["data"]["digest"],
        };
        let logged = sigstore_types::DigestBytes::new(STANDARD.decode(hash.as_str()?).ok()?);
        Some(sigstore_types::DigestBytes::from_hex(there.hex()).ok()? == logged)
    })
}
