//! Readiness and proven: the sums of points, scaled to 100 (design, section 2, "Status").

use crate::model::{Finding, Score, Status};

/// The sum of the points.
pub(super) fn readiness(findings: &[Finding]) -> Score {
    scaled(findings, |finding| u32::from(finding.points.unwrap_or(0)))
}

/// Ten for each item that is COMPLETE on bytes in a registry.
pub(super) fn proven(findings: &[Finding]) -> Score {
    scaled(findings, |finding| if finding.proven { 10 } else { 0 })
}

/// Scaled to 100 by the items that count, rounded down; nothing counted is nothing proven.
fn scaled(findings: &[Finding], points: impl Fn(&Finding) -> u32) -> Score {
    let counted = || findings.iter().filter(|finding| finding.status != Status::Off);
    let number = u32::try_from(counted().count()).unwrap_or(0);
    let sum: u32 = counted().map(points).sum();
    let looking = counted().filter(|finding| finding.status == Status::Pending).count();
    let percent = (sum * 10).checked_div(number).unwrap_or(0);
    let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    Score { points: byte(percent), looking: u8::try_from(looking).unwrap_or(u8::MAX), counted: byte(number) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, Item, Symbol};

    fn findings(of: &[(Status, Option<u8>)]) -> Vec<Finding> {
        let of = Item::ALL.into_iter().zip(of);
        of.map(|(item, (status, points))| Finding {
            item,
            requirement: String::new(),
            class: Class::Must,
            status: *status,
            points: *points,
            symbol: Symbol::Done,
            note: String::new(),
            cells: Vec::new(),
            because: Vec::new(),
            hard_stop: None,
            proven: *points == Some(10),
            level: None,
            warnings: Vec::new(),
            caps: Vec::new(),
        })
        .collect()
    }

    const FULL: (Status, Option<u8>) = (Status::Complete, Some(10));
    const HALF: (Status, Option<u8>) = (Status::Partial, Some(5));
    const OFF: (Status, Option<u8>) = (Status::Off, None);
    const LOOKING: (Status, Option<u8>) = (Status::Pending, None);

    #[test]
    fn ten_items_of_ten_points_are_a_hundred() {
        let all = findings(&[FULL; 10]);
        assert_eq!(readiness(&all).to_string(), "100/100");
        assert_eq!(proven(&all).points, 100);
    }

    #[test]
    fn off_items_are_left_out_and_the_rest_is_scaled_and_rounded_down() {
        let some = findings(&[FULL, FULL, HALF, OFF, FULL, FULL, FULL, FULL, FULL, FULL]);
        // 85 of 90.
        assert_eq!(readiness(&some), Score { points: 94, looking: 0, counted: 9 });
        assert_eq!(proven(&some).points, 88);
        assert_eq!(readiness(&findings(&[OFF; 10])), Score { points: 0, looking: 0, counted: 0 });
    }

    #[test]
    fn while_items_are_pending_the_score_is_at_least() {
        let some = findings(&[FULL, LOOKING, LOOKING, HALF, LOOKING, FULL, FULL, FULL, HALF, OFF]);
        // 50 of 90.
        assert_eq!(readiness(&some).to_string(), "at least 55, 3 looking");
    }
}
