use super::*;
use crate::model::{COSIGN_SIGN_PREDICATE, LogProof, SignatureStepKind as Kind, TimeSource};
use crate::sigstore::{MAX_BUNDLE, Origin};

const COSIGN3: &str = "sigstore/cosign3-image-signature.sigstore.json";
const ATTESTATION: &str = "sigstore/oci-attestation.sigstore.json";
const GITHUB: &str = "sigstore/github-private-attestation.sigstore.json";

fn signed() -> Digest {
    digest("c811d58de79c92f03214e63aa339484e488d694ae8a6283b5f3f17a9faf50172")
}

fn attested() -> Digest {
    digest("732112270d7e59418a8c080b134b24cabd67d250d0d0147a97ed95ba5c280aa4")
}

fn changed(name: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut bundle = json(name);
    change(&mut bundle);
    bundle.to_string().into_bytes()
}

#[test]
fn an_image_signature_of_cosign_3_verifies_for_its_subject_with_every_step() {
    let examined = public().bundle(&fixture(COSIGN3), &signed(), Origin::Referrer);
    assert!(!certificate(&examined).identity.is_empty());
    assert!(examined.signature.is_image_signature());
    assert_eq!(examined.signature.predicate_type.as_deref(), Some(COSIGN_SIGN_PREDICATE));
    assert_eq!((&examined.predicate, &examined.signature.predicate), (&None, &None));
    let all = [
        Kind::Format,
        Kind::Time,
        Kind::Certificate,
        Kind::Sct,
        Kind::Log,
        Kind::Signature,
        Kind::Subject,
        Kind::Entry,
    ];
    assert_eq!(passed(&examined), all);
    let checks = &examined.signature.checks;
    assert!(!checks.times.is_empty());
    assert!(checks.log[0].log.starts_with("https://"), "{:?}", checks.log);
    assert_ne!(checks.log[0].proof, LogProof::Promise);
    assert_eq!(checks.trust_root.as_ref(), Some(public().material().digest()));
}

#[test]
fn a_bundle_copied_from_another_image_fails_at_its_subject() {
    let examined = public().bundle(&fixture(COSIGN3), &other(), Origin::Referrer);
    invalid(&examined, Kind::Subject);
    assert!(passed(&examined).contains(&Kind::Signature), "what held is still told");
}

#[test]
fn the_predicate_comes_with_its_digest_from_the_verified_statement() {
    let examined = public().bundle(&fixture(ATTESTATION), &attested(), Origin::Referrer);
    assert_eq!(certificate(&examined).issuer, "https://github.com/login/oauth");
    let predicate = examined.predicate.unwrap();
    assert_eq!(examined.signature.predicate, Some(Digest::of(&predicate)));
    let value: Value = serde_json::from_slice(&predicate).unwrap();
    assert_eq!(value["Data"], "{\"foo\": \"bar\"}\n");
    let predicate_type = examined.signature.predicate_type.as_deref();
    assert_eq!(predicate_type, Some("https://cosign.sigstore.dev/attestation/v1"));
}

#[test]
fn a_tampered_statement_fails_at_the_signature_and_states_nothing() {
    let tampered = changed(ATTESTATION, |bundle| {
        use base64::Engine as _;
        let statement = serde_json::json!({
            "_type": "https://in-toto.io/Statement/v1",
            "predicateType": COSIGN_SIGN_PREDICATE,
            "subject": [{ "digest": { "sha256": other().hex() } }],
        });
        let payload = base64::engine::general_purpose::STANDARD.encode(statement.to_string());
        bundle["dsseEnvelope"]["payload"] = Value::String(payload);
    });
    invalid(&public().bundle(&tampered, &other(), Origin::Referrer), Kind::Signature);
}

#[test]
fn a_missing_log_entry_fails_where_the_root_has_a_log() {
    let bundle = changed(ATTESTATION, |bundle| {
        bundle["verificationMaterial"]["tlogEntries"] = Value::Array(Vec::new());
    });
    let words = invalid(&public().bundle(&bundle, &attested(), Origin::Referrer), Kind::Log);
    assert!(words.contains("no log entry"), "{words}");
}

#[test]
fn every_log_entry_has_to_prove_itself() {
    let bundle = changed(ATTESTATION, |bundle| {
        let entries = bundle["verificationMaterial"]["tlogEntries"].as_array_mut().unwrap();
        let mut bare = entries[0].clone();
        bare.as_object_mut().unwrap().retain(|field, _| !field.starts_with("inclusion"));
        entries.push(bare);
    });
    invalid(&public().bundle(&bundle, &attested(), Origin::File), Kind::Log);
}

#[test]
fn a_bundle_of_another_root_does_not_verify() {
    let examined = private(|_| ()).bundle(&fixture(COSIGN3), &signed(), Origin::Referrer);
    assert!(matches!(examined.signature.outcome, SignatureOutcome::Invalid(_)));
}

#[test]
fn older_versions_in_a_registry_need_an_inclusion_proof() {
    let happy = "sigstore/bundle-verify/happy-path-v0.1/bundle.sigstore.json";
    let artifact = Digest::of(&fixture("sigstore/bundle-verify/a.txt"));
    let version = |version: &str, proof: bool| {
        changed(happy, |bundle| {
            bundle["mediaType"] =
                format!("application/vnd.dev.sigstore.bundle+json;version={version}").into();
            if !proof {
                let entry = bundle["verificationMaterial"]["tlogEntries"][0].as_object_mut().unwrap();
                entry.remove("inclusionProof");
            }
        })
    };
    let has_proof = json(happy)["verificationMaterial"]["tlogEntries"][0]["inclusionProof"].is_object();
    for old in ["0.1", "0.2"] {
        let words = invalid(&public().bundle(&version(old, false), &artifact, Origin::Referrer), Kind::Log);
        assert!(words.contains("inclusion proof"), "{words}");
        if has_proof {
            certificate(&public().bundle(&version(old, true), &artifact, Origin::Referrer));
        }
    }
    certificate(&public().bundle(&version("0.1", false), &artifact, Origin::File));
}

#[test]
fn a_root_without_logs_asks_for_a_timestamp_instead() {
    let subject = json(GITHUB);
    let payload = subject["dsseEnvelope"]["payload"].as_str().unwrap();
    let statement: Value = {
        use base64::Engine as _;
        serde_json::from_slice(&base64::engine::general_purpose::STANDARD.decode(payload).unwrap()).unwrap()
    };
    let subject = digest(statement["subject"][1]["digest"]["sha256"].as_str().unwrap());
    let github = Verifier::new(&TrustMaterial::github().unwrap(), &[]).unwrap();
    let examined = github.bundle(&fixture(GITHUB), &subject, Origin::Referrer);
    let signer = certificate(&examined);
    assert_eq!(signer.identity, "https://dotcom.releases.github.com");
    assert_eq!(signer.issuer, "", "a release attestation names no issuer");
    assert_eq!(not_required(&examined), [Kind::Sct, Kind::Log, Kind::Entry]);
    assert_eq!(examined.signature.checks.times[0].source, TimeSource::TimestampAuthority);

    let without = changed(GITHUB, |bundle| {
        bundle["verificationMaterial"]["timestampVerificationData"] = serde_json::json!({});
    });
    let SignatureOutcome::Invalid(_) = github.bundle(&without, &subject, Origin::Referrer).signature.outcome
    else {
        panic!("no signing time")
    };
}

#[test]
fn what_is_too_large_or_newer_or_of_an_unknown_log_kind_is_not_supported() {
    let large = vec![b' '; MAX_BUNDLE + 1];
    assert!(unsupported(&public().bundle(&large, &other(), Origin::Referrer)).contains("not read"));
    let newer =
        changed(COSIGN3, |bundle| bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v9+json".into());
    assert!(unsupported(&public().bundle(&newer, &signed(), Origin::Referrer)).contains("v9"));
    let old = changed(COSIGN3, |bundle| {
        bundle["verificationMaterial"]["tlogEntries"][0]["kindVersion"] =
            serde_json::json!({ "kind": "intoto", "version": "0.0.1" });
    });
    assert!(unsupported(&public().bundle(&old, &signed(), Origin::Referrer)).contains("intoto 0.0.1"));
}

#[test]
fn what_is_no_bundle_is_invalid_without_a_control_character() {
    for bytes in [&b""[..], b"{}", b"[]", b"null", b"\xff", b"{\"mediaType\":\"\x1b[31m\"}", &[b'['; 10_000]]
    {
        let examined = public().bundle(bytes, &other(), Origin::Referrer);
        let words = match &examined.signature.outcome {
            SignatureOutcome::Invalid(words) | SignatureOutcome::Unsupported(words) => words,
            SignatureOutcome::Valid(signer) => panic!("{signer:?}"),
        };
        assert!(!words.chars().any(char::is_control), "{words:?}");
    }
}
