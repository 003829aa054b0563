//! What the private Sigstore makes, verified by the Sigstore project's own crate under its own trusted root.

mod classic;
mod flawed;
mod good;
mod services;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sigstore::trust_root::TrustedRoot;
use sigstore::types::{Bundle, Sha256Hash};
use sigstore::{VerificationPolicy, VerificationResult, Verifier};

use super::*;
use crate::model::Digest;

const REPOSITORY: &str = "registry.test/acme/app";
const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

fn now() -> Timestamp {
    Timestamp::now()
}

/// A month ago: every signing certificate of then has expired.
fn then() -> Timestamp {
    let then = now() - SignedDuration::from_hours(30 * 24);
    Timestamp::from_second(then.as_second()).unwrap()
}

fn private() -> PrivateSigstore {
    PrivateSigstore::new(now()).unwrap()
}

fn workflow() -> Identity {
    Identity::github("acme/app", ".github/workflows/release.yml", "refs/tags/v1.0.0", SHA)
}

fn image() -> Digest {
    Digest::of(b"image manifest")
}

fn root(sigstore: &PrivateSigstore) -> TrustedRoot {
    TrustedRoot::from_json(&sigstore.trusted_root().unwrap().to_string()).unwrap()
}

fn policy() -> VerificationPolicy {
    VerificationPolicy::new(workflow().subject(), workflow().issuer())
}

fn hash(digest: &Digest) -> Sha256Hash {
    Sha256Hash::from_hex(digest.hex()).unwrap()
}

/// Verifies a bundle about an image.
fn verify(
    sigstore: &PrivateSigstore,
    bundle: &Value,
    policy: &VerificationPolicy,
) -> Result<VerificationResult, String> {
    let bundle = Bundle::from_json(&bundle.to_string()).map_err(|error| error.to_string())?;
    let verifier = Verifier::new(&root(sigstore)).unwrap();
    verifier.verify(hash(&image()), &bundle, policy).map_err(|error| error.to_string())
}

/// A classic layer as a bundle v0.1, which the crate can verify.
fn as_bundle(layer: &ClassicLayer) -> Value {
    let get = |name: &str| layer.annotations.get(name).map(String::as_str);
    let mut material = json!({});
    match get("dev.sigstore.cosign/certificate") {
        Some(leaf) => {
            let chain = get("dev.sigstore.cosign/chain").unwrap();
            // The root does not travel in a bundle.
            let intermediate = chain.split_inclusive("-----END CERTIFICATE-----\n").next().unwrap();
            let certificates: Vec<Value> =
                [leaf, intermediate].iter().map(|pem| json!({ "rawBytes": unpem(pem) })).collect();
            material["x509CertificateChain"] = json!({ "certificates": certificates });
        }
        None => material["publicKey"] = json!({ "hint": "" }),
    }
    if let Some(entry) = get("dev.sigstore.cosign/bundle") {
        material["tlogEntries"] = json!([as_entry(&serde_json::from_str(entry).unwrap())]);
    }
    if let Some(stamp) = get("dev.sigstore.cosign/rfc3161timestamp") {
        let stamp: Value = serde_json::from_str(stamp).unwrap();
        let stamps = json!([{ "signedTimestamp": stamp["SignedRFC3161Timestamp"] }]);
        material["timestampVerificationData"] = json!({ "rfc3161Timestamps": stamps });
    }
    let mut bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "verificationMaterial": material,
    });
    if layer.media_type == SIMPLE_SIGNING {
        bundle["messageSignature"] = json!({
            "messageDigest": { "algorithm": "SHA2_256", "digest": key::base64(sha2(&layer.content)) },
            "signature": get("dev.cosignproject.cosign/signature"),
        });
    } else {
        bundle["dsseEnvelope"] = serde_json::from_slice(&layer.content).unwrap();
    }
    bundle
}

fn as_entry(annotation: &Value) -> Value {
    let payload = &annotation["Payload"];
    let body = payload["body"].as_str().unwrap();
    let parsed: Value = serde_json::from_slice(&unbase64(body)).unwrap();
    let log = Sha256Hash::from_hex(payload["logID"].as_str().unwrap()).unwrap();
    json!({
        "logIndex": payload["logIndex"].to_string(),
        "logId": { "keyId": log.to_base64() },
        "kindVersion": { "kind": parsed["kind"], "version": parsed["apiVersion"] },
        "integratedTime": payload["integratedTime"].to_string(),
        "inclusionPromise": { "signedEntryTimestamp": annotation["SignedEntryTimestamp"] },
        "canonicalizedBody": body,
    })
}

fn unpem(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

fn unbase64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn sha2(bytes: &[u8]) -> [u8; 32] {
    *sigstore::crypto::sha256(bytes).as_bytes()
}

/// Verifies a classic layer about an image: a payload by its bytes, which must name the image, an envelope by
/// its subject.
fn verify_classic(
    sigstore: &PrivateSigstore,
    layer: &ClassicLayer,
    policy: &VerificationPolicy,
) -> Result<VerificationResult, String> {
    if layer.media_type == DSSE_ENVELOPE {
        return verify(sigstore, &as_bundle(layer), policy);
    }
    let bundle = Bundle::from_json(&as_bundle(layer).to_string()).map_err(|error| error.to_string())?;
    let verifier = Verifier::new(&root(sigstore)).unwrap();
    let seen =
        verifier.verify(layer.content.as_slice(), &bundle, policy).map_err(|error| error.to_string())?;
    let payload: Value = serde_json::from_slice(&layer.content).unwrap();
    let named = &payload["critical"]["image"]["docker-manifest-digest"];
    if named != image().as_str() {
        return Err(format!("the payload is about {named}"));
    }
    Ok(seen)
}

type Annotations = BTreeMap<String, String>;
