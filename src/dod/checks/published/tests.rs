use crate::model::{
    Absence, AbsenceKind, Access, Fact, FactKey, Item, Observed, Outcome, Pass, ReasonKind, TagFact,
};

use super::super::super::testing::{Sample, digest, sample};
use super::super::Checked;

fn checked(sample: &Sample) -> Checked {
    sample.checked(Item::Published)
}

/// The cell of the runner on ghcr.io.
fn first(sample: &Sample) -> crate::model::Cell {
    checked(sample).cells.remove(0)
}

fn tag(sample: &mut Sample, access: Access, pass: Pass, fact: Observed<TagFact>) {
    let key = sample.tag_key("runner", 0, access, pass);
    sample.put(key, Fact::Tag(fact));
}

fn missing_or_private() -> Observed<TagFact> {
    Observed::Absent(Absence {
        kind: AbsenceKind::MissingOrPrivate,
        text: "missing or private: 401 from ghcr.io without credentials".to_owned(),
    })
}

#[test]
fn a_tag_that_resolves_alike_everywhere_and_again_at_the_end_passes() {
    let sample = Sample::complete();
    assert_eq!(sample.outcomes(Item::Published), [Outcome::Pass].into());
    let cell = first(&sample);
    assert!(cell.in_registry);
    assert_eq!(cell.level, Some(crate::model::Level::Registry));
    assert!(cell.reason.starts_with("ghcr.io/acme/greenlang-runner:0.2.0 is "), "{}", cell.reason);
}

#[test]
fn a_missing_tag_is_absent_and_the_item_is_never_declared() {
    let checked = checked(&sample());
    assert!(checked.cells.iter().all(|cell| cell.outcome == Outcome::Absent));
    assert_eq!((checked.declared, checked.instead), (None, None));
    assert_eq!(checked.cells[0].reason, "ghcr.io/acme/greenlang-runner:0.2.0 is not there: 404 from ghcr.io");
}

#[test]
fn a_staged_image_without_its_tag_is_absent() {
    let cell = first(&Sample::staged());
    assert_eq!(cell.outcome, Outcome::Absent);
    assert!(cell.reason.ends_with("the tag 0.2.0 is not set"), "{}", cell.reason);
}

#[test]
fn taking_one_tag_away_takes_the_green_away() {
    let mut sample = Sample::complete();
    sample.put_absent(sample.tag_key("full", 1, Access::Anonymous, Pass::First), "404 from docker.io");
    assert_eq!(sample.outcomes(Item::Published), [Outcome::Pass, Outcome::Absent].into());
}

#[test]
fn other_digests_elsewhere_are_a_hard_stop() {
    let mut sample = Sample::complete();
    for pass in [Pass::First, Pass::Last] {
        tag(&mut sample, Access::Anonymous, pass, Observed::Seen(TagFact { digest: digest("other") }));
    }
    let cells = checked(&sample).cells;
    let runner = cells.iter().filter(|cell| cell.image.as_str() == "runner");
    assert!(runner.clone().all(|cell| cell.outcome == Outcome::Fail && cell.hard_stop));
    assert_eq!(runner.count(), 2);
}

#[test]
fn a_tag_that_moves_or_goes_away_during_the_audit_is_a_hard_stop() {
    let mut sample = Sample::complete();
    tag(&mut sample, Access::Anonymous, Pass::Last, Observed::Seen(TagFact { digest: digest("other") }));
    let cell = first(&sample);
    assert!(cell.hard_stop && cell.reason.contains("moved during the audit"), "{}", cell.reason);
    sample.put_absent(sample.tag_key("runner", 0, Access::Anonymous, Pass::Last), "404");
    assert!(first(&sample).hard_stop);
}

#[test]
fn a_second_look_that_fails_is_unknown_and_one_to_come_is_pending() {
    let mut sample = Sample::complete();
    let last = sample.tag_key("runner", 0, Access::Anonymous, Pass::Last);
    sample.unsee(&last);
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    sample.facts.remove(&last);
    assert_eq!(first(&sample).outcome, Outcome::Pending);
}

#[test]
fn a_registry_that_cannot_be_read_is_unknown_and_leaves_the_others_intact() {
    let mut sample = Sample::complete();
    let key = sample.tag_key("runner", 0, Access::Anonymous, Pass::First);
    sample.put_unknown(key, ReasonKind::RateLimited, "429 from ghcr.io");
    let cells = checked(&sample).cells;
    assert_eq!(cells[0].outcome, Outcome::Unknown);
    assert!(cells[1..].iter().all(|cell| cell.outcome == Outcome::Pass));
}

#[test]
fn an_answer_to_come_is_pending() {
    let mut sample = Sample::complete();
    sample.forget(|key| matches!(key, FactKey::Tag { .. }));
    assert_eq!(sample.outcomes(Item::Published), [Outcome::Pending].into());
}

#[test]
fn missing_or_private_is_absent_without_credentials_and_fails_when_they_read_it() {
    let mut sample = sample();
    tag(&mut sample, Access::Anonymous, Pass::First, missing_or_private());
    assert_eq!(first(&sample).outcome, Outcome::Pending);
    let credentials = sample.tag_key("runner", 0, Access::Credentials, Pass::First);
    sample.put_unknown(credentials, ReasonKind::NoCredentials, "no credentials for ghcr.io");
    let cell = first(&sample);
    assert_eq!(cell.outcome, Outcome::Absent);
    assert!(cell.reason.contains("missing or private"), "{}", cell.reason);
    let seen = Observed::Seen(TagFact { digest: digest("private") });
    tag(&mut sample, Access::Credentials, Pass::First, seen);
    let cell = first(&sample);
    assert_eq!((cell.outcome, cell.hard_stop), (Outcome::Fail, false));
    assert!(cell.reason.contains("only with credentials"), "{}", cell.reason);
}

#[test]
fn a_private_image_passes_with_credentials_and_is_unknown_without() {
    let mut sample = Sample::complete();
    sample.release.images[0].private = true;
    let key = sample.tag_key("runner", 0, Access::Credentials, Pass::First);
    sample.put_unknown(key, ReasonKind::NoCredentials, "no credentials for ghcr.io");
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    for pass in [Pass::First, Pass::Last] {
        let index = sample.index("runner");
        tag(&mut sample, Access::Credentials, pass, Observed::Seen(TagFact { digest: index }));
    }
    assert_eq!(first(&sample).outcome, Outcome::Pass);
}

#[test]
fn a_tag_that_is_not_what_was_staged_is_warned_about() {
    let mut sample = Sample::complete();
    sample.scope.digests.insert("runner".parse().unwrap(), digest("what was meant"));
    let warnings = checked(&sample).warnings;
    assert!(warnings.iter().any(|warning| warning.contains("does not resolve to what was staged")));
}
