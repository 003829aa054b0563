use sigstore::crypto::KeyPair;

use super::*;
use crate::model::SignatureStepKind as Kind;
use crate::sigstore::{ANNOTATION_SIGNATURE, Artifact, Origin};

const MANAGED: &str = "sigstore/bundle-verify/managed-key-happy-path";

fn key(pair: &KeyPair) -> PublicKey {
    PublicKey::from_pem(&pair.public_key_der().unwrap().to_pem()).unwrap()
}

fn payload(kind: &str, digest: &Digest) -> Vec<u8> {
    serde_json::json!({
        "critical": {
            "identity": { "docker-reference": "registry.example/app" },
            "image": { "docker-manifest-digest": digest.as_str() },
            "type": kind,
        },
        "optional": null,
    })
    .to_string()
    .into_bytes()
}

fn signed_by(pair: &KeyPair, payload: &[u8]) -> BTreeMap<String, String> {
    BTreeMap::from([(ANNOTATION_SIGNATURE.to_owned(), pair.sign(payload).unwrap().to_base64())])
}

#[test]
fn a_configured_key_s_signature_in_no_log_verifies_and_says_so() {
    let (ours, theirs) = (KeyPair::generate_ecdsa_p256().unwrap(), KeyPair::generate_ecdsa_p256().unwrap());
    let image = Digest::of(b"image");
    let payload = payload("cosign container image signature", &image);
    let annotations = signed_by(&ours, &payload);
    let verifier = with_keys(&[key(&theirs), key(&ours)]);
    let examined = verifier.simple_signing(&payload, &annotations, &image);
    let signer = Signer::Key { fingerprint: key(&ours).fingerprint(), configured: true };
    assert_eq!(examined.signature.outcome, SignatureOutcome::Valid(signer));
    assert!(not_required(&examined).contains(&Kind::Log));
    assert!(examined.signature.is_image_signature());

    invalid(&with_keys(&[key(&theirs)]).simple_signing(&payload, &annotations, &image), Kind::Signature);
    invalid(&verifier.simple_signing(&payload, &annotations, &other()), Kind::Subject);
    assert!(unsupported(&public().simple_signing(&payload, &annotations, &image)).contains("no key"));
}

#[test]
fn another_critical_type_is_no_image_signature() {
    let pair = KeyPair::generate_ecdsa_p256().unwrap();
    let image = Digest::of(b"image");
    let payload = payload("atomic container signature", &image);
    let examined = with_keys(&[key(&pair)]).simple_signing(&payload, &signed_by(&pair, &payload), &image);
    assert!(invalid(&examined, Kind::Subject).contains("critical.type"));
}

#[test]
fn a_key_s_attestation_in_no_log_is_bound_to_its_subject() {
    use base64::Engine as _;
    let pair = KeyPair::generate_ecdsa_p256().unwrap();
    let image = Digest::of(b"image");
    let statement = serde_json::json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://spdx.dev/Document",
        "subject": [{ "name": "app", "digest": { "sha256": image.hex() } }],
        "predicate": { "spdxVersion": "SPDX-2.3" },
    })
    .to_string();
    let kind = "application/vnd.in-toto+json";
    let signature = pair.sign(&sigstore_types::pae(kind, statement.as_bytes())).unwrap();
    let envelope = serde_json::json!({
        "payloadType": kind,
        "payload": base64::engine::general_purpose::STANDARD.encode(&statement),
        "signatures": [{ "sig": signature.to_base64() }],
    })
    .to_string();
    let verifier = with_keys(&[key(&pair)]);
    let none = BTreeMap::new();
    let examined = verifier.classic_attestation(envelope.as_bytes(), &none, &image);
    assert!(matches!(examined.signature.outcome, SignatureOutcome::Valid(Signer::Key { .. })));
    assert_eq!(examined.predicate.as_deref(), Some(&br#"{"spdxVersion":"SPDX-2.3"}"#[..]));
    invalid(&verifier.classic_attestation(envelope.as_bytes(), &none, &other()), Kind::Subject);
}

#[test]
fn a_logged_key_that_nobody_configured_is_named_by_its_fingerprint() {
    let bundle = fixture(&format!("{MANAGED}/bundle.sigstore.json"));
    let artifact = fixture("sigstore/bundle-verify/a.txt");
    let managed =
        PublicKey::from_pem(&String::from_utf8(fixture(&format!("{MANAGED}/key.pub"))).unwrap()).unwrap();
    let outcome = |keys: &[PublicKey]| {
        let examined = with_keys(keys).artifact_bundle(&bundle, Artifact::Bytes(&artifact), Origin::File);
        examined.signature.outcome
    };
    let signer =
        |configured| SignatureOutcome::Valid(Signer::Key { fingerprint: managed.fingerprint(), configured });
    assert_eq!(outcome(std::slice::from_ref(&managed)), signer(true));
    assert_eq!(outcome(&[]), signer(false));
    assert_eq!(outcome(&[key(&KeyPair::generate_ecdsa_p256().unwrap())]), signer(false));
}
