//! What stands around a step: conditions and settings that keep its failure from stopping the release.

use super::syntax::{self, Job, Step, Text};

/// Why a failure stops nothing, with the line that says so.
pub(super) type Disarmed = (u32, String);

/// What a step says of itself.
pub(super) fn of_step(step: &Step) -> Option<Disarmed> {
    disarmed(step.continue_on_error.as_ref(), step.condition.as_ref(), "the step")
}

/// What a step's job says of it.
pub(super) fn of_job(job: &Job) -> Option<Disarmed> {
    disarmed(job.continue_on_error.as_ref(), job.condition.as_ref(), "its job")
}

fn disarmed(continues: Option<&Text>, condition: Option<&Text>, whose: &str) -> Option<Disarmed> {
    if let Some(value) = continues.filter(|value| value.value.trim() != "false") {
        return Some((
            syntax::line(value),
            format!("continue-on-error of {whose}: it may fail and the release goes on"),
        ));
    }
    let condition = condition?;
    let why = match bare(&condition.value).as_str() {
        "false" => "it never runs",
        bare if is_after_failure_only(bare) => "it runs only when something has failed already",
        _ => return None,
    };
    Some((syntax::line(condition), format!("`if: {}` of {whose}: {why}", condition.value.trim())))
}

/// The line of a condition that lets something run although something before it failed.
pub(super) fn runs_anyway(condition: Option<&Text>) -> Option<u32> {
    let condition = condition?;
    let bare = bare(&condition.value);
    (bare.contains("always()") || bare.contains("!cancelled()")).then(|| syntax::line(condition))
}

/// A condition in lower case, without `${{ }}`.
fn bare(condition: &str) -> String {
    let condition = condition.trim();
    let inner = condition.strip_prefix("${{").and_then(|inner| inner.strip_suffix("}}"));
    inner.unwrap_or(condition).trim().to_ascii_lowercase()
}

fn is_after_failure_only(bare: &str) -> bool {
    ["failure()", "cancelled()"].iter().any(|only| bare == *only || bare.starts_with(&format!("{only} &&")))
}
