//! Item 8: each image keeps its size budget, on unpacked bytes.

use crate::model::{Cell, FactKey, Image, Observed, Outcome, Platform, Reason, ReasonKind};

use super::super::context::{Context, There};
use super::super::sight::Sight;
use super::super::subject::Subject;
use super::Checked;
use super::judgement::Judgement;
use super::platforms::required;

/// Judges item 8.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    let judge = |image: &Image, _: &Platform, subject: &Subject| Some(one(context, image, subject));
    let nothing =
        |image: &Image, platform: &Platform, there: &There| Some(never_built(image, platform, there));
    checked.per_platform(context, required, nothing, judge);
    checked.beyond(context, judge);
    checked.note = note(context, &checked);
    checked
}

fn never_built(image: &Image, platform: &Platform, there: &There) -> Judgement {
    Judgement::untried(match there {
        There::Local(_) => format!("{} {platform} was never built", image.name),
        There::Registry(_) => format!("{platform} is not in {}'s index", image.name),
    })
}

fn one(context: &Context, image: &Image, subject: &Subject) -> Judgement {
    let size = match unpacked(context, image, subject) {
        Sight::Pending => return Judgement::pending(),
        Sight::Unknown(reason) => {
            return Judgement::unknown(&reason).because(subject.layer_keys(context.facts));
        }
        Sight::Seen(size) => size,
    };
    let packed = subject.compressed(context.facts);
    let packed = packed.map_or(String::new(), |packed| format!(" unpacked, {} compressed", si(packed)));
    let name = &image.name;
    let budget = image.budget.or(image.limit);
    let judged = match (budget, image.limit) {
        (_, Some(limit)) if size > limit => {
            Judgement::fail(format!("{name} {} exceeds its limit of {}{packed}", si(size), si(limit)))
        }
        (Some(budget), _) if size > budget => {
            Judgement::soft(format!("{name} {} exceeds {}", si(size), si(budget)))
        }
        (Some(budget), _) => Judgement::pass(format!("{name} {} of {}{packed}", si(size), si(budget))),
        (None, _) => {
            Judgement::untried(format!("{name} has {}; it has no budget ([[image]] budget)", si(size)))
        }
    };
    judged
        .because(subject.because(context.facts))
        .because(subject.layer_keys(context.facts))
        .seen_at(subject.level(), subject.in_registry())
}

/// The bytes that came out of decompression, or what the engine says of the same config.
fn unpacked(context: &Context, image: &Image, subject: &Subject) -> Sight<u64> {
    let from_layers = subject.layers(context.facts);
    match from_layers {
        Some(Sight::Seen(layers)) => {
            return Sight::Seen(layers.iter().fold(0, |sum: u64, layer| sum.saturating_add(layer.unpacked)));
        }
        Some(Sight::Pending) => return Sight::Pending,
        Some(Sight::Unknown(_)) | None => {}
    }
    if let Some(size) = subject.engine_size.or_else(|| engine_size(context, image, subject)) {
        return Sight::Seen(size);
    }
    match from_layers {
        Some(Sight::Unknown(reason)) => Sight::Unknown(reason),
        _ => Sight::Unknown(Reason::new(
            ReasonKind::NotSupported,
            "the layers were not read, and no engine has a size",
        )),
    }
}

fn engine_size(context: &Context, image: &Image, subject: &Subject) -> Option<u64> {
    let config = subject.config_digest(context.facts).seen()?;
    let local = context.facts.local(&FactKey::Local(image.name.clone())).and_then(Observed::seen)?;
    local.images.iter().find(|found| found.config == config)?.size
}

/// The worst of what was measured, then the images that were never built.
fn note(context: &Context, checked: &Checked) -> String {
    let first = |outcome: Outcome| checked.counted().find(|cell| cell.outcome == outcome);
    if let Some(pending) = first(Outcome::Pending) {
        return checked.summary(pending.reason.clone());
    }
    let measured = [Outcome::Fail, Outcome::Soft, Outcome::Unknown].into_iter().find_map(first);
    let mut parts: Vec<String> = measured.into_iter().map(|cell| cell.reason.clone()).collect();
    for image in &context.release.images {
        parts.extend(untried(checked, image));
    }
    if parts.is_empty() {
        let passed: Vec<String> = checked.counted().map(|cell| cell.reason.clone()).take(1).collect();
        return passed.first().cloned().unwrap_or_else(|| "nothing to measure".to_owned());
    }
    parts.join("; ")
}

/// What was not measured of an image: all of it in one word, else the first platform.
fn untried(checked: &Checked, image: &Image) -> Option<String> {
    let cells: Vec<&Cell> = checked.counted().filter(|cell| cell.image == image.name).collect();
    let untried = || cells.iter().filter(|cell| cell.outcome == Outcome::Untried);
    let never = untried().all(|cell| cell.level.is_none());
    if untried().count() == cells.len() && cells.len() > 1 && never {
        return Some(format!("{} was never built", image.name));
    }
    // A platform of an image that was built is item 2's matter; say it only when nothing else is said.
    let worse = checked.counted().any(|cell| matches!(cell.outcome, Outcome::Fail | Outcome::Soft));
    untried().next().filter(|_| !worse).map(|cell| cell.reason.clone())
}

/// Bytes in SI units: `367 MB`, `1.05 GB`, `912 B`.
pub(in crate::dod) fn si(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} B");
    };
    // Hundredths, rounded up, so that a size over its budget is never shown as the budget itself.
    let hundredths = (u128::from(bytes) * 100).div_ceil(u128::from(unit));
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    let rest = format!("{rest:02}");
    match rest.trim_end_matches('0') {
        "" => format!("{whole} {name}"),
        rest => format!("{whole}.{rest} {name}"),
    }
}

#[cfg(test)]
mod tests;
