//! `exitbar.toml` as it is written: every key, with the place of what is checked later.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

pub(super) type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub release: Release,
    #[serde(default)]
    pub image: Vec<Spanned<Image>>,
    #[serde(default)]
    pub signature: Signature,
    pub attestations: Option<Signature>,
    #[serde(default)]
    pub vulnerabilities: Vulnerabilities,
    #[serde(default)]
    pub labels: Labels,
    #[serde(default)]
    pub items: BTreeMap<Text, Item>,
    #[serde(default)]
    pub waiver: Vec<Waiver>,
    #[serde(default)]
    pub audit: Audit,
    #[serde(default)]
    pub registry: BTreeMap<String, Registry>,
    #[serde(default)]
    pub engine: Vec<Engine>,
    pub host_process: Option<HostProcess>,
    #[serde(default)]
    pub source: Source,
    #[serde(default)]
    pub store: Store,
    #[serde(default)]
    pub keys: BTreeMap<String, Text>,
    pub theme: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    pub name: Text,
    pub version: Spanned<Version>,
    pub source: Option<Text>,
    pub revision: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Version {
    Text(String),
    File { file: String },
    GitTag { git_tag: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Image {
    pub name: Text,
    pub repositories: Spanned<Vec<Text>>,
    pub platforms: Option<Vec<Text>>,
    pub tag: Option<Text>,
    #[serde(default)]
    pub moving_tags: Vec<Text>,
    pub budget: Option<Text>,
    pub limit: Option<Text>,
    pub local: Option<Text>,
    pub build: Option<Build>,
    pub version: Option<Command>,
    pub example: Option<Example>,
    #[serde(default)]
    pub private: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Build {
    pub dockerfile: Option<String>,
    pub context: Option<String>,
    pub target: Option<String>,
    pub command: Option<Vec<String>>,
    #[serde(default)]
    pub args: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    #[serde(default)]
    pub command: Vec<String>,
    pub pattern: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub command: Spanned<Vec<String>>,
    pub inputs: Option<String>,
    #[serde(default)]
    pub outputs: Vec<Text>,
    #[serde(default)]
    pub platforms: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signature {
    pub identity: Option<Text>,
    pub identity_regexp: Option<Text>,
    pub issuer: Option<String>,
    pub key: Option<Text>,
    #[serde(default)]
    pub recursive: bool,
    /// Accepted already: read once signatures are verified.
    #[serde(rename = "trusted_root")]
    pub _trusted_root: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vulnerabilities {
    pub threshold: Option<Text>,
    #[serde(default)]
    pub ignore: Vec<String>,
    pub scan_max_age: Option<Text>,
    pub database_max_age: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    pub required: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    pub off: Option<Text>,
    pub class: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiver {
    pub item: Text,
    pub image: Option<Text>,
    pub platform: Option<Text>,
    pub until: Spanned<Datetime>,
    pub reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Audit {
    #[serde(default)]
    pub run: Vec<Text>,
    pub fresh_for: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registry {
    #[serde(default)]
    pub plain_http: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Engine {
    pub host: Text,
    #[serde(default)]
    pub platforms: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HostProcess {
    #[serde(default)]
    pub allow: bool,
    #[serde(default)]
    pub platforms: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub workflows: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Store {
    pub path: Option<String>,
}
