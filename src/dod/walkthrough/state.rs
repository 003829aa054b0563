//! What has to come first, and what the operator passed over.

use crate::model::{Action, StepKey, StepState, WalkStep};

use super::Walked;
use crate::dod::checks::listed;

/// Gives each step that could be done its place in the order: a step waits for those before it, and one that was
/// passed over is left alone until its evidence is there.
pub(super) fn settle(walked: &Walked, steps: &mut [WalkStep]) {
    for place in 0..steps.len() {
        let (before, rest) = steps.split_at_mut(place);
        let step = &mut rest[0];
        step.state = settled(walked, step, before);
    }
}

/// The state of a step, with what is before it and what was said.
pub(super) fn settled(walked: &Walked, step: &WalkStep, before: &[WalkStep]) -> StepState {
    if matches!(step.state, StepState::Done(_) | StepState::Running(_)) {
        return step.state.clone();
    }
    if let Some(note) = walked.progress.and_then(|progress| progress.skipped.get(&step.key)) {
        return StepState::Skipped(note.clone());
    }
    if step.state == StepState::Looking {
        return StepState::Looking;
    }
    let missing: Vec<String> = first(step.key)
        .iter()
        .filter_map(|key| before.iter().find(|step| step.key == *key))
        .filter(|step| !step.state.is_settled())
        .map(|step| step.key.to_string())
        .collect();
    match &step.state {
        StepState::Open | StepState::Failed(_) if !missing.is_empty() => StepState::Waits(listed(&missing)),
        state => state.clone(),
    }
}

/// What has to come before a step.
fn first(key: StepKey) -> &'static [StepKey] {
    const BUILD: StepKey = StepKey::Do(Action::Build);
    const PUSH: StepKey = StepKey::Do(Action::Push);
    match key {
        StepKey::Do(Action::RunVersion | Action::RunExample | Action::Push) => &[BUILD],
        StepKey::Do(Action::Sign | Action::AttestSbom | Action::Scan) => &[PUSH],
        // The tags last: nobody ever pulls what is not signed.
        StepKey::Do(Action::Publish) => &[
            PUSH,
            StepKey::Do(Action::RunVersion),
            StepKey::Do(Action::RunExample),
            StepKey::Do(Action::Sign),
            StepKey::Do(Action::AttestSbom),
            StepKey::Do(Action::Scan),
        ],
        StepKey::Check(_) | StepKey::Report => &[StepKey::Do(Action::Publish)],
        _ => &[],
    }
}
