//! in-toto's test results (`spec/predicates/test-result.md`), and how exitbar writes the run of an image as one: the
//! specification has no place for a command and what it showed, so they are in an extension field, whose name is a URI.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::manifest::from_json;
use crate::model::{
    AttestedRun, Digest, Output, Platform, Reason, ReasonKind, Run, RunEnd, RunKind, TestResult, text,
};

/// The largest predicate that is read, in bytes: outputs are kept to 16 KiB each.
pub const SIZE_LIMIT: usize = 1 << 20;

/// The extension field that tells of the run.
const RUN: &str = "https://github.com/exitbar/exitbar/attestation/run/v0.1";

/// A result with the run that exitbar writes beside it; other fields are other tools'.
#[derive(Deserialize)]
struct Predicate {
    result: String,
    #[serde(default)]
    configuration: Vec<Resource>,
    #[serde(rename = "https://github.com/exitbar/exitbar/attestation/run/v0.1")]
    run: Option<Written>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    digest: BTreeMap<String, String>,
}

/// A run as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    kind: RunKind,
    argv: Vec<String>,
    exit_code: i32,
    stdout: String,
    stderr: String,
    #[serde(default)]
    outputs: Vec<Output>,
    platform: Platform,
    emulated: bool,
    in_container: bool,
    duration_ms: u64,
    ran_at: Timestamp,
    tool: Tool,
}

#[derive(Serialize, Deserialize)]
struct Tool {
    name: String,
    version: String,
}

/// Reads the predicate of a test result, whoever wrote it.
///
/// # Errors
/// `TooLarge` over the limit; `Unreadable` where it is no test result, or its run cannot be read.
pub fn parse(bytes: &[u8]) -> Result<TestResult, Reason> {
    let Predicate { result, configuration, run } = from_json(bytes, SIZE_LIMIT, "a test result")?;
    let failed = match result.as_str() {
        "FAILED" => true,
        "PASSED" | "WARNED" => false,
        other => {
            let other: String = text::clean_line(other).chars().take(40).collect();
            let what = format!("a test result that is `{other}`, and none of PASSED, WARNED and FAILED");
            return Err(Reason::new(ReasonKind::Unreadable, what));
        }
    };
    let digests = configuration.iter().flat_map(|resource| &resource.digest);
    let digests = digests.filter_map(|(algorithm, hex)| format!("{algorithm}:{hex}").parse().ok());
    Ok(TestResult { failed, configuration: digests.collect(), run: run.map(Written::read) })
}

impl Written {
    fn read(self) -> AttestedRun {
        let line = |text: &String| text::clean_line(text).into_owned();
        let lines = |texts: &Vec<String>| texts.iter().map(line).collect();
        let clean = |output: &Output| Output { path: line(&output.path), size: output.size };
        let tool = format!("{} {}", line(&self.tool.name), line(&self.tool.version));
        AttestedRun {
            kind: self.kind,
            argv: lines(&self.argv),
            run: Run {
                how: format!("attested, by {tool}"),
                emulated: self.emulated,
                ended: RunEnd::Exited(self.exit_code),
                stdout: text::clean(&self.stdout).into_owned(),
                stderr: text::clean(&self.stderr).into_owned(),
                millis: self.duration_ms,
                outputs: self.outputs.iter().map(clean).collect(),
                raw: Vec::new(),
                platform: self.platform,
                pulled: Vec::new(),
            },
            in_container: self.in_container,
            at: self.ran_at,
            tool,
        }
    }
}

/// A run of an image to write as a test result.
#[derive(Debug, Clone, Copy)]
pub struct Ran<'a> {
    /// What was run.
    pub kind: RunKind,
    /// The command; empty for the image's own entrypoint with `--version`.
    pub argv: &'a [String],
    /// The config of the image that ran.
    pub config: &'a Digest,
    /// What it showed, and how it ended: with this exit code.
    pub run: &'a Run,
    /// The exit code.
    pub exit: i32,
    /// Whether it ran in a container.
    pub in_container: bool,
    /// When.
    pub at: Timestamp,
    /// Whether that is what the release asks for.
    pub passed: bool,
}

/// The predicate. Where it ran is not in it: the addresses of engines are nobody else's business.
pub fn predicate(ran: &Ran<'_>) -> Value {
    let Ran { run, .. } = ran;
    let test = [ran.kind.word()];
    let (passed, failed): (&[&str], &[&str]) = if ran.passed { (&test, &[]) } else { (&[], &test) };
    let written = Written {
        kind: ran.kind,
        argv: ran.argv.to_vec(),
        exit_code: ran.exit,
        stdout: run.stdout.clone(),
        stderr: run.stderr.clone(),
        outputs: run.outputs.clone(),
        platform: run.platform.clone(),
        emulated: run.emulated,
        in_container: ran.in_container,
        duration_ms: run.millis,
        ran_at: ran.at,
        tool: Tool { name: "exitbar".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
    };
    json!({
        "result": if ran.passed { "PASSED" } else { "FAILED" },
        "configuration": [{
            "name": "the image config",
            "digest": { ran.config.algorithm(): ran.config.hex() },
            "mediaType": "application/vnd.oci.image.config.v1+json",
        }],
        "passedTests": passed,
        "warnedTests": [],
        "failedTests": failed,
        RUN: written,
    })
}

#[cfg(test)]
mod tests;
