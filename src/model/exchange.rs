//! What was exchanged with the world to learn a fact. Reading exchanges is pure, so that the
//! same bytes give the same facts again.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Checkout, Dockerfile, LayerIndex, LocalImages, PackageVisibility, Place, Reason, Run, Signature, Staged,
    StoredScan, WorkflowRun, Workflows,
};

/// One attempt to learn something, with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Where it was tried.
    pub place: Place,
    /// What was asked, for the evidence: `GET https://ghcr.io/v2/…`, `read dist/runner/index.json`. Never a secret.
    pub request: String,
    /// Whether credentials were sent.
    pub credentials: bool,
    /// When the answer was complete.
    pub at: Timestamp,
    /// What came back.
    pub answer: Answer,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// An HTTP answer.
    Http(HttpAnswer),
    /// The bytes of a file or blob.
    Bytes(Arc<[u8]>),
    /// The file or image is not there.
    Missing(String),
    /// A layer that was read as a stream.
    Layer(LayerIndex),
    /// The images that an engine or a layout holds.
    Images(LocalImages),
    /// A run.
    Run(Run),
    /// Kept runs, each with the key that it is kept under and when it ran.
    StoredRuns(Vec<StoredRun>),
    /// A remembered staging.
    Staged(Staged),
    /// A Dockerfile, read.
    Dockerfile(Dockerfile),
    /// The workflows, read.
    Workflows(Workflows),
    /// A checkout of git.
    Checkout(Checkout),
    /// The commit of a tag on a git remote.
    RemoteTag(String),
    /// A run of a workflow.
    WorkflowRun(WorkflowRun),
    /// Names of secrets or variables.
    Names(BTreeSet<String>),
    /// Who can pull a package.
    Package(PackageVisibility),
    /// A signature that was verified, or not.
    Signature(Box<Signature>),
    /// What an attestation states, with the signature that was verified.
    Attested {
        /// The signature.
        signature: Box<Signature>,
        /// The predicate's document.
        predicate: Arc<[u8]>,
    },
    /// What a scanner printed.
    Scanned(ScannerOutput),
    /// What OSV knows of the packages of an SBOM.
    Osv(OsvAnswers),
    /// Kept scans, each with the key that it is kept under and when it was made.
    StoredScans(Vec<StoredScan>),
    /// No answer: what was tried and what happened.
    Failed(Reason),
}

/// An HTTP answer, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, without parameters.
    pub content_type: Option<String>,
    /// `Docker-Content-Digest`, as sent.
    pub docker_content_digest: Option<String>,
    /// `Retry-After`, as sent.
    pub retry_after: Option<String>,
    /// The body; empty for HEAD.
    pub body: Arc<[u8]>,
}

/// What a scanner printed about an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannerOutput {
    /// Its report.
    pub report: Arc<[u8]>,
    /// Its own version, where its report may not say it.
    pub version: Option<String>,
    /// The age of its database, where its report may not say it.
    pub database_at: Option<Timestamp>,
    /// How many packages it said that it had catalogued, where its report may not say it.
    pub packages: Option<u64>,
    /// The exit code.
    pub exit: i32,
}

/// What OSV answered about the packages of an SBOM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsvAnswers {
    /// The packages that it was asked about, by purl, each with the identifiers of what affects it.
    pub found: std::collections::BTreeMap<String, Vec<String>>,
    /// The records, by identifier, as they came.
    pub records: std::collections::BTreeMap<String, Arc<[u8]>>,
    /// The packages that it could not be asked about.
    pub unmapped: Vec<String>,
}

/// A kept run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRun {
    /// The key that it is kept under: a `FactKey::Run`.
    pub key: super::FactKey,
    /// The run.
    pub run: Run,
    /// Its evidence, as it was when it ran.
    pub evidence: super::Evidence,
}
