//! What the release workflows declare (GitHub Actions, workflow syntax): the steps that push, sign, make an
//! SBOM and scan, with their lines, and whether their failure could stop the release.

mod action;
mod around;
mod builds;
mod call;
mod calls;
mod declares;
mod ending;
mod exceptions;
mod expression;
mod gate;
mod hollow;
mod logins;
mod machine;
mod matrix;
mod needs;
mod outline;
mod permissions;
mod promise;
mod reader;
mod runs;
mod shell;
mod starts;
mod substitution;
mod syntax;
mod tag;
#[cfg(test)]
mod tests;
mod values;
mod verification;

use std::path::{Path, PathBuf};

pub use action::{FILES as ACTION_FILES, LocalActions, used_actions};
pub use calls::DEPTH as CALL_DEPTH;
pub use matrix::Matrix;
pub use outline::{Outline, OutlinedCall, OutlinedJob, OutlinedStep, WrittenCommand, outline};

use reader::FileReader;

use crate::model::{DeclaredBuild, DeclaredStep, Located, Location, StepKind, Workflows};

/// Reads workflow files. A file that is no YAML costs itself only, and is said with its line.
///
/// Of several files those count that push images, with the workflows of the repository that they call; when
/// none pushes, those whose name says that they release. What only pull requests start never counts. `actions` are those
/// of the repository that they use: their steps count where they are used.
pub fn parse(files: &[(PathBuf, String)], actions: &LocalActions) -> Workflows {
    parse_named(files, actions, None)
}

/// The same where the file that releases is named: it counts, with what it calls, in place of those that push.
pub fn parse_named(
    files: &[(PathBuf, String)],
    actions: &LocalActions,
    releases: Option<&Path>,
) -> Workflows {
    let mut workflows = Workflows::default();
    let mut read = Vec::new();
    for (file, text) in files {
        workflows.files.push(file.clone());
        match syntax::parse(text) {
            Ok(workflow) if workflow.is_for_pull_requests_only() => {}
            Ok(workflow) => read.push(FileReader::read(file, &workflow, actions)),
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
    let counts: Vec<&FileReader> =
        read.iter().zip(&counted).filter(|(_, counts)| **counts).map(|(reader, _)| reader).collect();
    workflows.lacking = permissions::lacking(&counts);
    workflows.builds = builds(&counts);
    if !counts.iter().any(|reader| reader.attaches_sbom) {
        workflows.hollow.extend(counts.iter().flat_map(|reader| reader.loose_sboms.clone()));
    }
    for (reader, counts) in read.into_iter().zip(counted) {
        if counts {
            workflows.steps.extend(reader.steps);
            workflows.troubles.extend(reader.troubles);
            workflows.hollow.extend(reader.hollow);
            workflows.runs.extend(reader.declares.runs);
            workflows.verifications.extend(reader.declares.verifications);
            workflows.opaque.extend(reader.declares.opaque);
            let logins = reader.declares.logins.into_iter();
            workflows
                .logins
                .extend(logins.map(|login| Located { value: login.value.registry, at: login.at }));
        }
    }
    workflows
}

/// The builds that go to a registry by themselves; all where another step pushes, which may be what they made.
fn builds(readers: &[&FileReader]) -> Vec<DeclaredBuild> {
    let all = || readers.iter().flat_map(|reader| &reader.declares.builds);
    let builds_it = |push: &DeclaredStep| all().any(|(build, pushes)| *pushes && build.name == push.name);
    let pushes = readers.iter().flat_map(|reader| &reader.steps).filter(|step| step.step == StepKind::Push);
    let by_themselves = all().any(|(_, pushes)| *pushes) && pushes.clone().all(builds_it);
    all().filter(|(_, pushes)| *pushes || !by_themselves).map(|(build, _)| build.clone()).collect()
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
