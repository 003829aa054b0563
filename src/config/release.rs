//! `[release]` and every `[[image]]`: what is to go live.

use std::path::Path;

use super::keys;
use super::section::Section;
use super::{image, version};
use crate::model::{Image, Release};

/// Reads the release; none where something is wrong with what it cannot do without.
pub(super) fn read(top: &Section<'_>, root: &Path) -> Option<Release> {
    if top.lacks("release") {
        top.problem(
            &(0..0),
            "there is no [release]",
            Some("add [release] with name = \"…\" and version = \"…\""),
        );
    }
    let head = top.section("release", "[release]", keys::RELEASE).map(|section| head(&section, root));
    let version = head.as_ref().and_then(|head| head.version.as_deref());
    let images = images(top, version);
    let head = head?;
    Some(Release {
        name: head.name?,
        version: head.version?,
        source: head.source,
        revision: head.revision,
        tag: head.tag,
        images,
    })
}

/// `[release]` itself.
struct Head {
    name: Option<String>,
    version: Option<String>,
    source: Option<String>,
    revision: Option<String>,
    tag: Option<String>,
}

fn head(section: &Section<'_>, root: &Path) -> Head {
    let found = version::read(section, root);
    let tag = found.tag;
    let version = found.value.and_then(|text| {
        let bad = text.value.chars().any(|c| c.is_whitespace() || c.is_control());
        if bad {
            let message = format!("`{}` is no version", text.value);
            section.problem(&text.at, message, Some("expected a text such as 0.2.0, without spaces"));
        }
        (!bad).then_some(text.value)
    });
    Head {
        name: section.required("name", "\"greenlang\"").map(|text| text.value),
        version,
        source: section.read("source", "a URL such as \"https://github.com/acme/app\"", source),
        revision: section.read("revision", "a commit", revision).or(found.revision),
        tag,
    }
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
    if hex && matches!(written.len(), 40 | 64) {
        return Ok(written.to_owned());
    }
    let help = "expected the full commit, 40 or 64 digits in lower case, as `git rev-parse HEAD` prints it";
    Err((format!("`{written}` is no commit"), Some(help.to_owned())))
}

fn images(top: &Section<'_>, version: Option<&str>) -> Vec<Image> {
    let sections = top.sections("image", keys::IMAGE);
    let list = top.value("image").and_then(|value| value.get_ref().as_array());
    if top.lacks("image") || list.is_some_and(|list| list.is_empty()) {
        let help = "add [[image]] with name = \"runner\" and repositories = [\"ghcr.io/acme/app\"]";
        top.problem(&top.place("image"), "the release has no image", Some(help));
    }
    let mut images: Vec<Image> = Vec::new();
    for section in &sections {
        let Some(image) = image::read(section, version) else { continue };
        for other in &images {
            contradictions(section, &image, other);
        }
        images.push(image);
    }
    images
}

/// What two images cannot both have.
fn contradictions(section: &Section<'_>, image: &Image, other: &Image) {
    if image.name == other.name {
        let message = format!("there are two images named `{}`", image.name);
        section.problem(&section.place("name"), message, Some("give each image a name of its own"));
    }
    let shared = image.repositories.iter().filter(|repository| other.repositories.contains(repository));
    for repository in shared.filter(|_| image.tag == other.tag) {
        let reference = repository.tagged(&image.tag);
        let message = format!("`{}` and `{}` would both be {reference}", other.name, image.name);
        let help = "give one of them another repository, or another `tag`, as in \"{version}-full\"";
        section.problem(&section.place("repositories"), message, Some(help));
    }
    if image.local.is_some() && image.local == other.local {
        let message = format!("`{}` and `{}` have the same `local`", other.name, image.name);
        section.problem(&section.place("local"), message, Some("each image is kept in a place of its own"));
    }
}
