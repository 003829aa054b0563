//! Item 9: the example pipeline runs in the container.

use crate::model::{Example, Image, Outcome, Output, Platform, Run, RunEnd, RunKind};

use super::super::context::Context;
use super::super::subject::Subject;
use super::Checked;
use super::judgement::Judgement;
use super::platforms::{listed, no_cell, place};
use super::runs::{self, command_line, on};
use super::size_budget::si;

/// Judges item 9.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    let platforms = |image: &Image| image.example_platforms(&context.policy.native);
    checked.per_platform(context, platforms, no_cell, |image, platform, subject| {
        one(context, image, platform, subject)
    });
    checked.warnings.extend(context.run_doubts(RunKind::Example));
    checked.note = note(context, &checked);
    checked
}

fn note(context: &Context, checked: &Checked) -> String {
    if context.release.images.iter().all(|image| image.example.is_none()) {
        return "no example is configured ([[image]] example)".to_owned();
    }
    if checked.counted().next().is_none() {
        return "nothing is built that the example could run in".to_owned();
    }
    if checked.counted().all(|cell| cell.outcome == Outcome::Untried) {
        return "the example was not run yet".to_owned();
    }
    let outputs = context.release.images.iter().filter_map(|image| image.example.as_ref());
    let outputs: Vec<String> = outputs.flat_map(|example| example.outputs.iter().cloned()).collect();
    let writes = if outputs.is_empty() { String::new() } else { format!(" and writes {}", listed(&outputs)) };
    checked.summary(format!("the example runs{writes}"))
}

fn one(context: &Context, image: &Image, platform: &Platform, subject: &Subject) -> Option<Judgement> {
    let example = image.example.as_ref()?;
    let place = place(image, Some(platform));
    let seen = |run: &Run| ran(example, run);
    Some(runs::judge(context, subject, RunKind::Example, &example.command, &place, seen))
}

/// What a run of the example comes to. An output counts when it was looked for and found: a run of before it was
/// declared says nothing of it.
pub(super) fn ran(example: &Example, run: &Run) -> Judgement {
    let command = command_line(&example.command, "");
    if run.ended != RunEnd::Exited(0) {
        return runs::ended_badly(run, &command);
    }
    let exits = format!("`{command}` exits 0 on {}", on(run));
    let (mut written, mut missing, mut unsought) = (Vec::new(), Vec::new(), Vec::new());
    for path in &example.outputs {
        match run.outputs.iter().find(|output| output.path == *path) {
            Some(Output { size: Some(size @ 1..), .. }) => written.push(format!("{path} ({})", si(*size))),
            Some(_) => missing.push(path.clone()),
            None => unsought.push(path.clone()),
        }
    }
    if !missing.is_empty() {
        return Judgement::fail(format!("{exits} and leaves {} missing or empty", listed(&missing)));
    }
    if !unsought.is_empty() {
        let unsought = listed(&unsought);
        return Judgement::untried(format!(
            "{exits}, and {unsought} was not looked for; run the example again"
        ));
    }
    Judgement::pass(if written.is_empty() {
        exits
    } else {
        format!("{exits} and writes {}", listed(&written))
    })
}

#[cfg(test)]
mod tests;
