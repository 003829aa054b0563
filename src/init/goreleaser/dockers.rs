//! `dockers` and `docker_manifests`: images of one platform each, and the names that make one of several.

use std::collections::BTreeSet;

use super::super::builds::{Build, pairs, platforms};
use super::super::options::Options;
use super::super::references::{self, Reference};
use super::Reader;
use super::config::{Docker, DockerManifest, switch};
use super::template::Words;
use crate::model::{Located, Location, Platform};

/// An image of one platform.
struct Part {
    /// What it has in common with those of other platforms.
    build: Build,
    ids: Vec<String>,
    names: Vec<String>,
}

impl Part {
    /// Whether it is the same image, for another platform.
    fn is_of(&self, other: &Self) -> bool {
        let (one, two) = (&self.build, &other.build);
        one.recipe == two.recipe && one.target == two.target && one.args == two.args && self.ids == other.ids
    }
}

/// The images: one for each set of parts that manifests make one of, and for each part that none does.
pub(super) fn of(reader: &Reader, words: &Words) -> Vec<Build> {
    let dockers = reader.config.dockers.iter().flatten();
    let parts: Vec<Part> =
        dockers.filter_map(|docker| part(&docker.value, reader.at(docker), reader, words)).collect();
    let mut images: Vec<(usize, Build)> = Vec::new();
    let mut used = BTreeSet::new();
    for manifest in reader.config.docker_manifests.iter().flatten() {
        let at = reader.at(manifest);
        let (Some(made), members) = made(&manifest.value, at, &parts, words) else { continue };
        used.extend(members.iter().copied());
        let first = members.first().copied();
        let same =
            images.iter_mut().find(|(of, _)| first.is_some_and(|first| parts[*of].is_of(&parts[first])));
        match (same, first) {
            (Some((_, image)), _) => add(image, made),
            (None, Some(first)) => {
                let mut image = Build {
                    at: made.at.clone(),
                    references: Vec::new(),
                    platforms: Vec::new(),
                    ..parts[first].build.clone()
                };
                add(&mut image, made);
                images.push((first, image));
            }
            (None, None) => {
                let unmade = reader.packaged(made.at.clone(), None, words);
                images.push((
                    usize::MAX,
                    Build { doubts: made.doubts, references: made.references, unread: made.unread, ..unmade },
                ));
            }
        }
    }
    for (place, part) in parts.iter().enumerate().filter(|(place, _)| !used.contains(place)) {
        let same = images
            .iter_mut()
            .find(|(of, _)| !used.contains(of) && parts.get(*of).is_some_and(|other| other.is_of(part)));
        match same {
            Some((_, image)) => {
                let value =
                    "it makes images of several platforms, and no `docker_manifests` makes one index of them"
                        .to_owned();
                let doubt = Located { value, at: image.at.clone() };
                if !image.doubts.contains(&doubt) {
                    image.doubts.push(doubt);
                }
                image.platforms.extend(part.build.platforms.clone());
                image.references.extend(part.build.references.clone());
            }
            None => images.push((place, part.build.clone())),
        }
    }
    images.into_iter().map(|(_, image)| image).collect()
}

/// What a manifest makes of parts, and which those are.
struct Made {
    at: Location,
    references: Vec<Reference>,
    unread: Vec<String>,
    platforms: Vec<Platform>,
    doubts: Vec<Located<String>>,
}

fn made(
    manifest: &DockerManifest,
    at: Location,
    parts: &[Part],
    words: &Words,
) -> (Option<Made>, Vec<usize>) {
    let is_skipped = words.fill(&switch(&manifest.skip_push)) == "true";
    let name = manifest.name_template.as_deref().map(|name| words.fill(name)).unwrap_or_default();
    if is_skipped || name.is_empty() {
        return (None, Vec::new());
    }
    let wanted: Vec<String> = manifest.image_templates.iter().flatten().map(|one| words.fill(one)).collect();
    let has = |part: &Part| part.names.iter().any(|name| wanted.contains(name));
    let members: Vec<usize> = (0..parts.len()).filter(|place| has(&parts[*place])).collect();
    let made_here = |name: &&String| members.iter().any(|place| parts[*place].names.contains(name));
    let missing = wanted.iter().filter(|name| !made_here(name));
    let doubt = |name: &String| Located { value: format!("no `dockers` makes {name}"), at: at.clone() };
    let doubts = missing.map(doubt).collect();
    let platforms = members.iter().flat_map(|place| parts[*place].build.platforms.clone()).collect();
    let (references, unread) = references::all([name]);
    (Some(Made { at, references, unread, platforms, doubts }), members)
}

fn add(image: &mut Build, made: Made) {
    image.references.extend(made.references);
    image.unread.extend(made.unread);
    image.doubts.extend(made.doubts);
    image.platforms.extend(made.platforms);
    image.platforms.sort();
    image.platforms.dedup();
}

fn part(docker: &Docker, at: Location, reader: &Reader, words: &Words) -> Option<Part> {
    if words.fill(&switch(&docker.skip_push)) == "true" {
        return None;
    }
    let fill = |texts: &Option<Vec<String>>| -> Vec<String> {
        texts.iter().flatten().map(|text| words.fill(text)).filter(|text| !text.is_empty()).collect()
    };
    let names = fill(&docker.image_templates);
    let flags = fill(&docker.build_flag_templates);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let options = Options::read(&flags, &["--pull", "--no-cache", "--push", "--load", "--rm", "--squash"]);
    let (references, unread) = references::all(names.clone());
    let labels = options.all(&["--label"]);
    let named = platforms(&options.all(&["--platform"]).join(","));
    let build = Build {
        target: options.first(&["--target"]),
        args: pairs(options.all(&["--build-arg"])),
        platforms: if named.is_empty() { platforms(&platform(docker)) } else { named },
        references,
        unread,
        labels: labels.iter().filter_map(|label| label.split('=').next()).map(str::to_owned).collect(),
        ..reader.packaged(at, docker.dockerfile.as_deref(), words)
    };
    Some(Part { build, ids: docker.ids.clone().unwrap_or_default(), names })
}

/// What goreleaser builds the binary in it for.
fn platform(docker: &Docker) -> String {
    let os = docker.goos.as_deref().unwrap_or("linux");
    let architecture = docker.goarch.as_deref().unwrap_or("amd64");
    match (architecture, switch(&docker.goarm).as_str()) {
        ("arm", "") => format!("{os}/arm/v6"),
        ("arm", version) => format!("{os}/arm/v{version}"),
        (architecture, _) => format!("{os}/{architecture}"),
    }
}
