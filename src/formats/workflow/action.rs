//! Composite actions of the repository (GitHub Actions, metadata syntax): `uses: ./…` runs the steps of its `action.yml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::expression::{self, Part};
use super::syntax::{self, Step, Table, Text};
use crate::model::{Located, Location};

/// The actions of the repository that its workflows use, by the folder that they name: the file and its text, or why it
/// could not be read.
pub type LocalActions = BTreeMap<PathBuf, Result<(PathBuf, String), String>>;

/// Actions that use actions are followed so far, as GitHub does.
const DEPTH: usize = 10;

/// More actions are not read.
const MOST: usize = 200;

/// The names that such a file may have.
pub const FILES: [&str; 2] = ["action.yml", "action.yaml"];

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    inputs: BTreeMap<String, Option<Input>>,
    runs: Runs,
}

#[derive(Deserialize)]
struct Input {
    #[serde(default)]
    default: Option<Text>,
}

#[derive(Deserialize)]
struct Runs {
    using: String,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Uses {
    #[serde(default)]
    jobs: BTreeMap<String, UsesInJob>,
    #[serde(default)]
    runs: Option<UsesInJob>,
}

#[derive(Deserialize)]
struct UsesInJob {
    #[serde(default)]
    steps: Option<Vec<Step>>,
}

/// The actions that the workflows use, and those that these use, each as `read` has it; it has none that nobody knows of.
pub fn used_actions(
    files: &[(PathBuf, String)],
    mut read: impl FnMut(&Path) -> Option<Result<(PathBuf, String), String>>,
) -> LocalActions {
    let mut actions = LocalActions::new();
    let mut open: BTreeSet<PathBuf> = files.iter().flat_map(|(_, text)| folders(text)).collect();
    while let Some(folder) = open.pop_first() {
        if actions.contains_key(&folder) || actions.len() >= MOST {
            continue;
        }
        if let Some(action) = read(&folder) {
            open.extend(action.iter().flat_map(|(_, text)| folders(text)));
            actions.insert(folder, action);
        }
    }
    actions
}

/// The folders of the actions that a workflow or an action uses; none of a text that cannot be read, whose reader says so.
fn folders(text: &str) -> BTreeSet<PathBuf> {
    let Ok(uses) = serde_saphyr::from_str::<Uses>(text) else { return BTreeSet::new() };
    let steps = uses.jobs.into_values().chain(uses.runs).filter_map(|job| job.steps).flatten();
    steps.filter_map(|step| folder(&step.uses?.value)).collect()
}

/// The folder of `uses: ./folder`, relative to the repository; none of what is not the repository's.
pub(super) fn folder(uses: &str) -> Option<PathBuf> {
    let below = uses.trim().strip_prefix("./").or_else(|| (uses.trim() == ".").then_some(""))?;
    let mut folder = PathBuf::new();
    for component in Path::new(below).components() {
        match component {
            Component::Normal(name) => folder.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(folder)
}

/// The file and the steps of an action, with what its caller gives to it written out; no steps of one that is no composite
/// action.
///
/// # Errors
/// Why nothing in it counts, and where that is.
pub(super) fn read<'a>(
    actions: &'a LocalActions,
    folder: &Path,
    given: &Table,
    depth: usize,
    used_at: &Location,
) -> Result<(&'a Path, Vec<Step>), Located<String>> {
    let here = |value| Located { value, at: used_at.clone() };
    let shown = folder.display();
    if depth > DEPTH {
        return Err(here(format!("actions that use actions, more than {DEPTH} deep: not followed")));
    }
    let (file, text) = match actions.get(folder) {
        Some(Ok(read)) => read,
        Some(Err(why)) => {
            return Err(here(format!("the action ./{shown} is not read, so nothing in it counts: {why}")));
        }
        None => {
            return Err(here(format!("the action ./{shown} was not found, so nothing in it counts")));
        }
    };
    match steps(text, given) {
        Ok(steps) => Ok((file, steps)),
        Err((line, message)) => {
            let at = Location { file: file.clone(), line };
            Err(Located { value: format!("no action: {message}"), at })
        }
    }
}

fn steps(text: &str, given: &Table) -> Result<Vec<Step>, (u32, String)> {
    let metadata: Metadata = syntax::from_yaml(text)?;
    if !metadata.runs.using.eq_ignore_ascii_case("composite") {
        return Ok(Vec::new());
    }
    let mut inputs = BTreeMap::new();
    for (name, input) in metadata.inputs {
        inputs.extend(input.and_then(|input| input.default).map(|default| (name, default.value)));
    }
    inputs.extend(given.texts());
    let mut steps = metadata.runs.steps;
    for text in steps.iter_mut().flat_map(texts) {
        text.value = filled(&text.value, &inputs);
    }
    Ok(steps)
}

fn texts(step: &mut Step) -> impl Iterator<Item = &mut Text> {
    let Step { run, condition, continue_on_error, with, env, uses, .. } = step;
    let own = run.iter_mut().chain(condition).chain(continue_on_error).chain(uses);
    own.chain(with.entries.values_mut()).chain(env.entries.values_mut())
}

/// `${{ inputs.name }}` replaced by what the input holds. One of several lines stays: it would move those after it.
fn filled(text: &str, inputs: &BTreeMap<String, String>) -> String {
    let value = |inner: &str| {
        let value = inputs.get(inner.trim().strip_prefix("inputs.")?)?.trim();
        (!value.contains('\n')).then_some(value)
    };
    let part = |part| match part {
        Part::Text(text) => text,
        Part::Expression { whole, inner } if whole.ends_with("}}") => value(inner).unwrap_or(whole),
        Part::Expression { whole, .. } => whole,
    };
    expression::parts(text).map(part).collect()
}
