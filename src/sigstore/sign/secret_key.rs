//! A key of the operator's own: PKCS #8, or as `cosign generate-key-pair` encrypts it (scrypt and NaCl's secretbox;
//! secure-systems-lab/go-securesystemslib, `encrypted`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_secretbox::aead::{Aead as _, KeyInit as _};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use serde::Deserialize;
use sigstore::crypto::KeyPair;
use sigstore_types::SignatureBytes;
use zeroize::Zeroizing;

use crate::model::{Reason, ReasonKind};
use crate::sigstore::PublicKey;

/// The labels of cosign's keys, today's and that of before 2023.
const ENCRYPTED: [&str; 2] = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];
const PLAIN: &str = "PRIVATE KEY";
/// A key asks for no more work than this, so that a file cannot stop the machine: cosign's own N is 2^16.
const MAX_N: u32 = 1 << 20;

/// A private key that signs. It has no `Debug`.
pub struct SecretKey {
    pair: KeyPair,
    public: PublicKey,
}

/// Why there is no private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyTrouble {
    /// It is no private key that is known.
    #[error("no private key: {0}; expected PEM of `cosign generate-key-pair`, or an unencrypted PKCS #8 key")]
    Invalid(String),
    /// The password does not open it.
    #[error("the password does not open it; set COSIGN_PASSWORD")]
    Password,
}

#[derive(Deserialize)]
struct Sealed {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Kdf {
    name: String,
    params: Params,
    salt: String,
}

#[derive(Deserialize)]
struct Params {
    #[serde(rename = "N")]
    n: u32,
    r: u32,
    p: u32,
}

#[derive(Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

impl SecretKey {
    /// Opens a key with its password. Takes a moment, on purpose of whoever encrypted it.
    ///
    /// # Errors
    /// When it is no private key, or the password is another.
    pub fn open(pem: &str, password: &str) -> Result<Self, KeyTrouble> {
        let (label, body) = decoded(pem)?;
        let der = match label.as_str() {
            PLAIN => body,
            sealed if ENCRYPTED.contains(&sealed) => open(&body, password)?,
            other => return Err(KeyTrouble::Invalid(format!("it is a {other}"))),
        };
        let pair = KeyPair::from_pkcs8_der(&der).map_err(|error| KeyTrouble::Invalid(error.to_string()))?;
        let spki = pair.public_key_der().map_err(|error| KeyTrouble::Invalid(error.to_string()))?;
        let public = PublicKey::from_spki(spki).map_err(|error| KeyTrouble::Invalid(error.to_string()))?;
        Ok(Self { pair, public })
    }

    /// Its public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// What a bundle says of the key, so that a verifier may find it: the fingerprint, as cosign writes it.
    pub(super) fn hint(&self) -> String {
        let fingerprint = sigstore::crypto::sha256(self.public.spki().as_bytes());
        STANDARD.encode(fingerprint.as_bytes())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<SignatureBytes, Reason> {
        let signed = self.pair.sign(message);
        signed.map_err(|error| Reason::new(ReasonKind::ToolFailed, format!("the key cannot sign: {error}")))
    }
}

/// The label of a PEM block and what is in it.
fn decoded(pem: &str) -> Result<(String, Zeroizing<Vec<u8>>), KeyTrouble> {
    let invalid = |why: &str| KeyTrouble::Invalid(why.to_owned());
    let (_, rest) = pem.split_once("-----BEGIN ").ok_or_else(|| invalid("it is no PEM"))?;
    let (label, rest) = rest.split_once("-----").ok_or_else(|| invalid("it is no PEM"))?;
    let (body, _) = rest.split_once("-----END ").ok_or_else(|| invalid("its PEM has no end"))?;
    let body: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    let decoded = STANDARD.decode(body.as_bytes()).map_err(|_| invalid("its PEM is no base64"))?;
    Ok((label.to_owned(), Zeroizing::new(decoded)))
}

fn open(sealed: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, KeyTrouble> {
    let invalid = |why: String| KeyTrouble::Invalid(why);
    let sealed: Sealed = serde_json::from_slice(sealed).map_err(|error| invalid(error.to_string()))?;
    let Sealed { kdf, cipher, ciphertext } = sealed;
    if kdf.name != "scrypt" || cipher.name != "nacl/secretbox" {
        return Err(invalid("it is encrypted in a way that is not known".to_owned()));
    }
    let decode = |what: &str, text: &str| {
        STANDARD.decode(text).map_err(|_| invalid(format!("its {what} is no base64")))
    };
    let (salt, nonce) = (decode("salt", &kdf.salt)?, decode("nonce", &cipher.nonce)?);
    let Params { n, r, p } = kdf.params;
    if !n.is_power_of_two() || n > MAX_N {
        return Err(invalid(format!("it asks for scrypt with N = {n}")));
    }
    let work = u8::try_from(n.ilog2()).unwrap_or(u8::MAX);
    let params = scrypt::Params::new(work, r, p).map_err(|error| invalid(error.to_string()))?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(password.as_bytes(), &salt, &params, key.as_mut())
        .map_err(|error| invalid(error.to_string()))?;
    let nonce: [u8; 24] = nonce.try_into().map_err(|_| invalid("its nonce has another length".to_owned()))?;
    let opened = XSalsa20Poly1305::new(Key::from_slice(key.as_ref()))
        .decrypt(Nonce::from_slice(&nonce), decode("ciphertext", &ciphertext)?.as_slice());
    opened.map(Zeroizing::new).map_err(|_| KeyTrouble::Password)
}
