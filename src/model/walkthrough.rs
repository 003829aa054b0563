//! The guided way to production: its steps, and what the operator said of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Action, Effect, Item, JobId, JobOutcome, PlanPart};

/// Names a step, so that what was said of it outlives a plan that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum StepKey {
    /// The operator mends in the source what an item contradicts.
    Mend(Item),
    /// The operator sets what an item needs in the configuration.
    Set(Item),
    /// The operator logs in to registries.
    LogIn,
    /// What could not be seen is looked at again.
    LookAgain,
    /// An action of exitbar's own; a build by hand has the key of the build.
    Do(Action),
    /// What was published is looked at from outside.
    Check(Check),
    /// The report is written.
    Report,
}

/// What is looked at once the tags are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The tags are read again.
    Tags,
    /// Every registry has the same digests.
    Digests,
    /// The signatures verify, from the lists in the registries on.
    Signatures,
    /// `--version` runs from the registry's bytes.
    Version,
    /// Everything is audited once more.
    Audit,
}

impl Check {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Tags, Self::Digests, Self::Signatures, Self::Version, Self::Audit];

    fn name(self) -> &'static str {
        match self {
            Self::Tags => "read-tags",
            Self::Digests => "compare-digests",
            Self::Signatures => "verify-signatures",
            Self::Version => "run-published",
            Self::Audit => "audit-again",
        }
    }
}

/// A word that names no step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no step of the walkthrough")]
pub struct InvalidStep(String);

impl StepKey {
    /// Every key that there can be.
    pub fn all() -> impl Iterator<Item = Self> {
        let items = Item::ALL.into_iter();
        let by_hand = items.flat_map(|item| [Self::Mend(item), Self::Set(item)]);
        by_hand
            .chain([Self::LogIn, Self::LookAgain, Self::Report])
            .chain(Action::ALL.into_iter().map(Self::Do))
            .chain(Check::ALL.into_iter().map(Self::Check))
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mend(item) => write!(f, "mend-{}", item.key()),
            Self::Set(item) => write!(f, "set-{}", item.key()),
            Self::LogIn => f.write_str("log-in"),
            Self::LookAgain => f.write_str("look-again"),
            Self::Do(Action::RunPublished) => f.write_str("run-version-published"),
            Self::Do(Action::AttestSbom) => f.write_str("attest-sbom"),
            Self::Do(Action::AttestTests) => f.write_str("attest-test-result"),
            Self::Do(Action::AttestScan) => f.write_str("attest-scan"),
            Self::Do(Action::RerunFailed) => f.write_str("rerun-failed"),
            Self::Do(Action::CancelRun) => f.write_str("cancel-run"),
            Self::Do(Action::WatchRun) => f.write_str("watch-run"),
            Self::Do(action) => f.write_str(action.name()),
            Self::Check(check) => f.write_str(check.name()),
            Self::Report => f.write_str("report"),
        }
    }
}

impl FromStr for StepKey {
    type Err = InvalidStep;

    fn from_str(given: &str) -> Result<Self, InvalidStep> {
        Self::all().find(|key| key.to_string() == given).ok_or_else(|| InvalidStep(given.to_owned()))
    }
}

impl From<StepKey> for String {
    fn from(key: StepKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for StepKey {
    type Error = InvalidStep;

    fn try_from(given: String) -> Result<Self, InvalidStep> {
        given.parse()
    }
}

/// How a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// By the operator. A build and a run show whether it was done.
    ByHand,
    /// By the operator; looking again shows whether it was done.
    ByHandThenLook,
    /// By an action, after its plan was confirmed.
    Act(Action),
    /// By looking at everything again.
    Look,
    /// By verifying every signature and attestation again.
    Verify,
    /// By writing the report.
    Write,
}

impl Doing {
    /// What it does to the world; none where the operator does it.
    pub fn effect(self) -> Option<Effect> {
        match self {
            Self::ByHand | Self::ByHandThenLook => None,
            Self::Act(action) => Some(action.effect()),
            Self::Look | Self::Verify => Some(Effect::Reads),
            Self::Write => Some(Effect::WritesLocally),
        }
    }

    /// The words for what it does to the world.
    pub fn words(self) -> &'static str {
        self.effect().map_or("you do it; exitbar only looks", Effect::words)
    }
}

/// One step of the walkthrough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkStep {
    /// Names it.
    pub key: StepKey,
    /// Which of the three stages it belongs to.
    pub part: PlanPart,
    /// What to do.
    pub title: String,
    /// Why it is asked, from the evidence.
    pub why: String,
    /// The items that it answers, with their status and the cells that are open.
    pub answers: Vec<String>,
    /// What will be done.
    pub does: String,
    /// The exact commands.
    pub commands: Vec<String>,
    /// How it is done.
    pub doing: Doing,
    /// The points that it would give: the difference of two assessments. None where nothing promises any.
    pub points: Option<i16>,
    /// How long it takes.
    pub time: StepTime,
    /// Where it stands.
    pub state: StepState,
}

/// How long a step takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepTime {
    /// It took so many seconds when it was done last, of this release.
    Took(u32),
    /// Nobody knows; the whole stage takes so many minutes: least and most.
    Stage(u32, u32),
}

/// Where a step stands. Only evidence makes it done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// Done: the evidence, in words.
    Done(String),
    /// It can be done now.
    Open,
    /// A job does it.
    Running(JobId),
    /// What it rests on is being looked at.
    Looking,
    /// It was tried, or said to be done, and the evidence says otherwise.
    Failed(String),
    /// Something has to come first.
    Waits(String),
    /// The operator says that it is done; nothing was seen of it yet.
    Said(Note),
    /// The operator passed it over.
    Skipped(Note),
}

impl StepState {
    /// Whether the way goes on from here: done by evidence, passed over, or said to be done.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Skipped(_) | Self::Said(_))
    }

    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Open => "to do",
            Self::Running(_) => "running",
            Self::Looking => "looking",
            Self::Failed(_) => "not there yet",
            Self::Waits(_) => "waits",
            Self::Said(_) => "said to be done",
            Self::Skipped(_) => "skipped",
        }
    }

    /// The sign before it: one column wide, and never the only thing that says it.
    pub fn mark(&self) -> &'static str {
        match self {
            Self::Done(_) => "✓",
            Self::Open => "→",
            Self::Running(_) | Self::Looking => "…",
            Self::Failed(_) => "✗",
            Self::Waits(_) => "·",
            Self::Said(_) => "!",
            Self::Skipped(_) => "–",
        }
    }

    /// What there is to know of it besides the word: the evidence, the reason, what it waits for.
    pub fn detail(&self) -> String {
        match self {
            Self::Done(text) | Self::Failed(text) => text.clone(),
            Self::Open => "it can be done now".to_owned(),
            Self::Running(id) => format!("job {id} does it"),
            Self::Looking => "what it rests on is being looked at".to_owned(),
            Self::Waits(on) => format!("for {on}"),
            Self::Said(note) => format!("by {note}; nothing was seen of it yet"),
            Self::Skipped(note) => format!("by {note}"),
        }
    }
}

/// `ada at 2025-01-20 11:50Z: signed by CI`.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.by, self.at.strftime("%Y-%m-%d %H:%MZ"))?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, ": {}", self.reason) }
    }
}

impl fmt::Display for StepTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Took(0) => f.write_str("less than a second when it was done last"),
            Self::Took(seconds @ ..=89) => write!(f, "{seconds} s when it was done last"),
            Self::Took(seconds) => write!(f, "{}:{:02} when it was done last", seconds / 60, seconds % 60),
            Self::Stage(least, most) if least == most => {
                write!(f, "not known; the whole stage takes {most} minutes")
            }
            Self::Stage(least, most) => {
                write!(f, "not known; the whole stage takes {}-{} hours", least / 60, most.div_ceil(60))
            }
        }
    }
}

/// What the operator said of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// Who: the name of the user.
    pub by: String,
    /// The reason; empty where none was asked for.
    pub reason: String,
}

/// The walkthrough as it stands on today's evidence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Walkthrough {
    /// The steps, in order.
    pub steps: Vec<WalkStep>,
}

impl Walkthrough {
    /// The place of the step that is next: the first that is not settled, and of those the first that waits for
    /// nothing. None at the end.
    pub fn next(&self) -> Option<usize> {
        let waits = |step: &WalkStep| matches!(step.state, StepState::Waits(_));
        let open = |step: &WalkStep| !step.state.is_settled();
        let now = self.steps.iter().position(|step| open(step) && !waits(step));
        now.or_else(|| self.steps.iter().position(open))
    }

    /// The step of this key.
    pub fn step(&self, key: StepKey) -> Option<&WalkStep> {
        self.steps.iter().find(|step| step.key == key)
    }

    /// Whether every step is done by evidence or was passed over.
    pub fn is_over(&self) -> bool {
        let over = |step: &WalkStep| matches!(step.state, StepState::Done(_) | StepState::Skipped(_));
        !self.steps.is_empty() && self.steps.iter().all(over)
    }

    /// The steps of a stage, each with its place among all.
    pub fn of(&self, part: PlanPart) -> impl Iterator<Item = (usize, &WalkStep)> {
        self.steps.iter().enumerate().filter(move |(_, step)| step.part == part)
    }
}

/// A job, as far as the walkthrough asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The job.
    pub id: JobId,
    /// What it does.
    pub action: Action,
    /// When and how it ended; none while it runs.
    pub ended: Option<(Timestamp, JobOutcome)>,
}

/// How far the operator came, kept for a release and version. It says what was said and when, and never that a
/// step is done: that is seen anew each time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkProgress {
    /// When it was begun, and by whom.
    pub begun: Note,
    /// The steps that were open at some time, with their titles: once done they stay on the list.
    pub met: BTreeMap<StepKey, String>,
    /// The steps that were passed over.
    pub skipped: BTreeMap<StepKey, Note>,
    /// The steps that the operator said were done.
    pub said: BTreeMap<StepKey, Note>,
    /// When a job of this machine set the tags.
    pub published: Option<Timestamp>,
    /// The report that was written, where and when.
    pub report: Option<Note>,
}

/// What the operator does with the walkthrough, besides doing its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Walk {
    /// Begins it, or goes on where it was left.
    Begin,
    /// Forgets what was said, and begins anew.
    Restart,
    /// Passes a step over, for a reason.
    Skip(StepKey, String),
    /// Takes a step up again that was passed over or said to be done.
    TakeUp(StepKey),
    /// Says that a step was done by hand.
    Say(StepKey),
    /// The report was written to this file.
    Reported(String),
}

impl WalkProgress {
    /// Nothing said yet.
    pub fn begun(by: &str, at: Timestamp) -> Self {
        Self {
            begun: Note { at, by: by.to_owned(), reason: String::new() },
            met: BTreeMap::new(),
            skipped: BTreeMap::new(),
            said: BTreeMap::new(),
            published: None,
            report: None,
        }
    }

    /// The progress after the operator did this.
    #[must_use]
    pub fn after(mut self, walk: &Walk, by: &str, at: Timestamp) -> Self {
        let note = |reason: &str| Note { at, by: by.to_owned(), reason: reason.to_owned() };
        match walk {
            Walk::Begin => {}
            Walk::Restart => return Self { published: self.published, ..Self::begun(by, at) },
            Walk::Skip(key, reason) => {
                self.said.remove(key);
                self.skipped.insert(*key, note(reason));
            }
            Walk::TakeUp(key) => {
                self.skipped.remove(key);
                self.said.remove(key);
            }
            Walk::Say(key) => {
                self.skipped.remove(key);
                self.said.insert(*key, note(""));
            }
            Walk::Reported(file) => self.report = Some(note(file)),
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_key_is_a_word_of_its_own_and_is_read_back() {
        let words: BTreeSet<String> = StepKey::all().map(|key| key.to_string()).collect();
        assert_eq!(words.len(), StepKey::all().count());
        for key in StepKey::all() {
            assert_eq!(key.to_string().parse(), Ok(key));
            let json = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<StepKey>(&json).unwrap(), key);
        }
        assert!("mend-everything".parse::<StepKey>().is_err());
    }

    #[test]
    fn what_is_said_of_a_step_takes_the_place_of_what_was_said_before() {
        let at: Timestamp = "2025-01-20T12:00:00Z".parse().unwrap();
        let key = StepKey::Mend(Item::SizeBudget);
        let progress = WalkProgress::begun("ada", at).after(&Walk::Skip(key, "later".to_owned()), "ada", at);
        assert_eq!(progress.skipped[&key].reason, "later");
        let progress = progress.after(&Walk::Say(key), "bob", at);
        assert!(progress.skipped.is_empty() && progress.said[&key].by == "bob");
        let progress = progress.after(&Walk::TakeUp(key), "ada", at);
        assert!(progress.said.is_empty());
        let progress = progress.after(&Walk::Say(key), "ada", at).after(&Walk::Restart, "bob", at);
        assert!(progress.said.is_empty() && progress.begun.by == "bob");
    }

    #[test]
    fn progress_is_read_back_as_it_was_kept() {
        let at: Timestamp = "2025-01-20T12:00:00Z".parse().unwrap();
        let mut progress = WalkProgress::begun("ada", at)
            .after(&Walk::Skip(StepKey::Do(Action::Scan), "no scanner".to_owned()), "ada", at)
            .after(&Walk::Reported("report.md".to_owned()), "ada", at);
        progress.met.insert(StepKey::Do(Action::Build), "Build".to_owned());
        let json = serde_json::to_string(&progress).unwrap();
        assert_eq!(serde_json::from_str::<WalkProgress>(&json).unwrap(), progress);
    }
}
