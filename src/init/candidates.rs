//! Which images the release has: what the release workflow builds, else the Dockerfiles that are here; each with a name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Project;
use super::builds::Build;
use super::recipe::Recipe;
use super::references::Reference;
use crate::model::Location;

/// An image of the release, before anything is written of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub name: String,
    pub recipe: Recipe,
    pub context: PathBuf,
    /// How the release workflow builds it.
    pub build: Option<Build>,
}

impl Candidate {
    pub fn references(&self) -> &[Reference] {
        self.build.as_ref().map_or(&[], |build| &build.references)
    }

    pub fn built_at(&self) -> Option<&Location> {
        self.build.as_ref().map(|build| &build.at)
    }
}

/// The images, and the Dockerfiles that are none of the release, with why.
pub(super) fn of(
    project: &Project,
    builds: Vec<Build>,
    name: &str,
) -> (Vec<Candidate>, Vec<(PathBuf, &'static str)>) {
    let dockerfiles: Vec<&Path> =
        project.paths.iter().map(PathBuf::as_path).filter(|path| is_dockerfile(path)).collect();
    let (mut images, mut others) = (Vec::new(), Vec::new());
    if builds.is_empty() {
        for path in dockerfiles {
            match not_released(path) {
                Some(why) => others.push((path.to_owned(), why)),
                None => images.push(Candidate {
                    name: String::new(),
                    recipe: Recipe::Dockerfile(path.to_owned()),
                    context: context_of(path, project),
                    build: None,
                }),
            }
        }
    } else {
        let is_built = |path: &Path| builds.iter().any(|build| build.recipe.dockerfile() == Some(path));
        let rest = dockerfiles.into_iter().filter(|path| !is_built(path));
        others.extend(rest.map(|path| (path.to_owned(), "the release does not build it")));
        images.extend(builds.into_iter().map(|build| Candidate {
            name: String::new(),
            recipe: build.recipe.clone(),
            context: build.context.clone(),
            build: Some(build),
        }));
    }
    name_them(&mut images, name);
    (images, others)
}

/// `Dockerfile`, `Dockerfile.runner`, `runner.Dockerfile`, `Containerfile`.
pub fn is_dockerfile(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is = |word: &str| {
        let rest = name
            .strip_prefix(word)
            .map(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('-'));
        rest.unwrap_or_else(|| name.strip_suffix(word).is_some_and(|rest| rest.ends_with('.')))
    };
    let is_else = [".dockerignore", ".md", ".j2", ".tmpl", ".template", ".in", ".swp", ".bak", ".orig", "~"];
    (is("Dockerfile") || is("dockerfile") || is("Containerfile"))
        && !is_else.iter().any(|end| name.ends_with(end))
}

/// What a Dockerfile's own name says: `runner` of `Dockerfile.runner`.
fn suffix(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    for word in ["Dockerfile", "dockerfile", "Containerfile"] {
        let rest = name.strip_prefix(word).or_else(|| name.strip_suffix(word));
        if let Some(rest) = rest {
            return Some(rest.trim_matches(['.', '-'])).filter(|rest| !rest.is_empty());
        }
    }
    None
}

/// Why a Dockerfile is most likely not of a release, where no workflow says.
fn not_released(path: &Path) -> Option<&'static str> {
    let words =
        ["dev", "development", "test", "tests", "testing", "ci", "debug", "local", "builder", "lint", "docs"];
    if suffix(path).is_some_and(|suffix| words.contains(&suffix.to_ascii_lowercase().as_str())) {
        return Some("its name says that it is no image of the release");
    }
    let folders =
        ["test", "tests", "testdata", "fixtures", "examples", "example", "docs", "e2e", "hack", "benchmarks"];
    let parent = path.parent().into_iter().flat_map(Path::components);
    let is_aside =
        parent.into_iter().any(|part| part.as_os_str().to_str().is_some_and(|part| folders.contains(&part)));
    is_aside.then_some("its folder says that it is no image of the release")
}

/// Folders that say nothing about what is built in them.
const PLAIN_FOLDERS: [&str; 11] = [
    "docker",
    "build",
    "deploy",
    "deployment",
    "ci",
    "image",
    "images",
    "package",
    "container",
    "containers",
    "dockerfiles",
];

/// Where it is built, where nobody says: a folder of its own where what it copies lies, else everything.
fn context_of(path: &Path, project: &Project) -> PathBuf {
    let parent = path.parent().unwrap_or(Path::new(""));
    let name = parent.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let has_more =
        project.paths.iter().any(|other| other != path && other.starts_with(parent) && !is_dockerfile(other));
    if parent.as_os_str().is_empty() || PLAIN_FOLDERS.contains(&name) || !has_more {
        PathBuf::from(".")
    } else {
        parent.to_owned()
    }
}

/// Gives each a name of its own, also as an engine takes it.
fn name_them(images: &mut [Candidate], project: &str) {
    let several = images.len() > 1;
    let mut taken = BTreeSet::new();
    for place in 0..images.len() {
        let image = &images[place];
        let shared = images.iter().filter(|other| other.recipe == image.recipe).count() > 1;
        let file = image.recipe.dockerfile();
        let folder = file.and_then(Path::parent).and_then(Path::file_name).and_then(|name| name.to_str());
        let folder = folder.filter(|name| !PLAIN_FOLDERS.contains(name));
        let target = image.build.as_ref().and_then(|build| build.target.as_deref());
        let repository = image.references().first().map(|reference| reference.repository.path());
        let last = repository.and_then(|path| path.rsplit('/').next());
        let last = last.map(|last| short(last, project)).filter(|_| several);
        let own = file.and_then(suffix).or(folder);
        let given = image.build.as_ref().and_then(|build| build.name.as_deref()).filter(|_| several);
        let given = given.map(|given| short(given, project));
        let found = if shared {
            given.or(target).or(last).or(own)
        } else {
            given.or(own).or(last).or(target.filter(|_| several))
        };
        let wished = sanitised(found.unwrap_or(project));
        let numbers = (2..).map(|number| format!("{}-{number}", wished.chars().take(58).collect::<String>()));
        let name = std::iter::once(wished.clone()).chain(numbers).find(|name| !taken.contains(&plain(name)));
        let name = name.unwrap_or(wished);
        taken.insert(plain(&name));
        images[place].name = name;
    }
}

/// `runner` of `greenlang-runner`.
fn short<'a>(repository: &'a str, project: &str) -> &'a str {
    let rest =
        repository.strip_prefix(&project.to_lowercase()).and_then(|rest| rest.strip_prefix(['-', '_']));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(repository)
}

/// A name as the configuration takes it.
pub(super) fn sanitised(name: &str) -> String {
    let plain =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '-' });
    let name: String = plain.take(60).collect();
    let name = name.trim_matches(['-', '.', '_']).to_owned();
    if name.is_empty() { "image".to_owned() } else { name }
}

/// A name as a registry and an engine take it: lower case, single hyphens.
pub(super) fn plain(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_lowercase();
    if name.is_empty() { "image".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockerfiles_are_known_by_their_names() {
        for (name, own) in [
            ("Dockerfile", None),
            ("docker/Dockerfile.runner", Some("runner")),
            ("runner.Dockerfile", Some("runner")),
            ("Containerfile", None),
            ("api/Dockerfile-alpine", Some("alpine")),
        ] {
            assert!(is_dockerfile(Path::new(name)), "{name}");
            assert_eq!(suffix(Path::new(name)), own, "{name}");
        }
        for name in ["Dockerfile.dockerignore", "Dockerfiles.md", "MyDockerfile", "Dockerfile.j2", "README"] {
            assert!(!is_dockerfile(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn names_are_short_and_no_two_are_the_same() {
        assert_eq!(sanitised("a b\u{1b}[31m\"'"), "a-b--31m");
        assert_eq!(sanitised("…"), "image");
        assert_eq!(
            (short("greenlang-runner", "GreenLang"), short("greenlang", "greenlang")),
            ("runner", "greenlang")
        );
        let image = |path: &str| Candidate {
            name: String::new(),
            recipe: Recipe::Dockerfile(path.into()),
            context: ".".into(),
            build: None,
        };
        let mut images = [image("Dockerfile"), image("a/Dockerfile"), image("b/a/Dockerfile")];
        name_them(&mut images, "app");
        assert_eq!(images.map(|image| image.name), ["app", "a", "a-2"]);
    }
}
