//! Answers of GitHub's REST API, as its OpenAPI description has them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::model::text::clean_line;
use crate::model::{PackageVisibility, Reason, ReasonKind, WorkflowJob, WorkflowRun, WorkflowStep};

#[derive(Deserialize)]
struct Runs {
    workflow_runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    id: u64,
    status: Option<String>,
    conclusion: Option<String>,
    head_sha: String,
    head_branch: Option<String>,
    event: String,
    actor: Option<Actor>,
    triggering_actor: Option<Actor>,
    created_at: Timestamp,
    #[serde(default)]
    run_attempt: u32,
    html_url: String,
}

#[derive(Deserialize)]
struct Actor {
    login: String,
}

#[derive(Deserialize)]
struct Jobs {
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
struct Job {
    id: u64,
    name: String,
    status: String,
    conclusion: Option<String>,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    status: String,
    conclusion: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Names {
    #[serde(alias = "secrets", alias = "variables")]
    names: Vec<Named>,
}

#[derive(Deserialize)]
struct Package {
    visibility: PackageVisibility,
}

fn parsed<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, Reason> {
    serde_json::from_slice(body).map_err(|error| {
        Reason::new(ReasonKind::Unreadable, format!("GitHub's answer is no {what}: {error}"))
    })
}

fn line(text: &str) -> String {
    clean_line(text).into_owned()
}

/// The runs of a workflow, newest first.
///
/// # Errors
/// When it is no list of runs.
pub fn runs(body: &[u8]) -> Result<Vec<WorkflowRun>, Reason> {
    let runs: Runs = parsed(body, "list of workflow runs")?;
    let mut runs: Vec<WorkflowRun> = runs.workflow_runs.into_iter().map(of_run).collect();
    runs.sort_by_key(|run| std::cmp::Reverse((run.created_at, run.id)));
    Ok(runs)
}

/// A run.
///
/// # Errors
/// When it is none.
pub fn run(body: &[u8]) -> Result<WorkflowRun, Reason> {
    parsed(body, "workflow run").map(of_run)
}

fn of_run(run: Run) -> WorkflowRun {
    WorkflowRun {
        id: run.id,
        status: line(&run.status.unwrap_or_else(|| "queued".to_owned())),
        conclusion: run.conclusion.map(|conclusion| line(&conclusion)),
        head_sha: line(&run.head_sha),
        head_branch: run.head_branch.map(|branch| line(&branch)),
        event: line(&run.event),
        actor: run.triggering_actor.or(run.actor).map(|actor| line(&actor.login)),
        created_at: run.created_at,
        attempt: run.run_attempt.max(1),
        url: line(&run.html_url),
    }
}

/// The jobs of a run.
///
/// # Errors
/// When it is no list of jobs.
pub fn jobs(body: &[u8]) -> Result<Vec<WorkflowJob>, Reason> {
    let jobs: Jobs = parsed(body, "list of jobs")?;
    let step = |step: Step| WorkflowStep {
        name: line(&step.name),
        status: line(&step.status),
        conclusion: step.conclusion.map(|conclusion| line(&conclusion)),
    };
    let job = |job: Job| WorkflowJob {
        id: job.id,
        name: line(&job.name),
        status: line(&job.status),
        conclusion: job.conclusion.map(|conclusion| line(&conclusion)),
        steps: job.steps.into_iter().map(step).collect(),
    };
    Ok(jobs.jobs.into_iter().map(job).collect())
}

/// The names of secrets or variables, in capitals.
///
/// # Errors
/// When it is no list of those.
pub fn names(body: &[u8]) -> Result<BTreeSet<String>, Reason> {
    let names: Names = parsed(body, "list of secrets or variables")?;
    Ok(names.names.into_iter().map(|named| line(&named.name).to_ascii_uppercase()).collect())
}

/// Who can pull a package.
///
/// # Errors
/// When it is no package.
pub fn package(body: &[u8]) -> Result<PackageVisibility, Reason> {
    parsed(body, "package").map(|package: Package| package.visibility)
}

/// The run that a dispatch started, where GitHub says it.
pub fn dispatched(body: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Dispatched {
        workflow_run_id: u64,
    }
    serde_json::from_slice::<Dispatched>(body).ok().map(|dispatched| dispatched.workflow_run_id)
}
