use super::*;
use crate::model::{LogProof, SignatureStepKind as Kind, TimeSource};
use crate::sigstore::{ANNOTATION_BUNDLE, ANNOTATION_CERTIFICATE, ANNOTATION_SIGNATURE};

const PRIVATE: &str = "keyless-private-sigstore";

fn subject() -> Digest {
    digest("bb2863eb5a15ce3551748cd6aecd40db02c96c0276ae062354b415ad37330fee")
}

fn signature() -> Layer {
    layer(PRIVATE, "4912946aa9657bed0670396e6b0862038a1294225fac21be92a3938e0c62abe4")
}

fn attestation() -> Layer {
    layer(PRIVATE, "8bd6efa7b156bb334427c63b32d6a484288a205e8cdc468c882275d046f059df")
}

fn sign(verifier: &Verifier, layer: &Layer, subject: &Digest) -> Examined {
    verifier.simple_signing(&layer.bytes, &layer.annotations, subject)
}

#[test]
fn a_signature_and_an_attestation_by_cosign_verify_against_a_private_root() {
    let verifier = private(|_| ());
    let attestation = attestation();
    let attested = verifier.classic_attestation(&attestation.bytes, &attestation.annotations, &subject());
    for examined in [sign(&verifier, &signature(), &subject()), attested.clone()] {
        let signer = certificate(&examined);
        assert_eq!(signer.identity, "https://kubernetes.io/namespaces/default/serviceaccounts/default");
        assert_eq!(signer.issuer, "https://kubernetes.default.svc.cluster.local");
        assert!(signer.signed_at.unwrap().to_string().starts_with("2026-05-06T15:34"));
        assert!(passed(&examined).contains(&Kind::Sct));
        let checks = &examined.signature.checks;
        assert_eq!(checks.log[0].proof, LogProof::Promise, "a promise is told from a proof");
        assert_eq!(checks.times[0].source, TimeSource::Log);
    }
    assert_eq!(attested.signature.predicate_type.as_deref(), Some("https://slsa.dev/provenance/v0.2"));
    assert!(attested.predicate.is_some());
    assert!(!attested.signature.is_image_signature());
    assert!(sign(&verifier, &signature(), &subject()).signature.is_image_signature());
}

#[test]
fn a_signature_copied_from_another_image_is_told_by_its_payload() {
    let words = invalid(&sign(&private(|_| ()), &signature(), &other()), Kind::Subject);
    assert!(words.contains(subject().as_str()) && words.contains(other().as_str()), "{words}");
    let attestation = attestation();
    let copied = private(|_| ()).classic_attestation(&attestation.bytes, &attestation.annotations, &other());
    invalid(&copied, Kind::Subject);
}

#[test]
fn a_tampered_payload_does_not_verify() {
    let mut layer = signature();
    let text = String::from_utf8(layer.bytes).unwrap();
    layer.bytes = text.replace(subject().hex(), other().hex()).into_bytes();
    let examined = sign(&private(|_| ()), &layer, &other());
    assert!(matches!(examined.signature.outcome, SignatureOutcome::Invalid(_)), "{examined:?}");
}

#[test]
fn the_chain_annotation_is_no_root() {
    let examined = sign(&public(), &signature(), &subject());
    assert!(matches!(examined.signature.outcome, SignatureOutcome::Invalid(_)), "{examined:?}");
    let another = private(|root| {
        let public: Value =
            serde_json::from_str(sigstore_trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT).unwrap();
        root["certificateAuthorities"] = public["certificateAuthorities"].clone();
    });
    invalid(&sign(&another, &signature(), &subject()), Kind::Certificate);
}

#[test]
fn the_sct_is_asked_for_where_the_root_has_a_ct_log() {
    let public: Value = serde_json::from_str(sigstore_trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT).unwrap();
    let stranger = private(|root| root["ctlogs"] = public["ctlogs"].clone());
    let examined = sign(&stranger, &signature(), &subject());
    invalid(&examined, Kind::Sct);
    assert!(passed(&examined).contains(&Kind::Certificate));
    let none = private(|root| root["ctlogs"] = serde_json::json!([]));
    let examined = sign(&none, &signature(), &subject());
    certificate(&examined);
    assert_eq!(not_required(&examined), [Kind::Sct]);
}

#[test]
fn without_its_log_entry_it_is_invalid_whether_the_root_has_a_log_or_not() {
    let mut layer = signature();
    layer.annotations.remove(ANNOTATION_BUNDLE);
    invalid(&sign(&private(|_| ()), &layer, &subject()), Kind::Log);
    let unlogged = private(|root| root["tlogs"] = serde_json::json!([]));
    let SignatureOutcome::Invalid(_) = sign(&unlogged, &layer, &subject()).signature.outcome else {
        panic!("no signing time")
    };
}

#[test]
fn a_changed_integrated_time_is_not_believed() {
    let mut layer = signature();
    let bundle = layer.annotations.get_mut(ANNOTATION_BUNDLE).unwrap();
    let mut value: Value = serde_json::from_str(bundle).unwrap();
    let time = value["Payload"]["integratedTime"].as_i64().unwrap();
    value["Payload"]["integratedTime"] = (time + 1).into();
    *bundle = value.to_string();
    invalid(&sign(&private(|_| ()), &layer, &subject()), Kind::Log);
}

#[test]
fn a_real_provenance_verifies_with_its_identity_and_time_and_for_no_other_digest() {
    let layer = layer("index-attested", "31cc4fb663c8d34e2e6a0bd5f183d576c2811ee286e0998b4c2965e3b35a0d86");
    let index = digest("e0a0a765d690a5104331cfbac88ebbbf01736c1f87aaa3cd455c516a5ea586a5");
    let examined = public().classic_attestation(&layer.bytes, &layer.annotations, &index);
    let signer = certificate(&examined);
    assert_eq!(
        signer.identity,
        "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v1.10.0"
    );
    assert_eq!(signer.issuer, "https://token.actions.githubusercontent.com");
    assert_eq!(signer.signed_at.unwrap().to_string(), "2024-03-21T10:34:04Z");
    let repository = signer.source_repository.as_deref();
    assert_eq!(repository, Some("https://github.com/slsa-framework/example-package"));
    assert!(signer.build_signer.as_deref().unwrap().contains("slsa-github-generator"));
    assert!(signer.runner_environment.is_some() && signer.workflow.is_some());
    invalid(&public().classic_attestation(&layer.bytes, &layer.annotations, &other()), Kind::Subject);
}

#[test]
fn a_retired_log_entry_is_not_supported_and_neither_invalid_nor_unsigned() {
    let manifest = json("sigstore/old-log-entry/manifest.json");
    let annotations = serde_json::from_value(manifest["layers"][0]["annotations"].clone()).unwrap();
    let envelope = fixture("sigstore/old-log-entry/envelope.json");
    let subject = digest("a74d89d8dd863ca5dae4a29e0feede81ddf59197849a80784af5a02ab7786925");
    let words = unsupported(&public().classic_attestation(&envelope, &annotations, &subject));
    assert!(words.contains("intoto 0.0.1"), "{words}");
}

#[test]
fn what_is_malformed_is_invalid_at_its_format() {
    let spoilt = |name: &str, value: Option<&str>| {
        let mut layer = signature();
        match value {
            Some(value) => layer.annotations.insert(name.to_owned(), value.to_owned()),
            None => layer.annotations.remove(name),
        };
        sign(&private(|_| ()), &layer, &subject())
    };
    invalid(&spoilt(ANNOTATION_SIGNATURE, None), Kind::Format);
    invalid(&spoilt(ANNOTATION_SIGNATURE, Some("!")), Kind::Format);
    invalid(&spoilt(ANNOTATION_CERTIFICATE, Some("x")), Kind::Format);
    invalid(&spoilt(ANNOTATION_BUNDLE, Some("{}")), Kind::Format);
    let mut layer = signature();
    layer.bytes = vec![b' '; 2 << 20];
    assert!(unsupported(&sign(&private(|_| ()), &layer, &subject())).contains("not read"));
}
