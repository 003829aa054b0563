//! Whether somebody whom the policy names has signed or attested already: then it is not done twice.

use crate::model::{
    Digest, FactKey, Facts, Observed, Policy, Release, Repository, Sbom, Signature, SignatureFormat,
    SignatureOutcome, SignaturePolicy, Signer, is_sbom_predicate,
};

use super::agreement::with_commit;
use super::identity::{self, Judged};

/// Whether `subject` bears an image signature in `repository` that satisfies the policy: in this format, where one is named.
pub fn is_signed(
    release: &Release,
    policy: &Policy,
    facts: &Facts,
    (repository, subject): (&Repository, &Digest),
    format: Option<SignatureFormat>,
) -> bool {
    let image_signature = |signature: &Signature, _: &Digest| {
        signature.is_image_signature() && format.is_none_or(|format| signature.format == format)
    };
    vouched(release, &policy.signature, facts, repository, subject, image_signature)
}

/// Whether `manifest`, which `index` lists, bears an SBOM in `repository` that completes item 4. One that it does not
/// take, without a package or about another image, is none.
pub fn is_sbom_attested(
    release: &Release,
    policy: &Policy,
    facts: &Facts,
    repository: &Repository,
    (manifest, index): (&Digest, &Digest),
) -> bool {
    let is_about = |named: &Digest| named == manifest || named == index;
    let is_good = |sbom: &Sbom| sbom.packages > 0 && sbom.subject.as_ref().is_none_or(is_about);
    attested(release, policy, facts, repository, manifest, |signature, _| {
        let is_sbom = signature.predicate_type.as_deref().is_some_and(is_sbom_predicate);
        let document = signature.predicate.clone().filter(|_| is_sbom).map(FactKey::Sbom);
        document.and_then(|key| facts.sbom(&key)?.seen()).is_some_and(is_good)
    })
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
    vouched(release, policy.for_attestations(), facts, repository, subject, is_it)
}

/// Why the policy would not take what this signer signs, before anything is signed; nothing where it would.
pub fn objection(
    release: &Release,
    rule: &SignaturePolicy,
    facts: &Facts,
    signer: &Signer,
) -> Option<String> {
    match identity::judge(signer, rule, &with_commit(release, facts)) {
        Judged::Good(_) => None,
        Judged::Soft(why) | Judged::Bad(why) | Judged::Unknown(why) => Some(why),
    }
}

fn vouched(
    release: &Release,
    rule: &SignaturePolicy,
    facts: &Facts,
    repository: &Repository,
    subject: &Digest,
    is_it: impl Fn(&Signature, &Digest) -> bool,
) -> bool {
    let release = &*with_commit(release, facts);
    facts.iter().any(|(key, _)| {
        let FactKey::Signature { repository: at, subject: of, artifact } = key else { return false };
        let signature = facts.signature(key).and_then(Observed::seen);
        at == repository
            && of == subject
            && signature.is_some_and(|signature| match &signature.outcome {
                SignatureOutcome::Valid(signer) => {
                    is_it(signature, artifact)
                        && matches!(identity::judge(signer, rule, release), Judged::Good(_))
                }
                SignatureOutcome::Invalid(_) | SignatureOutcome::Unsupported(_) => false,
            })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{REVISION, Sample, amd64, own_certificate};
    use super::*;
    use crate::model::{CertificateSigner, Checkout, Fact};

    #[test]
    fn who_signs_for_another_commit_than_the_git_tag_s_is_objected_to_beforehand() {
        let mut sample = Sample::staged();
        sample.release.revision = None;
        let checkout = |commit: &str| Checkout { tag: Some(commit.to_owned()), ..Checkout::default() };
        let signer = Signer::Certificate(CertificateSigner {
            source_revision: Some(REVISION.to_owned()),
            ..own_certificate()
        });
        let objects =
            |sample: &Sample| objection(&sample.release, &sample.policy.signature, &sample.facts, &signer);
        sample.put(FactKey::Git, Fact::Git(Observed::Seen(checkout(REVISION))));
        assert_eq!(objects(&sample), None);
        let other = "0".repeat(40);
        sample.put(FactKey::Git, Fact::Git(Observed::Seen(checkout(&other))));
        assert!(objects(&sample).unwrap().contains(&other));
    }

    #[test]
    fn an_sbom_that_item_4_does_not_take_is_attested_once_more() {
        let mut sample = Sample::staged();
        sample.attest_sbom();
        let (repository, index) = (sample.repository("runner", 0), sample.index("runner"));
        let manifest = sample.child("runner", &amd64());
        let attested = |sample: &Sample| {
            let Sample { release, policy, facts, .. } = sample;
            is_sbom_attested(release, policy, facts, &repository, (&manifest, &index))
        };
        assert!(attested(&sample));
        let documents: Vec<(FactKey, Sbom)> = sample
            .facts
            .iter()
            .filter_map(|(key, _)| Some((key.clone(), sample.facts.sbom(key)?.seen()?.clone())))
            .collect();
        let with = |change: fn(&mut Sbom)| {
            let mut sample = sample.clone();
            for (key, mut sbom) in documents.clone() {
                change(&mut sbom);
                sample.put(key, Fact::Sbom(Observed::Seen(sbom)));
            }
            attested(&sample)
        };
        assert!(!with(|sbom| sbom.packages = 0));
        assert!(!with(|sbom| sbom.subject = Some(Digest::of(b"another image"))));
    }
}
