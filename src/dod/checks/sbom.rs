//! Item 4: an SBOM attested by the release's identity, on each platform, in every repository.

use crate::model::{
    Classic, Digest, FactKey, Image, Level, Manifest, Observed, Outcome, Platform, Reason, ReasonKind,
    Repository, StepKind, is_sbom_predicate,
};

use super::super::attached::{Attached, Claim};
use super::super::context::{Context, Reach};
use super::super::coverage::{Coverage, InIndex};
use super::super::identity::Judged;
use super::super::listing::{self, Listing};
use super::super::sight::Sight;
use super::Checked;
use super::judgement::Judgement;
use super::signatures::{Tried, nothing_yet, tried};
use super::signed;

/// Judges item 4.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    for image in &context.release.images {
        for platform in &image.platforms {
            let cells = signed::per_repository(context, image, |repository, index| {
                on_platform(context, image, repository, index, platform)
            });
            for (repository, judged) in cells {
                // Missing from the index: item 2 says so, and nobody can attest what is not there.
                if judged.outcome == Outcome::Untried {
                    continue;
                }
                let warnings =
                    judged.warnings.iter().map(|warning| format!("{} {platform}: {warning}", image.name));
                for warning in warnings {
                    if !checked.warnings.contains(&warning) {
                        checked.warnings.push(warning);
                    }
                }
                checked.cells.push(judged.cell(&image.name, Some(&repository), Some(platform)));
            }
        }
    }
    checked.note = checked.summary("every platform has an SBOM of the release's own identity");
    nothing_yet(context, StepKind::Sbom, &mut checked);
    checked
}

/// What one SBOM comes to for a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Candidate {
    Good(String),
    Soft(String),
    Bad(String),
    Unseen(Reason),
    Pending,
}

/// Where an SBOM is looked for: one platform of one index in one repository.
struct Spot<'a> {
    context: &'a Context<'a>,
    image: &'a Image,
    repository: &'a Repository,
    index: &'a Digest,
    child: &'a Digest,
    platform: &'a Platform,
    /// How many platforms the index lists.
    platforms: usize,
}

fn on_platform(
    context: &Context,
    image: &Image,
    repository: &Repository,
    index: &Digest,
    platform: &Platform,
) -> Judgement {
    let Reach::Registry(_) = context.reach(image) else { return Judgement::pending() };
    let listing = match listing::list(context.facts, index) {
        Sight::Pending => return Judgement::pending(),
        Sight::Unknown(reason) => return Judgement::unknown(&reason),
        Sight::Seen(listing) if !listing.unread.is_empty() => return Judgement::pending(),
        Sight::Seen(listing) => listing,
    };
    let platform_of = |listed: &listing::Listed| listing::platform(context.facts, listed);
    if listing.platforms.iter().any(|listed| platform_of(listed) == Sight::Pending) {
        return Judgement::pending();
    }
    let is_ours = |listed: &&listing::Listed| platform_of(listed) == Sight::Seen(platform.clone());
    let Some(listed) = listing.platforms.iter().find(is_ours) else {
        return Judgement::untried(format!("{platform} is not in the index"));
    };
    let spot = Spot {
        context,
        image,
        repository,
        index,
        child: &listed.manifest,
        platform,
        platforms: listing.platforms.len(),
    };
    spot.judge(&listing)
}

impl Spot<'_> {
    fn judge(&self, listing: &Listing) -> Judgement {
        let kinds = [Classic::Attestation, Classic::Sbom];
        let mut attached = Attached::list(self.context, self.repository, self.child, &kinds);
        let mut candidates = self.attested(self.child, &attached);
        candidates.extend(self.plain(&attached));
        if self.index != self.child {
            let on_index = Attached::list(self.context, self.repository, self.index, &kinds);
            candidates.extend(self.attested(self.index, &on_index));
            candidates.extend(self.plain(&on_index));
            attached.add(on_index);
        }
        candidates.extend(self.buildkit(listing));
        let because: Vec<FactKey> = candidates.iter().flat_map(|(keys, _)| keys.clone()).collect();
        let good = candidates.iter().find(|(_, candidate)| matches!(candidate, Candidate::Good(_)));
        let warnings = good.map(|(keys, _)| self.warnings(keys)).unwrap_or_default();
        let candidates: Vec<Candidate> = candidates.into_iter().map(|(_, candidate)| candidate).collect();
        let judged = warnings.into_iter().fold(self.weigh(&candidates, &attached), Judgement::warn);
        let level = if judged.outcome == Outcome::Pass { Level::Verified } else { Level::Registry };
        judged.because(attached.because).because(because).seen_at(level, true)
    }

    /// The signed attestations on `subject`: tried ones, and those that wait for it.
    fn attested(&self, subject: &Digest, attached: &Attached) -> Vec<(Vec<FactKey>, Candidate)> {
        let tried = tried(self.context, self.repository, subject, self.context.policy.for_attestations());
        let is_sbom = |tried: &&Tried| match &tried.predicate_type {
            Some(predicate) => is_sbom_predicate(predicate),
            None => tried.claim(attached).is_some_and(Claim::may_attest_sbom),
        };
        let mut candidates: Vec<_> =
            tried.iter().filter(is_sbom).map(|tried| self.attestation(subject, tried)).collect();
        for artifact in attached.artifacts.iter().filter(|artifact| artifact.claim.may_attest_sbom()) {
            if !tried.iter().any(|tried| tried.artifact() == Some(&artifact.blob)) {
                let reason =
                    Reason::new(ReasonKind::NotVerified, "an attestation is there: not verified yet");
                candidates
                    .push((vec![FactKey::Manifest(artifact.manifest.clone())], Candidate::Unseen(reason)));
            }
        }
        candidates
    }

    fn attestation(&self, subject: &Digest, tried: &Tried) -> (Vec<FactKey>, Candidate) {
        let mut keys = vec![tried.key.clone()];
        let signer = match &tried.judged {
            Judged::Bad(text) if tried.invalid => {
                return (keys, Candidate::Bad(format!("its SBOM attestation is {text}")));
            }
            Judged::Unknown(text) => {
                return (keys, Candidate::Unseen(Reason::new(ReasonKind::NotSupported, text.clone())));
            }
            judged => judged,
        };
        let Some(document) = &tried.predicate else {
            let reason = Reason::new(ReasonKind::Unreadable, "the attestation holds no document");
            return (keys, Candidate::Unseen(reason));
        };
        keys.push(FactKey::Sbom(document.clone()));
        let candidate = match (self.document(document, subject == self.index), signer) {
            (Candidate::Good(what), Judged::Good(who)) => {
                Candidate::Good(format!("{what}, attested by {who}"))
            }
            (Candidate::Good(_), Judged::Soft(text) | Judged::Bad(text)) => {
                Candidate::Soft(format!("SBOM {text}"))
            }
            (other, _) => other,
        };
        (keys, candidate)
    }

    /// What a document says, whoever attached it.
    fn document(&self, document: &Digest, on_index: bool) -> Candidate {
        let key = FactKey::Sbom(document.clone());
        let sbom = match self.context.facts.sbom(&key) {
            None if self.context.is_wanted(&key) => return Candidate::Pending,
            None => {
                return Candidate::Unseen(Reason::new(
                    ReasonKind::NotVerified,
                    "an SBOM is there: not read yet",
                ));
            }
            Some(Observed::Unknown(reason)) => return Candidate::Unseen(reason.clone()),
            Some(Observed::Absent(absence)) => {
                let text = format!("the SBOM is listed and not there: {absence}");
                return Candidate::Unseen(Reason::new(ReasonKind::Unreadable, text));
            }
            Some(Observed::Seen(sbom)) => sbom,
        };
        let Spot { index, child: manifest, platform, platforms, .. } = *self;
        match (InIndex { index, manifest, platform, platforms }).coverage(sbom, on_index) {
            Coverage::Covers => Candidate::Good(sbom.summary()),
            Coverage::NoPackage => Candidate::Bad(sbom.summary()),
            Coverage::AnotherImage(named) => {
                Candidate::Bad(format!("the SBOM is about {}, another digest", named.short()))
            }
            Coverage::AnotherPlatform => {
                Candidate::Soft(format!("the index's SBOM does not cover {platform}"))
            }
        }
    }

    /// SBOMs that nobody signed.
    fn plain(&self, attached: &Attached) -> Vec<(Vec<FactKey>, Candidate)> {
        let claims = attached.artifacts.iter();
        let plain = claims.filter(|artifact| artifact.claim == Claim::PlainSbom);
        plain
            .map(|artifact| {
                let candidate = match self.document(&artifact.blob, false) {
                    Candidate::Good(what) => Candidate::Soft(format!("{what}, but unsigned")),
                    other => other,
                };
                (vec![FactKey::Sbom(artifact.blob.clone())], candidate)
            })
            .collect()
    }

    /// BuildKit's SBOM inside the index: as good as the signature on the index.
    fn buildkit(&self, listing: &Listing) -> Vec<(Vec<FactKey>, Candidate)> {
        let ours = listing.attestations.iter().filter(|(_, of)| of == self.child.as_str());
        let mut candidates = Vec::new();
        for (attestation, _) in ours {
            let key = FactKey::Manifest(attestation.clone());
            let image = match self.context.facts.manifest(&key) {
                None if self.context.is_wanted(&key) => {
                    candidates.push((vec![key], Candidate::Pending));
                    continue;
                }
                Some(Observed::Unknown(reason)) => {
                    candidates.push((vec![key], Candidate::Unseen(reason.clone())));
                    continue;
                }
                Some(Observed::Seen(Manifest::Image(image))) => image,
                _ => continue,
            };
            for document in image.sbom_statements().map(|layer| &layer.digest) {
                let keys = vec![key.clone(), FactKey::Sbom(document.clone())];
                candidates.push((keys, self.through_the_index(document)));
            }
        }
        candidates
    }

    fn through_the_index(&self, document: &Digest) -> Candidate {
        match self.document(document, false) {
            Candidate::Good(what) => {
                let index = signed::on_index(self.context, self.image, self.repository, self.index);
                match index.outcome {
                    Outcome::Pass => Candidate::Good(format!("{what}, through the signed index")),
                    Outcome::Pending => Candidate::Pending,
                    _ => Candidate::Soft(format!("{what}, but unsigned (BuildKit's, in an unsigned index)")),
                }
            }
            other => other,
        }
    }

    /// A good one; then what is still to come; then a bad one, if nothing is left that may be good; then a soft
    /// one; nothing.
    fn weigh(&self, candidates: &[Candidate], attached: &Attached) -> Judgement {
        if let Some(good) = candidates.iter().find_map(|candidate| match candidate {
            Candidate::Good(text) => Some(text),
            _ => None,
        }) {
            return Judgement::pass(format!("{}: {good}", self.platform));
        }
        if attached.pending || candidates.contains(&Candidate::Pending) {
            return Judgement::pending();
        }
        let text = |pick: fn(&Candidate) -> Option<&String>| candidates.iter().find_map(pick);
        let bad = text(|candidate| if let Candidate::Bad(text) = candidate { Some(text) } else { None });
        let soft = text(|candidate| if let Candidate::Soft(text) = candidate { Some(text) } else { None });
        let unseen = candidates.iter().find_map(|candidate| match candidate {
            Candidate::Unseen(reason) => Some(reason),
            _ => None,
        });
        match (bad, soft, unseen.or(attached.unread.as_ref())) {
            (Some(bad), _, None) => Judgement::fail(format!("{} {}: {bad}", self.repository, self.platform)),
            (Some(bad), _, Some(unseen)) => {
                Judgement::unknown(&Reason::new(unseen.kind, format!("{bad}; {unseen}")))
            }
            (None, Some(soft), _) => Judgement::soft(format!("{}: {soft}", self.platform)),
            (None, None, Some(unseen)) => Judgement::unknown(unseen),
            (None, None, None) => {
                Judgement::absent(format!("{} has no SBOM of {}", self.repository, self.platform))
            }
        }
    }

    /// NTIA gaps and the like of the document that counts, one of these facts.
    fn warnings(&self, keys: &[FactKey]) -> Vec<String> {
        let sboms = keys.iter().filter_map(|key| self.context.facts.sbom(key)?.seen());
        let mut warnings = Vec::new();
        for sbom in sboms {
            warnings.extend(sbom.warnings.iter().cloned());
            let other = |root: &&Digest| *root != self.child && *root != self.index;
            if let Some(root) = sbom.root.as_ref().filter(other).filter(|_| sbom.subject.is_none()) {
                let root = root.short();
                warnings.push(format!(
                    "the SBOM's root is {root}, neither this image nor its index: \
                     it may have been made of a Docker daemon's copy"
                ));
            }
        }
        warnings
    }
}

#[cfg(test)]
mod tests;
