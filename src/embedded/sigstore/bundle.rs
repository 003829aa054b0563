//! Sigstore bundles v0.3 (protobuf-specs, `sigstore_bundle.proto`; cosign, `BUNDLE_SPEC.md`).

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sigstore::crypto::sha256;
use sigstore::types::dsse::pae;

use super::key::base64;
use super::log::LogEntry;
use super::timestamp::Request;
use super::{PrivateSigstore, Result, Signer, entry};
use crate::model::Digest;

/// The media type of a bundle.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// The predicate type of cosign 3's image signatures.
pub const SIGN_V1: &str = "https://sigstore.dev/cosign/sign/v1";

/// Which log entry goes with a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// None.
    None,
    /// Of Rekor v1: `hashedrekord` or `dsse` 0.0.1.
    V1,
    /// Of Rekor v1, a statement as `intoto` 0.0.2, as it was before `dsse`.
    Intoto,
    /// Of Rekor v2: `hashedrekord` 0.0.2.
    V2,
}

/// What proves when something was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// The log entry.
    pub entry: Entry,
    /// Whether there is a timestamp (RFC 3161).
    pub timestamp: bool,
}

impl Evidence {
    /// An entry of Rekor v1, whose signed timestamp is the time.
    pub const V1: Self = Self { entry: Entry::V1, timestamp: false };
    /// The same with a timestamp of the authority's.
    pub const V1_AND_TIMESTAMP: Self = Self { entry: Entry::V1, timestamp: true };
    /// An `intoto` entry of Rekor v1.
    pub const INTOTO: Self = Self { entry: Entry::Intoto, timestamp: false };
    /// An entry of Rekor v2, whose time is a timestamp.
    pub const V2: Self = Self { entry: Entry::V2, timestamp: true };
    /// A timestamp only, as GitHub's own instance has it for private repositories.
    pub const TIMESTAMP: Self = Self { entry: Entry::None, timestamp: true };
    /// Nothing.
    pub const NONE: Self = Self { entry: Entry::None, timestamp: false };
}

/// An in-toto statement (in-toto/attestation, `spec/v1/statement.md`) about one subject. cosign 3 leaves the
/// predicate of an image signature out.
pub fn statement(name: &str, subject: &Digest, predicate_type: &str, predicate: Option<Value>) -> Value {
    let mut statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": name, "digest": { subject.algorithm(): subject.hex() } }],
        "predicateType": predicate_type,
    });
    if let Some(predicate) = predicate {
        statement["predicate"] = predicate;
    }
    statement
}

/// A signed statement: an envelope (DSSE) and its parts.
pub(super) struct Envelope {
    pub(super) json: Value,
    payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
    digest: [u8; 32],
}

impl Envelope {
    pub(super) fn sign(signer: &Signer, statement: &Value) -> Result<Self> {
        let payload = serde_json::to_vec(statement)?;
        let signed = pae(entry::IN_TOTO, &payload);
        let signature = signer.sign(&signed)?;
        let json = json!({
            "payloadType": entry::IN_TOTO,
            "payload": base64(&payload),
            "signatures": [{ "sig": base64(&signature) }],
        });
        Ok(Self { json, payload, signature, digest: *sha256(&signed).as_bytes() })
    }
}

impl PrivateSigstore {
    /// A bundle of a signed statement, signed and logged at `at`.
    ///
    /// # Errors
    /// When a key cannot sign, the log is full, or this instance lacks what the evidence needs.
    pub fn bundle(
        &self,
        signer: &Signer,
        statement: &Value,
        at: Timestamp,
        evidence: Evidence,
    ) -> Result<Value> {
        let envelope = Envelope::sign(signer, statement)?;
        let entry = self.log_envelope(signer, &envelope, at, evidence.entry)?;
        let material = self.material(signer, entry.as_ref(), &envelope.signature, at, evidence)?;
        Ok(json!({ "mediaType": BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope.json }))
    }

    /// A bundle of a signature over `artifact`, signed and logged at `at`.
    ///
    /// # Errors
    /// As [`bundle`](Self::bundle).
    pub fn message_bundle(
        &self,
        signer: &Signer,
        artifact: &[u8],
        at: Timestamp,
        evidence: Evidence,
    ) -> Result<Value> {
        let signature = signer.sign(artifact)?;
        let entry = self.log_message(signer, artifact, &signature, at, evidence.entry)?;
        let material = self.material(signer, entry.as_ref(), &signature, at, evidence)?;
        Ok(json!({
            "mediaType": BUNDLE,
            "verificationMaterial": material,
            "messageSignature": {
                "messageDigest": { "algorithm": "SHA2_256", "digest": sha256(artifact).to_base64() },
                "signature": base64(&signature),
            },
        }))
    }

    pub(super) fn log_envelope(
        &self,
        signer: &Signer,
        envelope: &Envelope,
        at: Timestamp,
        entry: Entry,
    ) -> Result<Option<LogEntry>> {
        let Envelope { json, payload, signature, digest } = envelope;
        let (json, pem) = (serde_json::to_vec(json)?, signer.verifier_pem());
        let (log, body) = match entry {
            Entry::None => return Ok(None),
            Entry::V1 => (&self.log()?.v1, entry::dsse(&json, payload, signature, &pem)),
            Entry::Intoto => (&self.log()?.v1, entry::intoto(&json, payload, signature, &pem)),
            Entry::V2 => (&self.log()?.v2, entry::hashedrekord_v2(digest, signature, &signer.verifier_v2())),
        };
        log.append(&body, at).map(Some)
    }

    pub(super) fn log_message(
        &self,
        signer: &Signer,
        artifact: &[u8],
        signature: &[u8],
        at: Timestamp,
        entry: Entry,
    ) -> Result<Option<LogEntry>> {
        let digest = *sha256(artifact).as_bytes();
        let (log, body) = match entry {
            Entry::None => return Ok(None),
            Entry::V1 | Entry::Intoto => {
                (&self.log()?.v1, entry::hashedrekord(&digest, signature, &signer.verifier_pem()))
            }
            Entry::V2 => (&self.log()?.v2, entry::hashedrekord_v2(&digest, signature, &signer.verifier_v2())),
        };
        log.append(&body, at).map(Some)
    }

    fn material(
        &self,
        signer: &Signer,
        entry: Option<&LogEntry>,
        signature: &[u8],
        at: Timestamp,
        evidence: Evidence,
    ) -> Result<Value> {
        let mut material = signer.material();
        material["tlogEntries"] = entry.map_or_else(|| json!([]), |entry| json!([entry.bundled()]));
        material["timestampVerificationData"] = if evidence.timestamp {
            let token = self.timestamp_authority()?.stamp(&Request::of(signature), at)?;
            json!({ "rfc3161Timestamps": [{ "signedTimestamp": base64(token) }] })
        } else {
            Value::Object(Map::new())
        };
        Ok(material)
    }
}
