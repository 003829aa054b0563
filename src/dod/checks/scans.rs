//! Which scans of a digest count, and what each of them comes to.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Catalogued, Digest, FactKey, ImageName, JudgedScan, Level, Observed, Outcome, Platform, Reason,
    ReasonKind, Scan, ScanKind, ScanSource, Severity, SignatureOutcome, Vulnerability,
};

use super::super::clearance::Clearance;
use super::super::context::Context;
use super::super::coverage::InIndex;
use super::super::identity::{self, Judged};
use super::super::scannable;
use super::super::sight::Sight;
use super::super::subject::Subject;
use super::judgement::Judgement;

/// A clock that is ahead of this one is no lie yet.
const AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// What became of the reports that are held against several digests, those in files and those attested on an index:
/// one that is of none says so once.
#[derive(Debug, Default)]
pub(super) struct Reports {
    bound: BTreeSet<String>,
    elsewhere: BTreeMap<String, String>,
    /// The scans that count, of every source.
    judged: Vec<JudgedScan>,
}

impl Reports {
    /// What is not counted, a warning each.
    pub fn warnings(&self) -> Vec<String> {
        let elsewhere = self.elsewhere.iter().filter(|(file, _)| !self.bound.contains(*file));
        elsewhere.map(|(file, why)| format!("{file} {why}: shown, not counted")).collect()
    }

    /// The scans that count.
    pub fn into_judged(self) -> Vec<JudgedScan> {
        self.judged
    }
}

/// The worst of the scans that count; absent when none does, with what does not count as warnings.
pub(super) fn scanned(
    context: &Context,
    (image, platform): (&ImageName, &Platform),
    subject: &Subject,
    digest: &Digest,
    reports: &mut Reports,
) -> Judgement {
    if is_pending(context, subject, digest) {
        return Judgement::pending();
    }
    let mut newest: BTreeMap<(ScanKind, &str, bool), (&FactKey, &Scan)> = BTreeMap::new();
    let mut judged: Vec<Judgement> = Vec::new();
    let mut shown: Vec<String> = Vec::new();
    for (key, source, observed) in candidates(context, subject, digest) {
        let Some(kind) = ScanKind::of(source).filter(|kind| context.policy.vulnerabilities.counts(*kind))
        else {
            continue;
        };
        match observed {
            Observed::Unknown(reason) => judged.push(Judgement::unknown(reason).because([key.clone()])),
            Observed::Absent(absence) => {
                if let Some(report) = shared(key, source, digest) {
                    reports.elsewhere.insert(report, format!("could not be read ({absence})"));
                }
            }
            Observed::Seen(scan) => match counts(context, platform, subject, key, source, scan) {
                Counts::Yes => {
                    reports.bound.extend(shared(key, source, digest));
                    let tool = scan.scanner.split(' ').next().unwrap_or_default();
                    // Scans that do not say when they were made have no order: each counts.
                    let name = (kind, tool, scan.scanned_at.is_none());
                    let known = newest.entry(name).or_insert((key, scan));
                    if scan.scanned_at > known.1.scanned_at {
                        *known = (key, scan);
                    }
                }
                Counts::Shown(text) => match shared(key, source, digest) {
                    Some(report) => {
                        reports.elsewhere.insert(report, format!("({}) {text}", scan.scanner));
                    }
                    None => shown.push(format!("{text}: shown, not counted ({})", scan.scanner)),
                },
                Counts::Unknown(reason) => judged.push(Judgement::unknown(&reason).because([key.clone()])),
            },
        }
    }
    let clearance = Clearance::of(context.policy, context.facts, subject);
    for (key, scan) in newest.into_values() {
        let set_aside: BTreeMap<usize, String> = (scan.findings.iter().enumerate())
            .filter_map(|(place, finding)| Some((place, clearance.clears(finding)?)))
            .collect();
        judged.push(one_scan(context, scan, &set_aside, &clearance).because([key.clone()]));
        let (image, platform) = (image.clone(), platform.clone());
        reports.judged.push(JudgedScan { image, platform, scan: key.clone(), set_aside });
    }
    worst(judged, shown, subject)
}

/// The name of a report that is held against several digests.
fn shared(key: &FactKey, source: &ScanSource, digest: &Digest) -> Option<String> {
    match (source, key) {
        (ScanSource::File(file), _) => Some(file.clone()),
        (ScanSource::Attested { repository, .. }, FactKey::Scan { subject, .. }) if subject != digest => {
            Some(format!("a scan attested on the index in {repository}"))
        }
        _ => None,
    }
}

/// Unlike of digests, a source that could not be read is worse than a soft one.
fn worst(judged: Vec<Judgement>, shown: Vec<String>, subject: &Subject) -> Judgement {
    let rank = |judged: &Judgement| match judged.outcome {
        Outcome::Fail => 0,
        Outcome::Unknown => 1,
        Outcome::Soft => 2,
        _ => 3,
    };
    let warnings: Vec<String> =
        judged.iter().flat_map(|judged| judged.warnings.clone()).chain(shown).collect();
    let cap = judged.iter().find_map(|judged| judged.cap.clone());
    let worst = judged.into_iter().min_by_key(rank).unwrap_or_else(|| Judgement::absent("no scan counts"));
    let level = if worst.outcome == Outcome::Pass { Level::Verified } else { Level::Registry };
    Judgement { warnings, cap: worst.cap.clone().or(cap), ..worst.seen_at(level, subject.in_registry()) }
}

/// Whether an answer about this digest is still to come.
fn is_pending(context: &Context, subject: &Subject, digest: &Digest) -> bool {
    let is_ours = |of: &Digest| of == digest || subject.index.as_ref() == Some(of);
    context.wanted.keys().any(|key| match key {
        FactKey::Scan { subject: of, .. } | FactKey::StoredScans(of) => is_ours(of),
        FactKey::Vex(_) => true,
        _ => false,
    })
}

/// The scans of the digest, and those attested on the index that lists it.
fn candidates<'a>(
    context: &Context<'a>,
    subject: &'a Subject,
    digest: &Digest,
) -> Vec<(&'a FactKey, &'a ScanSource, &'a Observed<Scan>)> {
    let of_index = subject.index.iter().filter(|index| *index != digest);
    let of_index = of_index
        .flat_map(|index| context.scans(index))
        .filter(|(key, _)| matches!(key, FactKey::Scan { source: ScanSource::Attested { .. }, .. }));
    let found = context.scans(digest).iter().chain(of_index);
    found
        .filter_map(|(key, observed)| match key {
            FactKey::Scan { source, .. } => Some((*key, source, *observed)),
            _ => None,
        })
        .collect()
}

enum Counts {
    Yes,
    Shown(String),
    Unknown(Reason),
}

fn counts(
    context: &Context,
    platform: &Platform,
    subject: &Subject,
    key: &FactKey,
    source: &ScanSource,
    scan: &Scan,
) -> Counts {
    if let Some(stranger) = stranger(context, source, scan) {
        return stranger;
    }
    if let (ScanSource::Osv { sbom }, Some(manifest)) = (source, &subject.manifest)
        && !sboms(context, subject, manifest, platform).contains(sbom)
    {
        return Counts::Shown(
            "OSV was asked about an SBOM that the release's identity did not attest".to_owned(),
        );
    }
    // What is signed, or was asked for by digest, is of that digest unless it says otherwise.
    let FactKey::Scan { subject: of, .. } = key else { return Counts::Shown("no scan".to_owned()) };
    let asked = subject.manifest.as_ref() == Some(of) && !matches!(source, ScanSource::File(_));
    match (binding(context, platform, subject, scan), source) {
        (Binding::Bound, _) => Counts::Yes,
        (Binding::Unnamed, _) if asked => Counts::Yes,
        (Binding::Unnamed, ScanSource::Attested { .. }) => Counts::Shown("names no platform".to_owned()),
        (Binding::Unnamed, _) => Counts::Shown("names no digest of an image".to_owned()),
        (Binding::Other(what), ScanSource::Scanner(name)) => Counts::Unknown(Reason::new(
            ReasonKind::ToolFailed,
            format!("{name} was asked about {of} and answered about {what}"),
        )),
        (Binding::Other(what), ScanSource::Attested { .. }) if asked => {
            Counts::Shown(format!("a scan of something else, {what}"))
        }
        (Binding::Other(what), _) => Counts::Shown(format!("is of something else, {what}")),
    }
}

/// The SBOMs that OSV can be asked about.
fn sboms(context: &Context, subject: &Subject, manifest: &Digest, platform: &Platform) -> Vec<Digest> {
    let place = InIndex::of(context.facts, subject.index.as_ref(), manifest, platform);
    scannable::sboms(context.release, context.policy, context.facts, &place)
}

enum Binding {
    /// It names this image.
    Bound,
    /// It names none.
    Unnamed,
    /// It names another.
    Other(String),
}

/// Scanners name the config, which tells one platform from another; the manifest; or the index behind a tag, which
/// does not tell them apart.
fn binding(context: &Context, platform: &Platform, subject: &Subject, scan: &Scan) -> Binding {
    let target = &scan.target;
    let is_manifest = |digest: &Digest| subject.manifest.as_ref() == Some(digest);
    let is_index = |digest: &Digest| subject.index.as_ref() == Some(digest);
    let same_platform = target.platform.as_ref().is_none_or(|stated| stated == platform);
    let config = subject.config_digest(context.facts);
    if let (Some(stated), Sight::Seen(config)) = (&target.config, &config)
        && stated != config
        && !is_manifest(stated)
        && !is_index(stated)
    {
        return Binding::Other(format!("the image ID {stated}"));
    }
    let is_config = |digest: &Digest| matches!(&config, Sight::Seen(config) if config == digest);
    if target.config.as_ref().is_some_and(|stated| is_config(stated) || is_manifest(stated)) {
        return Binding::Bound;
    }
    if target.digests.iter().any(is_manifest) {
        return Binding::Bound;
    }
    let names_index = target.digests.iter().chain(&target.config).any(is_index);
    match &target.platform {
        Some(stated) if !same_platform => Binding::Other(stated.to_string()),
        Some(_) if names_index => Binding::Bound,
        None if names_index => Binding::Unnamed,
        _ => match target.digests.iter().chain(&target.config).next() {
            Some(other) => Binding::Other(other.to_string()),
            None => Binding::Unnamed,
        },
    }
}

/// Why an attested scan does not count: it has to come from the identity that signs for this release.
fn stranger(context: &Context, source: &ScanSource, scan: &Scan) -> Option<Counts> {
    if !matches!(source, ScanSource::Attested { .. }) {
        return None;
    }
    let unknown = |what: &str| {
        let text = format!("a scan is attested: {what}");
        Some(Counts::Unknown(Reason::new(ReasonKind::NotSupported, text)))
    };
    let Some(signature) = &scan.signature else {
        return Some(Counts::Shown("a scan that nobody signed".to_owned()));
    };
    match &signature.outcome {
        SignatureOutcome::Invalid(step) => {
            Some(Counts::Shown(format!("a scan whose attestation is invalid ({step})")))
        }
        SignatureOutcome::Unsupported(what) => unknown(what),
        SignatureOutcome::Valid(signer) => {
            match identity::judge(signer, context.policy.for_attestations(), context.release) {
                Judged::Good(_) => None,
                Judged::Soft(text) | Judged::Bad(text) => {
                    Some(Counts::Shown(format!("a stranger's scan, {text}")))
                }
                Judged::Unknown(text) => unknown(&text),
            }
        }
    }
}

/// What one scan comes to. A finding over the threshold was seen, however little else the scan looked at.
fn one_scan(
    context: &Context,
    scan: &Scan,
    set_aside: &BTreeMap<usize, String>,
    clearance: &Clearance,
) -> Judgement {
    let policy = &context.policy.vulnerabilities;
    let counts = |(place, _): &(usize, _)| !set_aside.contains_key(place);
    let counted: Vec<&Vulnerability> =
        scan.findings.iter().enumerate().filter(counts).map(|(_, finding)| finding).collect();
    let mut over: Vec<&Vulnerability> =
        counted.iter().filter(|finding| finding.severity >= Some(policy.threshold)).copied().collect();
    over.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let unrated = counted.iter().filter(|finding| finding.severity.is_none()).count();
    let unknown = |why: String| Judgement::unknown(&Reason::new(ReasonKind::NotSupported, why));
    let judged = match (over.first(), &clearance.unread, &scan.catalogued, scan.scanned_at) {
        (Some(worst), None, ..) => Judgement::fail(over_threshold(worst, over.len(), policy.threshold)),
        (Some(worst), Some(unread), ..) => Judgement::unknown(&Reason {
            text: format!(
                "{}, unless the VEX document clears it: {}",
                over_threshold(worst, over.len(), policy.threshold),
                unread.text
            ),
            ..unread.clone()
        }),
        (None, _, Catalogued::Nothing(why), _) => unknown(format!("{}: {why}", scan.scanner)),
        (None, _, _, None) => unknown(format!("{}: the report does not say when it scanned", scan.scanner)),
        (None, _, _, Some(at)) if at > context.facts.as_of + AHEAD => {
            unknown(format!("{}: it says that it scanned at {at}, which is still to come", scan.scanner))
        }
        (None, _, _, Some(at)) => clean(context, scan, at, unrated),
    };
    match set_aside.len() {
        0 => judged,
        count => judged.warn(format!("{}: {count} findings are ignored or cleared by VEX", scan.scanner)),
    }
}

/// Nothing at or over the threshold: how much is that worth?
fn clean(context: &Context, scan: &Scan, at: jiff::Timestamp, unrated: usize) -> Judgement {
    let policy = &context.policy.vulnerabilities;
    let (database, old) = database(scan, at, policy.database_max_age);
    if let Some(old) = old {
        return Judgement::soft(format!("{}: {old}", scan.scanner));
    }
    if unrated > 0 {
        return Judgement::soft(format!("{}: {unrated} findings without a severity", scan.scanner));
    }
    let threshold = policy.threshold.word();
    let judged = Judgement::pass(format!("{}: nothing at or over {threshold}; {database}", scan.scanner));
    // A scan that is getting old passes, and caps the verdict.
    let age = context.facts.as_of.duration_since(at);
    let limit = policy.scan_max_age;
    let cap = (age > limit).then(|| format!("the scan is {} old, more than {}", span(age), span(limit)));
    Judgement { cap, ..judged }
}

fn over_threshold(worst: &Vulnerability, count: usize, threshold: Severity) -> String {
    let severity = worst.severity.map_or("unrated", Severity::word);
    let fix = worst.fixed_in.as_ref().map_or(String::new(), |fixed| format!(", fixed in {fixed}"));
    let more = if count == 1 { String::new() } else { format!("; {count} at or over {}", threshold.word()) };
    format!("{} ({severity}) in {}{fix}{more}", worst.id, worst.package_version())
}

/// How old the scanner's database was, in words, and whether that was too old.
fn database(scan: &Scan, at: jiff::Timestamp, limit: jiff::SignedDuration) -> (String, Option<String>) {
    let Some(database) = scan.database_at else {
        return ("no database date, the scan's own time counts".to_owned(), None);
    };
    let age = at.duration_since(database);
    let words = format!("database {} old when it scanned", span(age));
    let old = (age > limit).then(|| format!("{words}, more than {}", span(limit)));
    (words, old)
}

/// A duration in whole days or hours.
fn span(duration: jiff::SignedDuration) -> String {
    let hours = duration.as_hours();
    if hours >= 48 { format!("{} days", hours / 24) } else { format!("{hours} h") }
}
