//! The steps from staged to finished: signed, with an SBOM, scanned, published.

use jiff::{SignedDuration, Timestamp};

use crate::model::{
    Access, COSIGN_SIGN_PREDICATE, Catalogued, Digest, Fact, FactKey, Image, LocalImage, Observed, Pass,
    Repository, Sbom, Scan, ScanSource, ScanTarget, Signer, TagFact,
};

use super::{Sample, digest, own_certificate, sample, signature};

impl Sample {
    fn each_index(&self) -> Vec<(Image, Repository, Digest)> {
        let images = self.release.images.iter();
        images
            .filter_map(|image| Some((image, self.local(image.name.as_str()).index?)))
            .flat_map(|(image, index)| {
                image.repositories.iter().map(move |r| (image.clone(), r.clone(), index.clone()))
            })
            .collect()
    }

    fn each_platform(&self) -> Vec<(Repository, LocalImage)> {
        let indexes = self.each_index().into_iter();
        indexes
            .flat_map(|(image, repository, _)| {
                let local = self.local(image.name.as_str()).images.into_iter();
                local.map(move |local| (repository.clone(), local))
            })
            .collect()
    }

    /// Every index is signed by the release's workflow, in every registry.
    pub fn sign(&mut self) {
        for (_, repository, index) in self.each_index() {
            let signer = Signer::Certificate(own_certificate());
            let bundle = signature(signer, COSIGN_SIGN_PREDICATE, None);
            self.attach(&repository, &index, "signature", bundle);
        }
    }

    /// Every platform has an SBOM, attested by the release's workflow, in every registry.
    pub fn attest_sbom(&mut self) {
        for (repository, local) in self.each_platform() {
            let subject = local.manifest.unwrap();
            let document = digest(&format!("sbom of {subject}"));
            let signer = Signer::Certificate(own_certificate());
            let bundle = signature(signer, "https://spdx.dev/Document", Some(document.clone()));
            self.attach(&repository, &subject, "sbom", bundle);
            let sbom = Sbom { format: "SPDX 2.3".to_owned(), packages: 41, ..Sbom::default() };
            self.put(FactKey::Sbom(document), Fact::Sbom(Observed::Seen(sbom)));
        }
    }

    /// The key of a scan.
    pub fn scan_key(subject: &Digest) -> FactKey {
        FactKey::Scan { subject: subject.clone(), source: ScanSource::Scanner("trivy".to_owned()) }
    }

    /// Every platform was scanned an hour ago, and nothing was found.
    pub fn scan(&mut self) {
        let hours = |hours: i64| -> Timestamp { self.facts.as_of - SignedDuration::from_hours(hours) };
        let scan = Scan {
            scanner: "trivy 0.58.1".to_owned(),
            scanned_at: Some(hours(1)),
            database_at: Some(hours(5)),
            catalogued: Catalogued::Something,
            findings: Vec::new(),
            signature: None,
            target: ScanTarget::default(),
        };
        for (_, local) in self.each_platform() {
            let key = Self::scan_key(&local.manifest.unwrap());
            self.put(key, Fact::Scan(Observed::Seen(scan.clone())));
        }
    }

    /// The version tags resolve to what is built, at the start and at the end of the audit.
    pub fn publish(&mut self) {
        for (image, repository, index) in self.each_index() {
            for pass in [Pass::First, Pass::Last] {
                let key = FactKey::Tag {
                    repository: repository.clone(),
                    tag: image.tag.clone(),
                    access: Access::Anonymous,
                    pass,
                };
                let tag = TagFact { digest: index.clone() };
                self.put(key, Fact::Tag(Observed::Seen(tag)));
            }
        }
    }

    /// Built, run and staged, not yet signed.
    pub fn staged() -> Self {
        let mut sample = sample();
        sample.build();
        sample.run_version();
        sample.run_example();
        sample.stage();
        sample
    }

    /// Everything done, in the order of release.
    pub fn complete() -> Self {
        let mut sample = Self::staged();
        sample.sign();
        sample.attest_sbom();
        sample.scan();
        sample.publish();
        sample
    }
}
