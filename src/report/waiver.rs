//! The lines of `exitbar.toml` that would waive an item, and what of it no waiver covers.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::tz::Offset;

use crate::model::{Assessment, Cell, ImageName, Item, Outcome, Platform, Stage, Waiver, text};

/// For how many days the lines propose to excuse it. Whoever writes them decides.
const DAYS: i64 = 14;

/// What would waive an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverLines {
    /// The lines; empty where nothing can be waived.
    pub lines: Vec<String>,
    /// What no waiver covers, and why.
    pub beyond: Vec<String>,
}

/// The lines that would waive everything of an item that a waiver can cover: one table for each image and platform that
/// does not pass. A hard stop is never covered, nor an image without a published digest. Their reason is to be filled in:
/// a configuration is refused with the lines as they are.
pub fn waiver(item: Item, assessment: &Assessment) -> WaiverLines {
    let mut covered: BTreeSet<(&ImageName, Option<&Platform>)> = BTreeSet::new();
    let mut beyond = Vec::new();
    for cell in assessment.finding(item).cells.iter().filter(|cell| falls_short(cell)) {
        let published = matches!(assessment.stages.get(&cell.image), Some(Stage::Published(_)));
        let why = if cell.hard_stop {
            Some("a hard stop is never waived")
        } else if !published {
            Some("not published yet: there is no digest that could be excused")
        } else {
            None
        };
        match why {
            None => drop(covered.insert((&cell.image, cell.platform.as_ref()))),
            Some(why) => {
                let line = format!("{}: {why}", place(cell));
                if !beyond.contains(&line) {
                    beyond.push(line);
                }
            }
        }
    }
    let today = Offset::UTC.to_datetime(assessment.as_of).date();
    let until = today.checked_add(DAYS.days()).unwrap_or(today);
    let mut lines = Vec::new();
    for (image, platform) in covered {
        lines.push("[[waiver]]".to_owned());
        lines.push(format!("item = \"{}\"", item.key()));
        lines.push(format!("image = \"{image}\""));
        lines.extend(platform.map(|platform| format!("platform = \"{platform}\"")));
        lines.push(format!("until = {until}"));
        lines.push(format!("reason = \"{}\"", Waiver::FILL_IN));
        lines.push(String::new());
    }
    WaiverLines { lines, beyond }
}

fn falls_short(cell: &Cell) -> bool {
    !cell.beyond && !matches!(cell.outcome, Outcome::Pass | Outcome::Pending)
}

fn place(cell: &Cell) -> String {
    let mut parts = vec![cell.image.to_string()];
    parts.extend(cell.repository.as_ref().map(ToString::to_string));
    parts.extend(cell.platform.as_ref().map(ToString::to_string));
    text::clean_line(&parts.join(" ")).into_owned()
}
