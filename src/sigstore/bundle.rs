//! Sigstore bundles (protobuf-specs `sigstore_bundle.proto`; cosign `BUNDLE_SPEC.md`).

use serde_json::Value;
use sigstore_types::{Bundle, MediaType};

use super::steps::Refusal;
use super::verifier::{Artifact, Examined, Verifier};
use crate::model::{Digest, SignatureFormat, SignatureStepKind as StepKind};

/// The largest bundle that is parsed, in bytes: an SBOM may be in it.
pub const MAX_BUNDLE: usize = 32 << 20;
/// More log entries than this are nobody's; each costs a verification.
const MAX_ENTRIES: usize = 16;
/// The kinds of log entries that can be verified.
const KINDS: [(&str, &str); 4] =
    [("hashedrekord", "0.0.1"), ("hashedrekord", "0.0.2"), ("dsse", "0.0.1"), ("intoto", "0.0.2")];

/// Where a bundle was found. It decides which versions are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A registry: version 0.3; 0.1 and 0.2 only with an inclusion proof.
    Referrer,
    /// A file that somebody gave: all three.
    File,
}

impl Verifier {
    /// Verifies a bundle for a subject digest. What comes out is never an error: a signature that cannot be
    /// verified is a result, with its reason.
    pub fn bundle(&self, bytes: &[u8], subject: &Digest, origin: Origin) -> Examined {
        self.artifact_bundle(bytes, Artifact::Digest(subject), origin)
    }

    /// Verifies a bundle for an artifact: bytes or their digest.
    pub fn artifact_bundle(&self, bytes: &[u8], artifact: Artifact<'_>, origin: Origin) -> Examined {
        match read(bytes, origin) {
            Ok(bundle) => self.examine(SignatureFormat::Bundle, &bundle, artifact),
            Err(refusal) => self.refused(SignatureFormat::Bundle, refusal),
        }
    }
}

/// Parses a bundle, within limits.
fn read(bytes: &[u8], origin: Origin) -> Result<Bundle, Refusal> {
    if bytes.len() > MAX_BUNDLE {
        return Err(Refusal::unsupported(
            StepKind::Format,
            format!("a bundle of {} bytes; more than {MAX_BUNDLE} are not read", bytes.len()),
        ));
    }
    let no_bundle = |why: String| Refusal::invalid(StepKind::Format, format!("no Sigstore bundle: {why}"));
    let value: Value = serde_json::from_slice(bytes).map_err(|error| no_bundle(error.to_string()))?;
    known(&value)?;
    let json = std::str::from_utf8(bytes).map_err(|error| no_bundle(error.to_string()))?;
    let bundle = Bundle::from_json(json).map_err(|error| no_bundle(error.to_string()))?;
    let old = matches!(bundle.media_type(), MediaType::Bundle0_1 | MediaType::Bundle0_2);
    let entries = &bundle.verification_material.tlog_entries;
    let proven = !entries.is_empty() && entries.iter().all(|entry| entry.inclusion_proof.is_some());
    if old && origin == Origin::Referrer && !proven {
        return Err(Refusal::invalid(
            StepKind::Log,
            format!(
                "{} in a registry needs an inclusion proof, and this one has none",
                bundle.media_type().as_str()
            ),
        ));
    }
    Ok(bundle)
}

/// Names what the library would call malformed though it is only unknown: newer versions, other log entries.
fn known(bundle: &Value) -> Result<(), Refusal> {
    if let Some(media_type) = bundle["mediaType"].as_str()
        && media_type.parse::<MediaType>().is_err()
    {
        return Err(Refusal::unsupported(StepKind::Format, format!("the bundle version {media_type}")));
    }
    let Some(entries) = bundle["verificationMaterial"]["tlogEntries"].as_array() else { return Ok(()) };
    if entries.len() > MAX_ENTRIES {
        return Err(Refusal::invalid(
            StepKind::Log,
            format!("{} log entries, more than {MAX_ENTRIES}", entries.len()),
        ));
    }
    for entry in entries {
        if let (Some(kind), Some(version)) =
            (entry["kindVersion"]["kind"].as_str(), entry["kindVersion"]["version"].as_str())
        {
            known_kind(kind, version)?;
        }
    }
    Ok(())
}

/// Whether entries of this kind can be verified.
pub(super) fn known_kind(kind: &str, version: &str) -> Result<(), Refusal> {
    if KINDS.contains(&(kind, version)) {
        return Ok(());
    }
    Err(Refusal::unsupported(StepKind::Log, format!("the log entry kind {kind} {version}")))
}
