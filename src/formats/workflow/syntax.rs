//! The parts of a workflow file that are read. Scalars are read as text, so that `no` stays `no`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

/// Text with its place.
pub(super) type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
pub(super) struct Workflow {
    #[serde(default)]
    pub jobs: BTreeMap<String, Job>,
    #[serde(default)]
    defaults: Option<Defaults>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Job {
    #[serde(rename = "continue-on-error", default)]
    pub continue_on_error: Option<Text>,
    #[serde(rename = "if", default)]
    pub condition: Option<Text>,
    #[serde(default)]
    defaults: Option<Defaults>,
    #[serde(default)]
    pub steps: Option<Vec<Step>>,
}

#[derive(Debug, Deserialize)]
struct Defaults {
    #[serde(default)]
    run: Option<RunDefaults>,
}

#[derive(Debug, Deserialize)]
struct RunDefaults {
    #[serde(default)]
    shell: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Step {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub uses: Option<Text>,
    #[serde(default)]
    pub run: Option<Text>,
    #[serde(default)]
    pub shell: Option<String>,
    #[serde(rename = "if", default)]
    pub condition: Option<Text>,
    #[serde(rename = "continue-on-error", default)]
    pub continue_on_error: Option<Text>,
    #[serde(default)]
    pub with: Option<BTreeMap<String, Text>>,
}

impl Workflow {
    pub fn shell(&self) -> Option<&str> {
        self.defaults.as_ref()?.run.as_ref()?.shell.as_deref()
    }
}

impl Job {
    pub fn shell(&self) -> Option<&str> {
        self.defaults.as_ref()?.run.as_ref()?.shell.as_deref()
    }
}

impl Step {
    /// An input of the action.
    pub fn input(&self, name: &str) -> Option<&Text> {
        self.with.as_ref()?.get(name)
    }
}

/// Reads a file; the error has its line.
pub(super) fn parse(text: &str) -> Result<Workflow, (u32, String)> {
    serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |location| u32::try_from(location.line()).unwrap_or(u32::MAX));
        let message = error.to_string();
        (line, message.lines().next().unwrap_or_default().to_owned())
    })
}

/// The line where a text begins; of a `|` block its first line of content.
pub(super) fn line(text: &Text) -> u32 {
    u32::try_from(text.defined.line()).unwrap_or(u32::MAX)
}
