//! Sentences of a cockpit's state: what is new since it was last spoken of, and what is asked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::cockpit::{PendingPlan, Severity, State};
use crate::model::{ActionPlan, Finding, Item, JobId, JobOutcome, Status};

/// Says what is new, once.
#[derive(Debug, Default)]
pub(super) struct Speaker {
    /// Whether the lines of jobs are said as well.
    verbose: bool,
    /// The round that was spoken of, and whether its end was.
    round: (u32, bool),
    verdict: Option<String>,
    items: BTreeMap<Item, (Status, Option<u8>)>,
    started: BTreeSet<JobId>,
    ended: BTreeSet<JobId>,
    /// How many lines of each job were said.
    output: BTreeMap<JobId, usize>,
    plan: Option<u32>,
    /// The plan that was asked about a second time.
    asked_again: Option<u32>,
    notice: Option<String>,
}

impl Speaker {
    pub fn new(verbose: bool) -> Self {
        Self { verbose, ..Self::default() }
    }

    /// What is new since this was last asked.
    pub fn news(&mut self, state: &State) -> Vec<String> {
        let mut said = Vec::new();
        self.jobs(state, &mut said);
        self.looking(state, &mut said);
        self.items(state, &mut said);
        self.looked(state, &mut said);
        self.notice(state, &mut said);
        self.plan(state, &mut said);
        said
    }

    fn looking(&mut self, state: &State, said: &mut Vec<String>) {
        let again = self.round.1 && state.is_looking();
        if state.round.id > self.round.0 || again {
            said.push("Looking.".to_owned());
            self.round = (state.round.id, false);
        }
    }

    /// Items whose status is another one than was last said. While one is looked at it says nothing.
    fn items(&mut self, state: &State, said: &mut Vec<String>) {
        for finding in &state.assessment.findings {
            let now = (finding.status, finding.points);
            if finding.status == Status::Pending || self.items.get(&finding.item) == Some(&now) {
                continue;
            }
            let before = self.items.insert(finding.item, now);
            let was = before.map(|(status, _)| status);
            said.push(sentence(finding, was));
        }
    }

    fn looked(&mut self, state: &State, said: &mut Vec<String>) {
        if self.round.1 || state.round.id == 0 || state.is_looking() || state.round.ended.is_none() {
            return;
        }
        self.round.1 = true;
        let now = overall(state);
        if self.verdict.as_ref() == Some(&now) {
            said.push("Looked at everything: the verdict is as before.".to_owned());
        } else {
            said.push(format!("Looked at everything: {now}"));
            self.verdict = Some(now);
        }
    }

    fn jobs(&mut self, state: &State, said: &mut Vec<String>) {
        for job in &state.jobs {
            if job.started.is_some() && self.started.insert(job.id) {
                said.push(format!("Job {}, {}, has started.", job.id, job.action));
            }
            if self.verbose {
                let before = self.output.insert(job.id, job.output.len()).unwrap_or_default();
                let new = job.output.iter().skip(before.min(job.output.len()));
                said.extend(new.map(|line| format!("Job {}: {line}", job.id)));
            }
            let Some((_, outcome)) = &job.ended else { continue };
            if self.ended.insert(job.id) {
                said.push(format!("Job {}, {}, {}", job.id, job.action, ended(outcome)));
            }
        }
    }

    /// A notice about a job is said with the job.
    fn notice(&mut self, state: &State, said: &mut Vec<String>) {
        let Some((severity, text)) = &state.notice else {
            self.notice = None;
            return;
        };
        if self.notice.as_ref() == Some(text) {
            return;
        }
        self.notice = Some(text.clone());
        let of_a_job =
            state.jobs.iter().any(|job| job.ended.is_some() && text.starts_with(job.action.name()));
        if !of_a_job {
            let word = if *severity == Severity::Warning { "Warning" } else { "Note" };
            said.push(format!("{word}: {text}."));
        }
    }

    fn plan(&mut self, state: &State, said: &mut Vec<String>) {
        let now = state.plan.as_ref().map(|pending| pending.id);
        if now == self.plan {
            return;
        }
        self.plan = now;
        if let Some(pending) = &state.plan {
            said.extend(plan(&pending.plan));
        }
    }

    /// What is asked once more after a yes, the first time.
    pub fn second_question(&mut self, pending: &PendingPlan) -> Option<String> {
        let question = pending.plan.second_question.as_ref()?;
        if self.asked_again == Some(pending.id) {
            return None;
        }
        self.asked_again = Some(pending.id);
        Some(format!("{question} Say yes again, or no."))
    }
}

/// An item in one sentence, with what it was before.
fn sentence(finding: &Finding, was: Option<Status>) -> String {
    let (number, title) = (finding.item.number(), finding.item.title());
    let points = finding.points.map_or(String::new(), |points| format!(", {points} points"));
    let note = finding.note.trim_end_matches('.');
    let note = if note.is_empty() { String::new() } else { format!(": {note}") };
    let was = was.map_or(String::new(), |was| format!(", was {was}"));
    format!("Item {number}, {title}, is {}{was}{points}{note}.", finding.status)
}

/// Verdict and score in one sentence.
fn overall(state: &State) -> String {
    let assessment = &state.assessment;
    let verdict = match &assessment.verdict {
        Some(verdict) => format!("{}, risk {}", verdict.words(), assessment.risk.word()),
        None => "no verdict yet".to_owned(),
    };
    format!("{verdict}, readiness {}, proven {}.", assessment.readiness, assessment.proven.points)
}

fn ended(outcome: &JobOutcome) -> String {
    match outcome {
        JobOutcome::Done(line) => format!("is done: {line}."),
        JobOutcome::Failed(why) => format!("failed: {why}."),
        JobOutcome::Cancelled => "was cancelled.".to_owned(),
    }
}

/// A plan, a sentence for each part, and its question.
fn plan(plan: &ActionPlan) -> Vec<String> {
    let mut said = vec![format!("Plan: {}. It {}.", plan.action.title(), plan.effect.words())];
    said.extend(plan.steps.iter().map(|step| format!("Step: {}.", step.trim_end_matches(['.', '/']))));
    said.extend(plan.digests.iter().map(|(image, digest)| format!("The digest of {image} is {digest}.")));
    said.push(format!("Readiness would go from {} to {}.", plan.points.0, plan.points.1));
    for change in &plan.changes {
        let (item, before, after) = (change.item, change.before.0, change.after.0);
        said.push(format!("Item {}, {}, would go from {before} to {after}.", item.number(), item.title()));
    }
    let verdict = plan.verdict_after.iter().map(|verdict| format!("The verdict would be {verdict}."));
    said.extend(verdict);
    said.extend(plan.warnings.iter().map(|warning| format!("Warning: {warning}.")));
    said.push("Do it? Say yes or no; anything else leaves it, and no is the default.".to_owned());
    said
}

/// The release, its verdict and score.
pub(super) fn status(state: &State) -> Vec<String> {
    let mut said = vec![format!("{} {}: {}", state.release.name, state.release.version, overall(state))];
    if state.is_looking() {
        said.push(format!("Looking for {} facts.", state.round.looking));
    }
    said.extend(state.running_jobs().map(|job| format!("Job {}, {}, is running.", job.id, job.action)));
    said
}

/// The ten items, a sentence each.
pub(super) fn items(state: &State) -> Vec<String> {
    state.assessment.findings.iter().map(|finding| sentence(finding, None)).collect()
}

/// One item with its cells and warnings.
pub(super) fn item(state: &State, item: Item) -> Vec<String> {
    let finding = state.assessment.finding(item);
    let mut said = vec![sentence(finding, None), format!("It requires: {}.", finding.requirement)];
    for cell in &finding.cells {
        let places = [
            Some(cell.image.to_string()),
            cell.repository.as_ref().map(ToString::to_string),
            cell.platform.as_ref().map(ToString::to_string),
        ];
        let place = places.into_iter().flatten().collect::<Vec<_>>().join(", ");
        said.push(format!("{place}: {}: {}.", cell.outcome.word(), cell.reason.trim_end_matches('.')));
    }
    said.extend(finding.warnings.iter().map(|warning| format!("Warning: {warning}.")));
    said
}

/// What stands in the way.
pub(super) fn blockers(state: &State) -> Vec<String> {
    let blockers = &state.assessment.blockers;
    if blockers.is_empty() {
        return vec!["Nothing stands in the way.".to_owned()];
    }
    blockers
        .iter()
        .map(|blocker| {
            let (number, severity) = (blocker.item.number(), blocker.severity.word());
            let (problem, fix) = (blocker.problem.trim_end_matches('.'), blocker.fix.trim_end_matches('.'));
            format!("{severity}, item {number}: {}: {problem}. To mend it: {fix}.", blocker.title)
        })
        .collect()
}

/// The jobs and how they ended.
pub(super) fn jobs(state: &State) -> Vec<String> {
    if state.jobs.is_empty() {
        return vec!["There was no job yet.".to_owned()];
    }
    let of = |job: &crate::cockpit::Job| {
        let how = match (&job.ended, &job.progress) {
            (Some((_, outcome)), _) => ended(outcome),
            (None, Some(progress)) if progress.total > 0 => {
                format!("is running, at {} of {}: {}.", progress.done, progress.total, progress.what)
            }
            (None, Some(progress)) => format!("is running: {}.", progress.what),
            (None, None) if job.started.is_some() => "is running.".to_owned(),
            (None, None) => "is waiting to run.".to_owned(),
        };
        format!("Job {}, {}, {how}", job.id, job.action)
    };
    state.jobs.iter().map(of).collect()
}

/// The plan that waits, else what to do next.
pub(super) fn pending(state: &State) -> Vec<String> {
    if let Some(pending) = &state.plan {
        return plan(&pending.plan);
    }
    let steps = &state.assessment.plan;
    if steps.is_empty() {
        return vec!["There is nothing left to do.".to_owned()];
    }
    let mut said = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let after = step.after.as_ref().map_or(String::new(), |after| format!(", after: {after}"));
        let (title, why) = (step.title.trim_end_matches('.'), step.why.trim_end_matches('.'));
        said.push(format!("Step {}, {} points: {title}{after}. Because {why}.", place + 1, step.points));
    }
    said
}
