//! What an audit saw, as texts and lists under names; what moved is the difference of two such tables.

use std::collections::{BTreeMap, BTreeSet};

use super::{ListChange, Moved, Sign};
use crate::model::{
    Access, Audit, Cell, Digest, Fact, FactKey, Image, Item, JudgedScan, Manifest, Observed, Outcome, Pass,
    Repository, SignatureOutcome, Signer, Stage,
};

/// What was read under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reading {
    /// A text; another one is neither better nor worse.
    Text(String),
    /// What a check saw at one place.
    Cell(Outcome, String),
    /// A list.
    List(BTreeSet<String>),
    /// It could not be seen: why.
    Unknown(String),
}

/// The item, the place and what was read there.
type Name = (Item, String, String);

pub(super) fn compare(a: &Audit, b: &Audit) -> Vec<Moved> {
    let (before, after) = (read(a), read(b));
    let names: BTreeSet<&Name> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter_map(|name| moved(name, before.get(name), after.get(name))).collect()
}

fn moved(name: &Name, before: Option<&Reading>, after: Option<&Reading>) -> Option<Moved> {
    if is_same(name.0, before, after) {
        return None;
    }
    let (item, place, what) = name.clone();
    let list = match (before, after) {
        (Some(Reading::List(before)), Some(Reading::List(after))) => change(before, after),
        _ => ListChange::default(),
    };
    let sign = sign(&what, before, after, &list);
    let [before, after] = [before, after].map(|reading| reading.map(Reading::words));
    Some(Moved { item, place, what, sign, before, after, list })
}

/// Where an item has readings of its own, its cells differ by their outcome only: their words say the same again.
fn is_same(item: Item, before: Option<&Reading>, after: Option<&Reading>) -> bool {
    match (before, after) {
        (Some(Reading::Cell(before, _)), Some(Reading::Cell(after, _))) if has_readings(item) => {
            before == after
        }
        _ => before == after,
    }
}

fn has_readings(item: Item) -> bool {
    !matches!(item, Item::VersionCommand | Item::SizeBudget | Item::ExamplePipeline)
}

impl Reading {
    fn words(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Cell(outcome, reason) => format!("{}: {reason}", outcome.word()),
            Self::List(list) => match list.len() {
                0 => "none".to_owned(),
                1..=2 => list.iter().cloned().collect::<Vec<_>>().join(", "),
                many => many.to_string(),
            },
            Self::Unknown(why) => format!("unknown: {why}"),
        }
    }
}

fn change(before: &BTreeSet<String>, after: &BTreeSet<String>) -> ListChange {
    ListChange {
        new: after.difference(before).cloned().collect(),
        gone: before.difference(after).cloned().collect(),
    }
}

fn sign(what: &str, before: Option<&Reading>, after: Option<&Reading>, list: &ListChange) -> Sign {
    match (before, after) {
        (Some(Reading::Unknown(_)), _) | (_, Some(Reading::Unknown(_))) => Sign::NotKnown,
        (Some(Reading::Cell(before, _)), Some(Reading::Cell(after, _))) => of_outcomes(*before, *after),
        (Some(Reading::List(_)), Some(Reading::List(_))) => {
            match (what, list.new.is_empty(), list.gone.is_empty()) {
                (FINDINGS, false, _) | (SIGNERS, true, false) | (PLATFORMS, true, false) => Sign::Worse,
                (FINDINGS, true, false) | (SIGNERS, false, true) | (PLATFORMS, false, true) => Sign::Better,
                _ => Sign::Other,
            }
        }
        _ => Sign::Other,
    }
}

fn of_outcomes(before: Outcome, after: Outcome) -> Sign {
    let rank = |outcome| match outcome {
        Outcome::Pass => Some(4),
        Outcome::Soft => Some(3),
        Outcome::Untried => Some(2),
        Outcome::Absent => Some(1),
        Outcome::Fail => Some(0),
        Outcome::Unknown | Outcome::Pending => None,
    };
    match (rank(before), rank(after)) {
        (Some(before), Some(after)) if after > before => Sign::Better,
        (Some(before), Some(after)) if after < before => Sign::Worse,
        (Some(_), Some(_)) => Sign::Other,
        _ => Sign::NotKnown,
    }
}

const DIGEST: &str = "digest";
const STAGE: &str = "stage";
const PLATFORMS: &str = "platforms";
const SIGNERS: &str = "signers";
const PACKAGES: &str = "packages";
const FINDINGS: &str = "findings";
const JUDGED: &str = "judged";

fn read(audit: &Audit) -> BTreeMap<Name, Reading> {
    let mut table = BTreeMap::new();
    for image in &audit.release.images {
        read_image(audit, image, &mut table);
    }
    for judged in &audit.assessment.scans {
        read_scan(audit, judged, &mut table);
    }
    for finding in &audit.assessment.findings {
        for cell in &finding.cells {
            let place = place(cell);
            if finding.item == Item::Sbom {
                read_packages(audit, cell, &place, &mut table);
            }
            let reading = Reading::Cell(cell.outcome, cell.reason.clone());
            table.insert((finding.item, place, JUDGED.to_owned()), reading);
        }
    }
    table
}

fn place(cell: &Cell) -> String {
    let parts = [
        Some(cell.image.to_string()),
        cell.repository.as_ref().map(ToString::to_string),
        cell.platform.as_ref().map(ToString::to_string),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn read_image(audit: &Audit, image: &Image, table: &mut BTreeMap<Name, Reading>) {
    if let Some(stage) = audit.assessment.stages.get(&image.name) {
        let words = match stage {
            Stage::Declared => "declared".to_owned(),
            Stage::Built => "built".to_owned(),
            Stage::Staged(digest) => format!("staged {}", digest.short()),
            Stage::Published(digests) => {
                let all: Vec<String> = digests.iter().map(|digest| digest.short().to_string()).collect();
                format!("published {}", all.join(", "))
            }
            Stage::Unknown => "unknown".to_owned(),
        };
        table.insert((Item::Published, image.name.to_string(), STAGE.to_owned()), Reading::Text(words));
    }
    for repository in &image.repositories {
        let place = format!("{} {repository}", image.name);
        let tag = tag_of(audit, image, repository);
        let reading = tag.map(|tag| match tag {
            Observed::Seen(tag) => Reading::Text(tag.digest.to_string()),
            Observed::Absent(absence) => Reading::Text(format!("not there: {absence}")),
            Observed::Unknown(reason) => Reading::Unknown(reason.text.clone()),
        });
        if let Some(reading) = reading {
            table.insert((Item::Published, place.clone(), DIGEST.to_owned()), reading);
        }
        let staged = match audit.assessment.stages.get(&image.name) {
            Some(Stage::Staged(digest)) => Some(digest),
            _ => None,
        };
        let Some(digest) = tag.and_then(Observed::seen).map(|tag| &tag.digest).or(staged) else { continue };
        if let Some(reading) = platforms(audit, digest) {
            table.insert((Item::MultiArch, place.clone(), PLATFORMS.to_owned()), reading);
        }
        table.insert((Item::Signed, place, SIGNERS.to_owned()), signers(audit, repository, digest));
    }
}

/// What the version tag resolved to: as strangers see it, else with credentials.
fn tag_of<'a>(
    audit: &'a Audit,
    image: &Image,
    repository: &Repository,
) -> Option<&'a Observed<crate::model::TagFact>> {
    let asked = |access| {
        let (repository, tag) = (repository.clone(), image.tag.clone());
        audit.facts.tag(&FactKey::Tag { repository, tag, access, pass: Pass::First })
    };
    let anonymous = asked(Access::Anonymous);
    anonymous.filter(|tag| tag.seen().is_some()).or_else(|| asked(Access::Credentials)).or(anonymous)
}

fn platforms(audit: &Audit, digest: &Digest) -> Option<Reading> {
    match audit.facts.manifest(&FactKey::Manifest(digest.clone()))? {
        Observed::Seen(Manifest::Index(index)) => {
            let entries = index.manifests.iter().filter(|entry| entry.buildkit_attestation_of().is_none());
            let named = entries.filter_map(|entry| entry.platform.as_ref().map(ToString::to_string));
            Some(Reading::List(named.collect()))
        }
        Observed::Seen(Manifest::Image(_)) => Some(Reading::Text("a plain manifest".to_owned())),
        Observed::Absent(absence) => Some(Reading::Text(format!("not there: {absence}"))),
        Observed::Unknown(reason) => Some(Reading::Unknown(reason.text.clone())),
    }
}

/// Who signed a digest in a repository, as far as it verified; unknown where not all of it could be looked at.
fn signers(audit: &Audit, repository: &Repository, digest: &Digest) -> Reading {
    let mut found = BTreeSet::new();
    for (key, entry) in audit.facts.iter() {
        let (FactKey::Signature { repository: of, subject, .. }
        | FactKey::Referrers { repository: of, subject }
        | FactKey::ClassicTag { repository: of, subject, .. }) = key
        else {
            continue;
        };
        if of != repository || subject != digest {
            continue;
        }
        if let Some(reason) = entry.fact.reason() {
            return Reading::Unknown(reason.text.clone());
        }
        if let Fact::Signature(Observed::Seen(signature)) = entry.fact.as_ref()
            && signature.is_image_signature()
        {
            found.insert(signer_words(&signature.outcome));
        }
    }
    Reading::List(found)
}

fn signer_words(outcome: &SignatureOutcome) -> String {
    match outcome {
        SignatureOutcome::Valid(Signer::Certificate(signer)) => signer.identity.clone(),
        SignatureOutcome::Valid(Signer::Key { fingerprint, .. }) => format!("key {}", fingerprint.short()),
        SignatureOutcome::Invalid(why) => format!("invalid: {why}"),
        SignatureOutcome::Unsupported(why) => format!("not supported: {why}"),
    }
}

fn read_packages(audit: &Audit, cell: &Cell, place: &str, table: &mut BTreeMap<Name, Reading>) {
    let sboms = cell.because.iter().filter(|key| matches!(key, FactKey::Sbom(_)));
    let mut packages = BTreeSet::new();
    // Of some documents only the number of packages is kept.
    let mut counted = Vec::new();
    for sbom in sboms.filter_map(|key| audit.facts.sbom(key)) {
        match sbom {
            Observed::Seen(sbom) => {
                counted.push(sbom.summary());
                packages.extend(sbom.listed.iter().map(|package| match &package.version {
                    Some(version) => format!("{} {version}", package.name),
                    None => package.name.clone(),
                }));
            }
            Observed::Unknown(reason) => {
                let reading = Reading::Unknown(reason.text.clone());
                table.insert((Item::Sbom, place.to_owned(), PACKAGES.to_owned()), reading);
                return;
            }
            Observed::Absent(_) => {}
        }
    }
    let reading =
        if packages.is_empty() { Reading::Text(counted.join(", ")) } else { Reading::List(packages) };
    if !counted.is_empty() {
        table.insert((Item::Sbom, place.to_owned(), PACKAGES.to_owned()), reading);
    }
}

fn read_scan(audit: &Audit, judged: &JudgedScan, table: &mut BTreeMap<Name, Reading>) {
    let (FactKey::Scan { source, .. }, Some(scan)) = (&judged.scan, audit.facts.scan(&judged.scan)) else {
        return;
    };
    let place = format!("{} {}, {}", judged.image, judged.platform, source.words());
    let reading = match scan {
        Observed::Seen(scan) => {
            let counted = scan.findings.iter().enumerate();
            let counted = counted.filter(|(place, _)| !judged.set_aside.contains_key(place));
            Reading::List(counted.map(|(_, finding)| finding_words(finding)).collect())
        }
        Observed::Unknown(reason) => Reading::Unknown(reason.text.clone()),
        Observed::Absent(absence) => Reading::Text(format!("not there: {absence}")),
    };
    table.insert((Item::Vulnerabilities, place, FINDINGS.to_owned()), reading);
}

fn finding_words(finding: &crate::model::Vulnerability) -> String {
    let severity = finding.severity.map_or("no severity", crate::model::Severity::word);
    format!("{} {severity} in {}", finding.id, finding.package_version())
}
