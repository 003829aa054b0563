//! The guided way to production: the plan of this release with what is done already, in the order of release, and
//! what was said of its steps.
//!
//! A step is done when the evidence says so, and open again when the evidence is gone. That a job ended well, or
//! that the operator said so, makes no step done.

mod by_hand;
mod release;
mod state;
#[cfg(test)]
mod tests;
mod validation;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{
    Action, Assessment, Attempt, Cell, Doing, Facts, Finding, Item, JobOutcome, Outcome, PlanPart, PlanStep,
    Policy, Release, Scope, StepKey, StepState, StepTime, WalkProgress, WalkStep, Walkthrough,
};

/// What the walkthrough is made from.
#[derive(Debug, Clone, Copy)]
pub struct Walked<'a> {
    /// What is to go live.
    pub release: &'a Release,
    /// What it must satisfy.
    pub policy: &'a Policy,
    /// The staged digests that the operator gave.
    pub scope: &'a Scope,
    /// Every fact.
    pub facts: &'a Facts,
    /// What they amount to.
    pub assessment: &'a Assessment,
    /// When the last audit began, and when it ended; none while something is looked for.
    pub round: (Timestamp, Option<Timestamp>),
    /// The jobs so far, oldest first.
    pub attempts: &'a [Attempt],
    /// How long each action took when it was done last, in seconds.
    pub durations: &'a BTreeMap<Action, u32>,
    /// What was said; none where the walkthrough was not begun.
    pub progress: Option<&'a WalkProgress>,
}

/// The walkthrough on these facts. Pure; while something is looked for it says so of the steps that rest on it.
pub fn walkthrough(walked: &Walked) -> Walkthrough {
    let mut steps = by_hand::steps(walked);
    steps.extend(release::steps(walked));
    state::settle(walked, &mut steps);
    validation::add(walked, &mut steps);
    Walkthrough { steps }
}

impl<'a> Walked<'a> {
    /// The plan's step of this key.
    fn planned(&self, key: StepKey) -> Option<&'a PlanStep> {
        self.assessment.plan.iter().find(|step| step.key == key)
    }

    /// Whether anything has not answered yet: there is no plan then.
    fn is_looking(&self) -> bool {
        self.round.1.is_none() || self.assessment.readiness.looking > 0
    }

    /// The last job that did this.
    fn attempt(&self, action: Action) -> Option<&'a Attempt> {
        self.attempts.iter().rev().find(|attempt| attempt.action == action)
    }

    /// How it stands with an action whose evidence is missing; `fell_short` says it of a job that ended all the same.
    fn without_evidence(
        &self,
        action: Action,
        fell_short: impl FnOnce(&Attempt, &str) -> StepState,
    ) -> StepState {
        let Some(attempt) = self.attempt(action) else { return StepState::Open };
        match &attempt.ended {
            None => StepState::Running(attempt.id),
            Some((_, JobOutcome::Failed(why))) => StepState::Failed(why.clone()),
            Some((_, JobOutcome::Cancelled)) => StepState::Failed("it was cancelled".to_owned()),
            Some((_, JobOutcome::Done(line))) => fell_short(attempt, line),
        }
    }

    /// How long an action takes, as far as that is known.
    fn time(&self, action: Option<Action>, part: PlanPart) -> StepTime {
        let (least, most) = part.minutes();
        let took = action.and_then(|action| self.durations.get(&action));
        took.map_or(StepTime::Stage(least, most), |seconds| StepTime::Took(*seconds))
    }

    /// The items, a line each, with what is open of them.
    fn answers(&self, items: &[Item]) -> Vec<String> {
        items.iter().map(|item| answer(self.assessment.finding(*item))).collect()
    }
}

/// `7 --version FAILED: fail runner linux/amd64, untried full linux/amd64`.
fn answer(finding: &Finding) -> String {
    const SHOWN: usize = 4;
    let open: Vec<String> = finding
        .cells
        .iter()
        .filter(|cell| !cell.beyond && cell.outcome != Outcome::Pass)
        .map(|cell| format!("{} {}", cell.outcome.word(), place(cell)))
        .collect();
    let head = format!("{} {} {}", finding.item.number(), finding.item.title(), finding.status);
    match open.len() {
        0 => head,
        1..=SHOWN => format!("{head}: {}", open.join(", ")),
        more => format!("{head}: {} and {} more", open[..SHOWN].join(", "), more - SHOWN),
    }
}

/// Where a cell is.
fn place(cell: &Cell) -> String {
    let mut parts = vec![cell.image.to_string()];
    parts.extend(cell.repository.as_ref().map(ToString::to_string));
    parts.extend(cell.platform.as_ref().map(ToString::to_string));
    parts.join(" ")
}

/// A step of the plan as one of the walkthrough, open; what it does and how is said by who makes it.
fn of_plan(walked: &Walked, planned: &PlanStep, does: &str, doing: Doing) -> WalkStep {
    WalkStep {
        key: planned.key,
        part: planned.part,
        title: planned.title.clone(),
        why: planned.why.clone(),
        answers: walked.answers(&planned.items),
        does: does.to_owned(),
        commands: planned.commands.clone(),
        doing,
        points: Some(planned.points),
        time: walked.time(planned.action, planned.part),
        state: StepState::Open,
    }
}
