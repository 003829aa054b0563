//! Whether somebody whom the policy names has signed or attested already: then it is not done twice.

use crate::model::{
    Digest, FactKey, Facts, Observed, Policy, Release, Repository, Signature, SignatureOutcome,
    SignaturePolicy, Signer, is_sbom_predicate,
};

use super::agreement::with_commit;
use super::attached::is_scan_predicate;
use super::identity::{self, Judged};

/// Whether `subject` bears an image signature in `repository` that satisfies the policy.
pub fn is_signed(
    release: &Release,
    policy: &Policy,
    facts: &Facts,
    repository: &Repository,
    subject: &Digest,
) -> bool {
    let image_signature = |signature: &Signature| signature.is_image_signature();
    vouched(release, &policy.signature, facts, repository, subject, image_signature)
}

/// Whether `subject` bears an attestation of `predicate_type` in `repository` that satisfies the policy. One SBOM, or one
/// scan, is as good as another of its kind.
pub fn is_attested(
    release: &Release,
    policy: &Policy,
    facts: &Facts,
    repository: &Repository,
    subject: &Digest,
    predicate_type: &str,
) -> bool {
    let rule = policy.attestations.as_ref().unwrap_or(&policy.signature);
    vouched(release, rule, facts, repository, subject, |signature| {
        signature.predicate_type.as_deref().is_some_and(|found| {
            found == predicate_type
                || is_sbom_predicate(found) && is_sbom_predicate(predicate_type)
                || is_scan_predicate(found) && is_scan_predicate(predicate_type)
        })
    })
}

/// Why item 3 would not take what this signer signs, before anything is signed; nothing where it would.
pub fn objection(release: &Release, rule: &SignaturePolicy, signer: &Signer) -> Option<String> {
    match identity::judge(signer, rule, release) {
        Judged::Good(_) => None,
        Judged::Soft(why) | Judged::Bad(why) | Judged::Unknown(why) => Some(why),
    }
}

/// Whether somebody whom the policy names for attestations attested a document of this kind to `subject` in
/// `repository`; `is_it` looks at the signature and its artifact.
pub(super) fn attested(
    release: &Release,
    policy: &Policy,
    facts: &Facts,
    repository: &Repository,
    subject: &Digest,
    is_it: impl Fn(&Signature, &Digest) -> bool,
) -> bool {
    let rule = policy.attestations.as_ref().unwrap_or(&policy.signature);
    vouched_by(release, rule, facts, repository, subject, is_it)
}

fn vouched(
    release: &Release,
    rule: &SignaturePolicy,
    facts: &Facts,
    repository: &Repository,
    subject: &Digest,
    is_kind: impl Fn(&Signature) -> bool,
) -> bool {
    vouched_by(release, rule, facts, repository, subject, |signature, _| is_kind(signature))
}

fn vouched_by(
    release: &Release,
    rule: &SignaturePolicy,
    facts: &Facts,
    repository: &Repository,
    subject: &Digest,
    is_kind: impl Fn(&Signature, &Digest) -> bool,
) -> bool {
    let release = &*with_commit(release, facts);
    facts.iter().any(|(key, _)| {
        let FactKey::Signature { repository: at, subject: of, artifact } = key else { return false };
        let signature = facts.signature(key).and_then(Observed::seen);
        at == repository
            && of == subject
            && signature.is_some_and(|signature| match &signature.outcome {
                SignatureOutcome::Valid(signer) => {
                    is_kind(signature, artifact)
                        && matches!(identity::judge(signer, rule, release), Judged::Good(_))
                }
                SignatureOutcome::Invalid(_) | SignatureOutcome::Unsupported(_) => false,
            })
    })
}
