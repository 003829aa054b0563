//! The first stage: what the operator mends in the source, sets in the configuration, or makes visible.

use crate::model::{
    Cell, Doing, Finding, Item, Outcome, PlanPart, PlanStep, Status, StepKey, StepState, StepTime, WalkStep,
};

use super::{Walked, of_plan};

/// What the plan has for the operator, and what it had since the walkthrough was begun.
pub(super) fn steps(walked: &Walked) -> Vec<WalkStep> {
    let planned = walked.assessment.plan.iter().filter(|step| step.part == PlanPart::Immediate);
    let mut steps: Vec<WalkStep> = planned.map(|step| open(walked, step)).collect();
    let met = walked.progress.iter().flat_map(|progress| &progress.met);
    for (key, title) in met {
        if is_immediate(*key) && steps.iter().all(|step| step.key != *key) {
            steps.push(gone(walked, *key, title));
        }
    }
    // A step keeps its place when it is done: sorted by its key, and not by where the plan had it.
    steps.sort_by_key(|step| step.key);
    steps
}

fn is_immediate(key: StepKey) -> bool {
    matches!(key, StepKey::Mend(_) | StepKey::Set(_) | StepKey::LogIn | StepKey::LookAgain)
}

fn open(walked: &Walked, planned: &PlanStep) -> WalkStep {
    let (does, doing) = how(planned.key);
    let step = of_plan(walked, planned, does, doing);
    WalkStep { state: state(walked, planned), ..step }
}

/// What is asked of the operator, and what shows that it was done.
fn how(key: StepKey) -> (&'static str, Doing) {
    match key {
        StepKey::Mend(Item::Published) => (
            "You make the package public where the registry keeps it, or mark the image `private` in exitbar.toml. \
             Looking again shows it.",
            Doing::ByHandThenLook,
        ),
        StepKey::Mend(_) => (
            "You mend it in the source. Perhaps it is mended there already, and only the build is older. Say so, and \
             go on: the next build and its run show whether it holds.",
            Doing::ByHand,
        ),
        StepKey::Set(_) => (
            "You set it in exitbar.toml, which is read at the start: leave exitbar, start it again, and the \
             walkthrough goes on here.",
            Doing::ByHandThenLook,
        ),
        StepKey::LogIn => (
            "You log in in another terminal, so that this machine may push. Looking again shows it. exitbar reads \
             the credentials where Docker keeps them, and keeps none.",
            Doing::ByHandThenLook,
        ),
        _ => ("Looks at everything again, and at what could not be seen.", Doing::Look),
    }
}

/// What was said counts until something newer contradicts it.
fn state(walked: &Walked, planned: &PlanStep) -> StepState {
    let said = walked.progress.and_then(|progress| progress.said.get(&planned.key));
    let Some(said) = said else { return StepState::Open };
    let newer = planned
        .items
        .iter()
        .flat_map(|item| &walked.assessment.finding(*item).cells)
        .filter(|cell| is_wrong(cell))
        .flat_map(|cell| &cell.because)
        .filter_map(|key| walked.facts.evidence(key))
        .any(|evidence| evidence.at > said.at);
    if newer {
        StepState::Failed(format!("{} said that it is done, and what was seen since says otherwise", said.by))
    } else {
        StepState::Said(said.clone())
    }
}

fn is_wrong(cell: &Cell) -> bool {
    !cell.beyond && matches!(cell.outcome, Outcome::Fail | Outcome::Soft)
}

/// A step that the plan does not have any more: done where the evidence says so.
fn gone(walked: &Walked, key: StepKey, title: &str) -> WalkStep {
    let items: Vec<Item> = match key {
        StepKey::Mend(item) | StepKey::Set(item) => vec![item],
        StepKey::LogIn => vec![Item::Published],
        _ => Vec::new(),
    };
    let (does, doing) = how(key);
    WalkStep {
        key,
        part: PlanPart::Immediate,
        title: title.to_owned(),
        why: "it was found open since this walkthrough began".to_owned(),
        answers: walked.answers(&items),
        does: does.to_owned(),
        commands: Vec::new(),
        doing,
        points: None,
        time: StepTime::Stage(PlanPart::Immediate.minutes().0, PlanPart::Immediate.minutes().1),
        state: evidence(walked, key),
    }
}

fn evidence(walked: &Walked, key: StepKey) -> StepState {
    match key {
        StepKey::Mend(item) => mended(walked, walked.assessment.finding(item)),
        _ if walked.is_looking() => StepState::Looking,
        StepKey::Set(item) => {
            let note = &walked.assessment.finding(item).note;
            StepState::Done(format!("nothing asks for it any more: {note}"))
        }
        StepKey::LogIn => StepState::Done("no registry refuses this machine's credentials".to_owned()),
        _ => StepState::Done("everything that is looked for could be seen".to_owned()),
    }
}

fn mended(walked: &Walked, finding: &Finding) -> StepState {
    match finding.status {
        Status::Complete | Status::Waived | Status::Off => StepState::Done(finding.note.clone()),
        _ if walked.is_looking() => StepState::Looking,
        // Nothing contradicts it any more, and nothing shows it yet.
        _ => match walked.progress.and_then(|progress| progress.said.get(&StepKey::Mend(finding.item))) {
            Some(said) => StepState::Said(said.clone()),
            None => StepState::Waits(format!("what shows it: {}", finding.note)),
        },
    }
}
