//! From what a project holds to its `exitbar.toml`: everything is read before, nothing is asked here.
//!
//! Every setting says where it comes from, or that it is a guess, or that somebody has to fill it in.

mod bake;
mod build_commands;
mod builds;
mod candidates;
mod destinations;
mod draft;
mod expression;
mod goreleaser;
mod images;
mod ko;
mod options;
mod policy;
mod programs;
mod recipe;
mod references;
mod release;
mod runs;
#[cfg(test)]
mod tests;
mod turn;
mod value;
mod workflows;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::formats::version_file;
use crate::formats::workflow::ACTION_FILES;
use workflows::Workflows;

pub use candidates::is_dockerfile;
pub use draft::{Certainty, Draft, Said};

/// What was read of a project.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder's name.
    pub folder: String,
    /// Every file that was seen, relative to the folder.
    pub paths: Vec<PathBuf>,
    /// The texts of those that say something: Dockerfiles, workflows, version files.
    pub files: BTreeMap<PathBuf, String>,
    /// What could not be read, and why.
    pub troubles: Vec<String>,
    /// What git says.
    pub git: Git,
    /// The images of the container engine, or why it was not asked.
    pub engine: Result<Vec<LocalName>, String>,
}

#[cfg(test)]
impl Project {
    fn empty() -> Self {
        Self {
            folder: String::new(),
            paths: Vec::new(),
            files: BTreeMap::new(),
            troubles: Vec::new(),
            git: Git::None,
            engine: Ok(Vec::new()),
        }
    }
}

/// What git says of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Git {
    /// It lies in a repository.
    Repository {
        /// The name and the URL of the remote, without credentials.
        remote: Option<(String, String)>,
        /// The newest tag that HEAD comes from.
        described: Option<String>,
        /// The repository's own folder, where it is another one.
        above: Option<PathBuf>,
    },
    /// It lies in none.
    None,
    /// It could not be asked: why.
    Unknown(String),
}

/// An image of the container engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalName {
    /// With its tag.
    pub name: String,
    /// Its unpacked size in bytes.
    pub size: Option<u64>,
}

/// The folders in which workflows of GitHub's kind lie.
pub const WORKFLOW_FOLDERS: [&str; 3] = [".github/workflows", ".gitea/workflows", ".forgejo/workflows"];

/// Whether a file of that name, in the folder itself, names a version.
pub fn is_version_file(path: &Path) -> bool {
    path.to_str().is_some_and(|name| version_file::FILES.contains(&name))
}

/// Whether a file of that name says which images are built: for bake, goreleaser or ko, or of which module its programs are.
pub fn describes_images(path: &Path) -> bool {
    let is = |name: &str| path.file_name().is_some_and(|own| own == name);
    bake::is_bake_file(path)
        || goreleaser::is_configuration(path)
        || is("go.mod")
        || path == Path::new(ko::FILE)
}

/// Whether a file of that name describes an action, which a workflow here may use.
pub fn is_action_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| ACTION_FILES.iter().any(|action| name == *action))
}

/// Drafts the configuration.
pub fn draft(project: &Project) -> Draft {
    let source = release::source(project);
    let owner = source.as_ref().map(|source| source.path.as_str());
    let workflows = Workflows::of(project, owner);
    let (release, section) = release::of(project, &workflows.tag_patterns());
    let mut builds = workflows.builds();
    let mut remarks = workflows.remarks(project);
    if builds.is_empty() {
        let described = builds::of_files(project, owner);
        remarks.extend(described.remarks());
        builds = described.found;
    }
    let runs: Vec<_> =
        workflows.started().flat_map(|outline| runs::of(outline, &workflows.outlines, owner)).collect();
    let (candidates, others) = candidates::of(project, builds, &release.name);
    let images = images::Images { project, release: &release, candidates: &candidates, runs: &runs };
    for (path, why) in others {
        remarks.push((Certainty::Guessed, format!("{} is left out: {why}", path.display())));
    }
    remarks.extend(of_surroundings(project));
    let mut sections = vec![section];
    sections.extend(images.sections());
    sections.push(policy::signature(project, &workflows, &release));
    sections.push(policy::vulnerabilities(project, &workflows));
    sections.extend(policy::sbom(project));
    sections.extend(policy::source(&workflows.folder));
    Draft { remarks, sections }
}

/// What is to be known of the engine, of git and of files that could not be read.
fn of_surroundings(project: &Project) -> Vec<(Certainty, String)> {
    let mut remarks: Vec<_> =
        project.troubles.iter().map(|trouble| (Certainty::FillIn, format!("not read: {trouble}"))).collect();
    if let Err(why) = &project.engine {
        remarks.push((Certainty::Guessed, format!("local images were not looked at: {why}")));
    }
    if let Git::Repository { above: Some(above), .. } = &project.git {
        let text = format!(
            "the git repository begins in {}: its workflows were not read; run `exitbar init` there for them",
            above.display()
        );
        remarks.push((Certainty::FillIn, text));
    }
    remarks
}
