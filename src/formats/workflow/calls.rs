//! Workflows that call others of the repository: what they are together.

use std::path::{Path, PathBuf};

use super::needs::Passed;
use super::permissions::Permissions;
use super::reader::FileReader;
use super::syntax::{Job, Workflow};
use crate::model::{NameKind, NeededName, ReleaseWorkflow};

/// Workflows that call workflows are followed so far, as GitHub does.
pub const DEPTH: usize = 10;

/// A workflow of this repository that is called.
pub(super) struct Called {
    /// Its file's own name.
    pub file: PathBuf,
    /// The secrets that it gets.
    passed: Passed,
    /// What the token of the job that calls it may do.
    pub permissions: Option<Permissions>,
}

impl Called {
    pub fn of(job: &Job, workflow: &Workflow) -> Option<Self> {
        Some(Self {
            file: PathBuf::from(Path::new(job.calls()?).file_name()?),
            passed: Passed::of(&job.secrets),
            permissions: job.permissions(workflow).map(Permissions::read),
        })
    }
}

impl FileReader<'_> {
    pub fn calls_to(&self, other: &FileReader) -> bool {
        self.calls.iter().any(|called| other.file.ends_with(&called.file))
    }

    /// What it comes to as a release, with what it calls of `all`.
    pub fn release(&self, all: &[FileReader]) -> ReleaseWorkflow {
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
        if depth == DEPTH {
            return needs;
        }
        for Called { file, passed, .. } in &self.calls {
            let Some(callee) = all.iter().find(|other| other.file.ends_with(file)) else { continue };
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
}
