//! Signatures that must not be accepted, each with exactly one thing wrong.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::bundle::{SIGN_V1, statement};
use super::classic::simple_signing_payload;
use super::key::base64;
use super::{ClassicLayer, Entry, Error, Evidence, Identity, PrivateSigstore, Result, Signer};
use crate::model::Digest;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The payload was changed after it was signed.
    TamperedPayload,
    /// The digest in the payload was replaced by the image's: signed was another one.
    SwappedSubject,
    /// Logged an hour after it was issued, when the certificate had expired.
    ExpiredCertificate,
    /// The certificate is of an authority that the trusted root does not know.
    WrongAuthority,
    /// No log entry; the time is proved by a timestamp, where there is an authority for it.
    MissingEntry,
    /// The certificate was never in the certificate log.
    MissingSct,
    /// Signed by a key that is not the certificate's.
    WrongKey,
    /// A good signature of another image.
    OtherImage,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::TamperedPayload,
        Self::SwappedSubject,
        Self::ExpiredCertificate,
        Self::WrongAuthority,
        Self::MissingEntry,
        Self::MissingSct,
        Self::WrongKey,
        Self::OtherImage,
    ];

    /// Whether what is signed names another image.
    fn signs_another(self) -> bool {
        matches!(self, Self::SwappedSubject | Self::OtherImage)
    }
}

/// What goes into the makers, so that exactly one thing is wrong.
struct Ingredients {
    signer: Signer,
    signed: Digest,
    entered: Timestamp,
    evidence: Evidence,
}

impl PrivateSigstore {
    /// A bundle with cosign 3's image signature, all good but for the flaw.
    ///
    /// # Errors
    /// As [`bundle`](Self::bundle).
    pub fn flawed_bundle(
        &self,
        flaw: Flaw,
        identity: &Identity,
        repository: &str,
        image: &Digest,
        at: Timestamp,
    ) -> Result<Value> {
        let with = self.ingredients(flaw, identity, image, at)?;
        let signed = statement(repository, &with.signed, SIGN_V1, None);
        let mut bundle = self.bundle(&with.signer, &signed, with.entered, with.evidence)?;
        if let Some(changed) = changed_statement(flaw, repository, image) {
            bundle["dsseEnvelope"]["payload"] = json!(base64(changed.to_string()));
        }
        Ok(bundle)
    }

    /// A classic signature, all good but for the flaw.
    ///
    /// # Errors
    /// As [`simple_signing`](Self::simple_signing).
    pub fn flawed_simple_signing(
        &self,
        flaw: Flaw,
        identity: &Identity,
        repository: &str,
        image: &Digest,
        at: Timestamp,
    ) -> Result<ClassicLayer> {
        let with = self.ingredients(flaw, identity, image, at)?;
        let mut layer =
            self.simple_signing(&with.signer, repository, &with.signed, with.entered, with.evidence)?;
        let mut payload = simple_signing_payload(repository, image);
        match flaw {
            Flaw::TamperedPayload => payload["optional"] = json!({ "approved": "yes" }),
            Flaw::SwappedSubject => {}
            _ => return Ok(layer),
        }
        layer.content = serde_json::to_vec(&payload)?;
        Ok(layer)
    }

    /// A classic attestation of the image signature's predicate, all good but for the flaw.
    ///
    /// # Errors
    /// As [`attestation`](Self::attestation).
    pub fn flawed_attestation(
        &self,
        flaw: Flaw,
        identity: &Identity,
        repository: &str,
        image: &Digest,
        at: Timestamp,
    ) -> Result<ClassicLayer> {
        let with = self.ingredients(flaw, identity, image, at)?;
        let signed = statement(repository, &with.signed, SIGN_V1, None);
        let mut layer = self.attestation(&with.signer, &signed, with.entered, with.evidence)?;
        if let Some(changed) = changed_statement(flaw, repository, image) {
            let mut envelope: Value = serde_json::from_slice(&layer.content)?;
            envelope["payload"] = json!(base64(changed.to_string()));
            layer.content = serde_json::to_vec(&envelope)?;
        }
        Ok(layer)
    }

    fn ingredients(
        &self,
        flaw: Flaw,
        identity: &Identity,
        image: &Digest,
        at: Timestamp,
    ) -> Result<Ingredients> {
        let signer = match flaw {
            Flaw::WrongAuthority => self.stranger(identity, at)?,
            Flaw::MissingSct => self.unlogged_certificate(identity, at)?,
            Flaw::WrongKey => self.certificate(identity, at)?.with_another_key()?,
            _ => self.certificate(identity, at)?,
        };
        let signed = if flaw.signs_another() { Digest::of(b"another image") } else { image.clone() };
        let late = SignedDuration::from_hours(1);
        let entered = match flaw {
            Flaw::ExpiredCertificate => at.checked_add(late).map_err(|_| Error::Time(at))?,
            _ => at,
        };
        let evidence = match flaw {
            Flaw::MissingEntry => Evidence { entry: Entry::None, timestamp: self.keys.tsa.is_some() },
            _ => Evidence::V1,
        };
        Ok(Ingredients { signer, signed, entered, evidence })
    }

    /// A certificate of another authority of the same shape and names; its certificate log is this instance's, so
    /// that nothing but the authority is strange.
    fn stranger(&self, identity: &Identity, at: Timestamp) -> Result<Signer> {
        let other = Self::with_parts(self.keys.made, super::Parts { log: false, tsa: false, ct_log: false })?;
        other.issue_for(identity, at, self.keys.ct_log.as_ref())
    }
}

/// What stands in the place of the signed statement, when that is the flaw.
fn changed_statement(flaw: Flaw, repository: &str, image: &Digest) -> Option<Value> {
    match flaw {
        Flaw::TamperedPayload => {
            Some(statement(repository, image, SIGN_V1, Some(json!({ "approved": "yes" }))))
        }
        Flaw::SwappedSubject => Some(statement(repository, image, SIGN_V1, None)),
        _ => None,
    }
}
