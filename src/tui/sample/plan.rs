//! Blockers, the way to production, and a plan that waits for its answer.

use crate::cockpit::PendingPlan;
use crate::model::{
    Action, ActionPlan, Blocker, Digest, Effect, Item, ItemChange, PlanPart, PlanStep, Risk, Status, StepKey,
};

pub(super) fn step(
    part: PlanPart,
    action: Option<Action>,
    title: &str,
    items: &[Item],
    points: i16,
) -> PlanStep {
    let commands = action.map(|action| format!("exitbar {}", action.name())).into_iter().collect();
    let (title, why) = (title.to_owned(), "the audit of 2025-01-20 found it missing".to_owned());
    let key = action.map_or(StepKey::Mend(items[0]), StepKey::Do);
    PlanStep { key, part, action, title, why, commands, items: items.to_vec(), points, after: None }
}

pub(super) fn plan_steps() -> Vec<PlanStep> {
    let built = [Item::MultiArch, Item::VersionCommand, Item::SizeBudget];
    let build = Some(Action::Build);
    let mut steps = vec![
        step(PlanPart::Immediate, None, "Mend the version command", &[Item::VersionCommand], 10),
        step(PlanPart::BuildAndRelease, build, Action::Build.title(), &built, 15),
    ];
    let later = [
        (Action::RunExample, vec![Item::ExamplePipeline], 5, "build"),
        (Action::Push, vec![Item::MultiArch], 5, "build"),
        (Action::Publish, vec![Item::Published], 10, "sign"),
    ];
    for (action, items, points, after) in later {
        let mut step = step(PlanPart::BuildAndRelease, Some(action), action.title(), &items, points);
        step.after = Some(after.to_owned());
        steps.push(step);
    }
    let mut verify = step(PlanPart::Validation, None, "Verify what was published", &Item::ALL, 0);
    let digest = Digest::of(b"runner");
    verify.commands = vec![format!(
        "cosign verify --certificate-identity https://github.com/acme/greenlang/.github/workflows/release.yml@refs/tags/v0.2.0 --certificate-oidc-issuer https://token.actions.githubusercontent.com ghcr.io/acme/greenlang-runner@{digest}"
    )];
    verify.after = Some("publish".to_owned());
    steps.push(verify);
    steps
}

pub(super) fn blocker(item: Item, title: &str, problem: &str, fix: &str, location: &str) -> Blocker {
    Blocker {
        item,
        title: title.to_owned(),
        severity: Risk::High,
        problem: problem.to_owned(),
        impact: format!("requirement {} (MUST) is not met", item.number()),
        fix: fix.to_owned(),
        location: Some(location.to_owned()),
        actions: vec!["exitbar build".to_owned(), "exitbar run-version".to_owned()],
    }
}

/// A publication of two images that waits for its answer.
pub(in crate::tui) fn plan() -> PendingPlan {
    let digest = |what: &str| Digest::of(what.as_bytes());
    let images = ["runner", "full"];
    let tag = |registry: &str, image: &str| {
        format!("tag {registry}/acme/greenlang-{image}:0.2.0 → {}", digest(image))
    };
    let change = |item, before, after| ItemChange { item, before, after };
    let plan = ActionPlan {
        second_question: None,
        action: Action::Publish,
        effect: Effect::Publishes,
        steps: images
            .iter()
            .flat_map(|image| ["ghcr.io", "docker.io"].map(|host| tag(host, image)))
            .collect(),
        digests: images.iter().map(|image| (image.parse().unwrap(), digest(image))).collect(),
        points: (75, 75),
        changes: vec![
            change(Item::Published, (Status::NotStarted, 0), (Status::Complete, 10)),
            change(Item::Signed, (Status::Configured, 5), (Status::NotStarted, 0)),
            change(Item::Sbom, (Status::Configured, 5), (Status::NotStarted, 0)),
        ],
        verdict_after: Some("NO_GO".to_owned()),
        warnings: vec![
            "nothing is signed yet: published now, people pull unsigned images; sign first, tags last"
                .to_owned(),
        ],
    };
    PendingPlan { id: 7, plan }
}
