use crate::model::{Cell, FactKey, Item, Observed, Outcome, ReasonKind, Run, RunEnd, RunKind};

use super::super::super::testing::{Sample, amd64, arm64, sample};

fn first(sample: &Sample) -> Cell {
    sample.checked(Item::ExamplePipeline).cells.remove(0)
}

fn with(change: impl FnOnce(&mut Run)) -> Sample {
    let mut sample = Sample::complete();
    let config = sample.config("runner", &amd64());
    let key = sample.run_key(&config, RunKind::Example);
    let mut run = sample.facts.run(&key).and_then(Observed::seen).cloned().unwrap();
    change(&mut run);
    sample.put_run(&config, RunKind::Example, Observed::Seen(run));
    sample
}

#[test]
fn an_example_that_runs_and_leaves_its_outputs_passes_on_the_native_platform_alone() {
    let cells = Sample::complete().checked(Item::ExamplePipeline).cells;
    assert_eq!(cells.len(), 1);
    assert_eq!((cells[0].outcome, cells[0].platform.clone()), (Outcome::Pass, Some(amd64())));
    assert!(cells[0].in_registry);
    assert_eq!(
        cells[0].reason,
        "`gl run demo.yaml` exits 0 on linux/amd64 (native) and writes out/report.json (181 B)"
    );
}

#[test]
fn a_run_that_looked_for_no_such_output_says_nothing_of_it() {
    let cell = first(&with(|run| run.outputs.clear()));
    assert_eq!(cell.outcome, Outcome::Untried);
    assert!(cell.reason.contains("out/report.json was not looked for"), "{}", cell.reason);
}

#[test]
fn an_example_without_outputs_claims_none() {
    let mut sample = Sample::complete();
    sample.release.images[0].example.as_mut().unwrap().outputs.clear();
    let checked = sample.checked(Item::ExamplePipeline);
    assert_eq!(checked.note, "the example runs");
    assert_eq!(checked.cells[0].reason, "`gl run demo.yaml` exits 0 on linux/amd64 (native)");
}

#[test]
fn a_non_zero_exit_or_a_missing_output_fails() {
    assert_eq!(first(&with(|run| run.ended = RunEnd::Exited(1))).outcome, Outcome::Fail);
    let missing = first(&with(|run| run.outputs[0].size = None));
    assert_eq!(missing.outcome, Outcome::Fail);
    assert!(missing.reason.contains("leaves out/report.json missing or empty"), "{}", missing.reason);
    assert_eq!(first(&with(|run| run.outputs[0].size = Some(0))).outcome, Outcome::Fail);
    assert_eq!(first(&with(|run| run.ended = RunEnd::ExecFormatError)).outcome, Outcome::Fail);
}

#[test]
fn past_its_limits_it_fails_natively_and_is_unknown_emulated() {
    assert_eq!(first(&with(|run| run.ended = RunEnd::TimedOut)).outcome, Outcome::Fail);
    let emulated = with(|run| {
        run.ended = RunEnd::Flooded;
        run.emulated = true;
    });
    assert_eq!(first(&emulated).outcome, Outcome::Unknown);
}

#[test]
fn an_engine_that_fails_is_unknown() {
    let mut sample = Sample::complete();
    let key = sample.run_key(&sample.config("runner", &amd64()), RunKind::Example);
    sample.put_unknown(key, ReasonKind::NoEngine, "no engine");
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
}

#[test]
fn an_example_that_nobody_ran_is_untried_and_one_that_is_asked_for_is_pending() {
    let mut sample = sample();
    let checked = sample.checked(Item::ExamplePipeline);
    assert_eq!(checked.cells[0].outcome, Outcome::Untried);
    assert_eq!((checked.instead, checked.note.as_str()), (None, "the example was not run yet"));
    sample.scope.run.insert(RunKind::Example);
    assert_eq!(first(&sample).outcome, Outcome::Pending);
}

#[test]
fn the_platforms_named_for_it_count() {
    let mut sample = Sample::complete();
    sample.release.images[0].example.as_mut().unwrap().platforms = vec![amd64(), arm64()];
    assert_eq!(sample.outcomes(Item::ExamplePipeline), [Outcome::Pass, Outcome::Untried].into());
}

#[test]
fn nothing_configured_or_nothing_built_makes_no_cell() {
    let mut sample = sample();
    sample.put_absent(FactKey::Local("runner".parse().unwrap()), "no layout");
    let checked = sample.checked(Item::ExamplePipeline);
    assert_eq!(
        (checked.cells.len(), checked.note.as_str()),
        (0, "nothing is built that the example could run in")
    );
    sample.release.images[0].example = None;
    assert!(sample.checked(Item::ExamplePipeline).note.contains("no example is configured"));
}
