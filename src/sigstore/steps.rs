//! The steps of a verification, from what the library says.
//!
//! It stops at the first thing that is wrong and says what; which steps came before follows from its order.
//! Where it looks at one thing in two places, nothing before is claimed.

use sigstore::{CertificateError, Error, TransparencyLogError};

use crate::model::{
    SignatureStep as Step, SignatureStepKind as StepKind, SignatureStepOutcome as StepOutcome, text,
};

/// How many characters of an error are kept: parts of what was received may be in it.
const MAX_WORDS: usize = 300;

/// A verification that ended without a signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The step that it ended at.
    pub step: StepKind,
    /// Why.
    pub words: String,
    /// Whether it is only not supported, and so neither good nor bad.
    pub unsupported: bool,
    /// Whether everything before that step is known to hold.
    pub rest_holds: bool,
}

impl Refusal {
    pub fn invalid(step: StepKind, words: impl AsRef<str>) -> Self {
        Self { step, words: safe(words.as_ref()), unsupported: false, rest_holds: false }
    }

    pub fn unsupported(step: StepKind, words: impl AsRef<str>) -> Self {
        Self { unsupported: true, ..Self::invalid(step, words) }
    }

    pub fn after_the_rest(self) -> Self {
        Self { rest_holds: true, ..self }
    }

    /// The step as it is shown.
    pub fn as_step(&self) -> Step {
        let outcome = if self.unsupported {
            StepOutcome::Unsupported(self.words.clone())
        } else {
            StepOutcome::Failed(self.words.clone())
        };
        Step { kind: self.step, outcome }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let words = error.to_string();
        let words = words.strip_prefix("Bundle error: ").map(str::to_owned).unwrap_or(words);
        match error {
            Error::Timestamp(_) => Self::invalid(StepKind::Time, words).after_the_rest(),
            Error::Certificate(CertificateError::Malformed(_)) => Self::invalid(StepKind::Format, words),
            Error::Certificate(CertificateError::Sct(_)) => {
                Self::invalid(StepKind::Sct, words).after_the_rest()
            }
            Error::Certificate(_) => {
                Self::invalid(StepKind::Certificate, certificate(&words)).after_the_rest()
            }
            Error::TransparencyLog(
                TransparencyLogError::InclusionProof(_) | TransparencyLogError::Checkpoint(_),
            ) => Self::invalid(StepKind::Log, words).after_the_rest(),
            Error::TransparencyLog(TransparencyLogError::EntryMismatch(_)) => {
                Self::invalid(StepKind::Entry, words).after_the_rest()
            }
            // Looked at for the signing time, and again with the log: nothing before is certain.
            Error::TransparencyLog(_) => Self::invalid(StepKind::Log, words),
            Error::SignatureInvalid(_) => {
                let words = format!("what was signed was changed, or another key signed it ({words})");
                Self::invalid(StepKind::Signature, words).after_the_rest()
            }
            Error::ArtifactMismatch(_) => Self::invalid(StepKind::Subject, words).after_the_rest(),
            Error::Bundle(
                sigstore::bundle::Error::MissingInclusionProof(_)
                | sigstore::bundle::Error::MissingCheckpoint
                | sigstore::bundle::Error::MissingInclusionPromise(_)
                | sigstore::bundle::Error::MissingSigningTimeEvidence,
            ) => Self::invalid(StepKind::Log, words),
            Error::UnsupportedBundle(_) | Error::UnsupportedArtifact(_) => {
                Self::unsupported(StepKind::Format, words)
            }
            _ => Self::invalid(StepKind::Format, words),
        }
    }
}

/// What the library leaves to its parser's words.
fn certificate(words: &str) -> String {
    let plain = if words.contains("CertExpired") || words.contains("CertNotValidYet") {
        "the certificate was not valid when it signed"
    } else if words.contains("UnknownIssuer") || words.contains("InvalidSignatureForPublicKey") {
        "no certificate authority of this trust root issued it"
    } else {
        return words.to_owned();
    };
    format!("{plain} ({words})")
}

/// What a verification asks for, in the order in which it is looked at.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is a yes or no of its own")]
pub(super) struct Order {
    /// A certificate, and no key.
    pub certificate: bool,
    /// What is signed is a statement (DSSE), and no message.
    pub statement: bool,
    /// The trust root has a CT log.
    pub ct_log: bool,
    /// The trust root has a transparency log.
    pub log: bool,
    /// The signature has log entries.
    pub logged: bool,
}

impl Order {
    fn kinds(self) -> Vec<StepKind> {
        let before: &[StepKind] = if self.certificate {
            &[StepKind::Time, StepKind::Certificate, StepKind::Sct, StepKind::Log]
        } else {
            &[StepKind::Certificate, StepKind::Sct, StepKind::Log, StepKind::Time]
        };
        let signed = if self.statement {
            [StepKind::Signature, StepKind::Subject]
        } else {
            [StepKind::Subject, StepKind::Signature]
        };
        [&[StepKind::Format], before, &signed, &[StepKind::Entry]].concat()
    }

    /// Why a step is not asked for.
    fn not_required(self, kind: StepKind) -> Option<&'static str> {
        match kind {
            StepKind::Certificate | StepKind::Sct if !self.certificate => Some("signed with a key"),
            StepKind::Sct if !self.ct_log => Some("this trust root has no CT log"),
            StepKind::Log if !self.log => Some("this trust root has no transparency log"),
            StepKind::Time if !self.certificate => Some("a key does not expire"),
            StepKind::Entry if !self.logged => Some("there is no log entry"),
            _ => None,
        }
    }

    /// All steps, when everything holds. `seen` says what was seen at a step.
    pub fn passed(self, seen: impl Fn(StepKind) -> Option<String>) -> Vec<Step> {
        self.kinds().into_iter().map(|kind| self.step(kind, seen(kind))).collect()
    }

    /// The steps up to the one that ended it.
    pub fn up_to(self, refusal: &Refusal) -> Vec<Step> {
        let kinds = self.kinds();
        let before = kinds.iter().copied().take_while(|kind| *kind != refusal.step);
        let mut steps: Vec<Step> =
            before.filter(|_| refusal.rest_holds).map(|kind| self.step(kind, None)).collect();
        steps.push(refusal.as_step());
        steps
    }

    fn step(self, kind: StepKind, seen: Option<String>) -> Step {
        let outcome = match (seen, self.not_required(kind)) {
            (Some(seen), _) => StepOutcome::Passed(safe(&seen)),
            (None, Some(why)) => StepOutcome::NotRequired(why.to_owned()),
            (None, None) => StepOutcome::Passed(String::new()),
        };
        Step { kind, outcome }
    }
}

/// One line that no terminal takes for a command, and no longer than a screen can show.
fn safe(words: &str) -> String {
    text::clean_line(words).chars().take(MAX_WORDS).collect()
}
