//! Public keys that signatures are verified with, in place of a certificate.

use sigstore_types::DerPublicKey;

use crate::model::{Digest, text};

/// A public key: ECDSA (P-256, P-384), Ed25519 or RSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: DerPublicKey,
}

/// Why something is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no public key: {0}; expected PEM that begins with -----BEGIN PUBLIC KEY-----")]
pub struct KeyError(String);

impl PublicKey {
    /// Reads PEM, as `cosign generate-key-pair` writes `cosign.pub`.
    ///
    /// # Errors
    /// When it is no PEM, no `PUBLIC KEY`, or of an algorithm that is not supported.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        Self::from_spki(DerPublicKey::from_pem(pem.trim()).map_err(error)?)
    }

    /// Takes a DER SubjectPublicKeyInfo.
    pub(super) fn from_spki(spki: DerPublicKey) -> Result<Self, KeyError> {
        sigstore::crypto::VerificationKey::from_spki(&spki).map_err(error)?;
        Ok(Self { spki })
    }

    /// As PEM, as verifiers take it.
    pub fn to_pem(&self) -> String {
        self.spki.to_pem()
    }

    /// The SHA-256 of its SubjectPublicKeyInfo.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(self.spki.as_bytes())
    }

    /// The SubjectPublicKeyInfo.
    pub(super) fn spki(&self) -> &DerPublicKey {
        &self.spki
    }
}

fn error(error: impl std::fmt::Display) -> KeyError {
    KeyError(text::clean_line(&error.to_string()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_public_key_is_refused_with_what_was_expected() {
        for pem in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            let error = PublicKey::from_pem(pem).unwrap_err().to_string();
            assert!(error.contains("BEGIN PUBLIC KEY"), "{error}");
        }
    }

    #[test]
    fn each_supported_kind_is_read_and_its_fingerprint_is_that_of_its_spki() {
        for (kind, pem) in [("P-256", P256), ("Ed25519", ED25519), ("RSA", RSA)] {
            let key = PublicKey::from_pem(pem).unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(key.fingerprint(), Digest::of(key.spki().as_bytes()), "{kind}");
        }
    }

    // Keys made for this test; the private halves were not kept.
    const P256: &str = include_str!("tests/p256.pub");
    const ED25519: &str = include_str!("tests/ed25519.pub");
    const RSA: &str = include_str!("tests/rsa.pub");
}
