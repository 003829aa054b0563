use crate::model::{Cell, FactKey, Item, Level, Observed, Outcome, ReasonKind, Run, RunEnd, RunKind};

use super::super::super::testing::{Sample, amd64, arm64, sample};

/// The cell of the runner for amd64.
fn first(sample: &Sample) -> Cell {
    sample.checked(Item::VersionCommand).cells.remove(0)
}

fn ran(stdout: &str, stderr: &str, exit: i32) -> Sample {
    let mut sample = Sample::complete();
    let config = sample.config("runner", &amd64());
    sample.ran(&config, RunKind::Version, &amd64(), exit, stdout, stderr);
    sample
}

fn ended(ended: RunEnd, emulated: bool) -> Sample {
    let mut sample = Sample::complete();
    let config = sample.config("runner", &amd64());
    let key = sample.run_key(&config, RunKind::Version);
    let run = sample.facts.run(&key).and_then(Observed::seen).cloned().unwrap();
    sample.put_run(&config, RunKind::Version, Observed::Seen(Run { emulated, ended, ..run }));
    sample
}

#[test]
fn the_release_s_version_on_every_platform_passes() {
    let sample = Sample::complete();
    assert_eq!(sample.outcomes(Item::VersionCommand), [Outcome::Pass].into());
    let cell = first(&sample);
    assert_eq!((cell.level, cell.in_registry), (Some(Level::Verified), true));
    assert_eq!(cell.reason, "`gl --version` prints 0.2.0 on linux/amd64 (native)");
    let reasons: Vec<_> =
        sample.checked(Item::VersionCommand).cells.into_iter().map(|cell| cell.reason).collect();
    assert!(reasons[1].ends_with("prints 0.2.0 on linux/arm64 (emulated)"), "{reasons:?}");
}

#[test]
fn a_run_of_a_local_image_counts_and_is_not_in_a_registry() {
    let mut sample = sample();
    sample.mend_version();
    let cell = first(&sample);
    assert_eq!((cell.outcome, cell.in_registry), (Outcome::Pass, false));
}

#[test]
fn a_non_zero_exit_another_version_or_none_fails() {
    let cell = first(&sample());
    assert_eq!(cell.outcome, Outcome::Fail);
    assert_eq!(
        cell.reason,
        "`gl --version` exits 2 on linux/amd64 (native): Error: No such option: --version"
    );
    assert_eq!(first(&ran("GreenLang v0.2.0\n", "", 1)).outcome, Outcome::Fail);
    let other = first(&ran("GreenLang v0.1.9\n", "", 0));
    assert_eq!(other.reason, "`gl --version` prints 0.1.9 on linux/amd64 (native), the release is 0.2.0");
    assert_eq!(first(&ran("hello", "", 0)).outcome, Outcome::Fail);
    assert_eq!(first(&ran("0.2.0-rc.1", "", 0)).outcome, Outcome::Fail);
}

#[test]
fn standard_error_is_read_where_standard_output_has_no_version() {
    assert_eq!(first(&ran("", "gl 0.2.0\n", 0)).outcome, Outcome::Pass);
}

#[test]
fn a_pattern_overrides_the_first_token() {
    let mut sample = ran("python 3.12.1, gl 0.2.0", "", 0);
    assert_eq!(first(&sample).outcome, Outcome::Fail);
    sample.release.images[0].version.as_mut().unwrap().pattern = Some(r"gl (\S+)".to_owned());
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    sample.release.images[0].version.as_mut().unwrap().pattern = Some("(".to_owned());
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
}

#[test]
fn an_exec_format_error_fails_although_emulation_is_there() {
    assert_eq!(first(&ended(RunEnd::ExecFormatError, true)).outcome, Outcome::Fail);
}

#[test]
fn a_native_program_past_its_limits_fails_and_an_emulated_one_is_unknown() {
    for end in [RunEnd::TimedOut, RunEnd::Flooded] {
        assert_eq!(first(&ended(end.clone(), false)).outcome, Outcome::Fail);
        assert_eq!(first(&ended(end, true)).outcome, Outcome::Unknown);
    }
}

#[test]
fn no_emulation_or_no_engine_is_unknown() {
    let mut sample = sample();
    sample.build();
    sample.run_version_natively();
    let cells = sample.checked(Item::VersionCommand).cells;
    let arm = cells.iter().find(|cell| cell.platform == Some(arm64())).unwrap();
    assert_eq!(arm.outcome, Outcome::Unknown);
    assert_eq!(arm.reason, "this host cannot run linux/arm64; install qemu-user-static");
    assert_eq!(sample.outcomes(Item::VersionCommand), [Outcome::Pass, Outcome::Unknown].into());
}

#[test]
fn a_run_that_nobody_asked_for_is_untried_and_one_that_is_asked_for_is_pending() {
    let mut sample = sample();
    sample.build();
    assert_eq!(sample.outcomes(Item::VersionCommand), [Outcome::Pending].into());
    sample.scope.run.clear();
    assert_eq!(sample.outcomes(Item::VersionCommand), [Outcome::Untried].into());
    sample.forget(|key| matches!(key, FactKey::StoredRuns(_)));
    assert_eq!(sample.outcomes(Item::VersionCommand), [Outcome::Pending].into());
}

#[test]
fn a_run_of_another_config_is_no_proof() {
    let mut sample = Sample::complete();
    let key = sample.run_key(&sample.config("runner", &arm64()), RunKind::Version);
    sample.facts.remove(&key);
    sample.scope.run.clear();
    assert_eq!(sample.outcomes(Item::VersionCommand), [Outcome::Pass, Outcome::Untried].into());
}

#[test]
fn images_without_a_command_and_platforms_never_built_make_no_cell() {
    let mut sample = sample();
    assert_eq!(sample.checked(Item::VersionCommand).cells.len(), 1);
    sample.put_absent(FactKey::Local("runner".parse().unwrap()), "no layout");
    let checked = sample.checked(Item::VersionCommand);
    assert_eq!((checked.cells.len(), checked.note.as_str()), (0, "nothing is built that could run"));
    for image in &mut sample.release.images {
        image.version = None;
    }
    assert_eq!(sample.checked(Item::VersionCommand).note, "no image has a command that prints its version");
}

#[test]
fn an_unreadable_engine_is_unknown() {
    let mut sample = sample();
    sample.put_unknown(FactKey::Local("runner".parse().unwrap()), ReasonKind::NoEngine, "no engine");
    assert_eq!(sample.outcomes(Item::VersionCommand), [Outcome::Unknown].into());
}
