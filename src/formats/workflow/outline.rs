//! What a workflow is made of, as it is written: triggers, variables, inputs of actions, commands. For whoever has to
//! guess what it builds and where that goes; what it promises is read elsewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::shell;
use super::syntax::{self, Job, Step, Text, Workflow};
use crate::model::{Located, Location};

/// The most jobs that a matrix is unrolled to.
const MATRIX: usize = 64;

/// A workflow as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The file.
    pub file: PathBuf,
    /// What starts it: `push`, `release`, `workflow_dispatch` ….
    pub events: Vec<String>,
    /// The patterns of tags whose push starts it.
    pub tags: Vec<String>,
    /// The patterns of branches whose push starts it.
    pub branches: Vec<String>,
    /// Its jobs, by name.
    pub jobs: Vec<OutlinedJob>,
}

/// A job as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlinedJob {
    /// Its key.
    pub name: String,
    /// Variables of the workflow and its own.
    pub variables: BTreeMap<String, String>,
    /// What `matrix.…` is, one map for each time that it runs; one empty map without a matrix.
    pub matrix: Vec<BTreeMap<String, String>>,
    /// Its steps.
    pub steps: Vec<OutlinedStep>,
}

/// A step as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlinedStep {
    /// The name by which others ask for its outputs.
    pub id: Option<String>,
    /// The action without its version, in lower case: `docker/build-push-action`.
    pub action: Option<Located<String>>,
    /// The inputs of the action.
    pub inputs: BTreeMap<String, Located<String>>,
    /// Its own variables, and those that its script sets.
    pub variables: BTreeMap<String, String>,
    /// The commands of its script; none of one that cannot be read.
    pub commands: Vec<WrittenCommand>,
}

/// A command of a script, its words as they are written: quotes, variables and expressions included.
pub type WrittenCommand = Located<Vec<String>>;

/// Outlines a workflow.
///
/// # Errors
/// What is no YAML or no workflow, with its line.
pub fn outline(file: &Path, text: &str) -> Result<Outline, Located<String>> {
    let workflow = syntax::parse(text).map_err(|(line, why)| {
        let value = format!("no workflow: {why}");
        Located { value, at: Location { file: file.to_owned(), line } }
    })?;
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let jobs = workflow.jobs.iter().map(|(name, job)| outlined(name, job, &workflow, file));
    Ok(Outline {
        file: file.to_owned(),
        events: owned(workflow.events()),
        tags: owned(workflow.pushed("tags")),
        branches: owned(workflow.pushed("branches")),
        jobs: jobs.collect(),
    })
}

fn outlined(name: &str, job: &Job, workflow: &Workflow, file: &Path) -> OutlinedJob {
    let mut variables = workflow.env.texts();
    variables.extend(job.env.texts());
    let shell = job.shell(workflow);
    OutlinedJob {
        name: name.to_owned(),
        variables,
        matrix: unrolled(&job.strategy["matrix"]),
        steps: job.steps.iter().flatten().map(|step| step_of(step, shell, file)).collect(),
    }
}

fn step_of(step: &Step, shell: Option<&str>, file: &Path) -> OutlinedStep {
    let located = |text: &Text, value: String| {
        let at = Location { file: file.to_owned(), line: syntax::line(text) };
        Located { value, at }
    };
    let action = |uses: &Text| {
        located(uses, uses.value.split('@').next().unwrap_or_default().trim().to_ascii_lowercase())
    };
    let inputs = step.inputs().map(|(name, value)| (name.to_owned(), located(value, value.value.clone())));
    let shell = step.shell.as_deref().or(shell);
    let commands = step.run.as_ref().and_then(|run| shell::commands(run, shell).ok()).unwrap_or_default();
    let mut variables = step.env.texts();
    variables.extend(commands.iter().flat_map(|command| command.assigned.clone()));
    let written = commands.into_iter().filter(|command| command.written.iter().any(|word| !word.is_empty()));
    OutlinedStep {
        id: step.id.clone(),
        action: step.uses.as_ref().map(action),
        inputs: inputs.collect(),
        variables,
        commands: written
            .map(|command| Located {
                value: command.written,
                at: Location { file: file.to_owned(), line: command.line },
            })
            .collect(),
    }
}

/// The combinations of a matrix (workflow syntax, `jobs.<job_id>.strategy.matrix`): every axis with every other, and
/// `include`, which adds to those that it agrees with, else is one of its own. `exclude` is left to the guesser's reader.
fn unrolled(matrix: &serde_json::Value) -> Vec<BTreeMap<String, String>> {
    let mut runs = vec![BTreeMap::new()];
    let axes = matrix.as_object().into_iter().flatten();
    for (axis, values) in axes.filter(|(axis, _)| !matches!(axis.as_str(), "include" | "exclude")) {
        let Some(values) = values.as_array().filter(|values| !values.is_empty()) else { continue };
        let with = |run: &BTreeMap<String, String>, value: &serde_json::Value| {
            let mut run = run.clone();
            run.extend(named(axis, value));
            run
        };
        runs = runs
            .iter()
            .flat_map(|run| values.iter().map(move |value| with(run, value)))
            .take(MATRIX)
            .collect();
    }
    let axes: Vec<String> = runs[0].keys().cloned().collect();
    let mut alone = Vec::new();
    for entry in matrix["include"].as_array().into_iter().flatten().take(MATRIX) {
        let entry: BTreeMap<String, String> =
            entry.as_object().into_iter().flatten().flat_map(|(name, value)| named(name, value)).collect();
        let agrees = |run: &BTreeMap<String, String>| {
            !axes.is_empty()
                && axes.iter().all(|axis| entry.get(axis).is_none_or(|value| run.get(axis) == Some(value)))
        };
        if runs.iter().any(agrees) {
            runs.iter_mut().filter(|run| agrees(run)).for_each(|run| run.extend(entry.clone()));
        } else {
            alone.push(entry);
        }
    }
    if !alone.is_empty() && axes.is_empty() {
        runs.clear();
    }
    runs.extend(alone);
    runs
}

/// A value of the matrix, and those below it: `image.name`.
fn named(name: &str, value: &serde_json::Value) -> Vec<(String, String)> {
    match value.as_object() {
        Some(map) => map
            .iter()
            .filter_map(|(inner, value)| Some((format!("{name}.{inner}"), syntax::scalar(value)?)))
            .collect(),
        None => syntax::scalar(value).map(|value| (name.to_owned(), value)).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Outline {
        outline(Path::new("release.yml"), text).unwrap()
    }

    #[test]
    fn triggers_variables_inputs_and_commands_are_read_as_they_are_written() {
        let outline = of(
            "on:\n  push:\n    tags: ['v*']\n  workflow_dispatch:\nenv:\n  REGISTRY: ghcr.io\njobs:\n  a:\n    env: { IMAGE: \"${{ env.REGISTRY }}/acme/app\" }\n    steps:\n      - id: meta\n        uses: Docker/metadata-action@v5\n        with:\n          images: |\n            ghcr.io/a/b\n      - run: |\n          TAG=${GITHUB_REF#refs/tags/}\n          docker push \"$IMAGE:${{ inputs.größe }}-$TAG\"\n",
        );
        assert_eq!(outline.events, ["push", "workflow_dispatch"]);
        assert_eq!(outline.tags, ["v*"]);
        let job = &outline.jobs[0];
        assert_eq!(job.variables["IMAGE"], "${{ env.REGISTRY }}/acme/app");
        assert_eq!(job.steps[0].action.as_ref().unwrap().value, "docker/metadata-action");
        assert_eq!((job.steps[0].id.as_deref(), job.steps[0].inputs["images"].at.line), (Some("meta"), 15));
        assert_eq!(job.steps[1].variables["TAG"], "${GITHUB_REF#refs/tags/}");
        let push = &job.steps[1].commands[0];
        assert_eq!(push.value, ["docker", "push", "\"$IMAGE:${{ inputs.größe }}-$TAG\""]);
        assert_eq!(push.at.line, 18);
    }

    #[test]
    fn a_matrix_is_unrolled() {
        let runs = |matrix: &str| {
            let text =
                format!("on: push\njobs:\n  a:\n    strategy:\n      matrix:\n{matrix}    steps: []\n");
            of(&text).jobs[0].matrix.clone()
        };
        let run = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(
            runs("        image: [runner, full]\n        os: [linux]\n"),
            [run(&[("image", "runner"), ("os", "linux")]), run(&[("image", "full"), ("os", "linux")])]
        );
        assert_eq!(
            runs(
                "        include:\n          - { image: runner, file: a }\n          - { image: full, file: b }\n"
            ),
            [run(&[("image", "runner"), ("file", "a")]), run(&[("image", "full"), ("file", "b")])]
        );
        assert_eq!(
            runs(
                "        image: [runner]\n        include:\n          - { image: runner, file: a }\n          - { image: full }\n"
            ),
            [run(&[("image", "runner"), ("file", "a")]), run(&[("image", "full")])]
        );
        assert_eq!(runs("        image: ${{ fromJSON(x) }}\n"), [run(&[])]);
        assert_eq!(
            runs("        image:\n          - { name: a, file: b }\n"),
            [run(&[("image.name", "a"), ("image.file", "b")])]
        );
    }

    #[test]
    fn what_is_no_workflow_has_its_line() {
        let error = outline(Path::new("bad.yml"), "on: push\njobs:\n  a: [\n").unwrap_err();
        assert!(error.at.line >= 3, "{error:?}");
    }
}
