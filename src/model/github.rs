//! What GitHub says of a repository: runs of its workflows, names of secrets and variables, packages.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// GitHub's own registry.
pub const GITHUB_REGISTRY: &str = "ghcr.io";

/// Whether GitHub is asked about the source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskGithub {
    /// Never.
    #[default]
    No,
    /// Where the source's host is known to be one.
    KnownHosts,
    /// Whatever the source's host is called: the address of its API is configured.
    AnyHost,
}

/// A run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRun {
    /// Its number in GitHub's API.
    pub id: u64,
    /// `queued`, `in_progress`, `completed` …
    pub status: String,
    /// How it ended: `success`, `failure`, `cancelled` …
    pub conclusion: Option<String>,
    /// The commit that it runs on.
    pub head_sha: String,
    /// The branch or tag that it was started for.
    pub head_branch: Option<String>,
    /// What started it: `push`, `workflow_dispatch` …
    pub event: String,
    /// Who started it.
    pub actor: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many times it was tried.
    pub attempt: u32,
    /// Its page.
    pub url: String,
}

impl WorkflowRun {
    /// Whether it is queued, waiting or running.
    pub fn is_active(&self) -> bool {
        self.status != "completed"
    }

    /// How it ended, where that was no success.
    pub fn failure(&self) -> Option<&str> {
        let conclusion = self.conclusion.as_deref().unwrap_or("no conclusion");
        (!self.is_active() && !matches!(conclusion, "success" | "neutral" | "skipped")).then_some(conclusion)
    }
}

/// A job of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowJob {
    /// Its number in GitHub's API.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `queued`, `in_progress`, `completed` …
    pub status: String,
    /// How it ended.
    pub conclusion: Option<String>,
    /// Its steps, in their order.
    pub steps: Vec<WorkflowStep>,
}

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowStep {
    /// Its name.
    pub name: String,
    /// `queued`, `in_progress`, `completed` …
    pub status: String,
    /// How it ended.
    pub conclusion: Option<String>,
}

/// Who holds secrets and variables for a repository's workflows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameHolder {
    /// The repository.
    Repository,
    /// Its organisation, as far as it shares them with the repository.
    Organization,
    /// A deployment environment of the repository.
    Environment(String),
}

/// Who can pull a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageVisibility {
    /// Everybody.
    Public,
    /// Whoever belongs to the enterprise.
    Internal,
    /// Those who were named.
    Private,
}
