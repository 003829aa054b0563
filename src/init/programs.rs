//! `version` and `example` of an image: from its entrypoint, and from how workflows run it.

use std::path::Path;

use super::Project;
use super::candidates::Candidate;
use super::draft::{
    Certainty::{FillIn, Found, Guessed},
    Section,
};
use super::recipe::Recipe;
use super::runs::Ran;
use super::value::Value;
use crate::model::{Dockerfile, Located};

/// Programs that start another one, and print a version of their own.
const INTERPRETERS: [&str; 13] = [
    "python", "python3", "node", "ruby", "java", "php", "perl", "deno", "bun", "dotnet", "sh", "bash", "npm",
];
/// Servers: whoever runs one rarely has a version command for what it serves.
const SERVERS: [&str; 7] = ["nginx", "gunicorn", "uvicorn", "httpd", "apache2", "caddy", "supervisord"];

/// Writes what prints the version.
pub(super) fn version(image: &Candidate, declared: Option<&Dockerfile>, runs: &[Ran], section: &mut Section) {
    if let Some(run) = ours(image, runs).find(|run| run.arguments.last().is_some_and(|last| is_version(last)))
    {
        let command = command_of(run, declared);
        if !command.is_empty() {
            section.set(Found, "version", table("command", command), &run.at);
            return;
        }
    }
    if let Recipe::Package { program, .. } = &image.recipe {
        let command = vec![format!("/ko-app/{program}"), "--version".to_owned()];
        let says = "the default is the entrypoint, which ko makes of the package, with --version";
        return section.suggest(Guessed, "version", table("command", command), says);
    }
    let Some(declared) = declared else {
        let says = "what prints the version (the default is the entrypoint with --version)";
        return section.suggest(
            FillIn,
            "version",
            table("command", vec!["app".to_owned(), "--version".to_owned()]),
            says,
        );
    };
    match program(declared) {
        Some((words, at, true)) if !is_other(words) => {
            let command = [words, &["--version".to_owned()]].concat();
            section.suggest(
                Guessed,
                "version",
                table("command", command),
                format!("the default is the entrypoint ({at}) with --version"),
            );
        }
        Some((words, at, false)) if !is_other(words) => {
            let command = vec![words[0].clone(), "--version".to_owned()];
            section.set(Guessed, "version", table("command", command), format!("the program of CMD, {at}"));
        }
        Some((words, at, _)) => {
            let says = format!(
                "what prints the release's version: it starts with `{}` ({at}), which would print its own or serve; `version = false` for an image that has no such command",
                words.join(" ")
            );
            section.suggest(
                FillIn,
                "version",
                table("command", vec!["app".to_owned(), "--version".to_owned()]),
                says,
            );
        }
        None => {
            let says = "the Dockerfile has neither ENTRYPOINT nor CMD: what prints the version, or `version = false`";
            section.suggest(
                FillIn,
                "version",
                table("command", vec!["app".to_owned(), "--version".to_owned()]),
                says,
            );
        }
    }
}

/// The program of the image with the arguments that are its own, where it stands, and whether it is the entrypoint.
fn program(declared: &Dockerfile) -> Option<(&[String], &crate::model::Location, bool)> {
    let plain = |located: &'_ Located<Vec<String>>| !located.value.is_empty();
    match (&declared.entrypoint, &declared.cmd) {
        (Some(entrypoint), _) if plain(entrypoint) => Some((&entrypoint.value, &entrypoint.at, true)),
        (_, Some(cmd)) if plain(cmd) => Some((&cmd.value, &cmd.at, false)),
        _ => None,
    }
}

/// Whether `--version` would not reach the program of the release: an interpreter, a server, a script of a shell.
fn is_other(words: &[String]) -> bool {
    // `tini --` and the like pass on what follows.
    let inner = words.iter().position(|word| word == "--").map_or(words, |at| &words[at + 1..]);
    let first = inner.first().map(String::as_str).unwrap_or_default();
    let name = Path::new(first).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_module = inner.get(1).is_some_and(|word| word == "-m") && inner.len() == 3;
    let script = Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "sh" || extension == "js" || extension == "py");
    let versioned = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    (INTERPRETERS.contains(&name) || INTERPRETERS.contains(&versioned)) && !is_module
        || SERVERS.contains(&name)
        || script
        || name.is_empty()
        || name.contains("entrypoint")
}

/// Writes the example pipeline, where a workflow runs the image on something.
pub(super) fn example(
    image: &Candidate,
    declared: Option<&Dockerfile>,
    runs: &[Ran],
    project: &Project,
    section: &mut Section,
) {
    let is_example = |run: &&Ran| {
        let help = |word: &String| is_version(word) || matches!(word.as_str(), "--help" | "-h" | "help");
        !run.arguments.is_empty() && !run.arguments.iter().any(help)
    };
    if let Some(run) = ours(image, runs).find(is_example) {
        let command = command_of(run, declared);
        if !command.is_empty() {
            let mut pairs = vec![("command".to_owned(), Value::texts(command))];
            let folder =
                run.folders.iter().find(|folder| project.paths.iter().any(|path| path.starts_with(folder)));
            pairs.extend(
                folder.map(|folder| ("inputs".to_owned(), Value::Text(folder.display().to_string()))),
            );
            let says = format!("{} runs it so; add the files that it writes as outputs", run.at);
            return section.set(Guessed, "example", Value::Table(pairs), says);
        }
    }
    let folder = ["examples", "example"]
        .into_iter()
        .find(|name| project.paths.iter().any(|path| path.starts_with(name)));
    let mut pairs = vec![("command".to_owned(), Value::texts(["app", "run", "demo.yaml"]))];
    pairs.extend(folder.map(|folder| ("inputs".to_owned(), folder.into())));
    pairs.push(("outputs".to_owned(), Value::texts(["out/report.json"])));
    let says =
        "the example pipeline (item 9): a command, the folder of its inputs, the files that it has to write";
    section.suggest(FillIn, "example", Value::Table(pairs), says);
}

/// The runs of this image.
fn ours<'a>(image: &'a Candidate, runs: &'a [Ran]) -> impl Iterator<Item = &'a Ran> {
    runs.iter().filter(|run| {
        let name = run.image.split('@').next().unwrap_or_default().to_lowercase();
        let name = name
            .rfind(':')
            .filter(|at| !name[*at..].contains('/'))
            .map_or(name.as_str(), |at| &name[..at])
            .to_owned();
        let written = |full: String| full == name || full.trim_start_matches("docker.io/") == name;
        let last = |path: &str| path.rsplit('/').next() == Some(name.as_str());
        image
            .references()
            .iter()
            .any(|reference| written(reference.repository.to_string()) || last(reference.repository.path()))
            || name == image.name
    })
}

/// What is run in the container: the entrypoint that is given, else the image's own, with the arguments.
fn command_of(run: &Ran, declared: Option<&Dockerfile>) -> Vec<String> {
    let of_image = declared.and_then(|declared| declared.entrypoint.as_ref()).map(|it| it.value.clone());
    let program = run.entrypoint.clone().map(|program| vec![program]).or(of_image).unwrap_or_default();
    let command = [program, run.arguments.clone()].concat();
    // What is not written out cannot be run again.
    if command.iter().any(|word| word.contains('{')) { Vec::new() } else { command }
}

fn is_version(word: &str) -> bool {
    matches!(word, "--version" | "-V" | "version" | "-version")
}

fn table(key: &str, words: Vec<String>) -> Value {
    Value::Table(vec![(key.to_owned(), Value::texts(words))])
}
