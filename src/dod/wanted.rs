//! Facts that are missing, each with the places where it may be found; and the chain that opens what is attached
//! to a digest.

use std::collections::BTreeMap;

use crate::model::{
    Classic, Digest, FactKey, Facts, Manifest, Observed, Place, Repository, SignatureFormat, signature_id,
};

/// How many attached artifacts of one digest are opened: more are left unread, and said to be.
const ATTACHED: usize = 64;

/// Collects the keys of facts that are not known yet.
pub(super) struct Wanted<'a> {
    facts: &'a Facts,
    /// What is missing, and where it may be found.
    pub named: BTreeMap<FactKey, Vec<Place>>,
}

impl<'a> Wanted<'a> {
    /// Nothing is named yet.
    pub fn new(facts: &'a Facts) -> Self {
        Self { facts, named: BTreeMap::new() }
    }

    /// Names a fact, unless it is there: as seen, absent or unknown.
    pub fn want(&mut self, key: FactKey, places: impl IntoIterator<Item = Place>) {
        if self.facts.get(&key).is_some() {
            return;
        }
        let named = self.named.entry(key).or_default();
        for place in places {
            if !named.contains(&place) {
                named.push(place);
            }
        }
    }

    /// What is attached to `subject`, listed and opened, so that its absence is known.
    pub fn attached(&mut self, repository: &Repository, at: &Place, subject: &Digest, kinds: &[Classic]) {
        let place = || [at.clone()];
        let referrers = FactKey::Referrers { repository: repository.clone(), subject: subject.clone() };
        let listed = self.facts.referrers(&referrers).and_then(Observed::seen);
        let listed: Vec<Digest> = listed
            .iter()
            .flat_map(|referrers| referrers.manifests.iter().take(ATTACHED))
            .map(|descriptor| descriptor.digest.clone())
            .collect();
        self.want(referrers, place());
        for artifact in listed {
            self.want(FactKey::Manifest(artifact.clone()), place());
            self.signatures(repository, at, subject, &artifact);
        }
        for kind in kinds {
            let key =
                FactKey::ClassicTag { repository: repository.clone(), subject: subject.clone(), kind: *kind };
            let artifact =
                self.facts.classic_tag(&key).and_then(Observed::seen).map(|tag| tag.digest.clone());
            self.want(key, place());
            if let Some(artifact) = artifact {
                self.want(FactKey::Manifest(artifact.clone()), place());
                self.signatures(repository, at, subject, &artifact);
            }
        }
    }

    /// The verification of everything signed in an artifact's manifest.
    fn signatures(&mut self, repository: &Repository, at: &Place, subject: &Digest, artifact: &Digest) {
        let manifest = self.facts.manifest(&FactKey::Manifest(artifact.clone())).and_then(Observed::seen);
        let Some(Manifest::Image(manifest)) = manifest else { return };
        // A referrer that names another subject is another digest's.
        if manifest.subject.as_ref().is_some_and(|named| named.digest != *subject) {
            return;
        }
        let signed = manifest
            .layers
            .iter()
            .filter(|layer| SignatureFormat::of_media_type(&layer.media_type).is_some());
        let signed: Vec<Digest> = signed.take(ATTACHED).map(signature_id).collect();
        for artifact in signed {
            let (repository, subject) = (repository.clone(), subject.clone());
            self.want(FactKey::Signature { repository, subject, artifact }, [at.clone()]);
        }
    }
}
