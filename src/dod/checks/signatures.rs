//! What items 3 to 5 share: who signed, by the policy, and what is said when nothing is staged yet.

use crate::model::{
    Digest, FactKey, Observed, Outcome, SignatureChecks, SignatureFormat, SignatureOutcome, SignaturePolicy,
    Status, StepKind, Symbol,
};

use super::super::attached::{Attached, Claim};
use super::super::context::{Context, place};
use super::super::identity::{self, Judged};
use super::{Checked, Instead};

/// What a verified or tried artifact comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tried {
    /// Its key.
    pub key: FactKey,
    /// What the policy says of it.
    pub judged: Judged,
    /// Whether a step of its verification failed, so that who signed does not matter.
    pub invalid: bool,
    /// The *verified* predicate type.
    pub predicate_type: Option<String>,
    /// The digest of its predicate's document.
    pub predicate: Option<Digest>,
    /// When it was signed, and in which log that is written.
    pub when: String,
    /// How it is stored.
    pub format: Option<SignatureFormat>,
}

/// Judges everything that was tried on `subject` in `repository`.
pub(super) fn tried(
    context: &Context,
    repository: &crate::model::Repository,
    subject: &Digest,
    policy: &SignaturePolicy,
) -> Vec<Tried> {
    let signatures = context.signatures(repository, subject).iter();
    signatures
        .map(|(key, observed)| {
            let bare = |judged| Tried {
                key: (*key).clone(),
                judged,
                invalid: false,
                predicate_type: None,
                predicate: None,
                when: String::new(),
                format: None,
            };
            match observed {
                Observed::Unknown(reason) => bare(Judged::Unknown(reason.to_string())),
                Observed::Absent(absence) => {
                    bare(Judged::Unknown(format!("listed, but not there: {absence}")))
                }
                Observed::Seen(signature) => Tried {
                    key: (*key).clone(),
                    judged: match &signature.outcome {
                        SignatureOutcome::Valid(signer) => identity::judge(signer, policy, context.release),
                        SignatureOutcome::Invalid(step) => Judged::Bad(format!("invalid: {step}")),
                        SignatureOutcome::Unsupported(what) => {
                            Judged::Unknown(format!("not supported: {what}"))
                        }
                    },
                    invalid: matches!(signature.outcome, SignatureOutcome::Invalid(_)),
                    predicate_type: signature.predicate_type.clone(),
                    predicate: signature.predicate.clone(),
                    when: when(&signature.checks),
                    format: Some(signature.format),
                },
            }
        })
        .collect()
}

/// `2026-11-24T10:00:00Z, index 7 of https://rekor.sigstore.dev`, as far as it is known.
fn when(checks: &SignatureChecks) -> String {
    let time = checks.times.iter().map(|time| time.at).min().map(|at| at.to_string());
    let log = checks.log.first().map(|entry| format!("index {} of {}", entry.index, entry.log));
    time.into_iter().chain(log).collect::<Vec<_>>().join(", ")
}

impl Tried {
    /// The blob that it is about.
    pub fn artifact(&self) -> Option<&Digest> {
        match &self.key {
            FactKey::Signature { artifact, .. } => Some(artifact),
            _ => None,
        }
    }

    /// What it claims to be where nothing verified says so: by how it is stored, then by its annotations.
    pub fn claim<'a>(&self, attached: &'a Attached) -> Option<&'a Claim> {
        attached.claim(self.artifact()?)
    }
}

/// What items 3 to 5 come to while nothing at all is staged: CONFIGURED by an armed step, else NOT STARTED.
pub(super) fn nothing_yet(context: &Context, kind: StepKind, checked: &mut Checked) {
    checked.declared = context.declared(kind);
    checked.warnings.extend(context.doubts(kind));
    if checked.declared.is_some() {
        checked.because.push(FactKey::Workflows);
    }
    if checked.is_pending() {
        return;
    }
    let verb = match kind {
        StepKind::Push => "pushes",
        StepKind::Sign => "signs",
        StepKind::Sbom => "makes an SBOM",
        StepKind::Scan => "scans",
    };
    if !context.nothing_staged {
        // Line 7 of the status table: the step's turn is still to come.
        let absent = checked.counted().any(|cell| cell.outcome == Outcome::Absent);
        if let Some(by) = checked.declared.as_ref().filter(|_| absent && context.release_is_ahead()) {
            checked.note = format!("{} {verb}; until then {}", place(&by.at), checked.note);
        }
        return;
    }
    let instead = match (&checked.declared, context.facts.workflows(&FactKey::Workflows)) {
        (Some(by), _) => Instead {
            status: Status::Configured,
            points: 5,
            symbol: Symbol::Partly,
            note: format!("{} {verb}; nothing is published yet", place(&by.at)),
        },
        (None, Some(Observed::Unknown(reason))) => {
            not_started(format!("nothing is published yet, and the workflows could not be read: {reason}"))
        }
        (None, _) => {
            let unread = context.unread_step().map_or_else(String::new, |unread| format!("; {unread}"));
            not_started(format!("nothing is published yet, and no armed step {verb}{unread}"))
        }
    };
    checked.note.clone_from(&instead.note);
    checked.instead = Some(instead);
}

fn not_started(note: String) -> Instead {
    Instead { status: Status::NotStarted, points: 0, symbol: Symbol::Not, note }
}

/// Whether what the workflows declare is still to come, so that nothing can be said of the last column.
pub(super) fn workflows_pending(context: &Context) -> bool {
    context.is_wanted(&FactKey::Workflows)
}
