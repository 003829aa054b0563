//! Who holds the key that signs: with a certificate (keyless) or with nothing but the key.

use serde_json::{Value, json};
use sigstore::crypto::sha256;

use super::Result;
use super::key::{Key, base64, certificate_pem};

/// A key that signs, and what a verifier gets to know of it.
#[derive(Debug)]
pub struct Signer {
    key: Key,
    /// The certificate, DER.
    certificate: Option<Vec<u8>>,
    /// The authorities above it, PEM; cosign attaches them, verifiers take them from the trusted root.
    chain: String,
}

impl Signer {
    /// A key pair of its own, as `cosign generate-key-pair` makes it: no certificate, no identity.
    ///
    /// # Errors
    /// When no key can be generated.
    pub fn with_key() -> Result<Self> {
        Ok(Self { key: Key::generate()?, certificate: None, chain: String::new() })
    }

    pub(super) fn certified(key: Key, certificate: Vec<u8>, chain: String) -> Self {
        Self { key, certificate: Some(certificate), chain }
    }

    /// The same certificate with a key that is not its own: what it signs is nobody's.
    pub(super) fn with_another_key(self) -> Result<Self> {
        Ok(Self { key: Key::generate()?, ..self })
    }

    /// The public key, PEM.
    pub fn public_key_pem(&self) -> String {
        self.key.pem()
    }

    /// The certificate, DER; none when only a key signs.
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// The certificate, PEM; none when only a key signs.
    pub fn certificate_pem(&self) -> Option<String> {
        self.certificate.as_deref().map(certificate_pem)
    }

    pub(super) fn chain_pem(&self) -> &str {
        &self.chain
    }

    /// An ASN.1 ECDSA signature over the SHA-256 of `message`.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.key.sign(message)
    }

    /// What a log entry has of it: the certificate or the key.
    pub(super) fn verifier_pem(&self) -> String {
        self.certificate_pem().unwrap_or_else(|| self.key.pem())
    }

    /// The same for Rekor v2.
    pub(super) fn verifier_v2(&self) -> Value {
        const DETAILS: &str = "PKIX_ECDSA_P256_SHA_256";
        match &self.certificate {
            Some(der) => json!({ "keyDetails": DETAILS, "x509Certificate": { "rawBytes": base64(der) } }),
            None => json!({ "keyDetails": DETAILS, "publicKey": { "rawBytes": base64(self.key.spki()) } }),
        }
    }

    /// What a bundle has of it: the certificate, or a hint at the key.
    pub(super) fn material(&self) -> Value {
        match &self.certificate {
            Some(der) => json!({ "certificate": { "rawBytes": base64(der) } }),
            None => json!({ "publicKey": { "hint": sha256(self.key.spki()).to_base64() } }),
        }
    }
}
