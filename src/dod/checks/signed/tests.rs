use crate::model::{
    COSIGN_SIGN_PREDICATE, CertificateSigner, Classic, Fact, FactKey, IdentityRule, Item, Level, Observed,
    Outcome, ReasonKind, Signature, SignatureFormat, SignatureOutcome, Signer, Status, TagFact,
};

use super::super::super::testing::{Sample, amd64, digest, own_certificate, sample, signature};
use super::super::Checked;

fn checked(sample: &Sample) -> Checked {
    sample.checked(Item::Signed)
}

/// The cell of the runner on ghcr.io.
fn first(sample: &Sample) -> crate::model::Cell {
    checked(sample).cells.remove(0)
}

/// Everything done, but the runner on ghcr.io bears these signatures only.
fn with(signatures: Vec<(&str, Signature)>) -> Sample {
    let mut sample = Sample::complete();
    let (repository, index) = (sample.repository("runner", 0), sample.index("runner"));
    sample.forget(|key| matches!(key, FactKey::Signature { repository: r, subject, .. } if *r == repository && *subject == index));
    sample.present(&repository, &index);
    for (what, signature) in signatures {
        sample.attach(&repository, &index, what, signature);
    }
    sample
}

fn by(certificate: CertificateSigner) -> Signature {
    signature(Signer::Certificate(certificate), COSIGN_SIGN_PREDICATE, None)
}

fn stranger() -> Signature {
    by(CertificateSigner { identity: "https://github.com/evil/x".to_owned(), ..own_certificate() })
}

fn invalid() -> Signature {
    Signature {
        outcome: SignatureOutcome::Invalid("the log entry is of another digest".to_owned()),
        ..by(own_certificate())
    }
}

#[test]
fn a_signature_of_the_release_s_own_workflow_passes_as_verified() {
    let sample = Sample::complete();
    assert_eq!(sample.outcomes(Item::Signed), [Outcome::Pass].into());
    let cell = first(&sample);
    assert_eq!((cell.level, cell.in_registry), (Some(Level::Verified), true));
    assert!(cell.because.iter().any(|key| matches!(key, FactKey::Signature { .. })));
}

#[test]
fn no_signature_is_absent_only_by_definite_answers_of_both_places() {
    let mut sample = with(Vec::new());
    assert_eq!(first(&sample).outcome, Outcome::Absent);
    let (repository, subject) = (sample.repository("runner", 0), sample.index("runner"));
    let classic = FactKey::ClassicTag {
        repository: repository.clone(),
        subject: subject.clone(),
        kind: Classic::Signature,
    };
    sample.put_unknown(classic.clone(), ReasonKind::RateLimited, "429 from ghcr.io");
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    sample.put_absent(classic.clone(), "404");
    sample.put_unknown(
        FactKey::Referrers { repository: repository.clone(), subject: subject.clone() },
        ReasonKind::ServerError,
        "500 from ghcr.io",
    );
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    sample.facts.remove(&FactKey::Referrers { repository, subject });
    assert_eq!(first(&sample).outcome, Outcome::Pending);
}

#[test]
fn another_identity_or_an_invalid_signature_alone_is_a_hard_stop() {
    for bad in [stranger(), invalid()] {
        let cell = first(&with(vec![("bad", bad)]));
        assert_eq!((cell.outcome, cell.hard_stop), (Outcome::Fail, true), "{}", cell.reason);
    }
}

#[test]
fn a_bad_signature_beside_a_good_one_is_a_warning() {
    let sample = with(vec![("good", by(own_certificate())), ("bad", stranger())]);
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    assert!(checked(&sample).warnings.iter().any(|warning| warning.contains("beside a good signature")));
}

#[test]
fn a_bad_signature_beside_what_cannot_be_seen_is_unknown() {
    let mut sample = with(vec![("bad", stranger())]);
    let (repository, subject) = (sample.repository("runner", 0), sample.index("runner"));
    sample.unsee(&FactKey::ClassicTag { repository, subject, kind: Classic::Signature });
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
}

#[test]
fn a_wide_rule_or_none_is_soft() {
    let mut sample = Sample::complete();
    sample.policy.signature.identity = Some(IdentityRule::Regexp("https://github.com/.*".to_owned()));
    assert_eq!(sample.outcomes(Item::Signed), [Outcome::Soft].into());
    sample.policy.signature.identity = None;
    assert_eq!(sample.outcomes(Item::Signed), [Outcome::Soft].into());
}

#[test]
fn a_signature_of_another_commit_contradicts_the_release() {
    let commit = CertificateSigner { source_revision: Some("0".repeat(40)), ..own_certificate() };
    assert!(first(&with(vec![("old", by(commit))])).hard_stop);
}

#[test]
fn the_configured_key_passes_and_another_one_is_unknown_and_named() {
    let key = |configured| Signer::Key { fingerprint: digest("key"), configured };
    let signed = |configured| with(vec![("key", signature(key(configured), COSIGN_SIGN_PREDICATE, None))]);
    assert_eq!(first(&signed(true)).outcome, Outcome::Pass);
    let cell = first(&signed(false));
    assert_eq!(cell.outcome, Outcome::Unknown);
    assert!(cell.reason.contains(digest("key").short()), "{}", cell.reason);
}

#[test]
fn a_log_entry_that_is_not_supported_is_unknown_and_never_unsigned() {
    let unsupported = Signature {
        outcome: SignatureOutcome::Unsupported("intoto 0.0.1".to_owned()),
        ..by(own_certificate())
    };
    let cell = first(&with(vec![("old", unsupported)]));
    assert_eq!(cell.outcome, Outcome::Unknown);
    assert!(cell.reason.contains("not supported: intoto 0.0.1"), "{}", cell.reason);
}

#[test]
fn a_signature_that_nobody_verified_yet_is_unknown() {
    let mut sample = with(Vec::new());
    let (repository, index) = (sample.repository("runner", 0), sample.index("runner"));
    sample.list_bundle(&repository, &index, "unread", COSIGN_SIGN_PREDICATE);
    let cell = first(&sample);
    assert_eq!(cell.outcome, Outcome::Unknown);
    assert!(cell.reason.contains("not verified yet"), "{}", cell.reason);
}

#[test]
fn an_attestation_is_no_signature() {
    let mut sample = with(vec![(
        "provenance",
        signature(Signer::Certificate(own_certificate()), "https://slsa.dev/provenance/v1", None),
    )]);
    assert_eq!(first(&sample).outcome, Outcome::Absent);
    let (repository, index) = (sample.repository("runner", 0), sample.index("runner"));
    sample.list_bundle(&repository, &index, "unread", "https://slsa.dev/provenance/v0.2");
    assert_eq!(first(&sample).outcome, Outcome::Absent);
}

#[test]
fn a_classic_signature_counts() {
    let mut sample = with(Vec::new());
    let (repository, subject) = (sample.repository("runner", 0), sample.index("runner"));
    let key = FactKey::ClassicTag {
        repository: repository.clone(),
        subject: subject.clone(),
        kind: Classic::Signature,
    };
    sample.put(key, Fact::ClassicTag(Observed::Seen(TagFact { digest: digest("sig") })));
    assert_eq!(first(&sample).outcome, Outcome::Pending);
    sample.put_unknown(FactKey::Manifest(digest("sig")), ReasonKind::TimedOut, "no answer");
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    let classic =
        Signature { format: SignatureFormat::SimpleSigning, predicate_type: None, ..by(own_certificate()) };
    let key = FactKey::Signature { repository, subject, artifact: digest("payload") };
    sample.put(key, Fact::Signature(Observed::Seen(classic)));
    assert_eq!(first(&sample).outcome, Outcome::Pass);
}

#[test]
fn recursively_every_platform_needs_a_signature_of_its_own() {
    let mut sample = Sample::complete();
    sample.policy.signature.recursive = true;
    assert_eq!(sample.outcomes(Item::Signed), [Outcome::Absent].into());
    for (image, repository) in [("runner", 0), ("runner", 1), ("full", 0), ("full", 1)] {
        for (_, local) in sample.locals().into_iter().filter(|(name, _)| name == image) {
            let repository = sample.repository(image, repository);
            sample.attach(&repository, &local.manifest.unwrap(), "signature", by(own_certificate()));
        }
    }
    assert_eq!(sample.outcomes(Item::Signed), [Outcome::Pass].into());
    let subject = sample.child("runner", &amd64());
    let repository = sample.repository("runner", 0);
    sample.forget(|key| matches!(key, FactKey::Signature { repository: r, subject: s, .. } if *r == repository && *s == subject));
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
}

#[test]
fn a_repository_that_lacks_what_another_has_counts_in_item_1_only() {
    let mut sample = Sample::complete();
    sample.put_absent(
        sample.tag_key("runner", 1, crate::model::Access::Anonymous, crate::model::Pass::First),
        "404",
    );
    let digest = sample.index("runner");
    sample.put_absent(FactKey::Present { repository: sample.repository("runner", 1), digest }, "404");
    let cells = checked(&sample).cells;
    assert_eq!(cells.iter().filter(|cell| cell.image.as_str() == "runner").count(), 1);
}

#[test]
fn before_staging_an_armed_step_makes_it_configured_and_a_disarmed_one_does_not() {
    let mut sample = sample();
    let instead = checked(&sample).instead.unwrap();
    assert_eq!((instead.status, instead.points), (Status::Configured, 5));
    assert_eq!(instead.note, "release.yml:71 signs; nothing is published yet");
    let mut workflows =
        sample.facts.workflows(&FactKey::Workflows).and_then(Observed::seen).cloned().unwrap();
    let at = workflows.steps[1].at.clone();
    workflows.steps[1].disarmed = Some(crate::model::Located { value: "|| true".to_owned(), at });
    sample.put(FactKey::Workflows, Fact::Workflows(Observed::Seen(workflows)));
    let after = checked(&sample);
    assert_eq!(after.instead.unwrap().status, Status::NotStarted);
    assert_eq!(after.declared, None);
    assert!(after.warnings[0].contains("it declares nothing"), "{:?}", after.warnings);
    sample.facts.remove(&FactKey::Workflows);
    assert_eq!(sample.outcomes(Item::Signed), [Outcome::Pending].into());
}

#[test]
fn what_only_looks_like_evidence_is_a_warning_where_it_belongs() {
    let mut sample = sample();
    let mut workflows =
        sample.facts.workflows(&FactKey::Workflows).and_then(Observed::seen).cloned().unwrap();
    let hollow = |step, line| crate::model::Hollow {
        step,
        what: "✅ all done\n\u{1b}[2J".to_owned(),
        why: "it is only said".to_owned(),
        at: crate::model::Location { file: "release.yml".into(), line },
    };
    workflows.hollow = vec![hollow(Some(crate::model::StepKind::Sign), 90), hollow(None, 91)];
    sample.put(FactKey::Workflows, Fact::Workflows(Observed::Seen(workflows)));
    let said = |item: Item| {
        let Sample { release, policy, scope, facts } = &sample;
        super::super::super::judge(release, policy, scope, facts).finding(item).warnings.clone()
    };
    let line = |at: &str| format!("{at}: `✅ all done `: it is only said");
    assert!(said(Item::Signed).contains(&line("release.yml:90")), "{:?}", said(Item::Signed));
    assert!(said(Item::Published).contains(&line("release.yml:91")), "{:?}", said(Item::Published));
    assert_eq!(said(Item::Sbom).iter().filter(|text| text.contains("only said")).count(), 0);
}

#[test]
fn an_unreadable_registry_is_unknown_for_its_own_cell() {
    let mut sample = Sample::complete();
    sample.unsee(&sample.tag_key("runner", 0, crate::model::Access::Anonymous, crate::model::Pass::First));
    let cells = checked(&sample).cells;
    assert_eq!(cells[0].outcome, Outcome::Unknown);
    assert!(cells[1..].iter().all(|cell| cell.outcome == Outcome::Pass));
}

#[test]
fn a_rule_that_is_too_wide_is_named_beside_the_one_that_would_do() {
    let mut sample = Sample::complete();
    sample.policy.signature.identity = Some(IdentityRule::Regexp("acme".to_owned()));
    let warnings = checked(&sample).warnings.join("\n");
    assert!(warnings.contains("it does not begin with ^"), "{warnings}");
    assert!(warnings.contains(&format!("identity = \"{}\"", own_certificate().identity)), "{warnings}");
    sample.policy.signature.identity = None;
    assert!(checked(&sample).warnings.join("\n").contains("exactly who signed"));
    let sample = Sample::complete();
    assert!(!checked(&sample).warnings.join("\n").contains("too wide"));
}
