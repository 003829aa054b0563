//! The sample release on its way, item by item: what each check says at each step.

use std::fmt::Write as _;

use crate::model::Item;

use super::super::testing::{Sample, sample};

/// One line per item: its outcomes, what stands in place of them, its note.
fn lines(sample: &Sample) -> String {
    assert_eq!(sample.wanted(), std::collections::BTreeMap::new());
    let mut lines = String::new();
    for item in Item::ALL {
        let checked = sample.checked(item);
        let outcomes: Vec<&str> =
            sample.outcomes(item).into_iter().map(crate::model::Outcome::word).collect();
        let instead =
            checked.instead.as_ref().map(|instead| format!("{} {}", instead.status, instead.points));
        let cells = checked.cells.len();
        let instead = instead.map_or(String::new(), |instead| format!(" -> {instead}"));
        let declared = if checked.declared.is_some() { " declared" } else { "" };
        let _ = writeln!(
            lines,
            "{:2} {cells} {}{instead}{declared}: {}",
            item.number(),
            outcomes.join("+"),
            checked.note
        );
        for warning in checked.warnings.iter().chain(&checked.caps) {
            let _ = writeln!(lines, "   ! {warning}");
        }
    }
    lines
}

#[test]
fn the_sample_report() {
    insta::assert_snapshot!(lines(&sample()));
}

#[test]
fn built_and_not_run() {
    let mut sample = sample();
    sample.build();
    sample.scope.run.clear();
    insta::assert_snapshot!(lines(&sample));
}

#[test]
fn run_on_the_native_platform_only() {
    let mut sample = sample();
    sample.build();
    sample.run_version_natively();
    insta::assert_snapshot!(lines(&sample));
}

#[test]
fn staged() {
    insta::assert_snapshot!(lines(&Sample::staged()));
}

#[test]
fn published_unsigned() {
    let mut sample = Sample::staged();
    sample.publish();
    insta::assert_snapshot!(lines(&sample));
}

#[test]
fn complete() {
    insta::assert_snapshot!(lines(&Sample::complete()));
}
