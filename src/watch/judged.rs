//! What a verification amounts to, subject by subject: read off the judgement of a release, or off the inspection
//! of one image. Nothing is judged here.

use std::collections::BTreeMap;

use crate::dod::inspection::{Conclusion, Result as Inspected};
use crate::model::{
    Assessment, Cell, Facts, Item, Outcome, Policy, Release, SignatureOutcome, Signer, Status,
};

use super::deadline::Deadline;
use super::known::Kind;

/// What was concluded of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Of what.
    pub subject: String,
    /// Which of its properties.
    pub kind: Kind,
    /// What was concluded.
    pub outcome: Outcome,
    /// Why, in one line.
    pub text: String,
    /// Who signed, where somebody did.
    pub signer: Option<String>,
    /// Whether a live waiver excuses it.
    pub waived: bool,
}

/// What a verification brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// What was concluded.
    pub judged: Vec<Judged>,
    /// What ends on a day that only the evidence tells.
    pub deadlines: Vec<Deadline>,
    /// The verdict on the release, where nothing that it needs is left to be read.
    pub verdict: Option<String>,
    /// Why the trust root is not fresh.
    pub stale_root: Option<String>,
}

/// How bad an outcome is: of several cells of a subject the worst counts.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 6,
        Outcome::Absent => 5,
        Outcome::Unknown => 4,
        Outcome::Soft => 3,
        Outcome::Untried => 2,
        Outcome::Pending => 1,
        Outcome::Pass => 0,
    }
}

/// What the items about what can change under a fixed digest came to: signatures, SBOMs, scans.
pub(super) fn of_assessment(release: &Release, assessment: &Assessment, facts: &Facts) -> Vec<Judged> {
    let kinds =
        [(Item::Signed, Kind::Signature), (Item::Sbom, Kind::Sbom), (Item::Vulnerabilities, Kind::Scan)];
    let mut worst: BTreeMap<(String, Kind), Judged> = BTreeMap::new();
    for (item, kind) in kinds {
        let finding = assessment.finding(item);
        if finding.status == Status::Off {
            continue;
        }
        for cell in finding.cells.iter().filter(|cell| !cell.beyond) {
            let Some(subject) = subject(release, cell) else { continue };
            let judged = Judged {
                subject: subject.clone(),
                kind,
                outcome: cell.outcome,
                text: cell.reason.clone(),
                signer: (kind == Kind::Signature).then(|| signer(cell, facts)).flatten(),
                waived: finding.status == Status::Waived,
            };
            let known = worst.get(&(subject.clone(), kind));
            if known.is_none_or(|known| rank(judged.outcome) > rank(known.outcome)) {
                worst.insert((subject, kind), judged);
            }
        }
    }
    worst.into_values().collect()
}

/// The version tag where the cell is of one repository, else the image on its platform.
fn subject(release: &Release, cell: &Cell) -> Option<String> {
    let image = release.image(&cell.image)?;
    Some(match (&cell.repository, &cell.platform) {
        (Some(repository), _) => repository.tagged(&image.tag),
        (None, Some(platform)) => format!("{} {platform}", image.name),
        (None, None) => image.name.to_string(),
    })
}

/// Whom the cell names as who signed.
fn signer(cell: &Cell, facts: &Facts) -> Option<String> {
    cell.because.iter().find_map(|key| {
        let signature = facts.signature(key)?.seen()?;
        let SignatureOutcome::Valid(signer) = &signature.outcome else { return None };
        let who = name_of(signer);
        let key_signed = matches!(signer, Signer::Key { configured: true, .. });
        (signature.is_image_signature() && (key_signed || cell.reason.contains(&who))).then_some(who)
    })
}

/// Who signed, in one word.
fn name_of(signer: &Signer) -> String {
    match signer {
        Signer::Certificate(certificate) => certificate.identity.clone(),
        Signer::Key { fingerprint, .. } => format!("the key {}", fingerprint.short()),
    }
}

/// How long the scans that count still count.
pub(super) fn scan_deadlines(policy: &Policy, assessment: &Assessment, facts: &Facts) -> Vec<Deadline> {
    let deadline = |judged: &crate::model::JudgedScan| {
        let scan = facts.scan(&judged.scan)?.seen()?;
        Some(Deadline {
            subject: format!("the scan of {} {} by {}", judged.image, judged.platform, scan.scanner),
            kind: Kind::ScanAge,
            ends: scan.scanned_at? + policy.vulnerabilities.scan_max_age,
            then: "it is older than scan_max_age: GO is conditional until there is a newer one".to_owned(),
        })
    };
    let mut deadlines: Vec<Deadline> = assessment.scans.iter().filter_map(deadline).collect();
    // The newest of a scanner counts.
    deadlines.sort_by_key(|deadline| std::cmp::Reverse(deadline.ends));
    let mut named = std::collections::BTreeSet::new();
    deadlines.retain(|deadline| named.insert(deadline.subject.clone()));
    deadlines
}

/// What an inspection came to. Where nobody was asked for, who signed is watched all the same.
pub(super) fn of_conclusion(subject: &str, conclusion: &Conclusion) -> Judged {
    let signer = conclusion.accepted().or(conclusion.signer()).map(name_of);
    let (outcome, text) = match &conclusion.result {
        Inspected::Verified => {
            let who = signer.as_deref().unwrap_or("whom it should be");
            (Outcome::Pass, format!("signed by {who}"))
        }
        Inspected::Rejected(why) => (Outcome::Fail, why.clone()),
        Inspected::NothingThere(what) => (Outcome::Absent, what.clone()),
        Inspected::CouldNotLook(why) => (Outcome::Unknown, why.clone()),
        Inspected::NoRule(_) => match (&signer, conclusion.unread()) {
            (Some(who), _) => (Outcome::Soft, format!("signed by {who}; no rule says who has to sign")),
            (None, Some(why)) => (Outcome::Unknown, why.to_owned()),
            (None, None) => (Outcome::Absent, "nobody signed it validly".to_owned()),
        },
    };
    Judged { subject: subject.to_owned(), kind: Kind::Signature, outcome, text, signer, waived: false }
}
