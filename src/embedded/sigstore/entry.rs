//! Bodies of log entries, before they are made canonical (rekor, `pkg/types`; rekor-tiles, `docs`).

use serde_json::{Value, json};
use sigstore::crypto::sha256;

use super::key::base64;

/// A DSSE envelope's type for in-toto statements.
pub(super) const IN_TOTO: &str = "application/vnd.in-toto+json";

/// `hashedrekord` 0.0.1: a signature over bytes with this digest. `pem` is a certificate or a public key.
pub(super) fn hashedrekord(digest: &[u8; 32], signature: &[u8], pem: &str) -> Value {
    let digest = hex(digest);
    json!({
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": { "hash": { "algorithm": "sha256", "value": digest } },
            "signature": { "content": base64(signature), "publicKey": { "content": base64(pem) } },
        },
    })
}

/// `dsse` 0.0.1: an envelope with one signature, without its payload.
pub(super) fn dsse(envelope: &[u8], payload: &[u8], signature: &[u8], pem: &str) -> Value {
    json!({
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": { "algorithm": "sha256", "value": sha256(envelope).to_hex() },
            "payloadHash": { "algorithm": "sha256", "value": sha256(payload).to_hex() },
            "signatures": [{ "signature": base64(signature), "verifier": base64(pem) }],
        },
    })
}

/// `intoto` 0.0.2: what came before `dsse`; its signature is encoded twice.
pub(super) fn intoto(envelope: &[u8], payload: &[u8], signature: &[u8], pem: &str) -> Value {
    json!({
        "apiVersion": "0.0.2",
        "kind": "intoto",
        "spec": {
            "content": {
                "envelope": {
                    "payloadType": IN_TOTO,
                    "signatures": [{ "sig": base64(base64(signature)), "publicKey": base64(pem) }],
                },
                "hash": { "algorithm": "sha256", "value": sha256(envelope).to_hex() },
                "payloadHash": { "algorithm": "sha256", "value": sha256(payload).to_hex() },
            },
        },
    })
}

/// `hashedrekord` 0.0.2, of Rekor v2. `verifier` is its `x509Certificate` or `publicKey`.
pub(super) fn hashedrekord_v2(digest: &[u8; 32], signature: &[u8], verifier: &Value) -> Value {
    json!({
        "apiVersion": "0.0.2",
        "kind": "hashedrekord",
        "spec": {
            "hashedRekordV002": {
                "data": { "algorithm": "SHA2_256", "digest": base64(digest) },
                "signature": { "content": base64(signature), "verifier": verifier },
            },
        },
    })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
