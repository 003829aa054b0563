//! What several reports say in the same words.

use std::collections::BTreeSet;

use crate::model::{Cell, FactKey, Finding};

/// The facts behind a finding, each once, in a stable order.
pub(super) fn keys(finding: &Finding) -> Vec<&FactKey> {
    let of_cells = finding.cells.iter().flat_map(|cell| &cell.because);
    let all: BTreeSet<&FactKey> = of_cells.chain(&finding.because).collect();
    all.into_iter().collect()
}

/// Where a cell is, in words.
pub(super) fn place(cell: &Cell) -> String {
    let mut parts = vec![cell.image.to_string()];
    parts.extend(cell.repository.as_ref().map(ToString::to_string));
    parts.extend(cell.platform.as_ref().map(ToString::to_string));
    parts.join(" ")
}

/// The time to production, given in minutes: least and most.
pub(super) fn time_to_production((least, most): (u32, u32)) -> String {
    let rounded = (least / 60, most.div_ceil(60));
    match (least, most) {
        (_, 0) => "nothing is left to do".to_owned(),
        (least, most) if most < 60 && least < most => format!("{least}-{most} minutes"),
        (_, most) if most < 60 => format!("{most} minutes"),
        (0..60, most) => format!("{least} minutes to {}", hours(most.div_ceil(60))),
        _ if rounded.0 == rounded.1 => hours(rounded.1),
        _ => format!("{}-{} hours", rounded.0, rounded.1),
    }
}

fn hours(count: u32) -> String {
    if count == 1 { "1 hour".to_owned() } else { format!("{count} hours") }
}

#[cfg(test)]
mod tests {
    use super::time_to_production;

    #[test]
    fn the_time_to_production_is_said_as_people_do() {
        assert_eq!(time_to_production((120, 240)), "2-4 hours");
        assert_eq!(time_to_production((30, 30)), "30 minutes");
        assert_eq!(time_to_production((30, 60)), "30 minutes to 1 hour");
        assert_eq!(time_to_production((120, 120)), "2 hours");
        assert_eq!(time_to_production((0, 0)), "nothing is left to do");
    }
}
