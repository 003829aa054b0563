//! cosign's classic format (cosign `SIGNATURE_SPEC.md`, `ATTESTATION_SPEC.md`): a layer with its signature,
//! certificate and log entry in annotations. It is made into a bundle and verified as one.

use std::collections::BTreeMap;

use serde::Deserialize;
use sigstore::crypto::VerificationKey;
use sigstore_types::bundle::{
    MessageDigest, MessageSignature, PublicKeyIdentifier, Rfc3161Timestamp, TimestampVerificationData,
    VerificationMaterial, VerificationMaterialContent, X509Certificate,
};
use sigstore_types::{
    Bundle, CanonicalizedBody, DerCertificate, DigestBytes, DsseEnvelope, HashAlgorithm, MediaType,
    Sha256Hash, SignatureBytes, SignatureContent, Statement, TimestampToken, TransparencyLogEntry,
};

use super::bundle::{MAX_BUNDLE, known_kind};
use super::steps::{Order, Refusal};
use super::verifier::{Artifact, Examined, Verified, Verifier, statement};
use crate::model::{
    Digest, SignatureFormat, SignatureOutcome, SignatureStep, SignatureStepKind as StepKind,
    SignatureStepOutcome as StepOutcome, Signer,
};

/// The signature, in base64.
pub const ANNOTATION_SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// The log entry.
pub const ANNOTATION_BUNDLE: &str = "dev.sigstore.cosign/bundle";
/// The certificate, in PEM.
pub const ANNOTATION_CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
/// The certificates above it, in PEM.
pub const ANNOTATION_CHAIN: &str = "dev.sigstore.cosign/chain";
/// An RFC 3161 timestamp.
pub const ANNOTATION_TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// The largest payload of a simple signing that is parsed, in bytes.
const MAX_PAYLOAD: usize = 1 << 20;
/// The largest annotations that are parsed, together, in bytes.
const MAX_ANNOTATIONS: usize = 4 << 20;
/// What cosign writes into `critical.type`, before and since version 3.
const TYPES: [&str; 2] = ["cosign container image signature", "https://sigstore.dev/cosign/sign/v1"];

type Annotations = BTreeMap<String, String>;

impl Verifier {
    /// Verifies a layer of a `.sig` manifest: its payload, its annotations and the digest that it has to be of.
    pub fn simple_signing(&self, payload: &[u8], annotations: &Annotations, subject: &Digest) -> Examined {
        const FORMAT: SignatureFormat = SignatureFormat::SimpleSigning;
        let examined = match signature_bundle(payload, annotations) {
            Err(refusal) => return self.refused(FORMAT, refusal),
            Ok(Classic::Bundle(bundle)) => self.examine(FORMAT, &bundle, Artifact::Bytes(payload)),
            Ok(Classic::Unlogged(signature)) => {
                let verified = self.unlogged(payload, &signature);
                self.examined(FORMAT, UNLOGGED, verified, None)
            }
        };
        bound(examined, payload, subject)
    }

    /// Verifies a layer of an `.att` manifest: its envelope, its annotations and the digest that it has to be of.
    pub fn classic_attestation(
        &self,
        envelope: &[u8],
        annotations: &Annotations,
        subject: &Digest,
    ) -> Examined {
        const FORMAT: SignatureFormat = SignatureFormat::ClassicAttestation;
        match attestation_bundle(envelope, annotations) {
            Err(refusal) => self.refused(FORMAT, refusal),
            Ok((_, Some(mut bundle))) => {
                let data = &mut bundle.verification_material.timestamp_verification_data;
                let Some(stamp) = data.rfc3161_timestamps.pop() else {
                    return self.examine(FORMAT, &bundle, Artifact::Digest(subject));
                };
                if bundle.verification_material.tlog_entries.is_empty()
                    && !self.material().has_transparency_log()
                {
                    let words = "a classic attestation whose only time is a timestamp";
                    return self.refused(FORMAT, Refusal::unsupported(StepKind::Time, words));
                }
                let examined = self.examine(FORMAT, &bundle, Artifact::Digest(subject));
                self.stamped(examined, &stamp.signed_timestamp, envelope, bundle.signing_certificate())
            }
            Ok((envelope, None)) => {
                let order = Order { statement: true, ..UNLOGGED };
                match self.unlogged_statement(&envelope, subject) {
                    Ok((verified, statement)) => self.examined(FORMAT, order, Ok(verified), Some(&statement)),
                    Err(refusal) => self.examined(FORMAT, order, Err(refusal), None),
                }
            }
        }
    }

    /// A key's signature that is in no log: `cosign sign --key --tlog-upload=false`.
    fn unlogged(&self, signed: &[u8], signature: &SignatureBytes) -> Result<Verified, Refusal> {
        if self.keys.is_empty() {
            return Err(Refusal::unsupported(
                StepKind::Signature,
                "signed with a key, in no log, and no key is configured",
            ));
        }
        for key in &self.keys {
            let verifies =
                VerificationKey::from_spki(key.spki()).is_ok_and(|key| key.verify(signed, signature).is_ok());
            if verifies {
                let signer = Signer::Key { fingerprint: key.fingerprint(), configured: true };
                return Ok(Verified { signer, log: Vec::new(), times: Vec::new() });
            }
        }
        Err(Refusal::invalid(StepKind::Signature, "it does not verify with a configured key"))
    }

    fn unlogged_statement(
        &self,
        envelope: &DsseEnvelope,
        subject: &Digest,
    ) -> Result<(Verified, Statement), Refusal> {
        if envelope.payload_type != "application/vnd.in-toto+json" {
            return Err(Refusal::unsupported(
                StepKind::Format,
                format!("the payload type {}", envelope.payload_type),
            ));
        }
        let verified = self.unlogged(&envelope.pae(), &envelope.signature.sig)?;
        let statement = statement(envelope.payload.as_bytes())?;
        let named = Sha256Hash::from_hex(subject.hex()).is_ok_and(|hash| statement.matches_sha256(&hash));
        if !named {
            let words = format!("the statement does not name {subject}");
            return Err(Refusal::invalid(StepKind::Subject, words).after_the_rest());
        }
        Ok((verified, statement))
    }
}

/// What a key's signature without a log entry is held against.
const UNLOGGED: Order =
    Order { certificate: false, statement: false, ct_log: false, log: false, logged: false };

enum Classic {
    Bundle(Box<Bundle>),
    /// A key's signature without a log entry.
    Unlogged(SignatureBytes),
}

fn malformed(what: &str, error: impl std::fmt::Display) -> Refusal {
    Refusal::invalid(StepKind::Format, format!("{what}: {error}"))
}

fn signature_bundle(payload: &[u8], annotations: &Annotations) -> Result<Classic, Refusal> {
    within(payload.len(), MAX_PAYLOAD, "a payload")?;
    limited(annotations)?;
    let given = annotations.get(ANNOTATION_SIGNATURE).ok_or_else(|| {
        malformed("no signature", format!("the annotation {ANNOTATION_SIGNATURE} is missing"))
    })?;
    let signature =
        SignatureBytes::from_base64(given.trim()).map_err(|error| malformed(ANNOTATION_SIGNATURE, error))?;
    let Some(material) = material(annotations)? else { return Ok(Classic::Unlogged(signature)) };
    let digest =
        DigestBytes::from_hex(Digest::of(payload).hex()).map_err(|error| malformed("digest", error))?;
    let signature = MessageSignature::new(signature)
        .with_message_digest(MessageDigest::new(HashAlgorithm::Sha2256, digest));
    Ok(Classic::Bundle(Box::new(bundle(material, SignatureContent::MessageSignature(signature)))))
}

fn attestation_bundle(
    envelope: &[u8],
    annotations: &Annotations,
) -> Result<(DsseEnvelope, Option<Box<Bundle>>), Refusal> {
    within(envelope.len(), MAX_BUNDLE, "an envelope")?;
    limited(annotations)?;
    let envelope: DsseEnvelope =
        serde_json::from_slice(envelope).map_err(|error| malformed("no DSSE envelope", error))?;
    let bundle = material(annotations)?
        .map(|material| Box::new(bundle(material, SignatureContent::DsseEnvelope(envelope.clone()))));
    Ok((envelope, bundle))
}

fn within(length: usize, limit: usize, what: &str) -> Result<(), Refusal> {
    if length <= limit {
        return Ok(());
    }
    Err(Refusal::unsupported(
        StepKind::Format,
        format!("{what} of {length} bytes; more than {limit} are not read"),
    ))
}

fn limited(annotations: &Annotations) -> Result<(), Refusal> {
    within(annotations.values().map(String::len).sum(), MAX_ANNOTATIONS, "annotations")
}

/// Version 0.1 is the one with a promise and no proof; without an entry, 0.2 asks for neither.
fn bundle(material: VerificationMaterial, content: SignatureContent) -> Bundle {
    let version = if material.tlog_entries.is_empty() { MediaType::Bundle0_2 } else { MediaType::Bundle0_1 };
    Bundle::new(version, material, content)
}

/// The certificate or key with the log entry and timestamps; none for a key's signature in no log.
fn material(annotations: &Annotations) -> Result<Option<VerificationMaterial>, Refusal> {
    let entry = filled(annotations, ANNOTATION_BUNDLE).map(log_entry).transpose()?;
    let timestamp = filled(annotations, ANNOTATION_TIMESTAMP).map(timestamp).transpose()?;
    let content = match filled(annotations, ANNOTATION_CERTIFICATE) {
        Some(leaf) => certificates(leaf, filled(annotations, ANNOTATION_CHAIN).unwrap_or_default())?,
        None if entry.is_none() => return Ok(None),
        None => VerificationMaterialContent::PublicKey(PublicKeyIdentifier::new("")),
    };
    let stamped = TimestampVerificationData::new(timestamp.into_iter().collect());
    Ok(Some(
        VerificationMaterial::new(content)
            .with_tlog_entries(entry.into_iter().collect())
            .with_timestamp_verification_data(stamped),
    ))
}

fn filled<'a>(annotations: &'a Annotations, name: &str) -> Option<&'a str> {
    annotations.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
}

/// The leaf, and of the chain what is between it and a root: roots come from the trust root and nowhere else.
fn certificates(leaf: &str, chain: &str) -> Result<VerificationMaterialContent, Refusal> {
    let parse =
        |pem: &str, what: &str| DerCertificate::from_pem(pem.trim()).map_err(|error| malformed(what, error));
    let mut certificates = vec![X509Certificate::new(parse(leaf, ANNOTATION_CERTIFICATE)?)];
    let blocks =
        chain.split_inclusive("-----END CERTIFICATE-----").filter(|block| block.contains("-----BEGIN"));
    for block in blocks {
        let certificate = parse(block, ANNOTATION_CHAIN)?;
        if !is_root(&certificate) {
            certificates.push(X509Certificate::new(certificate));
        }
    }
    Ok(VerificationMaterialContent::X509CertificateChain { certificates })
}

fn is_root(certificate: &DerCertificate) -> bool {
    use x509_cert::der::Decode as _;
    x509_cert::Certificate::from_der(certificate.as_bytes())
        .map_or(true, |read| read.tbs_certificate.subject == read.tbs_certificate.issuer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RekorBundle {
    signed_entry_timestamp: String,
    payload: RekorPayload,
}

#[derive(Deserialize)]
struct RekorPayload {
    body: String,
    #[serde(rename = "integratedTime")]
    integrated_time: i64,
    #[serde(rename = "logIndex")]
    log_index: u64,
    #[serde(rename = "logID")]
    log_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BodyHead {
    kind: String,
    api_version: String,
}

fn log_entry(json: &str) -> Result<TransparencyLogEntry, Refusal> {
    let bad = |error: &dyn std::fmt::Display| malformed(ANNOTATION_BUNDLE, error);
    let RekorBundle { signed_entry_timestamp, payload } =
        serde_json::from_str(json).map_err(|error| bad(&error))?;
    let body = CanonicalizedBody::from_base64(&payload.body).map_err(|error| bad(&error))?;
    let head: BodyHead = serde_json::from_slice(body.as_bytes()).map_err(|error| bad(&error))?;
    known_kind(&head.kind, &head.api_version)?;
    let id = Sha256Hash::from_hex(&payload.log_id).map_err(|error| bad(&error))?;
    serde_json::from_value(serde_json::json!({
        "logIndex": payload.log_index,
        "logId": { "keyId": id.to_base64() },
        "kindVersion": { "kind": head.kind, "version": head.api_version },
        "integratedTime": payload.integrated_time,
        "inclusionPromise": { "signedEntryTimestamp": signed_entry_timestamp },
        "canonicalizedBody": payload.body,
    }))
    .map_err(|error| bad(&error))
}

#[derive(Deserialize)]
struct TimestampAnnotation {
    #[serde(rename = "SignedRFC3161Timestamp")]
    signed: String,
}

fn timestamp(json: &str) -> Result<Rfc3161Timestamp, Refusal> {
    let read: TimestampAnnotation =
        serde_json::from_str(json).map_err(|error| malformed(ANNOTATION_TIMESTAMP, error))?;
    TimestampToken::from_base64(&read.signed)
        .map(Rfc3161Timestamp::new)
        .map_err(|error| malformed(ANNOTATION_TIMESTAMP, error))
}

#[derive(Deserialize)]
struct SimpleSigning {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    #[serde(rename = "type")]
    kind: String,
    image: CriticalImage,
}

#[derive(Deserialize)]
struct CriticalImage {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

/// What is signed is the payload; the payload has to be of the subject. A signature of another image would
/// verify without this.
fn bound(mut examined: Examined, payload: &[u8], subject: &Digest) -> Examined {
    if !matches!(examined.signature.outcome, SignatureOutcome::Valid(_)) {
        return examined;
    }
    let checks = &mut examined.signature.checks;
    checks.steps.retain(|step| step.kind != StepKind::Subject);
    let outcome = match names(payload, subject) {
        Ok(()) => StepOutcome::Passed(format!("the payload names {subject}")),
        Err(why) => {
            let refusal = Refusal::invalid(StepKind::Subject, why);
            examined.signature.outcome =
                SignatureOutcome::Invalid(format!("{}: {}", refusal.step.name(), refusal.words));
            checks.log.clear();
            checks.times.clear();
            StepOutcome::Failed(refusal.words)
        }
    };
    checks.steps.push(SignatureStep { kind: StepKind::Subject, outcome });
    examined
}

fn names(payload: &[u8], subject: &Digest) -> Result<(), String> {
    let SimpleSigning { critical } = serde_json::from_slice(payload)
        .map_err(|error| format!("the payload is no simple signing: {error}"))?;
    if !TYPES.contains(&critical.kind.as_str()) {
        return Err(format!("the payload's critical.type is {:?}, and no image signature", critical.kind));
    }
    if critical.image.digest != subject.as_str() {
        return Err(format!("it is a signature of {} and not of {subject}", critical.image.digest));
    }
    Ok(())
}
