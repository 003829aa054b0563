//! The timestamp of a classic attestation. cosign has it over the whole envelope there and not over the
//! signature (cosign `pkg/cosign/verify.go`, `VerifyRFC3161Timestamp`), so the library cannot take it as a
//! bundle's.

use jiff::Timestamp;
use sigstore::crypto::parse_certificate_info;
use sigstore_types::{DerCertificate, SignatureBytes, TimestampToken};

use super::steps::Refusal;
use super::verifier::{Examined, Verifier, hold};
use crate::model::{
    SignatureOutcome, SignatureStepKind as StepKind, SignatureStepOutcome as StepOutcome, Signer,
    SigningTime, TimeSource,
};

impl Verifier {
    /// Holds a verified attestation to its timestamp as well: one that is there has to be right.
    pub(super) fn stamped(
        &self,
        mut examined: Examined,
        token: &TimestampToken,
        envelope: &[u8],
        leaf: Option<&DerCertificate>,
    ) -> Examined {
        let SignatureOutcome::Valid(signer) = &mut examined.signature.outcome else { return examined };
        match self.stamp(token, envelope, leaf) {
            Ok(at) => {
                if let Signer::Certificate(signer) = signer {
                    signer.signed_at = signer.signed_at.map(|logged| logged.min(at)).or(Some(at));
                }
                let checks = &mut examined.signature.checks;
                checks.times.push(SigningTime { at, source: TimeSource::TimestampAuthority });
                for step in checks.steps.iter_mut().filter(|step| step.kind == StepKind::Time) {
                    let before = match &step.outcome {
                        StepOutcome::Passed(seen) if !seen.is_empty() => format!("{seen}, "),
                        _ => String::new(),
                    };
                    step.outcome = StepOutcome::Passed(format!("{before}{at} by a timestamp authority"));
                }
                examined
            }
            Err(refusal) => self.refused(examined.signature.format, refusal),
        }
    }

    fn stamp(
        &self,
        token: &TimestampToken,
        envelope: &[u8],
        leaf: Option<&DerCertificate>,
    ) -> Result<Timestamp, Refusal> {
        let signed = SignatureBytes::from_bytes(envelope);
        let mut why = "this trust root has no timestamp authority".to_owned();
        for authority in self.material().root().tsa_authorities() {
            match sigstore::tsa::verify_timestamp_for_authority(token, &signed, &authority) {
                Err(error) => why = error.to_string(),
                Ok(at) => {
                    if let Some(leaf) = leaf {
                        let certificate = parse_certificate_info(leaf)
                            .map_err(|error| Refusal::invalid(StepKind::Certificate, error.to_string()))?;
                        hold(
                            certificate.not_before <= at && at <= certificate.not_after,
                            StepKind::Certificate,
                            &format!("the certificate was not valid at its timestamp {at}"),
                        )?;
                    }
                    return Timestamp::from_nanosecond(at.as_nanosecond())
                        .map_err(|error| Refusal::invalid(StepKind::Time, error.to_string()));
                }
            }
        }
        Err(Refusal::invalid(StepKind::Time, format!("invalid RFC 3161 timestamp: {why}")))
    }
}
