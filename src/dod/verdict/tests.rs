use super::super::judge;
use super::super::testing::{Sample, amd64, name, sample};
use super::*;
use crate::model::{Access, Assessment, ItemPolicy, Observed, Pass, Policy, ReasonKind, RunKind, Waiver};

fn judged(sample: &Sample) -> Assessment {
    judge(&sample.release, &sample.policy, &sample.scope, &sample.facts)
}

fn verdict_of(sample: &Sample) -> Verdict {
    judged(sample).verdict.unwrap()
}

fn over_budget() -> Sample {
    let mut sample = Sample::complete();
    sample.change_layer("runner", &amd64(), |layer| layer.unpacked = 300_000_001);
    sample
}

fn waive(sample: &mut Sample, item: Item, until: &str) {
    let until = until.parse().unwrap();
    let reason = Some("models move out in 0.3".to_owned());
    sample.policy.waivers.push(Waiver { item, image: None, platform: None, until, reason });
}

fn off(sample: &mut Sample, item: Item) {
    let off = ItemPolicy { off: Some("the image is a library".to_owned()), ..ItemPolicy::default() };
    sample.policy.items.insert(item, off);
}

#[test]
fn an_open_must_is_no_go_and_named() {
    let mut sample = Sample::complete();
    sample.change_config("runner", &amd64(), |config| config.user = String::new());
    let verdict = verdict_of(&sample);
    assert_eq!(verdict.words(), "NO_GO");
    assert_eq!(verdict.reasons.len(), 1);
    assert!(verdict.reasons[0].starts_with("Non-root, healthcheck is FAILED"), "{:?}", verdict.reasons);
}

#[test]
fn a_should_item_of_three_may_be_partial_and_caps_the_verdict() {
    let sample = over_budget();
    let assessment = judged(&sample);
    // 25 of 30 is 83 %.
    assert_eq!(assessment.verdict.as_ref().unwrap().words(), "GO (conditional)");
    assert_eq!(assessment.risk, Risk::Medium);
}

#[test]
fn should_points_under_80_percent_are_no_go() {
    let mut sample = over_budget();
    sample
        .policy
        .items
        .insert(Item::OciLabels, ItemPolicy { off: Some("none wanted".to_owned()), ..ItemPolicy::default() });
    // 15 of 20.
    let verdict = verdict_of(&sample);
    assert_eq!(verdict.words(), "NO_GO");
    let reasons = ["SHOULD items have 75 % of their points, 80 % are needed", "of 9 items: oci_labels off"];
    assert_eq!(verdict.reasons, reasons);
}

#[test]
fn waived_and_off_should_items_are_left_out_on_both_sides_and_none_left_passes() {
    let mut sample = over_budget();
    waive(&mut sample, Item::SizeBudget, "2025-12-31");
    off(&mut sample, Item::OciLabels);
    off(&mut sample, Item::ExamplePipeline);
    let assessment = judged(&sample);
    let verdict = assessment.verdict.as_ref().unwrap();
    assert_eq!(verdict.words(), "GO (conditional)");
    assert_eq!(verdict.reasons.last().unwrap(), "of 8 items: example_pipeline, oci_labels off");
    let size = assessment.finding(Item::SizeBudget);
    assert_eq!((size.status, size.points), (Status::Waived, Some(5)));
    assert!(size.note.ends_with("waived until 2025-12-31: models move out in 0.3"), "{}", size.note);
}

#[test]
fn an_item_that_is_off_leaves_a_go_of_nine() {
    let mut sample = Sample::complete();
    off(&mut sample, Item::ExamplePipeline);
    let verdict = verdict_of(&sample);
    assert_eq!(verdict.words(), "GO");
    assert_eq!(verdict.reasons, ["of 9 items: example_pipeline off"]);
    assert_eq!(judged(&sample).readiness.to_string(), "100/100");
}

#[test]
fn where_everything_is_off_nothing_was_judged() {
    let mut sample = Sample::complete();
    for item in Item::ALL {
        off(&mut sample, item);
    }
    assert_eq!(verdict_of(&sample).words(), "GO (conditional)");
}

#[test]
fn an_expired_waiver_covers_nothing_and_is_a_warning() {
    let mut sample = over_budget();
    waive(&mut sample, Item::SizeBudget, "2025-01-19");
    let assessment = judged(&sample);
    assert_eq!(assessment.finding(Item::SizeBudget).status, Status::Partial);
    assert_eq!(assessment.warnings.len(), 1);
}

#[test]
fn a_waived_must_is_conditional() {
    let mut sample = Sample::complete();
    sample.change_config("runner", &amd64(), |config| config.user = String::new());
    waive(&mut sample, Item::NonRootHealthcheck, "2025-01-20");
    assert_eq!(verdict_of(&sample).words(), "GO (conditional)");
}

#[test]
fn a_waiver_never_covers_an_image_without_a_published_digest() {
    let mut sample = sample();
    for item in Item::ALL {
        waive(&mut sample, item, "2025-12-31");
    }
    let assessment = judged(&sample);
    assert_eq!(assessment.readiness.points, 45);
    assert!(assessment.findings.iter().all(|finding| finding.status != Status::Waived));
}

#[test]
fn a_waiver_never_covers_a_hard_stop() {
    let mut sample = Sample::complete();
    waive(&mut sample, Item::Published, "2025-12-31");
    let key = sample.tag_key("runner", 0, Access::Anonymous, Pass::Last);
    sample.put_absent(key, "404 from ghcr.io");
    let assessment = judged(&sample);
    assert_eq!(assessment.verdict.as_ref().unwrap().words(), "NO_GO");
    assert_eq!(assessment.risk, Risk::Critical);
}

#[test]
fn a_hard_stop_of_an_item_that_is_off_is_a_warning() {
    let mut sample = Sample::complete();
    off(&mut sample, Item::Published);
    let key = sample.tag_key("runner", 0, Access::Anonymous, Pass::Last);
    sample.put_absent(key, "404 from ghcr.io");
    let assessment = judged(&sample);
    assert_eq!(assessment.verdict.as_ref().unwrap().words(), "GO");
    let warnings = &assessment.finding(Item::Published).warnings;
    assert!(warnings.iter().any(|warning| warning.contains("would be a hard stop")), "{warnings:?}");
}

#[test]
fn what_is_complete_on_something_unpublished_is_not_enough() {
    let mut sample = Sample::staged();
    sample.sign();
    sample.attest_sbom();
    sample.scan();
    off(&mut sample, Item::Published);
    let verdict = verdict_of(&sample);
    assert_eq!(verdict.words(), "NO_GO");
    assert!(verdict.reasons[0].contains("not on a published digest"), "{:?}", verdict.reasons);
}

#[test]
fn an_old_scan_caps_the_verdict_at_conditional() {
    let mut sample = Sample::complete();
    sample.facts.as_of += jiff::SignedDuration::from_hours(8 * 24);
    let assessment = judged(&sample);
    assert_eq!(assessment.readiness.points, 100);
    assert_eq!(assessment.verdict.as_ref().unwrap().words(), "GO (conditional)");
    assert!(assessment.stale);
}

#[test]
fn a_no_go_for_what_could_not_be_seen_is_undecided() {
    let mut sample = Sample::complete();
    let config = sample.config("runner", &amd64());
    sample.unsee(&sample.run_key(&config, RunKind::Version));
    let assessment = judged(&sample);
    assert_eq!(assessment.verdict.as_ref().unwrap().words(), "NO_GO (undecided)");
    assert_eq!(assessment.risk, Risk::Medium);
    assert_eq!(assessment.blockers[0].severity, Risk::Medium);
}

#[test]
fn a_no_go_for_what_nobody_tried_is_undecided_and_for_what_is_absent_decided() {
    let mut sample = Sample::complete();
    sample.scope.run.clear();
    sample.forget(|key| matches!(key, crate::model::FactKey::Run { .. }));
    assert_eq!(verdict_of(&sample).words(), "NO_GO (undecided)");
    let mut unsigned = Sample::staged();
    unsigned.publish();
    assert_eq!(verdict_of(&unsigned).words(), "NO_GO");
}

#[test]
fn unreadable_registries_leave_it_undecided() {
    let mut sample = Sample::complete();
    for image in ["runner", "full"] {
        for repository in [0, 1] {
            let key = sample.tag_key(image, repository, Access::Anonymous, Pass::First);
            sample.put_unknown(key, ReasonKind::RateLimited, "429 from the registry");
        }
    }
    let assessment = judged(&sample);
    assert_eq!(assessment.finding(Item::Published).status, Status::Unknown);
    assert_eq!(assessment.verdict.as_ref().unwrap().words(), "NO_GO (undecided)");
}

#[test]
fn while_a_cell_is_pending_there_is_no_verdict_and_no_plan() {
    let mut sample = Sample::complete();
    let key = sample.tag_key("runner", 0, Access::Anonymous, Pass::Last);
    sample.facts.remove(&key);
    let assessment = judged(&sample);
    assert_eq!((assessment.verdict.as_ref(), assessment.plan.len()), (None, 0));
    assert_eq!(assessment.readiness.to_string(), "at least 90, 1 looking");
    assert_eq!(assessment.risk, Risk::Medium);
}

#[test]
fn the_verdict_is_stale_when_its_tags_were_read_longer_ago_than_fresh_for() {
    let mut sample = Sample::complete();
    let read = "2025-01-20T11:59:00Z".parse().unwrap();
    assert_eq!(judged(&sample).tags_read_at, Some(read));
    sample.facts.as_of = read + Policy::default().fresh_for;
    assert!(!judged(&sample).stale);
    sample.facts.as_of += jiff::SignedDuration::from_secs(1);
    assert!(judged(&sample).stale);
}

#[test]
fn a_class_of_the_configuration_counts_in_place_of_the_default() {
    let mut sample = over_budget();
    let must = ItemPolicy { class: Some(Class::Must), off: None };
    sample.policy.items.insert(Item::SizeBudget, must);
    assert_eq!(verdict_of(&sample).words(), "NO_GO");
}

#[test]
fn a_waiver_of_one_image_leaves_the_other_alone() {
    let mut sample = over_budget();
    waive(&mut sample, Item::SizeBudget, "2025-12-31");
    sample.policy.waivers[0].image = Some(name("full"));
    assert_eq!(judged(&sample).finding(Item::SizeBudget).status, Status::Partial);
    let seen = sample.facts.local(&crate::model::FactKey::Local(name("full"))).and_then(Observed::seen);
    assert!(seen.is_some());
}
