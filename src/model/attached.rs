//! What is attached to an image: signatures, SBOMs, scans, as plain data.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Digest;

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
    /// What was checked, for a detail view.
    #[serde(default)]
    pub checks: SignatureChecks,
}

/// The annotations of a classic signature that tell it from another one of the same payload.
const CLASSIC_SIGNATURE: [&str; 2] =
    ["dev.cosignproject.cosign/signature", "dev.sigstore.cosign/certificate"];

/// Names one signature in its manifest: the digest of its blob and, where the signature itself is an annotation,
/// of that as well. Two people who sign the same image make the same classic payload, byte for byte.
pub fn signature_id(layer: &super::Descriptor) -> Digest {
    let stated: Vec<&str> = CLASSIC_SIGNATURE
        .iter()
        .filter_map(|name| layer.annotations.get(*name))
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    if stated.is_empty() {
        return layer.digest.clone();
    }
    Digest::of(format!("{}\n{}", layer.digest, stated.join("\n")).as_bytes())
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

impl SignatureFormat {
    /// What a layer of this media type holds (cosign `SIGNATURE_SPEC.md`, `ATTESTATION_SPEC.md`, `BUNDLE_SPEC.md`);
    /// none where nothing in it is signed.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        match media_type {
            "application/vnd.dev.cosign.simplesigning.v1+json" => Some(Self::SimpleSigning),
            "application/vnd.dsse.envelope.v1+json" => Some(Self::ClassicAttestation),
            bundle if bundle.starts_with("application/vnd.dev.sigstore.bundle") => Some(Self::Bundle),
            _ => None,
        }
    }
}

/// What the verification yielded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "most are certificates, and there are a few per image")]
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
#[allow(clippy::large_enum_variant, reason = "most are certificates, and there are a few per image")]
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
    /// Build Config URI: the workflow that ran, with its ref.
    #[serde(default)]
    pub workflow: Option<String>,
    /// Build Signer URI: the workflow that signed; of a reusable workflow not the one that ran.
    #[serde(default)]
    pub build_signer: Option<String>,
    /// Build Trigger: the event, such as `push`.
    #[serde(default)]
    pub trigger: Option<String>,
    /// Runner Environment: `github-hosted` or `self-hosted`.
    #[serde(default)]
    pub runner_environment: Option<String>,
    /// Run Invocation URI: the run's URL.
    #[serde(default)]
    pub run: Option<String>,
}

/// What the verification of a signature looked at, step by step, up to the first step that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureChecks {
    /// The steps in the order in which they were taken. A step that was not reached is not listed.
    pub steps: Vec<SignatureStep>,
    /// The log entries; only those that were verified.
    pub log: Vec<LogEntry>,
    /// The verified signing times.
    pub times: Vec<SigningTime>,
    /// The digest of the trust root that it was held against.
    pub trust_root: Option<Digest>,
}

/// One step of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureStep {
    /// What was checked.
    pub kind: SignatureStepKind,
    /// What came of it.
    pub outcome: SignatureStepOutcome,
}

/// What a step checks (Sigstore client specification, "Verification").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureStepKind {
    /// The bytes are a bundle, or a classic signature with its annotations.
    Format,
    /// There is a verified signing time.
    Time,
    /// The certificate chains to a Fulcio of the trust root and was valid at each signing time.
    Certificate,
    /// The certificate's signed certificate timestamp is by a CT log of the trust root.
    Sct,
    /// The entry is in a transparency log of the trust root.
    Log,
    /// The signature verifies with the certificate's or the configured key.
    Signature,
    /// What was signed names the subject digest.
    Subject,
    /// The log entry is of this signature and of no other.
    Entry,
}

impl SignatureStepKind {
    /// A name for a screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Time => "time",
            Self::Certificate => "certificate chain",
            Self::Sct => "SCT",
            Self::Log => "log entry",
            Self::Signature => "signature",
            Self::Subject => "subject",
            Self::Entry => "log entry is of this signature",
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureStepOutcome {
    /// It holds: what was seen.
    Passed(String),
    /// The trust root, or the kind of signature, does not ask for it: why.
    NotRequired(String),
    /// It does not hold: why.
    Failed(String),
    /// It cannot be checked: why.
    Unsupported(String),
}

impl SignatureStepOutcome {
    /// A sign for it.
    pub fn mark(&self) -> &'static str {
        match self {
            Self::Passed(_) => "✓",
            Self::NotRequired(_) => "–",
            Self::Failed(_) => "✗",
            Self::Unsupported(_) => "?",
        }
    }

    /// What was seen, or why it does not hold, is not asked for, or cannot be checked.
    pub fn words(&self) -> &str {
        match self {
            Self::Passed(words)
            | Self::NotRequired(words)
            | Self::Failed(words)
            | Self::Unsupported(words) => words,
        }
    }
}

/// A verified entry of a transparency log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The log's URL as the trust root names it, else its id in base64.
    pub log: String,
    /// The entry's index in the log.
    pub index: u64,
    /// Kind and version, such as `hashedrekord 0.0.1`.
    pub kind: String,
    /// What proves that it is in the log.
    pub proof: LogProof,
}

impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = match self.proof {
            LogProof::Promise => "signed entry timestamp",
            LogProof::Inclusion => "inclusion proof",
            LogProof::Both => "signed entry timestamp, inclusion proof",
        };
        write!(f, "{} index {}, {} ({proof})", self.log, self.index, self.kind)
    }
}

impl fmt::Display for SigningTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.source {
            TimeSource::Log => "the log",
            TimeSource::TimestampAuthority => "a timestamp authority",
        };
        write!(f, "{} by {by}", self.at)
    }
}

impl CertificateSigner {
    /// What it says, by name, as far as it says it.
    pub fn rows(&self) -> Vec<(&'static str, &str)> {
        // Of a reusable workflow the one that signed is not the one that ran.
        let build_signer = self.build_signer.as_ref().filter(|signer| self.workflow.as_ref() != Some(signer));
        let rows = [
            ("identity", Some(&self.identity)),
            ("issuer", Some(&self.issuer)),
            ("repository", self.source_repository.as_ref()),
            ("ref", self.source_ref.as_ref()),
            ("commit", self.source_revision.as_ref()),
            ("workflow", self.workflow.as_ref()),
            ("signing workflow", build_signer),
            ("trigger", self.trigger.as_ref()),
            ("runner", self.runner_environment.as_ref()),
            ("run", self.run.as_ref()),
        ];
        let said = rows.into_iter().filter_map(|(name, value)| Some((name, value?.as_str())));
        said.filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// What proves that an entry is in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogProof {
    /// A signed entry timestamp: the log's promise to include it.
    Promise,
    /// An inclusion proof up to a signed checkpoint.
    Inclusion,
    /// Both.
    Both,
}

/// A verified signing time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningTime {
    /// When.
    pub at: Timestamp,
    /// Who says so.
    pub source: TimeSource,
}

/// Who says when something was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeSource {
    /// A transparency log's integrated time, under its signed entry timestamp.
    Log,
    /// A timestamp authority (RFC 3161).
    TimestampAuthority,
}
