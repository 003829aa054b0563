//! A plan in words, and the question whether to do it.

use std::fmt::Write as _;
use std::io::{BufRead as _, IsTerminal as _};

use crate::model::{ActionPlan, Effect, text};

/// The plan in words.
pub fn words(plan: &ActionPlan) -> String {
    let mut out = format!("{} ({})\n", plan.action.title(), plan.effect.words());
    for step in &plan.steps {
        let _ = writeln!(out, "  - {}", text::clean_line(step));
    }
    for (image, digest) in &plan.digests {
        let _ = writeln!(out, "  digest of {image}: {digest}");
    }
    let _ = writeln!(out, "  points: {} → {}", plan.points.0, plan.points.1);
    for change in &plan.changes {
        let (item, before, after) = (change.item, change.before, change.after);
        let _ = writeln!(
            out,
            "  item {:>2} {:<22} {} {} → {} {}",
            item.number(),
            item.title(),
            before.0,
            before.1,
            after.0,
            after.1
        );
    }
    if let Some(verdict) = &plan.verdict_after {
        let _ = writeln!(out, "  verdict afterwards: {verdict}");
    }
    for warning in &plan.warnings {
        let _ = writeln!(out, "  warning: {}", text::clean_line(warning));
    }
    if let Some(question) = &plan.second_question {
        let _ = writeln!(out, "  {}", text::clean_line(question));
    }
    out
}

/// Whether the operator says yes. Only publishing asks; without a terminal nobody answers, and that is no.
pub fn confirmed(plan: &ActionPlan) -> bool {
    if plan.effect != Effect::Publishes {
        return true;
    }
    if !std::io::stdin().is_terminal() {
        eprintln!("exitbar: this publishes; pass --yes to do it without a terminal");
        return false;
    }
    let again = |question: &String| yes(&format!("{} [y/N] ", text::clean_line(question)));
    yes("Do it? [y/N] ") && plan.second_question.as_ref().is_none_or(again)
}

fn yes(question: &str) -> bool {
    eprint!("{question}");
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim(), "y" | "Y" | "yes")
}
