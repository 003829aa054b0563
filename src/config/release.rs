//! `[release]` and every `[[image]]`: what is to go live.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::keys;
use super::section::Section;
use super::{image, version};
use crate::model::{Image, Release};

/// What the file says of the release.
pub(super) struct Read {
    pub release: Option<Release>,
    pub workflows: PathBuf,
}

/// Reads the release.
pub(super) fn read(top: &Section<'_>, root: &Path) -> Read {
    let mut workflows = PathBuf::from(".github/workflows");
    let mut head = None;
    if let Some(section) = top.section("release", "[release]", keys::RELEASE) {
        let name = section.required("name", "\"greenlang\"").map(|text| text.value);
        let found = version::read(&section, root);
        let version = found.value.and_then(|text| {
            let bad = text.value.chars().any(|c| c.is_whitespace() || c.is_control());
            if bad {
                let message = format!("`{}` is no version", text.value);
                section.problem(&text.at, message, Some("expected a text such as 0.2.0, without spaces"));
            }
            (!bad).then_some(text.value)
        });
        if let Some(folder) = section.text("workflows", "a folder, relative to exitbar.toml") {
            workflows = PathBuf::from(folder.value);
        }
        let source = section.read("source", "a URL such as \"https://github.com/acme/app\"", source);
        let revision = section.read("revision", "a commit", revision).or(found.revision);
        head = Some((name, version, source, revision));
    } else if !top.has("release") {
        let help = "add [release] with name = \"…\" and version = \"…\"";
        top.problem(&(0..0), "there is no [release]", Some(help));
    }
    let version = head.as_ref().and_then(|(_, version, ..)| version.clone());
    let images = images(top, version.as_deref());
    let release = head.and_then(|(name, version, source, revision)| {
        Some(Release { name: name?, version: version?, source, revision, images })
    });
    Read { release, workflows }
}

fn source(written: &str) -> Result<String, (String, Option<String>)> {
    let help = || Some("expected a URL such as \"https://github.com/acme/app\"".to_owned());
    match url::Url::parse(written) {
        Ok(url) if matches!(url.scheme(), "https" | "http") && url.has_host() => {
            if url.password().is_some() || !url.username().is_empty() {
                return Err(("the URL holds credentials".to_owned(), Some("leave them out".to_owned())));
            }
            Ok(written.trim_end_matches('/').to_owned())
        }
        Ok(_) => Err((format!("`{written}` is no web address"), help())),
        Err(error) => Err((format!("`{written}` is no URL: {error}"), help())),
    }
}

fn revision(written: &str) -> Result<String, (String, Option<String>)> {
    let hex = written.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
    match hex && matches!(written.len(), 40 | 64) {
        true => Ok(written.to_owned()),
        false => {
            let help = "expected the full commit, 40 or 64 digits in lower case, as `git rev-parse HEAD` prints it";
            Err((format!("`{written}` is no commit"), Some(help.to_owned())))
        }
    }
}

fn images(top: &Section<'_>, version: Option<&str>) -> Vec<Image> {
    let sections = top.sections("image", keys::IMAGE);
    if !top.has("image") || (sections.is_empty() && top.value("image").is_some_and(|value| value.get_ref().is_array())) {
        let help = "add [[image]] with name = \"runner\" and repositories = [\"ghcr.io/acme/app\"]";
        top.problem(&top.place("image"), "the release has no image", Some(help));
    }
    let mut images: Vec<Image> = Vec::new();
    let mut references = BTreeMap::new();
    for section in &sections {
        let Some(image) = image::read(section, version) else { continue };
        if images.iter().any(|other| other.name == image.name) {
            let message = format!("there are two images named `{}`", image.name);
            section.problem(&section.place("name"), message, Some("give each image a name of its own"));
        }
        for repository in &image.repositories {
            let reference = repository.tagged(&image.tag);
            if let Some(other) = references.insert(reference.clone(), image.name.clone()) {
                let message = format!("`{}` and `{other}` would both be {reference}", image.name);
                let help = "give one of them another repository, or another tag such as \"{version}-full\"";
                section.problem(&section.place("repositories"), message, Some(help));
            }
        }
        if let Some(local) = &image.local
            && let Some(other) = images.iter().find(|other| other.local.as_ref() == Some(local))
        {
            let message = format!("`{}` and `{}` have the same `local`", image.name, other.name);
            section.problem(&section.place("local"), message, Some("each image is kept in a place of its own"));
        }
        if let Some(example) = &image.example
            && let Some(stranger) = example.platforms.iter().find(|one| !image.platforms.contains(one))
        {
            let message = format!("the example shall run on {stranger}, which `{}` is not built for", image.name);
            section.problem(&section.place("example"), message, Some("add it to `platforms` of the image"));
        }
        images.push(image);
    }
    images
}
