use std::sync::Arc;

use super::order::{self, Order};
use super::speaker::{self, Speaker};
use crate::cockpit::{Job, State};
use crate::dod;
use crate::dod::testing::{Sample, sample};
use crate::model::{Action, ActionPlan, Effect, Item, ItemChange, JobOutcome, Scope, Status};

fn state(sample: &Sample) -> State {
    let scope = Scope::default();
    let assessment = dod::judge(&sample.release, &sample.policy, &scope, &sample.facts);
    let (release, policy) = (Arc::new(sample.release.clone()), Arc::new(sample.policy.clone()));
    let mut state = State::of(release, policy, scope, sample.facts.clone(), Arc::new(assessment));
    state.round.id = 1;
    state.round.ended = Some(state.facts.as_of);
    state
}

#[test]
fn a_look_is_said_item_by_item_and_then_the_verdict() {
    let mut speaker = Speaker::new(false);
    insta::assert_snapshot!(speaker.news(&state(&sample())).join("\n"));
    assert!(speaker.news(&state(&sample())).is_empty(), "nothing is said twice");
}

#[test]
fn only_what_changed_is_said_again() {
    let (mut speaker, mut sample) = (Speaker::new(false), sample());
    speaker.news(&state(&sample));
    sample.mend_version();
    let mut again = state(&sample);
    again.round.id = 2;
    insta::assert_snapshot!(speaker.news(&again).join("\n"));
}

#[test]
fn jobs_plans_and_what_is_asked_for_are_sentences() {
    let (mut speaker, mut state) = (Speaker::new(false), state(&sample()));
    speaker.news(&state);
    let at = state.facts.as_of;
    let job = |id, action, ended| Job {
        id,
        action,
        started: Some(at),
        ended,
        progress: None,
        output: std::collections::VecDeque::new(),
        dropped: 0,
        whole: None,
    };
    state.jobs = vec![
        job(1, Action::Build, Some((at, JobOutcome::Failed("step 3 failed".to_owned())))),
        job(2, Action::RunVersion, None),
    ];
    let plan = ActionPlan {
        action: Action::Publish,
        effect: Effect::Publishes,
        steps: vec!["set ghcr.io/acme/greenlang:0.2.0".to_owned()],
        digests: vec![("runner".parse().unwrap(), crate::model::Digest::of(b"index"))],
        points: (75, 85),
        changes: vec![ItemChange {
            item: Item::Published,
            before: (Status::NotStarted, 0),
            after: (Status::Complete, 10),
        }],
        verdict_after: Some("NO_GO".to_owned()),
        warnings: vec!["strangers would pull what nobody signed".to_owned()],
        second_question: Some("A MUST item is open. Publish all the same?".to_owned()),
    };
    state.plan = Some(crate::cockpit::PendingPlan { id: 1, plan });
    let mut said = speaker.news(&state);
    let pending = state.plan.as_ref().unwrap();
    said.extend(speaker.second_question(pending));
    assert_eq!(speaker.second_question(pending), None, "it is asked once");
    said.extend(speaker::jobs(&state));
    said.extend(speaker::item(&state, Item::VersionCommand));
    said.extend(speaker::status(&state));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn words_are_read_as_they_are_said() {
    let read = |line: &str| order::read(line).unwrap();
    assert_eq!(read("  Audit "), Order::Audit);
    assert_eq!(read("item 3"), Order::Item(Item::Signed));
    assert_eq!(read("item sbom"), Order::Item(Item::Sbom));
    assert_eq!(read("attest-sbom"), Order::Act(Action::AttestSbom));
    assert_eq!(read("y"), Order::Yes);
    assert_eq!(read(""), Order::Nothing);
    assert_eq!(order::read("biuld").unwrap_err(), "biuld is not understood; did you mean `build`?");
    // A run is taken up by its number, which no single word has.
    let by_number = [Action::RerunFailed, Action::CancelRun, Action::WatchRun];
    for action in Action::ALL.into_iter().filter(|action| !by_number.contains(action)) {
        let means = |line: &String| order::read(line.split(':').next().unwrap()) == Ok(Order::Act(action));
        assert!(order::help().iter().any(means), "{action:?} has no word of its own");
    }
    assert!(order::read("item 11").unwrap_err().contains("from 1 to 10"));
    insta::assert_snapshot!(order::help().join("\n"));
}
