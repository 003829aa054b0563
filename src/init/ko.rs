//! Images that ko builds: one for each Go package, without a Dockerfile.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use md5::{Digest as _, Md5};
use serde::Deserialize;

use super::Project;
use super::builds::{Build, Builds, clean, platforms};
use super::expression::UNKNOWN;
use super::options::Options;
use super::recipe::Recipe;
use super::references;
use super::turn::Turn;
use crate::formats::yaml;
use crate::model::{Located, Location, Platform};

/// The configuration of ko.
pub(super) const FILE: &str = ".ko.yaml";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Config {
    #[serde(default)]
    default_platforms: Option<Vec<String>>,
}

/// How ko names the image of a package below a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// The repository itself.
    Bare,
    /// The last part of the import path.
    Base,
    /// The whole import path.
    Preserved,
    /// The last part, and the MD5 of the whole.
    Hashed,
}

/// A package that ko builds, and where that goes.
pub(super) struct Package<'a> {
    pub at: &'a Location,
    pub through: Vec<Location>,
    pub name: Option<String>,
    /// The package's folder, relative to the repository, or its import path.
    pub main: String,
    pub repositories: Vec<String>,
    pub naming: Naming,
    pub tags: Vec<String>,
    pub platforms: Vec<Platform>,
    pub labels: BTreeSet<String>,
}

impl Package<'_> {
    pub fn build(self, project: &Project) -> Build {
        let import = import_path(&self.main, project);
        let last = import.as_deref().unwrap_or(&self.main).rsplit('/').next().unwrap_or_default();
        let program = if matches!(last, "" | ".") { "app" } else { last }.to_owned();
        let below = match (self.naming, &import) {
            (Naming::Bare, _) => Some(String::new()),
            (Naming::Base, Some(_)) => Some(format!("/{program}")),
            (Naming::Preserved, Some(import)) => Some(format!("/{import}")),
            (Naming::Hashed, Some(import)) => Some(format!("/{program}-{}", md5(import))),
            (_, None) => None,
        };
        let why =
            format!("ko names the image after the import path of {}, and no go.mod here says it", self.main);
        let doubt = below.is_none().then(|| Located { value: why, at: self.at.clone() });
        let below = below.unwrap_or_else(|| format!("/{UNKNOWN}"));
        let names = self.repositories.iter().flat_map(|repository| {
            let below = &below;
            self.tags.iter().map(move |tag| format!("{repository}{below}:{tag}"))
        });
        let (references, unread) = references::all(names);
        Build {
            at: self.at.clone(),
            through: self.through,
            name: self.name.or_else(|| Some(program.clone())),
            recipe: Recipe::Package { main: self.main, program },
            context: PathBuf::from("."),
            target: None,
            args: BTreeMap::new(),
            platforms: self.platforms,
            references,
            unread,
            labels: self.labels,
            doubts: doubt.into_iter().collect(),
            guesses: Vec::new(),
        }
    }
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The import path of a package: of a folder by the go.mod that is nearest above it.
fn import_path(main: &str, project: &Project) -> Option<String> {
    let main = main.strip_prefix("ko://").unwrap_or(main);
    let first = main.split('/').next().unwrap_or_default();
    if first.contains('.') && !first.starts_with('.') && main.contains('/') {
        return Some(main.to_owned());
    }
    let folder = clean(Path::new(main));
    folder.ancestors().find_map(|above| {
        let text = project.files.get(&above.join("go.mod"))?;
        let module = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
        let module = module.split("//").next()?.trim().trim_matches('"');
        let below = folder.strip_prefix(above).ok()?.to_str()?;
        Some([module, below].join("/").trim_end_matches('/').to_owned())
    })
}

/// What the runs of ko in a job build and push.
pub(super) fn of_turn(turn: &Turn, project: &Project) -> Builds {
    let mut builds = Builds::default();
    for step in &turn.job.steps {
        let given = |name: &str| turn.given(step, name);
        let scope = turn.scope(step);
        for command in &step.commands {
            let words: Vec<String> = command.value.iter().map(|word| scope.expand(word)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                ["ko", "build" | "publish", rest @ ..] => {
                    let repository = given("KO_DOCKER_REPO").or_else(|| of_setup(turn));
                    let (of_config, trouble) = default_platforms(project);
                    builds.unread.extend(trouble);
                    let run = Run {
                        at: &command.at,
                        repository,
                        platforms: given("KO_DEFAULTPLATFORMS").map_or(of_config, |text| platforms(&text)),
                    };
                    run.of(rest, project, &mut builds);
                }
                ["ko", verb @ ("resolve" | "apply" | "create"), ..] => {
                    let value = format!(
                        "`ko {verb}` builds what manifests of Kubernetes name by ko://, which are not read"
                    );
                    builds.unread.push(Located { value, at: command.at.clone() });
                }
                _ => {}
            }
        }
    }
    builds
}

/// Where ko-build/setup-ko lets images go, where nobody says (its README).
fn of_setup(turn: &Turn) -> Option<String> {
    let mut actions = turn.job.steps.iter().filter_map(|step| step.action.as_ref());
    let is_set =
        actions.any(|action| matches!(action.value.as_str(), "ko-build/setup-ko" | "imjasonh/setup-ko"));
    turn.repository.filter(|_| is_set).map(|repository| format!("ghcr.io/{}", repository.to_lowercase()))
}

/// `defaultPlatforms` of ko's configuration; what is wrong with that.
fn default_platforms(project: &Project) -> (Vec<Platform>, Option<Located<String>>) {
    let Some(text) = project.files.get(Path::new(FILE)) else { return (Vec::new(), None) };
    match yaml::read::<Config>(text) {
        Ok(config) => (platforms(&config.default_platforms.unwrap_or_default().join(",")), None),
        Err((line, why)) => {
            let at = Location { file: FILE.into(), line };
            (Vec::new(), Some(Located { value: format!("no configuration of ko: {why}"), at }))
        }
    }
}

/// A run of `ko build`.
struct Run<'a> {
    at: &'a Location,
    repository: Option<String>,
    platforms: Vec<Platform>,
}

impl Run<'_> {
    fn of(&self, words: &[&str], project: &Project, builds: &mut Builds) {
        const FLAGS: [&str; 11] = [
            "--bare",
            "-B",
            "--base-import-paths",
            "-P",
            "--preserve-import-paths",
            "-L",
            "--local",
            "--push",
            "--tag-only",
            "--insecure-registry",
            "--disable-optimizations",
        ];
        let options = Options::read(words, &FLAGS);
        let has = |names: &[&str]| names.iter().any(|name| options.has(name));
        let is_local = has(&["-L", "--local"]) || self.repository.as_deref() == Some("ko.local");
        if is_local || options.all(&["--push"]).iter().any(|push| push == "false") {
            return;
        }
        let Some(repository) = &self.repository else {
            let value = "ko pushes to KO_DOCKER_REPO, which nothing here sets".to_owned();
            return builds.unread.push(Located { value, at: self.at.clone() });
        };
        let naming = match () {
            () if has(&["--bare"]) => Naming::Bare,
            () if has(&["-B", "--base-import-paths"]) => Naming::Base,
            () if has(&["-P", "--preserve-import-paths"]) => Naming::Preserved,
            () => Naming::Hashed,
        };
        let list = |names: &[&str]| -> Vec<String> {
            options.all(names).iter().flat_map(|all| all.split(',')).map(str::to_owned).collect()
        };
        let tags = Some(list(&["--tags", "-t"])).filter(|tags| !tags.is_empty());
        let named = platforms(&list(&["--platform"]).join(","));
        let labels = list(&["--image-label"]);
        let mains = if options.plain.is_empty() { vec!["."] } else { options.plain.clone() };
        builds.found.extend(mains.into_iter().map(|main| {
            let package = Package {
                at: self.at,
                through: Vec::new(),
                name: None,
                main: main.to_owned(),
                repositories: vec![repository.clone()],
                naming,
                tags: tags.clone().unwrap_or_else(|| vec!["latest".to_owned()]),
                platforms: if named.is_empty() { self.platforms.clone() } else { named.clone() },
                labels: labels
                    .iter()
                    .filter_map(|label| label.split('=').next())
                    .map(str::to_owned)
                    .collect(),
            };
            package.build(project)
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::workflow::{LocalActions, outline};

    fn built(steps: &str, config: &str) -> Builds {
        let text = format!("on: push\njobs:\n  a:\n    steps:\n{steps}");
        let files = [(FILE, config), ("go.mod", "module github.com/acme/app\n")];
        let files = files.map(|(path, text)| (PathBuf::from(path), text.to_owned()));
        let project = Project { files: files.into(), ..Project::empty() };
        let outline = outline(Path::new("a.yml"), &text, &LocalActions::new()).unwrap();
        let turns = Turn::all(&outline, &[], Some("Acme/App"));
        of_turn(&turns[0], &project)
    }

    fn shown(builds: &Builds) -> Vec<String> {
        let one = |build: &Build| {
            let place = |one: &references::Reference| {
                format!("{}:{}", one.repository, one.tag.clone().unwrap_or_default())
            };
            let platforms: Vec<String> = build.platforms.iter().map(ToString::to_string).collect();
            let places: Vec<String> = build.references.iter().map(place).collect();
            format!("{} {} {}", build.recipe, platforms.join(","), places.join(" "))
        };
        builds.found.iter().map(one).collect()
    }

    #[test]
    fn what_ko_builds_goes_where_its_variable_says() {
        let config = "defaultPlatforms: [linux/amd64, linux/arm64]\n";
        let setup = "      - uses: ko-build/setup-ko@v0.9\n";
        let bare = "      - run: ko build --bare --tags ${GITHUB_REF_NAME#v},latest ./cmd/gl\n";
        assert_eq!(
            shown(&built(&format!("{setup}{bare}"), config)),
            [
                "the Go package ./cmd/gl linux/amd64,linux/arm64 ghcr.io/acme/app:{version} ghcr.io/acme/app:latest"
            ]
        );
        let own = "      - env: { KO_DOCKER_REPO: docker.io/acme }\n        run: ko build -B --platform=linux/arm64 -t $GITHUB_REF_NAME ./cmd/gl github.com/acme/app/cmd/full\n";
        assert_eq!(
            shown(&built(own, config)),
            [
                "the Go package ./cmd/gl linux/arm64 docker.io/acme/gl:{tag}",
                "the Go package github.com/acme/app/cmd/full linux/arm64 docker.io/acme/full:{tag}"
            ]
        );
        let local =
            "      - run: KO_DOCKER_REPO=a.b/c ko build --push=false .\n      - run: ko build --local .\n";
        assert_eq!(built(local, config), Builds::default());
    }

    #[test]
    fn what_cannot_be_known_of_ko_is_said() {
        let why = |steps: &str, config: &str| {
            built(steps, config)
                .unread
                .iter()
                .map(|one| format!("{}: {}", one.at, one.value))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            why("      - run: ko build .\n", ""),
            ["a.yml:5: ko pushes to KO_DOCKER_REPO, which nothing here sets"]
        );
        assert!(
            why("      - run: ko apply -f config/\n", "")[0].contains("`ko apply` builds what manifests")
        );
        let broken =
            why("      - run: KO_DOCKER_REPO=ghcr.io/a ko build --bare .\n", "a: 1\ndefaultPlatforms: x\n");
        assert!(broken[0].starts_with(".ko.yaml:2: "), "{broken:?}");
    }
}
