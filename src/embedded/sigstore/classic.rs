//! Classic cosign signatures and attestations: layers with annotations under the tags `sha256-….sig` and
//! `.att` (cosign, `SIGNATURE_SPEC.md`, `ATTESTATION_SPEC.md`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::bundle::Envelope;
use super::key::base64;
use super::log::LogEntry;
use super::timestamp::Request;
use super::{Entry, Error, Evidence, PrivateSigstore, Result, Signer};
use crate::model::Digest;

/// The media type of a signature's layer, the simple signing payload.
pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The media type of an attestation's layer, a DSSE envelope.
pub const DSSE_ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
const CHAIN: &str = "dev.sigstore.cosign/chain";
const REKOR_BUNDLE: &str = "dev.sigstore.cosign/bundle";
const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";
const PREDICATE_TYPE: &str = "predicateType";

/// One layer: a signature or an attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicLayer {
    /// [`SIMPLE_SIGNING`] or [`DSSE_ENVELOPE`].
    pub media_type: &'static str,
    /// The payload or the envelope.
    pub content: Vec<u8>,
    /// What the layer's descriptor says about it.
    pub annotations: BTreeMap<String, String>,
}

/// The simple signing payload (containers/image, `containers-signature(5)`) for an image.
pub fn simple_signing_payload(repository: &str, image: &Digest) -> Value {
    json!({
        "critical": {
            "identity": { "docker-reference": repository },
            "image": { "docker-manifest-digest": image.as_str() },
            "type": "cosign container image signature",
        },
        "optional": null,
    })
}

impl PrivateSigstore {
    /// A classic signature of an image, signed and logged at `at`. [`Entry::Intoto`] is as `V1`.
    ///
    /// # Errors
    /// As [`bundle`](Self::bundle), and for an entry of Rekor v2, for which the annotations have no room.
    pub fn simple_signing(
        &self,
        signer: &Signer,
        repository: &str,
        image: &Digest,
        at: Timestamp,
        evidence: Evidence,
    ) -> Result<ClassicLayer> {
        fits(evidence)?;
        let content = serde_json::to_vec(&simple_signing_payload(repository, image))?;
        let signature = signer.sign(&content)?;
        let entry = self.log_message(signer, &content, &signature, at, evidence.entry)?;
        let mut annotations = Self::annotations(signer, entry.as_ref());
        annotations.insert(SIGNATURE.to_owned(), base64(&signature));
        if evidence.timestamp {
            annotations.insert(TIMESTAMP.to_owned(), self.stamp_annotation(&signature, at)?);
        }
        Ok(ClassicLayer { media_type: SIMPLE_SIGNING, content, annotations })
    }

    /// A classic attestation, signed and logged at `at`. As cosign does it, a timestamp covers the whole
    /// envelope here, not the signature (cosign, `pkg/cosign/verify.go`, `VerifyRFC3161Timestamp`).
    ///
    /// # Errors
    /// As [`simple_signing`](Self::simple_signing).
    pub fn attestation(
        &self,
        signer: &Signer,
        statement: &Value,
        at: Timestamp,
        evidence: Evidence,
    ) -> Result<ClassicLayer> {
        fits(evidence)?;
        let envelope = Envelope::sign(signer, statement)?;
        let entry = self.log_envelope(signer, &envelope, at, evidence.entry)?;
        let content = serde_json::to_vec(&envelope.json)?;
        let mut annotations = Self::annotations(signer, entry.as_ref());
        // cosign writes the annotation, and writes it empty.
        annotations.insert(SIGNATURE.to_owned(), String::new());
        let predicate_type = statement["predicateType"].as_str().unwrap_or_default();
        annotations.insert(PREDICATE_TYPE.to_owned(), predicate_type.to_owned());
        if evidence.timestamp {
            annotations.insert(TIMESTAMP.to_owned(), self.stamp_annotation(&content, at)?);
        }
        Ok(ClassicLayer { media_type: DSSE_ENVELOPE, content, annotations })
    }

    fn annotations(signer: &Signer, entry: Option<&LogEntry>) -> BTreeMap<String, String> {
        let mut annotations = BTreeMap::new();
        if let Some(certificate) = signer.certificate_pem() {
            annotations.insert(CERTIFICATE.to_owned(), certificate);
            annotations.insert(CHAIN.to_owned(), signer.chain_pem().to_owned());
        }
        if let Some(entry) = entry {
            let bundle = json!({ "SignedEntryTimestamp": entry.promise(), "Payload": entry.promised() });
            annotations.insert(REKOR_BUNDLE.to_owned(), bundle.to_string());
        }
        annotations
    }

    fn stamp_annotation(&self, stamped: &[u8], at: Timestamp) -> Result<String> {
        let token = self.timestamp_authority()?.stamp(&Request::of(stamped), at)?;
        Ok(json!({ "SignedRFC3161Timestamp": base64(token) }).to_string())
    }
}

fn fits(evidence: Evidence) -> Result<()> {
    if evidence.entry == Entry::V2 {
        return Err(Error::refused("classic annotations have no room for an entry of Rekor v2"));
    }
    Ok(())
}
