//! The public key that a log entry names: so that a signature by a key nobody configured can be told by whose.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sigstore_types::{Bundle, DerPublicKey};

use super::key::PublicKey;

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
