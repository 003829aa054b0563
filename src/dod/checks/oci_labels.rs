//! Item 10: the OCI labels are there, valid, and say what the release says.

use std::collections::BTreeMap;

use crate::model::{Dockerfile, FactKey, Image, Manifest, Observed, Platform};

use super::super::context::{Context, Reach, There};
use super::super::sight::Sight;
use super::super::source::{same_commit, same_repository};
use super::super::subject::Subject;
use super::super::version::same_version;
use super::Checked;
use super::dockerfile::none_built;
use super::judgement::Judgement;
use super::platforms::{listed, no_cell, required};

const PREFIX: &str = "org.opencontainers.image.";

/// Judges item 10.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    let judge =
        |image: &Image, platform: &Platform, subject: &Subject| Some(one(context, image, platform, subject));
    checked.per_platform(context, required, no_cell, judge);
    checked.beyond(context, judge);
    checked.note = checked.summary(format!("all {} labels are there", context.policy.labels.required.len()));
    index_annotations(context, &mut checked);
    if let Some(instead) = none_built(context, &mut checked, |dockerfile| declares(context, dockerfile)) {
        checked.note.clone_from(&instead.note);
        checked.instead = Some(instead);
    }
    checked
}

/// What the Dockerfile declares; what only a build argument can fill in may be empty there.
fn declares(context: &Context, dockerfile: &Dockerfile) -> Result<String, String> {
    let missing = context.policy.labels.required.iter().filter(|key| !dockerfile.labels.contains_key(*key));
    let missing: Vec<String> = missing.map(|key| short(key)).collect();
    let file = dockerfile.file.display();
    if missing.is_empty() {
        Ok(format!("{file} sets every label"))
    } else {
        Err(format!("{file} lacks {}", listed(&missing)))
    }
}

fn one(context: &Context, image: &Image, platform: &Platform, subject: &Subject) -> Judgement {
    let config = match subject.config(context.facts) {
        Sight::Pending => return Judgement::pending(),
        Sight::Unknown(reason) => return Judgement::unknown(&reason).because(subject.because(context.facts)),
        Sight::Seen(config) => config,
    };
    let others = elsewhere(context, image, platform);
    let required = &context.policy.labels.required;
    let troubles: Vec<String> = required
        .iter()
        .filter_map(|key| {
            trouble(context, key, &config.labels).or_else(|| differs(key, &config.labels, &others))
        })
        .collect();
    let judged = match troubles.as_slice() {
        [] => Judgement::pass(format!("all {} labels are there", required.len())),
        troubles => Judgement::fail(format!("{} {platform}: {}", image.name, listed(troubles))),
    };
    judged.because(subject.because(context.facts)).seen_at(subject.level(), subject.in_registry())
}

/// What is wrong with a required label, in words.
fn trouble(context: &Context, key: &str, labels: &BTreeMap<String, String>) -> Option<String> {
    let name = short(key);
    let Some(value) = labels.get(key).map(|value| value.trim()) else {
        return Some(format!("{name} is missing"));
    };
    if value.is_empty() {
        return Some(format!("{name} is empty"));
    }
    let release = context.release;
    match key.strip_prefix(PREFIX)? {
        "version" if !same_version(value, &release.version) => {
            Some(format!("version is {value}, the release is {}", release.version))
        }
        "revision" => match &release.revision {
            Some(revision) if !same_commit(value, revision) => {
                Some(format!("revision is {value}, the release is {revision}"))
            }
            _ => None,
        },
        "created" if value.parse::<jiff::Timestamp>().is_err() => {
            Some(format!("created is no RFC 3339 time: {value}"))
        }
        "licenses" if spdx::Expression::parse(value).is_err() => {
            Some(format!("licenses is no SPDX expression: {value}"))
        }
        "source" => source(value, release.source.as_deref()),
        "url" | "documentation" if url::Url::parse(value).is_err() => {
            Some(format!("{name} is no URL: {value}"))
        }
        _ => None,
    }
}

fn source(value: &str, release: Option<&str>) -> Option<String> {
    let is_git = value.starts_with("git@") && value.contains(':');
    if !is_git && url::Url::parse(value).is_err() {
        return Some(format!("source is no URL: {value}"));
    }
    let release = release.filter(|release| !same_repository(release, value))?;
    Some(format!("source is {value}, the release is of {release}"))
}

/// A label that another platform of the image has otherwise: only `created` may differ.
fn differs(
    key: &str,
    labels: &BTreeMap<String, String>,
    others: &[(Platform, BTreeMap<String, String>)],
) -> Option<String> {
    if key.strip_prefix(PREFIX) == Some("created") {
        return None;
    }
    let (other, _) = others
        .iter()
        .find(|(_, theirs)| theirs.get(key).is_some_and(|value| labels.get(key) != Some(value)))?;
    Some(format!("{} differs from {other}'s", short(key)))
}

/// The labels of the image's other required platforms, as far as they could be read.
fn elsewhere(
    context: &Context,
    image: &Image,
    platform: &Platform,
) -> Vec<(Platform, BTreeMap<String, String>)> {
    let others = image.platforms.iter().filter(|other| *other != platform);
    others
        .filter_map(|other| Some((other, context.there(image, other).seen()?)))
        .flat_map(|(other, there): (&Platform, There)| {
            let labels = |subject: &Subject| Some(subject.config(context.facts).seen()?.labels.clone());
            let found: Vec<_> = there.subjects().iter().filter_map(labels).collect();
            found.into_iter().map(move |labels| (other.clone(), labels))
        })
        .collect()
}

/// What a registry's page shows comes from the index: annotations that it lacks are a warning.
fn index_annotations(context: &Context, checked: &mut Checked) {
    for image in &context.release.images {
        let Reach::Registry(indexes) = context.reach(image) else { continue };
        for index in indexes {
            let Some(Manifest::Index(manifest)) =
                context.facts.manifest(&FactKey::Manifest(index.clone())).and_then(Observed::seen)
            else {
                continue;
            };
            let required = context.policy.labels.required.iter();
            let missing: Vec<String> = required
                .filter(|key| !manifest.annotations.contains_key(*key))
                .map(|key| short(key))
                .collect();
            if !missing.is_empty() {
                let names = listed(&missing);
                checked.warnings.push(format!(
                    "{}: the index {} has no annotation for {names}",
                    image.name,
                    index.short()
                ));
            }
        }
    }
}

/// A key without the common prefix.
fn short(key: &str) -> String {
    key.strip_prefix(PREFIX).unwrap_or(key).to_owned()
}

#[cfg(test)]
mod tests;
