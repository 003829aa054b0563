use crate::model::{Cell, Fact, FactKey, Item, LocalImage, LocalImages, Observed, Outcome, ReasonKind};

use super::super::super::testing::{Sample, amd64, arm64, name, sample};
use super::si;

fn first(sample: &Sample) -> Cell {
    sample.checked(Item::SizeBudget).cells.remove(0)
}

#[test]
fn within_the_budget_passes() {
    assert_eq!(Sample::complete().outcomes(Item::SizeBudget), [Outcome::Pass].into());
    assert_eq!(first(&Sample::complete()).reason, "runner 240 MB of 300 MB unpacked, 80 MB compressed");
    assert!(first(&Sample::complete()).in_registry);
}

#[test]
fn over_the_budget_is_soft_and_over_the_limit_fails() {
    let mut sample = sample();
    let cell = first(&sample);
    assert_eq!((cell.outcome, cell.reason.as_str()), (Outcome::Soft, "runner 367 MB exceeds 300 MB"));
    sample.release.images[0].limit = Some(367_000_000);
    assert_eq!(first(&sample).outcome, Outcome::Soft);
    sample.release.images[0].limit = Some(366_999_999);
    assert_eq!(first(&sample).outcome, Outcome::Fail);
}

#[test]
fn exactly_the_budget_passes_and_one_byte_more_is_soft() {
    let mut sample = sample();
    sample.release.images[0].budget = Some(367_000_000);
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    sample.release.images[0].budget = Some(366_999_999);
    assert_eq!(first(&sample).outcome, Outcome::Soft);
}

#[test]
fn an_image_never_built_and_a_platform_never_built_are_untried() {
    let checked = sample().checked(Item::SizeBudget);
    let outcomes: Vec<Outcome> = checked.cells.iter().map(|cell| cell.outcome).collect();
    assert_eq!(outcomes, [Outcome::Soft, Outcome::Untried, Outcome::Untried, Outcome::Untried]);
    assert_eq!(checked.note, "runner 367 MB exceeds 300 MB; full was never built");
}

#[test]
fn a_platform_missing_from_the_index_is_untried() {
    let mut sample = Sample::complete();
    sample.change_index("runner", |index| index.manifests.truncate(1));
    let cells = sample.checked(Item::SizeBudget).cells;
    assert_eq!(cells[1].reason, "linux/arm64 is not in runner's index");
}

#[test]
fn without_a_budget_it_is_untried_and_the_setting_is_named() {
    let mut sample = Sample::complete();
    sample.release.images[0].budget = None;
    let cell = first(&sample);
    assert_eq!(cell.outcome, Outcome::Untried);
    assert!(cell.reason.contains("[[image]] budget"), "{}", cell.reason);
    sample.release.images[0].limit = Some(1_000_000_000);
    assert_eq!(first(&sample).outcome, Outcome::Pass);
}

#[test]
fn a_layer_that_was_not_read_is_unknown_and_one_to_come_is_pending() {
    let mut sample = Sample::complete();
    let key = sample.layer_key("runner", &amd64());
    sample.put_unknown(key.clone(), ReasonKind::TooLarge, "more than 4 GB");
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    sample.facts.remove(&key);
    assert_eq!(first(&sample).outcome, Outcome::Pending);
}

#[test]
fn an_engine_s_size_of_the_same_config_counts_where_layers_were_not_read() {
    let mut sample = sample();
    let config = sample.config("runner", &amd64());
    let engine = LocalImage { platform: amd64(), manifest: None, config, size: Some(290_000_000) };
    let images = LocalImages { source: "engine".to_owned(), index: None, images: vec![engine] };
    sample.put(FactKey::Local(name("runner")), Fact::Local(Observed::Seen(images)));
    let cell = first(&sample);
    assert_eq!((cell.outcome, cell.reason.as_str()), (Outcome::Pass, "runner 290 MB of 300 MB"));
}

#[test]
fn an_engine_that_does_not_answer_is_unknown() {
    let mut sample = sample();
    sample.put_unknown(FactKey::Local(name("runner")), ReasonKind::NoEngine, "no engine");
    let cells = sample.checked(Item::SizeBudget).cells;
    assert!(cells[..2].iter().all(|cell| cell.outcome == Outcome::Unknown));
    assert_eq!(cells[1].platform, Some(arm64()));
}

#[test]
fn sizes_are_si_and_never_rounded_down_to_the_budget() {
    for (bytes, words) in [
        (0, "0 B"),
        (912, "912 B"),
        (1_500, "1.5 kB"),
        (367_000_000, "367 MB"),
        (300_000_001, "300.01 MB"),
        (1_050_000_000, "1.05 GB"),
        (u64::MAX, "18446744073.71 GB"),
    ] {
        assert_eq!(si(bytes), words);
    }
}
