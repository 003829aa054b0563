//! What stands around a step: conditions and settings that keep its failure from stopping the release.

use std::collections::BTreeSet;

use super::ending::ends_in_failure;
use super::syntax::{self, Job, Step, Text};

/// Why a failure stops nothing, with the line that says so.
pub(super) type Disarmed = (u32, String);

/// What a step says of itself. `asked_for`: the steps whose outcome another one fails for.
pub(super) fn of_step(step: &Step, asked_for: &BTreeSet<String>) -> Option<Disarmed> {
    let is_asked_for = step.id.as_ref().is_some_and(|id| asked_for.contains(id));
    let continues = step.continue_on_error.as_ref().filter(|_| !is_asked_for);
    disarmed(continues, step.condition.as_ref(), "the step")
}

/// The steps that may fail (`continue-on-error`) and whose outcome another one asks for, to fail itself or to try again.
pub(super) fn asked_for(steps: &[Step]) -> BTreeSet<String> {
    let ids = steps.iter().filter(|step| step.continue_on_error.is_some());
    let ids = ids.filter_map(|step| Some((step, step.id.clone()?)));
    let is_asked_for = |(step, id): &(&Step, String)| steps.iter().any(|other| fails_for(other, step, id));
    ids.filter(is_asked_for).map(|(_, id)| id).collect()
}

/// Whether a step fails where this one has failed.
fn fails_for(other: &Step, step: &Step, id: &str) -> bool {
    let outcome = format!("steps.{id}.outcome");
    let asks = |text: &str| text.split_whitespace().any(|word| word.contains(&outcome));
    let condition = other.condition.as_ref().map(|condition| condition.value.as_str());
    let for_failure = condition.is_some_and(|condition| {
        asks(condition) && (condition.contains("failure") || condition.contains("!="))
    });
    let script = other.run.as_ref().or_else(|| other.input("script")).map_or("", |script| &script.value);
    let texts = || other.env.entries.values().map(|text| text.value.as_str()).chain([script]);
    let fails = ends_in_failure(script) || script.contains("setFailed") || script.contains("throw ");
    let action = |step: &Step| step.uses.as_ref().map(syntax::action_name);
    let tries_again = for_failure && step.uses.is_some() && action(other) == action(step);
    tries_again || (fails && (for_failure || texts().any(asks)))
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

/// The line of a condition that lets something run although something before it failed. One that asks how that went
/// (`always() && needs.build.result == 'success'`) decides by it: `before` is the job that it may ask for, or the steps.
pub(super) fn runs_anyway(condition: Option<&Text>, before: Before) -> Option<u32> {
    let condition = condition?;
    let bare = bare(&condition.value);
    let anyway = bare.contains("always()") || bare.contains("!cancelled()");
    let status = ["failure()", "success()", "job.status", ".outcome", ".conclusion"];
    let asks = status.iter().any(|status| bare.contains(status))
        || match before {
            Before::Job(name) => {
                let name = name.to_ascii_lowercase();
                let words = [format!("needs.{name}."), format!("needs['{name}']"), "needs.*".to_owned()];
                words.iter().any(|words| bare.contains(words))
            }
            Before::Jobs => bare.contains("needs.") || bare.contains("needs["),
            Before::Steps => bare.contains("steps."),
        };
    (anyway && !asks).then(|| syntax::line(condition))
}

/// What comes before something that runs anyway.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before<'n> {
    /// The job of this name.
    Job(&'n str),
    /// Other jobs, whichever.
    Jobs,
    /// Steps of the same job.
    Steps,
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
