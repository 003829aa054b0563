//! What stands around a step: conditions and settings that keep its failure from stopping the release.

use std::collections::BTreeSet;

use super::ending::ends_in_failure;
use super::syntax::{self, Job, Step, Text};
use crate::model::text::clean_line;

/// Why a failure stops nothing, with the line that says so.
pub(super) type Disarmed = (u32, String);

/// What a step says of itself. `asked`: what the other ones ask of it.
pub(super) fn of_step(step: &Step, asked: &Asked) -> Option<Disarmed> {
    let is_asked_for = step.id.as_ref().is_some_and(|id| asked.steps.contains(id));
    let continues = step.continue_on_error.as_ref().filter(|_| !is_asked_for);
    disarmed(continues, step.condition.as_ref(), "the step")
}

/// What the steps of a job ask of each other, to fail by it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Steps that may fail (`continue-on-error`) and whose outcome another one asks for.
    steps: BTreeSet<String>,
    /// Files that a step writes and another one looks into.
    files: BTreeSet<String>,
}

impl Asked {
    pub fn of(steps: &[Step]) -> Self {
        let asking: Vec<&Step> =
            steps.iter().filter(|step| texts(step).any(|it| it.contains(".outcome"))).collect();
        let ids = steps.iter().filter(|step| step.continue_on_error.is_some());
        let ids = ids.filter_map(|step| Some((step, step.id.clone()?)));
        let is_asked_for =
            |(step, id): &(&Step, String)| asking.iter().any(|other| fails_for(other, step, id));
        let reading: Vec<&str> =
            steps.iter().filter_map(|step| step.run.as_ref()).map(|run| run.value.as_str()).collect();
        let reading: Vec<&str> = reading.into_iter().filter(|script| looks_and_fails(script)).collect();
        let is_read = |file: &String| reading.iter().any(|script| script.contains(file.as_str()));
        let written = steps.iter().flat_map(|step| REPORTS.iter().filter_map(|name| step.input(name)));
        Self {
            steps: ids.filter(is_asked_for).map(|(_, id)| id).collect(),
            files: written.map(|file| file.value.trim().to_owned()).filter(is_read).collect(),
        }
    }

    /// Whether another step fails for what this one has found, by what it writes down.
    pub fn reads_report_of(&self, step: &Step) -> bool {
        REPORTS.iter().filter_map(|name| step.input(name)).any(|file| self.files.contains(file.value.trim()))
    }
}

/// Inputs of scanners that name the file of what they find.
const REPORTS: [&str; 4] = ["output", "output-file", "json-file", "sarif-file"];

/// Whether a script looks into something and fails by it.
fn looks_and_fails(script: &str) -> bool {
    let words = || script.split(|c: char| !c.is_ascii_alphanumeric());
    let looks = ["jq", "grep", "awk", "python", "python3", "node"];
    words().any(|word| looks.contains(&word)) && ends_in_failure(script)
}

fn texts(step: &Step) -> impl Iterator<Item = &str> {
    let own = step.run.iter().chain(&step.condition).chain(step.input("script"));
    own.chain(step.env.entries.values()).map(|text| text.value.as_str())
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
    if let Some((value, when)) = continues.and_then(|value| Some((value, goes_on(value)?))) {
        let why = format!("continue-on-error of {whose}{when}: it may fail and the release goes on");
        return Some((syntax::line(value), why));
    }
    let condition = condition?;
    let why = match bare(&condition.value).as_str() {
        "false" => "it never runs",
        bare if is_after_failure_only(bare) => "it runs only when something has failed already",
        bare if is_for_pull_requests(bare) => PULL_REQUESTS,
        _ => return None,
    };
    Some((syntax::line(condition), format!("`if: {}` of {whose}: {why}", condition.value.trim())))
}

/// What comes with a condition that no release meets.
pub(super) const PULL_REQUESTS: &str = "it runs only for pull requests";

/// When a failure is let pass; none where it is not, or only for pull requests.
fn goes_on(continues: &Text) -> Option<String> {
    match bare(&continues.value).as_str() {
        "false" => None,
        "true" => Some(String::new()),
        bare if is_for_pull_requests(bare) => None,
        _ => Some(format!(", where `{}` is true", clean_line(continues.value.trim()))),
    }
}

/// Whether a condition asks for a pull request, whatever else it asks for.
fn is_for_pull_requests(bare: &str) -> bool {
    let asks = |part: &str| {
        let part: String = part.chars().filter(|c| !c.is_whitespace()).collect();
        ["'pull_request'", "'pull_request_target'"]
            .iter()
            .any(|event| part == format!("github.event_name=={event}"))
    };
    !bare.contains("||") && bare.split("&&").any(asks)
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
