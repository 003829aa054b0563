//! The parts of a workflow file that are read. Scalars are read as text, so that `no` stays `no`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::model::JobEnvironment;

pub(super) use crate::formats::yaml::{line, read as from_yaml};

/// Text with its place.
pub(super) type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
pub(super) struct Workflow {
    #[serde(default)]
    pub jobs: BTreeMap<String, Job>,
    #[serde(default)]
    defaults: Option<Defaults>,
    #[serde(default)]
    pub env: Table,
    /// A name, a list of names, or a map by name.
    #[serde(default)]
    on: Option<Spanned<Value>>,
    #[serde(default)]
    permissions: Option<Spanned<Value>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Job {
    /// A reusable workflow that it calls.
    #[serde(default)]
    pub uses: Option<Text>,
    /// What it gives to that one.
    #[serde(default)]
    pub with: Table,
    /// The secrets that it gives to that one: a map, or `inherit`.
    #[serde(default)]
    pub secrets: Table,
    #[serde(default)]
    pub env: Table,
    /// A name, or a map with one.
    #[serde(default)]
    environment: Value,
    /// A name or a list of names.
    #[serde(default)]
    needs: Value,
    #[serde(rename = "runs-on", default)]
    runs_on: Value,
    #[serde(rename = "continue-on-error", default)]
    pub continue_on_error: Option<Text>,
    #[serde(rename = "if", default)]
    pub condition: Option<Text>,
    #[serde(default)]
    defaults: Option<Defaults>,
    #[serde(default)]
    pub steps: Option<Vec<Step>>,
    /// What it is done for, several times.
    #[serde(default)]
    pub strategy: Value,
    #[serde(default)]
    permissions: Option<Spanned<Value>>,
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

#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Step {
    /// The name by which others ask for its outputs.
    #[serde(default)]
    pub id: Option<String>,
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
    pub with: Table,
    #[serde(default)]
    pub env: Table,
}

/// A map of texts, or one expression in its place.
#[derive(Debug, Default, Clone)]
pub(super) struct Table {
    pub entries: BTreeMap<String, Text>,
    pub whole: Option<String>,
}

impl Workflow {
    pub fn shell(&self) -> Option<&str> {
        self.defaults.as_ref()?.run.as_ref()?.shell.as_deref()
    }

    /// Whether only pull requests start it: nothing is released from those.
    pub fn is_for_pull_requests_only(&self) -> bool {
        let events = self.events();
        let is_request = |event: &&str| event.starts_with("pull_request") || *event == "merge_group";
        !events.is_empty() && events.iter().all(is_request)
    }

    /// The events that start it.
    pub fn events(&self) -> Vec<&str> {
        names(self.on())
    }

    /// The patterns of `on.push.tags` or `on.push.branches`.
    pub fn pushed(&self, kind: &str) -> Vec<&str> {
        names(&self.on()["push"][kind])
    }

    /// What starts it.
    pub fn on(&self) -> &Value {
        self.on.as_ref().map_or(&Value::Null, |on| &on.value)
    }

    /// The line of what starts it.
    pub fn on_line(&self) -> u32 {
        self.on.as_ref().map_or(1, line)
    }
}

impl Job {
    /// The shell of its `run` steps, where that is set; Windows has another one by itself.
    pub fn shell<'a>(&'a self, workflow: &'a Workflow) -> Option<&'a str> {
        let own = self.defaults.as_ref().and_then(|defaults| defaults.run.as_ref()?.shell.as_deref());
        let is_windows = self.labels().iter().any(|label| label.contains("windows"));
        own.or(workflow.shell()).or(is_windows.then_some("pwsh"))
    }

    /// Its deployment environment.
    pub fn environment(&self) -> JobEnvironment {
        let name = match &self.environment {
            Value::String(name) => name,
            Value::Object(map) => match map.get("name") {
                Some(Value::String(name)) => name,
                _ => return JobEnvironment::Computed,
            },
            _ => return JobEnvironment::None,
        };
        if name.contains("${{") { JobEnvironment::Computed } else { JobEnvironment::Named(name.clone()) }
    }

    /// The file of this repository's workflow that it calls.
    pub fn calls(&self) -> Option<&str> {
        self.uses.as_ref()?.value.strip_prefix("./")
    }

    /// The labels of the machine that it runs on, as they are written.
    pub fn labels(&self) -> Vec<String> {
        let labels = if self.runs_on.is_object() { &self.runs_on["labels"] } else { &self.runs_on };
        names(labels).into_iter().map(str::to_owned).collect()
    }

    /// What its token may do: as it says itself, else as the workflow does.
    pub fn permissions<'a>(&'a self, workflow: &'a Workflow) -> Option<&'a Spanned<Value>> {
        self.permissions.as_ref().or(workflow.permissions.as_ref())
    }

    /// The jobs that come before it.
    pub fn needs(&self) -> Vec<&str> {
        names(&self.needs)
    }
}

/// A name, the names of a list, or the keys of a map.
pub(super) fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(|name| name.as_str()).collect(),
        Value::Object(map) => map.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A scalar as text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

impl Table {
    /// The texts without their places.
    pub fn texts(&self) -> BTreeMap<String, String> {
        self.entries.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect()
    }
}

impl Step {
    /// Every input of the action that has a value.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.with.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// An input of the action.
    pub fn input(&self, name: &str) -> Option<&Text> {
        self.with.entries.get(name)
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Table;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some((name, text)) = map.next_entry::<String, Option<Text>>()? {
                    entries.extend(text.map(|text| (name, text)));
                }
                Ok(Table { entries, whole: None })
            }

            fn visit_str<E>(self, whole: &str) -> Result<Table, E> {
                Ok(Table { whole: Some(whole.to_owned()), ..Table::default() })
            }

            fn visit_unit<E>(self) -> Result<Table, E> {
                Ok(Table::default())
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// Reads a file; the error has its line.
pub(super) fn parse(text: &str) -> Result<Workflow, (u32, String)> {
    from_yaml(text)
}

/// The name of an action that is used: without its version, in lower case.
pub(super) fn action_name(uses: &Text) -> String {
    uses.value.split('@').next().unwrap_or_default().trim().to_ascii_lowercase()
}
