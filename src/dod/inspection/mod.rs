//! One image, looked at by itself and without a release: who signed it, in which formats, and whether that is who
//! was asked for. What `exitbar verify` concludes.

mod conclusion;
mod expected;
mod found;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::model::{
    AbsenceKind, Access, Classic, Digest, FactKey, Facts, ImageName, Observed, Pass, Place, Platform,
    Repository, Tag, TagFact,
};

use super::listing::{self, Listing};
use super::sight::Sight;
use super::wanted::Wanted;

pub use conclusion::{Conclusion, Result};
pub use expected::{Claims, Difference, Expected, PredicateType};
pub use found::{Found, OnDigest, Standing, Stored};

/// What is to be verified, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Its name in this inspection, under which a layout's images are kept as facts.
    pub name: ImageName,
    /// The repository; for a layout a name that no registry has.
    pub repository: Repository,
    /// Where it is: a registry or a layout.
    pub place: Place,
    /// What of it.
    pub top: Top,
    /// Judge this platform's manifest, in place of the index.
    pub platform: Option<Platform>,
    /// Judge attestations of this type, in place of image signatures.
    pub predicate_type: Option<PredicateType>,
    /// Who has to have signed.
    pub expected: Expected,
}

/// What of a repository or layout is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Top {
    /// What this tag resolves to.
    Tag(Tag),
    /// This digest.
    Digest(Digest),
    /// The one image of a layout.
    Only,
}

impl Inspection {
    /// The facts that are still missing, and where each may be found; none when everything has answered.
    pub fn wants(&self, facts: &Facts) -> BTreeMap<FactKey, Vec<Place>> {
        let mut wanted = Wanted::new(facts);
        let here = || [self.place.clone()];
        match &self.top {
            Top::Tag(tag) => self.tag(tag, &mut wanted, facts),
            Top::Only => wanted.want(FactKey::Local(self.name.clone()), here()),
            Top::Digest(_) => {}
        }
        let Sight::Seen(top) = self.digest(facts) else { return wanted.named };
        wanted.want(FactKey::Manifest(top.clone()), here());
        self.attached(&top, &mut wanted);
        let Sight::Seen(listing) = listing::list(facts, &top) else { return wanted.named };
        for nested in listing.unread.iter().chain(&listing.nested) {
            wanted.want(FactKey::Manifest(nested.clone()), here());
        }
        for listed in &listing.platforms {
            if listed.manifest != top {
                wanted.want(FactKey::Manifest(listed.manifest.clone()), here());
                self.attached(&listed.manifest, &mut wanted);
            }
            // Only what the index does not say has to be read from the config.
            if listed.claimed.is_none()
                && let Sight::Seen(config) = listing::config_digest(facts, &listed.manifest)
            {
                wanted.want(FactKey::Config(config), here());
            }
        }
        // Whatever was verified is of a digest; did the tag move meanwhile?
        if wanted.named.is_empty()
            && let (Top::Tag(tag), Some(access)) = (&self.top, self.resolved(facts).map(|(access, _)| access))
        {
            wanted.want(self.tag_key(tag, access, Pass::Last), here());
        }
        wanted.named
    }

    /// What the facts amount to, once nothing is wanted any more.
    pub fn conclude(&self, facts: &Facts) -> Conclusion {
        conclusion::conclude(self, facts)
    }

    fn attached(&self, subject: &Digest, wanted: &mut Wanted) {
        let kinds: &[Classic] = match self.place {
            Place::Registry(_) => &Classic::ALL,
            // A layout lists them all in one file.
            _ => &[],
        };
        wanted.attached(&self.repository, &self.place, subject, kinds);
    }

    /// As strangers pull, and with this machine's credentials where strangers are told nothing.
    fn tag(&self, tag: &Tag, wanted: &mut Wanted, facts: &Facts) {
        let key = self.tag_key(tag, Access::Anonymous, Pass::First);
        let hidden = match facts.tag(&key) {
            Some(Observed::Absent(absence)) => absence.kind != AbsenceKind::NotFound,
            _ => false,
        };
        wanted.want(key, [self.place.clone()]);
        if hidden {
            wanted.want(self.tag_key(tag, Access::Credentials, Pass::First), [self.place.clone()]);
        }
    }

    fn tag_key(&self, tag: &Tag, access: Access, pass: Pass) -> FactKey {
        FactKey::Tag { repository: self.repository.clone(), tag: tag.clone(), access, pass }
    }

    /// How the tag resolved, and to what.
    fn resolved<'a>(&self, facts: &'a Facts) -> Option<(Access, &'a TagFact)> {
        let Top::Tag(tag) = &self.top else { return None };
        [Access::Anonymous, Access::Credentials].into_iter().find_map(|access| {
            let seen = facts.tag(&self.tag_key(tag, access, Pass::First))?.seen()?;
            Some((access, seen))
        })
    }

    /// The digest that is looked at.
    fn digest(&self, facts: &Facts) -> Sight<Digest> {
        match &self.top {
            Top::Digest(digest) => Sight::Seen(digest.clone()),
            Top::Tag(tag) => match self.resolved(facts) {
                Some((_, seen)) => Sight::Seen(seen.digest.clone()),
                None => self.unresolved(tag, facts),
            },
            Top::Only => {
                Sight::of(facts.local(&FactKey::Local(self.name.clone()))).and_then(conclusion::only_image)
            }
        }
    }

    /// Why a tag resolves to nothing: what was said last counts.
    fn unresolved(&self, tag: &Tag, facts: &Facts) -> Sight<Digest> {
        let answer = |access| facts.tag(&self.tag_key(tag, access, Pass::First));
        let last = answer(Access::Credentials).or_else(|| answer(Access::Anonymous));
        Sight::of(last).and_then(|seen| Sight::Seen(seen.digest.clone()))
    }

    /// Where the tag points now, when that is not where it pointed first.
    fn moved(&self, facts: &Facts) -> Option<Digest> {
        let (Top::Tag(tag), Some((access, first))) = (&self.top, self.resolved(facts)) else { return None };
        match facts.tag(&self.tag_key(tag, access, Pass::Last)) {
            Some(Observed::Seen(last)) if last.digest != first.digest => Some(last.digest.clone()),
            _ => None,
        }
    }

    /// The manifests that are looked at: the top, then its platforms.
    fn subjects(top: &Digest, facts: &Facts) -> Vec<(Digest, Option<Platform>)> {
        let listing = listing::list(facts, top).seen().unwrap_or_default();
        let platform = |listed| listing::platform(facts, listed).seen();
        let only = match listing.platforms.as_slice() {
            [only] if only.manifest == *top => platform(only),
            _ => None,
        };
        let children = listing.platforms.iter().filter(|listed| listed.manifest != *top);
        let mut subjects = vec![(top.clone(), only)];
        for child in children {
            subjects.push((child.manifest.clone(), platform(child)));
        }
        subjects
    }

    /// BuildKit's attestation manifests in the index, with what each is about.
    fn unsigned_in_index(top: &Digest, facts: &Facts) -> Vec<(Digest, String)> {
        listing::list(facts, top).seen().map(|listing: Listing| listing.attestations).unwrap_or_default()
    }
}
