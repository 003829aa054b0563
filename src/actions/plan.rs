//! What an action would change: the difference of two assessments, one of them on the facts that
//! the action is meant to make true.

use super::{Context, Outline};
use crate::dod;
use crate::model::{Action, ActionPlan, Assessment, Class, Effect, Item, ItemChange, Policy, Status};

/// The plan of an outline, with the points that it would give.
pub(super) fn with_points(action: Action, outline: Outline, context: &Context) -> ActionPlan {
    let Context { release, policy, scope, facts, .. } = context;
    let now = dod::judge(release, policy, scope, facts);
    let supposed = dod::suppose(action, release, policy, scope, facts);
    let then = dod::judge(release, policy, scope, &supposed);
    let changes = changes(&now, &then);
    let mut warnings = outline.warnings;
    warnings.extend(losses(&changes));
    let verdict_after = (action.effect() == Effect::Publishes)
        .then(|| then.verdict.as_ref().map(|verdict| verdict.words().to_owned()))
        .flatten();
    ActionPlan {
        action,
        effect: action.effect(),
        steps: outline.steps,
        digests: outline.digests.into_iter().collect(),
        points: (now.readiness.points, then.readiness.points),
        changes,
        verdict_after,
        warnings,
        second_question: (action == Action::Publish).then(|| open_musts(policy, &then)).flatten(),
    }
}

/// Publishing with a MUST item open is asked for twice.
fn open_musts(policy: &Policy, then: &Assessment) -> Option<String> {
    let done = [Status::Complete, Status::Waived, Status::Off];
    let open = Item::ALL
        .into_iter()
        .filter(|item| policy.class(*item) == Class::Must && !done.contains(&then.finding(*item).status));
    let open: Vec<String> = open
        .map(|item| format!("{} {} is {}", item.number(), item.title(), then.finding(item).status))
        .collect();
    if open.is_empty() {
        return None;
    }
    Some(format!("MUST items stay open: {}. Publish all the same?", open.join(", ")))
}

fn changes(now: &Assessment, then: &Assessment) -> Vec<ItemChange> {
    let change = |item: Item| {
        let (before, after) = (now.finding(item), then.finding(item));
        let before = (before.status, before.points.unwrap_or(0));
        let after = (after.status, after.points.unwrap_or(0));
        (before != after).then_some(ItemChange { item, before, after })
    };
    Item::ALL.into_iter().filter_map(change).collect()
}

fn losses(changes: &[ItemChange]) -> Vec<String> {
    let lost = changes.iter().filter(|change| change.after.1 < change.before.1);
    let loss = |change: &ItemChange| {
        let points = change.before.1 - change.after.1;
        let item = change.item;
        format!(
            "item {} ({}) loses {points}: {} → {}",
            item.number(),
            item.title(),
            change.before.0,
            change.after.0
        )
    };
    lost.map(loss).collect()
}
