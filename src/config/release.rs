//! `[release]` and `[[image]]`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use super::error::Problems;
use super::load::text;
use super::raw::{self, Raw};
use super::values::size;
use crate::model::{
    Build, Example, Image, ImageName, LocalSource, Platform, Release, Repository, Tag, VersionCommand,
};

pub(super) fn releases(raw: &Raw, root: &Path, problems: &mut Problems) -> Release {
    let version = version(&raw.release.version, root, problems);
    if raw.image.is_empty() {
        problems.add(
            raw.release.name.span(),
            "no image to release",
            Some("add an [[image]] with its repositories".to_owned()),
        );
    }
    let images: Vec<Image> =
        raw.image.iter().filter_map(|image| image_of(image.get_ref(), &version, problems)).collect();
    duplicates(raw, problems);
    let source = raw.release.source.as_ref().map(|source| {
        if url::Url::parse(text(source)).is_err() {
            problems.add(
                source.span(),
                format!("`{}` is no URL", text(source)),
                Some("as in https://github.com/acme/app".to_owned()),
            );
        }
        text(source).to_owned()
    });
    Release {
        name: text(&raw.release.name).to_owned(),
        version,
        source,
        revision: raw.release.revision.clone(),
        images,
    }
}

fn duplicates(raw: &Raw, problems: &mut Problems) {
    let (mut names, mut repositories) = (BTreeSet::new(), BTreeSet::new());
    for image in raw.image.iter().map(toml::Spanned::get_ref) {
        if !names.insert(text(&image.name)) {
            problems.add(image.name.span(), format!("a second image named `{}`", text(&image.name)), None);
        }
        let tag = image.tag.as_ref().map_or("{version}", |tag| text(tag));
        for repository in image.repositories.get_ref() {
            if !repositories.insert((text(repository), tag)) {
                let message = format!("`{}` holds two images under one tag", text(repository));
                problems.add(
                    repository.span(),
                    message,
                    Some("give one of them another `tag`, as in \"{version}-full\"".to_owned()),
                );
            }
        }
    }
}

fn version(raw: &toml::Spanned<raw::Version>, root: &Path, problems: &mut Problems) -> String {
    let read = match raw.get_ref() {
        raw::Version::Text(version) => Ok(version.clone()),
        raw::Version::File { file } => std::fs::read_to_string(root.join(file))
            .map_err(|error| format!("cannot read the version from {file}: {error}"))
            .map(|text| text.lines().next().unwrap_or_default().trim().to_owned()),
        raw::Version::GitTag { git_tag } => git_tag_version(git_tag, root),
    };
    match read {
        Ok(version) if !version.trim().is_empty() => version.trim().to_owned(),
        Ok(_) => {
            problems.add(raw.span(), "the version is empty", None);
            String::new()
        }
        Err(message) => {
            problems.add(raw.span(), message, None);
            String::new()
        }
    }
}

/// The version of the newest tag that matches and is reachable from here.
fn git_tag_version(pattern: &str, root: &Path) -> Result<String, String> {
    let output = Command::new("git")
        .args(["describe", "--tags", "--abbrev=0", "--match", pattern])
        .current_dir(root)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| format!("cannot run git for the version: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "no git tag matches `{pattern}`: {}",
            crate::model::text::clean_line(said.trim())
        ));
    }
    let tag = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(tag.strip_prefix('v').map(str::to_owned).unwrap_or(tag))
}

/// A value that its own type checks.
pub(super) fn parsed<T>(raw: &raw::Text, problems: &mut Problems) -> Option<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    raw.get_ref().parse().map_err(|error: T::Err| problems.add(raw.span(), error.to_string(), None)).ok()
}

pub(super) fn platforms(raw: &[raw::Text], problems: &mut Problems) -> Vec<Platform> {
    let mut platforms = Vec::new();
    for given in raw {
        if let Some(platform) = parsed::<Platform>(given, problems) {
            if platforms.contains(&platform) {
                problems.add(given.span(), format!("{platform} is named twice"), None);
            } else {
                platforms.push(platform);
            }
        }
    }
    platforms
}

fn image_of(raw: &raw::Image, version: &str, problems: &mut Problems) -> Option<Image> {
    let name: Option<ImageName> = parsed(&raw.name, problems);
    if raw.repositories.get_ref().is_empty() {
        problems.add(
            raw.repositories.span(),
            "an image without a repository",
            Some("as in [\"ghcr.io/acme/app\"]".to_owned()),
        );
    }
    let repositories: Vec<Repository> =
        raw.repositories.get_ref().iter().filter_map(|repository| parsed(repository, problems)).collect();
    let platforms = match &raw.platforms {
        Some(given) => platforms(given, problems),
        None => vec![Platform::new("linux", "amd64", None), Platform::new("linux", "arm64", None)],
    };
    let tag = tag(raw.tag.as_ref(), &raw.name, version, problems);
    let moving =
        raw.moving_tags.iter().filter_map(|moving| self::tag(Some(moving), moving, version, problems));
    let moving_tags = moving.collect();
    let bytes = |given: &Option<raw::Text>, problems: &mut Problems| {
        let given = given.as_ref()?;
        size(text(given)).map_err(|message| problems.add(given.span(), message, None)).ok()
    };
    let (budget, limit) = (bytes(&raw.budget, problems), bytes(&raw.limit, problems));
    let local = raw.local.as_ref().and_then(|local| local_source(local, problems));
    Some(Image {
        name: name?,
        repositories,
        tag: tag?,
        moving_tags,
        platforms,
        local,
        build: raw.build.as_ref().map(build),
        budget,
        limit,
        version: Some(version_command(raw.version.as_ref(), problems)),
        example: raw.example.as_ref().map(|example| example_of(example, problems)),
        private: raw.private,
    })
}

/// A tag with the version filled in; the `+` of a version is written `-`.
fn tag(raw: Option<&raw::Text>, place: &raw::Text, version: &str, problems: &mut Problems) -> Option<Tag> {
    let template = raw.map_or("{version}", |tag| text(tag));
    let filled = template.replace("{version}", version).replace('+', "-");
    let span = raw.unwrap_or(place).span();
    filled
        .parse()
        .map_err(|error: crate::model::InvalidName| problems.add(span, error.to_string(), None))
        .ok()
}

fn local_source(raw: &raw::Text, problems: &mut Problems) -> Option<LocalSource> {
    match text(raw).split_once(':') {
        Some(("oci", path)) if !path.is_empty() => Some(LocalSource::Layout(PathBuf::from(path))),
        Some(("docker" | "podman", name)) if !name.is_empty() => Some(LocalSource::Engine(name.to_owned())),
        _ => {
            let help = "as in \"oci:dist/app\" or \"docker:app:0.2.0\"".to_owned();
            problems.add(
                raw.span(),
                format!("`{}` says not where the local image is", text(raw)),
                Some(help),
            );
            None
        }
    }
}

fn build(raw: &raw::Build) -> Build {
    Build {
        dockerfile: raw.dockerfile.as_ref().map(PathBuf::from),
        context: PathBuf::from(raw.context.as_deref().unwrap_or(".")),
        target: raw.target.clone(),
        command: raw.command.clone(),
        args: raw.args.clone(),
    }
}

fn version_command(raw: Option<&raw::Command>, problems: &mut Problems) -> VersionCommand {
    let pattern = raw.and_then(|raw| raw.pattern.as_ref());
    if let Some(pattern) = pattern {
        match regex::Regex::new(text(pattern)) {
            Ok(parsed) if parsed.captures_len() < 2 => {
                problems.add(
                    pattern.span(),
                    "the pattern has no group for the version",
                    Some("as in \"v([0-9.]+)\"".to_owned()),
                );
            }
            Ok(_) => {}
            Err(error) => problems.add(pattern.span(), format!("no regular expression: {error}"), None),
        }
    }
    VersionCommand {
        command: raw.map(|raw| raw.command.clone()).unwrap_or_default(),
        pattern: pattern.map(|pattern| text(pattern).to_owned()),
    }
}

fn example_of(raw: &raw::Example, problems: &mut Problems) -> Example {
    if raw.command.get_ref().is_empty() {
        problems.add(raw.command.span(), "an example without a command", None);
    }
    for output in &raw.outputs {
        let path = Path::new(text(output));
        if path.is_absolute() || path.components().any(|part| part == std::path::Component::ParentDir) {
            let help = Some("name it relative to the working folder of the run".to_owned());
            problems.add(output.span(), format!("`{}` leads out of the run's folder", text(output)), help);
        }
    }
    Example {
        command: raw.command.get_ref().clone(),
        inputs: raw.inputs.as_ref().map(PathBuf::from),
        outputs: raw.outputs.iter().map(|output| text(output).to_owned()).collect(),
        platforms: platforms(&raw.platforms, problems),
    }
}
