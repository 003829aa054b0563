//! Runs of workflows, which go on a step each time they are looked at.

use serde_json::{Value, json};

use super::shapes;

/// How a run goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    /// Every step succeeds.
    #[default]
    Succeeds,
    /// The second step fails.
    Fails,
    /// It stays queued.
    NeverStarts,
    /// It runs until it is cancelled.
    Runs,
}

/// What a run was started with.
#[derive(Debug, Clone, Default)]
pub struct Started {
    /// The workflow's file.
    pub workflow: String,
    /// The event.
    pub event: String,
    /// The branch or tag.
    pub branch: String,
    /// The commit.
    pub commit: String,
    /// Who started it; `octocat` where nobody is named.
    pub actor: Option<String>,
    /// How it goes.
    pub fate: Fate,
    /// Whether it has come to its end already.
    pub over: bool,
    /// How many jobs it has; one where nothing is said. Where the run fails, the last one does.
    pub jobs: usize,
}

#[derive(Debug)]
pub(super) struct Run {
    pub id: u64,
    started: Started,
    /// How often it was looked at: queued, then running, then over.
    looked: u32,
    cancelled: bool,
    attempt: u32,
}

/// So many looks and a run is over.
const LOOKS: u32 = 3;

impl Run {
    pub fn new(number: usize, started: Started) -> Self {
        let looked = if started.over { LOOKS } else { 0 };
        Self { id: 30_433_642 + number as u64, started, looked, cancelled: false, attempt: 1 }
    }

    pub fn go_on(&mut self) {
        let last = match self.started.fate {
            Fate::NeverStarts => 0,
            Fate::Runs => LOOKS - 1,
            Fate::Succeeds | Fate::Fails => LOOKS,
        };
        self.looked = (self.looked + 1).min(last);
    }

    /// Says whether it could be.
    pub fn cancel(&mut self) -> bool {
        let can = !self.is_over();
        self.cancelled |= can;
        can
    }

    pub fn again(&mut self, fate: Fate) {
        self.started.fate = fate;
        self.looked = 0;
        self.attempt += 1;
    }

    fn is_over(&self) -> bool {
        self.cancelled || self.looked >= LOOKS
    }

    fn status(&self) -> &'static str {
        match self.looked {
            _ if self.is_over() => "completed",
            0 => "queued",
            _ => "in_progress",
        }
    }

    fn conclusion(&self) -> Option<&'static str> {
        match self.started.fate {
            _ if !self.is_over() => None,
            _ if self.cancelled => Some("cancelled"),
            Fate::Fails => Some("failure"),
            _ => Some("success"),
        }
    }

    pub fn fits(&self, file: &str, query: impl Fn(&str) -> Option<String>) -> bool {
        let is = |name: &str, value: &str| query(name).is_none_or(|wanted| wanted == value);
        self.started.workflow == file
            && is("branch", &self.started.branch)
            && is("head_sha", &self.started.commit)
            && is("event", &self.started.event)
    }

    /// It, with everything that the description requires (`workflow-run`).
    pub fn json(&self, base: &str, repository: &str) -> Value {
        let actor = self.started.actor.as_deref().unwrap_or("octocat");
        let workflow = &self.started.workflow;
        let owner = format!("{base}/repos/{repository}");
        let url = format!("{owner}/actions/runs/{}", self.id);
        let of_repository = shapes::repository(base, repository);
        let mut run = json!({
            "id": self.id,
            "node_id": "WFR_kwLOQBz9Ss8AAAAHIvJfxg",
            "name": "release",
            "head_branch": self.started.branch,
            "head_sha": self.started.commit,
            "path": format!(".github/workflows/{workflow}@{}", self.started.branch),
            "display_title": "release",
            "run_number": 562,
            "event": self.started.event,
            "status": self.status(),
            "conclusion": self.conclusion(),
            "workflow_id": 159_038,
            "url": url,
            "html_url": format!("{base}/acme/greenlang/actions/runs/{}", self.id),
            "pull_requests": [],
            "created_at": format!("2026-11-27T10:{:02}:{:02}Z", self.id / 60 % 60, self.id % 60),
            "updated_at": "2026-11-27T10:59:59Z",
            "run_attempt": self.attempt,
            "actor": shapes::user(base, actor),
            "triggering_actor": shapes::user(base, actor),
            "check_suite_id": 414_944_374,
            "run_started_at": "2026-11-27T10:00:00Z",
            "check_suite_url": format!("{owner}/check-suites/414944374"),
            "workflow_url": format!("{owner}/actions/workflows/159038"),
            "head_commit": shapes::commit(&self.started.commit),
            "repository": of_repository,
            "head_repository": of_repository,
        });
        for below in ["jobs", "logs", "artifacts", "cancel", "rerun"] {
            run[format!("{below}_url")] = json!(format!("{url}/{below}"));
        }
        run
    }

    /// A page of its jobs, with everything that the description requires (`job`); and whether there is another page.
    pub fn jobs(&self, base: &str, repository: &str, page: usize, size: usize) -> (Value, bool) {
        let count = self.started.jobs.max(1);
        let numbers = (0..count).skip((page - 1) * size).take(size);
        let jobs: Vec<Value> = numbers.map(|number| self.job(base, repository, number)).collect();
        (json!({ "total_count": count, "jobs": jobs }), page * size < count)
    }

    fn job(&self, base: &str, repository: &str, number: usize) -> Value {
        let over = self.is_over();
        let step = |number: u32, name: &str, done: bool, failed: bool| {
            let (status, conclusion) = match (done, failed) {
                (true, true) => ("completed", Some("failure")),
                (true, false) => ("completed", Some("success")),
                (false, _) => (if self.looked == 0 { "queued" } else { "in_progress" }, None),
            };
            json!({ "name": name, "status": status, "conclusion": conclusion, "number": number })
        };
        let last = number + 1 == self.started.jobs.max(1);
        let fails = last && self.started.fate == Fate::Fails;
        let steps = [
            step(1, "Set up job", self.looked >= 2, false),
            step(2, "Build and push", over && !self.cancelled, over && fails),
        ];
        let conclusion = self.conclusion();
        let conclusion = if fails || conclusion != Some("failure") { conclusion } else { Some("success") };
        let id = 399_444_496 + u64::from(self.attempt) * 1000 + number as u64;
        let (owner, run) = (format!("{base}/repos/{repository}"), self.id);
        json!({
            "id": id,
            "node_id": "MDg6Q2hlY2tSdW4zOTk0NDQ0OTY=",
            "run_id": run,
            "run_url": format!("{owner}/actions/runs/{run}"),
            "run_attempt": self.attempt,
            "head_sha": self.started.commit,
            "head_branch": self.started.branch,
            "name": if number == 0 { "images".to_owned() } else { format!("images ({number})") },
            "url": format!("{owner}/actions/jobs/{id}"),
            "html_url": format!("{base}/acme/greenlang/runs/{id}"),
            "check_run_url": format!("{owner}/check-runs/{id}"),
            "status": self.status(),
            "conclusion": conclusion,
            "created_at": "2026-11-27T10:00:00Z",
            "started_at": "2026-11-27T10:00:01Z",
            "completed_at": over.then_some("2026-11-27T10:59:59Z"),
            "labels": ["ubuntu-latest"],
            "runner_id": 1,
            "runner_name": "GitHub Actions 1",
            "runner_group_id": 2,
            "runner_group_name": "GitHub Actions",
            "workflow_name": "release",
            "steps": steps,
        })
    }
}
