use crate::model::{Cell, FactKey, Item, Outcome, Status};

use super::super::super::testing::{Sample, amd64, arm64, sample};

fn cell(sample: &Sample) -> Cell {
    sample.checked(Item::OciLabels).cells.remove(0)
}

/// Everything done, with a label of the runner for both platforms set to `value`, or taken away.
fn with(key: &str, value: Option<&str>) -> Sample {
    let mut sample = Sample::complete();
    for platform in [amd64(), arm64()] {
        sample.change_config("runner", &platform, |config| {
            let key = format!("org.opencontainers.image.{key}");
            match value {
                Some(value) => config.labels.insert(key, value.to_owned()),
                None => config.labels.remove(&key),
            };
        });
    }
    sample
}

fn fails(key: &str, value: Option<&str>, words: &str) {
    let cell = cell(&with(key, value));
    assert_eq!(cell.outcome, Outcome::Fail, "{key}={value:?}");
    assert!(cell.reason.contains(words), "{}", cell.reason);
}

fn passes(key: &str, value: &str) {
    let cell = cell(&with(key, Some(value)));
    assert_eq!(cell.outcome, Outcome::Pass, "{}", cell.reason);
}

#[test]
fn every_required_label_valid_passes() {
    assert_eq!(Sample::complete().outcomes(Item::OciLabels), [Outcome::Pass].into());
    assert_eq!(cell(&sample()).reason, "all 8 labels are there");
}

#[test]
fn each_required_label_counts() {
    for key in crate::model::DEFAULT_LABELS {
        let key = key.trim_start_matches("org.opencontainers.image.");
        fails(key, None, &format!("{key} is missing"));
        fails(key, Some(" "), &format!("{key} is empty"));
    }
}

#[test]
fn a_malformed_label_fails() {
    fails("created", Some("yesterday"), "no RFC 3339 time");
    fails("licenses", Some("Free as in beer"), "no SPDX expression");
    fails("source", Some("our git"), "no URL");
    passes("licenses", "MIT OR Apache-2.0");
    passes("created", "2025-01-20T11:00:00+01:00");
}

#[test]
fn a_label_that_contradicts_the_release_fails() {
    fails("version", Some("0.1.9"), "version is 0.1.9, the release is 0.2.0");
    fails("version", Some("0.2.0-rc.1"), "the release is 0.2.0");
    fails("revision", Some("0000000000"), "the release is 4f0c1b2");
    fails("source", Some("https://github.com/acme/other"), "the release is of");
    passes("version", "v0.2.0");
    passes("revision", "4f0c1b2a3d");
    passes("source", "https://github.com/acme/greenlang.git");
}

#[test]
fn only_created_may_differ_between_platforms() {
    let differ = |key: &str, value: &str| {
        let mut sample = Sample::complete();
        let key = format!("org.opencontainers.image.{key}");
        sample.change_config("runner", &arm64(), |config| {
            config.labels.insert(key, value.to_owned());
        });
        cell(&sample)
    };
    assert_eq!(differ("created", "2025-01-20T10:05:00Z").outcome, Outcome::Pass);
    let title = differ("title", "Something else");
    assert_eq!(title.outcome, Outcome::Fail);
    assert!(title.reason.contains("title differs from linux/arm64's"), "{}", title.reason);
}

#[test]
fn the_required_labels_can_be_configured() {
    let mut sample = with("vendor", None);
    sample.policy.labels.required = vec!["org.opencontainers.image.title".to_owned()];
    assert_eq!(cell(&sample).outcome, Outcome::Pass);
    sample.policy.labels.required.push("com.acme.team".to_owned());
    assert_eq!(cell(&sample).outcome, Outcome::Fail);
}

#[test]
fn missing_index_annotations_are_a_warning() {
    let mut sample = Sample::complete();
    assert_eq!(sample.checked(Item::OciLabels).warnings, Vec::<String>::new());
    sample.change_index("runner", |index| index.annotations.clear());
    let checked = sample.checked(Item::OciLabels);
    assert_eq!(checked.cells[0].outcome, Outcome::Pass);
    assert!(checked.warnings[0].contains("has no annotation for title"), "{:?}", checked.warnings);
}

#[test]
fn a_config_that_cannot_be_read_is_unknown_and_one_to_come_is_pending() {
    let mut sample = Sample::complete();
    let key = FactKey::Config(sample.config("runner", &amd64()));
    sample.unsee(&key);
    assert_eq!(cell(&sample).outcome, Outcome::Unknown);
    sample.facts.remove(&key);
    assert_eq!(cell(&sample).outcome, Outcome::Pending);
}

#[test]
fn with_nothing_built_the_dockerfile_speaks() {
    let mut sample = sample();
    sample.put_absent(FactKey::Local("runner".parse().unwrap()), "no layout at dist/runner");
    assert_eq!(sample.checked(Item::OciLabels).instead.unwrap().status, Status::Configured);
    sample.policy.labels.required.push("com.acme.team".to_owned());
    let instead = sample.checked(Item::OciLabels).instead.unwrap();
    assert_eq!(instead.status, Status::NotStarted);
    assert!(instead.note.contains("lacks com.acme.team"), "{}", instead.note);
}

#[test]
fn what_counts_as_the_registry_s_rests_on_every_registry_that_has_it() {
    let sample = Sample::complete();
    let cell = sample.checked(Item::OciLabels).cells.remove(0);
    let manifest = sample.child("runner", &amd64());
    for repository in 0..2 {
        let repository = sample.repository("runner", repository);
        let key = FactKey::Present { repository, digest: manifest.clone() };
        assert!(sample.facts.get(&key).is_some() && cell.because.contains(&key), "{:?}", cell.because);
    }
}
