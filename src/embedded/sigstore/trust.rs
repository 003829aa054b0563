//! What verifiers and signers are given: the trusted root, the signing config, and both in one file
//! (protobuf-specs, `sigstore_trustroot.proto`).

use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::certificate::Authority;
use super::key::{Key, base64};
use super::{Error, PrivateSigstore, Result};

const OPERATOR: &str = "private-sigstore.test";

/// Where the services answer; the addresses of a [`Running`](super::Running) one, or names that nobody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Fulcio.
    pub fulcio: String,
    /// Rekor v1.
    pub rekor: String,
    /// Rekor v2.
    pub rekor_v2: String,
    /// The timestamp authority, with its path.
    pub tsa: String,
    /// The issuer of identity tokens.
    pub oidc: String,
}

impl Default for Addresses {
    fn default() -> Self {
        Self {
            fulcio: format!("https://fulcio.{OPERATOR}"),
            rekor: format!("https://rekor.{OPERATOR}"),
            rekor_v2: format!("https://log2.{OPERATOR}"),
            tsa: format!("https://tsa.{OPERATOR}/api/v1/timestamp"),
            oidc: format!("https://oidc.{OPERATOR}"),
        }
    }
}

impl PrivateSigstore {
    /// `trusted_root.json`: what verifiers need, as far as this instance has it.
    ///
    /// # Errors
    /// When a certificate cannot be encoded.
    pub fn trusted_root(&self) -> Result<Value> {
        let from = self.valid_from()?;
        let addresses = Addresses::default();
        let keys = &self.keys;
        let tlogs = keys.logs.as_ref().map(|logs| {
            json!([log(&logs.v1.key, &addresses.rekor, from), log(&logs.v2.key, &addresses.rekor_v2, from),])
        });
        let ctlogs =
            keys.ct_log.as_ref().map(|key| json!([log(key, "https://ct.private-sigstore.test", from)]));
        let authority = |name: &str, uri: &str, chain: [&Authority; 2]| -> Result<Value> {
            let certificates = [
                json!({ "rawBytes": base64(chain[0].der()?) }),
                json!({ "rawBytes": base64(chain[1].der()?) }),
            ];
            Ok(json!({
                "subject": { "organization": OPERATOR, "commonName": name },
                "uri": uri,
                "certChain": { "certificates": certificates },
                "validFor": { "start": from.to_string() },
            }))
        };
        let fulcio = authority("private-sigstore", &addresses.fulcio, [&keys.intermediate, &keys.root])?;
        let tsa = match &keys.tsa {
            Some(tsa) => json!([authority("private-sigstore-tsa", &addresses.tsa, [&tsa.leaf, &tsa.root])?]),
            None => json!([]),
        };
        Ok(json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": tlogs.unwrap_or_else(|| json!([])),
            "certificateAuthorities": [fulcio],
            "ctlogs": ctlogs.unwrap_or_else(|| json!([])),
            "timestampAuthorities": tsa,
        }))
    }

    /// `signing_config.json`: where a signer finds the services that this instance has. Rekor v2 is left out:
    /// a signer would prefer it, and then classic signatures had no entry that fits.
    ///
    /// # Errors
    /// When its time is out of range.
    pub fn signing_config(&self, addresses: &Addresses) -> Result<Value> {
        let from = self.valid_from()?.to_string();
        let service = |url: &str, there: bool| {
            if !there {
                return json!([]);
            }
            let valid = json!({ "start": from });
            json!([{ "url": url, "majorApiVersion": 1, "validFor": valid, "operator": OPERATOR }])
        };
        Ok(json!({
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": service(&addresses.fulcio, true),
            "oidcUrls": service(&addresses.oidc, true),
            "rekorTlogUrls": service(&addresses.rekor, self.keys.logs.is_some()),
            "tsaUrls": service(&addresses.tsa, self.keys.tsa.is_some()),
            "rekorTlogConfig": { "selector": "ANY" },
            "tsaConfig": { "selector": "ANY" },
        }))
    }

    /// Trusted root and signing config in one, as `sigstore --trust-config` takes it.
    ///
    /// # Errors
    /// As its two parts.
    pub fn client_trust_config(&self, addresses: &Addresses) -> Result<Value> {
        Ok(json!({
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.trusted_root()?,
            "signingConfig": self.signing_config(addresses)?,
        }))
    }

    /// Writes `trusted_root.json`, `signing_config.json` and `client_trust_config.json` into a folder, which is
    /// made when it is not there. No private key is written.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, folder: &Path, addresses: &Addresses) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        for (name, value) in [
            ("trusted_root.json", self.trusted_root()),
            ("signing_config.json", self.signing_config(addresses)),
            ("client_trust_config.json", self.client_trust_config(addresses)),
        ] {
            let text = format!("{:#}\n", value.map_err(io::Error::other)?);
            std::fs::write(folder.join(name), text)?;
        }
        Ok(())
    }

    /// Everything is trusted for as long as the authorities are valid.
    fn valid_from(&self) -> Result<Timestamp> {
        let year = SignedDuration::from_hours(365 * 24);
        self.keys.made.checked_sub(year).map_err(|_| Error::Time(self.keys.made))
    }
}

fn log(key: &Key, url: &str, from: Timestamp) -> Value {
    json!({
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": base64(key.spki()),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": { "start": from.to_string() },
        },
        "logId": { "keyId": base64(key.id()) },
    })
}
