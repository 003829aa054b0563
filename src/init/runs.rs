//! How workflows run images: `docker run`.

use std::path::{Path, PathBuf};

use super::builds::clean;
use super::expression::UNKNOWN;
use super::turn::Turn;
use crate::formats::workflow::Outline;
use crate::model::Location;

/// How a step runs an image: its commands `docker run … IMAGE arguments`, with the folders that it gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ran {
    pub at: Location,
    /// As it is written, with what is known filled in.
    pub image: String,
    pub entrypoint: Option<String>,
    pub arguments: Vec<String>,
    /// Folders of the repository that are mounted.
    pub folders: Vec<PathBuf>,
}

/// Every `docker run` of a workflow and of those of `others` that it calls; `repository` is `owner/name`.
pub(super) fn of(outline: &Outline, others: &[Outline], repository: Option<&str>) -> Vec<Ran> {
    let mut runs = Vec::new();
    for turn in Turn::all(outline, others, repository) {
        runs.extend(turn.commands().filter_map(|(words, at)| ran(&words, at)));
    }
    runs.dedup();
    runs
}

fn ran(words: &[String], at: &Location) -> Option<Ran> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ["docker" | "podman", "run", rest @ ..] = words.as_slice() else { return None };
    let (mut entrypoint, mut folders) = (None, Vec::new());
    let mut rest = rest.iter().copied();
    let image = loop {
        let word = rest.next()?;
        let (name, value) = match word.split_once('=').filter(|_| word.starts_with("--")) {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        if !name.starts_with('-') {
            break word;
        }
        if matches!(
            name,
            "--rm"
                | "-t"
                | "-i"
                | "-it"
                | "-ti"
                | "-d"
                | "--detach"
                | "--init"
                | "--read-only"
                | "--privileged"
        ) {
            continue;
        }
        let value = value.or_else(|| rest.next())?;
        match name {
            "--entrypoint" => entrypoint = Some(value.to_owned()),
            "-v" | "--volume" => folders.extend(mounted(value)),
            _ => {}
        }
    };
    Some(Ran {
        at: at.clone(),
        image: image.to_owned(),
        entrypoint,
        arguments: rest.map(str::to_owned).collect(),
        folders,
    })
}

/// The folder of the repository in `$PWD/examples:/work`.
fn mounted(volume: &str) -> Option<PathBuf> {
    let (host, _) = volume.split_once(':')?;
    let host = host.strip_prefix(UNKNOWN).map_or(host, |rest| rest.trim_start_matches('/'));
    let path = clean(Path::new(host));
    let is_here = !path.as_os_str().is_empty() && path.is_relative() && !host.contains('{');
    is_here.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::workflow::{LocalActions, outline};

    #[test]
    fn how_an_image_is_run_is_read() {
        let text = "on: push\njobs:\n  a:\n    steps:\n      - run: docker run --rm -v \"$PWD/examples:/work\" -e A=b --entrypoint gl app:1 run demo.yaml\n";
        let found = of(&outline(Path::new("a.yml"), text, &LocalActions::new()).unwrap(), &[], None);
        let [run] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((run.image.as_str(), run.entrypoint.as_deref()), ("app:1", Some("gl")));
        assert_eq!(run.arguments, ["run", "demo.yaml"]);
        assert_eq!(run.folders, [PathBuf::from("examples")]);
    }
}
