//! What the operator can trigger, and what a triggered job says of itself.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Digest, FactKey, ImageName, Item, Release, RunKind, ScanSource, Status};

/// An action of the operator's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Build every image for every platform.
    Build,
    /// Push every image by digest; no tag is set.
    Push,
    /// Set the tags in every registry.
    Publish,
    /// Copy an index by digest to the registries that lack it.
    Promote,
    /// Run `--version` of every image on every platform.
    RunVersion,
    /// Run the example pipelines.
    RunExample,
    /// Run `--version` of every image on every platform, from the bytes that a registry gives.
    RunPublished,
    /// Sign every index and every platform's manifest by digest.
    Sign,
    /// Attest an SBOM to every platform's manifest.
    AttestSbom,
    /// Attest to every platform's manifest how its `--version` and its example ran.
    AttestTests,
    /// Scan every platform that is in a registry.
    Scan,
    /// Attest to every platform's manifest what this machine's scans found.
    AttestScan,
    /// Tag the commit, and push the tag.
    Tag,
    /// Start the workflow that releases, and watch its run.
    Dispatch,
    /// Run the failed jobs of a workflow run again.
    RerunFailed,
    /// Cancel a workflow run.
    CancelRun,
    /// Watch a workflow run.
    WatchRun,
}

/// What an action does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Looks only.
    Reads,
    /// Runs code of an image.
    Executes,
    /// Writes files or local images.
    WritesLocally,
    /// Changes what others can pull.
    Publishes,
}

impl Effect {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Executes => "executes code of the images",
            Self::WritesLocally => "writes locally",
            Self::Publishes => "publishes",
        }
    }
}

impl Action {
    /// All of them, in the order of release.
    pub const ALL: [Self; 17] = [
        Self::Build,
        Self::RunVersion,
        Self::RunExample,
        Self::Push,
        Self::Sign,
        Self::AttestSbom,
        Self::AttestTests,
        Self::Scan,
        Self::AttestScan,
        Self::Publish,
        Self::RunPublished,
        Self::Promote,
        Self::Tag,
        Self::Dispatch,
        Self::RerunFailed,
        Self::CancelRun,
        Self::WatchRun,
    ];

    /// Those of a release that goes well, in their order.
    pub const RELEASE: [Self; 8] = [
        Self::Build,
        Self::RunVersion,
        Self::RunExample,
        Self::Push,
        Self::Sign,
        Self::AttestSbom,
        Self::Scan,
        Self::Publish,
    ];

    /// The subcommand's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Push => "push",
            Self::Publish => "publish",
            Self::Promote => "promote",
            Self::RunVersion | Self::RunPublished => "run-version",
            Self::RunExample => "example",
            Self::Sign => "sign",
            Self::AttestSbom | Self::AttestTests | Self::AttestScan => "attest",
            Self::Scan => "scan",
            Self::Tag => "tag",
            Self::Dispatch | Self::RerunFailed | Self::CancelRun | Self::WatchRun => "dispatch",
        }
    }

    /// The command that does it.
    pub fn command(self) -> String {
        let more = match self {
            Self::AttestSbom => " --type sbom",
            Self::AttestTests => " --type test-result",
            Self::AttestScan => " --type scan",
            Self::RerunFailed => " --rerun-failed RUN",
            Self::CancelRun => " --cancel RUN",
            Self::WatchRun => " --watch RUN",
            Self::RunPublished => " --published",
            _ => "",
        };
        format!("exitbar {}{more}", self.name())
    }

    /// What it does, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Build => "Build every image for every platform",
            Self::Push => "Push by digest to every registry",
            Self::Publish => "Set the tags in every registry",
            Self::Promote => "Copy by digest to the registries that lack it",
            Self::RunVersion => "Run --version on every platform",
            Self::RunExample => "Run the example pipeline",
            Self::RunPublished => "Run --version of what was published",
            Self::Sign => "Sign by digest in every registry",
            Self::AttestSbom => "Attest an SBOM of every platform",
            Self::AttestTests => "Attest how every platform ran",
            Self::Scan => "Scan every platform for vulnerabilities",
            Self::AttestScan => "Attest what the scans found",
            Self::Tag => "Tag the commit and push the tag",
            Self::Dispatch => "Start the release workflow and watch its run",
            Self::RerunFailed => "Run the failed jobs of a workflow run again",
            Self::CancelRun => "Cancel a workflow run",
            Self::WatchRun => "Watch a workflow run",
        }
    }

    /// What it does to the world.
    pub fn effect(self) -> Effect {
        match self {
            Self::Build => Effect::WritesLocally,
            Self::Push | Self::Publish | Self::Promote | Self::Sign => Effect::Publishes,
            Self::AttestSbom | Self::AttestTests | Self::AttestScan | Self::Tag => Effect::Publishes,
            Self::RunVersion | Self::RunExample | Self::RunPublished => Effect::Executes,
            Self::Dispatch | Self::RerunFailed | Self::CancelRun => Effect::Publishes,
            Self::Scan | Self::WatchRun => Effect::Reads,
        }
    }

    /// Whether `key` may be another fact once this action has been done: those are dropped and wanted again.
    pub fn touches(self, key: &FactKey, release: &Release) -> bool {
        let of_release = |repository| release.repositories().any(|(_, ours)| ours == repository);
        match (self, key) {
            (Self::Build, FactKey::Local(_) | FactKey::Dockerfile(_)) => true,
            (Self::Push | Self::Promote, FactKey::Staged(_)) => true,
            (Self::Tag, FactKey::Git | FactKey::RemoteTag { .. } | FactKey::WorkflowRun { .. }) => true,
            (
                Self::Dispatch | Self::RerunFailed | Self::CancelRun | Self::WatchRun,
                FactKey::WorkflowRun { .. } | FactKey::RemoteTag { .. } | FactKey::Package(_),
            ) => true,
            (
                Self::Dispatch | Self::RerunFailed | Self::CancelRun | Self::WatchRun,
                FactKey::Tag { repository, .. }
                | FactKey::Present { repository, .. }
                | FactKey::Referrers { repository, .. }
                | FactKey::ClassicTag { repository, .. },
            ) => of_release(repository),
            (
                Self::Push | Self::Promote,
                FactKey::Present { repository, .. }
                | FactKey::Referrers { repository, .. }
                | FactKey::ClassicTag { repository, .. },
            ) => of_release(repository),
            (
                Self::Sign | Self::AttestSbom | Self::AttestTests | Self::AttestScan,
                FactKey::Referrers { repository, .. } | FactKey::ClassicTag { repository, .. },
            ) => of_release(repository),
            (Self::Publish, FactKey::Tag { repository, .. } | FactKey::Present { repository, .. }) => {
                of_release(repository)
            }
            (Self::RunVersion | Self::RunExample | Self::RunPublished, FactKey::StoredRuns(_)) => true,
            (Self::RunVersion, FactKey::Run { kind: RunKind::Version | RunKind::Healthcheck, .. })
            | (Self::RunPublished, FactKey::Run { kind: RunKind::Version, .. })
            | (Self::RunExample, FactKey::Run { kind: RunKind::Example, .. }) => true,
            (
                Self::Scan,
                FactKey::StoredScans(_)
                | FactKey::Scan { source: ScanSource::Scanner(_) | ScanSource::Osv { .. }, .. },
            ) => true,
            _ => false,
        }
    }
}

impl Action {
    /// Whether this must wait until `other` has ended: it would work on what that one is changing.
    pub fn waits_for(self, other: Self) -> bool {
        let changes = |action: Self| !matches!(action.effect(), Effect::Executes | Effect::Reads);
        match (self, other) {
            // Runs change nothing, and go beside each other and beside what is published.
            (Self::RunVersion | Self::RunExample | Self::RunPublished, other) => other == Self::Build,
            (Self::Build, Self::RunVersion | Self::RunExample | Self::RunPublished) => true,
            (one, other) => changes(one) && changes(other),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What an action will do, shown before it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionPlan {
    /// The action.
    pub action: Action,
    /// What it does to the world.
    pub effect: Effect,
    /// What it will run, write or change, a line each.
    pub steps: Vec<String>,
    /// The digests that it is about, by image.
    pub digests: Vec<(ImageName, Digest)>,
    /// The score now and, if everything works, afterwards.
    pub points: (u8, u8),
    /// The items that would change.
    pub changes: Vec<ItemChange>,
    /// The verdict's words afterwards, where the action changes what others pull.
    pub verdict_after: Option<String>,
    /// What the operator should know before saying yes.
    pub warnings: Vec<String>,
    /// What is asked once more after a yes.
    pub second_question: Option<String>,
}

/// How an item would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemChange {
    /// The item.
    pub item: Item,
    /// Its status and points now.
    pub before: (Status, u8),
    /// Its status and points afterwards.
    pub after: (Status, u8),
}

impl ActionPlan {
    /// Names exactly what was shown: a confirmation counts for this and nothing else.
    pub fn hash(&self) -> Digest {
        Digest::of(
            &serde_json::to_vec(&(self.action, &self.steps, &self.digests, &self.points)).unwrap_or_default(),
        )
    }
}

/// The number of a job, from 1.
pub type JobId = u32;

/// What happened in a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobEvent {
    /// It waits for its turn.
    Queued(Action),
    /// It began.
    Started,
    /// How far it is.
    Progress(Progress),
    /// A line that it printed, without control characters.
    Output(String),
    /// It printed more than a screen keeps: all of it is in this file, or why it is not.
    Whole(Result<String, String>),
    /// It ended.
    Ended(JobOutcome),
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub done: u64,
    /// Steps in all; 0 when nobody knows.
    pub total: u64,
    /// What is being done.
    pub what: String,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobOutcome {
    /// It did what its plan said; a line about it.
    Done(String),
    /// It failed: what was tried, what came back, what to do next.
    Failed(String),
    /// The operator cancelled it.
    Cancelled,
}

/// A line for the log, with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// The job that printed it, if one did.
    pub job: Option<JobId>,
    /// The item that it is about, if it is about one.
    pub item: Option<Item>,
    /// The line, without control characters.
    pub text: String,
}
