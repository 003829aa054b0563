//! What every check looks at: the release, the policy, the facts, and how far each image has come.

use std::collections::BTreeMap;

use crate::model::{
    Digest, Fact, FactKey, Facts, Image, ImageName, LocalImages, Observed, Place, Platform, Policy, Reason,
    Release, Repository, Scan, Scope, Signature, Stage,
};

use super::listing::{self, Listed, Listing};
use super::sight::Sight;
use super::stage::{Holds, Standing, TagAnswer, tag_answer};
use super::subject::Subject;

type Signatures<'a> =
    BTreeMap<&'a Repository, BTreeMap<&'a Digest, Vec<(&'a FactKey, &'a Observed<Signature>)>>>;
type Scans<'a> = BTreeMap<&'a Digest, Vec<(&'a FactKey, &'a Observed<Scan>)>>;

/// What every check looks at.
pub(super) struct Context<'a> {
    /// What is to go live.
    pub release: &'a Release,
    /// What it must satisfy.
    pub policy: &'a Policy,
    /// What is looked at.
    pub scope: &'a Scope,
    /// What is known.
    pub facts: &'a Facts,
    /// What is still wanted: a cell that rests on one of these is pending.
    pub wanted: &'a BTreeMap<FactKey, Vec<Place>>,
    /// How far each image has come.
    pub stages: BTreeMap<ImageName, Stage>,
    /// Nothing at all is staged or published, by an authoritative answer of every repository: only then does
    /// the last column of the item table count.
    pub nothing_staged: bool,
    standings: BTreeMap<ImageName, Standing>,
    signatures: Signatures<'a>,
    scans: Scans<'a>,
}

/// Where an image is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// A repository has not answered yet.
    Pending,
    /// No repository shows it, and one could not be read.
    Unknown(Reason),
    /// In registries, at these index digests.
    Registry(Vec<Digest>),
    /// Authoritatively in no registry.
    Nowhere,
}

/// What is there of an image on one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum There {
    /// In registries; empty when no index lists the platform.
    Registry(Vec<Subject>),
    /// On this machine; empty when it was not built.
    Local(Vec<Subject>),
}

impl There {
    /// The subjects, wherever they are.
    pub fn subjects(&self) -> &[Subject] {
        match self {
            Self::Registry(subjects) | Self::Local(subjects) => subjects,
        }
    }
}

impl<'a> Context<'a> {
    /// Reads the stages from the facts.
    pub fn new(
        release: &'a Release,
        policy: &'a Policy,
        scope: &'a Scope,
        facts: &'a Facts,
        wanted: &'a BTreeMap<FactKey, Vec<Place>>,
    ) -> Self {
        let standings: BTreeMap<ImageName, Standing> = release
            .images
            .iter()
            .map(|image| (image.name.clone(), Standing::of(image, scope, facts)))
            .collect();
        let stages =
            standings.iter().map(|(name, standing)| (name.clone(), standing.stage.clone())).collect();
        let nothing = |(_, holds): &(Repository, Holds)| matches!(holds, Holds::Nothing(_));
        let nothing_staged = standings.values().all(|standing| standing.held.iter().all(nothing));
        let (signatures, scans) = attached(facts);
        Self { release, policy, scope, facts, wanted, stages, nothing_staged, standings, signatures, scans }
    }

    /// Whether line 7 of the status table is open: every version tag is authoritatively absent, or the
    /// release's workflow run is queued or running.
    pub fn release_is_ahead(&self) -> bool {
        let runs = super::github::runs(self.release, self.facts);
        runs.iter().any(|(_, run)| run.is_active()) || self.every_tag_absent()
    }

    /// Whether every version tag is authoritatively absent.
    pub fn every_tag_absent(&self) -> bool {
        self.release.repositories().all(|(image, repository)| {
            matches!(tag_answer(image, repository, self.facts), TagAnswer::Absent(_))
        })
    }

    /// The standing of an image of the release.
    pub fn standing(&self, image: &Image) -> Standing {
        self.standings
            .get(&image.name)
            .cloned()
            .unwrap_or_else(|| Standing::of(image, self.scope, self.facts))
    }

    /// Where an image is judged.
    pub fn reach(&self, image: &Image) -> Reach {
        let standing = self.standing(image);
        if standing.is_pending() {
            return Reach::Pending;
        }
        let indexes = standing.indexes();
        match standing.unread() {
            _ if !indexes.is_empty() => Reach::Registry(indexes),
            Some(reason) => Reach::Unknown(reason.clone()),
            None => Reach::Nowhere,
        }
    }

    /// What is there of `image` on `platform`.
    pub fn there(&self, image: &Image, platform: &Platform) -> Sight<There> {
        match self.reach(image) {
            Reach::Pending => Sight::Pending,
            Reach::Unknown(reason) => Sight::Unknown(reason),
            Reach::Registry(indexes) => self.in_registries(image, &indexes, platform).map(There::Registry),
            Reach::Nowhere => self.local_counts().and_then(|()| {
                self.local(image).map(|local| There::Local(local_subjects(&local, Some(platform))))
            }),
        }
    }

    /// Whether local images may be judged: not while a repository that might hold what is staged is unread.
    fn local_counts(&self) -> Sight<()> {
        let staged = self.standings.values().any(|standing| !standing.indexes().is_empty());
        if self.standings.values().any(Standing::is_pending) {
            return Sight::Pending;
        }
        match self.standings.values().find_map(Standing::unread) {
            Some(reason) if !staged => Sight::Unknown(reason.clone()),
            _ => Sight::Seen(()),
        }
    }

    /// The local images of a name; none where no place for them is configured.
    pub fn local(&self, image: &Image) -> Sight<LocalImages> {
        if image.local.is_none() {
            return Sight::Seen(LocalImages::default());
        }
        match self.facts.local(&FactKey::Local(image.name.clone())) {
            None => Sight::Pending,
            Some(Observed::Unknown(reason)) => Sight::Unknown(reason.clone()),
            Some(Observed::Absent(_)) => Sight::Seen(LocalImages::default()),
            Some(Observed::Seen(local)) => Sight::Seen(local.clone()),
        }
    }

    /// The listing of each index of `image` that could be read; the first reason where one could not.
    pub fn listings(&self, indexes: &[Digest]) -> Sight<Vec<(Digest, Listing)>> {
        let mut seen = Vec::new();
        let mut unread = None;
        for index in indexes {
            match listing::list(self.facts, index) {
                Sight::Pending => return Sight::Pending,
                Sight::Unknown(reason) => unread = Some(reason),
                Sight::Seen(listing) if !listing.unread.is_empty() => return Sight::Pending,
                Sight::Seen(listing) => seen.push((index.clone(), listing)),
            }
        }
        match unread {
            Some(reason) if seen.is_empty() => Sight::Unknown(reason),
            _ => Sight::Seen(seen),
        }
    }

    fn in_registries(&self, image: &Image, indexes: &[Digest], platform: &Platform) -> Sight<Vec<Subject>> {
        self.listings(indexes).and_then(|listings| {
            let standing = self.standing(image);
            let mut subjects = Vec::new();
            for (index, listing) in &listings {
                for listed in &listing.platforms {
                    match listing::platform(self.facts, listed) {
                        Sight::Pending => return Sight::Pending,
                        Sight::Seen(found) if found == *platform => {
                            subjects.push(registry_subject(&standing, index, listed));
                        }
                        // Read or not, it is another platform's, or shows up among those beyond.
                        Sight::Seen(_) => {}
                        Sight::Unknown(reason) if listing.platforms.len() == 1 => {
                            return Sight::Unknown(reason);
                        }
                        Sight::Unknown(_) => {}
                    }
                }
            }
            Sight::Seen(subjects)
        })
    }

    /// What registries hold of `image` beyond the platforms that the release requires; an entry whose platform
    /// cannot be told is `unknown/unknown`.
    pub fn beyond(&self, image: &Image) -> Vec<(Platform, Subject)> {
        let Reach::Registry(indexes) = self.reach(image) else { return Vec::new() };
        let Some(listings) = self.listings(&indexes).seen() else { return Vec::new() };
        let standing = self.standing(image);
        let mut beyond = Vec::new();
        for (index, listing) in &listings {
            for listed in &listing.platforms {
                let platform = match listing::platform(self.facts, listed) {
                    Sight::Pending => continue,
                    Sight::Unknown(_) if listing.platforms.len() == 1 => continue,
                    Sight::Unknown(_) => Platform::new("unknown", "unknown", None),
                    Sight::Seen(platform) => platform,
                };
                if !image.platforms.contains(&platform) {
                    beyond.push((platform, registry_subject(&standing, index, listed)));
                }
            }
        }
        beyond
    }

    /// The signatures and attestations of `subject` in `repository` that were verified, or tried.
    pub fn signatures(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> &[(&'a FactKey, &'a Observed<Signature>)] {
        let of_repository = self.signatures.get(repository);
        of_repository.and_then(|found| found.get(subject)).map_or(&[], Vec::as_slice)
    }

    /// The scans that are bound to `subject`.
    pub fn scans(&self, subject: &Digest) -> &[(&'a FactKey, &'a Observed<Scan>)] {
        self.scans.get(subject).map_or(&[], Vec::as_slice)
    }

    /// Whether `key` is named and has not answered.
    pub fn is_wanted(&self, key: &FactKey) -> bool {
        self.facts.get(key).is_none() && self.wanted.contains_key(key)
    }
}

/// A place in a file, by the file's own name, as in `release.yml:71`.
pub(super) fn place(at: &crate::model::Location) -> String {
    let name = at.file.file_name().map_or_else(|| at.file.to_string_lossy(), |name| name.to_string_lossy());
    format!("{name}:{}", at.line)
}

fn attached(facts: &Facts) -> (Signatures<'_>, Scans<'_>) {
    let mut signatures = Signatures::new();
    let mut scans = Scans::new();
    for (key, entry) in facts.iter() {
        match (key, entry.fact.as_ref()) {
            (FactKey::Signature { repository, subject, .. }, Fact::Signature(observed)) => {
                let found: &mut BTreeMap<_, Vec<_>> = signatures.entry(repository).or_default();
                found.entry(subject).or_default().push((key, observed));
            }
            (FactKey::Scan { subject, .. }, Fact::Scan(observed)) => {
                scans.entry(subject).or_default().push((key, observed));
            }
            _ => {}
        }
    }
    (signatures, scans)
}

fn local_subjects(local: &LocalImages, platform: Option<&Platform>) -> Vec<Subject> {
    let wanted = |other: &Platform| platform.is_none_or(|platform| platform == other);
    local
        .images
        .iter()
        .filter(|image| wanted(&image.platform))
        .map(|image| Subject::local(image, &local.source))
        .collect()
}

fn registry_subject(standing: &Standing, index: &Digest, listed: &Listed) -> Subject {
    let holders = standing.holders(index);
    let origin = holders.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Subject {
        index: Some(index.clone()),
        manifest: Some(listed.manifest.clone()),
        local_config: None,
        engine_size: None,
        holders,
        claimed: listed.claimed.clone(),
        origin,
    }
}
