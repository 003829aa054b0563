//! Waivers: exceptions that end on a day (design, section 2, "Verdict").

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::model::{Cell, ImageName, Item, Policy, Waiver};

/// Whether `waiver` holds at `at`: until 24:00 UTC of its day.
pub(super) fn is_live(waiver: &Waiver, at: Timestamp) -> bool {
    today(at) <= waiver.until
}

/// The day that it is in UTC.
pub(super) fn today(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// The live waiver that covers a cell of `item`, if there is one: never for a hard stop, nor for an image without
/// a published digest.
pub(super) fn covering<'p>(
    policy: &'p Policy,
    item: Item,
    cell: &Cell,
    at: Timestamp,
    is_published: impl Fn(&ImageName) -> bool,
) -> Option<&'p Waiver> {
    if cell.hard_stop || !is_published(&cell.image) {
        return None;
    }
    let names = |waiver: &&Waiver| {
        waiver.item == item
            && waiver.image.as_ref().is_none_or(|image| *image == cell.image)
            && waiver.platform.as_ref().is_none_or(|platform| Some(platform) == cell.platform.as_ref())
    };
    policy.waivers.iter().filter(names).find(|waiver| is_live(waiver, at))
}

/// A line for each waiver that has ended: it is none any more.
pub(super) fn expired(policy: &Policy, at: Timestamp) -> Vec<String> {
    let ended = policy.waivers.iter().filter(|waiver| !is_live(waiver, at));
    ended
        .map(|waiver| {
            let image = waiver.image.as_ref().map_or(String::new(), |image| format!(" of {image}"));
            let platform =
                waiver.platform.as_ref().map_or(String::new(), |platform| format!(" on {platform}"));
            format!(
                "the waiver for {}{image}{platform} ended on {}: it counts no more",
                waiver.item, waiver.until
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{amd64, arm64, name};
    use super::*;
    use crate::model::Outcome;

    fn waiver() -> Waiver {
        Waiver {
            item: Item::SizeBudget,
            image: None,
            platform: None,
            until: "2025-01-31".parse().unwrap(),
            reason: Some("models move out in 0.3".to_owned()),
        }
    }

    fn cell() -> Cell {
        Cell {
            image: name("full"),
            repository: None,
            platform: Some(amd64()),
            outcome: Outcome::Soft,
            reason: String::new(),
            because: Vec::new(),
            level: None,
            in_registry: true,
            hard_stop: false,
            beyond: false,
            cap: None,
        }
    }

    fn covers(waiver: Waiver, cell: &Cell, published: bool) -> bool {
        let policy = Policy { waivers: vec![waiver], ..Policy::default() };
        let at = "2025-01-20T12:00:00Z".parse().unwrap();
        covering(&policy, Item::SizeBudget, cell, at, |_| published).is_some()
    }

    #[test]
    fn a_waiver_holds_until_midnight_utc_of_its_day() {
        let at = |at: &str| is_live(&waiver(), at.parse().unwrap());
        assert!(at("2025-01-31T23:59:59Z"));
        assert!(at("2025-01-31T23:59:59-00:00"));
        assert!(!at("2025-02-01T00:00:00Z"));
        assert!(!at("2025-01-31T23:00:00-02:00"), "the day is counted in UTC");
    }

    #[test]
    fn an_expired_waiver_is_a_warning_and_covers_nothing() {
        let ended = Waiver { until: "2025-01-19".parse().unwrap(), image: Some(name("full")), ..waiver() };
        let policy = Policy { waivers: vec![ended.clone(), waiver()], ..Policy::default() };
        let warnings = expired(&policy, "2025-01-20T00:00:00Z".parse().unwrap());
        assert_eq!(warnings, ["the waiver for size_budget of full ended on 2025-01-19: it counts no more"]);
        assert!(!covers(ended, &cell(), true));
    }

    #[test]
    fn a_waiver_covers_its_own_item_image_and_platform() {
        assert!(covers(waiver(), &cell(), true));
        assert!(!covers(Waiver { item: Item::OciLabels, ..waiver() }, &cell(), true));
        assert!(covers(Waiver { image: Some(name("full")), ..waiver() }, &cell(), true));
        assert!(!covers(Waiver { image: Some(name("runner")), ..waiver() }, &cell(), true));
        assert!(covers(Waiver { platform: Some(amd64()), ..waiver() }, &cell(), true));
        assert!(!covers(Waiver { platform: Some(arm64()), ..waiver() }, &cell(), true));
    }

    #[test]
    fn neither_a_hard_stop_nor_an_unpublished_image_can_be_waived() {
        assert!(!covers(waiver(), &Cell { hard_stop: true, ..cell() }, true));
        assert!(!covers(waiver(), &cell(), false));
    }
}
