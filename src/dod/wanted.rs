//! Facts that are missing, each with the places where it may be found; and the chain that opens what is attached
//! to a digest.

use std::collections::BTreeMap;

use crate::model::{
    Classic, Digest, FactKey, Facts, Manifest, Observed, Place, Repository, ScanSource, Signature,
    SignatureOutcome, is_sbom_predicate, is_test_result_predicate,
};

use super::attached::{self, Claim};

/// How many attached artifacts of one digest are opened: more are left unread, and said to be.
pub(super) const ATTACHED: usize = 64;

/// Collects the keys of facts that are not known yet.
pub(super) struct Wanted<'a> {
    facts: &'a Facts,
    /// Whether the documents that are attached are wanted as well, and not only who signed them.
    documents: bool,
    /// Whether attested scans are.
    scans: bool,
    /// What is missing, and where it may be found.
    pub named: BTreeMap<FactKey, Vec<Place>>,
}

impl<'a> Wanted<'a> {
    /// Nothing is named yet.
    pub fn new(facts: &'a Facts) -> Self {
        Self { facts, documents: false, scans: false, named: BTreeMap::new() }
    }

    /// The documents that are attached are wanted as well, and attested scans where those count.
    pub fn with_documents(self, scans: bool) -> Self {
        Self { documents: true, scans, ..self }
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
            self.artifacts(repository, at, subject, &artifact, None);
        }
        for kind in kinds {
            let key =
                FactKey::ClassicTag { repository: repository.clone(), subject: subject.clone(), kind: *kind };
            let artifact =
                self.facts.classic_tag(&key).and_then(Observed::seen).map(|tag| tag.digest.clone());
            self.want(key, place());
            if let Some(artifact) = artifact {
                self.want(FactKey::Manifest(artifact.clone()), place());
                self.artifacts(repository, at, subject, &artifact, Some(*kind));
            }
        }
    }

    /// The verification of everything signed in an artifact's manifest, its SBOMs and its test results.
    fn artifacts(
        &mut self,
        repository: &Repository,
        at: &Place,
        subject: &Digest,
        artifact: &Digest,
        kind: Option<Classic>,
    ) {
        let facts = self.facts;
        let manifest = facts.manifest(&FactKey::Manifest(artifact.clone())).and_then(Observed::seen);
        let Some(Manifest::Image(manifest)) = manifest else { return };
        let place = || [at.clone()];
        let found = attached::artifacts(artifact, manifest, subject, kind);
        for artifact in found.into_iter().filter(|artifact| artifact.claim != Claim::Other).take(ATTACHED) {
            if artifact.claim == Claim::PlainSbom {
                self.document(artifact.blob, at);
                continue;
            }
            let key = FactKey::Signature {
                repository: repository.clone(),
                subject: subject.clone(),
                artifact: artifact.blob,
            };
            if let (true, FactKey::Signature { artifact, .. }) = (self.attests_scan(&key), &key) {
                let source =
                    ScanSource::Attested { repository: repository.clone(), artifact: artifact.clone() };
                self.want(FactKey::Scan { subject: subject.clone(), source }, place());
            }
            let document = facts.signature(&key).and_then(Observed::seen).and_then(attested_document);
            self.want(key, place());
            if let Some(document) = document.filter(|_| self.documents) {
                self.want(document, place());
            }
        }
    }

    /// Whether what was verified under this key is a scan, and wanted.
    fn attests_scan(&self, key: &FactKey) -> bool {
        let signature = self.facts.signature(key).and_then(Observed::seen);
        let scan = |predicate: &String| attached::is_scan_predicate(predicate);
        self.scans
            && signature.is_some_and(|signature| {
                matches!(signature.outcome, SignatureOutcome::Valid(_))
                    && signature.predicate_type.as_ref().is_some_and(scan)
            })
    }

    fn document(&mut self, document: Digest, at: &Place) {
        if self.documents {
            self.want(FactKey::Sbom(document), [at.clone()]);
        }
    }
}

/// What a verified attestation states, where that is read: an SBOM, or a test result.
fn attested_document(signature: &Signature) -> Option<FactKey> {
    let SignatureOutcome::Valid(_) = signature.outcome else { return None };
    let document = signature.predicate.clone()?;
    let predicate = signature.predicate_type.as_deref()?;
    if is_sbom_predicate(predicate) {
        return Some(FactKey::Sbom(document));
    }
    is_test_result_predicate(predicate).then_some(FactKey::TestResult(document))
}
