//! The status table: from the cells of an item to its status, points and symbol (design, section 2, "Status").

use crate::model::{Cell, Outcome, Status, Symbol};

use super::checks::Checked;

/// The first line of the status table that matches; no points while pending or off.
///
/// `off` is the configuration's reason, `waived` says whether a live waiver covers a cell, and `ahead` opens line 7:
/// every version tag is authoritatively absent, or the release's workflow run is queued or running.
pub(super) fn status(
    off: Option<&str>,
    checked: &Checked,
    waived: impl Fn(&Cell) -> bool,
    ahead: bool,
) -> (Status, Option<u8>, Symbol) {
    if off.is_some() {
        return (Status::Off, None, Symbol::Off);
    }
    let any = |outcome: Outcome| checked.counted().any(|cell| cell.outcome == outcome);
    if any(Outcome::Pending) {
        return (Status::Pending, None, Symbol::Looking);
    }
    if let Some(instead) = &checked.instead {
        return (instead.status, Some(instead.points), instead.symbol);
    }
    let (status, points, symbol) = by_cells(checked, &any, waived, ahead);
    (status, Some(points), symbol)
}

/// The lines 3 to 10.
fn by_cells(
    checked: &Checked,
    any: &impl Fn(Outcome) -> bool,
    waived: impl Fn(&Cell) -> bool,
    ahead: bool,
) -> (Status, u8, Symbol) {
    let mut short = checked.counted().filter(|cell| cell.outcome != Outcome::Pass).peekable();
    let all_pass = short.peek().is_none();
    let all_untried = checked.counted().all(|cell| cell.outcome == Outcome::Untried);
    if all_pass && checked.counted().next().is_some() {
        (Status::Complete, 10, Symbol::Done)
    } else if !all_pass && short.all(waived) {
        (Status::Waived, 5, Symbol::Partly)
    } else if any(Outcome::Fail) {
        (Status::Failed, 0, Symbol::Not)
    } else if any(Outcome::Pass) || any(Outcome::Soft) {
        (Status::Partial, 5, Symbol::Partly)
    } else if any(Outcome::Absent) && checked.declared.is_some() && ahead {
        (Status::Configured, 5, Symbol::Partly)
    } else if any(Outcome::Absent) {
        (Status::NotStarted, 0, Symbol::Not)
    } else if all_untried {
        (Status::NotTested, 5, Symbol::Question)
    } else {
        (Status::Unknown, 0, Symbol::Question)
    }
}

#[cfg(test)]
mod tests;
