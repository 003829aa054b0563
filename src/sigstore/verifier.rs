//! The verifier: a trust root and keys, and what a signature is by them.

use jiff::Timestamp;
use sigstore::{PublicKeyVerificationPolicy, VerificationPolicy, VerificationResult};
use sigstore_types::bundle::VerificationMaterialContent;
use sigstore_types::{ArtifactDigest, Bundle, DigestBytes, HashAlgorithm, SignatureContent, Statement};

use super::key::PublicKey;
use super::logged;
use super::root::{RootError, TrustMaterial};
use super::steps::{Order, Refusal};
use crate::model::{
    CertificateSigner, Digest, LogEntry, LogProof, Signature, SignatureChecks, SignatureFormat,
    SignatureOutcome, SignatureStepKind as StepKind, Signer, SigningTime, TimeSource,
};

/// Verifies signatures against one trust root. It does no I/O; share it in an `Arc`.
pub struct Verifier {
    library: sigstore::Verifier,
    material: TrustMaterial,
    pub(super) keys: Vec<PublicKey>,
}

/// What a signature is of.
#[derive(Debug, Clone, Copy)]
pub enum Artifact<'a> {
    /// The bytes themselves.
    Bytes(&'a [u8]),
    /// Their digest.
    Digest(&'a Digest),
}

/// What the verification of one signature yielded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The signature as a fact.
    pub signature: Signature,
    /// The predicate of the verified statement, as JSON: an SBOM, a scan. Its digest is
    /// [`Signature::predicate`].
    pub predicate: Option<Vec<u8>>,
}

/// A signature that holds.
pub(super) struct Verified {
    pub signer: Signer,
    pub log: Vec<LogEntry>,
    pub times: Vec<SigningTime>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verifier({})", self.material.digest())
    }
}

impl Verifier {
    /// A verifier by a trust root, and by keys where those are configured.
    ///
    /// # Errors
    /// Never for a [`TrustMaterial`] as it is made: its keys and certificates were checked then.
    pub fn new(material: &TrustMaterial, keys: &[PublicKey]) -> Result<Self, RootError> {
        let library = sigstore::Verifier::new(material.root()).map_err(|error| RootError::Invalid {
            file: format!("{:?}", material.source()),
            why: error.to_string(),
        })?;
        Ok(Self { library, material: material.clone(), keys: keys.to_vec() })
    }

    /// The trust root that it verifies by.
    pub fn material(&self) -> &TrustMaterial {
        &self.material
    }

    /// Verifies a parsed bundle.
    pub(super) fn examine(
        &self,
        format: SignatureFormat,
        bundle: &Bundle,
        artifact: Artifact<'_>,
    ) -> Examined {
        let order = self.order(bundle);
        let verified = if order.certificate {
            self.by_certificate(bundle, artifact, order)
        } else {
            self.by_key(bundle, artifact)
        };
        let (statement, verified) = match (verified, &bundle.content) {
            (Ok(verified), SignatureContent::DsseEnvelope(envelope)) => {
                match statement(envelope.payload.as_bytes()) {
                    Ok(statement) => (Some(statement), Ok(verified)),
                    Err(refusal) => (None, Err(refusal)),
                }
            }
            (verified, _) => (None, verified),
        };
        self.examined(format, order, verified, statement.as_ref())
    }

    /// What a verification asks of this bundle.
    fn order(&self, bundle: &Bundle) -> Order {
        Order {
            certificate: !matches!(
                bundle.verification_material.content,
                VerificationMaterialContent::PublicKey(_)
            ),
            statement: matches!(bundle.content, SignatureContent::DsseEnvelope(_)),
            ct_log: self.material.has_ct_log(),
            log: self.material.has_transparency_log(),
            logged: !bundle.verification_material.tlog_entries.is_empty(),
        }
    }

    fn by_certificate(
        &self,
        bundle: &Bundle,
        artifact: Artifact<'_>,
        order: Order,
    ) -> Result<Verified, Refusal> {
        self.logged(bundle)?;
        // What is skipped is only what the trust root itself lacks; then a verified timestamp is still asked for.
        let mut policy = VerificationPolicy::any_identity();
        if !order.ct_log {
            policy = policy.skip_sct();
        }
        if !order.log {
            policy = policy.skip_tlog_unsafe();
        }
        let result = self
            .library
            .verify(library_artifact(artifact)?, bundle, &policy)
            .map_err(|error| logged::refusal(error, bundle, artifact))?;
        hold(result.certificate_verified(), StepKind::Certificate, "the chain was not checked")?;
        hold(result.sct_verified() || !order.ct_log, StepKind::Sct, "the SCT was not checked")?;
        hold(result.tlog_verified() || !order.log, StepKind::Log, "the log entry was not checked")?;
        hold(!result.verified_timestamps().is_empty(), StepKind::Time, "no verified signing time")?;
        let signer = certificate_signer(&result)?;
        Ok(Verified {
            signer: Signer::Certificate(signer),
            log: self.log_entries(bundle, result.tlog_verified()),
            times: times(bundle, &result, true),
        })
    }

    fn by_key(&self, bundle: &Bundle, artifact: Artifact<'_>) -> Result<Verified, Refusal> {
        self.logged(bundle)?;
        let mut first = None;
        for key in &self.keys {
            match self.with_key(bundle, artifact, key, true) {
                Ok(verified) => return Ok(verified),
                Err(refusal) => first = first.or(Some(refusal)),
            }
        }
        if let Some(key) = logged::key(bundle).filter(|key| !self.keys.contains(key)) {
            return self.with_key(bundle, artifact, &key, false);
        }
        Err(first.unwrap_or_else(|| {
            Refusal::unsupported(StepKind::Signature, "signed with a key, and no key is configured")
        }))
    }

    fn with_key(
        &self,
        bundle: &Bundle,
        artifact: Artifact<'_>,
        key: &PublicKey,
        configured: bool,
    ) -> Result<Verified, Refusal> {
        let mut policy = PublicKeyVerificationPolicy::new(key.spki().clone());
        if !self.material.has_transparency_log() {
            policy = policy.skip_tlog_unsafe();
        }
        let result = self
            .library
            .verify(library_artifact(artifact)?, bundle, &policy)
            .map_err(|error| logged::refusal(error, bundle, artifact))?;
        Ok(Verified {
            signer: Signer::Key { fingerprint: key.fingerprint(), configured },
            log: self.log_entries(bundle, result.tlog_verified()),
            times: times(bundle, &result, false),
        })
    }

    /// Each entry has to prove that it is in the log; the library looks at what is there.
    fn logged(&self, bundle: &Bundle) -> Result<(), Refusal> {
        if !self.material.has_transparency_log() {
            return Ok(());
        }
        let entries = &bundle.verification_material.tlog_entries;
        hold(!entries.is_empty(), StepKind::Log, "no log entry, which this trust root asks for")?;
        let proven = |entry: &sigstore_types::TransparencyLogEntry| {
            entry.inclusion_proof.is_some() || entry.inclusion_promise.is_some()
        };
        hold(
            entries.iter().all(proven),
            StepKind::Log,
            "a log entry with neither an inclusion proof nor a signed entry timestamp",
        )
    }

    fn log_entries(&self, bundle: &Bundle, verified: bool) -> Vec<LogEntry> {
        if !verified {
            return Vec::new();
        }
        let entries = &bundle.verification_material.tlog_entries;
        entries
            .iter()
            .map(|entry| {
                let id = &entry.log_id.key_id;
                let named = self.material.root().tlogs.iter().find(|log| log.log_id.key_id == *id);
                let url = named.map(|log| log.base_url.clone()).filter(|url| !url.is_empty());
                LogEntry {
                    log: url.unwrap_or_else(|| id.to_string()),
                    index: entry.log_index.get(),
                    kind: format!("{} {}", entry.kind_version.kind(), entry.kind_version.version()),
                    proof: match (&entry.inclusion_promise, &entry.inclusion_proof) {
                        (Some(_), Some(_)) => LogProof::Both,
                        (None, _) => LogProof::Inclusion,
                        (Some(_), None) => LogProof::Promise,
                    },
                }
            })
            .collect()
    }

    /// The result of a verification.
    pub(super) fn examined(
        &self,
        format: SignatureFormat,
        order: Order,
        verified: Result<Verified, Refusal>,
        statement: Option<&Statement>,
    ) -> Examined {
        match verified {
            Err(refusal) => self.ended(format, &refusal, order.up_to(&refusal)),
            Ok(verified) => {
                let predicate = statement.and_then(predicate);
                let seen = |kind| seen(kind, &verified);
                let checks = SignatureChecks {
                    steps: order.passed(seen),
                    trust_root: Some(self.material.digest().clone()),
                    log: verified.log.clone(),
                    times: verified.times.clone(),
                };
                let signature = Signature {
                    format,
                    outcome: SignatureOutcome::Valid(verified.signer),
                    predicate_type: statement.map(|statement| statement.predicate_type.clone()),
                    predicate: predicate.as_deref().map(Digest::of),
                    checks,
                };
                Examined { signature, predicate }
            }
        }
    }

    /// The result when nothing could even be looked at.
    pub(super) fn refused(&self, format: SignatureFormat, refusal: Refusal) -> Examined {
        let steps = vec![refusal.as_step()];
        self.ended(format, &refusal, steps)
    }

    fn ended(
        &self,
        format: SignatureFormat,
        refusal: &Refusal,
        steps: Vec<crate::model::SignatureStep>,
    ) -> Examined {
        let outcome = if refusal.unsupported {
            SignatureOutcome::Unsupported(refusal.words.clone())
        } else {
            SignatureOutcome::Invalid(format!("{}: {}", refusal.step.name(), refusal.words))
        };
        let checks = SignatureChecks {
            steps,
            trust_root: Some(self.material.digest().clone()),
            ..SignatureChecks::default()
        };
        let signature = Signature { format, outcome, predicate_type: None, predicate: None, checks };
        Examined { signature, predicate: None }
    }
}

/// Fails at a step unless `holds`.
pub(super) fn hold(holds: bool, step: StepKind, otherwise: &str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::invalid(step, otherwise)) }
}

fn library_artifact(artifact: Artifact<'_>) -> Result<sigstore_types::Artifact<'_>, Refusal> {
    match artifact {
        Artifact::Bytes(bytes) => Ok(sigstore_types::Artifact::Blob(bytes)),
        Artifact::Digest(digest) => {
            let algorithm = match digest.algorithm() {
                "sha512" => HashAlgorithm::Sha2512,
                _ => HashAlgorithm::Sha2256,
            };
            DigestBytes::from_hex(digest.hex())
                .and_then(|bytes| ArtifactDigest::new(algorithm, bytes))
                .map(sigstore_types::Artifact::Digest)
                .map_err(|error| Refusal::invalid(StepKind::Subject, error.to_string()))
        }
    }
}

/// The statement of a payload whose signature holds.
pub(super) fn statement(payload: &[u8]) -> Result<Statement, Refusal> {
    serde_json::from_slice(payload)
        .map_err(|error| Refusal::invalid(StepKind::Subject, format!("no in-toto statement: {error}")))
}

fn predicate(statement: &Statement) -> Option<Vec<u8>> {
    // Left out, it is read as an empty object.
    if statement.predicate.is_null() || statement.predicate.as_object().is_some_and(serde_json::Map::is_empty)
    {
        return None;
    }
    serde_json::to_vec(&statement.predicate).ok()
}

/// What a certificate says, as far as it names somebody.
fn certificate_signer(result: &VerificationResult) -> Result<CertificateSigner, Refusal> {
    let named = |value: Option<&str>| value.filter(|value| !value.is_empty()).map(str::to_owned);
    let no = |what: &str| Refusal::invalid(StepKind::Certificate, format!("the certificate names no {what}"));
    let identity =
        named(result.identity().map(sigstore::SubjectAltName::as_str)).ok_or_else(|| no("identity"))?;
    // GitHub's release attestations name none; no rule may match that, which is `dod`'s to hold.
    let issuer = named(result.issuer()).unwrap_or_default();
    let claims = result.certificate().map(|certificate| certificate.ci_claims.clone()).unwrap_or_default();
    // Certificates of before 2023 have only the claims that Fulcio has since deprecated.
    let old = claims.deprecated_github;
    let old_repository = old.workflow_repository.map(|repository| format!("https://github.com/{repository}"));
    Ok(CertificateSigner {
        identity,
        issuer,
        source_repository: claims.source_repository_uri.or(old_repository),
        source_revision: claims.source_repository_digest.or(old.workflow_sha),
        source_ref: claims.source_repository_ref.or(old.workflow_ref),
        signed_at: verified_times(result).min(),
        workflow: claims.build_config_uri,
        build_signer: claims.build_signer_uri,
        trigger: claims.build_trigger.or(old.workflow_trigger),
        runner_environment: claims.runner_environment,
        run: claims.run_invocation_uri,
    })
}

/// The library lists timestamps before integrated times for a certificate, and after them for a key.
fn times(bundle: &Bundle, result: &VerificationResult, certificate: bool) -> Vec<SigningTime> {
    let all = result.verified_timestamps();
    let stamped = bundle.verification_material.timestamp_verification_data.rfc3161_timestamps.len();
    let from_log = all.len().saturating_sub(stamped);
    let source = |index: usize| {
        let by_authority = if certificate { index < stamped } else { index >= from_log };
        if by_authority { TimeSource::TimestampAuthority } else { TimeSource::Log }
    };
    verified_times(result).enumerate().map(|(index, at)| SigningTime { at, source: source(index) }).collect()
}

/// The library's times, in the words of this crate's version of `jiff`.
fn verified_times(result: &VerificationResult) -> impl Iterator<Item = Timestamp> {
    let times = result.verified_timestamps().iter();
    times.filter_map(|at| Timestamp::from_nanosecond(at.as_nanosecond()).ok())
}

/// What was seen at a step that holds.
fn seen(kind: StepKind, verified: &Verified) -> Option<String> {
    match kind {
        StepKind::Time if !verified.times.is_empty() => {
            let word = |time: &SigningTime| match time.source {
                TimeSource::Log => format!("{} by the log", time.at),
                TimeSource::TimestampAuthority => format!("{} by a timestamp authority", time.at),
            };
            Some(verified.times.iter().map(word).collect::<Vec<_>>().join(", "))
        }
        StepKind::Log if !verified.log.is_empty() => {
            let word = |entry: &LogEntry| {
                let proof = match entry.proof {
                    LogProof::Promise => "signed entry timestamp",
                    LogProof::Inclusion => "inclusion proof",
                    LogProof::Both => "signed entry timestamp and inclusion proof",
                };
                format!("{} in {}, {} ({proof})", entry.index, entry.log, entry.kind)
            };
            Some(verified.log.iter().map(word).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    }
}
