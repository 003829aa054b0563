//! Item 9: the example pipeline runs in the container.

use crate::model::{Image, Outcome, Platform, Run, RunEnd, RunKind};

use super::super::context::Context;
use super::super::subject::Subject;
use super::Checked;
use super::judgement::Judgement;
use super::platforms::{listed, no_cell, place};
use super::runs::{self, command_line, on};

/// Judges item 9.
pub(super) fn check(context: &Context) -> Checked {
    let mut checked = Checked::default();
    let platforms = |image: &Image| image.example_platforms(&context.policy.native);
    checked.per_platform(context, platforms, no_cell, |image, platform, subject| {
        one(context, image, platform, subject)
    });
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
    checked.summary("the example runs, its outputs are there")
}

fn one(context: &Context, image: &Image, platform: &Platform, subject: &Subject) -> Option<Judgement> {
    let example = image.example.as_ref()?;
    let command = command_line(&example.command, "");
    let place = place(image, Some(platform));
    Some(runs::judge(context, subject, RunKind::Example, &example.command, &place, |run| ran(run, &command)))
}

/// What a run of the example comes to.
pub(super) fn ran(run: &Run, command: &str) -> Judgement {
    match run.ended {
        RunEnd::Exited(0) if run.missing_outputs.is_empty() => {
            Judgement::pass(format!("`{command}` exits 0 on {}", on(run)))
        }
        RunEnd::Exited(0) => Judgement::fail(format!(
            "`{command}` exits 0 on {} and leaves {} missing or empty",
            on(run),
            listed(&run.missing_outputs)
        )),
        _ => runs::ended_badly(run, command),
    }
}

#[cfg(test)]
mod tests;
