//! `[[image]]`: one section for each image of the release.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::builds::Build;
use super::candidates::{Candidate, plain, sanitised};
use super::destinations::Destinations;
use super::draft::{
    Certainty::{FillIn, Found, Guessed},
    Section,
};
use super::expression::{TAG, VERSION};
use super::programs;
use super::recipe::Recipe;
use super::release::Release;
use super::runs::Ran;
use super::value::Value;
use super::{LocalName, Project};
use crate::formats::dockerfile;
use crate::model::Dockerfile;

/// What the sections of all images have in common.
pub(super) struct Images<'a> {
    pub project: &'a Project,
    pub release: &'a Release,
    pub candidates: &'a [Candidate],
    pub runs: &'a [Ran],
}

impl Images<'_> {
    /// Writes them; without any, one that somebody has to fill in.
    pub fn sections(&self) -> Vec<Section> {
        let mut destinations = Destinations::new(self.release);
        if self.candidates.is_empty() {
            let mut section = Section::new("[[image]]");
            section.note(FillIn, "no Dockerfile was found, and no workflow that pushes an image");
            section.set(FillIn, "name", sanitised(&self.release.name).into(), "a short word for the image");
            destinations.usual(&self.release.name, &mut section);
            return vec![section];
        }
        let mut locals = BTreeSet::new();
        self.candidates.iter().map(|image| self.section(image, &mut destinations, &mut locals)).collect()
    }

    fn section(
        &self,
        image: &Candidate,
        destinations: &mut Destinations,
        locals: &mut BTreeSet<String>,
    ) -> Section {
        let mut section = Section::of("[[image]]", &image.name);
        let recipe = &image.recipe;
        match &image.build {
            Some(build) => section.note(Found, format!("{recipe}, built and pushed by {}", way(build))),
            None => section.note(Guessed, format!("{recipe} is here, and no workflow was seen to push it")),
        }
        for (certainty, said) in image.build.iter().flat_map(|build| {
            let guesses = build.guesses.iter().map(|guess| (Guessed, guess));
            guesses.chain(build.doubts.iter().map(|doubt| (FillIn, doubt)))
        }) {
            section.note(certainty, format!("{}: {}", said.at, said.value));
        }
        section.set(Found, "name", image.name.as_str().into(), "");
        let own = self.own_name(image);
        destinations.write(image, &own, &mut section);
        platforms(image, &mut section);
        // Several of one repository may be the same one there.
        let local = self.local_name(image).filter(|local| locals.insert(self.local_place(local)));
        budget(local, &mut section);
        self.local(local, &own, &mut section);
        let declared = self.declared(image, &mut section);
        self.build(image, &mut section);
        programs::version(image, declared.as_ref(), self.runs, &mut section);
        programs::example(image, declared.as_ref(), self.runs, self.project, &mut section);
        let check = declared.and_then(|declared| declared.healthcheck);
        if let Some(check) = check.filter(|check| check.value.first().is_some_and(|kind| kind != "NONE")) {
            let run = Value::Table(vec![("run".to_owned(), Value::Flag(true))]);
            section.suggest(
                Found,
                "healthcheck",
                run,
                format!("runs the HEALTHCHECK of {} as well", check.at),
            );
        }
        section
    }

    /// A name that nobody else's image has.
    fn own_name(&self, image: &Candidate) -> String {
        if self.candidates.len() > 1 {
            format!("{}-{}", self.release.name, image.name)
        } else {
            self.release.name.clone()
        }
    }

    /// The image of the engine that has this image's name: the one of this version, else the newest.
    fn local_name(&self, image: &Candidate) -> Option<&LocalName> {
        let locals = self.project.engine.as_ref().ok()?;
        let own = [self.own_name(image).to_lowercase(), plain(&self.own_name(image))];
        let repositories = image.references().iter().flat_map(|reference| {
            let last = reference.repository.path().rsplit('/').next().map(str::to_owned);
            let docker_hub = reference.repository.to_string().trim_start_matches("docker.io/").to_owned();
            [Some(reference.repository.to_string()), Some(docker_hub), last]
        });
        let names: Vec<String> = repositories.flatten().chain(own).collect();
        let ours = || {
            locals.iter().filter(|local| {
                let name = local.name.rsplit_once(':').map_or(local.name.as_str(), |(name, _)| name);
                names.iter().any(|one| one == name)
            })
        };
        let version = self.release.version.as_deref();
        let of_version =
            ours().find(|local| version.is_some_and(|version| tag_of(&local.name).contains(version)));
        of_version.or_else(|| ours().next())
    }

    fn local(&self, local: Option<&LocalName>, own: &str, section: &mut Section) {
        let Some(local) = local else {
            let says = if self.project.engine.is_ok() { "; none was seen there" } else { "" };
            let says = format!("what `exitbar build` calls it at the container engine{says}");
            return section.set(Guessed, "local", format!("docker:{}:{VERSION}", plain(own)).into(), says);
        };
        let says = format!("the container engine here has {}", local.name);
        section.set(Found, "local", self.local_place(local).into(), says);
    }

    /// Where an image of the engine is, whichever its version.
    fn local_place(&self, local: &LocalName) -> String {
        let (name, tag) = local.name.rsplit_once(':').unwrap_or((&local.name, "latest"));
        // The release's own builds are kept beside the name, one for each platform.
        let tag =
            ["-linux-amd64", "-linux-arm64"].into_iter().find_map(|end| tag.strip_suffix(end)).unwrap_or(tag);
        let is_of_version = self.release.version.as_deref() == Some(tag);
        let tag = if is_of_version { VERSION } else { tag };
        format!("docker:{name}:{tag}")
    }

    /// What its Dockerfile declares; what could not be read of it, and what items want of it, is said.
    fn declared(&self, image: &Candidate, section: &mut Section) -> Option<Dockerfile> {
        let Some(path) = image.recipe.dockerfile() else {
            without_dockerfile(image, section);
            return None;
        };
        let file = path.display();
        let Some(text) = self.project.files.get(path) else {
            section.note(FillIn, format!("{file} is not here, or could not be read"));
            return None;
        };
        let (target, args) = match &image.build {
            Some(build) => (build.target.as_deref(), build.args.clone()),
            None => (None, BTreeMap::new()),
        };
        let declared = dockerfile::parse(path, text, target, &args);
        for trouble in &declared.troubles {
            section.note(FillIn, format!("{}: {}; the line was passed over", trouble.at, trouble.value));
        }
        if declared.user.is_none() {
            section.note(FillIn, format!("{file} sets no USER: item 6 wants one that is not root"));
        }
        if declared.healthcheck.is_none() {
            section.note(FillIn, format!("{file} has no HEALTHCHECK: item 6 wants one"));
        }
        let missing = missing_labels(image, Some(&declared));
        if !missing.is_empty() {
            section.note(FillIn, format!("{file} lacks the labels {} (item 10)", missing.join(", ")));
        }
        Some(declared)
    }

    fn build(&self, image: &Candidate, section: &mut Section) {
        let path = |path: &Path| Value::Text(path.display().to_string());
        let Some(dockerfile) = image.recipe.dockerfile() else {
            return layout(image, section);
        };
        let mut table = vec![("dockerfile".to_owned(), path(dockerfile))];
        if image.context != Path::new(".") {
            table.push(("context".to_owned(), path(&image.context)));
        }
        let Some(build) = &image.build else {
            let says = "the context is where what it copies seems to lie";
            return section.set(Guessed, "build", Value::Table(table), says);
        };
        table.extend(build.target.as_deref().map(|target| ("target".to_owned(), target.into())));
        let tag = format!("{}{VERSION}", self.release.tag_prefix);
        let arg = |(name, value): (&String, &String)| (name.clone(), value.replace(TAG, &tag).into());
        let args: Vec<(String, Value)> = build.args.iter().map(arg).collect();
        if !args.is_empty() {
            table.push(("args".to_owned(), Value::Table(args)));
        }
        if let Recipe::Packaged(_) = image.recipe {
            let says = format!(
                "{}; read for what it declares: goreleaser puts its context together, so `exitbar build` has to be given a command",
                build.at
            );
            return section.set(Guessed, "build", Value::Table(table), says);
        }
        section.set(Found, "build", Value::Table(table), &build.at);
    }
}

/// A command that builds the image of a Go package into a layout.
fn layout(image: &Candidate, section: &mut Section) {
    let Recipe::Package { main, .. } = &image.recipe else { return };
    let is_path = main.starts_with('.') || main.split('/').next().is_some_and(|first| first.contains('.'));
    let package = if is_path { main.clone() } else { format!("./{main}") };
    let layout = format!("--oci-layout-path=dist/{}", image.name);
    let command = ["ko", "build", "--push=false", &layout, &package];
    let table = vec![("command".to_owned(), Value::texts(command))];
    let says = format!("a command that builds it here; then local = \"oci:dist/{}\"", image.name);
    section.suggest(Guessed, "build", Value::Table(table), says);
}

/// What is known of an image that no Dockerfile describes.
fn without_dockerfile(image: &Candidate, section: &mut Section) {
    if let Recipe::Package { .. } = image.recipe {
        section.note(FillIn, "ko gives an image no HEALTHCHECK: item 6 wants one");
        let missing = missing_labels(image, None);
        if !missing.is_empty() {
            section.note(FillIn, format!("ko is not told the labels {} (item 10)", missing.join(", ")));
        }
    } else {
        section.note(FillIn, format!("{}: what it declares is not read (items 6 and 10)", image.recipe));
    }
}

fn tag_of(name: &str) -> &str {
    name.rsplit_once(':').map_or("", |(_, tag)| tag)
}

/// Labels that item 10 wants and neither the Dockerfile nor a build sets.
fn missing_labels(image: &Candidate, declared: Option<&Dockerfile>) -> Vec<&'static str> {
    let is_set = |name: &&str| {
        let label = format!("org.opencontainers.image.{name}");
        declared.is_some_and(|declared| declared.labels.contains_key(&label))
            || image.build.as_ref().is_some_and(|build| build.labels.contains(&label))
    };
    ["title", "description", "licenses", "vendor"].into_iter().filter(|name| !is_set(name)).collect()
}

/// Where a build stands, and what leads there from the workflow that releases.
fn way(build: &Build) -> String {
    let through: Vec<String> = build.through.iter().map(ToString::to_string).collect();
    match through.as_slice() {
        [] => build.at.to_string(),
        through => format!("{}, through {}", build.at, through.join(" and ")),
    }
}

fn platforms(image: &Candidate, section: &mut Section) {
    match &image.build {
        Some(build) if !build.platforms.is_empty() => {
            section.set(Found, "platforms", Value::texts(&build.platforms), &build.at);
        }
        build => {
            let says = match build {
                Some(build) => {
                    format!("{} names none, so it builds for one; the default wants both", build.at)
                }
                None => "the default".to_owned(),
            };
            let certainty = if build.is_some() { FillIn } else { Found };
            section.suggest(certainty, "platforms", Value::texts(["linux/amd64", "linux/arm64"]), says);
        }
    }
}

fn budget(local: Option<&LocalName>, section: &mut Section) {
    let megabytes = local.and_then(|local| local.size).map(|size| size.div_ceil(1_000_000));
    let now = megabytes.map_or(String::new(), |size| format!("; the local image has {size} MB"));
    let example = megabytes.map_or(300, |size| size.next_multiple_of(50));
    let says = format!("the unpacked size that it should keep (item 8){now}");
    section.suggest(FillIn, "budget", format!("{example}MB").into(), says);
}
