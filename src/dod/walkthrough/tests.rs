use jiff::Timestamp;
use proptest::prelude::*;

use super::super::judge;
use super::super::testing::{Sample, sample};
use super::*;
use crate::model::{
    Access, Check, FactKey, JobOutcome, Note, Observed, Pass, ReasonKind, Run, RunKind, Walk,
};

/// Jobs, progress and durations beside a sample.
#[derive(Debug, Clone, Default)]
struct Said {
    attempts: Vec<Attempt>,
    progress: Option<WalkProgress>,
    durations: BTreeMap<Action, u32>,
}

fn at(time: &str) -> Timestamp {
    format!("2025-01-20T{time}Z").parse().unwrap()
}

/// The audit began a minute before the sample's facts, and ended with them.
fn walk_with(sample: &Sample, said: &Said) -> Walkthrough {
    let assessment = judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    walkthrough(&Walked {
        release: &sample.release,
        policy: &sample.policy,
        scope: &sample.scope,
        facts: &sample.facts,
        assessment: &assessment,
        round: (at("11:58:30"), Some(at("11:59:30"))),
        attempts: &said.attempts,
        durations: &said.durations,
        progress: said.progress.as_ref(),
    })
}

fn walk(sample: &Sample) -> Walkthrough {
    walk_with(sample, &Said::default())
}

fn state(walk: &Walkthrough, key: StepKey) -> StepState {
    walk.step(key).unwrap_or_else(|| panic!("no step {key}")).state.clone()
}

fn is_done(walk: &Walkthrough, key: StepKey) -> bool {
    matches!(state(walk, key), StepState::Done(_))
}

fn of(action: Action) -> StepKey {
    StepKey::Do(action)
}

fn ended(action: Action, outcome: JobOutcome) -> Said {
    let attempt = Attempt { id: 1, action, ended: Some((at("11:58:00"), outcome)) };
    Said { attempts: vec![attempt], ..Said::default() }
}

fn keys(walk: &Walkthrough) -> Vec<String> {
    walk.steps.iter().map(|step| step.key.to_string()).collect()
}

/// Everything of the complete sample, and what ran was pulled from every registry.
fn published() -> Sample {
    let mut sample = Sample::complete();
    for image in sample.release.images.clone() {
        for local in sample.local(image.name.as_str()).images {
            let key = sample.run_key(&local.config, RunKind::Version);
            let run = sample.facts.run(&key).and_then(Observed::seen).unwrap().clone();
            let pulled = Run { pulled: image.repositories.clone(), ..run };
            sample.put_run(&local.config, RunKind::Version, Observed::Seen(pulled));
        }
    }
    sample
}

#[test]
fn the_sample_report_has_the_three_stages_in_the_order_of_release() {
    let walk = walk(&sample());
    assert_eq!(
        keys(&walk),
        [
            "mend-version_command",
            "mend-size_budget",
            "build",
            "run-version",
            "example",
            "push",
            "sign",
            "attest-sbom",
            "scan",
            "publish",
            "read-tags",
            "compare-digests",
            "verify-signatures",
            "run-published",
            "audit-again",
            "report",
        ]
    );
    assert!(walk.steps.is_sorted_by_key(|step| step.part));
    assert_eq!(walk.next(), Some(0));
    assert_eq!(state(&walk, of(Action::Build)), StepState::Open);
    assert_eq!(state(&walk, of(Action::Push)), StepState::Waits("build".to_owned()));
    assert_eq!(state(&walk, of(Action::Sign)), StepState::Waits("push".to_owned()));
    assert_eq!(state(&walk, StepKey::Check(Check::Tags)), StepState::Waits("publish".to_owned()));
}

#[test]
fn every_step_says_why_what_and_how_and_names_its_command_or_the_operator() {
    for sample in [sample(), Sample::staged(), published()] {
        for step in walk(&sample).steps {
            assert!(!step.why.is_empty() && !step.does.is_empty() && !step.title.is_empty(), "{step:?}");
            let by_hand = matches!(step.doing, Doing::ByHand | Doing::ByHandThenLook);
            assert!(by_hand || !step.commands.is_empty(), "{step:?}");
        }
    }
}

#[test]
fn the_tags_wait_for_everything_that_makes_them_safe() {
    let walk = walk(&Sample::staged());
    assert_eq!(state(&walk, of(Action::Publish)), StepState::Waits("sign, attest-sbom and scan".to_owned()));
    for action in [Action::Build, Action::RunVersion, Action::RunExample, Action::Push] {
        assert!(is_done(&walk, of(action)), "{action}");
    }
    let StepState::Done(evidence) = state(&walk, of(Action::Push)) else { panic!() };
    assert!(evidence.contains("sha256:") && evidence.contains("every registry"), "{evidence}");
}

#[test]
fn a_step_is_passed_over_for_a_reason_and_what_comes_after_it_goes_on() {
    let note = Note { at: at("11:00:00"), by: "ada".to_owned(), reason: "signed by CI".to_owned() };
    let mut progress = WalkProgress::begun("ada", at("10:00:00"));
    for action in [Action::Sign, Action::AttestSbom, Action::Scan] {
        progress.skipped.insert(of(action), note.clone());
    }
    let said = Said { progress: Some(progress), ..Said::default() };
    let walk = walk_with(&Sample::staged(), &said);
    assert_eq!(state(&walk, of(Action::Sign)), StepState::Skipped(note));
    assert_eq!(state(&walk, of(Action::Publish)), StepState::Open);
    // The evidence outweighs what was said.
    let walk = walk_with(&published(), &said);
    assert!(is_done(&walk, of(Action::Sign)));
}

#[test]
fn a_job_that_ended_well_makes_no_step_done() {
    let done = JobOutcome::Done("built 4 images".to_owned());
    let walk = walk_with(&sample(), &ended(Action::Build, done));
    let StepState::Failed(why) = state(&walk, of(Action::Build)) else { panic!("{walk:?}") };
    assert!(why.contains("built 4 images; still open: "), "{why}");
    let failed = JobOutcome::Failed("the compiler said no".to_owned());
    let walk = walk_with(&sample(), &ended(Action::Build, failed));
    assert_eq!(state(&walk, of(Action::Build)), StepState::Failed("the compiler said no".to_owned()));
    let cancelled = walk_with(&sample(), &ended(Action::Build, JobOutcome::Cancelled));
    assert!(matches!(state(&cancelled, of(Action::Build)), StepState::Failed(_)));
    // And one that failed takes nothing from what is there.
    let failed = JobOutcome::Failed("no space".to_owned());
    assert!(is_done(&walk_with(&Sample::staged(), &ended(Action::Build, failed)), of(Action::Build)));
}

#[test]
fn what_the_operator_says_is_believed_until_something_newer_contradicts_it() {
    let key = StepKey::Mend(Item::VersionCommand);
    let mut said = Said::default();
    let progress = WalkProgress::begun("ada", at("11:00:00"));
    said.progress = Some(progress.clone().after(&Walk::Say(key), "ada", at("11:59:20")));
    let walk = walk_with(&sample(), &said);
    let StepState::Said(note) = state(&walk, key) else { panic!("{walk:?}") };
    assert_eq!(note.by, "ada");
    assert_eq!(walk.next(), Some(1), "the way goes on");
    assert!(!walk.is_over());
    said.progress = Some(progress.after(&Walk::Say(key), "ada", at("11:50:00")));
    let StepState::Failed(why) = state(&walk_with(&sample(), &said), key) else { panic!() };
    assert!(why.contains("ada") && why.contains("otherwise"), "{why}");
}

#[test]
fn what_was_open_once_stays_on_the_list_and_is_done_when_the_evidence_says_so() {
    let mut progress = WalkProgress::begun("ada", at("11:00:00"));
    let key = StepKey::Mend(Item::VersionCommand);
    progress.met.insert(key, "Mend the version command".to_owned());
    progress.met.insert(StepKey::LogIn, "Configure credentials for ghcr.io".to_owned());
    let said = Said { progress: Some(progress), ..Said::default() };
    let done = walk_with(&published(), &said);
    assert!(is_done(&done, key) && is_done(&done, StepKey::LogIn));
    // A new build has not been run yet: nothing fails, and nothing is proven.
    let mut built = sample();
    built.build();
    built.scope.run.clear();
    let StepState::Waits(on) = state(&walk_with(&built, &said), key) else { panic!() };
    assert!(on.starts_with("what shows it"), "{on}");
}

#[test]
fn after_the_publication_everything_is_looked_at_with_newer_evidence() {
    let mut said = ended(Action::Publish, JobOutcome::Done("set 4 tags".to_owned()));
    let walk = walk_with(&published(), &said);
    for check in Check::ALL {
        assert!(
            is_done(&walk, StepKey::Check(check)),
            "{check:?}: {:?}",
            state(&walk, StepKey::Check(check))
        );
    }
    assert_eq!(state(&walk, StepKey::Report), StepState::Open);
    // Published after the evidence was seen: everything is to be looked at again, except what a digest proves.
    said.attempts[0].ended = Some((at("11:59:10"), JobOutcome::Done("set 4 tags".to_owned())));
    let walk = walk_with(&published(), &said);
    for check in [Check::Tags, Check::Digests, Check::Signatures, Check::Audit] {
        assert_eq!(state(&walk, StepKey::Check(check)), StepState::Open, "{check:?}");
    }
    assert!(is_done(&walk, StepKey::Check(Check::Version)));
    assert!(matches!(state(&walk, StepKey::Report), StepState::Waits(_)));
    // Remembered from another day.
    said.attempts.clear();
    let mut progress = WalkProgress::begun("ada", at("11:00:00"));
    progress.published = Some(at("11:59:10"));
    said.progress = Some(progress);
    assert_eq!(state(&walk_with(&published(), &said), StepKey::Check(Check::Tags)), StepState::Open);
}

#[test]
fn a_run_of_this_machines_own_copy_validates_nothing() {
    let walk = walk(&Sample::complete());
    assert!(is_done(&walk, of(Action::RunVersion)));
    assert_eq!(state(&walk, StepKey::Check(Check::Version)), StepState::Open);
}

#[test]
fn a_verdict_that_is_no_go_is_no_end_and_says_what_is_missing() {
    let mut sample = published();
    sample.scope.run.clear();
    sample.forget(|key| matches!(key, FactKey::Run { kind: RunKind::Version, .. }));
    let note = Note { at: at("11:00:00"), by: "ada".to_owned(), reason: "no engine".to_owned() };
    let mut progress = WalkProgress::begun("ada", at("10:00:00"));
    progress.skipped.insert(of(Action::RunVersion), note);
    let said = Said { progress: Some(progress), ..Said::default() };
    let walk = walk_with(&sample, &said);
    let StepState::Failed(why) = state(&walk, StepKey::Check(Check::Audit)) else { panic!("{walk:?}") };
    assert!(why.contains("NO_GO (undecided), 95/100"), "{why}");
    assert_eq!(state(&walk, StepKey::Report), StepState::Open, "the report says what is missing");
}

#[test]
fn the_report_counts_when_it_was_written_after_the_last_look() {
    let mut said = Said::default();
    let progress = WalkProgress::begun("ada", at("10:00:00"));
    said.progress = Some(progress.clone().after(&Walk::Reported("r.md".to_owned()), "ada", at("11:59:40")));
    let walk = walk_with(&published(), &said);
    assert!(is_done(&walk, StepKey::Report));
    assert!(walk.is_over() && walk.next().is_none());
    said.progress = Some(progress.after(&Walk::Reported("r.md".to_owned()), "ada", at("11:00:00")));
    assert_eq!(state(&walk_with(&published(), &said), StepKey::Report), StepState::Open);
}

#[test]
fn durations_that_are_kept_are_said_and_others_are_those_of_the_stage() {
    let said = Said { durations: BTreeMap::from([(Action::Build, 252)]), ..Said::default() };
    let walk = walk_with(&sample(), &said);
    assert_eq!(walk.step(of(Action::Build)).unwrap().time, StepTime::Took(252));
    assert_eq!(walk.step(of(Action::Push)).unwrap().time, StepTime::Stage(120, 180));
    assert_eq!(walk.steps[0].time, StepTime::Stage(30, 30));
}

#[test]
fn items_that_are_off_and_what_nobody_builds_have_no_steps() {
    let mut sample = Sample::staged();
    for item in [Item::Signed, Item::ExamplePipeline] {
        let off = crate::model::ItemPolicy { off: Some("not here".to_owned()), class: None };
        sample.policy.items.insert(item, off);
    }
    for image in &mut sample.release.images {
        image.build = None;
    }
    let walk = walk(&sample);
    for absent in ["build", "example", "sign", "verify-signatures"] {
        assert!(!keys(&walk).contains(&absent.to_owned()), "{absent}");
    }
}

#[test]
fn while_something_is_looked_for_nothing_is_claimed() {
    let mut sample = published();
    let key = sample.tag_key("runner", 0, Access::Anonymous, Pass::First);
    sample.facts.remove(&key);
    let walk = walk(&sample);
    for key in [of(Action::Push), of(Action::Publish), StepKey::Check(Check::Tags), StepKey::Report] {
        assert!(!is_done(&walk, key), "{key}");
    }
}

#[test]
fn a_registry_that_cannot_be_read_leaves_nothing_done_that_rests_on_it() {
    let mut sample = published();
    for pass in [Pass::First, Pass::Last] {
        let key = sample.tag_key("runner", 1, Access::Anonymous, pass);
        sample.put_unknown(key, ReasonKind::TimedOut, "docker.io did not answer");
    }
    let walk = walk(&sample);
    for key in
        [of(Action::Push), of(Action::Publish), StepKey::Check(Check::Tags), StepKey::Check(Check::Digests)]
    {
        assert!(!is_done(&walk, key), "{key}: {:?}", state(&walk, key));
    }
    assert!(walk.step(StepKey::LookAgain).is_some());
}

/// Which facts a step rests on.
fn rests_on(key: StepKey, fact: &FactKey) -> bool {
    match key {
        StepKey::Do(Action::RunVersion) | StepKey::Check(Check::Version) => {
            matches!(fact, FactKey::Run { kind: RunKind::Version, .. })
        }
        StepKey::Do(Action::RunExample) => matches!(fact, FactKey::Run { kind: RunKind::Example, .. }),
        StepKey::Do(Action::Sign) | StepKey::Check(Check::Signatures) => {
            matches!(fact, FactKey::Signature { .. })
        }
        StepKey::Do(Action::AttestSbom) => matches!(fact, FactKey::Sbom(_)),
        StepKey::Do(Action::Scan) => matches!(fact, FactKey::Scan { .. }),
        StepKey::Check(Check::Digests) => matches!(fact, FactKey::Present { .. }),
        StepKey::Do(Action::Push) => matches!(fact, FactKey::Tag { pass: Pass::First, .. }),
        StepKey::Do(Action::Publish) | StepKey::Check(Check::Tags | Check::Audit) => {
            matches!(fact, FactKey::Tag { .. })
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_step_whose_evidence_is_taken_away_is_open_again(
        which in any::<prop::sample::Index>(),
        key in prop::sample::select(StepKey::all().collect::<Vec<_>>()),
        unseen in any::<bool>(),
    ) {
        let mut sample = published();
        prop_assume!(walk(&sample).step(key).is_some());
        prop_assert!(is_done(&walk(&sample), key) || key == StepKey::Report || key == of(Action::Build));
        let facts: Vec<FactKey> =
            sample.facts.iter().map(|(key, _)| key.clone()).filter(|fact| rests_on(key, fact)).collect();
        // That a registry has the index is shown by the tag, too.
        let indexes = [sample.index("runner"), sample.index("full")];
        let shown = |fact: &FactKey| match fact {
            FactKey::Present { digest, .. } => !indexes.contains(digest),
            // The indexes are signed; what is attached to a platform belongs to other items.
            FactKey::Signature { subject, .. } => indexes.contains(subject),
            // Of the build before it nothing counts any more.
            FactKey::Run { config, .. } => sample.locals().iter().any(|(_, local)| local.config == *config),
            _ => true,
        };
        let facts: Vec<FactKey> = facts.into_iter().filter(shown).collect();
        prop_assume!(!facts.is_empty());
        let fact = which.get(&facts);
        if unseen {
            sample.unsee(fact);
        } else {
            sample.facts.remove(fact);
        }
        let walk = walk(&sample);
        prop_assert!(!is_done(&walk, key), "{} without {:?}: {:?}", key, fact, state(&walk, key));
    }

    #[test]
    fn stages_come_in_order_keys_are_unique_and_the_tags_come_after_everything(stage in 0..3_usize) {
        let walk = walk(&[sample, Sample::staged, published][stage]());
        prop_assert!(walk.steps.is_sorted_by_key(|step| step.part));
        let mut keys = keys(&walk);
        let publish = walk.steps.iter().position(|step| step.key == of(Action::Publish)).unwrap();
        let last = walk.steps.iter().rposition(|step| step.part == PlanPart::BuildAndRelease).unwrap();
        prop_assert_eq!(publish, last);
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), walk.steps.len());
    }
}
