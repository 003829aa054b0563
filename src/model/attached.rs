//! What is attached to an image: signatures, SBOMs, scans, as plain data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Digest, Repository};

/// What the verification of one attached artifact yielded. Who signed is a fact;
/// whether that will do is the policy's question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// How it is stored.
    pub format: SignatureFormat,
    /// What it turned out to be.
    pub outcome: SignatureOutcome,
    /// The predicate type of the *verified* statement; none for simple signing.
    pub predicate_type: Option<String>,
    /// The digest of the predicate's document, under which its SBOM or scan is kept.
    pub predicate: Option<Digest>,
}

/// The predicate type of a cosign 3 image signature.
pub const COSIGN_SIGN_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";

impl Signature {
    /// Whether this is an image signature, and no attestation.
    pub fn is_image_signature(&self) -> bool {
        match &self.predicate_type {
            None => self.format == SignatureFormat::SimpleSigning,
            Some(predicate_type) => predicate_type == COSIGN_SIGN_PREDICATE,
        }
    }
}

/// How a signature or attestation is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureFormat {
    /// Classic cosign, `.sig`.
    SimpleSigning,
    /// Classic cosign, `.att`.
    ClassicAttestation,
    /// A Sigstore bundle.
    Bundle,
}

/// What the verification yielded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureOutcome {
    /// Chain, log, time and subject are right; this is who signed.
    Valid(Signer),
    /// A step failed: the first one, in words.
    Invalid(String),
    /// A kind that is not supported (a retired log entry): never a pass, never "unsigned".
    Unsupported(String),
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// A Fulcio certificate.
    Certificate(CertificateSigner),
    /// A key; `configured` tells whether it is the policy's.
    Key {
        /// The SHA-256 of its SubjectPublicKeyInfo.
        fingerprint: Digest,
        /// Whether the policy names this key.
        configured: bool,
    },
}

/// What a Fulcio certificate says (`fulcio/docs/oid-info.md`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateSigner {
    /// The identity (SAN).
    pub identity: String,
    /// The issuer of the identity.
    pub issuer: String,
    /// Source Repository URI.
    pub source_repository: Option<String>,
    /// Source Repository Digest: the commit.
    pub source_revision: Option<String>,
    /// Source Repository Ref.
    pub source_ref: Option<String>,
    /// When it was logged or time-stamped.
    pub signed_at: Option<Timestamp>,
}

/// An SBOM that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sbom {
    /// `SPDX 2.3`, `CycloneDX 1.6`.
    pub format: String,
    /// How many packages it lists.
    pub packages: u64,
    /// The architectures that its packages name (`arch=` of their purls); empty when none does.
    pub architectures: Vec<String>,
    /// The subject that it names, where it names one.
    pub subject: Option<Digest>,
    /// NTIA gaps and the like.
    pub warnings: Vec<String>,
}

/// Where a scan comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanSource {
    /// A signed attestation in a repository; `signature` in the scan says by whom.
    Attested(Repository),
    /// A scanner on PATH.
    Scanner(String),
    /// A file that was given.
    File(String),
    /// OSV, asked about the SBOM's packages.
    Osv,
}

/// A vulnerability scan, bound to a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// The scanner and its version.
    pub scanner: String,
    /// When it scanned.
    pub scanned_at: Timestamp,
    /// How old its database was, where it says so.
    pub database_at: Option<Timestamp>,
    /// What was catalogued; zero packages are no clean scan.
    pub catalogued: Catalogued,
    /// What it found.
    pub findings: Vec<Vulnerability>,
    /// The signature that it came with, where it was attested.
    pub signature: Option<Signature>,
}

/// Whether a scan looked at anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Catalogued {
    /// It catalogued packages, or says itself that nothing was found.
    Something,
    /// Why it cannot be taken for a scan: nothing catalogued, a `null` result list, an end-of-life distribution.
    Nothing(String),
}

/// One finding of a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// `CVE-…`, `GHSA-…`.
    pub id: String,
    /// The package and its version.
    pub package: String,
    /// The severity; none where no source gives one.
    pub severity: Option<Severity>,
    /// The version that mends it.
    pub fixed_in: Option<String>,
    /// Why it does not count (ignored by the policy, cleared by VEX).
    pub suppressed: Option<String>,
}

/// Severities, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Negligible.
    Negligible,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}
