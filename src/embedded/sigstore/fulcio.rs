//! What Fulcio answers (fulcio, `fulcio.proto`, `/api/v2`).

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use sigstore::crypto::VerificationKey;
use sigstore::types::{DerPublicKey, SignatureBytes};
use x509_cert::der::{DecodePem as _, Encode as _};
use x509_cert::request::CertReq;

use super::key::{Key, certificate_pem};
use super::services::{Refusal, field, unbase64};
use super::{Error, GITHUB_ISSUER, PEOPLE_ISSUER, PrivateSigstore, Result, oidc};

/// Issues a certificate for the bearer of the token in `request` (or in `authorization`), who proves that the
/// key is his: by a signature over who he is, or by a certificate signing request (PKCS #10).
pub(super) fn signing_certificate(
    sigstore: &PrivateSigstore,
    request: &Value,
    authorization: Option<&str>,
    own_issuer: &str,
    now: Timestamp,
    for_another_key: bool,
) -> Result<Value, Refusal> {
    let token = request["credentials"]["oidcIdentityToken"].as_str();
    let token = token.or_else(|| authorization?.strip_prefix("Bearer ")).unwrap_or_default();
    let unauthorized = |error| Refusal { status: StatusCode::UNAUTHORIZED, error };
    let bearer = oidc::check(&sigstore.keys.issuer, token, own_issuer, now).map_err(unauthorized)?;
    let mut spki = match request["certificateSigningRequest"].as_str() {
        Some(encoded) => key_of_request(&unbase64(encoded)?)?,
        None => key_with_proof(&request["publicKeyRequest"], &bearer.challenge)?,
    };
    if for_another_key {
        spki = Key::generate()?.spki().to_vec();
    }
    let keys = &sigstore.keys;
    let leaf = keys.intermediate.issue(&bearer.identity, &spki, now, keys.ct_log.as_ref())?;
    let mut certificates = vec![certificate_pem(&leaf)];
    certificates.extend(authorities(sigstore)?);
    let chain = json!({ "certificates": certificates });
    Ok(if keys.ct_log.is_some() {
        json!({ "signedCertificateEmbeddedSct": { "chain": chain } })
    } else {
        // So Fulcio answers where it has no certificate log.
        json!({ "signedCertificateDetachedSct": { "chain": chain, "signedCertificateTimestamp": "" } })
    })
}

fn authorities(sigstore: &PrivateSigstore) -> Result<[String; 2]> {
    let keys = &sigstore.keys;
    Ok([certificate_pem(&keys.intermediate.der()?), certificate_pem(&keys.root.der()?)])
}

fn key_with_proof(request: &Value, challenge: &str) -> Result<Vec<u8>> {
    let key = DerPublicKey::from_pem(&field(request, "/publicKey/content")?)
        .map_err(|error| Error::refused(format!("the public key is not PEM: {error}")))?;
    let proof = unbase64(&field(request, "/proofOfPossession")?)?;
    proves(&key, challenge.as_bytes(), proof)?;
    Ok(key.as_bytes().to_vec())
}

fn key_of_request(pem: &[u8]) -> Result<Vec<u8>> {
    let request = CertReq::from_pem(pem)?;
    let key = DerPublicKey::new(request.info.public_key.to_der()?);
    proves(&key, &request.info.to_der()?, request.signature.raw_bytes().to_vec())?;
    Ok(key.into_bytes())
}

fn proves(key: &DerPublicKey, message: &[u8], signature: Vec<u8>) -> Result<()> {
    VerificationKey::from_spki(key)?
        .verify(message, &SignatureBytes::new(signature))
        .map_err(|_| Error::refused("the key does not prove that it is the bearer's"))
}

/// Whose tokens are taken.
pub(super) fn configuration(own_issuer: &str) -> Value {
    let issuer =
        |url: &str, kind: &str| json!({ "issuerUrl": url, "audience": "sigstore", "issuerType": kind });
    json!({ "issuers": [
        issuer(GITHUB_ISSUER, "ci-provider"),
        issuer(PEOPLE_ISSUER, "email"),
        issuer(own_issuer, "email"),
    ] })
}

/// The authorities.
pub(super) fn trust_bundle(sigstore: &PrivateSigstore) -> Result<Value> {
    Ok(json!({ "chains": [{ "certificates": authorities(sigstore)? }] }))
}
