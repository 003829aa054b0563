//! Where a fact comes from, and why one could not be had.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Digest;

/// How strong a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A Dockerfile or workflow says so.
    Declared,
    /// Seen on a local image: an engine's, or an OCI layout's.
    Local,
    /// Seen on bytes in a registry, bound to a digest.
    Registry,
    /// Cryptographically verified, or executed in a container, on that digest.
    Verified,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Local => "local",
            Self::Registry => "registry",
            Self::Verified => "verified",
        }
    }
}

/// What was seen of what, where, how and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Of what: a reference with its digest, a file and line, a run.
    pub subject: String,
    /// Where: `ghcr.io`, `engine unix:///…`, `layout dist/runner`, `file Dockerfile`.
    pub source: String,
    /// How: `GET /v2/…/manifests/…`, `run gl --version`, with the tool's version where it is not exitbar.
    pub method: String,
    /// How strong it is.
    pub level: Level,
    /// When.
    pub at: Timestamp,
    /// The exit code of a command.
    pub exit: Option<i32>,
    /// The digests of the bytes that it was read from.
    pub raw: Vec<Digest>,
}

/// Something that was looked for: seen, authoritatively not there, or not to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed<T> {
    /// It was seen.
    Seen(T),
    /// It is not there.
    Absent(Absence),
    /// It could not be looked at.
    Unknown(Reason),
}

impl<T> Observed<T> {
    /// What was seen, if it was.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::Absent(_) | Self::Unknown(_) => None,
        }
    }

    /// Why it could not be looked at, if so.
    pub fn unknown(&self) -> Option<&Reason> {
        match self {
            Self::Unknown(reason) => Some(reason),
            Self::Seen(_) | Self::Absent(_) => None,
        }
    }

    /// Whether it is authoritatively not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent(_))
    }
}

/// An authoritative "not there".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// What the answer was.
    pub kind: AbsenceKind,
    /// In words: `404 from ghcr.io`, `missing or private: 401 from ghcr.io without credentials`.
    pub text: String,
}

/// What an answer that means "not there" was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceKind {
    /// A 404 under a granted token, or where none was demanded; a file that does not exist.
    NotFound,
    /// 401 or 403 without credentials: registries answer so for what does not exist.
    MissingOrPrivate,
}

/// Why something could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The kind, for the cure and for tests.
    pub kind: ReasonKind,
    /// What was tried, where, and what came back.
    pub text: String,
    /// What to do next, where that is known.
    pub cure: Option<String>,
}

/// The kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// No connection.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// 429.
    RateLimited,
    /// 401 or 403 with credentials.
    Denied,
    /// No credentials for this registry.
    NoCredentials,
    /// 5xx, or an answer outside the protocol.
    ServerError,
    /// Bytes that are not what they should be.
    Unreadable,
    /// Bytes whose digest is another.
    DigestMismatch,
    /// More bytes, entries or levels than the limit.
    TooLarge,
    /// No container engine, or it did not answer.
    NoEngine,
    /// The engine or host cannot run this platform.
    NoEmulation,
    /// A tool or command failed.
    ToolFailed,
    /// Found, and nothing here can verify it yet.
    NotVerified,
    /// Found, in a form that is not supported.
    NotSupported,
    /// Nothing says how or where to look.
    NotConfigured,
    /// The operator cancelled.
    Cancelled,
}

impl Reason {
    /// A reason in words.
    pub fn new(kind: ReasonKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), cure: None }
    }

    /// The same reason with what to do next.
    #[must_use]
    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.cure {
            Some(cure) => write!(f, "; {cure}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
