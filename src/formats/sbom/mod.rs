//! SBOMs: SPDX 2 and 3 and CycloneDX in JSON, read as documents in the wild are written.
//!
//! The structs here are our own: the crates for SPDX refuse up to four of five real documents (a field that
//! the schema wants and Trivy leaves out), those for CycloneDX a third. A package that cannot be read is counted, a
//! document that cannot be read is an error, and neither is ever an empty SBOM.

mod cyclonedx;
mod document;
mod lenient;
mod ntia;
mod purl;
mod spdx;
mod spdx3;
#[cfg(test)]
mod tests;
mod wrapped;

use std::borrow::Cow;
use std::io::Read as _;

use serde::Deserialize;

use self::document::{Document, parse_digest};
use self::lenient::{List, Text};
use self::wrapped::Kind;
use crate::model::{CYCLONEDX_PREDICATE, Digest, Reason, ReasonKind, SPDX_PREDICATE, Sbom};

/// The largest document that is fetched, in bytes: as large as an attestation may be.
pub const SIZE_LIMIT: usize = 32 << 20;
/// The largest document that is read, in bytes after decompression.
const UNPACKED_LIMIT: usize = 64 << 20;

/// The most values of a document: a tiny one in the text takes a hundred bytes in memory. Real documents have one in
/// forty bytes or more.
const MOST_VALUES: usize = 3_000_000;

/// Reads an SBOM, compressed or not, alone or in a statement or another wrapper.
///
/// # Errors
/// `Unreadable` for what is no SBOM or a broken one, `NotSupported` for SBOMs of other formats, `TooLarge` beyond
/// the limits.
pub fn parse(bytes: &[u8]) -> Result<Sbom, Reason> {
    let bytes = unpacked(bytes)?;
    let json = json(&bytes)?;
    let (document, subject) = read(json, 1)?;
    document.into_sbom(subject)
}

/// A document without what it was wrapped in, ready to be attested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare {
    /// The document's JSON.
    pub json: Vec<u8>,
    /// The predicate type that it is attested under (cosign, `--type spdxjson` and `cyclonedx`).
    pub predicate_type: &'static str,
}

/// Takes the document out of its wrappers: what is attested is the SBOM itself.
///
/// # Errors
/// As [`parse`].
pub fn bare(bytes: &[u8]) -> Result<Bare, Reason> {
    let bytes = unpacked(bytes)?;
    let json = json(&bytes)?;
    let found = wrapped::find(json)?;
    let predicate_type = match found.kind {
        Kind::Spdx2 | Kind::Spdx3 => SPDX_PREDICATE,
        Kind::CycloneDx => CYCLONEDX_PREDICATE,
        Kind::Text => return bare(wrapped::read::<String>(json, &found.path)?.as_bytes()),
    };
    if found.path.is_empty() {
        return Ok(Bare { json: json.to_owned(), predicate_type });
    }
    let document: serde_json::Value = wrapped::read(json, &found.path)?;
    let json = serde_json::to_vec(&document).map_err(|error| unreadable(&error.to_string()))?;
    Ok(Bare { json, predicate_type })
}

/// The document, and the digests that a statement around it is about.
fn read(json: &[u8], texts: usize) -> Result<(Document, Option<Vec<Digest>>), Reason> {
    let found = wrapped::find(json)?;
    let path = found.path.as_slice();
    let subject = match path.iter().position(|key| *key == "predicate") {
        Some(at) => Some(wrapped::read::<Statement>(json, &path[..at])?.digests()),
        None => None,
    };
    let document = match found.kind {
        Kind::Spdx2 => wrapped::read::<spdx::Raw>(json, path)?.document()?,
        Kind::Spdx3 => wrapped::read::<spdx3::Raw>(json, path)?.document(),
        Kind::CycloneDx => wrapped::read::<cyclonedx::Raw>(json, path)?.document()?,
        Kind::Text if texts == 0 => return Err(unreadable("a text in a text where an SBOM was expected")),
        Kind::Text => {
            let text: String = wrapped::read(json, path)?;
            check_is_json(text.as_bytes())?;
            let (document, inner) = read(text.as_bytes(), texts - 1)?;
            return Ok((document, subject.or(inner)));
        }
    };
    Ok((document, subject))
}

/// What a statement (in-toto/attestation, `spec/v1/statement.md`) is about.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Statement {
    subject: List<Subject>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Subject {
    digest: lenient::Part<SubjectDigest>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SubjectDigest {
    sha256: Text,
    sha512: Text,
}

impl Statement {
    fn digests(&self) -> Vec<Digest> {
        let of = |subject: &Subject| {
            let digest = &subject.digest.0;
            let sha512 = || digest.sha512.get().and_then(|hex| parse_digest("sha512", hex));
            digest.sha256.get().and_then(|hex| parse_digest("sha256", hex)).or_else(sha512)
        };
        let mut digests: Vec<Digest> = self.subject.items.iter().filter_map(of).collect();
        digests.sort();
        digests.dedup();
        digests
    }
}

fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Reason> {
    let too_large = |limit: usize| {
        Reason::new(ReasonKind::TooLarge, format!("the SBOM is larger than {} MiB", limit >> 20))
    };
    if !(bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"\x28\xb5\x2f\xfd")) {
        return if bytes.len() > UNPACKED_LIMIT { Err(too_large(UNPACKED_LIMIT)) } else { Ok(bytes.into()) };
    }
    let mut out = Vec::new();
    let reader = super::layer::unpacked(bytes).map(|reader| reader.take(UNPACKED_LIMIT as u64 + 1));
    let read = reader.and_then(|mut reader| reader.read_to_end(&mut out));
    read.map_err(|error| unreadable(&format!("it cannot be decompressed: {error}")))?;
    if out.len() > UNPACKED_LIMIT { Err(too_large(UNPACKED_LIMIT)) } else { Ok(out.into()) }
}

/// The JSON of a document, once it is known that it may be read.
fn json(bytes: &[u8]) -> Result<&[u8], Reason> {
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    check_is_json(json)?;
    // What stands between two values is a comma.
    if json.split(|byte| *byte == b',').nth(MOST_VALUES).is_some() {
        let text = format!("the SBOM has more than {MOST_VALUES} values");
        return Err(Reason::new(ReasonKind::TooLarge, text));
    }
    Ok(json)
}

/// Names the formats that are no JSON, so that it is said what to do about them.
fn check_is_json(bytes: &[u8]) -> Result<(), Reason> {
    let start = bytes.trim_ascii_start();
    let other = if start.starts_with(b"<") {
        "XML"
    } else if start.starts_with(b"SPDXVersion:") {
        "SPDX tag-value"
    } else {
        return Ok(());
    };
    let text = format!("the SBOM is {other}, and only JSON is read");
    Err(Reason::new(ReasonKind::NotSupported, text)
        .cure("make it as JSON: syft -o spdx-json, or cyclonedx-json"))
}

/// The error for a JSON document with these marks, which is no SBOM that is read.
fn no_sbom(marks: &[&str]) -> Reason {
    if marks.contains(&"artifacts") && marks.contains(&"descriptor") {
        return Reason::new(ReasonKind::NotSupported, "the SBOM is in syft's own format")
            .cure("make it with syft -o spdx-json, or cyclonedx-json");
    }
    unreadable("the document is neither SPDX nor CycloneDX")
}

fn unreadable(text: &str) -> Reason {
    let text: String = crate::model::text::clean_line(text).chars().take(300).collect();
    Reason::new(ReasonKind::Unreadable, format!("the SBOM could not be read: {text}"))
}
