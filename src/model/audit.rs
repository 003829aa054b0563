//! A finished audit: what was judged, by which policy, on which facts, and what came of it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Assessment, Decision, Digest, Facts, Item, Policy, Release, Scope, Score, Status, Verdict};

/// The letters of an id: no vowels, so that no word comes out, and nothing that looks like something else.
const LETTERS: &[u8; 28] = b"23456789bcdfghjkmnpqrstvwxyz";

/// How many letters an id has.
const ID_LENGTH: usize = 10;

/// The least letters of an id that are shown.
const SHORTEST: usize = 4;

/// What stands in place of the value of a build argument: people put tokens there, and no check reads them.
const NOT_KEPT: &str = "(not kept)";

/// The name of a finished audit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuditId(String);

/// A text that is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no id of an audit")]
pub struct InvalidAuditId(String);

/// A finished audit, whole: enough to print its report again and to judge it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// What a list says of it.
    pub summary: AuditSummary,
    /// What was to go live. The values of build arguments are left out.
    pub release: Release,
    /// What it had to satisfy.
    pub policy: Policy,
    /// What was looked at.
    pub scope: Scope,
    /// How many requests each registry had got.
    pub requests: Vec<(String, u64)>,
    /// What the facts amounted to.
    pub assessment: Assessment,
    /// Every fact, with its evidence.
    pub facts: Facts,
}

/// What a list says of a finished audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditSummary {
    /// Its name.
    pub id: AuditId,
    /// The product's name.
    pub release: String,
    /// The version.
    pub version: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// When the same was seen last; as `finished` where it was seen once.
    pub last_seen: Timestamp,
    /// How often the same was seen.
    pub times: u32,
    /// GO or NO_GO.
    pub verdict: Verdict,
    /// The readiness.
    pub readiness: Score,
    /// What of it was proven.
    pub proven: Score,
    /// The ten items, in order.
    pub items: Vec<ItemSummary>,
    /// The version of the exitbar that judged.
    pub by: String,
    /// Names what was seen and how it was judged, without the times: an identical twin has the same.
    pub fingerprint: Digest,
}

/// What a list says of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemSummary {
    /// The item.
    pub item: Item,
    /// Its status.
    pub status: Status,
    /// 0, 5 or 10; none where it is off.
    pub points: Option<u8>,
    /// COMPLETE on bytes in a registry.
    pub proven: bool,
}

/// When an audit began and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditTimes {
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
}

impl Audit {
    /// A finished audit; none while there is no verdict. This reads every fact once: no work for a loop.
    pub fn of(
        (release, policy, scope): (&Release, &Policy, &Scope),
        facts: Facts,
        assessment: Assessment,
        requests: Vec<(String, u64)>,
        times: AuditTimes,
    ) -> Option<Self> {
        let verdict = assessment.verdict.clone()?;
        let mut release = release.clone();
        for build in release.images.iter_mut().filter_map(|image| image.build.as_mut()) {
            build.args.values_mut().for_each(|value| NOT_KEPT.clone_into(value));
        }
        let items: Vec<ItemSummary> = assessment.findings.iter().map(ItemSummary::of).collect();
        let by = env!("CARGO_PKG_VERSION").to_owned();
        let judged = json(&(&release, policy, scope, &verdict, &items, &by));
        let fingerprint = fingerprint(judged, &facts);
        let summary = AuditSummary {
            id: AuditId::of(&fingerprint, times.finished),
            release: release.name.clone(),
            version: release.version.clone(),
            started: times.started,
            finished: times.finished,
            last_seen: times.finished,
            times: 1,
            verdict,
            readiness: assessment.readiness,
            proven: assessment.proven,
            items,
            by,
            fingerprint,
        };
        let (policy, scope) = (policy.clone(), scope.clone());
        Some(Self { summary, release, policy, scope, requests, assessment, facts })
    }
}

/// The digest of what was judged and of every fact; not of the evidence, which has the times.
fn fingerprint(mut judged: Vec<u8>, facts: &Facts) -> Digest {
    for (key, entry) in facts.iter() {
        judged.extend_from_slice(Digest::of(&json(&(key, &entry.fact))).as_str().as_bytes());
    }
    Digest::of(&judged)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

impl ItemSummary {
    fn of(finding: &super::Finding) -> Self {
        Self { item: finding.item, status: finding.status, points: finding.points, proven: finding.proven }
    }
}

impl AuditSummary {
    /// Whether it ended with GO, conditional or not.
    pub fn is_go(&self) -> bool {
        self.verdict.decision == Decision::GO
    }

    /// What changed against the audit before it, by item: `+10 published, -5 signed`. Empty where nothing did.
    pub fn changes_since(&self, before: &Self) -> Vec<(Item, i16)> {
        let points = |summary: &Self, item: Item| {
            let found = summary.items.iter().find(|found| found.item == item);
            found.and_then(|found| found.points).map_or(0, i16::from)
        };
        let change = |item| (item, points(self, item) - points(before, item));
        Item::ALL.into_iter().map(change).filter(|(_, change)| *change != 0).collect()
    }
}

impl AuditId {
    fn of(fingerprint: &Digest, finished: Timestamp) -> Self {
        let seed = Digest::of(format!("{fingerprint} {finished}").as_bytes());
        let bytes = seed.hex().as_bytes().chunks(2).take(ID_LENGTH);
        let letter = |pair: &[u8]| {
            let byte = std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
            char::from(LETTERS[usize::from(byte.unwrap_or_default()) % LETTERS.len()])
        };
        Self(bytes.map(letter).collect())
    }

    /// All letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As few letters as name it among others, at least four.
    pub fn short<'a>(&self, among: impl IntoIterator<Item = &'a Self>) -> &str {
        let shared = |other: &Self| {
            self.0.bytes().zip(other.0.bytes()).take_while(|(ours, theirs)| ours == theirs).count()
        };
        let most = among.into_iter().filter(|other| *other != self).map(shared).max().unwrap_or_default();
        &self.0[..(most + 1).clamp(SHORTEST, ID_LENGTH)]
    }
}

impl FromStr for AuditId {
    type Err = InvalidAuditId;

    fn from_str(text: &str) -> Result<Self, InvalidAuditId> {
        let right = text.len() == ID_LENGTH && text.bytes().all(|letter| LETTERS.contains(&letter));
        if right { Ok(Self(text.to_owned())) } else { Err(InvalidAuditId(text.to_owned())) }
    }
}

impl TryFrom<String> for AuditId {
    type Error = InvalidAuditId;

    fn try_from(text: String) -> Result<Self, InvalidAuditId> {
        text.parse()
    }
}

impl From<AuditId> for String {
    fn from(id: AuditId) -> Self {
        id.0
    }
}

impl fmt::Display for AuditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests;
