use crate::model::{
    Cell, FactKey, HealthcheckRun, Item, Observed, Outcome, Reason, ReasonKind, Run, RunEnd, RunKind,
};

use super::super::super::testing::{Sample, amd64};

/// A release that is complete, and asks for a run of the runner's healthcheck.
fn asked() -> Sample {
    let mut sample = Sample::complete();
    sample.release.images[0].healthcheck = Some(HealthcheckRun { timeout: HealthcheckRun::TIMEOUT });
    sample
}

fn key(sample: &Sample) -> FactKey {
    sample.run_key(&sample.config("runner", &amd64()), RunKind::Healthcheck)
}

fn ran(ended: RunEnd, change: impl FnOnce(&mut Run)) -> Sample {
    let mut sample = asked();
    let config = sample.config("runner", &amd64());
    sample.ran(&config, RunKind::Healthcheck, &amd64(), 0, "curl: (7) refused\n", "");
    let mut run = sample.facts.run(&key(&sample)).and_then(Observed::seen).unwrap().clone();
    run.ended = ended;
    change(&mut run);
    sample.put_run(&config, RunKind::Healthcheck, Observed::Seen(run));
    sample
}

fn first(sample: &Sample) -> Cell {
    sample.checked(Item::NonRootHealthcheck).cells.remove(0)
}

fn warnings(sample: &Sample) -> Vec<String> {
    sample.checked(Item::NonRootHealthcheck).warnings
}

#[test]
fn a_healthy_container_is_said_and_is_evidence() {
    let sample = ran(RunEnd::Healthy, |_| {});
    let cell = first(&sample);
    assert_eq!(cell.outcome, Outcome::Pass);
    assert_eq!(cell.reason, "UID 10001, healthcheck defined, healthy when run natively");
    assert!(cell.because.contains(&key(&sample)));
    // Without the run nothing of it is said, and nothing is lost: it is optional.
    assert_eq!(first(&asked()).reason, "UID 10001, healthcheck defined");
}

#[test]
fn an_unhealthy_container_fails_with_the_last_probes_words() {
    let cell = first(&ran(RunEnd::Unhealthy, |_| {}));
    assert_eq!(cell.outcome, Outcome::Fail);
    assert_eq!(cell.reason, "unhealthy when run natively on linux/amd64: curl: (7) refused");
}

#[test]
fn a_container_that_ends_before_it_is_healthy_fails_whatever_its_code() {
    for code in [0, 3] {
        let cell = first(&ran(RunEnd::Exited(code), |run| run.stderr = "no config\n".to_owned()));
        assert_eq!(cell.outcome, Outcome::Fail);
        assert_eq!(cell.reason, format!("exits {code} before it is healthy on linux/amd64: no config"));
    }
}

#[test]
fn what_could_not_be_seen_of_it_warns_and_takes_nothing() {
    let starting = ran(RunEnd::TimedOut, |_| {});
    assert_eq!(first(&starting).outcome, Outcome::Pass);
    assert!(warnings(&starting)[0].contains("still said starting"), "{:?}", warnings(&starting));

    let slow = ran(RunEnd::Unhealthy, |run| {
        run.emulated = true;
        run.stdout = "Health check exceeded timeout (30s)".to_owned();
    });
    assert_eq!(first(&slow).outcome, Outcome::Pass);
    assert!(warnings(&slow)[0].contains("did not end in time"), "{:?}", warnings(&slow));

    let mut sample = asked();
    let config = sample.config("runner", &amd64());
    let reason = Reason::new(ReasonKind::NoEngine, "no container engine answers");
    sample.put_run(&config, RunKind::Healthcheck, Observed::Unknown(reason));
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    assert!(warnings(&sample)[0].contains("no container engine answers"), "{:?}", warnings(&sample));
}

#[test]
fn an_image_that_does_not_ask_for_it_is_not_judged_by_it() {
    let mut sample = ran(RunEnd::Unhealthy, |_| {});
    sample.release.images[0].healthcheck = None;
    assert_eq!(first(&sample).outcome, Outcome::Pass);
}

#[test]
fn it_is_run_only_where_the_scope_asks_for_it() {
    let mut sample = asked();
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    sample.scope.run.insert(RunKind::Healthcheck);
    assert_eq!(first(&sample).outcome, Outcome::Pending);
}
