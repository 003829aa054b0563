//! How workflows run bake: docker/bake-action, `docker buildx bake`.

use std::path::{Path, PathBuf};

use super::super::builds::{Builds, clean};
use super::super::expression::Scope;
use super::super::references::{self, Reference};
use super::super::turn::Turn;
use super::super::{Project, options::Options};
use super::{Call, Metadata};
use crate::formats::workflow::OutlinedStep;
use crate::model::{Located, Location};

/// What the runs of bake in a job build and push.
pub(in super::super) fn of_turn(turn: &Turn, project: &Project) -> Builds {
    let mut builds = Builds::default();
    for step in &turn.job.steps {
        let scope = turn.scope(step);
        let given = |name: &str| turn.given(step, name);
        if let Some(action) = step.action.as_ref().filter(|action| action.value == "docker/bake-action") {
            match by_action(turn, step, &scope, &action.at, &given) {
                Ok(call) => builds.extend(super::of(&call, project)),
                Err(unread) => builds.unread.push(unread),
            }
        }
        for command in &step.commands {
            let words: Vec<String> = command.value.iter().map(|word| scope.expand(word)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
            if let ["docker", "buildx", "bake", rest @ ..] | ["docker", "bake", rest @ ..] = words.as_slice()
                && let Some(call) = by_command(rest, &command.at, &given)
            {
                builds.extend(super::of(&call, project));
            }
        }
    }
    builds
}

type Given<'a> = &'a dyn Fn(&str) -> Option<String>;

/// # Errors
/// Tags of docker/metadata-action that are not written out.
fn by_action<'a>(
    turn: &Turn,
    step: &OutlinedStep,
    scope: &Scope,
    at: &'a Location,
    given: Given<'a>,
) -> Result<Call<'a>, Located<String>> {
    let written = |name: &str| step.inputs.get(name).map(|input| input.value.as_str()).unwrap_or_default();
    let input = |name: &str| scope.expand(written(name)).trim().to_owned();
    let list = |name: &str| references::lines(&written(name).replace(',', "\n"));
    let mut call = Call {
        at: Some(at),
        folder: clean(Path::new(&input("workdir"))),
        files: Vec::new(),
        targets: list("targets").iter().map(|target| scope.expand(target)).collect(),
        overrides: references::lines(written("set")).iter().map(|one| scope.expand(one)).collect(),
        pushes: !matches!(input("push").as_str(), "" | "false"),
        metadata: Vec::new(),
        given,
    };
    if let Some((_, below)) = input("source").split_once("}}:") {
        call.folder = call.folder.join(below);
    }
    for file in list("files") {
        match turn.job.steps.iter().find_map(|other| metadata(&file, turn, other)) {
            Some(Ok(metadata)) => call.metadata.push(metadata),
            Some(Err(written)) => {
                let value = format!("the images of docker/metadata-action ({written}) are not written out");
                return Err(Located { value, at: at.clone() });
            }
            None => call.files.push(local(&scope.expand(&file))),
        }
    }
    Ok(call)
}

/// The bake file of docker/metadata-action, where a file is an output of that step.
fn metadata(file: &str, turn: &Turn, step: &OutlinedStep) -> Option<Result<Metadata, String>> {
    step.action.as_ref().filter(|action| action.value == "docker/metadata-action")?;
    let output = format!("steps.{}.outputs.bake-file", step.id.as_ref()?);
    let which = file.split_once(&output)?.1.trim_end_matches('}').trim();
    let target = step.inputs.get("bake-target").map(|input| input.value.trim().to_owned());
    let references = match which {
        "" | "-tags" => references::of_metadata(&step.inputs, &turn.scope(step)).map(Some),
        _ => Ok(None),
    };
    let written = |one: Reference| match one.tag {
        Some(tag) => format!("{}:{tag}", one.repository),
        None => one.repository.to_string(),
    };
    Some(references.map(|references| Metadata {
        target: target.unwrap_or_else(|| "docker-metadata-action".to_owned()),
        tags: references.map(|references| references.into_iter().map(written).collect()),
        labels: matches!(which, "" | "-labels"),
    }))
}

fn local(file: &str) -> String {
    file.trim().trim_start_matches("cwd://").to_owned()
}

/// The words behind `docker buildx bake`; none where it only shows something.
fn by_command<'a>(words: &[&str], at: &'a Location, given: Given<'a>) -> Option<Call<'a>> {
    const FLAGS: [&str; 7] = ["--push", "--load", "--no-cache", "--pull", "--print", "--debug", "--check"];
    let options = Options::read(words, &FLAGS);
    if ["--print", "--check", "--call", "--list"].iter().any(|name| options.has(name)) {
        return None;
    }
    // A definition that lies elsewhere is the first of the words.
    let targets = options.plain.iter().filter(|word| !word.contains("://"));
    Some(Call {
        at: Some(at),
        folder: PathBuf::new(),
        files: options.all(&["--file", "-f"]).iter().map(|file| local(file)).collect(),
        targets: targets.map(|word| (*word).to_owned()).collect(),
        overrides: options.all(&["--set"]),
        pushes: options.has("--push"),
        metadata: Vec::new(),
        given,
    })
}
