//! What a workflow is made of, as it is written: triggers, variables, inputs of actions, commands. For whoever has to
//! guess what it builds and where that goes; what it promises is read elsewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::action::{self, LocalActions};
use super::matrix::Matrix;
use super::shell;
use super::syntax::{self, Job, Step, Text, Workflow};
use crate::model::{Located, Location};

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
    /// What its inputs are where whoever calls it gives nothing.
    pub defaults: BTreeMap<String, String>,
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
    /// How often it runs, and what `matrix.…` is each time.
    pub matrix: Matrix,
    /// The workflow of the repository that it calls in place of steps.
    pub call: Option<OutlinedCall>,
    /// Its steps.
    pub steps: Vec<OutlinedStep>,
}

/// A call of a workflow of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlinedCall {
    /// Where it stands.
    pub at: Location,
    /// The file that it calls, relative to the repository.
    pub file: PathBuf,
    /// What it gives to the inputs.
    pub given: BTreeMap<String, String>,
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

/// Outlines a workflow. The steps of the repository's `actions` stand where they are used.
///
/// # Errors
/// What is no YAML or no workflow, with its line.
pub fn outline(file: &Path, text: &str, actions: &LocalActions) -> Result<Outline, Located<String>> {
    let workflow = syntax::parse(text).map_err(|(line, why)| {
        let value = format!("no workflow: {why}");
        Located { value, at: Location { file: file.to_owned(), line } }
    })?;
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let jobs = workflow.jobs.iter().map(|(name, job)| outlined(name, job, &workflow, (file, actions)));
    Ok(Outline {
        file: file.to_owned(),
        events: owned(workflow.events()),
        tags: owned(workflow.pushed("tags")),
        branches: owned(workflow.pushed("branches")),
        defaults: defaults(&workflow),
        jobs: jobs.collect(),
    })
}

/// The defaults of `on.workflow_call.inputs`.
fn defaults(workflow: &Workflow) -> BTreeMap<String, String> {
    let inputs = workflow.on()["workflow_call"]["inputs"].as_object();
    let default = |(name, input): (&String, &serde_json::Value)| {
        Some((name.clone(), syntax::scalar(&input["default"])?))
    };
    inputs.into_iter().flatten().filter_map(default).collect()
}

fn call_of(job: &Job, file: &Path) -> Option<OutlinedCall> {
    let line = syntax::line(job.uses.as_ref()?);
    let called = PathBuf::from(job.calls()?.split('@').next()?.trim());
    let at = Location { file: file.to_owned(), line };
    Some(OutlinedCall { at, file: called, given: job.with.texts() })
}

fn outlined(
    name: &str,
    job: &Job,
    workflow: &Workflow,
    (file, actions): (&Path, &LocalActions),
) -> OutlinedJob {
    let mut variables = workflow.env.texts();
    variables.extend(job.env.texts());
    let shell = job.shell(workflow);
    OutlinedJob {
        name: name.to_owned(),
        variables,
        matrix: Matrix::of(&job.strategy["matrix"]),
        call: call_of(job, file),
        steps: job.steps.iter().flatten().flat_map(|step| steps_of(step, shell, file, actions, 0)).collect(),
    }
}

/// A step, and after it those of the action of the repository that it uses. One that cannot be read has none: what it
/// promises is said elsewhere.
fn steps_of(
    step: &Step,
    shell: Option<&str>,
    file: &Path,
    actions: &LocalActions,
    depth: usize,
) -> Vec<OutlinedStep> {
    let mut steps = vec![step_of(step, shell, file)];
    let folder = step.uses.as_ref().and_then(|uses| action::folder(&uses.value));
    if let Some(folder) = folder {
        let used_at = Location { file: file.to_owned(), line: 1 };
        if let Ok((file, inner)) = action::read(actions, &folder, &step.with, depth + 1, &used_at) {
            steps.extend(inner.iter().flat_map(|step| steps_of(step, None, file, actions, depth + 1)));
        }
    }
    steps
}

fn step_of(step: &Step, shell: Option<&str>, file: &Path) -> OutlinedStep {
    let located = |text: &Text, value: String| {
        let at = Location { file: file.to_owned(), line: syntax::line(text) };
        Located { value, at }
    };
    let action = |uses: &Text| located(uses, syntax::action_name(uses));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Outline {
        outline(Path::new("release.yml"), text, &LocalActions::new()).unwrap()
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
    fn what_is_no_workflow_has_its_line() {
        let error =
            outline(Path::new("bad.yml"), "on: push\njobs:\n  a: [\n", &LocalActions::new()).unwrap_err();
        assert!(error.at.line >= 3, "{error:?}");
    }
}
