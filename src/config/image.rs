//! `[[image]]`: one image of the release.

use std::path::PathBuf;

use super::section::{Section, Text};
use super::units;
use super::{build, keys};
use crate::model::{
    Example, HealthcheckRun, Image, ImageName, LocalSource, Platform, Repository, Tag, VersionCommand,
};

const PLATFORMS: &str = "a list such as [\"linux/amd64\", \"linux/arm64\"]";

/// Reads an image; none where something is wrong with what it cannot do without.
pub(super) fn read(section: &Section<'_>, version: Option<&str>) -> Option<Image> {
    let name = section.required("name", "\"runner\"").and_then(|text| section.parse::<ImageName>(&text));
    let repositories = repositories(section);
    let platforms = platforms(section, "platforms");
    let tag = tag(section, version);
    let (budget, limit) = sizes(section);
    let local =
        section.read("local", "\"oci:PATH\" or \"docker:NAME:TAG\"", |written| local(written, version));
    let build = build::read(section);
    let example = example(section, &platforms);
    Some(Image {
        name: name?,
        repositories,
        tag: tag?,
        moving_tags: moving_tags(section, version),
        platforms,
        local,
        build,
        budget,
        limit,
        version: version_command(section),
        example,
        healthcheck: healthcheck(section),
        private: section.flag("private").unwrap_or(false),
    })
}

fn repositories(section: &Section<'_>) -> Vec<Repository> {
    let expected = "a list such as [\"ghcr.io/acme/app\", \"docker.io/acme/app\"]";
    if !section.has("repositories") {
        if !section.lacks("repositories") {
            return Vec::new();
        }
        let help = "add repositories = [\"ghcr.io/acme/app\"]";
        section.problem(&section.at, "[[image]] has no `repositories`", Some(help));
        return Vec::new();
    }
    let count = section.problems().count();
    let list = section.parsed_list("repositories", expected).unwrap_or_default();
    if list.is_empty() && section.problems().count() == count {
        let at = section.place("repositories");
        section.problem(
            &at,
            "`repositories` is empty: there is nowhere to publish to",
            Some(&format!("expected {expected}")),
        );
    }
    list
}

/// A list of platforms; linux/amd64 and linux/arm64 when it is not there.
fn platforms(section: &Section<'_>, key: &str) -> Vec<Platform> {
    if !section.has(key) {
        return vec![Platform::new("linux", "amd64", None), Platform::new("linux", "arm64", None)];
    }
    let count = section.problems().count();
    let list = section.parsed_list(key, PLATFORMS).unwrap_or_default();
    if list.is_empty() && section.problems().count() == count {
        section.problem(
            &section.place(key),
            format!("`{key}` is empty"),
            Some(&format!("expected {PLATFORMS}")),
        );
    }
    list
}

/// `{version}` filled in, a `+` of it written `-`.
fn filled(template: &Text, section: &Section<'_>, version: Option<&str>) -> Option<Tag> {
    let version = version?.replace('+', "-");
    let value = template.value.replace("{version}", &version);
    if value.contains(['{', '}']) {
        let message = format!("`{}` has a placeholder that is not known", template.value);
        section.problem(&template.at, message, Some("known: {version}"));
        return None;
    }
    section.parse(&Text { value, at: template.at.clone() })
}

fn tag(section: &Section<'_>, version: Option<&str>) -> Option<Tag> {
    let default = || Text { value: "{version}".to_owned(), at: section.at.clone() };
    let template =
        if section.has("tag") { section.text("tag", "a tag such as \"{version}\"")? } else { default() };
    filled(&template, section, version)
}

fn moving_tags(section: &Section<'_>, version: Option<&str>) -> Vec<Tag> {
    let mut tags = Vec::new();
    for text in section.texts("moving_tags", "a list such as [\"latest\"]").unwrap_or_default() {
        if let Some(tag) = filled(&text, section, version) {
            if tags.contains(&tag) {
                section.problem(&text.at, format!("`{tag}` is in `moving_tags` twice"), Some("name it once"));
            } else {
                tags.push(tag);
            }
        }
    }
    tags
}

fn sizes(section: &Section<'_>) -> (Option<u64>, Option<u64>) {
    let expected = "a size such as \"300MB\" or \"1GB\"";
    let budget = section.read("budget", expected, units::size);
    let limit = section.read("limit", expected, units::size);
    if let (Some(budget), Some(limit)) = (budget, limit)
        && limit < budget
    {
        let help = "the limit is the size at which the release is refused: make it at least the budget";
        section.problem(&section.place("limit"), "`limit` is less than `budget`", Some(help));
    }
    (budget, limit)
}

/// `{version}` is filled in as it is in a tag.
fn local(written: &str, version: Option<&str>) -> Result<LocalSource, (String, Option<String>)> {
    // A version that cannot be read is told where it stands.
    let written = &written.replace("{version}", &version.unwrap_or("0").replace('+', "-"));
    let expected = || Some("expected \"oci:PATH\" (an OCI layout) or \"docker:NAME:TAG\"".to_owned());
    match written.split_once(':') {
        Some(("oci", path)) if !path.is_empty() => Ok(LocalSource::Layout(PathBuf::from(path))),
        Some(("docker" | "podman", name)) if !name.is_empty() => {
            match name.parse::<oci_distribution::Reference>() {
                Ok(_) => Ok(LocalSource::Engine(name.to_owned())),
                Err(error) => Err((format!("`{name}` is no image name: {error}"), expected())),
            }
        }
        _ => Err((format!("`{written}` names no local image"), expected())),
    }
}

fn version_command(image: &Section<'_>) -> Option<VersionCommand> {
    let default = VersionCommand { command: Vec::new(), pattern: None };
    let Some(value) = image.value("version") else { return Some(default) };
    match value.get_ref().as_bool() {
        Some(false) => return None,
        Some(true) => return Some(default),
        None => {}
    }
    let section = image.open_value("version", value, "version", keys::VERSION)?;
    let command = section.some_texts("command", "a program and its arguments, as in [\"gl\", \"--version\"]");
    let pattern =
        section.read("pattern", "a regular expression", |written| match regex::Regex::new(written) {
            Ok(pattern) if pattern.captures_len() > 1 => Ok(written.to_owned()),
            Ok(_) => {
                let help = "put the part that is the version in parentheses".to_owned();
                Err(("the pattern has no group".to_owned(), Some(help)))
            }
            Err(error) => {
                Err((last_line(&error.to_string()), Some("see docs.rs/regex for the syntax".to_owned())))
            }
        });
    Some(VersionCommand { command: command.unwrap_or_default(), pattern })
}

fn example(image: &Section<'_>, released: &[Platform]) -> Option<Example> {
    let section = image.section("example", "example", keys::EXAMPLE)?;
    if section.lacks("command") {
        let help = "add command = [\"gl\", \"run\", \"demo.yaml\"]";
        image.problem(&section.at, "`example` has no `command`", Some(help));
    }
    let command = section.some_texts("command", "a program and its arguments");
    let outputs: Vec<Text> = section.texts("outputs", "a list of files").unwrap_or_default();
    for output in &outputs {
        let escapes = output.value.split('/').any(|part| part == "..") || output.value.starts_with('/');
        if escapes || output.value.is_empty() {
            let help = "outputs are files below the working folder of the run";
            image.problem(&output.at, format!("`{}` is no relative path", output.value), Some(help));
        }
    }
    let listed = if section.has("platforms") { platforms(&section, "platforms") } else { Vec::new() };
    if let Some(stranger) = listed.iter().find(|one| !released.contains(one)) {
        let message = format!("the example shall run on {stranger}, for which the image is not released");
        section.problem(&section.place("platforms"), message, Some("add it to `platforms` of the image"));
    }
    Some(Example {
        command: command?,
        inputs: section.text("inputs", "a folder").map(|text| PathBuf::from(text.value)),
        outputs: outputs.into_iter().map(|text| text.value).collect(),
        platforms: listed,
    })
}

fn healthcheck(image: &Section<'_>) -> Option<HealthcheckRun> {
    let section = image.section("healthcheck", "healthcheck", keys::HEALTHCHECK)?;
    let timeout = section.read("timeout", "a time such as \"60s\"", |written| {
        let help = || Some("a healthcheck needs some time, such as \"60s\"".to_owned());
        match std::time::Duration::try_from(units::duration(written)?) {
            Ok(timeout) if !timeout.is_zero() => Ok(timeout),
            _ => Err((format!("`{written}` is no time to wait"), help())),
        }
    });
    let runs = section.flag("run").unwrap_or(true);
    runs.then_some(HealthcheckRun { timeout: timeout.unwrap_or(HealthcheckRun::TIMEOUT) })
}

/// The last line of a message of several lines: what went wrong, without its drawing.
pub(super) fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
