use std::collections::BTreeMap;

use crate::model::{
    BUILDKIT_REFERENCE_DIGEST, BUILDKIT_REFERENCE_TYPE, Cell, CertificateSigner, Classic, Digest, Fact,
    FactKey, IN_TOTO_PREDICATE_TYPE, ImageManifest, Item, Level, Manifest, Observed, Outcome, Platform,
    ReasonKind, Sbom, Signature, SignatureOutcome, Signer, Status, TagFact,
};

use super::super::super::testing::{
    Sample, amd64, arm64, descriptor, digest, own_certificate, sample, signature,
};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const SPDX: &str = "https://spdx.dev/Document";

fn cell(sample: &Sample, platform: &Platform) -> Cell {
    let cells = sample.checked(Item::Sbom).cells;
    let here = sample.repository("runner", 0);
    let ours =
        |cell: &&Cell| cell.repository.as_ref() == Some(&here) && cell.platform.as_ref() == Some(platform);
    cells.iter().find(ours).cloned().unwrap()
}

/// Everything done, but no SBOM of the runner for amd64 on ghcr.io.
fn without() -> Sample {
    let mut sample = Sample::complete();
    let (repository, subject) = (sample.repository("runner", 0), sample.child("runner", &amd64()));
    sample.forget(|key| matches!(key, FactKey::Signature { repository: r, subject: s, .. } if *r == repository && *s == subject));
    sample.present(&repository, &subject);
    sample
}

fn document(sample: &mut Sample, what: &str, change: impl FnOnce(&mut Sbom)) -> Digest {
    let mut sbom = Sbom { format: "CycloneDX 1.6".to_owned(), packages: 7, ..Sbom::default() };
    change(&mut sbom);
    let document = digest(what);
    sample.put(FactKey::Sbom(document.clone()), Fact::Sbom(Observed::Seen(sbom)));
    document
}

fn by(certificate: CertificateSigner, document: Digest) -> Signature {
    signature(Signer::Certificate(certificate), SPDX, Some(document))
}

/// An SBOM attested on `subject`, with `change` done to its document.
fn attested(subject: impl Fn(&Sample) -> Digest, change: impl FnOnce(&mut Sbom)) -> Sample {
    let mut sample = without();
    let document = document(&mut sample, "document", change);
    let (repository, subject) = (sample.repository("runner", 0), subject(&sample));
    sample.attach(&repository, &subject, "sbom", by(own_certificate(), document));
    sample
}

fn on_child(sample: &Sample) -> Digest {
    sample.child("runner", &amd64())
}

fn on_index(sample: &Sample) -> Digest {
    sample.index("runner")
}

#[test]
fn an_sbom_of_the_release_s_own_identity_passes_as_verified() {
    let sample = Sample::complete();
    assert_eq!(sample.outcomes(Item::Sbom), [Outcome::Pass].into());
    let cell = cell(&sample, &amd64());
    assert_eq!((cell.level, cell.in_registry), (Some(Level::Verified), true));
    assert!(cell.because.iter().any(|key| matches!(key, FactKey::Sbom(_))));
}

#[test]
fn without_one_it_is_absent_and_an_error_is_unknown() {
    let mut sample = without();
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Absent);
    assert_eq!(cell(&sample, &arm64()).outcome, Outcome::Pass);
    let (repository, subject) = (sample.repository("runner", 0), sample.child("runner", &amd64()));
    for kind in [Classic::Attestation, Classic::Sbom] {
        let key = FactKey::ClassicTag { repository: repository.clone(), subject: subject.clone(), kind };
        sample.unsee(&key);
        assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Unknown);
        sample.facts.remove(&key);
        assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Pending);
        sample.put_absent(key, "404");
    }
    sample.unsee(&FactKey::Referrers { repository, subject: sample.index("runner") });
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Unknown);
}

#[test]
fn another_identity_is_soft_and_one_for_attestations_may_be_named() {
    let mut sample = without();
    let document = document(&mut sample, "document", |_| ());
    let (repository, subject) = (sample.repository("runner", 0), on_child(&sample));
    let scanner =
        CertificateSigner { identity: "https://github.com/acme/sboms".to_owned(), ..own_certificate() };
    sample.attach(&repository, &subject, "sbom", by(scanner, document));
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Soft);
    let mut policy = sample.policy.signature.clone();
    policy.identity = Some(crate::model::IdentityRule::Exact("https://github.com/acme/sboms".to_owned()));
    sample.policy.attestations = Some(policy);
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Pass);
}

#[test]
fn no_package_or_another_subject_fails() {
    let empty = attested(on_child, |sbom| sbom.packages = 0);
    assert_eq!(cell(&empty, &amd64()).outcome, Outcome::Fail);
    let other = attested(on_child, |sbom| sbom.subject = Some(digest("other")));
    let cell = cell(&other, &amd64());
    assert_eq!((cell.outcome, cell.hard_stop), (Outcome::Fail, false));
    assert!(cell.reason.contains("another digest"), "{}", cell.reason);
}

#[test]
fn a_bad_sbom_beside_a_good_one_does_not_count() {
    let mut sample = attested(on_child, |_| ());
    let bad = document(&mut sample, "bad", |sbom| sbom.packages = 0);
    let (repository, subject) = (sample.repository("runner", 0), on_child(&sample));
    sample.attach(&repository, &subject, "bad", by(own_certificate(), bad));
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Pass);
}

#[test]
fn an_invalid_attestation_fails_and_an_unsupported_one_is_unknown() {
    for (outcome, expected) in [
        (SignatureOutcome::Invalid("its signature is wrong".to_owned()), Outcome::Fail),
        (SignatureOutcome::Unsupported("intoto 0.0.1".to_owned()), Outcome::Unknown),
    ] {
        let mut sample = without();
        let document = document(&mut sample, "document", |_| ());
        let (repository, subject) = (sample.repository("runner", 0), on_child(&sample));
        let attestation = Signature { outcome, ..by(own_certificate(), document) };
        sample.attach(&repository, &subject, "sbom", attestation);
        assert_eq!(cell(&sample, &amd64()).outcome, expected);
    }
}

#[test]
fn an_sbom_of_the_index_covers_the_platforms_that_its_packages_name() {
    let named = attested(on_index, |sbom| sbom.architectures = vec!["x86_64".to_owned()]);
    assert_eq!(cell(&named, &amd64()).outcome, Outcome::Pass);
    let other = attested(on_index, |sbom| sbom.architectures = vec!["aarch64".to_owned()]);
    assert_eq!(cell(&other, &amd64()).outcome, Outcome::Soft);
    let mut none = attested(on_index, |_| ());
    assert_eq!(cell(&none, &amd64()).outcome, Outcome::Soft);
    none.change_index("runner", |index| index.manifests.truncate(1));
    assert_eq!(cell(&none, &amd64()).outcome, Outcome::Pass);
}

#[test]
fn a_document_that_could_not_be_read_is_unknown_and_one_that_is_to_come_is_pending() {
    let mut sample = attested(on_child, |_| ());
    sample.unsee(&FactKey::Sbom(digest("document")));
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Unknown);
    sample.facts.remove(&FactKey::Sbom(digest("document")));
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Pending);
}

#[test]
fn an_attestation_that_nobody_verified_yet_is_unknown_and_a_provenance_is_no_sbom() {
    let mut sample = without();
    let (repository, subject) = (sample.repository("runner", 0), on_child(&sample));
    sample.list_bundle(&repository, &subject, "provenance", "https://slsa.dev/provenance/v1");
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Absent);
    sample.list_bundle(&repository, &subject, "unread", SPDX);
    let cell = cell(&sample, &amd64());
    assert_eq!(cell.outcome, Outcome::Unknown);
    assert!(cell.reason.contains("not verified yet"), "{}", cell.reason);
}

/// A manifest with one layer.
fn artifact(
    sample: &mut Sample,
    what: &str,
    media_type: &str,
    blob: &Digest,
    annotations: &[(&str, &str)],
) -> Digest {
    let annotations: BTreeMap<String, String> =
        annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let content = Manifest::Image(ImageManifest {
        media_type: MANIFEST.to_owned(),
        config: descriptor(&digest("{}"), "application/vnd.oci.empty.v1+json", None),
        layers: vec![crate::model::Descriptor { annotations, ..descriptor(blob, media_type, None) }],
        annotations: BTreeMap::new(),
        artifact_type: None,
        subject: None,
    });
    sample.put(FactKey::Manifest(digest(what)), Fact::Manifest(Observed::Seen(content)));
    digest(what)
}

#[test]
fn an_unsigned_sbom_is_soft() {
    let mut sample = without();
    let blob = document(&mut sample, "plain", |_| ());
    let manifest = artifact(&mut sample, "plain manifest", "text/spdx+json", &blob, &[]);
    let (repository, subject) = (sample.repository("runner", 0), on_child(&sample));
    let key = FactKey::ClassicTag { repository, subject, kind: Classic::Sbom };
    sample.put(key, Fact::ClassicTag(Observed::Seen(TagFact { digest: manifest })));
    let cell = cell(&sample, &amd64());
    assert_eq!(cell.outcome, Outcome::Soft);
    assert!(cell.reason.contains("unsigned"), "{}", cell.reason);
}

#[test]
fn buildkit_s_sbom_counts_through_the_signed_index_and_is_soft_without_a_signature() {
    let mut sample = without();
    let blob = document(&mut sample, "buildkit", |_| ());
    let stated = [(IN_TOTO_PREDICATE_TYPE, SPDX)];
    let manifest = artifact(&mut sample, "buildkit manifest", "application/vnd.in-toto+json", &blob, &stated);
    let child = on_child(&sample);
    sample.change_index("runner", |index| {
        let mut entry = descriptor(&manifest, MANIFEST, Some(Platform::new("unknown", "unknown", None)));
        entry.annotations = [
            (BUILDKIT_REFERENCE_TYPE.to_owned(), "attestation-manifest".to_owned()),
            (BUILDKIT_REFERENCE_DIGEST.to_owned(), child.to_string()),
        ]
        .into();
        index.manifests.push(entry);
    });
    let passes = cell(&sample, &amd64());
    assert_eq!(passes.outcome, Outcome::Pass, "{}", passes.reason);
    assert!(passes.reason.contains("through the signed index"), "{}", passes.reason);
    let (repository, index) = (sample.repository("runner", 0), sample.index("runner"));
    sample.forget(|key| matches!(key, FactKey::Signature { repository: r, subject, .. } if *r == repository && *subject == index));
    sample.present(&repository, &index);
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Soft);
}

#[test]
fn gaps_of_an_sbom_are_warnings() {
    let sample = attested(on_child, |sbom| sbom.warnings.push("41 packages without a supplier".to_owned()));
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Pass);
    let warnings = sample.checked(Item::Sbom).warnings;
    assert!(warnings.iter().any(|warning| warning.contains("without a supplier")), "{warnings:?}");
}

#[test]
fn a_root_that_is_another_digest_is_said_and_proves_nothing() {
    let sample = attested(on_child, |sbom| sbom.root = Some(digest("of a Docker daemon")));
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Pass);
    let warnings = sample.checked(Item::Sbom).warnings;
    assert!(warnings.iter().any(|warning| warning.contains("Docker daemon's copy")), "{warnings:?}");
    let mut right = without();
    let child = on_child(&right);
    let document = document(&mut right, "document", |sbom| sbom.root = Some(child.clone()));
    let repository = right.repository("runner", 0);
    right.attach(&repository, &child, "sbom", by(own_certificate(), document));
    let warnings = right.checked(Item::Sbom).warnings;
    assert!(!warnings.iter().any(|warning| warning.contains("root")), "{warnings:?}");
}

#[test]
fn gaps_of_an_sbom_that_does_not_count_are_not_said() {
    let mut sample = attested(on_child, |_| ());
    let other = document(&mut sample, "other", |sbom| sbom.warnings.push("a stranger's gap".to_owned()));
    let stranger =
        CertificateSigner { identity: "https://github.com/mallory".to_owned(), ..own_certificate() };
    let (repository, subject) = (sample.repository("runner", 0), on_child(&sample));
    sample.attach(&repository, &subject, "other", by(stranger, other));
    let warnings = sample.checked(Item::Sbom).warnings;
    assert!(!warnings.iter().any(|warning| warning.contains("stranger")), "{warnings:?}");
}

#[test]
fn a_platform_missing_from_the_index_makes_no_cell_here() {
    let mut sample = Sample::complete();
    sample.change_index("runner", |index| index.manifests.truncate(1));
    let cells = sample.checked(Item::Sbom).cells;
    assert!(!cells.iter().any(|cell| cell.image.as_str() == "runner" && cell.platform == Some(arm64())));
}

#[test]
fn before_staging_an_armed_step_makes_it_configured() {
    let mut sample = sample();
    assert_eq!(sample.checked(Item::Sbom).instead.unwrap().status, Status::Configured);
    sample.put_unknown(FactKey::Workflows, ReasonKind::Unreadable, "release.yml is no YAML");
    let instead = sample.checked(Item::Sbom).instead.unwrap();
    assert_eq!((instead.status, instead.points), (Status::NotStarted, 0));
    assert!(instead.note.contains("release.yml is no YAML"), "{}", instead.note);
}
