//! A run watched to its end: jobs and steps as they go, and the log of what failed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Source;
use crate::actions::JobSink;
use crate::formats::github as answers;
use crate::github::Etag;
use crate::model::{Reason, ReasonKind, WorkflowJob, WorkflowRun};

/// The pause between two looks, while something moves and while nothing does.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);
/// The pause after a rate limit.
const LIMITED: Duration = Duration::from_mins(1);
/// How long a run that cannot be seen is looked for.
const BLIND: Duration = Duration::from_mins(10);
/// How many jobs GitHub gives at a time, at most.
const PAGE: usize = 100;
/// How many lines of a failed job's log are shown.
const LINES: usize = 40;

/// How a run ended.
pub(super) struct Ended {
    pub line: String,
    pub conclusion: String,
    pub failed: bool,
}

/// Watches an attempt of a run, or a later one, until it has ended.
///
/// # Errors
/// When it does not start within `start_within`, or was not to be seen for long: it goes on without exitbar then.
pub(super) async fn watch(
    source: &Source,
    (run, attempt): (u64, u32),
    start_within: Duration,
    sink: &JobSink,
) -> Result<Ended, String> {
    let mut watch = Watch {
        source,
        run,
        attempt,
        sink,
        said: BTreeMap::new(),
        of_run: Etag::default(),
        of_jobs: Etag::default(),
        has_pages: false,
    };
    // Counted by the pauses: nobody here asks the clock.
    let (mut waited, mut pause, mut blind) = (Duration::ZERO, FIRST, Duration::ZERO);
    let mut seen: Option<WorkflowRun> = None;
    loop {
        match watch.look(&mut seen).await {
            Ok(moved) => {
                blind = Duration::ZERO;
                pause = if moved { FIRST } else { (pause * 3 / 2).min(LONGEST) };
            }
            Err(reason) if is_passing(&reason) => {
                if blind > BLIND {
                    return Err(format!("run {run} went out of sight: {reason}; {}", watch.later()));
                }
                sink.line(&format!("not to be seen now: {reason}")).await;
                pause = if reason.kind == ReasonKind::RateLimited { LIMITED } else { LONGEST };
                blind += pause;
            }
            Err(reason) => return Err(format!("run {run} cannot be watched: {reason}")),
        }
        match &seen {
            Some(seen) if !seen.is_active() => return Ok(watch.ended(seen).await),
            Some(seen) if seen.status == "in_progress" => {}
            queued if waited >= start_within => {
                let queued = queued.as_ref().map(|run| format!(" ({}, {})", run.status, run.url));
                return Err(format!(
                    "run {run} has not started within {} s{}: how it ends is unknown; {}",
                    start_within.as_secs(),
                    queued.unwrap_or_default(),
                    watch.later()
                ));
            }
            _ => {}
        }
        tokio::time::sleep(pause).await;
        waited += pause;
    }
}

fn is_passing(reason: &Reason) -> bool {
    matches!(
        reason.kind,
        ReasonKind::RateLimited | ReasonKind::Unreachable | ReasonKind::TimedOut | ReasonKind::ServerError
    )
}

struct Watch<'w> {
    source: &'w Source,
    run: u64,
    /// What is older is over already, and says nothing of this one.
    attempt: u32,
    sink: &'w JobSink,
    /// What was said last of the run, of each job and of each step.
    said: BTreeMap<String, String>,
    of_run: Etag,
    of_jobs: Etag,
    /// It has more jobs than a page takes.
    has_pages: bool,
}

impl Watch<'_> {
    fn later(&self) -> String {
        format!("`exitbar dispatch --watch {}` looks on", self.run)
    }

    /// Looks once; says whether anything moved.
    async fn look(&mut self, seen: &mut Option<WorkflowRun>) -> Result<bool, Reason> {
        let path = self.source.run_path(self.run);
        let mut moved = false;
        if let Some(jobs) = self.changed_jobs().await? {
            moved |= self.jobs(&jobs).await;
        }
        // The run after its jobs: once it has ended, the jobs were read as they ended.
        if let Some(body) = self.source.github.get_if_changed(&path, &mut self.of_run).await? {
            let run = answers::run(&body)?;
            if run.attempt < self.attempt {
                return Ok(moved);
            }
            if run.status == "completed" {
                let jobs = self.all_jobs().await?;
                self.jobs(&jobs).await;
            }
            moved |=
                self.say("run", &run.status, &format!("run {}: {} ({})", run.id, run.status, run.url)).await;
            if run.status == "waiting" {
                self.say("approval", "waiting", &format!("it waits for an approval: {}", run.url)).await;
            }
            *seen = Some(run);
        }
        Ok(moved)
    }

    /// The jobs, where they are not as they were. What moves on a later page does not change the first.
    async fn changed_jobs(&mut self) -> Result<Option<Vec<WorkflowJob>>, Reason> {
        if self.has_pages {
            return self.all_jobs().await.map(Some);
        }
        let path = format!("{}/jobs?per_page={PAGE}", self.source.run_path(self.run));
        let Some(body) = self.source.github.get_if_changed(&path, &mut self.of_jobs).await? else {
            return Ok(None);
        };
        let jobs = answers::jobs(&body)?;
        self.has_pages = jobs.len() >= PAGE;
        if self.has_pages { self.all_jobs().await.map(Some) } else { Ok(Some(jobs)) }
    }

    async fn all_jobs(&self) -> Result<Vec<WorkflowJob>, Reason> {
        let path = format!("{}/jobs?per_page={PAGE}", self.source.run_path(self.run));
        let mut jobs = Vec::new();
        for page in self.source.github.pages(&path).await? {
            jobs.extend(answers::jobs(&page)?);
        }
        Ok(jobs)
    }

    async fn jobs(&mut self, jobs: &[WorkflowJob]) -> bool {
        let mut moved = false;
        let (mut done, mut total, mut now) = (0, 0, None);
        for job in jobs {
            let state = job.conclusion.as_deref().unwrap_or(&job.status);
            moved |= self.say(&format!("{}", job.id), state, &format!("{}: {state}", job.name)).await;
            for (place, step) in job.steps.iter().enumerate() {
                total += 1;
                match &step.conclusion {
                    Some(conclusion) => {
                        done += 1;
                        let line = format!("{} / {}: {conclusion}", job.name, step.name);
                        moved |= self.say(&format!("{} {place}", job.id), conclusion, &line).await;
                    }
                    None if step.status == "in_progress" => {
                        now = Some(format!("{} / {}", job.name, step.name));
                    }
                    None => {}
                }
            }
        }
        if moved {
            self.sink.progress(done, total, now.unwrap_or_else(|| format!("run {}", self.run))).await;
        }
        moved
    }

    /// Says it where it was not said last.
    async fn say(&mut self, what: &str, state: &str, line: &str) -> bool {
        if self.said.get(what).is_some_and(|said| said == state) {
            return false;
        }
        self.said.insert(what.to_owned(), state.to_owned());
        self.sink.line(line).await;
        true
    }

    async fn ended(&self, run: &WorkflowRun) -> Ended {
        let conclusion = run.conclusion.clone().unwrap_or_else(|| "no conclusion".to_owned());
        let Some(failure) = run.failure() else {
            let line = format!("run {} ended with {conclusion}: {}", run.id, run.url);
            return Ended { line, conclusion, failed: false };
        };
        let mut line = format!("run {} ended with {failure}: {}", run.id, run.url);
        if failure != "cancelled" {
            if let Some(step) = self.failing().await {
                line.push_str(&format!("; {step}"));
            }
            line.push_str(&format!("; `exitbar dispatch --rerun-failed {}` tries what failed again", run.id));
        }
        Ended { line, conclusion, failed: true }
    }

    /// The first failing step of each failed job; the end of their logs is shown.
    async fn failing(&self) -> Option<String> {
        let jobs = self.all_jobs().await.ok()?;
        let failed = |conclusion: &Option<String>| {
            matches!(conclusion.as_deref(), Some("failure" | "timed_out" | "startup_failure"))
        };
        let mut names = Vec::new();
        for job in jobs.iter().filter(|job| failed(&job.conclusion)) {
            let step = job.steps.iter().find(|step| failed(&step.conclusion));
            let name = step.map_or_else(|| job.name.clone(), |step| format!("{} / {}", job.name, step.name));
            self.sink.line(&format!("{name} failed; the end of its log:")).await;
            let path = format!("repos/{}/actions/jobs/{}/logs", self.source.repository, job.id);
            match self.source.github.log(&path).await {
                Ok(log) => {
                    let lines = log_of(&log);
                    for line in &lines[lines.len().saturating_sub(LINES)..] {
                        self.sink.line(line).await;
                    }
                }
                Err(reason) => self.sink.line(&format!("its log could not be read: {reason}")).await,
            }
            names.push(format!("{name} failed"));
        }
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// The lines up to the last error, without GitHub's time stamps: what cleans up afterwards explains nothing.
fn log_of(log: &str) -> Vec<&str> {
    let lines: Vec<&str> = log
        .lines()
        .map(|line| match line.split_once(' ') {
            Some((stamp, rest)) if stamp.len() > 19 && stamp.ends_with('Z') => rest,
            _ => line,
        })
        .filter(|line| !line.trim().is_empty())
        .collect();
    let last = lines.iter().rposition(|line| line.starts_with("##[error]"));
    lines[..last.map_or(lines.len(), |last| last + 1)].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_ends_at_its_last_error_and_has_no_time_stamps() {
        let log = "2026-11-27T10:00:00.1234567Z + docker push\n2026-11-27T10:00:01.1234567Z ##[error]denied\n\
                   2026-11-27T10:00:02.1234567Z Cleaning up\n";
        assert_eq!(log_of(log), ["+ docker push", "##[error]denied"]);
        assert_eq!(log_of("plain\n\nlines"), ["plain", "lines"]);
    }
}
