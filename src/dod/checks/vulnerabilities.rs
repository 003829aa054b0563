//! Item 5: of each source the newest scan bound to the digest is clean; the worst source counts.

use std::cell::RefCell;

use crate::model::{
    Classic, Digest, FactKey, Image, Level, Observed, Outcome, Platform, Reason, ReasonKind,
    SignatureOutcome, StepKind,
};

use super::super::attached::Attached;
use super::super::clearance;
use super::super::context::{Context, Reach, There};
use super::super::sight::Sight;
use super::super::subject::Subject;
use super::Checked;
use super::judgement::Judgement;
use super::scans::{Reports, scanned};
use super::signatures::{nothing_yet, workflows_pending};

/// Judges item 5.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    let reports = RefCell::new(Reports::default());
    for image in &context.release.images {
        for platform in &image.platforms {
            if let Some(judged) = cell(context, image, platform, &reports) {
                checked.push(image, Some(platform), judged);
            }
        }
    }
    // Nobody is asked to scan what the release does not require: only scans that are there are shown.
    checked.beyond(context, |image, platform, subject| {
        let digest = subject.manifest.as_ref()?;
        let name = (&image.name, platform);
        let scanned = scanned(context, name, subject, digest, &mut reports.borrow_mut());
        (scanned.outcome != Outcome::Absent).then_some(scanned)
    });
    let reports = reports.into_inner();
    checked.warnings.extend(reports.warnings());
    checked.scans = reports.into_judged();
    checked.warnings.extend(clearance::warnings(context.policy, context.facts));
    let threshold = context.policy.vulnerabilities.threshold.word();
    checked.note = checked.summary(format!("every scan is clean: nothing at or over {threshold}"));
    nothing_yet(context, StepKind::Scan, &mut checked);
    checked
}

fn cell(
    context: &Context,
    image: &Image,
    platform: &Platform,
    reports: &RefCell<Reports>,
) -> Option<Judgement> {
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
                    Some(on_digest(context, image, platform, subject, digest, &mut reports.borrow_mut()))
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
    reports: &mut Reports,
) -> Judgement {
    let judged = scanned(context, (&image.name, platform), subject, digest, reports);
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
    let claims = attached.artifacts.iter().filter(|artifact| artifact.claim.may_attest_scan());
    let mut unseen = None;
    let mut invalid = Vec::new();
    for artifact in claims {
        let tried: Vec<&Observed<_>> = (subject.holders.iter())
            .flat_map(|holder| context.signatures(holder, digest))
            .filter(|(key, _)| is_about(key, &artifact.blob))
            .map(|(_, observed)| *observed)
            .collect();
        if tried.is_empty() {
            unseen = Some(Reason::new(ReasonKind::NotVerified, "a scan is attested: not verified yet"));
        }
        for observed in tried {
            match observed {
                Observed::Unknown(reason) => unseen = Some(reason.clone()),
                Observed::Absent(_) => {}
                Observed::Seen(signature) => match &signature.outcome {
                    SignatureOutcome::Valid(_) => {}
                    SignatureOutcome::Invalid(step) => invalid.push(format!(
                        "{platform}: a scan whose attestation is invalid ({step}): shown, not counted"
                    )),
                    SignatureOutcome::Unsupported(what) => {
                        let text = format!("a scan is attested: {what}");
                        unseen = Some(Reason::new(ReasonKind::NotSupported, text));
                    }
                },
            }
        }
    }
    let because = attached.because;
    let none = match unseen.or(attached.unread) {
        Some(reason) => Judgement::unknown(&reason),
        None => not_scanned(context, image, platform),
    };
    let warned = judged.warnings.into_iter().chain(invalid).fold(none, Judgement::warn);
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

#[cfg(test)]
mod tests;
