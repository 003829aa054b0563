//! Reports: one file per format, all from an assessment and its facts. Nothing here looks at the world.

mod json;
mod layout;
mod markdown;
mod sections;
mod text;
mod waiver;
mod walkthrough;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use json::json;
pub use layout::Look;
pub use markdown::markdown;
pub use text::text;
pub use waiver::{WaiverLines, waiver};
pub use walkthrough::walkthrough;

use crate::model::{Assessment, Facts, Policy, Release};
use sections::{place, time_to_production};

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What is to go live.
    pub release: &'a Release,
    /// What it must satisfy.
    pub policy: &'a Policy,
    /// Every fact.
    pub facts: &'a Facts,
    /// What they amount to.
    pub assessment: &'a Assessment,
    /// How many requests each registry got.
    pub requests: &'a [(String, u64)],
    /// When the audit began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
}

/// The verdict in words; "not yet" while something is pending.
pub(crate) fn verdict_words(assessment: &Assessment) -> &'static str {
    assessment.verdict.as_ref().map_or("not yet", |verdict| verdict.words())
}
