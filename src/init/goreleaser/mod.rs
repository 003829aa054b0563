//! Images that goreleaser makes.

mod config;
mod dockers;
mod template;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_saphyr::Spanned;

use super::Project;
use super::builds::{Build, Builds, Signing, clean, dockerfile, local, pairs, platforms};
use super::ko::{Naming, Package};
use super::options::Options;
use super::recipe::Recipe;
use super::references;
use super::turn::Turn;
use crate::formats::workflow::OutlinedStep;
use crate::formats::yaml;
use crate::model::{Located, Location};
use config::{Config, DockerV2, Ko, switch};
use template::Words;

/// The files that goreleaser reads by itself, in their order.
const DEFAULT_FILES: [&str; 6] = [
    ".config/goreleaser.yml",
    ".config/goreleaser.yaml",
    ".goreleaser.yml",
    ".goreleaser.yaml",
    "goreleaser.yml",
    "goreleaser.yaml",
];

/// Whether a file looks like a configuration of goreleaser.
pub(super) fn is_configuration(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.contains("goreleaser") && path.extension().is_some_and(|it| it == "yml" || it == "yaml")
}

/// How goreleaser is run.
pub(super) struct Call<'a> {
    pub at: Option<&'a Location>,
    pub folder: PathBuf,
    pub file: Option<String>,
    /// The project's name, where the file says none.
    pub name: &'a str,
    pub given: &'a dyn Fn(&str) -> Option<String>,
}

/// What the runs of goreleaser in a job make.
pub(super) fn of_turn(turn: &Turn, project: &Project) -> Builds {
    let mut builds = Builds::default();
    for step in &turn.job.steps {
        let given = |name: &str| turn.given(step, name);
        let scope = turn.scope(step);
        let mut run = |words: &[&str], at: &Location, folder: PathBuf| {
            if let Some(options) = releasing(words) {
                let file = options.first(&["--config", "-f"]);
                let name = name_of(turn.repository, project);
                builds.extend(of(&Call { at: Some(at), folder, file, name, given: &given }, project));
            }
        };
        if let Some(at) = action(step) {
            let input = |name: &str| {
                step.inputs.get(name).map(|input| scope.expand(&input.value)).unwrap_or_default()
            };
            let arguments = input("args");
            let words: Vec<&str> = arguments.split_whitespace().collect();
            run(&words, at, clean(Path::new(input("workdir").trim())));
        }
        for command in &step.commands {
            let words: Vec<String> = command.value.iter().map(|word| scope.expand(word)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if let ["goreleaser", rest @ ..] = words.as_slice() {
                run(rest, &command.at, PathBuf::new());
            }
        }
    }
    builds
}

fn action(step: &OutlinedStep) -> Option<&Location> {
    let action = step.action.as_ref().filter(|action| action.value == "goreleaser/goreleaser-action")?;
    let is_install = step.inputs.get("install-only").is_some_and(|input| input.value.trim() == "true");
    (!is_install).then_some(&action.at)
}

/// The options of goreleaser, where its arguments release images.
fn releasing<'w>(words: &[&'w str]) -> Option<Options<'w>> {
    const FLAGS: [&str; 11] = [
        "--clean",
        "--rm-dist",
        "--snapshot",
        "--nightly",
        "--draft",
        "--verbose",
        "--debug",
        "--fail-fast",
        "--auto-snapshot",
        "--single-target",
        "--skip-publish",
    ];
    let options = Options::read(words, &FLAGS);
    let does = matches!(options.plain.first(), Some(&("release" | "r" | "publish" | "continue")));
    let skipped = options.all(&["--skip"]).join(",");
    let skips = skipped.split(',').any(|one| matches!(one.trim(), "publish" | "docker" | "ko"));
    let is_trial = ["--snapshot", "--skip-publish", "--skip-docker"].iter().any(|flag| options.has(flag));
    (does && !skips && !is_trial).then_some(options)
}

/// What the configuration of the folder describes, whoever runs it.
pub(super) fn of_files(project: &Project, repository: Option<&str>) -> Builds {
    if !DEFAULT_FILES.iter().any(|file| project.files.contains_key(Path::new(file))) {
        return Builds::default();
    }
    let name = name_of(repository, project);
    of(&Call { at: None, folder: PathBuf::new(), file: None, name, given: &|_| None }, project)
}

/// What goreleaser calls the project by itself.
fn name_of<'n>(repository: Option<&'n str>, project: &'n Project) -> &'n str {
    repository.and_then(|full| full.rsplit('/').next()).unwrap_or(&project.folder)
}

/// What it makes and pushes.
pub(super) fn of(call: &Call, project: &Project) -> Builds {
    let mut builds = Builds::default();
    match configuration(call, project) {
        Ok((file, config)) => Reader { call, project, file: &file, config: &config }.read(&mut builds),
        Err(unread) => builds.unread.push(unread),
    }
    builds
}

/// The configuration that counts.
fn configuration(call: &Call, project: &Project) -> Result<(PathBuf, Config), Located<String>> {
    let in_folder = |name: &str| clean(&call.folder.join(name));
    let named = call.file.as_deref().map(in_folder);
    let mut present = DEFAULT_FILES.iter().map(|name| in_folder(name));
    let file = named.or_else(|| present.find(|file| project.files.contains_key(file)));
    let Some((file, text)) = file.as_ref().and_then(|file| Some((file, project.files.get(file)?))) else {
        let file = file.unwrap_or_else(|| in_folder(DEFAULT_FILES[3]));
        let value = format!("{} is not here, or could not be read", file.display());
        return Err(Located { value, at: call.at.cloned().unwrap_or(Location { file, line: 1 }) });
    };
    let config = yaml::read(text).map_err(|(line, why)| {
        let value = format!("no configuration of goreleaser: {why}");
        Located { value, at: Location { file: file.clone(), line } }
    })?;
    Ok((file.clone(), config))
}

/// A configuration, and what is around it.
struct Reader<'a> {
    call: &'a Call<'a>,
    project: &'a Project,
    file: &'a Path,
    config: &'a Config,
}

impl Reader<'_> {
    fn read(&self, builds: &mut Builds) {
        let environment = self.environment();
        let given = |name: &str| environment.get(name).cloned().or_else(|| (self.call.given)(name));
        let words = Words { project: self.project_name(), given: &given };
        builds.found.extend(dockers::of(self, &words));
        for docker in self.config.dockers_v2.iter().flatten() {
            builds.found.extend(self.docker_v2(docker, &words));
        }
        for ko in self.config.kos.iter().flatten() {
            builds.found.extend(self.ko(ko, &words));
        }
        if let Some(includes) = &self.config.includes {
            let value = "it includes other files, which are not read".to_owned();
            builds.unread.push(Located { value, at: self.at(includes) });
        }
        let signs = self.config.docker_signs.iter().flatten();
        builds.signed.extend(signs.map(|sign| Signing {
            at: self.at(sign),
            by: self.call.at.cloned(),
            key: key_of(sign.value.args.as_deref().unwrap_or_default()).map(|key| words.fill(&key)),
        }));
    }

    fn at<T>(&self, of: &Spanned<T>) -> Location {
        Location { file: self.file.to_owned(), line: yaml::line(of) }
    }

    /// The variables that the configuration sets, each with those before it.
    fn environment(&self) -> BTreeMap<String, String> {
        let mut environment: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in self.config.environment() {
            let given = |name: &str| environment.get(name).cloned().or_else(|| (self.call.given)(name));
            let value = Words { project: self.project_name(), given: &given }.fill(value);
            environment.insert(name.to_owned(), value);
        }
        environment
    }

    fn project_name(&self) -> &str {
        self.config.project_name.as_deref().unwrap_or(self.call.name)
    }

    fn docker_v2(&self, docker: &Spanned<DockerV2>, words: &Words) -> Option<Build> {
        let at = self.at(docker);
        let docker = &docker.value;
        if words.fill(&switch(&docker.disable)) == "true" {
            return None;
        }
        let fill = |texts: &Option<Vec<String>>| -> Vec<String> {
            let filled = texts.iter().flatten().map(|text| words.fill(text));
            filled.filter(|text| !text.is_empty()).collect()
        };
        let (images, tags) = (fill(&docker.images), fill(&docker.tags));
        let named = images.iter().flat_map(|image| tags.iter().map(move |tag| format!("{image}:{tag}")));
        let (references, unread) = references::all(named);
        let platforms_named = docker.platforms.as_ref().map(|all| platforms(&all.join(",")));
        let table = |table: &Option<BTreeMap<String, serde_json::Value>>| {
            let entries = table.iter().flatten();
            entries.map(|(name, value)| (words.fill(name), words.fill(&switch(value)))).collect::<Vec<_>>()
        };
        let args = table(&docker.build_args).into_iter().map(|(name, value)| format!("{name}={value}"));
        let flags = fill(&docker.flags);
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        Some(Build {
            name: docker.id.clone(),
            target: Options::read(&flags, &[]).first(&["--target"]),
            args: pairs(args),
            platforms: platforms_named.unwrap_or_else(|| platforms("linux/amd64,linux/arm64")),
            references,
            unread,
            labels: table(&docker.labels).into_iter().map(|(name, _)| name).collect(),
            ..self.packaged(at, docker.dockerfile.as_deref(), words)
        })
    }

    /// A build from a Dockerfile, in a context that goreleaser puts together.
    fn packaged(&self, at: Location, file: Option<&str>, words: &Words) -> Build {
        let file = self.call.folder.join(words.fill(file.unwrap_or_default()));
        Build {
            at,
            through: self.call.at.into_iter().cloned().collect(),
            name: None,
            recipe: Recipe::Packaged(dockerfile(&file)),
            context: PathBuf::from("."),
            target: None,
            args: BTreeMap::new(),
            platforms: Vec::new(),
            references: Vec::new(),
            unread: Vec::new(),
            labels: BTreeSet::new(),
            doubts: Vec::new(),
            guesses: Vec::new(),
        }
    }

    fn ko(&self, ko: &Spanned<Ko>, words: &Words) -> Option<Build> {
        let at = self.at(ko);
        let ko = &ko.value;
        let is = |value: &serde_json::Value| words.fill(&switch(value)) == "true";
        if is(&ko.disable) {
            return None;
        }
        let build =
            self.config.builds.iter().flatten().find(|build| build.id.is_some() && build.id == ko.build);
        let build = build.or(self.config.builds.iter().flatten().next());
        let main = ko.main.clone().or_else(|| build?.main.clone()).unwrap_or_else(|| ".".to_owned());
        let folder = ko.working_dir.clone().or_else(|| build?.dir.clone()).unwrap_or_default();
        let mut repositories: Vec<String> =
            ko.repositories.iter().flatten().chain(&ko.repository).map(|one| words.fill(one)).collect();
        if repositories.is_empty() {
            repositories.push((words.given)("KO_DOCKER_REPO").unwrap_or_else(|| "{?}".to_owned()));
        }
        let naming = match () {
            () if is(&ko.bare) => Naming::Bare,
            () if is(&ko.base_import_paths) => Naming::Base,
            () if is(&ko.preserve_import_paths) => Naming::Preserved,
            () => Naming::Hashed,
        };
        let tags: Vec<String> = ko.tags.iter().flatten().map(|tag| words.fill(tag)).collect();
        let package = Package {
            at: &at,
            through: self.call.at.into_iter().cloned().collect(),
            name: ko.id.clone(),
            main: local(&self.call.folder.join(folder).join(main).to_string_lossy()).display().to_string(),
            repositories,
            naming,
            tags: if tags.is_empty() { vec!["latest".to_owned()] } else { tags },
            platforms: platforms(
                &ko.platforms.clone().unwrap_or_else(|| vec!["linux/amd64".to_owned()]).join(","),
            ),
            labels: ko.labels.iter().flatten().map(|(name, _)| words.fill(name)).collect(),
        };
        Some(package.build(self.project))
    }
}

/// What the arguments of cosign sign with, where that is a key.
fn key_of(arguments: &[String]) -> Option<String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Options::read(&words, &["--yes", "--recursive", "-r", "-y"]).first(&["--key"])
}
