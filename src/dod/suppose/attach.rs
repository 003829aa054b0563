//! What signing, attesting and scanning are meant to leave on everything that is staged or published.

use crate::model::{
    COSIGN_SIGN_PREDICATE, Catalogued, CertificateSigner, Digest, Fact, FactKey, Facts, IdentityRule, Image,
    Level, Observed, Platform, Policy, Release, Repository, Sbom, Scan, ScanKind, ScanSource, ScanTarget,
    Scope, Signature, SignatureChecks, SignatureFormat, SignatureOutcome, SignaturePolicy, Signer,
};

use super::super::context::Context;
use super::super::coverage::InIndex;
use super::super::identity::{self, Judged};
use super::super::{linter, listing, scannable, stage, wants};
use super::{invented, put};

/// An index in a repository with the platforms that it lists.
struct Indexed {
    repository: Repository,
    index: Digest,
    /// Their manifests, each with its platform where that is known.
    children: Vec<(Digest, Option<Platform>)>,
}

/// Everything that is staged or published.
fn indexed(release: &Release, policy: &Policy, facts: &Facts) -> Vec<Indexed> {
    let scope = &Scope::default();
    let wanted = wants(release, policy, scope, facts);
    let context = Context::new(release, policy, scope, facts, &wanted);
    release.images.iter().flat_map(|image| of_image(&context, image)).collect()
}

fn of_image(context: &Context, image: &Image) -> Vec<Indexed> {
    let standing = context.standing(image);
    let staged = stage::staged_digest(image, context.scope, context.facts);
    let mut found: Vec<(Repository, Digest)> = Vec::new();
    for (repository, holds) in &standing.held {
        let present = staged.clone().filter(|digest| {
            let key = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
            context.facts.present(&key).is_some_and(|present| present.seen().is_some())
        });
        for digest in holds.digest().cloned().into_iter().chain(present) {
            if !found.contains(&(repository.clone(), digest.clone())) {
                found.push((repository.clone(), digest));
            }
        }
    }
    let children = |index: &Digest| {
        let listing = listing::list(context.facts, index).seen().unwrap_or_default();
        let platform = |listed: &listing::Listed| listing::platform(context.facts, listed).seen();
        listing.platforms.into_iter().map(|listed| (listed.manifest.clone(), platform(&listed))).collect()
    };
    found
        .into_iter()
        .map(|(repository, index)| Indexed { children: children(&index), repository, index })
        .collect()
}

/// Every index is signed as the policy wants it; every platform too, where it wants that.
pub(super) fn sign(release: &Release, policy: &Policy, facts: &mut Facts) {
    let Some(signer) = signer(&policy.signature, release) else { return };
    for Indexed { repository, index, children } in indexed(release, policy, facts) {
        let children = children.into_iter().map(|(child, _)| child).filter(|_| policy.signature.recursive);
        for subject in children.chain([index]) {
            attach(facts, &repository, &subject, COSIGN_SIGN_PREDICATE, None, &signer);
        }
    }
}

/// Every platform has an SBOM, attested as the policy wants it.
pub(super) fn attest_sbom(release: &Release, policy: &Policy, facts: &mut Facts) {
    let Some(signer) = signer(policy.for_attestations(), release) else { return };
    for Indexed { repository, children, .. } in indexed(release, policy, facts) {
        for (subject, _) in children {
            let document = invented(&format!("SBOM of {subject}"));
            let predicate = Some(document.clone());
            attach(facts, &repository, &subject, "https://spdx.dev/Document", predicate, &signer);
            let sbom = Sbom { format: "SPDX".to_owned(), packages: 1, ..Sbom::default() };
            put(facts, FactKey::Sbom(document), Fact::Sbom(Observed::Seen(sbom)), Level::Verified);
        }
    }
}

/// Every platform was scanned now. What a scanner of this machine found it finds again, else nothing was found.
pub(super) fn scan(release: &Release, policy: &Policy, facts: &mut Facts) {
    let counts = |kind: &ScanKind| policy.vulnerabilities.counts(*kind);
    let scanner = ScanKind::SCANNERS.into_iter().find(counts);
    for Indexed { index, children, .. } in indexed(release, policy, facts) {
        for (subject, platform) in children {
            let again = made_here(&subject, facts);
            let sources = match scanner {
                Some(scanner) => vec![ScanSource::Scanner(scanner.word().to_owned())],
                // OSV is asked about the SBOMs that are attested, and about nothing else.
                None if counts(&ScanKind::Osv) => {
                    let place = |platform| InIndex::of(facts, Some(&index), &subject, platform);
                    let sboms = |platform| scannable::sboms(release, policy, facts, &place(platform));
                    let sboms = platform.as_ref().map(sboms).unwrap_or_default().into_iter();
                    sboms.map(|sbom| ScanSource::Osv { sbom }).collect()
                }
                None => Vec::new(),
            };
            let first = |source| (FactKey::Scan { subject: subject.clone(), source }, clean(facts));
            let scans = if again.is_empty() { sources.into_iter().map(first).collect() } else { again };
            for (key, scan) in scans {
                put(facts, key, Fact::Scan(Observed::Seen(scan)), Level::Verified);
            }
        }
    }
}

/// The scans that this machine made of a manifest, as if they were made now.
fn made_here(manifest: &Digest, facts: &Facts) -> Vec<(FactKey, Scan)> {
    let known = facts.iter().filter_map(|(key, entry)| match (key, entry.fact.as_ref()) {
        (
            FactKey::Scan { subject, source: ScanSource::Scanner(_) | ScanSource::Osv { .. } },
            Fact::Scan(Observed::Seen(scan)),
        ) if subject == manifest => Some((key.clone(), scan.clone())),
        _ => None,
    });
    let now = |scan| Scan { scanned_at: Some(facts.as_of), database_at: Some(facts.as_of), ..scan };
    known.map(|(key, scan)| (key, now(scan))).collect()
}

/// A scan without findings.
pub(super) fn clean(facts: &Facts) -> Scan {
    Scan {
        scanner: "a scanner".to_owned(),
        scanned_at: Some(facts.as_of),
        database_at: Some(facts.as_of),
        catalogued: Catalogued::Something,
        findings: Vec::new(),
        signature: None,
        target: ScanTarget::default(),
    }
}

fn attach(
    facts: &mut Facts,
    repository: &Repository,
    subject: &Digest,
    predicate_type: &str,
    predicate: Option<Digest>,
    signer: &Signer,
) {
    let artifact = invented(&format!("{predicate_type} of {subject}"));
    let key = FactKey::Signature { repository: repository.clone(), subject: subject.clone(), artifact };
    let signature = Signature {
        format: SignatureFormat::Bundle,
        outcome: SignatureOutcome::Valid(signer.clone()),
        predicate_type: Some(predicate_type.to_owned()),
        predicate,
        checks: SignatureChecks::default(),
    };
    put(facts, key, Fact::Signature(Observed::Seen(signature)), Level::Verified);
}

/// Who would sign: the rule's own identity, or the configured key. None where the rule is one that nobody could
/// satisfy, or that says too little to guess.
fn signer(rule: &SignaturePolicy, release: &Release) -> Option<Signer> {
    let key = || Signer::Key { fingerprint: invented("key"), configured: true };
    let identity = match &rule.identity {
        None if rule.key.is_some() => return Some(key()),
        Some(IdentityRule::Exact(identity)) => identity.clone(),
        Some(IdentityRule::Regexp(_)) | None => {
            let source = release.source.as_deref().unwrap_or("https://github.com/owner/repository");
            format!("{source}/.github/workflows/release.yml@refs/tags/{}", release.git_tag())
        }
    };
    let certificate = Signer::Certificate(CertificateSigner {
        identity,
        issuer: rule.issuer.clone().unwrap_or_default(),
        source_repository: release.source.clone(),
        source_revision: release.revision.clone(),
        ..CertificateSigner::default()
    });
    match (identity::judge(&certificate, rule, release), &rule.identity) {
        (Judged::Good(_) | Judged::Soft(_), _) => Some(certificate),
        // Somebody whom the guess does not name satisfies it: as good as the key.
        (_, Some(IdentityRule::Regexp(pattern))) if linter::is_anchored(pattern) && rule.issuer.is_some() => {
            Some(key())
        }
        _ => None,
    }
}
