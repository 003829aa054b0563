use sigstore::PublicKeyVerificationPolicy;
use sigstore::types::DerPublicKey;

use super::*;

fn signed(sigstore: &PrivateSigstore, evidence: Evidence) -> Value {
    let signer = sigstore.certificate(&workflow(), then()).unwrap();
    let statement = statement(REPOSITORY, &image(), SIGN_V1, None);
    sigstore.bundle(&signer, &statement, then(), evidence).unwrap()
}

#[test]
fn a_statement_verifies_with_every_kind_of_evidence() {
    let sigstore = private();
    for evidence in [Evidence::V1, Evidence::V1_AND_TIMESTAMP, Evidence::INTOTO, Evidence::V2] {
        let seen = verify(&sigstore, &signed(&sigstore, evidence), &policy()).expect("verified");
        assert!(seen.certificate_verified() && seen.sct_verified() && seen.tlog_verified(), "{evidence:?}");
        assert!(
            seen.verified_timestamps().iter().all(|time| time.as_second() == then().as_second()),
            "{evidence:?}"
        );
    }
}

#[test]
fn entries_verify_wherever_they_are_in_a_tree_that_grows() {
    let sigstore = private();
    for number in 0..12 {
        let seen = verify(&sigstore, &signed(&sigstore, Evidence::V1), &policy());
        assert!(seen.is_ok(), "entry {number}: {seen:?}");
    }
}

#[test]
fn a_certificate_repeats_what_the_workflow_is() {
    let sigstore = private();
    let shared = workflow().through("acme/shared/.github/workflows/sign.yml@refs/heads/main");
    let signer = sigstore.certificate(&shared, then()).unwrap();
    let statement = statement(REPOSITORY, &image(), SIGN_V1, None);
    let bundle = sigstore.bundle(&signer, &statement, then(), Evidence::V1).unwrap();
    let seen = verify(&sigstore, &bundle, &VerificationPolicy::any_identity()).unwrap();
    let claims = &seen.certificate().unwrap().ci_claims;
    let shared = "https://github.com/acme/shared/.github/workflows/sign.yml@refs/heads/main";
    assert_eq!(seen.identity().unwrap().as_str(), shared);
    assert_eq!(seen.issuer(), Some(GITHUB_ISSUER));
    for (claim, value) in [
        (&claims.build_signer_uri, shared),
        (&claims.source_repository_uri, "https://github.com/acme/app"),
        (&claims.source_repository_digest, SHA),
        (&claims.source_repository_ref, "refs/tags/v1.0.0"),
        (
            &claims.build_config_uri,
            "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.0.0",
        ),
        (&claims.build_trigger, "push"),
        (&claims.runner_environment, "github-hosted"),
        (&claims.run_invocation_uri, "https://github.com/acme/app/actions/runs/1/attempts/1"),
        (&claims.deprecated_github.workflow_repository, "acme/app"),
    ] {
        assert_eq!(claim.as_deref(), Some(value));
    }
}

#[test]
fn a_message_verifies_and_a_person_may_sign() {
    let sigstore = private();
    let person = Identity::email("dev@acme.test");
    let signer = sigstore.certificate(&person, then()).unwrap();
    let policy = VerificationPolicy::new("dev@acme.test", PEOPLE_ISSUER);
    let verifier = Verifier::new(&root(&sigstore)).unwrap();
    for evidence in [Evidence::V1, Evidence::V2] {
        let bundle = sigstore.message_bundle(&signer, b"artifact", then(), evidence).unwrap();
        let bundle = Bundle::from_json(&bundle.to_string()).unwrap();
        verifier.verify(b"artifact", &bundle, &policy).unwrap();
        assert!(verifier.verify(b"another", &bundle, &policy).is_err());
    }
}

#[test]
fn a_key_signs_without_a_certificate() {
    let sigstore = private();
    let (signer, other) = (Signer::with_key().unwrap(), Signer::with_key().unwrap());
    let policy = |signer: &Signer| {
        PublicKeyVerificationPolicy::new(DerPublicKey::from_pem(&signer.public_key_pem()).unwrap())
    };
    let statement = statement(REPOSITORY, &image(), SIGN_V1, None);
    let verifier = Verifier::new(&root(&sigstore)).unwrap();
    for evidence in [Evidence::V1, Evidence::INTOTO, Evidence::V2] {
        let bundle = sigstore.bundle(&signer, &statement, then(), evidence).unwrap();
        let bundle = Bundle::from_json(&bundle.to_string()).unwrap();
        verifier.verify(hash(&image()), &bundle, &policy(&signer)).unwrap();
        assert!(verifier.verify(hash(&image()), &bundle, &policy(&other)).is_err());
    }
}

#[test]
fn without_a_certificate_log_nothing_has_its_timestamp() {
    let sigstore = PrivateSigstore::with_parts(now(), Parts { ct_log: false, ..Parts::default() }).unwrap();
    let bundle = signed(&sigstore, Evidence::V1);
    assert!(verify(&sigstore, &bundle, &policy()).is_err());
    let seen = verify(&sigstore, &bundle, &policy().skip_sct()).unwrap();
    assert!(seen.certificate_verified() && !seen.sct_verified() && seen.tlog_verified());
}

#[test]
fn without_a_log_a_timestamp_proves_the_time() {
    let sigstore = PrivateSigstore::with_parts(now(), Parts { log: false, ..Parts::default() }).unwrap();
    let bundle = signed(&sigstore, Evidence::TIMESTAMP);
    assert!(verify(&sigstore, &bundle, &policy()).is_err());
    let seen = verify(&sigstore, &bundle, &policy().skip_tlog_unsafe()).unwrap();
    assert_eq!(seen.verified_timestamps()[0].as_second(), then().as_second());
    let signer = sigstore.certificate(&workflow(), then()).unwrap();
    let statement = statement(REPOSITORY, &image(), SIGN_V1, None);
    let refused = sigstore.bundle(&signer, &statement, then(), Evidence::V1).unwrap_err();
    assert_eq!(refused.to_string(), "this instance has no transparency log");
}

#[test]
fn without_a_timestamp_authority_none_is_trusted() {
    let parts = Parts { tsa: false, ..Parts::default() };
    let sigstore = PrivateSigstore::with_parts(now(), parts).unwrap();
    verify(&sigstore, &signed(&sigstore, Evidence::V1), &policy()).unwrap();
    assert!(sigstore.trusted_root().unwrap()["timestampAuthorities"].as_array().unwrap().is_empty());
    let signer = sigstore.certificate(&workflow(), then()).unwrap();
    let statement = statement(REPOSITORY, &image(), SIGN_V1, None);
    assert!(sigstore.bundle(&signer, &statement, then(), Evidence::V2).is_err());
}

#[test]
fn the_folder_holds_what_verifiers_and_signers_read() {
    let sigstore = private();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("sigstore");
    sigstore.write(&folder, &Addresses::default()).unwrap();
    TrustedRoot::from_file(folder.join("trusted_root.json")).unwrap();
    let config = sigstore_trust_root::SigningConfig::from_file(folder.join("signing_config.json")).unwrap();
    assert_eq!(config.fulcio_url().unwrap().url, "https://fulcio.private-sigstore.test");
    assert!(folder.join("client_trust_config.json").is_file());
}
