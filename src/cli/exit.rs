//! Exit codes: a contract with scripts.

use crate::model::{Assessment, Decision, Verdict};

/// Bad usage or configuration.
pub const USAGE: u8 = 2;
/// Something changed since the last look.
pub(super) const CHANGED: u8 = 1;
/// Something could not be looked at.
pub(super) const COULD_NOT_LOOK: u8 = 4;
/// A failure of exitbar itself, never 1.
pub const OWN_FAILURE: u8 = 70;

/// The exit code of an audit.
pub fn of(assessment: &Assessment, accept_conditional: bool) -> u8 {
    of_verdict(assessment.verdict.as_ref(), accept_conditional)
}

/// 0 GO, 1 NO_GO, 3 conditional GO (0 where that is accepted), 4 undecided NO_GO.
pub(super) fn of_verdict(verdict: Option<&Verdict>, accept_conditional: bool) -> u8 {
    // A round that ended has a verdict; one that did not see everything decided nothing.
    let Some(verdict) = verdict else { return 4 };
    match verdict.decision {
        Decision::GO if verdict.conditional && !accept_conditional => 3,
        Decision::GO => 0,
        Decision::NO_GO if verdict.undecided => 4,
        Decision::NO_GO => 1,
    }
}
