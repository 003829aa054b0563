//! Item 5: of each source the newest scan bound to the digest is clean; the worst source counts.

use crate::model::{
    Catalogued, Classic, Digest, FactKey, Image, Level, Observed, Outcome, Platform, Reason, ReasonKind,
    Scan, ScanSource, Severity, StepKind, Vulnerability,
};

use super::super::attached::Attached;
use super::super::context::{Context, Reach, There};
use super::super::identity::{self, Judged};
use super::super::sight::Sight;
use super::super::subject::Subject;
use super::Checked;
use super::judgement::Judgement;
use super::signatures::{attestation_policy, nothing_yet, workflows_pending};

/// Judges item 5.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    for image in &context.release.images {
        for platform in &image.platforms {
            if let Some(judged) = cell(context, image, platform) {
                checked.push(image, Some(platform), judged);
            }
        }
    }
    // Nobody is asked to scan what the release does not require: only scans that are there are shown.
    checked.beyond(context, |_, _, subject| {
        let digest = subject.manifest.as_ref()?;
        (!context.scans(digest).is_empty()).then(|| scanned(context, subject, digest))
    });
    let threshold = severity_word(context.policy.vulnerabilities.threshold);
    checked.note = checked.summary(format!("every scan is clean: nothing at or over {threshold}"));
    nothing_yet(context, StepKind::Scan, &mut checked);
    checked
}

fn cell(context: &Context, image: &Image, platform: &Platform) -> Option<Judgement> {
    match context.reach(image) {
        Reach::Pending => Some(Judgement::pending()),
        Reach::Unknown(reason) => Some(Judgement::unknown(&reason)),
        Reach::Nowhere if context.nothing_staged && workflows_pending(context) => Some(Judgement::pending()),
        Reach::Nowhere if context.nothing_staged => Some(not_scanned(context, image, platform)),
        Reach::Nowhere => Some(Judgement::untried(format!("{} is in no registry yet", image.name))),
        Reach::Registry(_) => match context.there(image, platform) {
            Sight::Seen(There::Registry(subjects)) => {
                Judgement::worst(subjects.iter().filter_map(|subject| {
                    let digest = subject.manifest.as_ref()?;
                    Some(on_digest(context, image, platform, subject, digest))
                }))
            }
            Sight::Unknown(reason) => Some(Judgement::unknown(&reason)),
            Sight::Pending | Sight::Seen(There::Local(_)) => Some(Judgement::pending()),
        },
    }
}

fn on_digest(
    context: &Context,
    image: &Image,
    platform: &Platform,
    subject: &Subject,
    digest: &Digest,
) -> Judgement {
    let judged = scanned(context, subject, digest);
    if judged.outcome != Outcome::Absent {
        return judged;
    }
    // No scan counts: is that authoritative?
    let mut attached = Attached::default();
    for holder in &subject.holders {
        attached.add(Attached::list(context, holder, digest, &[Classic::Attestation]));
    }
    if attached.pending || workflows_pending(context) {
        return Judgement::pending();
    }
    let unverified =
        attached.artifacts.iter().filter(|artifact| artifact.claim.may_attest_scan()).any(|artifact| {
            let tried = |holder| {
                context.signatures(holder, digest).iter().any(|(key, _)| is_about(key, &artifact.blob))
            };
            !subject.holders.iter().any(tried)
        });
    let unseen =
        unverified.then(|| Reason::new(ReasonKind::NotVerified, "a scan is attested: not verified yet"));
    let because = attached.because;
    let none = match unseen.or(attached.unread) {
        Some(reason) => Judgement::unknown(&reason),
        None => not_scanned(context, image, platform),
    };
    let warned = judged.warnings.into_iter().fold(none, Judgement::warn);
    warned.because(because).seen_at(Level::Registry, true)
}

fn is_about(key: &FactKey, blob: &Digest) -> bool {
    matches!(key, FactKey::Signature { artifact, .. } if artifact == blob)
}

/// No scan: somebody's turn where an armed step declares one, else not there.
fn not_scanned(context: &Context, image: &Image, platform: &Platform) -> Judgement {
    let what = format!("{} {platform} was not scanned", image.name);
    match context.declared(StepKind::Scan) {
        Some(by) => Judgement::untried(format!("{what} yet; {} does", super::super::context::place(&by.at)))
            .because([FactKey::Workflows]),
        None => Judgement::absent(what),
    }
}

/// The worst of the scans that count; absent when none does, with the strangers' as warnings.
fn scanned(context: &Context, subject: &Subject, digest: &Digest) -> Judgement {
    let mut judged: Vec<Judgement> = Vec::new();
    let mut strangers: Vec<String> = Vec::new();
    for (key, observed) in context.scans(digest) {
        let one = match observed {
            Observed::Seen(scan) => match stranger(context, key, scan) {
                Some(Stranger::Shown(text)) => {
                    strangers.push(format!("{text}: shown, not counted ({})", scan.scanner));
                    continue;
                }
                Some(Stranger::Unknown(reason)) => Judgement::unknown(&reason),
                None => one_scan(context, scan),
            },
            Observed::Unknown(reason) => Judgement::unknown(reason),
            Observed::Absent(_) => continue,
        };
        judged.push(one.because([(*key).clone()]));
    }
    // Unlike digests, a source that could not be read is worse than a soft one.
    let rank = |judged: &Judgement| match judged.outcome {
        Outcome::Fail => 0,
        Outcome::Unknown => 1,
        Outcome::Soft => 2,
        _ => 3,
    };
    let warnings: Vec<String> =
        judged.iter().flat_map(|judged| judged.warnings.clone()).chain(strangers).collect();
    let cap = judged.iter().find_map(|judged| judged.cap.clone());
    let worst = judged.into_iter().min_by_key(rank).unwrap_or_else(|| Judgement::absent("no scan counts"));
    let level = if worst.outcome == Outcome::Pass { Level::Verified } else { Level::Registry };
    Judgement { warnings, cap: worst.cap.clone().or(cap), ..worst.seen_at(level, subject.in_registry()) }
}

enum Stranger {
    Shown(String),
    Unknown(Reason),
}

/// Why an attested scan does not count: it has to come from the identity that signs for this release.
fn stranger(context: &Context, key: &FactKey, scan: &Scan) -> Option<Stranger> {
    if !matches!(key, FactKey::Scan { source: ScanSource::Attested(_), .. }) {
        return None;
    }
    let Some(signature) = &scan.signature else {
        return Some(Stranger::Shown("a scan that nobody signed".to_owned()));
    };
    match &signature.outcome {
        crate::model::SignatureOutcome::Invalid(step) => {
            Some(Stranger::Shown(format!("a scan whose attestation is invalid ({step})")))
        }
        crate::model::SignatureOutcome::Unsupported(what) => Some(Stranger::Unknown(Reason::new(
            ReasonKind::NotSupported,
            format!("a scan is attested: {what}"),
        ))),
        crate::model::SignatureOutcome::Valid(signer) => {
            match identity::judge(signer, attestation_policy(context), context.release) {
                Judged::Good(_) => None,
                Judged::Soft(text) | Judged::Bad(text) => {
                    Some(Stranger::Shown(format!("a stranger's scan, {text}")))
                }
                Judged::Unknown(text) => Some(Stranger::Unknown(Reason::new(
                    ReasonKind::NotSupported,
                    format!("a scan is attested: {text}"),
                ))),
            }
        }
    }
}

fn one_scan(context: &Context, scan: &Scan) -> Judgement {
    let policy = &context.policy.vulnerabilities;
    if let Catalogued::Nothing(why) = &scan.catalogued {
        return Judgement::unknown(&Reason::new(
            ReasonKind::NotSupported,
            format!("{}: {why}", scan.scanner),
        ));
    }
    let counts =
        |finding: &&Vulnerability| finding.suppressed.is_none() && !policy.ignore.contains(&finding.id);
    let findings: Vec<&Vulnerability> = scan.findings.iter().filter(counts).collect();
    let set_aside = scan.findings.len() - findings.len();
    let mut over: Vec<&Vulnerability> =
        findings.iter().filter(|finding| finding.severity >= Some(policy.threshold)).copied().collect();
    over.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let unrated = findings.iter().filter(|finding| finding.severity.is_none()).count();
    let (database, age) = database(scan, policy.database_max_age);
    let judged = if let Some(worst) = over.first() {
        Judgement::fail(over_threshold(worst, over.len(), policy.threshold))
    } else if let Some(old) = age {
        Judgement::soft(format!("{}: {old}", scan.scanner))
    } else if unrated > 0 {
        Judgement::soft(format!("{}: {unrated} findings without a severity", scan.scanner))
    } else {
        aged(
            context,
            scan,
            Judgement::pass(format!(
                "{}: nothing at or over {}; {database}",
                scan.scanner,
                severity_word(policy.threshold)
            )),
        )
    };
    if set_aside == 0 {
        judged
    } else {
        judged.warn(format!("{set_aside} findings are ignored or cleared by VEX"))
    }
}

/// A scan that is getting old passes, and caps the verdict.
fn aged(context: &Context, scan: &Scan, judged: Judgement) -> Judgement {
    let age = context.facts.as_of.duration_since(scan.scanned_at);
    let limit = context.policy.vulnerabilities.scan_max_age;
    let cap = (age > limit).then(|| format!("the scan is {} old, more than {}", span(age), span(limit)));
    Judgement { cap, ..judged }
}

fn over_threshold(worst: &Vulnerability, count: usize, threshold: Severity) -> String {
    let severity = worst.severity.map_or("unrated", severity_word);
    let fix = worst.fixed_in.as_ref().map_or(String::new(), |fixed| format!(", fixed in {fixed}"));
    let more =
        if count == 1 { String::new() } else { format!("; {count} at or over {}", severity_word(threshold)) };
    format!("{} ({severity}) in {}{fix}{more}", worst.id, worst.package)
}

/// How old the scanner's database was, in words, and whether that was too old.
fn database(scan: &Scan, limit: jiff::SignedDuration) -> (String, Option<String>) {
    let Some(database) = scan.database_at else {
        return ("no database date, the scan's own time counts".to_owned(), None);
    };
    let age = scan.scanned_at.duration_since(database);
    let words = format!("database {} old when it scanned", span(age));
    let old = (age > limit).then(|| format!("{words}, more than {}", span(limit)));
    (words, old)
}

/// A duration in whole days or hours.
fn span(duration: jiff::SignedDuration) -> String {
    let hours = duration.as_hours();
    if hours >= 48 { format!("{} days", hours / 24) } else { format!("{hours} h") }
}

pub(in crate::dod) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Negligible => "negligible",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

#[cfg(test)]
mod tests;
