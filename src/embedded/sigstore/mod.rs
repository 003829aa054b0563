//! A private Sigstore inside the process, for the demo and the tests: real cryptography, nothing leaves the
//! machine.
//!
//! An authority for signing certificates with its certificate log, transparency logs (Rekor v1 and v2) and a
//! timestamp authority, all with keys of their own and one `trusted_root.json`. It makes signatures without
//! HTTP ([`PrivateSigstore::bundle`], [`simple_signing`](PrivateSigstore::simple_signing),
//! [`attestation`](PrivateSigstore::attestation)), also bad ones ([`Flaw`]). Times are the caller's: a
//! signature of last month, whose certificate expired long ago, is made like any other.
//! [`PrivateSigstore::start`] opens the same instance over HTTP, for signers that speak to Fulcio and Rekor.
//!
//! ```
//! use exitbar::embedded::sigstore::{Evidence, Identity, PrivateSigstore, SIGN_V1, statement};
//! use exitbar::model::Digest;
//!
//! let now = "2026-11-24T12:00:00Z".parse()?;
//! let sigstore = PrivateSigstore::new(now)?;
//! let who = Identity::github("acme/app", ".github/workflows/release.yml", "refs/tags/v1", "c0ffee");
//! let signer = sigstore.certificate(&who, now)?;
//! let image = statement("registry.test/app", &Digest::of(b"manifest"), SIGN_V1, None);
//! let bundle = sigstore.bundle(&signer, &image, now, Evidence::V1)?;
//! assert_eq!(bundle["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bundle;
mod certificate;
mod classic;
mod der;
mod entry;
mod error;
mod flaw;
mod fulcio;
mod identity;
mod key;
mod log;
mod login;
mod merkle;
mod oidc;
mod rekor;
mod services;
mod signer;
mod timestamp;
mod trust;

pub use bundle::{BUNDLE, Entry, Evidence, SIGN_V1, statement};
pub use classic::{ClassicLayer, DSSE_ENVELOPE, SIMPLE_SIGNING, simple_signing_payload};
pub use error::{Error, Result};
pub use flaw::Flaw;
pub use identity::{GITHUB_ISSUER, Identity, PEOPLE_ISSUER, Workflow};
pub use services::Running;
pub use signer::Signer;
pub use trust::Addresses;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use certificate::{Authority, LEAF_LIFETIME};
use jiff::{SignedDuration, Timestamp};
use key::{Key, certificate_pem};
use log::{Log, Version};
use timestamp::TimestampAuthority;

/// A private Sigstore. Clones are the same one: they share its keys and its logs.
#[derive(Debug, Clone)]
pub struct PrivateSigstore {
    keys: Arc<Keys>,
}

/// Which parts an instance has; its trusted root names no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// A certificate log, and its timestamps in certificates.
    pub ct_log: bool,
    /// Transparency logs.
    pub log: bool,
    /// A timestamp authority.
    pub tsa: bool,
}

impl Default for Parts {
    /// All.
    fn default() -> Self {
        Self { ct_log: true, log: true, tsa: true }
    }
}

#[derive(Debug)]
struct Keys {
    made: Timestamp,
    root: Authority,
    intermediate: Authority,
    ct_log: Option<Key>,
    logs: Option<Logs>,
    tsa: Option<TimestampAuthority>,
    issuer: Key,
}

#[derive(Debug)]
struct Logs {
    v1: Log,
    v2: Log,
}

impl PrivateSigstore {
    /// One with all parts and fresh keys, trusted from a year before `now`.
    ///
    /// # Errors
    /// When keys cannot be generated, or `now` is no time for certificates.
    pub fn new(now: Timestamp) -> Result<Self> {
        Self::with_parts(now, Parts::default())
    }

    /// One with these parts.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_parts(now: Timestamp, parts: Parts) -> Result<Self> {
        let root = Authority::root("private-sigstore-root", now)?;
        let intermediate = root.intermediate("private-sigstore-intermediate", now)?;
        let logs = || -> Result<Logs> {
            Ok(Logs { v1: Log::new(Version::V1, now)?, v2: Log::new(Version::V2, now)? })
        };
        let keys = Keys {
            made: now,
            root,
            intermediate,
            ct_log: parts.ct_log.then(Key::generate).transpose()?,
            logs: parts.log.then(logs).transpose()?,
            tsa: parts.tsa.then(|| TimestampAuthority::new(now)).transpose()?,
            issuer: Key::generate()?,
        };
        Ok(Self { keys: Arc::new(keys) })
    }

    /// A fresh key with a certificate for `identity`, valid for ten minutes from `at`.
    ///
    /// # Errors
    /// When the identity or the time cannot stand in a certificate.
    pub fn certificate(&self, identity: &Identity, at: Timestamp) -> Result<Signer> {
        self.issue_for(identity, at, self.keys.ct_log.as_ref())
    }

    /// An identity token, valid for ten minutes from `at`, as GitHub Actions or a login gives it to a signer.
    ///
    /// # Errors
    /// When the issuer's key cannot sign.
    pub fn token(&self, identity: &Identity, at: Timestamp) -> Result<String> {
        oidc::token(&self.keys.issuer, identity, at, LEAF_LIFETIME)
    }

    /// The same for as long as a demo may stand open.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub fn lasting_token(&self, identity: &Identity, at: Timestamp) -> Result<String> {
        oidc::token(&self.keys.issuer, identity, at, SignedDuration::from_hours(24))
    }

    /// A certificate without the certificate log's timestamp.
    ///
    /// # Errors
    /// As [`certificate`](Self::certificate).
    pub fn unlogged_certificate(&self, identity: &Identity, at: Timestamp) -> Result<Signer> {
        self.issue_for(identity, at, None)
    }

    fn issue_for(&self, identity: &Identity, at: Timestamp, log: Option<&Key>) -> Result<Signer> {
        let key = Key::generate()?;
        let certificate = self.keys.intermediate.issue(identity, key.spki(), at, log)?;
        Ok(Signer::certified(key, certificate, self.chain_pem()?))
    }

    /// The authorities above a signing certificate, PEM, the root last.
    fn chain_pem(&self) -> Result<String> {
        let Keys { intermediate, root, .. } = &*self.keys;
        Ok(certificate_pem(&intermediate.der()?) + &certificate_pem(&root.der()?))
    }

    fn log(&self) -> Result<&Logs> {
        self.keys.logs.as_ref().ok_or_else(|| Error::refused("this instance has no transparency log"))
    }

    fn timestamp_authority(&self) -> Result<&TimestampAuthority> {
        self.keys.tsa.as_ref().ok_or_else(|| Error::refused("this instance has no timestamp authority"))
    }
}
