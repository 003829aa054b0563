//! What the checks share that judge each image on each platform.

use crate::model::{Cell, Image, Outcome, Platform};

use super::super::context::{Context, There};
use super::super::sight::Sight;
use super::super::subject::Subject;
use super::Checked;
use super::judgement::Judgement;

impl Checked {
    /// Adds a cell with its warnings; its cap is one of the item's.
    pub(super) fn push(&mut self, image: &Image, platform: Option<&Platform>, mut judged: Judgement) {
        let place = place(image, platform);
        self.warnings.extend(judged.warnings.drain(..).map(|warning| format!("{place}: {warning}")));
        self.caps.extend(judged.cap.iter().map(|cap| format!("{place}: {cap}")));
        self.cells.push(judged.cell(&image.name, None, platform));
    }

    /// Adds a cell of a platform beyond the required ones: it enters no status, its trouble caps the verdict.
    pub(super) fn push_beyond(&mut self, image: &Image, platform: &Platform, mut judged: Judgement) {
        let trouble =
            matches!(judged.outcome, Outcome::Fail | Outcome::Soft | Outcome::Absent | Outcome::Unknown);
        let place = place(image, Some(platform));
        if trouble {
            self.caps.push(format!("{place} is beyond what is required: {}", judged.reason));
        }
        self.warnings.extend(judged.warnings.drain(..).map(|warning| format!("{place}: {warning}")));
        let cap = trouble.then(|| judged.reason.clone());
        self.cells.push(Cell { beyond: true, cap, ..judged.cell(&image.name, None, Some(platform)) });
    }

    /// Judges every image on every platform that `platforms` names, and those beyond.
    ///
    /// `nothing` says what a platform without anything to judge comes to; `judge` looks at one digest.
    pub(super) fn per_platform(
        &mut self,
        context: &Context,
        platforms: impl Fn(&Image) -> Vec<Platform>,
        nothing: impl Fn(&Image, &Platform, &There) -> Option<Judgement>,
        judge: impl Fn(&Image, &Platform, &Subject) -> Option<Judgement>,
    ) {
        for image in &context.release.images {
            for platform in platforms(image) {
                if let Some(judged) = on_platform(context, image, &platform, &nothing, &judge) {
                    self.push(image, Some(&platform), judged);
                }
            }
        }
    }

    /// Judges what registries hold beyond the required platforms.
    pub(super) fn beyond(
        &mut self,
        context: &Context,
        judge: impl Fn(&Image, &Platform, &Subject) -> Option<Judgement>,
    ) {
        for image in &context.release.images {
            for (platform, subject) in context.beyond(image) {
                if let Some(judged) = judge(image, &platform, &subject) {
                    self.push_beyond(image, &platform, judged);
                }
            }
        }
    }

    /// The cells that enter the status.
    pub fn counted(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| !cell.beyond)
    }

    /// Whether a cell has not answered yet.
    pub fn is_pending(&self) -> bool {
        self.counted().any(|cell| cell.outcome == Outcome::Pending)
    }

    /// The note that the cells give by themselves: the worst one, and how many more there are; else `all_well`.
    pub fn summary(&self, all_well: impl Into<String>) -> String {
        let order = [
            Outcome::Fail,
            Outcome::Absent,
            Outcome::Soft,
            Outcome::Unknown,
            Outcome::Untried,
            Outcome::Pending,
        ];
        let worst = order.into_iter().find(|outcome| self.counted().any(|cell| cell.outcome == *outcome));
        let Some(worst) = worst else { return all_well.into() };
        let mut cells = self.counted().filter(|cell| cell.outcome == worst);
        let Some(first) = cells.next() else { return all_well.into() };
        let more = self.counted().filter(|cell| cell.outcome != Outcome::Pass).count() - 1;
        if worst == Outcome::Pending {
            return format!("looking: {} of {} cells to come", more + 1, self.counted().count());
        }
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        format!("{}{more}", first.reason)
    }
}

fn on_platform(
    context: &Context,
    image: &Image,
    platform: &Platform,
    nothing: &impl Fn(&Image, &Platform, &There) -> Option<Judgement>,
    judge: &impl Fn(&Image, &Platform, &Subject) -> Option<Judgement>,
) -> Option<Judgement> {
    match context.there(image, platform) {
        Sight::Pending => Some(Judgement::pending()),
        Sight::Unknown(reason) => Some(Judgement::unknown(&reason)),
        Sight::Seen(there) if there.subjects().is_empty() => nothing(image, platform, &there),
        Sight::Seen(there) => {
            Judgement::worst(there.subjects().iter().filter_map(|subject| judge(image, platform, subject)))
        }
    }
}

/// The platforms that an image requires.
pub(super) fn required(image: &Image) -> Vec<Platform> {
    image.platforms.clone()
}

/// Nothing to judge makes no cell.
pub(super) fn no_cell(_: &Image, _: &Platform, _: &There) -> Option<Judgement> {
    None
}

/// `runner linux/amd64`, as a cell is called.
pub(super) fn place(image: &Image, platform: Option<&Platform>) -> String {
    match platform {
        Some(platform) => format!("{} {platform}", image.name),
        None => image.name.to_string(),
    }
}

/// Things in words: `a`, `a and b`, `a, b and c`.
pub(in crate::dod) fn listed(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
