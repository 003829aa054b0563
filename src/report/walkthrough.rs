//! The walkthrough as text: the three stages, and of each step where it stands, why, what and how.

use std::fmt::Write as _;

use super::{Input, Look, time_to_production, verdict_words};
use crate::model::{PlanPart, StepState, Symbol, WalkProgress, WalkStep, Walkthrough, text as clean};

/// The column at which what is said of a step begins.
const TEXT: usize = 14;

/// The walkthrough as text, the verdict last.
pub fn walkthrough(
    input: &Input,
    walkthrough: &Walkthrough,
    progress: Option<&WalkProgress>,
    look: Look,
) -> String {
    let mut out = String::new();
    let title = format!("Go-live walkthrough of {} {}", input.release.name, input.release.version);
    let _ = writeln!(out, "{}", look.with("1", &clean::clean_line(&title)));
    if let Some(progress) = progress {
        look.line(
            &mut out,
            "",
            0,
            &format!("begun by {}; the steps are judged by today's evidence", progress.begun),
        );
    }
    for part in PlanPart::ALL {
        let _ = writeln!(out, "\n{}", look.with("1", part.title()));
        let mut steps = walkthrough.of(part).peekable();
        if steps.peek().is_none() {
            let _ = writeln!(out, "  nothing");
        }
        for (place, step) in steps {
            one(&mut out, place + 1, step, look);
        }
    }
    end(&mut out, input, look);
    out
}

fn one(out: &mut String, number: usize, step: &WalkStep, look: Look) {
    let mark = look.symbol(symbol(&step.state), step.state.mark());
    look.line(out, &format!("{number:>3} {mark} "), 6, &format!("{} ({})", step.title, step.key));
    let mut said = |name: &str, text: &str| look.line(out, &format!("      {name:<7} "), TEXT, text);
    said("state", &format!("{}: {}", step.state.word(), step.state.detail()));
    // What is over needs no more words.
    if matches!(step.state, StepState::Done(_) | StepState::Skipped(_)) {
        return;
    }
    said("why", &step.why);
    for answer in &step.answers {
        said("item", answer);
    }
    said("what", &step.does);
    said("effect", step.doing.words());
    if let Some(points) = step.points {
        said("points", &format!("{points:+}"));
    }
    said("time", &step.time.to_string());
    for command in &step.commands {
        // Commands stay whole: they are there to be copied.
        let _ = writeln!(out, "      {:<7} {}", "run", clean::clean_line(command));
    }
}

fn symbol(state: &StepState) -> Symbol {
    match state {
        StepState::Done(_) => Symbol::Done,
        StepState::Said(_) => Symbol::Partly,
        StepState::Failed(_) => Symbol::Not,
        StepState::Open => Symbol::Question,
        StepState::Running(_) | StepState::Looking | StepState::Waits(_) => Symbol::Looking,
        StepState::Skipped(_) => Symbol::Off,
    }
}

fn end(out: &mut String, input: &Input, look: Look) {
    let assessment = input.assessment;
    let time = time_to_production(assessment.time_to_production);
    let words = format!(
        "{}: {}, proven {}; to production: {time}",
        verdict_words(assessment),
        assessment.readiness,
        assessment.proven.points
    );
    out.push('\n');
    look.line(out, "", 0, &words);
    for reason in assessment.verdict.iter().flat_map(|verdict| &verdict.reasons) {
        look.line(out, "  - ", 4, reason);
    }
}
