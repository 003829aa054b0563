//! The parts of goreleaser's configuration that say which images it makes (goreleaser's documentation, "Docker images",
//! "Docker images v2", "Docker manifests", "Ko", "Docker signing").

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

/// A configuration.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Config {
    pub project_name: Option<String>,
    /// `NAME=value`.
    env: Option<Vec<Option<String>>>,
    pub dockers: Option<Vec<Spanned<Docker>>>,
    pub dockers_v2: Option<Vec<Spanned<DockerV2>>>,
    pub docker_manifests: Option<Vec<Spanned<DockerManifest>>>,
    pub docker_signs: Option<Vec<Spanned<DockerSign>>>,
    pub kos: Option<Vec<Spanned<Ko>>>,
    pub builds: Option<Vec<GoBuild>>,
    /// Other files, which only goreleaser Pro reads.
    pub includes: Option<Spanned<Value>>,
}

/// An image of one platform.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Docker {
    pub ids: Option<Vec<String>>,
    pub goos: Option<String>,
    pub goarch: Option<String>,
    #[serde(default)]
    pub goarm: Value,
    pub dockerfile: Option<String>,
    pub image_templates: Option<Vec<String>>,
    pub build_flag_templates: Option<Vec<String>>,
    #[serde(default)]
    pub skip_push: Value,
}

/// An image of several platforms.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct DockerV2 {
    pub id: Option<String>,
    pub dockerfile: Option<String>,
    pub images: Option<Vec<String>>,
    pub tags: Option<Vec<String>>,
    pub platforms: Option<Vec<String>>,
    pub build_args: Option<BTreeMap<String, Value>>,
    pub labels: Option<BTreeMap<String, Value>>,
    pub flags: Option<Vec<String>>,
    #[serde(default)]
    pub disable: Value,
}

/// One name for the images of several platforms.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct DockerManifest {
    pub name_template: Option<String>,
    pub image_templates: Option<Vec<String>>,
    #[serde(default)]
    pub skip_push: Value,
}

/// Who signs images.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct DockerSign {
    pub args: Option<Vec<String>>,
}

/// An image by ko.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Ko {
    pub id: Option<String>,
    pub build: Option<String>,
    pub main: Option<String>,
    pub working_dir: Option<String>,
    pub repository: Option<String>,
    pub repositories: Option<Vec<String>>,
    pub tags: Option<Vec<String>>,
    pub platforms: Option<Vec<String>>,
    pub labels: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub bare: Value,
    #[serde(default)]
    pub base_import_paths: Value,
    #[serde(default)]
    pub preserve_import_paths: Value,
    #[serde(default)]
    pub disable: Value,
}

/// A program.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct GoBuild {
    pub id: Option<String>,
    pub main: Option<String>,
    pub dir: Option<String>,
}

impl Config {
    /// The variables that it sets itself, in their order.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.env.iter().flatten().flatten().filter_map(|entry| entry.split_once('='))
    }
}

/// What a switch says, which may be a word or a template.
pub(super) fn switch(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
