//! GO or NO_GO (design, section 2, "Verdict").

use crate::model::{Cell, Class, Decision, Finding, ImageName, Item, Outcome, Risk, Stage, Status, Verdict};

use super::checks::Checked;
use super::context::Context;
use super::judge::{Judged, covering, is_published};
use super::status::status;

/// What the verdict looks at of one item.
struct Line<'a> {
    item: Item,
    class: Class,
    status: Status,
    points: u8,
    /// COMPLETE on the published digest.
    published: bool,
    finding: &'a Finding,
}

/// The verdict; none while a cell is pending.
pub(super) fn verdict(context: &Context, judged: &[Judged]) -> Option<Verdict> {
    let lines: Vec<Line> = judged.iter().map(|judged| as_seen(context, judged)).collect();
    if lines.iter().any(|line| line.status == Status::Pending) {
        return None;
    }
    let against = against(&lines);
    if !against.is_empty() {
        let turned: Vec<Line> = judged.iter().map(|judged| as_if_seen(context, judged)).collect();
        let undecided = self::against(&turned).is_empty();
        let against = against.into_iter().chain(off(&lines)).collect();
        return Some(Verdict { decision: Decision::NO_GO, conditional: false, undecided, reasons: against });
    }
    let mut reasons = caps(&lines);
    let conditional = !reasons.is_empty();
    reasons.extend(off(&lines));
    Some(Verdict { decision: Decision::GO, conditional, undecided: false, reasons })
}

/// The risk that a verdict means, hard stops aside.
pub(super) fn risk(verdict: &Verdict) -> Risk {
    match (verdict.decision, verdict.conditional, verdict.undecided) {
        (Decision::NO_GO, _, false) => Risk::High,
        (Decision::NO_GO, _, true) | (Decision::GO, true, _) => Risk::Medium,
        (Decision::GO, false, _) => Risk::Low,
    }
}

fn as_seen<'a>(context: &Context, judged: &'a Judged) -> Line<'a> {
    let finding = &judged.finding;
    let published = finding.proven && judged.checked.counted().all(|cell| is_published(context, &cell.image));
    Line {
        item: finding.item,
        class: finding.class,
        status: finding.status,
        points: finding.points.unwrap_or(0),
        published,
        finding,
    }
}

/// The same with every unknown and untried cell turned into a pass. An image whose registries could not be read
/// may be published for all that is known.
fn as_if_seen<'a>(context: &Context, judged: &'a Judged) -> Line<'a> {
    let finding = &judged.finding;
    let turn = |cell: &Cell| match cell.outcome {
        Outcome::Unknown | Outcome::Untried => {
            Cell { outcome: Outcome::Pass, in_registry: true, ..cell.clone() }
        }
        _ => cell.clone(),
    };
    let checked =
        Checked { cells: judged.checked.cells.iter().map(turn).collect(), ..judged.checked.clone() };
    let item = finding.item;
    let (status, points, _) = status(
        context.policy.off(item),
        &checked,
        |cell| covering(context, item, cell).is_some(),
        item != Item::Published && context.release_is_ahead(),
    );
    let may_be_published = |image: &ImageName| {
        is_published(context, image) || matches!(context.stages.get(image), Some(Stage::Unknown))
    };
    let published = status == Status::Complete
        && checked.counted().all(|cell| cell.in_registry && may_be_published(&cell.image));
    Line { item, class: finding.class, status, points: points.unwrap_or(0), published, finding }
}

/// What forbids to go live: hard stops, open MUST items, too few SHOULD points.
fn against(lines: &[Line]) -> Vec<String> {
    let stops = lines.iter().filter_map(|line| {
        let stop = line.finding.hard_stop.as_ref()?;
        Some(format!("hard stop, {}: {stop}", line.item.title()))
    });
    let open = lines.iter().filter(|line| line.class == Class::Must && is_open(line)).map(|line| {
        let unpublished = line.status == Status::Complete;
        let status = if unpublished { "not on a published digest" } else { line.finding.status.word() };
        format!("{} is {status}: {}", line.item.title(), line.finding.note)
    });
    stops.chain(open).chain(should(lines)).collect()
}

/// Whether a MUST item is neither COMPLETE on the published digest nor WAIVED nor OFF.
fn is_open(line: &Line) -> bool {
    !line.published && !matches!(line.status, Status::Waived | Status::Off)
}

/// The share of the SHOULD points in percent, rounded down; none when no SHOULD item is left.
pub(super) fn should_share(items: impl Iterator<Item = (Class, Status, u8)>) -> Option<u32> {
    let left = items.filter(|(class, status, _)| {
        *class == Class::Should && !matches!(status, Status::Waived | Status::Off)
    });
    let (number, points) =
        left.fold((0_u32, 0_u32), |(number, sum), (_, _, points)| (number + 1, sum + u32::from(points)));
    (number > 0).then(|| points * 10 / number)
}

/// The share of SHOULD points that a release needs, in percent.
pub(super) const SHOULD_SHARE: u32 = 80;

fn should(lines: &[Line]) -> Option<String> {
    let share = should_share(lines.iter().map(|line| (line.class, line.status, line.points)))?;
    (share < SHOULD_SHARE)
        .then(|| format!("SHOULD items have {share} % of their points, {SHOULD_SHARE} % are needed"))
}

/// What keeps a GO at conditional.
fn caps(lines: &[Line]) -> Vec<String> {
    let counted = || lines.iter().filter(|line| line.status != Status::Off);
    let short = counted().filter(|line| !line.published).map(|line| {
        let status = match line.status {
            Status::Complete => "not on a published digest",
            status => status.word(),
        };
        format!("{} is {status}: {}", line.item.title(), line.finding.note)
    });
    let capped = counted()
        .flat_map(|line| line.finding.caps.iter().map(|cap| format!("{}: {cap}", line.item.title())));
    let nothing = (counted().count() == 0).then(|| "every item is off: nothing was judged".to_owned());
    short.chain(capped).chain(nothing).collect()
}

/// What the verdict leaves out.
fn off(lines: &[Line]) -> Option<String> {
    let off: Vec<&str> =
        lines.iter().filter(|line| line.status == Status::Off).map(|line| line.item.key()).collect();
    (!off.is_empty()).then(|| format!("of {} items: {} off", lines.len() - off.len(), off.join(", ")))
}

#[cfg(test)]
mod tests;
