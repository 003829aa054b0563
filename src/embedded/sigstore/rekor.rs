//! What Rekor answers: v1 (rekor, `openapi.yaml`) and v2 (rekor-tiles, `rekor_service.proto`).

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use sigstore::crypto::{VerificationKey, sha256};
use sigstore::types::dsse::pae;
use sigstore::types::{DerCertificate, DerPublicKey, SignatureBytes};
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

use super::key::canonical_pem;
use super::log::Log;
use super::services::{Refusal, field, unbase64};
use super::{Error, PrivateSigstore, Result, Signer, entry};

/// Checks the entry that a client proposes, as Rekor does, and puts it into the log of v1.
pub(super) fn create(
    sigstore: &PrivateSigstore,
    proposed: &Value,
    now: Timestamp,
    another: bool,
) -> Result<Value, Refusal> {
    let log = &sigstore.log()?.v1;
    let body = match (proposed["kind"].as_str(), proposed["apiVersion"].as_str()) {
        (Some("hashedrekord"), Some("0.0.1")) => hashedrekord(&proposed["spec"])?,
        (Some("dsse"), Some("0.0.1")) => dsse(&proposed["spec"]["proposedContent"])?,
        (kind, version) => {
            return Err(Error::refused(format!("entries {kind:?} {version:?} are not taken here")).into());
        }
    };
    let body = if another { another_entry()? } else { body };
    if let Some(uuid) = log.uuid_of(&body)? {
        let error = Error::refused(format!("an equivalent entry already exists in the log with UUID {uuid}"));
        return Err(Refusal { status: StatusCode::CONFLICT, error });
    }
    Ok(log.append(&body, now)?.response())
}

/// The same for v2, which takes `hashedrekord` only.
pub(super) fn create_v2(
    sigstore: &PrivateSigstore,
    proposed: &Value,
    now: Timestamp,
    another: bool,
) -> Result<Value, Refusal> {
    let log = &sigstore.log()?.v2;
    let request = &proposed["hashedRekordRequestV002"];
    let signature = unbase64(&field(request, "/signature/content")?)?;
    let digest = digest(unbase64(&field(request, "/digest")?)?)?;
    let verifier = &request["signature"]["verifier"];
    let key = match verifier["x509Certificate"]["rawBytes"].as_str() {
        Some(der) => key_of_certificate(&unbase64(der)?)?,
        None => DerPublicKey::new(unbase64(&field(verifier, "/publicKey/rawBytes")?)?),
    };
    verify(&key, &digest, &signature)?;
    if another {
        let signer = Signer::with_key()?;
        let (digest, signature) = another_signature(&signer)?;
        let body = entry::hashedrekord_v2(&digest, &signature, &signer.verifier_v2());
        return Ok(log.append(&body, now)?.bundled());
    }
    Ok(log.append(&entry::hashedrekord_v2(&digest, &signature, verifier), now)?.bundled())
}

/// The entry with this index (`?logIndex=`).
pub(super) fn by_index(log: &Log, index: Option<String>) -> Result<Value, Refusal> {
    let index = index.and_then(|index| index.parse().ok());
    let entry = index.and_then(|index| log.by_index(index)).ok_or_else(missing)?;
    Ok(entry?.response())
}

/// The entry with this name.
pub(super) fn by_uuid(log: &Log, uuid: &str) -> Result<Value, Refusal> {
    Ok(log.by_uuid(uuid).ok_or_else(missing)??.response())
}

fn missing() -> Refusal {
    Refusal { status: StatusCode::NOT_FOUND, error: Error::refused("no such entry in the log") }
}

fn hashedrekord(spec: &Value) -> Result<Value> {
    let signature = unbase64(&field(spec, "/signature/content")?)?;
    let verifier = Verifier::read(&field(spec, "/signature/publicKey/content")?)?;
    let digest = digest(unhex(&field(spec, "/data/hash/value")?).unwrap_or_default())?;
    verify(&verifier.key, &digest, &signature)?;
    Ok(entry::hashedrekord(&digest, &signature, &verifier.pem))
}

fn dsse(proposed: &Value) -> Result<Value> {
    let text = field(proposed, "/envelope")?;
    let verifier = Verifier::read(&field(proposed, "/verifiers/0")?)?;
    let envelope: Value = serde_json::from_str(&text)?;
    let payload = unbase64(&field(&envelope, "/payload")?)?;
    let signature = unbase64(&field(&envelope, "/signatures/0/sig")?)?;
    let signed = sha256(&pae(&field(&envelope, "/payloadType")?, &payload));
    verify(&verifier.key, signed.as_bytes(), &signature)?;
    Ok(entry::dsse(text.as_bytes(), &payload, &signature, &verifier.pem))
}

/// An entry of a signature that nobody asked for.
fn another_entry() -> Result<Value> {
    let signer = Signer::with_key()?;
    let (digest, signature) = another_signature(&signer)?;
    Ok(entry::hashedrekord(&digest, &signature, &signer.public_key_pem()))
}

fn another_signature(signer: &Signer) -> Result<([u8; 32], Vec<u8>)> {
    let message = b"something else";
    Ok((*sha256(message).as_bytes(), signer.sign(message)?))
}

/// The certificate or public key of a proposed entry.
struct Verifier {
    pem: String,
    key: DerPublicKey,
}

impl Verifier {
    /// From PEM in base64, made canonical.
    fn read(encoded: &str) -> Result<Self> {
        let unreadable = || Error::refused("the verifier is neither a certificate nor a public key in PEM");
        let pem = String::from_utf8(unbase64(encoded)?).map_err(|_| unreadable())?;
        if let Ok(certificate) = DerCertificate::from_pem(&pem) {
            let key = key_of_certificate(certificate.as_bytes())?;
            return Ok(Self { pem: canonical_pem(&certificate.to_pem()), key });
        }
        let key = DerPublicKey::from_pem(&pem).map_err(|_| unreadable())?;
        Ok(Self { pem: canonical_pem(&key.to_pem()), key })
    }
}

fn key_of_certificate(der: &[u8]) -> Result<DerPublicKey> {
    let certificate = Certificate::from_der(der)?;
    Ok(DerPublicKey::new(certificate.tbs_certificate.subject_public_key_info.to_der()?))
}

fn verify(key: &DerPublicKey, digest: &[u8; 32], signature: &[u8]) -> Result<()> {
    VerificationKey::from_spki(key)?
        .verify_prehashed(digest, &SignatureBytes::new(signature.to_vec()))
        .map_err(|_| Error::refused("the signature is not the verifier's"))
}

fn digest(bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::refused("no SHA-256 digest"))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// What the log says of itself.
pub(super) fn checkpoint_v2(sigstore: &PrivateSigstore) -> Result<String> {
    sigstore.log()?.v2.checkpoint()
}

/// The log's size and root (`/api/v1/log`).
pub(super) fn state(log: &Log) -> Result<Value> {
    Ok(json!({ "signedTreeHead": log.checkpoint()?, "treeSize": log.size(), "treeID": "2017" }))
}
