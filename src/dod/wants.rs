//! Which facts are still missing, and where each may be found.
//!
//! The chain of dependent requests is not written down anywhere: each fact that arrives makes the next ones
//! nameable, and an audit ends when nothing is wanted any more.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::{
    Access, Classic, Digest, FactKey, Facts, Image, ImageConfig, LocalImage, LocalSource, Manifest, Observed,
    Pass, Place, Platform, Policy, Release, Repository, RunKind, ScanKind, ScanSource, Scope,
};

use super::agreement::{remote_key, with_commit};
use super::coverage::InIndex;
use super::listing::{self, Listed, Listing, is_image_config, is_layer};
use super::sight::Sight;
use super::stage::{Holds, Standing, TagAnswer, candidates, first_access, tag_answer, tag_key};
use super::wanted::{ATTACHED, Wanted};

/// The folder that GitHub reads workflows from; the wiring may name another.
const WORKFLOWS: &str = ".github/workflows";

/// Names the facts still missing and where each may be found.
///
/// Nothing that is there, as seen, absent or unknown, is named again. Runs are named only where `scope` asks
/// for them and no stored evidence is there; the second resolving of the tags when nothing else is wanted.
pub fn wants(
    release: &Release,
    policy: &Policy,
    scope: &Scope,
    facts: &Facts,
) -> BTreeMap<FactKey, Vec<Place>> {
    let release = &*with_commit(release, facts);
    let scans = policy.vulnerabilities.counts(ScanKind::Attested);
    let mut wants = Wants { release, policy, scope, facts, wanted: Wanted::new(facts).with_documents(scans) };
    wants.want(FactKey::Workflows, [Place::Source(PathBuf::from(WORKFLOWS))]);
    wants.want(FactKey::Git, [Place::Source(PathBuf::from("."))]);
    if let Some(key) = remote_key(release, facts) {
        wants.want(key, [Place::Source(PathBuf::from("."))]);
    }
    for (key, place) in super::github::wanted(release, scope, facts) {
        wants.want(key, [place]);
    }
    for image in &release.images {
        wants.source(image);
        wants.tags(image);
        let standing = Standing::of(image, scope, facts);
        wants.whereabouts(image, &standing);
        for file in &policy.vulnerabilities.vex {
            wants.want(FactKey::Vex(file.clone()), [Place::Source(file.clone())]);
        }
        for index in standing.indexes() {
            wants.index(image, &index, &standing.holders(&index));
        }
        if standing.held.iter().all(|(_, holds)| matches!(holds, Holds::Nothing(_))) {
            wants.local_images(image);
        }
    }
    if wants.wanted.named.is_empty() {
        wants.tags_again();
    }
    wants.wanted.named
}

struct Wants<'a> {
    release: &'a Release,
    policy: &'a Policy,
    scope: &'a Scope,
    facts: &'a Facts,
    wanted: Wanted<'a>,
}

impl Wants<'_> {
    fn want(&mut self, key: FactKey, places: impl IntoIterator<Item = Place>) {
        self.wanted.want(key, places);
    }

    fn attached(&mut self, repository: &Repository, subject: &Digest, kinds: &[Classic]) {
        self.wanted.attached(repository, &Place::Registry(repository.clone()), subject, kinds);
    }

    /// What this machine knows of an image by itself.
    fn source(&mut self, image: &Image) {
        if let Some(dockerfile) = image.build.as_ref().and_then(|build| build.dockerfile.clone()) {
            self.want(FactKey::Dockerfile(image.name.clone()), [Place::Source(dockerfile)]);
        }
        if let Some(place) = local_place(image) {
            self.want(FactKey::Local(image.name.clone()), [place]);
        }
        if !self.scope.digests.contains_key(&image.name) {
            self.want(FactKey::Staged(image.name.clone()), [Place::Store]);
        }
    }

    /// The version tag in every repository; with credentials only where strangers are told nothing.
    fn tags(&mut self, image: &Image) {
        for repository in &image.repositories {
            let place = || [Place::Registry(repository.clone())];
            self.want(tag_key(image, repository, first_access(image), Pass::First), place());
            if tag_answer(image, repository, self.facts) == TagAnswer::Pending {
                let first = tag_key(image, repository, first_access(image), Pass::First);
                if self.facts.get(&first).is_some() {
                    self.want(tag_key(image, repository, Access::Credentials, Pass::First), place());
                }
            }
        }
    }

    /// Whether repositories without the version tag hold what others publish, or what was staged.
    fn whereabouts(&mut self, image: &Image, standing: &Standing) {
        let absent: Vec<&Repository> = image
            .repositories
            .iter()
            .filter(|repository| matches!(tag_answer(image, repository, self.facts), TagAnswer::Absent(_)))
            .collect();
        for digest in candidates(image, self.scope, self.facts) {
            // The GET of the manifest also tells whether its first repository has it.
            let unread = self.facts.get(&FactKey::Manifest(digest.clone())).is_none();
            let nobody = standing.holders(&digest).is_empty() && !absent.is_empty();
            if unread && nobody {
                let places = absent.iter().map(|repository| Place::Registry((*repository).clone()));
                self.want(FactKey::Manifest(digest.clone()), places);
            }
            for repository in absent.iter().skip(usize::from(unread && nobody)) {
                self.present(repository, &digest);
            }
        }
    }

    fn present(&mut self, repository: &Repository, digest: &Digest) {
        let key = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
        self.want(key, [Place::Registry(repository.clone())]);
    }

    /// A manifest from the first holder that answers, and whether the others have it too.
    fn manifest(&mut self, digest: &Digest, holders: &[Repository]) {
        let key = FactKey::Manifest(digest.clone());
        let unread = self.facts.get(&key).is_none();
        self.want(key, holders.iter().cloned().map(Place::Registry));
        for holder in holders.iter().skip(usize::from(unread)) {
            self.present(holder, digest);
        }
    }

    /// Everything behind an index that is in a registry.
    fn index(&mut self, image: &Image, index: &Digest, holders: &[Repository]) {
        self.want(FactKey::Manifest(index.clone()), holders.iter().cloned().map(Place::Registry));
        for holder in holders {
            self.attached(holder, index, &Classic::ALL);
        }
        let Sight::Seen(listing) = listing::list(self.facts, index) else { return };
        for nested in listing.unread.iter().chain(&listing.nested) {
            self.manifest(nested, holders);
        }
        for (attestation, _) in &listing.attestations {
            self.want(FactKey::Manifest(attestation.clone()), holders.iter().cloned().map(Place::Registry));
        }
        for listed in &listing.platforms {
            self.platform(image, index, listed, holders);
        }
        self.buildkit_sboms(image, &listing, holders);
    }

    /// The SBOMs that BuildKit put into the index, of the platforms that are asked for.
    fn buildkit_sboms(&mut self, image: &Image, listing: &Listing, holders: &[Repository]) {
        let facts = self.facts;
        let required = |listed: &&Listed| match listing::platform(facts, listed) {
            Sight::Seen(platform) => image.platforms.contains(&platform),
            _ => false,
        };
        for listed in listing.platforms.iter().filter(required) {
            let ours = listing.attestations.iter().filter(|(_, of)| of == listed.manifest.as_str());
            for (attestation, _) in ours {
                let manifest = facts.manifest(&FactKey::Manifest(attestation.clone()));
                let Some(Observed::Seen(Manifest::Image(manifest))) = manifest else { continue };
                for document in manifest.sbom_statements().take(ATTACHED) {
                    self.want(
                        FactKey::Sbom(document.digest.clone()),
                        holders.iter().cloned().map(Place::Registry),
                    );
                }
            }
        }
    }

    fn platform(&mut self, image: &Image, index: &Digest, listed: &Listed, holders: &[Repository]) {
        if listed.manifest != *index {
            self.manifest(&listed.manifest, holders);
        }
        let places: Vec<Place> = holders.iter().cloned().map(Place::Registry).collect();
        self.content(&listed.manifest, &places);
        let platform = listing::platform(self.facts, listed);
        let Sight::Seen(platform) = platform else { return };
        if !image.platforms.contains(&platform) {
            return;
        }
        if listed.manifest != *index {
            let kinds: &[Classic] = if self.policy.signature.recursive {
                &Classic::ALL
            } else {
                &[Classic::Attestation, Classic::Sbom]
            };
            for holder in holders {
                self.attached(holder, &listed.manifest, kinds);
            }
        }
        if let Sight::Seen(config) = listing::config_digest(self.facts, &listed.manifest) {
            let place = InIndex::of(self.facts, Some(index), &listed.manifest, &platform);
            self.scans(&place, &config, &places);
            self.runs(image, &platform, &config, &places);
        }
    }

    /// Config and layers of an image manifest that is known; nothing of artifacts.
    fn content(&mut self, manifest: &Digest, places: &[Place]) {
        let Some(Observed::Seen(Manifest::Image(manifest))) =
            self.facts.manifest(&FactKey::Manifest(manifest.clone()))
        else {
            return;
        };
        if !is_image_config(&manifest.config.media_type) {
            return;
        }
        let layers = manifest.layers.iter().filter(|layer| is_layer(&layer.media_type));
        let layers: Vec<Digest> = layers.map(|layer| layer.digest.clone()).collect();
        self.want(FactKey::Config(manifest.config.digest.clone()), places.iter().cloned());
        for layer in layers {
            self.want(FactKey::Layer(layer), places.iter().cloned());
        }
    }

    /// The scans of a platform: those in files, those that this machine keeps and, where the scope asks for them,
    /// new ones. A scanner that is not there is absent; OSV is asked where every one is.
    fn scans(&mut self, place: &InIndex, config: &Digest, places: &[Place]) {
        let manifest = place.manifest;
        let policy = &self.policy.vulnerabilities;
        for file in policy.scans.iter().filter(|_| policy.counts(ScanKind::Files)) {
            let source = ScanSource::File(file.display().to_string());
            self.want(FactKey::Scan { subject: manifest.clone(), source }, [Place::Source(file.clone())]);
        }
        let stored = FactKey::StoredScans(manifest.clone());
        // A scanner is told the platform, which the config says.
        let known = self.facts.get(&FactKey::Config(config.clone())).is_some();
        let answered = self.facts.get(&stored).is_some() && known;
        self.want(stored, [Place::Store]);
        if !answered || !self.scope.scan {
            return;
        }
        let mut absent = true;
        for kind in ScanKind::SCANNERS.into_iter().filter(|kind| policy.counts(*kind)) {
            let source = ScanSource::Scanner(kind.word().to_owned());
            let key = FactKey::Scan { subject: manifest.clone(), source };
            absent &= self.facts.scan(&key).is_some_and(Observed::is_absent);
            self.want(key, places.iter().cloned());
        }
        let named = policy.sources.as_ref().is_some_and(|sources| sources.contains(&ScanKind::Osv));
        if named || (policy.sources.is_none() && absent) {
            for sbom in super::scannable::sboms(self.release, self.policy, self.facts, place) {
                let source = ScanSource::Osv { sbom };
                let key = FactKey::Scan { subject: manifest.clone(), source };
                self.want(key, places.iter().cloned());
            }
        }
    }

    /// The local images, where they decide: no registry has anything of the image.
    fn local_images(&mut self, image: &Image) {
        let Some(place) = local_place(image) else { return };
        let local = self.facts.local(&FactKey::Local(image.name.clone())).and_then(Observed::seen);
        let Some(local) = local.cloned() else { return };
        if let (Some(index), Place::Layout(_)) = (&local.index, &place) {
            self.want(FactKey::Manifest(index.clone()), [place.clone()]);
        }
        for found in &local.images {
            self.local_image(image, found, &place);
        }
    }

    fn local_image(&mut self, image: &Image, found: &LocalImage, place: &Place) {
        match (&found.manifest, place) {
            (Some(manifest), Place::Layout(_)) => {
                self.want(FactKey::Manifest(manifest.clone()), [place.clone()]);
                self.content(manifest, std::slice::from_ref(place));
            }
            _ => self.want(FactKey::Config(found.config.clone()), [place.clone()]),
        }
        if image.platforms.contains(&found.platform) {
            self.runs(image, &found.platform, &found.config, &[]);
        }
    }

    /// The runs that are kept of a config and, once those are known, the runs that the scope asks for.
    fn runs(&mut self, image: &Image, platform: &Platform, config: &Digest, places: &[Place]) {
        let version = image.version.as_ref().map(|version| (RunKind::Version, version.command.clone()));
        let example = image.example.as_ref().map(|example| (RunKind::Example, example.command.clone()));
        let example = example.filter(|_| image.example_platforms(&self.policy.native).contains(platform));
        let seen = self.facts.config(&FactKey::Config(config.clone())).and_then(Observed::seen);
        // An image without a healthcheck fails by that alone.
        let health = image.healthcheck.filter(|_| seen.is_some_and(ImageConfig::has_healthcheck));
        let health = health.map(|_| (RunKind::Healthcheck, Vec::new()));
        let runs: Vec<_> = version.into_iter().chain(example).chain(health).collect();
        if runs.is_empty() {
            return;
        }
        let stored = FactKey::StoredRuns(config.clone());
        // Nothing can be run before its config says what the entrypoint is.
        let answered = self.facts.get(&stored).is_some() && seen.is_some();
        self.want(stored, [Place::Store]);
        for (kind, argv) in runs.into_iter().filter(|(kind, _)| answered && self.scope.run.contains(kind)) {
            let here = self.has_locally(image, config).then(|| local_place(image)).flatten();
            let places = here.into_iter().chain(places.iter().cloned()).collect::<Vec<_>>();
            self.want(FactKey::Run { config: config.clone(), kind, argv }, places);
        }
    }

    fn has_locally(&self, image: &Image, config: &Digest) -> bool {
        let local = self.facts.local(&FactKey::Local(image.name.clone())).and_then(Observed::seen);
        local.is_some_and(|local| local.images.iter().any(|found| found.config == *config))
    }

    /// The second resolving of every tag that resolved: did it move during the audit?
    fn tags_again(&mut self) {
        for (image, repository) in self.release.repositories() {
            let TagAnswer::Resolves(_, access) = tag_answer(image, repository, self.facts) else { continue };
            if access == first_access(image) {
                let key = tag_key(image, repository, access, Pass::Last);
                self.want(key, [Place::Registry(repository.clone())]);
            }
        }
    }
}

fn local_place(image: &Image) -> Option<Place> {
    match image.local.clone()? {
        LocalSource::Layout(path) => Some(Place::Layout(path)),
        LocalSource::Engine(name) => Some(Place::Engine(name)),
    }
}

#[cfg(test)]
mod tests;
