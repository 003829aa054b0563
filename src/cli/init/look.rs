//! What a project holds: its files within limits, what git says, the images of the container engine. Nothing is changed,
//! and nobody outside this machine is asked.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::cli::failure::Failure;
use crate::config::EngineWiring;
use crate::engine::Engine;
use crate::git::{self, without_credentials};
use crate::init::{
    Git, LocalName, Project, WORKFLOW_FOLDERS, describes_images, is_action_file, is_dockerfile,
    is_version_file,
};

/// Larger files are not read, nor deeper folders, nor more files.
const FILE: u64 = 1 << 20;
const DEPTH: usize = 4;
const FILES: usize = 20_000;
const TEXTS: usize = 500;

/// Folders of what others wrote, or what was built.
const SKIPPED: [&str; 8] = [
    "node_modules",
    "vendor",
    "third_party",
    "target",
    "venv",
    "__pycache__",
    "bower_components",
    "site-packages",
];
/// Hidden folders that say something.
const HIDDEN: [&str; 7] = [".github", ".config", ".gitea", ".forgejo", ".sigstore", ".vex", ".circleci"];

/// Looks at a folder.
pub(super) async fn at(folder: &Path) -> Result<Project, Failure> {
    let root = folder
        .canonicalize()
        .map_err(|error| Failure::usage(format!("cannot look at {}: {error}", folder.display())))?;
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let walked = root.clone();
    let (git, engine, files) =
        tokio::join!(of_git(&root), of_engine(), tokio::task::spawn_blocking(move || Walk::over(&walked)));
    let walk = files.map_err(Failure::own)?;
    Ok(Project { folder: name, paths: walk.paths, files: walk.texts, troubles: walk.troubles, git, engine })
}

/// A walk over the files below a folder.
#[derive(Default)]
struct Walk {
    paths: Vec<PathBuf>,
    texts: BTreeMap<PathBuf, String>,
    troubles: Vec<String>,
}

impl Walk {
    fn over(root: &Path) -> Self {
        let mut walk = Self::default();
        walk.folder(root, Path::new(""), 0);
        walk.paths.sort();
        let wanted: Vec<PathBuf> = walk.paths.iter().filter(|path| says_something(path)).cloned().collect();
        for path in wanted {
            if walk.texts.len() >= TEXTS {
                walk.troubles.push(format!(
                    "more than {TEXTS} Dockerfiles, workflows and the like; {} and what follows",
                    path.display()
                ));
                break;
            }
            match text(root, &path) {
                Ok(text) => drop(walk.texts.insert(path, text)),
                Err(why) => walk.troubles.push(format!("{}: {why}", path.display())),
            }
        }
        walk
    }

    fn folder(&mut self, root: &Path, below: &Path, depth: usize) {
        let entries = match std::fs::read_dir(root.join(below)) {
            Ok(entries) => entries,
            Err(error) => return self.troubles.push(format!("{}: {error}", shown(below))),
        };
        let mut names: Vec<_> = entries.flatten().collect();
        names.sort_by_key(std::fs::DirEntry::file_name);
        for entry in names {
            if self.paths.len() >= FILES {
                if self.paths.len() == FILES {
                    self.troubles.push(format!("more than {FILES} files; {} and what follows", shown(below)));
                    self.paths.push(below.join("…"));
                }
                return;
            }
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let path = below.join(&name);
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if !is_folder {
                self.paths.push(path);
            } else if depth < DEPTH && is_walked(&name) {
                self.folder(root, &path, depth + 1);
            }
        }
    }
}

fn shown(below: &Path) -> String {
    if below.as_os_str().is_empty() { "this folder".to_owned() } else { below.display().to_string() }
}

fn is_walked(name: &str) -> bool {
    if name.starts_with('.') { HIDDEN.contains(&name) } else { !SKIPPED.contains(&name) }
}

/// Whether init reads the file.
fn says_something(path: &Path) -> bool {
    let parent = path.parent().unwrap_or(Path::new(""));
    let is_yaml = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
    let is_workflow = is_yaml && WORKFLOW_FOLDERS.iter().any(|folder| parent == Path::new(folder));
    is_workflow
        || describes_images(path)
        || is_action_file(path)
        || is_dockerfile(path)
        || is_version_file(path)
}

/// A text of this project: links that lead out of it are not followed.
fn text(root: &Path, path: &Path) -> Result<String, String> {
    let file = root.join(path).canonicalize().map_err(|error| error.to_string())?;
    if !file.starts_with(root) {
        return Err("it is a link to somewhere else".to_owned());
    }
    if !file.is_file() {
        return Err("it is no file".to_owned());
    }
    let opened = std::fs::File::open(&file).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    opened.take(FILE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE {
        return Err(format!("it is larger than {FILE} bytes"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn of_git(root: &Path) -> Git {
    let asked = git::Git::at(root);
    let top = match asked.ask(&["rev-parse", "--show-toplevel"]).await {
        Ok(run) if git::is_no_repository(&run) => return Git::None,
        Ok(run) if run.exit != 0 => return Git::Unknown(asked.failed(&["rev-parse"], &run).to_string()),
        Ok(run) => String::from_utf8_lossy(&run.stdout).trim().to_owned(),
        Err(reason) => return Git::Unknown(reason.to_string()),
    };
    let (remotes, described) =
        tokio::join!(asked.ask(&["remote"]), asked.line(&["describe", "--tags", "--abbrev=0"]));
    let remotes = remotes.map(|run| String::from_utf8_lossy(&run.stdout).into_owned()).unwrap_or_default();
    let remotes: Vec<&str> = remotes.lines().collect();
    // `upstream` is whom a fork comes from: what is released there is not this.
    let remote = remotes.iter().find(|remote| **remote == "origin").or(remotes.first());
    let remote = match remote {
        Some(name) => {
            let url = asked.line(&["remote", "get-url", name]).await.ok();
            url.map(|url| ((*name).to_owned(), without_credentials(&url)))
        }
        None => None,
    };
    let top = PathBuf::from(top);
    let is_here = top.canonicalize().is_ok_and(|top| top == root);
    Git::Repository { remote, described: described.ok(), above: (!is_here).then_some(top) }
}

/// The images of the engine that `docker` would use.
async fn of_engine() -> Result<Vec<LocalName>, String> {
    let engine = Engine::connect(&EngineWiring::default()).await.map_err(|reason| reason.text)?;
    let images = engine.images().await.map_err(|reason| reason.text)?;
    Ok(images.into_iter().map(|(name, size)| LocalName { name, size }).collect())
}
