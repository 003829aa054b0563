use sigstore::PublicKeyVerificationPolicy;
use sigstore::types::DerPublicKey;

use super::*;

fn signature(sigstore: &PrivateSigstore, signer: &Signer, evidence: Evidence) -> ClassicLayer {
    sigstore.simple_signing(signer, REPOSITORY, &image(), then(), evidence).unwrap()
}

#[test]
fn a_classic_signature_verifies() {
    let sigstore = private();
    let signer = sigstore.certificate(&workflow(), then()).unwrap();
    for evidence in [Evidence::V1, Evidence::V1_AND_TIMESTAMP] {
        let layer = signature(&sigstore, &signer, evidence);
        let seen = verify_classic(&sigstore, &layer, &policy()).unwrap();
        assert!(seen.sct_verified() && seen.tlog_verified());
        assert_eq!(seen.verified_timestamps().len(), if evidence.timestamp { 2 } else { 1 });
    }
}

#[test]
fn a_classic_attestation_verifies() {
    let sigstore = private();
    let signer = sigstore.certificate(&workflow(), then()).unwrap();
    let predicate = json!({ "spdxVersion": "SPDX-2.3" });
    let statement = statement(REPOSITORY, &image(), "https://spdx.dev/Document", Some(predicate));
    for evidence in [Evidence::V1, Evidence::INTOTO] {
        let layer = sigstore.attestation(&signer, &statement, then(), evidence).unwrap();
        verify_classic(&sigstore, &layer, &policy()).unwrap();
        assert_eq!(layer.annotations["predicateType"], "https://spdx.dev/Document");
    }
}

#[test]
fn a_timestamp_of_an_attestation_covers_the_envelope_as_cosign_does_it() {
    let sigstore = private();
    let signer = sigstore.certificate(&workflow(), then()).unwrap();
    let statement = statement(REPOSITORY, &image(), SIGN_V1, None);
    let layer = sigstore.attestation(&signer, &statement, then(), Evidence::V1_AND_TIMESTAMP).unwrap();
    let stamp: Value =
        serde_json::from_str(&layer.annotations["dev.sigstore.cosign/rfc3161timestamp"]).unwrap();
    let token = unbase64(stamp["SignedRFC3161Timestamp"].as_str().unwrap());
    let covered = sha2(&layer.content);
    assert!(token.windows(32).any(|window| window == covered));
}

#[test]
fn a_key_signs_classically_with_or_without_an_entry() {
    let sigstore = private();
    let signer = Signer::with_key().unwrap();
    let layer = signature(&sigstore, &signer, Evidence::V1);
    let key = DerPublicKey::from_pem(&signer.public_key_pem()).unwrap();
    let bundle = Bundle::from_json(&as_bundle(&layer).to_string()).unwrap();
    let verifier = Verifier::new(&root(&sigstore)).unwrap();
    verifier
        .verify(layer.content.as_slice(), &bundle, &PublicKeyVerificationPolicy::new(key.clone()))
        .unwrap();

    let bare: Annotations = signature(&sigstore, &signer, Evidence::NONE).annotations;
    assert_eq!(bare.keys().collect::<Vec<_>>(), ["dev.cosignproject.cosign/signature"]);
}

#[test]
fn an_entry_of_rekor_v2_has_no_room_in_annotations() {
    let sigstore = private();
    let signer = Signer::with_key().unwrap();
    let refused = sigstore.simple_signing(&signer, REPOSITORY, &image(), then(), Evidence::V2).unwrap_err();
    assert!(refused.to_string().contains("no room"), "{refused}");
}
