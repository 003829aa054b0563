use super::super::judge;
use super::super::testing::{Sample, amd64, sample};
use super::*;
use crate::model::{Pass, StepKind};

fn blockers_of(sample: &Sample) -> Vec<Blocker> {
    judge(&sample.release, &sample.policy, &sample.scope, &sample.facts).blockers
}

fn items(blockers: &[Blocker]) -> Vec<Item> {
    blockers.iter().map(|blocker| blocker.item).collect()
}

#[test]
fn the_sample_is_blocked_by_its_version_command_the_publication_and_the_platforms() {
    let blockers = blockers_of(&sample());
    assert_eq!(items(&blockers), [Item::VersionCommand, Item::Published, Item::MultiArch, Item::SizeBudget]);
    assert!(blockers[0].problem.contains("No such option: --version"));
    assert!(blockers[1].impact.contains("items 3, 4 and 5 cannot be verified"));
    assert!(blockers[2].impact.contains("untested: linux/arm64"));
    assert_eq!(blockers[3].title, "Too few SHOULD points");
}

#[test]
fn missing_credentials_are_a_blocker_only_where_a_fact_says_so() {
    let mut sample = sample();
    assert!(blockers_of(&sample).iter().all(|blocker| !blocker.title.contains("credentials")));
    let key = sample.tag_key("full", 1, Access::Credentials, Pass::First);
    sample.put_unknown(key, ReasonKind::NoCredentials, "no credentials for docker.io");
    let blockers = blockers_of(&sample);
    let credentials = blockers.iter().find(|blocker| blocker.title.contains("credentials")).unwrap();
    assert_eq!(credentials.actions, ["docker login docker.io"]);
    let publication = blockers.iter().find(|blocker| blocker.title.contains("publication")).unwrap();
    assert_eq!(publication.actions[0], "docker login docker.io");
}

#[test]
fn a_hard_stop_comes_first() {
    let mut sample = Sample::complete();
    sample.change_config("runner", &amd64(), |config| config.user = "root".to_owned());
    let key = sample.tag_key("runner", 0, Access::Anonymous, Pass::Last);
    sample.put_absent(key, "404 from ghcr.io");
    let blockers = blockers_of(&sample);
    assert_eq!(blockers[0].severity, Risk::Critical);
    assert_eq!(blockers[0].location.as_deref(), Some("ghcr.io/acme/greenlang-runner:0.2.0"));
    assert_eq!(items(&blockers), [Item::Published, Item::NonRootHealthcheck]);
}

#[test]
fn what_waits_for_the_publication_is_no_blocker_of_its_own_but_what_nobody_promises_is() {
    let mut sample = sample();
    let mut workflows = sample.facts.workflows(&FactKey::Workflows).unwrap().seen().unwrap().clone();
    workflows.steps.retain(|step| step.step != StepKind::Sign);
    sample.put(FactKey::Workflows, Fact::Workflows(crate::model::Observed::Seen(workflows)));
    assert!(items(&blockers_of(&sample)).contains(&Item::Signed));
    assert!(!items(&blockers_of(&sample)).contains(&Item::Sbom));
}

#[test]
fn published_without_signatures_is_blocked_by_them_with_the_commands() {
    let mut sample = Sample::staged();
    sample.publish();
    let blockers = blockers_of(&sample);
    assert_eq!(items(&blockers), [Item::Signed, Item::Sbom, Item::Vulnerabilities]);
    assert_eq!(blockers[0].actions[0], "exitbar sign");
    assert_eq!(blockers[2].severity, Risk::Medium, "nobody tried");
}

#[test]
fn a_release_that_may_go_live_has_no_blocker() {
    assert_eq!(blockers_of(&Sample::complete()), []);
}

#[test]
fn what_is_staged_only_is_blocked_even_where_item_1_is_off() {
    let mut sample = Sample::staged();
    sample.sign();
    sample.attest_sbom();
    sample.scan();
    let off = crate::model::ItemPolicy { off: Some("published elsewhere".to_owned()), class: None };
    sample.policy.items.insert(Item::Published, off);
    let blockers = blockers_of(&sample);
    assert_eq!(blockers.len(), 1);
    assert_eq!(blockers[0].title, "Not on a published digest");
    let judged = judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    assert_eq!(judged.plan[0].action, Some(crate::model::Action::Publish));
}
