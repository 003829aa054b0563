//! The ten items of two audits beside each other.

use super::{ItemDiff, Sign, Standing};
use crate::model::{Assessment, Finding, Item, Status};

pub(super) fn compare(a: &Assessment, b: &Assessment) -> Vec<ItemDiff> {
    let of = |assessment: &Assessment, item: Item| assessment.findings.get(item.index()).map(standing);
    let both = |item| Some((item, of(a, item)?, of(b, item)?));
    let pairs = Item::ALL.into_iter().filter_map(both);
    pairs.map(|(item, before, after)| ItemDiff { item, sign: sign(&before, &after), before, after }).collect()
}

fn standing(finding: &Finding) -> Standing {
    Standing {
        status: finding.status,
        symbol: finding.symbol,
        points: finding.points,
        proven: finding.proven,
        note: finding.note.clone(),
    }
}

fn sign(before: &Standing, after: &Standing) -> Sign {
    let rank = |standing: &Standing| (standing.points, rank(standing.status), standing.proven);
    match (before.status, after.status) {
        (Status::Unknown | Status::Pending, _) | (_, Status::Unknown | Status::Pending) => {
            if before == after { Sign::Same } else { Sign::NotKnown }
        }
        (Status::Off, Status::Off) => Sign::Same,
        // An item that does not count is neither better nor worse than one that does.
        (Status::Off, _) | (_, Status::Off) => Sign::Other,
        _ => match rank(after).cmp(&rank(before)) {
            std::cmp::Ordering::Less => Sign::Worse,
            std::cmp::Ordering::Equal => Sign::Same,
            std::cmp::Ordering::Greater => Sign::Better,
        },
    }
}

/// Among the same points: how near to COMPLETE.
fn rank(status: Status) -> u8 {
    match status {
        Status::Complete => 6,
        Status::Waived => 5,
        Status::Partial => 4,
        Status::Configured => 3,
        Status::NotTested => 2,
        Status::NotStarted => 1,
        Status::Failed | Status::Unknown | Status::Pending | Status::Off => 0,
    }
}
