//! What a test-result attestation states, as plain data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Digest, Run, RunKind};

/// The predicate type of in-toto's test results.
pub const TEST_RESULT_PREDICATE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// Whether a predicate type is a test result's, of whatever version.
pub fn is_test_result_predicate(predicate: &str) -> bool {
    predicate.starts_with("https://in-toto.io/attestation/test-result/")
}

/// A test result as somebody attested it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    /// Whether it says `FAILED`.
    pub failed: bool,
    /// What it says that was tested besides its subject: the image config.
    pub configuration: Vec<Digest>,
    /// The run that it is of; none where it is the result of other tests.
    pub run: Option<AttestedRun>,
}

/// A run of an image as somebody attested it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttestedRun {
    /// What was run.
    pub kind: RunKind,
    /// The program and its arguments; empty for the image's own entrypoint with `--version`.
    pub argv: Vec<String>,
    /// What it showed.
    pub run: Run,
    /// Whether it ran in a container, and not as a process beside it.
    pub in_container: bool,
    /// When it ran.
    pub at: Timestamp,
    /// What ran it, with its version.
    pub tool: String,
}
