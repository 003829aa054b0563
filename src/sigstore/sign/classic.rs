//! What cosign before version 3 keeps beside an image: the payload as a blob, everything else as annotations
//! (cosign, `SIGNATURE_SPEC.md`).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sigstore_sign::{SigningContext, SigningServices};
use sigstore_types::bundle::VerificationMaterialContent;
use sigstore_types::{Bundle, Sha256Hash, SignatureContent, TransparencyLogEntry};

use super::{By, Signing, log};
use crate::model::{Digest, Reason, ReasonKind, Repository};
use crate::sigstore::{ANNOTATION_BUNDLE, ANNOTATION_CERTIFICATE, ANNOTATION_SIGNATURE};

/// A classic signature: a layer of a `.sig` manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicSignature {
    /// What was signed.
    pub payload: Vec<u8>,
    /// The signature, the certificate, the log's promise.
    pub annotations: BTreeMap<String, String>,
}

impl Signing {
    /// Signs an image as cosign before version 3 does.
    ///
    /// # Errors
    /// As [`bundle`](Self::bundle); and where there is no log of Rekor's first version, whose promise these
    /// annotations hold.
    pub async fn classic(&self, repository: &Repository, image: &Digest) -> Result<ClassicSignature, Reason> {
        let payload = serde_json::to_vec(&payload(repository, image))
            .map_err(|error| Reason::new(ReasonKind::ToolFailed, format!("writing the payload: {error}")))?;
        let services = self.first()?;
        let annotations = match &self.by {
            By::Identity(token) => {
                let signer = SigningContext::new(services).signer(token.as_ref().clone());
                let bundle = signer.sign(payload.as_slice()).await.map_err(|error| self.refused(&error))?;
                of_bundle(&bundle)?
            }
            By::Key(key) => {
                let signature = key.sign(&payload)?;
                let entry = log::message(&services, &payload, &signature, key).await?;
                annotations(signature.as_bytes(), None, &entry)?
            }
        };
        Ok(ClassicSignature { payload, annotations })
    }

    /// Attests as cosign before version 3 does (cosign, `ATTESTATION_SPEC.md`): the envelope is the blob.
    ///
    /// # Errors
    /// As [`classic`](Self::classic).
    pub async fn classic_attestation(
        &self,
        statement: &[u8],
        predicate_type: &str,
    ) -> Result<ClassicSignature, Reason> {
        let bundle = self.signed(self.first()?, statement).await?;
        let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
            return Err(incomplete("envelope"));
        };
        let payload = serde_json::to_vec(envelope)
            .map_err(|error| Reason::new(ReasonKind::ToolFailed, format!("writing the envelope: {error}")))?;
        let mut annotations = annotations(&[], certificate(&bundle), entry(&bundle)?)?;
        annotations.insert("predicateType".to_owned(), predicate_type.to_owned());
        Ok(ClassicSignature { payload, annotations })
    }

    fn first(&self) -> Result<SigningServices, Reason> {
        self.services.first().ok_or_else(|| {
            let text =
                "classic signatures need a log of Rekor's first version, and the signing config names none";
            Reason::new(ReasonKind::NotConfigured, text).cure("leave `classic` out of [signing]")
        })
    }
}

/// Red Hat's "simple signing" (containers/image, `containers-signature.5.md`).
fn payload(repository: &Repository, image: &Digest) -> Value {
    json!({
        "critical": {
            "identity": { "docker-reference": repository },
            "image": { "docker-manifest-digest": image },
            "type": "cosign container image signature",
        },
        "optional": null,
    })
}

fn of_bundle(bundle: &Bundle) -> Result<BTreeMap<String, String>, Reason> {
    let SignatureContent::MessageSignature(message) = &bundle.content else {
        return Err(incomplete("message signature"));
    };
    annotations(message.signature.as_bytes(), certificate(bundle), entry(bundle)?)
}

fn certificate(bundle: &Bundle) -> Option<String> {
    match &bundle.verification_material.content {
        VerificationMaterialContent::Certificate(certificate) => Some(certificate.raw_bytes.to_pem()),
        _ => None,
    }
}

fn entry(bundle: &Bundle) -> Result<&TransparencyLogEntry, Reason> {
    bundle.verification_material.tlog_entries.first().ok_or_else(|| incomplete("log entry"))
}

fn incomplete(what: &str) -> Reason {
    Reason::new(ReasonKind::ToolFailed, format!("what was signed has no {what}"))
}

fn annotations(
    signature: &[u8],
    certificate: Option<String>,
    entry: &TransparencyLogEntry,
) -> Result<BTreeMap<String, String>, Reason> {
    let no_promise = || {
        Reason::new(
            ReasonKind::ToolFailed,
            "the log made no promise to include the entry (signed entry timestamp)",
        )
    };
    let promise = entry.inclusion_promise.as_ref().ok_or_else(no_promise)?;
    let integrated = entry.integrated_time.ok_or_else(no_promise)?;
    let log_id = entry.log_id.key_id.to_string();
    let log_id = Sha256Hash::from_base64(&log_id).map(|id| id.to_hex()).unwrap_or(log_id);
    let bundle = json!({
        "SignedEntryTimestamp": serde_json::to_value(promise).ok().and_then(|it| it.get("signedEntryTimestamp").cloned()),
        "Payload": {
            "body": STANDARD.encode(entry.canonicalized_body.as_bytes()),
            "integratedTime": integrated.as_second(),
            "logIndex": entry.log_index.get(),
            "logID": log_id,
        },
    });
    let mut annotations = BTreeMap::from([
        (ANNOTATION_SIGNATURE.to_owned(), STANDARD.encode(signature)),
        (ANNOTATION_BUNDLE.to_owned(), bundle.to_string()),
    ]);
    if let Some(certificate) = certificate {
        annotations.insert(ANNOTATION_CERTIFICATE.to_owned(), certificate);
    }
    Ok(annotations)
}
