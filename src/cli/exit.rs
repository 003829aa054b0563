//! Exit codes: a contract with scripts.

use crate::model::{Assessment, Decision};

/// Bad usage or configuration.
pub const USAGE: u8 = 2;
/// A failure of exitbar itself, never 1.
pub const OWN_FAILURE: u8 = 70;

/// 0 GO, 1 NO_GO, 3 conditional GO (0 where that is accepted), 4 undecided NO_GO.
pub fn of(assessment: &Assessment, accept_conditional: bool) -> u8 {
    match &assessment.verdict {
        // A round that ended has a verdict; one that did not see everything decided nothing.
        None => 4,
        Some(verdict) => match verdict.decision {
            Decision::GO if verdict.conditional && !accept_conditional => 3,
            Decision::GO => 0,
            Decision::NO_GO if verdict.undecided => 4,
            Decision::NO_GO => 1,
        },
    }
}
