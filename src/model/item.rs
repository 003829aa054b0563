//! The ten items of the Definition of Done and what a check says of each.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FactKey, ImageName, Level, Platform, Repository};

/// One of the ten items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// 1: published to every configured registry.
    Published,
    /// 2: a multi-arch image index.
    MultiArch,
    /// 3: signed with cosign.
    Signed,
    /// 4: an SBOM attached.
    Sbom,
    /// 5: a vulnerability scan passes.
    Vulnerabilities,
    /// 6: non-root user and healthcheck.
    NonRootHealthcheck,
    /// 7: `--version` works on every platform.
    VersionCommand,
    /// 8: size budgets.
    SizeBudget,
    /// 9: the example pipeline executes in the container.
    ExamplePipeline,
    /// 10: OCI labels.
    OciLabels,
}

impl Item {
    /// All ten, in order.
    pub const ALL: [Self; 10] = [
        Self::Published,
        Self::MultiArch,
        Self::Signed,
        Self::Sbom,
        Self::Vulnerabilities,
        Self::NonRootHealthcheck,
        Self::VersionCommand,
        Self::SizeBudget,
        Self::ExamplePipeline,
        Self::OciLabels,
    ];

    /// 1 to 10.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The item's place in an array of ten.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The key in configuration and JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::MultiArch => "multi_arch",
            Self::Signed => "signed",
            Self::Sbom => "sbom",
            Self::Vulnerabilities => "vulnerabilities",
            Self::NonRootHealthcheck => "non_root_healthcheck",
            Self::VersionCommand => "version_command",
            Self::SizeBudget => "size_budget",
            Self::ExamplePipeline => "example_pipeline",
            Self::OciLabels => "oci_labels",
        }
    }

    /// The item of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.key() == key)
    }

    /// A short title for a pane.
    pub fn title(self) -> &'static str {
        match self {
            Self::Published => "Published",
            Self::MultiArch => "Multi-arch index",
            Self::Signed => "Signed",
            Self::Sbom => "SBOM attached",
            Self::Vulnerabilities => "Vulnerability scan",
            Self::NonRootHealthcheck => "Non-root, healthcheck",
            Self::VersionCommand => "--version",
            Self::SizeBudget => "Size budgets",
            Self::ExamplePipeline => "Example pipeline",
            Self::OciLabels => "OCI labels",
        }
    }

    /// MUST for 1 to 7, SHOULD for 8 to 10.
    pub fn default_class(self) -> Class {
        if self.number() <= 7 { Class::Must } else { Class::Should }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

/// How much an item weighs in the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Class {
    /// Without it there is no GO.
    Must,
    /// Four fifths of these are enough.
    Should,
}

/// What a check saw in one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The requirement holds on these bytes.
    Pass,
    /// Seen; short of the requirement without contradicting it.
    Soft,
    /// Seen; contradicts the requirement.
    Fail,
    /// An authoritative "not there".
    Absent,
    /// Needs a run or scan that nobody asked for yet, or a setting that is not set.
    Untried,
    /// Looked and could not see.
    Unknown,
    /// This round has not answered yet.
    Pending,
}

impl Outcome {
    /// All seven.
    pub const ALL: [Self; 7] =
        [Self::Pass, Self::Soft, Self::Fail, Self::Absent, Self::Untried, Self::Unknown, Self::Pending];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Soft => "soft",
            Self::Fail => "fail",
            Self::Absent => "absent",
            Self::Untried => "untried",
            Self::Unknown => "unknown",
            Self::Pending => "pending",
        }
    }
}

/// One place that an item is judged on: image × repository × platform, as far as the item has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The image.
    pub image: ImageName,
    /// The repository, for items that are judged per repository.
    pub repository: Option<Repository>,
    /// The platform, for items that are judged per platform.
    pub platform: Option<Platform>,
    /// What was seen.
    pub outcome: Outcome,
    /// One line: what was seen, or why it could not be.
    pub reason: String,
    /// The facts that this rests on.
    pub because: Vec<FactKey>,
    /// The highest level of the evidence that it rests on.
    pub level: Option<Level>,
    /// Whether it was judged on bytes in a registry, or on a run of a config digest that is there.
    pub in_registry: bool,
    /// Whether a `fail` here stops the release whatever the score.
    pub hard_stop: bool,
    /// Beyond what the release requires: shown, enters no status, its trouble caps the verdict at conditional.
    pub beyond: bool,
    /// Passes, and yet keeps the verdict at conditional (a scan that is getting old).
    pub cap: Option<String>,
}

/// The status of an item (the first line of the status table that matches).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Switched off with a reason; not counted.
    #[serde(rename = "OFF")]
    Off,
    /// A cell has not answered yet.
    #[serde(rename = "PENDING")]
    Pending,
    /// Every cell passes.
    #[serde(rename = "COMPLETE")]
    Complete,
    /// What does not pass is excused by live waivers.
    #[serde(rename = "WAIVED")]
    Waived,
    /// A cell fails.
    #[serde(rename = "FAILED")]
    Failed,
    /// Some of it is there.
    #[serde(rename = "PARTIAL")]
    Partial,
    /// Not there yet, and an armed step or a local build promises it.
    #[serde(rename = "CONFIGURED")]
    Configured,
    /// Not there, and nothing promises it.
    #[serde(rename = "NOT STARTED")]
    NotStarted,
    /// Nobody ran or asked for it yet.
    #[serde(rename = "NOT TESTED")]
    NotTested,
    /// Looked, and could not see.
    #[serde(rename = "UNKNOWN")]
    Unknown,
}

impl Status {
    /// The word for reports, JSON and the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Pending => "PENDING",
            Self::Complete => "COMPLETE",
            Self::Waived => "WAIVED",
            Self::Failed => "FAILED",
            Self::Partial => "PARTIAL",
            Self::Configured => "CONFIGURED",
            Self::NotStarted => "NOT STARTED",
            Self::NotTested => "NOT TESTED",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The mark beside a status: one for reports, one for screens (whose cells must not change width).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Symbol {
    /// ✅ or ✓
    Done,
    /// ⚠️ or !
    Partly,
    /// ❓ or ?
    Question,
    /// ❌ or ✗
    Not,
    /// …
    Looking,
    /// –
    Off,
}

impl Symbol {
    /// For reports.
    pub fn report(self) -> &'static str {
        match self {
            Self::Done => "✅",
            Self::Partly => "⚠️",
            Self::Question => "❓",
            Self::Not => "❌",
            Self::Looking => "…",
            Self::Off => "–",
        }
    }

    /// For screens: always one column wide.
    pub fn screen(self) -> &'static str {
        match self {
            Self::Done => "✓",
            Self::Partly => "!",
            Self::Question => "?",
            Self::Not => "✗",
            Self::Looking => "…",
            Self::Off => "–",
        }
    }
}

/// What a check concluded about its item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The item.
    pub item: Item,
    /// The requirement in a sentence, with this release's registries, platforms and budgets.
    pub requirement: String,
    /// MUST or SHOULD.
    pub class: Class,
    /// The status.
    pub status: Status,
    /// 0, 5 or 10; none while pending or off.
    pub points: Option<u8>,
    /// The mark beside the status.
    pub symbol: Symbol,
    /// The one line that matters.
    pub note: String,
    /// The cells; those beyond what is required last.
    pub cells: Vec<Cell>,
    /// Further facts that the status rests on (what a step declares).
    pub because: Vec<FactKey>,
    /// Why nothing may go live, where this item is a hard stop.
    pub hard_stop: Option<String>,
    /// COMPLETE on bytes in a registry.
    pub proven: bool,
    /// The highest level of evidence among the cells that pass.
    pub level: Option<Level>,
    /// What does not count and should be known all the same.
    pub warnings: Vec<String>,
    /// Why this item keeps the verdict at conditional, though it may be COMPLETE.
    pub caps: Vec<String>,
}
