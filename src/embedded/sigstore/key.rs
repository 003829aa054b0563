//! One ECDSA P-256 key with its public half as the formats want it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sigstore::crypto::{KeyPair, VerificationKey, sha256};
use sigstore::types::{DerCertificate, DerPublicKey, SignatureBytes};

use super::Result;

/// A key pair; ECDSA P-256 with SHA-256, as every public Sigstore instance has it.
#[derive(Debug)]
pub(super) struct Key {
    pair: KeyPair,
    public: DerPublicKey,
}

impl Key {
    pub(super) fn generate() -> Result<Self> {
        let pair = KeyPair::generate_ecdsa_p256()?;
        let public = pair.public_key_der()?;
        Ok(Self { pair, public })
    }

    /// An ASN.1 signature over the SHA-256 of `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        Ok(self.pair.sign(message)?.into_bytes())
    }

    /// Whether this key made an ASN.1 signature over `message`.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        let key = VerificationKey::from_spki(&self.public)?;
        Ok(key.verify(message, &SignatureBytes::new(signature.to_vec()))?)
    }

    /// The `SubjectPublicKeyInfo` (RFC 5280).
    pub(super) fn spki(&self) -> &[u8] {
        self.public.as_bytes()
    }

    /// The point, uncompressed (SEC 1): `04`, x, y.
    pub(super) fn point(&self) -> &[u8] {
        self.pair.public_key_bytes()
    }

    /// The identifier of a log with this key: the SHA-256 of the `SubjectPublicKeyInfo` (RFC 6962, 3.2).
    pub(super) fn id(&self) -> [u8; 32] {
        *sha256(self.spki()).as_bytes()
    }

    pub(super) fn pem(&self) -> String {
        canonical_pem(&self.public.to_pem())
    }
}

/// A certificate in the PEM that Rekor writes into its entries.
pub(super) fn certificate_pem(der: &[u8]) -> String {
    canonical_pem(&DerCertificate::new(der.to_vec()).to_pem())
}

/// PEM as Go writes it: 64 columns, line feeds, one at the end.
pub(super) fn canonical_pem(pem: &str) -> String {
    format!("{}\n", pem.replace("\r\n", "\n").trim_end())
}

pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}
