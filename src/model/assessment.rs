//! What the facts amount to: score, verdict, blockers, plan.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Action, Digest, Finding, ImageName, Item, JudgedScan, StepKey};

/// The judgement of a release on the facts known at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The time that ages were counted from.
    pub as_of: Timestamp,
    /// The ten findings, in order.
    pub findings: Vec<Finding>,
    /// The sum of the points, scaled to 100.
    pub readiness: Score,
    /// Ten for each item COMPLETE on bytes in a registry, scaled to 100.
    pub proven: Score,
    /// GO or NO_GO; none while a cell is pending.
    pub verdict: Option<Verdict>,
    /// What stands in the way, worst first.
    pub blockers: Vec<Blocker>,
    /// What to do, in the order of release.
    pub plan: Vec<PlanStep>,
    /// The risk of going live now.
    pub risk: Risk,
    /// From now to production, in minutes: least and most.
    pub time_to_production: (u32, u32),
    /// The scans that item 5 counts, of every platform that has some.
    pub scans: Vec<JudgedScan>,
    /// How far each image has come.
    pub stages: BTreeMap<ImageName, Stage>,
    /// What belongs to no single item (an expired waiver, a broken credential helper).
    pub warnings: Vec<String>,
    /// What would be better still, seen in the evidence.
    pub nice_to_have: Vec<String>,
    /// When the oldest of the version tags was last read; none when none was.
    pub tags_read_at: Option<Timestamp>,
    /// Whether the tags were read longer ago than the policy's `fresh_for`.
    pub stale: bool,
}

impl Assessment {
    /// The finding of `item`.
    pub fn finding(&self, item: Item) -> &Finding {
        &self.findings[item.index()]
    }
}

/// Points out of 100, perhaps not all of them known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Score {
    /// 0 to 100, rounded down.
    pub points: u8,
    /// How many items have no points yet: while there are some, the score is "at least".
    pub looking: u8,
    /// How many items count (ten, less those that are off).
    pub counted: u8,
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.looking {
            0 => write!(f, "{}/100", self.points),
            looking => write!(f, "at least {}, {looking} looking", self.points),
        }
    }
}

/// How far an image has come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Only the source speaks of it.
    Declared,
    /// Built locally.
    Built,
    /// Its index digest is in a registry, the version tag is not.
    Staged(Digest),
    /// The version tag resolves; more than one digest when registries differ.
    Published(Vec<Digest>),
    /// A registry could not be read, so it may be further than was seen.
    Unknown,
}

/// May this go live?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// GO or NO_GO.
    pub decision: Decision,
    /// GO, but something caps it.
    pub conditional: bool,
    /// NO_GO, and turning what is unknown or untried into a pass would lift it.
    pub undecided: bool,
    /// Why: the hard stops, the open MUST items, or what caps it.
    pub reasons: Vec<String>,
}

/// GO or NO_GO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(non_camel_case_types, reason = "the contract's spelling")]
pub enum Decision {
    /// It may go live.
    GO,
    /// It may not.
    NO_GO,
}

impl Verdict {
    /// `GO`, `GO (conditional)`, `NO_GO` or `NO_GO (undecided)`.
    pub fn words(&self) -> &'static str {
        match (self.decision, self.conditional, self.undecided) {
            (Decision::GO, false, _) => "GO",
            (Decision::GO, true, _) => "GO (conditional)",
            (Decision::NO_GO, _, false) => "NO_GO",
            (Decision::NO_GO, _, true) => "NO_GO (undecided)",
        }
    }
}

/// The risk of going live now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Risk {
    /// GO.
    Low,
    /// Conditional or undecided.
    Medium,
    /// A decided NO_GO.
    High,
    /// A hard stop.
    Critical,
}

impl Risk {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

/// Something that stands in the way of GO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// The item.
    pub item: Item,
    /// A short title.
    pub title: String,
    /// How bad it is.
    pub severity: Risk,
    /// What is wrong, from the evidence.
    pub problem: String,
    /// What follows from it.
    pub impact: String,
    /// What to do about it.
    pub fix: String,
    /// Where: file and line, reference, run.
    pub location: Option<String>,
    /// The steps of the fix, as commands where there are some.
    pub actions: Vec<String>,
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    /// Names it.
    pub key: StepKey,
    /// Which part of the way to production it belongs to.
    pub part: PlanPart,
    /// What exitbar itself can do about it.
    pub action: Option<Action>,
    /// What to do.
    pub title: String,
    /// Why, from the evidence.
    pub why: String,
    /// The exact commands.
    pub commands: Vec<String>,
    /// The items that it is about.
    pub items: Vec<Item>,
    /// The points that it would give if it were done now and worked: the difference of two assessments.
    /// Where it cannot be done now, those of its turn, after everything that the plan has before it.
    pub points: i16,
    /// What must come first; none when it could be done now.
    pub after: Option<String>,
}

/// The three parts of the way to production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanPart {
    /// Mend what is broken in the source or the set-up.
    Immediate,
    /// Build, test, stage, sign, attest, scan, publish.
    BuildAndRelease,
    /// Look again at what was published.
    Validation,
}

impl PlanPart {
    /// All three, in order.
    pub const ALL: [Self; 3] = [Self::Immediate, Self::BuildAndRelease, Self::Validation];

    /// The title of the part in a report.
    pub fn title(self) -> &'static str {
        match self {
            Self::Immediate => "Immediate Actions",
            Self::BuildAndRelease => "Build & Release Actions",
            Self::Validation => "Post-Release Validation",
        }
    }

    /// What it takes, in minutes: least and most, until stored durations know better.
    pub fn minutes(self) -> (u32, u32) {
        match self {
            Self::Immediate | Self::Validation => (30, 30),
            Self::BuildAndRelease => (120, 180),
        }
    }
}
