use super::*;

/// What the verifier says to a flaw, so that each is rejected for what is wrong with it and not for another
/// reason.
fn reasons(flaw: Flaw) -> &'static [&'static str] {
    match flaw {
        Flaw::TamperedPayload | Flaw::SwappedSubject | Flaw::WrongKey => &["signature invalid"],
        Flaw::ExpiredCertificate => &["CertExpired"],
        Flaw::WrongAuthority => &["certificate chain is invalid"],
        Flaw::MissingEntry => &["must have an inclusion proof", "must have an inclusion promise"],
        Flaw::MissingSct => &["missing SCT extension"],
        Flaw::OtherImage => &["does not match any subject", "the payload is about"],
    }
}

fn assert_rejected(flaw: Flaw, form: &str, seen: Result<VerificationResult, String>) {
    let why = seen.expect_err("rejected");
    assert!(reasons(flaw).iter().any(|reason| why.contains(reason)), "{form} {flaw:?}: {why}");
}

#[test]
fn every_flawed_bundle_is_rejected_for_its_flaw() {
    let sigstore = private();
    for flaw in Flaw::ALL {
        let bundle = sigstore.flawed_bundle(flaw, &workflow(), REPOSITORY, &image(), then()).unwrap();
        assert_rejected(flaw, "bundle", verify(&sigstore, &bundle, &policy()));
    }
}

#[test]
fn every_flawed_classic_signature_is_rejected_for_its_flaw() {
    let sigstore = private();
    for flaw in Flaw::ALL {
        let layer = sigstore.flawed_simple_signing(flaw, &workflow(), REPOSITORY, &image(), then()).unwrap();
        assert_rejected(flaw, "signature", verify_classic(&sigstore, &layer, &policy()));
    }
}

#[test]
fn every_flawed_classic_attestation_is_rejected_for_its_flaw() {
    let sigstore = private();
    for flaw in Flaw::ALL {
        let layer = sigstore.flawed_attestation(flaw, &workflow(), REPOSITORY, &image(), then()).unwrap();
        assert_rejected(flaw, "attestation", verify_classic(&sigstore, &layer, &policy()));
    }
}

#[test]
fn a_signature_of_one_instance_is_nothing_to_another() {
    let (ours, theirs) = (private(), private());
    let signer = theirs.certificate(&workflow(), then()).unwrap();
    let statement = statement(REPOSITORY, &image(), SIGN_V1, None);
    let bundle = theirs.bundle(&signer, &statement, then(), Evidence::V1).unwrap();
    assert!(verify(&ours, &bundle, &policy()).is_err());
}
