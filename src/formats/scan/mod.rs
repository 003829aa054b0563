//! Vulnerability scans: one file per format, all into the same words.
//!
//! A report that looked at nothing is no clean report: what may be taken for one and is none (no `Results`, a `null`
//! result, no package, an end-of-life distribution) says why in [`Catalogued::Nothing`]. What a field lacks is never
//! filled in: a report without a time has none, one that names no digest has none.

mod grype;
mod predicate;
mod sarif;
pub mod severity;
mod trivy;

pub use predicate::{VULNS_PREDICATE, write as predicate};

use jiff::Timestamp;
use serde_json::Value;

use super::manifest::from_json;
use crate::model::{Catalogued, Digest, Reason, ReasonKind, Scan, ScanTarget, Vulnerability, text};

/// The largest report that is read, in bytes.
pub const SIZE_LIMIT: usize = 64 << 20;

/// The most values of a report: a tiny one in the text takes a hundred bytes in memory. Real reports have one in thirty
/// bytes or more.
const MOST_VALUES: usize = 3_000_000;

/// What a package is called that a report does not name.
const UNNAMED: &str = "a package that is not named";

/// Reads a report, whatever format it is in: Trivy's and Grype's JSON, SARIF, the predicates of cosign and in-toto,
/// a statement that holds one, and its envelope (whose signature nobody looks at here).
///
/// # Errors
/// `TooLarge` over the limit, `Unreadable` where it is no JSON, `NotSupported` where it is no format of these.
pub fn parse(bytes: &[u8]) -> Result<Scan, Reason> {
    let value = document(bytes, SIZE_LIMIT, "a scan report")?;
    if let Some(payload) = value.get("payload").and_then(Value::as_str) {
        return statement(&envelope(payload)?);
    }
    if value.get("predicateType").is_some() {
        return statement(&value);
    }
    report(&value)
}

/// Reads the predicate of an attestation that was verified.
///
/// # Errors
/// As [`parse`].
pub fn attested(predicate: &[u8]) -> Result<Scan, Reason> {
    report(&document(predicate, SIZE_LIMIT, "a scan's predicate")?)
}

/// Reads JSON as it stands, within limits of bytes and of values.
pub(super) fn document(bytes: &[u8], limit: usize, what: &str) -> Result<Value, Reason> {
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // What stands between two values is a comma.
    if json.split(|byte| *byte == b',').nth(MOST_VALUES).is_some() {
        let text = format!("{what} with more than {MOST_VALUES} values");
        return Err(Reason::new(ReasonKind::TooLarge, text));
    }
    from_json(json, limit, what)
}

fn report(value: &Value) -> Result<Scan, Reason> {
    let has = |name: &str| value.get(name).is_some();
    if value.get("runs").is_some_and(Value::is_array) {
        Ok(sarif::read(value))
    } else if has("matches") && (has("descriptor") || has("source")) {
        Ok(grype::read(value))
    } else if has("SchemaVersion") && (has("ArtifactName") || has("Results") || has("Metadata")) {
        Ok(trivy::read(value))
    } else if has("scanner") {
        Ok(predicate::read(value))
    } else {
        let what = "no scan report of Trivy (schema 2), Grype, SARIF, cosign or in-toto";
        Err(Reason::new(ReasonKind::NotSupported, what)
            .cure("write the report as JSON: `trivy image --format json` or `grype -o json`"))
    }
}

fn envelope(payload: &str) -> Result<Value, Reason> {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let bytes = engine.decode(payload).map_err(|error| {
        Reason::new(ReasonKind::Unreadable, format!("the envelope's payload is no base64: {error}"))
    })?;
    document(&bytes, SIZE_LIMIT, "a statement")
}

/// A statement that nobody verified: its subject is as good as a digest that a report names.
fn statement(value: &Value) -> Result<Scan, Reason> {
    let Some(predicate) = value.get("predicate") else {
        return Err(Reason::new(ReasonKind::Unreadable, "a statement without a predicate"));
    };
    let mut scan = report(predicate)?;
    let subjects = value.get("subject").and_then(Value::as_array).into_iter().flatten();
    for hex in subjects.filter_map(|subject| subject.pointer("/digest/sha256").and_then(Value::as_str)) {
        scan.target.digests.extend(digest(&format!("sha256:{hex}")));
    }
    Ok(scan)
}

/// A scan of this scanner without anything in it yet.
fn scan(scanner: String) -> Scan {
    Scan {
        scanner,
        scanned_at: None,
        database_at: None,
        catalogued: Catalogued::Something,
        findings: Vec::new(),
        signature: None,
        target: ScanTarget::default(),
    }
}

/// A name with its version, where there is one.
fn named(name: &str, version: Option<String>) -> String {
    match version.filter(|version| !version.starts_with('[')) {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    }
}

/// The text at a JSON pointer, without control characters; none where it is empty or no text.
fn word(value: &Value, pointer: &str) -> Option<String> {
    let found = value.pointer(pointer)?.as_str()?.trim();
    (!found.is_empty()).then(|| text::clean_line(found).into_owned())
}

/// Every entry of the list at a JSON pointer; none where there is no list.
fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// The time at a JSON pointer. Go writes the year 1 for "no time".
fn time(value: &Value, pointer: &str) -> Option<Timestamp> {
    let time: Timestamp = value.pointer(pointer)?.as_str()?.trim().parse().ok()?;
    (time > Timestamp::UNIX_EPOCH).then_some(time)
}

/// A digest, also as the end of a reference (`ghcr.io/acme/app@sha256:…`).
fn digest(written: &str) -> Option<Digest> {
    written.rsplit_once('@').map_or(written, |(_, digest)| digest).parse().ok()
}

/// An identifier, or what stands for one that is missing: a finding is never left out.
fn identifier(id: Option<String>) -> String {
    id.unwrap_or_else(|| "a finding without an identifier".to_owned())
}

/// Each finding once: scanners repeat one for every layer or location.
fn distinct(findings: Vec<Vulnerability>) -> Vec<Vulnerability> {
    let mut known = std::collections::HashSet::new();
    let name = |finding: &Vulnerability| {
        (
            finding.id.clone(),
            finding.package.clone(),
            finding.installed.clone(),
            finding.purl.clone(),
            finding.severity,
            finding.suppressed.clone(),
        )
    };
    findings.into_iter().filter(|finding| known.insert(name(finding))).collect()
}

#[cfg(test)]
mod tests;
