//! The release's version: written in the configuration, in a file, or a git tag.

use std::path::Path;
use std::process::Command;

use super::find;
use super::keys;
use super::section::{Section, Text};

/// The version; the git tag that it was taken from, and that tag's commit.
#[derive(Debug, Default, Clone)]
pub(super) struct Version {
    pub value: Option<Text>,
    pub revision: Option<String>,
    pub tag: Option<String>,
}

const EXPECTED: &str = "a text such as \"0.2.0\", { file = \"VERSION\" } or { git_tag = \"v*\" }";

/// Reads `version` of `[release]`.
pub(super) fn read(release: &Section<'_>, root: &Path) -> Version {
    let Some(value) = release.value("version") else {
        release.required("version", "\"0.2.0\"");
        return Version::default();
    };
    if value.get_ref().as_table().is_none() {
        return Version { value: release.text("version", EXPECTED), ..Version::default() };
    }
    let Some(source) = release.open_value("version", value, "version", keys::VERSION_SOURCE) else {
        return Version::default();
    };
    match (source.has("file"), source.has("git_tag")) {
        (true, false) => Version { value: of_file(&source, root), ..Version::default() },
        (false, true) => of_git_tag(&source, root),
        (true, true) => {
            release.problem(&source.at, "`version` has both `file` and `git_tag`", Some("keep one of them"));
            Version::default()
        }
        (false, false) if source.lacks("file") && source.lacks("git_tag") => {
            release.problem(&source.at, "`version` names no source", Some(&format!("expected {EXPECTED}")));
            Version::default()
        }
        (false, false) => Version::default(),
    }
}

fn of_file(source: &Section<'_>, root: &Path) -> Option<Text> {
    let file = source.text("file", "a path, relative to exitbar.toml")?;
    let found = find::text(&root.join(&file.value)).map_err(|error| error.to_string()).and_then(|text| {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty());
        line.map(str::to_owned).ok_or_else(|| format!("{} is empty", file.value))
    });
    match found {
        Ok(value) => Some(Text { value, at: file.at }),
        Err(why) => {
            source.problem(&file.at, why, Some("the version is the first line of that file"));
            None
        }
    }
}

fn of_git_tag(source: &Section<'_>, root: &Path) -> Version {
    let Some(pattern) = source.text("git_tag", "a pattern such as \"v*\"") else {
        return Version::default();
    };
    let tag = match git(root, &["describe", "--tags", "--abbrev=0", &format!("--match={}", pattern.value)]) {
        Ok(tag) => tag,
        Err(why) => {
            let help = format!("tag the commit with a name like `{}`", pattern.value);
            source.problem(&pattern.at, why, Some(&help));
            return Version::default();
        }
    };
    let prefix = pattern.value.split('*').next().unwrap_or_default();
    let value = tag.strip_prefix(prefix).filter(|rest| !rest.is_empty()).unwrap_or(&tag).to_owned();
    let revision = git(root, &["rev-parse", "--verify", &format!("refs/tags/{tag}^{{commit}}")]).ok();
    Version { value: Some(Text { value, at: pattern.at }), revision, tag: Some(tag) }
}

/// The first line that git prints.
fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .map_err(|error| format!("cannot run git: {error}"))?;
    let first = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
    if output.status.success() {
        Ok(first(&output.stdout))
    } else {
        Err(format!("git {}: {}", arguments[0], first(&output.stderr)))
    }
}
