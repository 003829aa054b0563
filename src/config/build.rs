//! `build = { … }` of an image: how it is built.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::keys;
use super::section::Section;
use crate::model::{Build, BuildSecret};

/// Reads it; none where the image is not built here.
pub(super) fn read(image: &Section<'_>) -> Option<Build> {
    let section = image.section("build", "build", keys::BUILD)?;
    let command = section.some_texts("command", "a program and its arguments, as in [\"make\", \"images\"]");
    let dockerfile = section.text("dockerfile", "a path, relative to exitbar.toml");
    if section.lacks("dockerfile") && section.lacks("command") {
        let help = "add dockerfile = \"Dockerfile\" or command = [\"make\", \"images\"]";
        image.problem(&section.at, "`build` has neither `dockerfile` nor `command`", Some(help));
    }
    let cache_from = section.texts("cache_from", "a list of images, as in [\"ghcr.io/acme/app:cache\"]");
    Some(Build {
        dockerfile: dockerfile.map(|text| PathBuf::from(text.value)),
        context: section
            .text("context", "a folder")
            .map_or_else(|| PathBuf::from("."), |text| PathBuf::from(text.value)),
        target: section.text("target", "the name of a stage").map(|text| text.value),
        command,
        args: texts(&section, "args", "{ RUST_VERSION = \"1.95\" }", "build arguments"),
        labels: texts(&section, "labels", "{ \"org.opencontainers.image.vendor\" = \"Acme\" }", "labels"),
        secrets: secrets(&section),
        cache_from: cache_from.unwrap_or_default().into_iter().map(|text| text.value).collect(),
        no_cache: section.flag("no_cache").unwrap_or(false),
        source_date_epoch: epoch(&section),
    })
}

/// A table of texts; their words (`{version}`) are filled in when they are used.
fn texts(build: &Section<'_>, key: &str, example: &str, what: &str) -> BTreeMap<String, String> {
    let Some(value) = build.value(key) else { return BTreeMap::new() };
    let Some(table) = value.get_ref().as_table() else {
        let help = format!("expected a table such as {example}");
        build.problem(&value.span(), format!("`{key}` of build is no table"), Some(&help));
        return BTreeMap::new();
    };
    let mut texts = BTreeMap::new();
    for (name, value) in table {
        match value.get_ref().as_str() {
            Some(text) => {
                texts.insert(name.get_ref().to_string(), text.to_owned());
            }
            None => build.problem(
                &value.span(),
                format!("`{key}.{}` of build is no text", name.get_ref()),
                Some(&format!("write it in quotes: {what} are texts")),
            ),
        }
    }
    texts
}

fn secrets(build: &Section<'_>) -> BTreeMap<String, BuildSecret> {
    let Some(value) = build.value("secrets") else { return BTreeMap::new() };
    let Some(table) = value.get_ref().as_table() else {
        let help = "expected a table such as { token = { env = \"TOKEN\" } }";
        build.problem(&value.span(), "`secrets` of build is no table", Some(help));
        return BTreeMap::new();
    };
    let mut secrets = BTreeMap::new();
    for (id, value) in table {
        let id = id.get_ref().to_string();
        let name = format!("build.secrets.{id}");
        let Some(section) = build.open_value(&format!("secrets.{id}"), value, name, keys::SECRET) else {
            continue;
        };
        let env = section.text("env", "the name of an environment variable");
        let file = section.text("file", "a path, relative to exitbar.toml");
        match (env, file) {
            (Some(env), None) => drop(secrets.insert(id, BuildSecret::Env(env.value))),
            (None, Some(file)) => drop(secrets.insert(id, BuildSecret::File(PathBuf::from(file.value)))),
            (Some(_), Some(_)) => {
                let help = "a secret comes from one place: keep `env` or `file`";
                section.problem(&section.at, format!("secret `{id}` has both `env` and `file`"), Some(help));
            }
            (None, None) if section.lacks("env") && section.lacks("file") => {
                let help =
                    "add env = \"TOKEN\" or file = \"token.txt\"; the secret itself is never written here";
                section.problem(
                    &section.at,
                    format!("secret `{id}` has neither `env` nor `file`"),
                    Some(help),
                );
            }
            (None, None) => {}
        }
    }
    secrets
}

fn epoch(build: &Section<'_>) -> Option<u64> {
    let value = build.value("source_date_epoch")?;
    let seconds = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
    if seconds.is_none() {
        let help = "expected seconds since 1970, as `git log -1 --format=%ct` prints them";
        build.problem(&value.span(), "`source_date_epoch` of build is no time", Some(help));
    }
    seconds
}
