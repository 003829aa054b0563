//! What can be scanned: the platforms that are in registries, and the SBOMs that OSV can be asked about.

use crate::model::{
    Digest, Fact, FactKey, Facts, ImageName, Observed, Platform, Policy, Release, Repository, Scope,
    SignatureOutcome, is_sbom_predicate,
};

use super::agreement::with_commit;
use super::context::{Context, There};
use super::coverage::{Coverage, InIndex};
use super::identity::{self, Judged};
use super::sight::Sight;
use super::wants;

/// One image of one platform that can be scanned by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scannable {
    /// The image.
    pub image: ImageName,
    /// The platform.
    pub platform: Platform,
    /// Its manifest.
    pub manifest: Digest,
    /// Who holds it.
    pub holders: Vec<Repository>,
    /// Its SBOMs: those that the release's identity attested to it, or to its index for this platform, and that were read.
    pub sboms: Vec<Digest>,
}

/// Every required platform of every image that is in a registry.
pub fn scannable(release: &Release, policy: &Policy, scope: &Scope, facts: &Facts) -> Vec<Scannable> {
    let release = &*with_commit(release, facts);
    let wanted = wants(release, policy, scope, facts);
    let context = Context::new(release, policy, scope, facts, &wanted);
    let mut found: Vec<Scannable> = Vec::new();
    for image in &release.images {
        for platform in &image.platforms {
            let Sight::Seen(There::Registry(subjects)) = context.there(image, platform) else { continue };
            for subject in subjects {
                let Some(manifest) = subject.manifest else { continue };
                if found.iter().any(|known| known.manifest == manifest) {
                    continue;
                }
                let place = InIndex::of(facts, subject.index.as_ref(), &manifest, platform);
                found.push(Scannable {
                    image: image.name.clone(),
                    platform: platform.clone(),
                    sboms: sboms(release, policy, facts, &place),
                    holders: subject.holders,
                    manifest,
                });
            }
        }
    }
    found
}

/// The SBOMs that the release's identity attested to a manifest, or to its index for this platform, and that were read.
/// A stranger's would have OSV asked about what the stranger likes; one of another image says nothing of this one.
pub(super) fn sboms(release: &Release, policy: &Policy, facts: &Facts, place: &InIndex) -> Vec<Digest> {
    let rule = policy.for_attestations();
    let mut found: Vec<Digest> = Vec::new();
    for (key, entry) in facts.iter() {
        let (FactKey::Signature { subject, .. }, Fact::Signature(Observed::Seen(signature))) =
            (key, entry.fact.as_ref())
        else {
            continue;
        };
        let SignatureOutcome::Valid(signer) = &signature.outcome else { continue };
        let (Some(kind), Some(document)) = (&signature.predicate_type, &signature.predicate) else {
            continue;
        };
        let good = || matches!(identity::judge(signer, rule, release), Judged::Good(_));
        let is_its = || {
            let sbom = facts.sbom(&FactKey::Sbom(document.clone())).and_then(Observed::seen);
            let coverage = sbom.map(|sbom| place.coverage(sbom, subject == place.index));
            match coverage {
                // It is asked about: nothing catalogued is no clean scan.
                Some(Coverage::NoPackage) => subject == place.manifest,
                coverage => coverage == Some(Coverage::Covers),
            }
        };
        let is_here = subject == place.manifest || subject == place.index;
        if is_here && is_sbom_predicate(kind) && !found.contains(document) && good() && is_its() {
            found.push(document.clone());
        }
    }
    found
}
