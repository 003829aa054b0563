//! What the private Sigstore makes: every format, and each with one thing wrong.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::embedded::sigstore::{
    Entry, Evidence, Flaw, Identity, Parts, PrivateSigstore, SIGN_V1, Signer as Maker, statement,
};
use crate::model::{LogProof, SignatureStepKind as Kind, TimeSource};
use crate::sigstore::{ANNOTATION_TIMESTAMP, Origin};

const REPOSITORY: &str = "registry.test/acme/app";
const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// A month ago, the same moment for a whole test: every certificate of then has expired.
fn then() -> Timestamp {
    static THEN: LazyLock<Timestamp> = LazyLock::new(|| {
        let then = Timestamp::now() - SignedDuration::from_hours(30 * 24);
        Timestamp::from_second(then.as_second()).unwrap()
    });
    *THEN
}

fn workflow() -> Identity {
    Identity::github("acme/app", ".github/workflows/release.yml", "refs/tags/v1.0.0", SHA)
}

fn image() -> Digest {
    Digest::of(b"image manifest")
}

fn verifier(sigstore: &PrivateSigstore, keys: &[PublicKey]) -> Verifier {
    let root = sigstore.trusted_root().unwrap().to_string();
    Verifier::new(&TrustMaterial::from_bytes(root.as_bytes(), "private").unwrap(), keys).unwrap()
}

/// Verifies the image signature as a bundle.
fn bundle(sigstore: &PrivateSigstore, evidence: Evidence) -> Examined {
    let signer = sigstore.certificate(&workflow(), then()).unwrap();
    let signed = statement(REPOSITORY, &image(), SIGN_V1, None);
    let bundle = sigstore.bundle(&signer, &signed, then(), evidence).unwrap().to_string();
    verifier(sigstore, &[]).bundle(bundle.as_bytes(), &image(), Origin::Referrer)
}

#[test]
fn bundles_with_each_kind_of_evidence_verify_with_the_workflow_s_claims() {
    let sigstore = PrivateSigstore::new(Timestamp::now()).unwrap();
    for evidence in [Evidence::V1, Evidence::V1_AND_TIMESTAMP, Evidence::INTOTO, Evidence::V2] {
        let examined = bundle(&sigstore, evidence);
        let signer = certificate(&examined);
        assert_eq!(
            (signer.identity.as_str(), signer.issuer.as_str()),
            (&*workflow().subject(), workflow().issuer())
        );
        assert_eq!(signer.source_repository.as_deref(), Some("https://github.com/acme/app"));
        assert_eq!(signer.source_revision.as_deref(), Some(SHA));
        assert_eq!(signer.source_ref.as_deref(), Some("refs/tags/v1.0.0"));
        assert!(signer.workflow.is_some() && signer.build_signer.is_some() && signer.trigger.is_some());
        assert!(signer.run.is_some() && signer.runner_environment.is_some());
        assert_eq!(signer.signed_at.map(Timestamp::as_second), Some(then().as_second()));
        let checks = &examined.signature.checks;
        let by_authority = checks.times.iter().filter(|time| time.source == TimeSource::TimestampAuthority);
        assert_eq!(by_authority.count(), usize::from(evidence.timestamp), "{evidence:?}");
        let v2 = evidence.entry == Entry::V2;
        assert_eq!(checks.log[0].proof == LogProof::Inclusion, v2, "{evidence:?}: {:?}", checks.log);
        assert_eq!(not_required(&examined), []);
    }
}

#[test]
fn what_a_root_lacks_is_not_asked_for_and_said() {
    let sigstore =
        PrivateSigstore::with_parts(Timestamp::now(), Parts { ct_log: false, log: false, tsa: true })
            .unwrap();
    let examined = bundle(&sigstore, Evidence::TIMESTAMP);
    certificate(&examined);
    assert_eq!(not_required(&examined), [Kind::Sct, Kind::Log, Kind::Entry]);
    invalid(&bundle(&sigstore, Evidence::NONE), Kind::Log);
    let logged = PrivateSigstore::new(Timestamp::now()).unwrap();
    assert!(invalid(&bundle(&logged, Evidence::TIMESTAMP), Kind::Log).contains("no log entry"));
    assert!(matches!(
        bundle(&logged, Evidence { entry: Entry::V2, timestamp: false }).signature.outcome,
        SignatureOutcome::Invalid(_)
    ));
}

#[test]
fn classic_signatures_and_attestations_verify_with_and_without_a_timestamp() {
    let sigstore = PrivateSigstore::new(Timestamp::now()).unwrap();
    let signer = sigstore.certificate(&workflow(), then()).unwrap();
    let verifier = verifier(&sigstore, &[]);
    for evidence in [Evidence::V1, Evidence::V1_AND_TIMESTAMP] {
        let layer = sigstore.simple_signing(&signer, REPOSITORY, &image(), then(), evidence).unwrap();
        let examined = verifier.simple_signing(&layer.content, &layer.annotations, &image());
        certificate(&examined);
        let times = examined.signature.checks.times.len();
        assert_eq!(times, 1 + usize::from(evidence.timestamp));
        let signed = statement(REPOSITORY, &image(), SIGN_V1, None);
        let layer = sigstore.attestation(&signer, &signed, then(), evidence).unwrap();
        let examined = verifier.classic_attestation(&layer.content, &layer.annotations, &image());
        certificate(&examined);
        assert_eq!(examined.signature.checks.times.len(), times);
    }
    // Of another envelope, a timestamp is wrong, and one that is there has to be right.
    let stamp = |name: &str| {
        let signed = statement(name, &image(), SIGN_V1, None);
        sigstore.attestation(&signer, &signed, then(), Evidence::V1_AND_TIMESTAMP).unwrap()
    };
    let (mut ours, theirs) = (stamp(REPOSITORY), stamp("registry.test/other"));
    let stamped = theirs.annotations[ANNOTATION_TIMESTAMP].clone();
    ours.annotations.insert(ANNOTATION_TIMESTAMP.to_owned(), stamped);
    invalid(&verifier.classic_attestation(&ours.content, &ours.annotations, &image()), Kind::Time);
}

#[test]
fn key_signatures_verify_in_each_format_logged_or_not() {
    let sigstore = PrivateSigstore::new(Timestamp::now()).unwrap();
    let maker = Maker::with_key().unwrap();
    let key = PublicKey::from_pem(&maker.public_key_pem()).unwrap();
    let ours = verifier(&sigstore, std::slice::from_ref(&key));
    let nobody = verifier(&sigstore, &[]);
    let signer =
        |configured| SignatureOutcome::Valid(Signer::Key { fingerprint: key.fingerprint(), configured });
    for evidence in [Evidence::V1, Evidence::NONE] {
        let layer = sigstore.simple_signing(&maker, REPOSITORY, &image(), then(), evidence).unwrap();
        let of = |verifier: &Verifier| {
            verifier.simple_signing(&layer.content, &layer.annotations, &image()).signature.outcome
        };
        assert_eq!(of(&ours), signer(true), "{evidence:?}");
        match evidence.entry {
            Entry::None => assert!(matches!(of(&nobody), SignatureOutcome::Unsupported(_))),
            _ => assert_eq!(of(&nobody), signer(false)),
        }
    }
    for evidence in [Evidence::V1, Evidence::V2] {
        let signed = statement(REPOSITORY, &image(), SIGN_V1, None);
        let bundle = sigstore.bundle(&maker, &signed, then(), evidence).unwrap().to_string();
        let of = |verifier: &Verifier, subject: &Digest| {
            verifier.bundle(bundle.as_bytes(), subject, Origin::Referrer).signature.outcome
        };
        assert_eq!(of(&ours, &image()), signer(true), "{evidence:?}");
        assert_eq!(of(&nobody, &image()), signer(false), "{evidence:?}");
        assert!(matches!(of(&ours, &other()), SignatureOutcome::Invalid(_)));
    }
}

#[test]
fn each_flaw_is_rejected_in_each_format_at_its_step() {
    let sigstore = PrivateSigstore::new(Timestamp::now()).unwrap();
    let verifier = verifier(&sigstore, &[]);
    let mut said = Vec::new();
    for flaw in Flaw::ALL {
        let given = (flaw, &workflow(), REPOSITORY, &image(), then());
        let bundle = sigstore.flawed_bundle(given.0, given.1, given.2, given.3, given.4).unwrap().to_string();
        let signature = sigstore.flawed_simple_signing(given.0, given.1, given.2, given.3, given.4).unwrap();
        let attestation = sigstore.flawed_attestation(given.0, given.1, given.2, given.3, given.4).unwrap();
        for (format, examined) in [
            ("bundle", verifier.bundle(bundle.as_bytes(), &image(), Origin::Referrer)),
            (".sig", verifier.simple_signing(&signature.content, &signature.annotations, &image())),
            (".att", verifier.classic_attestation(&attestation.content, &attestation.annotations, &image())),
        ] {
            let outcome = match &examined.signature.outcome {
                SignatureOutcome::Invalid(words) => words.clone(),
                other => panic!("{flaw:?} in {format}: {other:?}"),
            };
            said.push(format!("{flaw:?} {format}: {outcome}"));
        }
    }
    insta::with_settings!({ filters => [
        (r"[0-9a-f]{64}", "[hex]"), (r"UnixTime\(\d+\)", "[time]"), (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "[time]"),
    ] }, { insta::assert_snapshot!(said.join("\n")) });
}
