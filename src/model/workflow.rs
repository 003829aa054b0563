//! The workflows that release: what starts them, what they ask for, and what GitHub has to hold for them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Location;

/// A workflow that releases by itself: it is not only called by another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseWorkflow {
    /// The file.
    pub file: PathBuf,
    /// Where its `on:` stands.
    pub on: Location,
    /// Which tags start it when they are pushed; none where no tag does.
    pub tags: Option<TagFilter>,
    /// Whether a release that is published on GitHub starts it.
    pub github_release: bool,
    /// How it is started by hand; none without `workflow_dispatch`.
    pub dispatch: Option<Vec<DispatchInput>>,
    /// The secrets and variables that its armed steps need, those of called workflows among them.
    pub needs: Vec<NeededName>,
}

impl ReleaseWorkflow {
    /// Its file's own name, by which GitHub knows it.
    pub fn name(&self) -> String {
        self.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Which tags start a workflow when they are pushed, in GitHub's patterns. Nothing in both: every tag does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagFilter {
    /// `tags`, in their order: a later `!pattern` takes away again.
    pub only: Vec<String>,
    /// `tags-ignore`.
    pub ignored: Vec<String>,
}

/// An input of `workflow_dispatch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispatchInput {
    /// Its name.
    pub name: String,
    /// Whether it has to be given.
    pub required: bool,
    /// Its value where none is given.
    pub default: Option<String>,
    /// What it takes.
    pub kind: InputKind,
}

/// What an input takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Any text; the name of an environment is one too.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// One of these.
    Choice(Vec<String>),
}

/// A secret or variable that an armed step needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NeededName {
    /// Secret or variable.
    pub kind: NameKind,
    /// Its name in capitals, as GitHub keeps it.
    pub name: String,
    /// Where it is asked for.
    pub at: Location,
    /// What the step does with it: `logs in with it`.
    pub purpose: String,
    /// The environment of the job, which may hold it as well.
    pub environment: JobEnvironment,
}

/// What GitHub holds for workflows under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// A secret.
    Secret,
    /// A variable.
    Variable,
}

impl NameKind {
    /// The word for one of them, which GitHub's command line uses too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Variable => "variable",
        }
    }
}

/// The deployment environment of a job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobEnvironment {
    /// None.
    None,
    /// This one.
    Named(String),
    /// One that only the run knows.
    Computed,
}

impl DispatchInput {
    /// Whether a dispatch without it is refused.
    pub fn is_demanded(&self) -> bool {
        self.required && self.default.is_none()
    }
}
