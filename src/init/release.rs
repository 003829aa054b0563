//! `[release]`: the name, the version and the source.

use std::path::Path;

use super::draft::{Certainty, Section};
use super::value::Value;
use super::{Git, Project};
use crate::formats::version_file;
use crate::model::{Located, Tag};

/// What the rest of the file builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Release {
    pub name: String,
    /// The version as it is now, where something names it.
    pub version: Option<String>,
    /// `https://github.com/acme/app`.
    pub source: Option<Source>,
    /// What stands before the version in a git tag.
    pub tag_prefix: String,
    /// Whether that was read, and not only usual.
    pub is_prefix_known: bool,
}

/// The web address of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// `github.com`.
    pub host: String,
    /// `acme/app`.
    pub path: String,
}

impl Source {
    /// Of a remote: `https://…`, `ssh://…`, `git@host:path`.
    pub fn of_remote(url: &str) -> Option<Self> {
        let (host, path) = match url.split_once("://") {
            Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
            Some(_) => return None,
            None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?,
        };
        let host = host.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase();
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        let is_path = path.split('/').count() >= 2 && path.split('/').all(|part| !part.is_empty());
        let is_source = !host.is_empty()
            && host.contains('.')
            && is_path
            && format!("{host}{path}").chars().all(is_plain);
        is_source.then(|| Self { host, path: path.to_owned() })
    }

    pub fn url(&self) -> String {
        format!("https://{}/{}", self.host, self.path)
    }

    /// Whether GitHub's workflows run there.
    pub fn is_github(&self) -> bool {
        self.host == "github.com" || self.host.starts_with("github.")
    }

    pub fn is_gitlab(&self) -> bool {
        self.host == "gitlab.com" || self.host.starts_with("gitlab.")
    }
}

/// Finds it, and the section that says so. `patterns` are of the tags whose push releases.
pub(super) fn of(project: &Project, patterns: &[String]) -> (Release, Section) {
    let mut section = Section::new("[release]");
    let source = source(project);
    let name = match &source {
        Some(source) => source.path.rsplit('/').next().unwrap_or_default().trim().to_owned(),
        None => project.folder.trim().to_owned(),
    };
    match &source {
        Some(_) => section.set(Certainty::Found, "name", name.as_str().into(), "the repository's name"),
        None if name.is_empty() => section.set(Certainty::FillIn, "name", "app".into(), "the product's name"),
        None => section.set(Certainty::Guessed, "name", name.as_str().into(), "the name of this folder"),
    }
    let (now, prefix) = version(project, patterns, &mut section);
    match (&source, &project.git) {
        (Some(source), Git::Repository { remote: Some((remote, _)), .. }) => {
            section.set(Certainty::Found, "source", source.url().into(), format!("the git remote {remote}"));
        }
        (_, git) => {
            let why = match git {
                Git::Repository { remote: Some((name, url)), .. } => {
                    format!("the git remote {name} ({url}) is no web address")
                }
                Git::Repository { .. } => "the git repository has no remote".to_owned(),
                Git::None => "this folder is in no git repository".to_owned(),
                Git::Unknown(why) => why.clone(),
            };
            let example = "https://github.com/acme/app".into();
            let says = format!("where the source is; labels and certificates are compared with it ({why})");
            section.suggest(Certainty::FillIn, "source", example, says);
        }
    }
    let name = if name.is_empty() { "app".to_owned() } else { name };
    let is_prefix_known = prefix.is_some();
    let tag_prefix = prefix.unwrap_or_else(|| "v".to_owned());
    (Release { name, version: now, source, tag_prefix, is_prefix_known }, section)
}

/// Where the source is, by the git remote.
pub(super) fn source(project: &Project) -> Option<Source> {
    let Git::Repository { remote: Some((_, url)), .. } = &project.git else { return None };
    Source::of_remote(url)
}

/// Writes the version; gives it as it is now, and what stands before it in a git tag, where a tag or the pattern of one says it.
fn version(
    project: &Project,
    patterns: &[String],
    section: &mut Section,
) -> (Option<String>, Option<String>) {
    let mut named: Vec<Located<String>> = Vec::new();
    for file in version_file::FILES {
        let Some(text) = project.files.get(Path::new(file)) else { continue };
        match version_file::read(Path::new(file), text) {
            Ok(Some(found)) if is_version(&found.value) => named.push(found),
            Ok(Some(found)) => {
                let text =
                    format!("{}: {} is no version that an image's tag can have", found.at, found.value);
                section.note(Certainty::FillIn, text);
            }
            Ok(None) => {}
            Err(trouble) => section.note(Certainty::FillIn, format!("{}: {}", trouble.at, trouble.value)),
        }
    }
    let described = match &project.git {
        Git::Repository { described: Some(tag), .. } => Some(tag.as_str()),
        _ => None,
    };
    let split = |tag: &str| {
        let at = tag.find(|c: char| c.is_ascii_digit())?;
        is_version(&tag[at..]).then(|| (tag[..at].to_owned(), tag[at..].to_owned()))
    };
    let of_tag = described.and_then(split);
    if let Some(first) = named.first() {
        let value = |located: &Located<String>| located.value.trim_start_matches('v').to_owned();
        for other in named.iter().filter(|other| value(other) != value(first)) {
            let text = format!("{} says {}, and {} says {}", first.at, first.value, other.at, other.value);
            section.note(
                Certainty::FillIn,
                format!("{text}: make them the same, or it is not clear what is released"),
            );
        }
        let is_first_line = project
            .files
            .get(Path::new("VERSION"))
            .is_some_and(|text| text.trim_start().starts_with(&first.value));
        if first.at.file == Path::new("VERSION") && is_first_line {
            let file = Value::Table(vec![("file".to_owned(), "VERSION".into())]);
            section.set(Certainty::Found, "version", file, format!("{}, now {}", first.at, first.value));
        } else {
            let says = format!(
                "{}; raise both together, or keep it in one file: {{ file = \"VERSION\" }}",
                first.at
            );
            section.set(Certainty::Found, "version", first.value.as_str().into(), says);
        }
    } else if let Some((prefix, version)) = &of_tag {
        let tag = Value::Table(vec![("git_tag".to_owned(), format!("{prefix}*").into())]);
        let says =
            format!("no file names a version; the newest git tag is {}", described.unwrap_or_default());
        section.set(Certainty::Guessed, "version", tag, format!("{says}, so it is {version} now"));
    } else {
        let says = "no file and no git tag names a version: write it, or { file = \"VERSION\" }, or { git_tag = \"v*\" }";
        section.set(Certainty::FillIn, "version", "0.0.0".into(), says);
    }
    let literal = |pattern: &String| {
        let literal: String =
            pattern.chars().take_while(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '/' | '_')).collect();
        literal
    };
    let of_pattern = || patterns.iter().find(|pattern| !pattern.starts_with(['!', '*'])).map(literal);
    let (prefix, of_tag) = of_tag.unzip();
    let now = named.first().map(|found| found.value.clone()).or(of_tag);
    (now, prefix.or_else(of_pattern))
}

/// Whether an image's tag can have it, and the configuration takes it.
fn is_version(text: &str) -> bool {
    let has_digit = text.contains(|c: char| c.is_ascii_digit());
    // Shorter than a tag may be: something may stand before and behind it.
    has_digit && text.len() <= 64 && text.replace('+', "-").parse::<Tag>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_is_a_web_address() {
        for (remote, url) in [
            ("https://github.com/acme/app.git", Some("https://github.com/acme/app")),
            ("git@github.com:Acme/app.git", Some("https://github.com/Acme/app")),
            (
                "ssh://git@gitlab.example.org:2222/group/sub/app",
                Some("https://gitlab.example.org/group/sub/app"),
            ),
            ("https://token@github.com/acme/app/", Some("https://github.com/acme/app")),
            ("/srv/git/app.git", None),
            ("../app", None),
            ("file:///srv/app", None),
            ("https://github.com/acme", None),
            ("https://github.com/acme/a\"pp", None),
            ("C:\\app", None),
        ] {
            assert_eq!(Source::of_remote(remote).map(|source| source.url()).as_deref(), url, "{remote}");
        }
    }
}
