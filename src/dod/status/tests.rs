use std::path::PathBuf;

use proptest::prelude::*;

use super::super::checks::{DeclaredBy, Instead};
use super::super::testing::name;
use super::*;
use crate::model::{Location, StepKind};

fn cell(outcome: Outcome) -> Cell {
    Cell {
        image: name("runner"),
        repository: None,
        platform: None,
        outcome,
        reason: String::new(),
        because: Vec::new(),
        level: None,
        in_registry: true,
        hard_stop: false,
        beyond: false,
        cap: None,
    }
}

fn cells(outcomes: &[Outcome]) -> Checked {
    Checked { cells: outcomes.iter().copied().map(cell).collect(), ..Checked::default() }
}

fn declared() -> DeclaredBy {
    let at = Location { file: PathBuf::from("release.yml"), line: 71 };
    DeclaredBy { step: StepKind::Sign, name: "Sign".to_owned(), at }
}

fn judged(outcomes: &[Outcome]) -> (Status, Option<u8>, Symbol) {
    status(None, &cells(outcomes), |_| false, false)
}

use Outcome::{Absent, Fail, Pass, Pending, Soft, Unknown, Untried};

#[test]
fn line_1_an_item_that_is_off_counts_nothing_whatever_its_cells() {
    for outcome in Outcome::ALL {
        let judged = status(Some("a library"), &cells(&[outcome]), |_| true, true);
        assert_eq!(judged, (Status::Off, None, Symbol::Off));
    }
}

#[test]
fn line_2_a_pending_cell_leaves_the_item_without_points() {
    for outcome in Outcome::ALL {
        assert_eq!(judged(&[outcome, Pending]), (Status::Pending, None, Symbol::Looking));
    }
}

#[test]
fn the_last_column_replaces_lines_3_to_10_and_neither_1_nor_2() {
    let instead = Instead { status: Status::NotTested, points: 0, symbol: Symbol::Not, note: String::new() };
    for outcome in Outcome::ALL {
        let checked = Checked { instead: Some(instead.clone()), ..cells(&[outcome]) };
        let judged = status(None, &checked, |_| true, true);
        match outcome {
            Pending => assert_eq!(judged, (Status::Pending, None, Symbol::Looking)),
            _ => assert_eq!(judged, (Status::NotTested, Some(0), Symbol::Not)),
        }
        assert_eq!(status(Some("off"), &checked, |_| true, true).0, Status::Off);
    }
}

#[test]
fn line_3_all_pass_is_complete_and_no_cell_is_not() {
    assert_eq!(judged(&[Pass, Pass]), (Status::Complete, Some(10), Symbol::Done));
    assert_ne!(judged(&[]).0, Status::Complete);
}

#[test]
fn line_4_every_cell_that_does_not_pass_has_to_be_waived() {
    let waives =
        |checked: &Checked, which: Outcome| status(None, checked, |cell| cell.outcome == which, false);
    assert_eq!(waives(&cells(&[Pass, Fail]), Fail), (Status::Waived, Some(5), Symbol::Partly));
    assert_eq!(waives(&cells(&[Unknown]), Unknown), (Status::Waived, Some(5), Symbol::Partly));
    assert_eq!(waives(&cells(&[Fail, Soft]), Soft).0, Status::Failed);
    assert_eq!(waives(&cells(&[Pass]), Pass).0, Status::Complete);
    assert_eq!(status(None, &cells(&[]), |_| true, false).0, Status::NotTested);
}

#[test]
fn line_5_any_fail_is_failed() {
    for outcome in [Pass, Soft, Absent, Untried, Unknown] {
        assert_eq!(judged(&[outcome, Fail]), (Status::Failed, Some(0), Symbol::Not));
    }
}

#[test]
fn line_6_some_of_it_is_partial() {
    for outcome in [Absent, Untried, Unknown] {
        assert_eq!(judged(&[Pass, outcome]), (Status::Partial, Some(5), Symbol::Partly));
        assert_eq!(judged(&[Soft, outcome]), (Status::Partial, Some(5), Symbol::Partly));
    }
    assert_eq!(judged(&[Soft]), (Status::Partial, Some(5), Symbol::Partly));
}

#[test]
fn line_7_what_an_armed_step_declares_is_configured_while_the_release_is_ahead() {
    let armed = Checked { declared: Some(declared()), ..cells(&[Absent, Untried]) };
    assert_eq!(status(None, &armed, |_| false, true), (Status::Configured, Some(5), Symbol::Partly));
    assert_eq!(status(None, &armed, |_| false, false).0, Status::NotStarted);
    assert_eq!(status(None, &cells(&[Absent]), |_| false, true).0, Status::NotStarted);
    let untried = Checked { declared: Some(declared()), ..cells(&[Untried]) };
    assert_eq!(status(None, &untried, |_| false, true).0, Status::NotTested);
}

#[test]
fn line_8_absent_is_not_started() {
    for outcome in [Absent, Untried, Unknown] {
        assert_eq!(judged(&[outcome, Absent]), (Status::NotStarted, Some(0), Symbol::Not));
    }
}

#[test]
fn line_9_all_untried_or_no_cell_is_not_tested() {
    assert_eq!(judged(&[Untried, Untried]), (Status::NotTested, Some(5), Symbol::Question));
    assert_eq!(judged(&[]), (Status::NotTested, Some(5), Symbol::Question));
}

#[test]
fn line_10_otherwise_it_is_unknown() {
    assert_eq!(judged(&[Untried, Unknown]), (Status::Unknown, Some(0), Symbol::Question));
    assert_eq!(judged(&[Unknown]), (Status::Unknown, Some(0), Symbol::Question));
}

#[test]
fn cells_beyond_what_is_required_enter_no_status() {
    for outcome in Outcome::ALL {
        let mut checked = cells(&[Pass, outcome]);
        checked.cells[1].beyond = true;
        assert_eq!(status(None, &checked, |_| false, false).0, Status::Complete);
    }
}

/// A cell's outcome, and whether a waiver covers it.
fn any_cells() -> impl Strategy<Value = Vec<(Outcome, bool)>> {
    let outcome = prop::sample::select(Outcome::ALL.to_vec());
    prop::collection::vec((outcome, prop::bool::weighted(0.3)), 0..7)
}

/// Cells with waivers told by their `hard_stop` mark, which the table does not look at.
fn marked(cells: &[(Outcome, bool)], armed: bool) -> Checked {
    let cells = cells.iter().map(|(outcome, waived)| Cell { hard_stop: *waived, ..cell(*outcome) }).collect();
    Checked { cells, declared: armed.then(declared), ..Checked::default() }
}

/// The lines of the table, each for itself, as the design writes them.
fn lines(cells: &[(Outcome, bool)], off: bool, armed: bool, ahead: bool) -> [(bool, Status); 10] {
    let any = |wanted: &[Outcome]| cells.iter().any(|(outcome, _)| wanted.contains(outcome));
    let all = |wanted: Outcome| cells.iter().all(|(outcome, _)| *outcome == wanted);
    [
        (off, Status::Off),
        (any(&[Pending]), Status::Pending),
        (!cells.is_empty() && all(Pass), Status::Complete),
        (!all(Pass) && cells.iter().all(|(outcome, waived)| *outcome == Pass || *waived), Status::Waived),
        (any(&[Fail]), Status::Failed),
        (any(&[Pass, Soft]), Status::Partial),
        (any(&[Absent]) && armed && ahead, Status::Configured),
        (any(&[Absent]), Status::NotStarted),
        (all(Untried), Status::NotTested),
        (true, Status::Unknown),
    ]
}

proptest! {
    #[test]
    fn every_combination_of_cells_has_exactly_one_status(
        cells in any_cells(), off: bool, armed: bool, ahead: bool, seed: u64,
    ) {
        let of = |cells: &[(Outcome, bool)]| {
            status(off.then_some("off"), &marked(cells, armed), |cell| cell.hard_stop, ahead)
        };
        let (found, points, symbol) = of(&cells);
        let expected = lines(&cells, off, armed, ahead).into_iter().find(|(holds, _)| *holds);
        prop_assert_eq!(Some(found), expected.map(|(_, status)| status));
        let (full, empty) = (found == Status::Complete, matches!(found, Status::Off | Status::Pending));
        prop_assert_eq!(points.is_none(), empty);
        prop_assert_eq!(points == Some(10), full);
        prop_assert_eq!(symbol == Symbol::Done, full);
        // The order of the cells does not matter, nor does seeing one twice.
        let mut turned = cells.clone();
        if !turned.is_empty() {
            let by = usize::try_from(seed % turned.len() as u64).unwrap();
            turned.rotate_left(by);
            turned.push(turned[0]);
        }
        prop_assert_eq!(of(&turned).0, found);
    }

    #[test]
    fn turning_a_pass_into_anything_else_never_raises_the_points(
        cells in any_cells(),
        other in prop::sample::select(Outcome::ALL.to_vec()),
        armed: bool,
        ahead: bool,
    ) {
        let points = |cells: &[(Outcome, bool)]| {
            status(None, &marked(cells, armed), |cell| cell.hard_stop, ahead).1.unwrap_or(0)
        };
        let before = points(&cells);
        for position in cells.iter().enumerate().filter(|(_, (outcome, _))| *outcome == Pass).map(|(at, _)| at) {
            let mut turned = cells.clone();
            turned[position].0 = other;
            // A round that has not answered gave no points before either.
            prop_assert!(points(&turned) <= before, "{:?} -> {:?}", cells, turned);
        }
    }
}
