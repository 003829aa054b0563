//! What the release workflows declare: the steps that promise something, and what stands around them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Item, Located, Location, Platform, ReleaseWorkflow, Severity};

/// What the release workflows declare.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflows {
    /// The files that were read.
    pub files: Vec<PathBuf>,
    /// Those of them that release by themselves.
    pub releasing: Vec<ReleaseWorkflow>,
    /// The steps that promise something for an item.
    pub steps: Vec<DeclaredStep>,
    /// What looks like evidence in them and is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hollow: Vec<Hollow>,
    /// The builds in them that go to a registry; where none does, every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub builds: Vec<DeclaredBuild>,
    /// Where they log in; none of a registry that is not written out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logins: Vec<Located<Option<String>>>,
    /// What they run in containers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<DeclaredRun>,
    /// The signatures that they verify by a regular expression for whoever may have signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifications: Vec<DeclaredVerification>,
    /// The permissions that armed steps need and do not get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<LackingPermission>,
    /// Where they run what is written elsewhere, which may do anything: scripts, actions that are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opaque: Vec<Location>,
    /// What could not be read, with its line: it costs its own file or step only.
    pub troubles: Vec<Located<String>>,
}

/// A step of a workflow that promises something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredStep {
    /// What it promises.
    pub step: StepKind,
    /// The step's name, or what it runs.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// Why its failure could not stop the release (`continue-on-error`, `|| true`,
    /// `exit-code: '0'` …): such a step declares nothing. None when it is armed.
    pub disarmed: Option<Located<String>>,
    /// What fails it, where it is a scan and that is written out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Located<ScanGate>>,
}

/// What fails a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanGate {
    /// The severities that do.
    pub severities: BTreeSet<Severity>,
    /// Whether findings that nobody has fixed yet are left out.
    pub fixed_only: bool,
}

/// A step that builds an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredBuild {
    /// The step's name, or what it runs.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// The Dockerfile, as it is written; none where nobody can tell.
    pub dockerfile: Option<PathBuf>,
    /// The platforms; none where nobody can tell.
    pub platforms: Option<BTreeSet<Platform>>,
    /// Those of them that neither its runner is nor a step before it lets the runner emulate.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unemulated: BTreeSet<Platform>,
}

/// A container that a workflow runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredRun {
    /// The step's name, or what it runs.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// Why its failure could not stop the release; none when it is armed.
    pub disarmed: Option<Located<String>>,
    /// The image, as it is written.
    pub image: String,
    /// What it is given (`--entrypoint` first, where one is), as it is written.
    pub command: Vec<String>,
    /// The platform; none where it is the runner's own, or nobody can tell.
    pub platform: Option<Platform>,
}

/// A command that verifies signatures by a rule for their identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredVerification {
    /// What is signed: the image, its SBOM, its scan.
    pub step: StepKind,
    /// What it runs.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// The rule: `--certificate-identity-regexp`.
    pub rule: String,
    /// Whether an issuer is asked for.
    pub has_issuer: bool,
}

/// A permission of `GITHUB_TOKEN` that a step needs and its job does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LackingPermission {
    /// What the step promises.
    pub step: StepKind,
    /// The step's name, or what it runs.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// The permission: `id-token: write`.
    pub permission: String,
    /// The `permissions` that leave it out; none where there are none, and GitHub gives it to nobody by itself.
    pub declared: Option<Location>,
}

impl std::fmt::Display for LackingPermission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, permission) = (super::text::clean_line(&self.name), &self.permission);
        write!(f, "`{name}` needs `{permission}`, ")?;
        match &self.declared {
            Some(at) if at.file == self.at.file => {
                write!(f, "which the `permissions` in line {} do not give", at.line)
            }
            Some(at) => write!(f, "which the `permissions` at {at} do not give"),
            None => f.write_str("which no `permissions` give, nor does GitHub by itself"),
        }
    }
}

/// A line of a workflow that looks like evidence and is none: a success that is only echoed, a verification that accepts
/// whoever signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hollow {
    /// What it is about; none where it speaks of the release as a whole.
    pub step: Option<StepKind>,
    /// What is said or run, as it is written.
    pub what: String,
    /// Why it is none.
    pub why: String,
    /// Where it stands.
    pub at: Location,
}

impl std::fmt::Display for Hollow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", super::text::clean_line(&self.what), super::text::clean_line(&self.why))
    }
}

/// What a step promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Pushes images.
    Push,
    /// Signs images.
    Sign,
    /// Makes and attaches an SBOM.
    Sbom,
    /// Scans for vulnerabilities.
    Scan,
}

impl StepKind {
    /// The item that it is about.
    pub fn item(self) -> Item {
        match self {
            Self::Push => Item::Published,
            Self::Sign => Item::Signed,
            Self::Sbom => Item::Sbom,
            Self::Scan => Item::Vulnerabilities,
        }
    }
}
