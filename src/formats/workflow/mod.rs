//! What the release workflows declare (GitHub Actions, workflow syntax): the steps that push, sign, make an
//! SBOM and scan, with their lines, and whether their failure could stop the release.

mod needs;
mod outline;
mod promise;
mod shell;
mod starts;
mod syntax;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub use outline::{Outline, OutlinedJob, OutlinedStep, WrittenCommand, outline};

use needs::Passed;
use starts::{Starts, starts};
use syntax::{Job, Step, Workflow};

use crate::model::{
    DeclaredStep, Located, Location, NameKind, NeededName, ReleaseWorkflow, StepKind, Workflows,
};

/// Reads workflow files. A file that is no YAML costs itself only, and is said with its line.
///
/// Of several files those count that push images, with the workflows of the repository that they call; when
/// none pushes, those whose name says that they release. What only pull requests start never counts.
pub fn parse(files: &[(PathBuf, String)]) -> Workflows {
    parse_named(files, None)
}

/// The same where the file that releases is named: it counts, with what it calls, in place of those that push.
pub fn parse_named(files: &[(PathBuf, String)], releases: Option<&Path>) -> Workflows {
    let mut workflows = Workflows::default();
    let mut read = Vec::new();
    for (file, text) in files {
        workflows.files.push(file.clone());
        match syntax::parse(text) {
            Ok(workflow) if workflow.is_for_pull_requests_only() => {}
            Ok(workflow) => read.push(FileReader::read(file, &workflow)),
            Err((line, message)) => {
                let at = Location { file: file.clone(), line };
                workflows.troubles.push(Located { value: format!("no workflow: {message}"), at });
            }
        }
    }
    if let Some(named) = releases.filter(|named| !read.iter().any(|reader| reader.file.ends_with(named))) {
        let value = format!("{} is named as the workflow that releases, and was not read", named.display());
        workflows.troubles.push(Located { value, at: Location { file: named.to_owned(), line: 1 } });
    }
    let counted = match releases {
        Some(named) => called_by(&read, read.iter().map(|reader| reader.file.ends_with(named)).collect()),
        None => counted(&read),
    };
    let releasing =
        read.iter().zip(&counted).filter(|(reader, counts)| **counts && !reader.starts.only_called);
    workflows.releasing.extend(releasing.map(|(reader, _)| reader.release(&read)));
    for (reader, counts) in read.into_iter().zip(counted) {
        if counts {
            workflows.steps.extend(reader.steps);
            workflows.troubles.extend(reader.troubles);
        }
    }
    workflows
}

/// The files that are in it, and those that they call.
fn called_by(read: &[FileReader], mut counted: Vec<bool>) -> Vec<bool> {
    loop {
        let called =
            |place: usize| (0..read.len()).any(|from| counted[from] && read[from].calls_to(&read[place]));
        let now: Vec<bool> = (0..read.len()).map(|place| counted[place] || called(place)).collect();
        if now == counted {
            return counted;
        }
        counted = now;
    }
}

/// Which of the files release something.
fn counted(read: &[FileReader]) -> Vec<bool> {
    let pushes = |reader: &FileReader| reader.steps.iter().any(|step| step.step == StepKind::Push);
    let any_pushes = read.iter().any(pushes);
    let releases = |reader| if any_pushes { pushes(reader) } else { says_release(reader.file) };
    let mut counted: Vec<bool> = read.iter().map(releases).collect();
    // What they call, and what that calls; the one that calls a pushing workflow is a release, too.
    loop {
        let reached = |place: usize| {
            (0..read.len()).any(|other| {
                counted[other] && (read[other].calls_to(&read[place]) || read[place].calls_to(&read[other]))
            })
        };
        let now: Vec<bool> = (0..read.len()).map(|place| counted[place] || reached(place)).collect();
        if now == counted {
            return counted;
        }
        counted = now;
    }
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
    on: u32,
    starts: Starts,
    /// The workflows of this repository that it calls, with the secrets that they get.
    calls: Vec<(PathBuf, Passed)>,
    steps: Vec<DeclaredStep>,
    /// What the armed steps of jobs that promise something need.
    needs: Vec<NeededName>,
    troubles: Vec<Located<String>>,
}

impl<'a> FileReader<'a> {
    fn read(file: &'a Path, workflow: &Workflow) -> Self {
        let calls = workflow.jobs.values().filter_map(|job| {
            Some((PathBuf::from(Path::new(job.calls()?).file_name()?), Passed::of(&job.secrets)))
        });
        let mut reader = Self {
            file,
            on: workflow.on_line(),
            starts: starts(workflow.on()),
            calls: calls.collect(),
            steps: Vec::new(),
            needs: Vec::new(),
            troubles: Vec::new(),
        };
        let mut needed = Vec::new();
        let mut jobs = BTreeMap::new();
        for (name, job) in &workflow.jobs {
            let first = reader.steps.len();
            let mut needs = Vec::new();
            for step in job.steps.iter().flatten() {
                if let Some(purpose) = reader.step(step, job, job.shell(workflow), first) {
                    let names = needs::of_step(step, job, workflow).into_iter();
                    needs.extend(names.map(|name| reader.needed(name, purpose, job)));
                }
            }
            needed.push((first..reader.steps.len(), needs));
            jobs.insert(name.as_str(), first..reader.steps.len());
        }
        for (name, job) in &workflow.jobs {
            let Some(condition) = job.condition.as_ref().filter(|it| runs_anyway(&it.value)) else {
                continue;
            };
            let Some(own) = jobs.get(name.as_str()).cloned() else { continue };
            for before in job.needs().into_iter().filter_map(|needed| jobs.get(needed).cloned()) {
                reader.stop_nothing(before, own.clone(), syntax::line(condition));
            }
        }
        for (own, needs) in needed {
            if reader.steps[own].iter().any(|step| step.disarmed.is_none()) {
                reader.needs.extend(needs);
            }
        }
        reader.steps.sort_by_key(|step| step.at.line);
        reader
    }

    fn calls_to(&self, other: &FileReader) -> bool {
        self.calls.iter().any(|(called, _)| other.file.ends_with(called))
    }

    fn needed(&self, (kind, name, line): needs::Needed, purpose: &str, job: &Job) -> NeededName {
        let (at, purpose) = (self.at(line), purpose.to_owned());
        NeededName { kind, name, at, purpose, environment: job.environment() }
    }

    /// What it comes to as a release, with what it calls of `all`.
    fn release(&self, all: &[FileReader]) -> ReleaseWorkflow {
        let mut needs = self.needs_with_called(all, 0);
        needs.sort();
        needs.dedup_by(|next, kept| {
            (next.kind, &next.name, &next.environment) == (kept.kind, &kept.name, &kept.environment)
        });
        ReleaseWorkflow {
            file: self.file.to_owned(),
            on: self.at(self.on),
            tags: self.starts.tags.clone(),
            github_release: self.starts.github_release,
            dispatch: self.starts.dispatch.clone(),
            needs,
        }
    }

    /// Its own needs, and those of what it calls, under the names that it passes for them.
    fn needs_with_called(&self, all: &[FileReader], depth: usize) -> Vec<NeededName> {
        let mut needs = self.needs.clone();
        if depth == CALLS {
            return needs;
        }
        for (called, passed) in &self.calls {
            let Some(callee) = all.iter().find(|other| other.file.ends_with(called)) else { continue };
            for need in callee.needs_with_called(all, depth + 1) {
                match passed {
                    Passed::Named(names) if need.kind == NameKind::Secret => {
                        let given = names.get(&need.name).into_iter().flatten();
                        needs.extend(given.map(|(kind, name, _)| NeededName {
                            kind: *kind,
                            name: name.clone(),
                            ..need.clone()
                        }));
                    }
                    _ => needs.push(need),
                }
            }
        }
        needs
    }

    /// Where the steps `own` push whatever happened (`if: always()`), the ones `before` cannot stop that.
    fn stop_nothing(&mut self, before: Range<usize>, own: Range<usize>, line: u32) {
        if !self.steps[own].iter().any(|step| step.step == StepKind::Push) {
            return;
        }
        let at = self.at(line);
        for step in &mut self.steps[before] {
            if step.step != StepKind::Push && step.disarmed.is_none() {
                let value = "the push after it runs anyway (`if: always()`)".to_owned();
                step.disarmed = Some(Located { value, at: at.clone() });
            }
        }
    }

    fn at(&self, line: u32) -> Location {
        Location { file: self.file.to_owned(), line }
    }

    /// `first`: the first step of its job. Says what it does with a secret that it asks for, where its failure counts.
    fn step(&mut self, step: &Step, job: &Job, shell: Option<&str>, first: usize) -> Option<&'static str> {
        let own = self.steps.len();
        let mut promises = Vec::new();
        let mut logs_in = false;
        if let Some(uses) = &step.uses {
            logs_in = promise::action_logs_in(uses);
            promises.extend(promise::of_action(uses, step));
        }
        if let Some(run) = &step.run {
            let shell = step.shell.as_deref().or(shell);
            match shell::commands(run, shell) {
                Ok(commands) => {
                    logs_in |= commands.iter().any(promise::command_logs_in);
                    promises.extend(commands.iter().flat_map(promise::of_command));
                }
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
        if let Some(condition) = step.condition.as_ref().filter(|it| runs_anyway(&it.value)) {
            self.stop_nothing(first..own, own..self.steps.len(), syntax::line(condition));
        }
        if logs_in && disarmed_by(step, job).is_none() {
            return Some("logs in with it");
        }
        let armed = self.steps[own..].iter().find(|step| step.disarmed.is_none());
        armed.map(|step| needs::purpose(step.step))
    }
}

/// Workflows that call workflows are followed so far, as GitHub does.
const CALLS: usize = 10;

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
        let Some(condition) = condition.as_ref() else { continue };
        let why = match bare(&condition.value).as_str() {
            "false" => "it never runs",
            bare if is_after_failure_only(bare) => "it runs only when something has failed already",
            _ => continue,
        };
        return Some((
            syntax::line(condition),
            format!("`if: {}` of {whose}: {why}", condition.value.trim()),
        ));
    }
    None
}

/// A condition in lower case, without `${{ }}`.
fn bare(condition: &str) -> String {
    let condition = condition.trim();
    let inner = condition.strip_prefix("${{").and_then(|inner| inner.strip_suffix("}}"));
    inner.unwrap_or(condition).trim().to_ascii_lowercase()
}

fn is_after_failure_only(bare: &str) -> bool {
    ["failure()", "cancelled()"].iter().any(|only| bare == *only || bare.starts_with(&format!("{only} &&")))
}

/// Whether it runs although something before it failed.
fn runs_anyway(condition: &str) -> bool {
    let bare = bare(condition);
    bare.contains("always()") || bare.contains("!cancelled()")
}
