//! What the release workflows declare (GitHub Actions, workflow syntax): the steps that push, sign, make an
//! SBOM and scan, with their lines, and whether their failure could stop the release.

mod promise;
mod shell;
mod syntax;

use std::path::{Path, PathBuf};

use syntax::{Job, Step, Workflow};

use crate::model::{DeclaredStep, Located, Location, StepKind, Workflows};

/// Reads workflow files. A file that is no YAML costs itself only, and is said with its line.
///
/// Of several files those count that push images; when none does, those whose name says that they release.
pub fn parse(files: &[(PathBuf, String)]) -> Workflows {
    let mut workflows = Workflows::default();
    let mut read = Vec::new();
    for (file, text) in files {
        workflows.files.push(file.clone());
        match syntax::parse(text) {
            Ok(workflow) => read.push(FileReader::read(file, &workflow)),
            Err((line, message)) => {
                let at = Location { file: file.clone(), line };
                workflows.troubles.push(Located { value: format!("no workflow: {message}"), at });
            }
        }
    }
    let pushes = |reader: &FileReader| reader.steps.iter().any(|step| step.step == StepKind::Push);
    let any_pushes = read.iter().any(pushes);
    for reader in read {
        if if any_pushes { pushes(&reader) } else { says_release(reader.file) } {
            workflows.steps.extend(reader.steps);
            workflows.troubles.extend(reader.troubles);
        }
    }
    workflows
}

fn says_release(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    ["release", "publish", "deploy", "docker"].iter().any(|word| name.contains(word))
}

/// What a step promises, before it is known whether it is armed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Promise {
    step: StepKind,
    /// What it runs, where the step has no name.
    what: String,
    line: u32,
    /// Why its failure cannot stop the release.
    disarmed: Option<(u32, String)>,
}

struct FileReader<'a> {
    file: &'a Path,
    steps: Vec<DeclaredStep>,
    troubles: Vec<Located<String>>,
}

impl<'a> FileReader<'a> {
    fn read(file: &'a Path, workflow: &Workflow) -> Self {
        let mut reader = Self { file, steps: Vec::new(), troubles: Vec::new() };
        for job in workflow.jobs.values() {
            let shell = job.shell().or(workflow.shell());
            for step in job.steps.iter().flatten() {
                reader.step(step, job, shell);
            }
        }
        reader.steps.sort_by_key(|step| step.at.line);
        reader
    }

    fn at(&self, line: u32) -> Location {
        Location { file: self.file.to_owned(), line }
    }

    fn step(&mut self, step: &Step, job: &Job, shell: Option<&str>) {
        let mut promises = Vec::new();
        if let Some(uses) = &step.uses {
            promises.extend(promise::of_action(uses, step));
        }
        if let Some(run) = &step.run {
            let shell = step.shell.as_deref().or(shell);
            match shell::commands(run, shell) {
                Ok(commands) => promises.extend(commands.iter().flat_map(promise::of_command)),
                Err(trouble) => {
                    let at = self.at(syntax::line(run));
                    self.troubles.push(Located { value: trouble, at });
                }
            }
        }
        for promise in promises {
            let disarmed = promise.disarmed.or_else(|| disarmed_by(step, job));
            let disarmed = disarmed.map(|(line, value)| Located { value, at: self.at(line) });
            let name = step.name.clone().unwrap_or(promise.what);
            self.steps.push(DeclaredStep { step: promise.step, name, at: self.at(promise.line), disarmed });
        }
    }
}

/// What around a step keeps its failure from stopping the release.
fn disarmed_by(step: &Step, job: &Job) -> Option<(u32, String)> {
    for (value, whose) in [(&step.continue_on_error, "the step"), (&job.continue_on_error, "its job")] {
        if let Some(value) = value.as_ref().filter(|value| value.value.trim() != "false") {
            return Some((
                syntax::line(value),
                format!("continue-on-error of {whose}: it may fail and the release goes on"),
            ));
        }
    }
    for (condition, whose) in [(&step.condition, "the step"), (&job.condition, "its job")] {
        if let Some(condition) = condition.as_ref().filter(|condition| is_never(&condition.value)) {
            return Some((
                syntax::line(condition),
                format!("`if: {}` of {whose}: it never runs", condition.value.trim()),
            ));
        }
    }
    None
}

fn is_never(condition: &str) -> bool {
    let bare = condition.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
    bare.eq_ignore_ascii_case("false")
}
