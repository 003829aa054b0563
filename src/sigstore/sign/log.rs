//! Entries of a transparency log for what a key signed, and timestamps: the library makes both only for certificates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sigstore_sign::rekor::{
    DsseEntry, HashedRekord, HashedRekordV2, RekorApiVersion, RekorClient, RekorV2Client, RekorV2KeyDetails,
};
use sigstore_sign::tsa::TimestampClient;
use sigstore_sign::{SigningServices, crypto};
use sigstore_types::{DsseEnvelope, KindVersion, SignatureBytes, TimestampToken, TransparencyLogEntry};

use super::{SecretKey, failed};
use crate::model::{Reason, ReasonKind};

/// Logs the statement in an envelope; `signed` is what the key signed of it.
pub(super) async fn statement(
    services: &SigningServices,
    envelope: &DsseEnvelope,
    signed: &[u8],
    signature: &SignatureBytes,
    key: &SecretKey,
) -> Result<TransparencyLogEntry, Reason> {
    if services.rekor_api_version() != RekorApiVersion::V1 {
        return second(services, signed, signature, key).await;
    }
    let envelope = serde_json::to_string(envelope).map_err(|error| unwritten(&error))?;
    let entry: DsseEntry = serde_json::from_value(json!({
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": { "proposedContent": { "envelope": envelope, "verifiers": [pem(key)] } },
    }))
    .map_err(|error| unwritten(&error))?;
    let tried = format!("logging in {}", services.rekor_url());
    let client = RekorClient::new(services.rekor_url()).map_err(|error| failed(&tried, &error))?;
    let logged = client.create_dsse_entry(entry).await.map_err(|error| failed(&tried, &error))?;
    logged.to_bundle_entry(KindVersion::DsseV001).map_err(|error| failed(&tried, &error))
}

/// Logs a message that was signed, in a log of the first version.
pub(super) async fn message(
    services: &SigningServices,
    message: &[u8],
    signature: &SignatureBytes,
    key: &SecretKey,
) -> Result<TransparencyLogEntry, Reason> {
    let entry: HashedRekord = serde_json::from_value(json!({
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": { "hash": { "algorithm": "sha256", "value": crypto::sha256(message).to_hex() } },
            "signature": {
                "content": STANDARD.encode(signature.as_bytes()),
                "publicKey": { "content": pem(key) },
            },
        },
    }))
    .map_err(|error| unwritten(&error))?;
    let tried = format!("logging in {}", services.rekor_url());
    let client = RekorClient::new(services.rekor_url()).map_err(|error| failed(&tried, &error))?;
    let logged = client.create_entry(entry).await.map_err(|error| failed(&tried, &error))?;
    logged.to_bundle_entry(KindVersion::HashedRekordV001).map_err(|error| failed(&tried, &error))
}

async fn second(
    services: &SigningServices,
    signed: &[u8],
    signature: &SignatureBytes,
    key: &SecretKey,
) -> Result<TransparencyLogEntry, Reason> {
    let tried = format!("logging in {}", services.rekor_url());
    let entry = HashedRekordV2::new_with_public_key(
        &crypto::sha256(signed),
        signature,
        key.public().spki(),
        RekorV2KeyDetails::PkixEcdsaP256Sha256,
    );
    let client = RekorV2Client::new(services.rekor_url()).map_err(|error| failed(&tried, &error))?;
    client.create_entry(entry).await.map_err(|error| failed(&tried, &error))
}

/// A timestamp of a signature, where the services have an authority for it.
pub(super) async fn stamp(
    services: &SigningServices,
    signature: &SignatureBytes,
) -> Result<Option<TimestampToken>, Reason> {
    let Some(authority) = services.tsa_url() else { return Ok(None) };
    let tried = format!("asking {authority} for a timestamp");
    let client = TimestampClient::new(authority).map_err(|error| failed(&tried, &error))?;
    let stamp = client.timestamp_signature(signature).await;
    stamp.map(Some).map_err(|error| failed(&tried, &error))
}

/// As Rekor wants keys: PEM in base64.
fn pem(key: &SecretKey) -> String {
    STANDARD.encode(key.public().spki().to_pem())
}

fn unwritten(error: &serde_json::Error) -> Reason {
    Reason::new(ReasonKind::ToolFailed, format!("writing a log entry: {error}"))
}
