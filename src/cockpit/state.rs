//! What is known at one moment: facts, their judgement, jobs, the plan that waits for an answer.
//! Readers (screen, headless progress, reports) get it whole and change nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::event::{Generation, PlanId, RoundId, Severity};
use crate::model::{
    Action, ActionPlan, Assessment, Audit, AuditId, AuditSummary, DoctorLine, FactKey, Facts, JobId,
    JobOutcome, LogLine, Policy, Progress, Release, Scope, WalkProgress, Walkthrough,
};

use crate::report;

/// How many lines the log keeps in memory.
pub const LOG_LINES: usize = 2_000;

/// How many refusals and failures are kept until somebody has seen them.
pub const TROUBLES: usize = 20;

/// How many lines a job keeps in memory.
pub const JOB_LINES: usize = 1_000;

/// How many finished audits stay in memory once they were recalled.
pub const RECALLED: usize = 4;

/// Everything that is known at one moment.
#[derive(Debug, Clone)]
pub struct State {
    /// What is to go live.
    pub release: Arc<Release>,
    /// What it must satisfy.
    pub policy: Arc<Policy>,
    /// What the audit looks at and may execute.
    pub scope: Scope,
    /// Every fact.
    pub facts: Facts,
    /// What the facts amount to.
    pub assessment: Arc<Assessment>,
    /// The round of looking.
    pub round: Round,
    /// The jobs, oldest first.
    pub jobs: Vec<Job>,
    /// The plan that waits for an answer.
    pub plan: Option<PendingPlan>,
    /// The guided way to production, as it stands on these facts.
    pub walkthrough: Arc<Walkthrough>,
    /// What was said in it; none until it is begun.
    pub progress: Option<Arc<WalkProgress>>,
    /// How often something was said in it.
    pub walked: u32,
    /// How long each action took when it was done last, in seconds.
    pub durations: BTreeMap<Action, u32>,
    /// How many plans were asked for and answered, with a plan or with the reason why there is none.
    pub plans: u32,
    /// The log, newest last.
    pub log: VecDeque<LogLine>,
    /// The last note for the operator.
    pub notice: Option<(Severity, String)>,
    /// What was refused or failed, newest last, whatever was noted since.
    pub troubles: VecDeque<Trouble>,
    /// What the last examination of this machine found; none before the first.
    pub examination: Option<Examination>,
    /// How many requests each registry got.
    pub requests: Vec<(String, u64)>,
    /// The finished audits of this release that are kept, newest first; none before they were read.
    pub history: Option<Arc<Vec<AuditSummary>>>,
    /// The finished audits that were recalled last, or why one could not be.
    pub recalled: VecDeque<(AuditId, Result<Arc<Audit>, String>)>,
    /// Moves on whenever facts are dropped.
    pub(super) generation: Generation,
    /// In which generation a key was dropped last: older answers are discarded.
    pub(super) dropped: BTreeMap<FactKey, Generation>,
    /// What is being fetched, and since which generation.
    pub(super) in_flight: BTreeMap<FactKey, Generation>,
}

/// A round of looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Its number; 0 before the first.
    pub id: RoundId,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; none while it runs.
    pub ended: Option<Timestamp>,
    /// How many facts are being looked for.
    pub looking: usize,
}

/// A job that was triggered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What it does.
    pub action: Action,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When and how it ended.
    pub ended: Option<(Timestamp, JobOutcome)>,
    /// How far it is.
    pub progress: Option<Progress>,
    /// The last lines that it printed.
    pub output: VecDeque<String>,
    /// How many lines before these are not here any more.
    pub dropped: usize,
    /// The file with everything that it printed, once there is more than here; or why there is none.
    pub whole: Option<Result<String, String>>,
}

/// What an examination of this machine found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    /// The lines, in their order.
    pub lines: Vec<DoctorLine>,
    /// Whether it has ended.
    pub ended: bool,
}

/// Something that was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The number of its event: later ones have greater numbers.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// The job that failed, if it was one.
    pub job: Option<JobId>,
    /// What was tried, what came back, what to do next.
    pub text: String,
}

/// A plan that waits for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingPlan {
    /// Its number.
    pub id: PlanId,
    /// What would be done.
    pub plan: ActionPlan,
}

impl Job {
    pub(super) fn queued(id: JobId, action: Action) -> Self {
        Self {
            id,
            action,
            started: None,
            ended: None,
            progress: None,
            output: VecDeque::new(),
            dropped: 0,
            whole: None,
        }
    }

    /// Whether it has not ended yet.
    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }
}

impl State {
    /// What a report is made from.
    pub fn report(&self) -> report::Input<'_> {
        report::Input {
            release: &self.release,
            policy: &self.policy,
            facts: &self.facts,
            assessment: &self.assessment,
            requests: &self.requests,
            started: self.round.started,
            finished: self.round.ended,
            kept: None,
        }
    }

    /// A state of facts that were already judged, with nothing under way.
    pub fn of(
        release: Arc<Release>,
        policy: Arc<Policy>,
        scope: Scope,
        facts: Facts,
        assessment: Arc<Assessment>,
    ) -> Self {
        let round = Round { id: 0, started: facts.as_of, ended: None, looking: 0 };
        let mut state = Self {
            release,
            policy,
            scope,
            facts,
            assessment,
            round,
            jobs: Vec::new(),
            plan: None,
            walkthrough: Arc::default(),
            progress: None,
            walked: 0,
            durations: BTreeMap::new(),
            plans: 0,
            log: VecDeque::new(),
            notice: None,
            troubles: VecDeque::new(),
            examination: None,
            requests: Vec::new(),
            history: None,
            recalled: VecDeque::new(),
            generation: 0,
            dropped: BTreeMap::new(),
            in_flight: BTreeMap::new(),
        };
        state.walk();
        state
    }

    /// Whether a round is under way.
    pub fn is_looking(&self) -> bool {
        self.round.id > 0 && self.round.ended.is_none()
    }

    /// A finished audit, once it was recalled; or why it could not be.
    pub fn recalled(&self, id: &AuditId) -> Option<Result<&Arc<Audit>, &str>> {
        let found = self.recalled.iter().find(|(recalled, _)| recalled == id);
        found.map(|(_, audit)| audit.as_ref().map_err(String::as_str))
    }

    /// The jobs that have not ended.
    pub fn running_jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| job.is_running())
    }
}
