//! What a script builds and pushes: `docker build`, `docker buildx build` and their like, with what `docker tag` and
//! `docker push` make of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::builds::{Build, dockerfile, local, pairs, platforms, pushes_by};
use super::options::Options;
use super::recipe::Recipe;
use super::references;
use super::turn::Turn;
use crate::model::Location;

/// A build, the names that it gives, and whether it pushes them by itself.
struct Built {
    build: Build,
    names: Vec<String>,
    pushes: bool,
}

/// What the commands of a job do.
#[derive(Default)]
struct Script {
    builds: Vec<Built>,
    /// What is pushed to where.
    pushed: Vec<(String, String)>,
    /// What is also called what.
    aliases: Vec<(String, String)>,
}

/// The builds of a job's commands that are pushed.
pub(super) fn of(turn: &Turn) -> Vec<Build> {
    let mut script = Script::default();
    for (words, at) in turn.commands() {
        script.read(&words.iter().map(String::as_str).collect::<Vec<_>>(), at);
    }
    let only = script.builds.len() == 1;
    let builds = std::mem::take(&mut script.builds);
    builds.into_iter().filter_map(|built| script.pushed(built, only)).collect()
}

impl Script {
    fn read(&mut self, words: &[&str], at: &Location) {
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        match words {
            ["docker" | "podman" | "nerdctl", "build", rest @ ..]
            | ["docker", "buildx", "build" | "b", rest @ ..]
            | ["docker", "image", "build", rest @ ..]
            | ["buildah", "bud" | "build", rest @ ..] => self.builds.push(built(rest, at)),
            ["docker" | "podman" | "nerdctl", "tag", from, to]
            | ["docker", "image", "tag", from, to]
            | ["buildah", "tag", from, to] => self.aliases.push(pair(from, to)),
            ["docker" | "podman" | "nerdctl" | "buildah", "push", rest @ ..]
            | ["docker", "image", "push", rest @ ..] => {
                // podman and buildah may name another place behind the image.
                let mut plain = rest.iter().filter(|word| !word.starts_with('-'));
                if let Some(from) = plain.next() {
                    self.pushed.push(pair(from, plain.next().unwrap_or(from)));
                }
            }
            _ => {}
        }
    }

    /// The build with where it is pushed to; none where it is not. `only`: no other build can be meant.
    fn pushed(&self, built: Built, only: bool) -> Option<Build> {
        let Built { mut build, mut names, pushes } = built;
        for _ in 0..self.aliases.len() {
            let new = self.aliases.iter().filter(|(from, to)| names.contains(from) && !names.contains(to));
            let new: Vec<String> = new.map(|(_, to)| to.clone()).collect();
            names.extend(new);
        }
        let ours = self.pushed.iter().filter(|(from, _)| only || names.contains(from));
        let mut targets: Vec<String> = ours.map(|(_, to)| to.clone()).collect();
        if pushes {
            targets.extend(names);
        }
        for target in &targets {
            match references::parse(target) {
                Ok(reference) => build.references.extend(reference),
                Err(written) => build.unread.push(written),
            }
        }
        (!targets.is_empty()).then_some(build)
    }
}

/// Reads the words behind `docker build`.
fn built(words: &[&str], at: &Location) -> Built {
    let options = Options::read(words, &FLAGS);
    let context = local(options.plain.last().copied().unwrap_or("."));
    let outputs = options.all(&["--output", "-o"]).concat();
    let pushes = options.has("--push") || pushes_by(&outputs);
    let file = options.first(&["--file", "-f"]).map_or_else(|| context.join("Dockerfile"), PathBuf::from);
    let build = Build {
        at: at.clone(),
        through: Vec::new(),
        name: None,
        recipe: Recipe::Dockerfile(dockerfile(&file)),
        context,
        target: options.first(&["--target"]),
        args: pairs(options.all(&["--build-arg"])),
        platforms: platforms(&options.all(&["--platform", "--platforms"]).join(",")),
        references: Vec::new(),
        unread: Vec::new(),
        labels: labels(&options.all(&["--label"])),
        doubts: Vec::new(),
        guesses: Vec::new(),
    };
    Built { build, names: options.all(&["--tag", "-t"]), pushes }
}

fn labels(written: &[String]) -> BTreeSet<String> {
    let names = written.iter().filter_map(|label| label.split('=').next());
    names.filter(|name| !name.contains('{')).map(str::to_owned).collect()
}

/// Options that take no value.
const FLAGS: [&str; 10] =
    ["--push", "--load", "--pull", "--no-cache", "--quiet", "-q", "--rm", "--force-rm", "--squash", "-D"];
