//! What to do, in the order of release: what must come first, tags last; by points among what could be done now.
//!
//! Points are the difference of two assessments, one of them on the facts that the step is meant to make true.
//! Where a step cannot be done now, both are those of its turn: after everything that the plan has before it.

mod steps;

use std::cmp::Reverse;

use crate::model::{Action, Facts, Finding, Item, PlanStep, Scope};

use super::context::Context;
use super::judge::{Judged, findings};
use super::{score, suppose};

/// A step before its points are known.
struct Draft<'a> {
    step: PlanStep,
    /// Whether it could be done now, though something else should come first.
    possible: bool,
    /// What it is meant to make true.
    supposed: Box<dyn Fn(&Facts) -> Facts + 'a>,
}

/// The plan; empty when nothing is left to do.
pub(super) fn plan(context: &Context, judged: &[Judged]) -> Vec<PlanStep> {
    let drafts = steps::drafts(context, judged);
    if drafts.is_empty() {
        return Vec::new();
    }
    let now = suppose::with_given_digests(context.scope, context.facts);
    let today = assess(context, &now);
    let mut then = now.clone();
    let mut reached = today.clone();
    let mut steps = Vec::new();
    for draft in drafts {
        let supposed = (draft.supposed)(&then);
        let after = assess(context, &supposed);
        let in_turn = points(&after) - points(&reached);
        let mut step = draft.step;
        step.points = in_turn;
        if draft.possible || step.after.is_none() {
            let done_now = assess(context, &(draft.supposed)(&now));
            step.points = points(&done_now) - points(&today);
            if step.after.is_some() && step.points != in_turn {
                let changes = changes(&today, &done_now);
                step.why = format!(
                    "{}; done now it would give {:+} ({changes}), in its turn {in_turn:+}",
                    step.why, step.points
                );
            }
        }
        steps.push(step);
        then = supposed;
        reached = after;
    }
    order(&mut steps);
    steps
}

/// By part; then what could be done now, by points; then what has to wait; the tags last.
fn order(steps: &mut [PlanStep]) {
    steps.sort_by_key(|step| {
        let waits = step.after.is_some();
        let tags = step.action == Some(Action::Publish);
        (step.part, tags, waits, Reverse(if waits { 0 } else { step.points }))
    });
}

/// The findings on these facts, with no run asked for.
fn assess(context: &Context, facts: &Facts) -> Vec<Finding> {
    findings(context.release, context.policy, &Scope::default(), facts)
}

fn points(findings: &[Finding]) -> i16 {
    i16::from(score::readiness(findings).points)
}

/// `item 1 +10, items 3 and 4 -5 each`.
fn changes(before: &[Finding], after: &[Finding]) -> String {
    let mut groups: Vec<(i16, Vec<String>)> = Vec::new();
    for (before, after) in before.iter().zip(after) {
        let of = |finding: &Finding| i16::from(finding.points.unwrap_or(0));
        let difference = of(after) - of(before);
        if difference == 0 {
            continue;
        }
        let number = before.item.number().to_string();
        match groups.iter_mut().find(|(points, _)| *points == difference) {
            Some((_, numbers)) => numbers.push(number),
            None => groups.push((difference, vec![number])),
        }
    }
    let words = groups.iter().map(|(points, numbers)| match numbers.as_slice() {
        [one] => format!("item {one} {points:+}"),
        several => format!("items {} {points:+} each", super::checks::listed(several)),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The finding of an item.
fn of(judged: &[Judged], item: Item) -> &Judged {
    &judged[item.index()]
}

#[cfg(test)]
mod tests;
