//! The parts of a workflow file that are read. Scalars are read as text, so that `no` stays `no`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::model::text::clean_line;

/// Text with its place.
pub(super) type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
pub(super) struct Workflow {
    #[serde(default)]
    pub jobs: BTreeMap<String, Job>,
    #[serde(default)]
    defaults: Option<Defaults>,
    /// A name, a list of names, or a map by name.
    #[serde(default)]
    on: serde_json::Value,
    /// Variables, or an expression that makes them.
    #[serde(default)]
    env: serde_json::Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Job {
    /// A reusable workflow that it calls.
    #[serde(default)]
    pub uses: Option<String>,
    /// A name or a list of names.
    #[serde(default)]
    needs: serde_json::Value,
    #[serde(rename = "runs-on", default)]
    runs_on: serde_json::Value,
    #[serde(rename = "continue-on-error", default)]
    pub continue_on_error: Option<Text>,
    #[serde(rename = "if", default)]
    pub condition: Option<Text>,
    #[serde(default)]
    defaults: Option<Defaults>,
    #[serde(default)]
    pub steps: Option<Vec<Step>>,
    #[serde(default)]
    env: serde_json::Value,
    /// What it is done for, several times.
    #[serde(default)]
    pub strategy: serde_json::Value,
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
    /// The name by which others ask for its outputs.
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    env: serde_json::Value,
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
    with: Option<BTreeMap<String, Option<Text>>>,
}

impl Workflow {
    pub fn shell(&self) -> Option<&str> {
        self.defaults.as_ref()?.run.as_ref()?.shell.as_deref()
    }

    /// Whether only pull requests start it: nothing is released from those.
    pub fn is_for_pull_requests_only(&self) -> bool {
        let events = names(&self.on);
        let is_request = |event: &&str| event.starts_with("pull_request") || *event == "merge_group";
        !events.is_empty() && events.iter().all(is_request)
    }

    /// What starts it.
    pub fn events(&self) -> Vec<&str> {
        names(&self.on)
    }

    /// The patterns of `on.push.tags` or `on.push.branches`.
    pub fn pushed(&self, kind: &str) -> Vec<&str> {
        names(&self.on["push"][kind])
    }

    /// Its own variables.
    pub fn variables(&self) -> BTreeMap<String, String> {
        variables(&self.env)
    }

    /// The files of this repository's workflows that it calls.
    pub fn calls(&self) -> impl Iterator<Item = &str> {
        self.jobs.values().filter_map(|job| job.uses.as_deref()?.strip_prefix("./"))
    }
}

impl Job {
    /// The shell of its `run` steps, where that is set; Windows has another one by itself.
    pub fn shell<'a>(&'a self, workflow: &'a Workflow) -> Option<&'a str> {
        let own = self.defaults.as_ref().and_then(|defaults| defaults.run.as_ref()?.shell.as_deref());
        let is_windows = names(&self.runs_on).iter().any(|label| label.contains("windows"));
        own.or(workflow.shell()).or(is_windows.then_some("pwsh"))
    }

    /// Its own variables.
    pub fn variables(&self) -> BTreeMap<String, String> {
        variables(&self.env)
    }

    /// The jobs that come before it.
    pub fn needs(&self) -> Vec<&str> {
        names(&self.needs)
    }
}

/// A name, the names of a list, or the keys of a map.
fn names(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(name) => vec![name],
        serde_json::Value::Array(names) => names.iter().filter_map(|name| name.as_str()).collect(),
        serde_json::Value::Object(map) => map.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The variables of a map; none of an expression.
fn variables(env: &serde_json::Value) -> BTreeMap<String, String> {
    let pairs = env.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), scalar(value)?))).collect()
}

/// A scalar as text.
pub(super) fn scalar(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(_) | serde_json::Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

impl Step {
    /// Its own variables.
    pub fn variables(&self) -> BTreeMap<String, String> {
        variables(&self.env)
    }

    /// Every input of the action that has a value.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &Text)> {
        let inputs = self.with.iter().flatten();
        inputs.filter_map(|(name, value)| Some((name.as_str(), value.as_ref()?)))
    }

    /// An input of the action.
    pub fn input(&self, name: &str) -> Option<&Text> {
        self.with.as_ref()?.get(name)?.as_ref()
    }
}

/// Reads a file; the error has its line.
pub(super) fn parse(text: &str) -> Result<Workflow, (u32, String)> {
    serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |location| u32::try_from(location.line()).unwrap_or(u32::MAX));
        let message = error.to_string();
        let first = clean_line(message.lines().next().unwrap_or_default());
        (line, first.chars().take(200).collect())
    })
}

/// The line where a text begins; of a `|` block its first line of content.
pub(super) fn line(text: &Text) -> u32 {
    u32::try_from(text.defined.line()).unwrap_or(u32::MAX)
}
