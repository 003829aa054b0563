//! What the source declares (Dockerfiles, workflows), and what a run showed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Digest, Platform, Repository};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// The file, relative to the configuration's folder where it lies below it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// A value with the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub at: Location,
}

/// What the final (or target) stage of a Dockerfile declares, inheritance between stages included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dockerfile {
    /// The file.
    pub file: PathBuf,
    /// `USER`, expanded; none when no stage sets one.
    pub user: Option<Located<String>>,
    /// `HEALTHCHECK`: its test as a config would hold it (`CMD …`, `CMD-SHELL …`, `NONE`).
    pub healthcheck: Option<Located<Vec<String>>>,
    /// `LABEL`, expanded.
    pub labels: BTreeMap<String, Located<String>>,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<Located<Vec<String>>>,
    /// `CMD`.
    #[serde(default)]
    pub cmd: Option<Located<Vec<String>>>,
    /// Base images of the stages, with whether they are pinned by digest.
    pub bases: Vec<Located<Base>>,
    /// What it says of how it is built and to be run; nothing of it is evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Located<Hint>>,
    /// What could not be read, with its line: it costs its own instruction only.
    pub troubles: Vec<Located<String>>,
}

/// What a Dockerfile hints at, in an instruction or a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// It can run with a read-only root filesystem (`docker run --read-only`).
    ReadOnly,
    /// It can run without capabilities (`--cap-drop`).
    CapabilitiesDropped,
    /// It can run without new privileges (`--security-opt no-new-privileges`).
    NoNewPrivileges,
    /// Its build keeps caches outside of its layers (`RUN --mount=type=cache`).
    CacheMount,
    /// A file gets capabilities of its own (`setcap`).
    FileCapabilities,
    /// A file runs as its owner (`chmod u+s`).
    SetUid,
    /// A step of the build runs with every privilege (`RUN --security=insecure`).
    InsecureBuild,
}

impl Hint {
    /// Whether it speaks for the image.
    pub fn is_good(self) -> bool {
        matches!(self, Self::ReadOnly | Self::CapabilitiesDropped | Self::NoNewPrivileges | Self::CacheMount)
    }

    /// What it comes to, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::ReadOnly => "is said to run with a read-only root filesystem",
            Self::CapabilitiesDropped => "is said to run with dropped capabilities",
            Self::NoNewPrivileges => "is said to run without new privileges",
            Self::CacheMount => "is built with cache mounts",
            Self::FileCapabilities => "gives capabilities to a file (setcap)",
            Self::SetUid => "lets a file run as its owner (setuid)",
            Self::InsecureBuild => "has a build step with every privilege (--security=insecure)",
        }
    }
}

/// A base image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The reference as written, expanded.
    pub reference: String,
    /// Whether it is pinned by digest (`scratch` is).
    pub pinned: bool,
}

/// What is run in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// `--version`.
    Version,
    /// The example pipeline.
    Example,
    /// The image itself, until its healthcheck says how it is.
    Healthcheck,
}

impl RunKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Version, Self::Example, Self::Healthcheck];

    /// The word for it, as in `--run version,example`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Example => "example",
            Self::Healthcheck => "healthcheck",
        }
    }
}

/// What a run of an image showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The platform that it ran for.
    pub platform: Platform,
    /// How it ran: `host process`, `engine unix:///…`.
    pub how: String,
    /// Whether another architecture was emulated.
    pub emulated: bool,
    /// How it ended.
    pub ended: RunEnd,
    /// Standard output: the first and last part where it is long; control sequences removed.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// The outputs that were looked for, in the order of the release's declaration.
    #[serde(default)]
    pub outputs: Vec<Output>,
    /// The full outputs, kept by digest.
    pub raw: Vec<Digest>,
    /// The repositories that gave every byte of it just before it ran; none where the nearest copy ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pulled: Vec<Repository>,
}

impl Run {
    /// Whether the machine itself ran it, in words.
    pub fn manner(&self) -> &'static str {
        if self.emulated { "under emulation" } else { "natively" }
    }
}

/// A file that a run was to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its path, as the release declares it.
    pub path: String,
    /// How many bytes it has; none where no such file is there.
    pub size: Option<u64>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// It ended by itself.
    Exited(i32),
    /// The kernel refused the program (`exec format error`), though this platform runs here.
    ExecFormatError,
    /// It ran longer than its limit.
    TimedOut,
    /// It printed more than its limit.
    Flooded,
    /// Its healthcheck said healthy.
    Healthy,
    /// Its healthcheck said unhealthy; what the last probe printed is the standard output.
    Unhealthy,
}
