//! Reports: one file per format, all from an assessment and its facts. Nothing here looks at the world.

mod diff;
mod facts;
mod history;
mod json;
mod kept;
mod layout;
mod markdown;
mod sections;
mod text;
mod waiver;
mod walkthrough;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use diff::{diff_json, diff_text, moved_words, weight};
pub use facts::{NotFacts, facts, read_facts};
pub use history::{changed, history_json, history_text};
pub use json::json;
pub use layout::Look;
pub use markdown::markdown;
pub use text::text;
pub use waiver::{WaiverLines, waiver};
pub use walkthrough::walkthrough;

use crate::model::{Assessment, Audit, AuditSummary, Facts, Policy, Release};
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
    /// Which kept audit it is of; none for one that has just been made.
    pub kept: Option<&'a AuditSummary>,
}

impl<'a> Input<'a> {
    /// A kept audit, as it was then.
    pub fn of_kept(audit: &'a Audit) -> Self {
        Self {
            release: &audit.release,
            policy: &audit.policy,
            facts: &audit.facts,
            assessment: &audit.assessment,
            requests: &audit.requests,
            started: audit.summary.started,
            finished: Some(audit.summary.finished),
            kept: Some(&audit.summary),
        }
    }
}

/// The verdict in words, with its time where it is of then.
fn verdict_of(input: &Input) -> String {
    let words = verdict_words(input.assessment);
    match input.kept {
        Some(kept) => format!("{words} at {}, stale", kept::time(kept.finished)),
        None => words.to_owned(),
    }
}

/// The verdict in words; "not yet" while something is pending.
pub(crate) fn verdict_words(assessment: &Assessment) -> &'static str {
    assessment.verdict.as_ref().map_or("not yet", |verdict| verdict.words())
}
