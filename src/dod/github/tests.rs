use super::super::testing::{REVISION, Sample, sample};
use super::super::wants::wants;
use super::*;
use crate::model::{Fact, NameKind, ReasonKind, Workflows};

const OTHER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn key(holder: NameHolder) -> FactKey {
    FactKey::Names { kind: NameKind::Secret, holder }
}

/// The sample, whose workflow logs in with a secret.
fn needing() -> Sample {
    let mut sample = sample();
    sample.scope.github = AskGithub::KnownHosts;
    let workflows = sample.facts.workflows(&FactKey::Workflows).unwrap().seen().unwrap().clone();
    let mut releasing = workflows.releasing.clone();
    releasing[0].needs.push(NeededName {
        kind: NameKind::Secret,
        name: "DOCKERHUB_TOKEN".to_owned(),
        at: crate::model::Location { file: ".github/workflows/release.yml".into(), line: 58 },
        purpose: "logs in with it".to_owned(),
        environment: JobEnvironment::None,
    });
    let workflows = Workflows { releasing, ..workflows };
    sample.put(FactKey::Workflows, Fact::Workflows(Observed::Seen(workflows)));
    sample
}

fn holds(sample: &mut Sample, holder: NameHolder, names: &[&str]) {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    sample.put(key(holder), Fact::Names(Observed::Seen(names)));
}

fn asked(sample: &Sample) -> Vec<FactKey> {
    let wanted = wants(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    let github =
        wanted.into_iter().filter(|(_, places)| matches!(places.first(), Some(Place::Github { .. })));
    github.map(|(key, _)| key).collect()
}

fn said(sample: &Sample) -> (Vec<String>, Vec<String>) {
    let Sample { release, policy, scope, facts } = sample;
    let assessment = super::super::judge(release, policy, scope, facts);
    let blockers = assessment.blockers.iter().map(|blocker| blocker.problem.clone()).collect();
    (assessment.finding(Item::Published).warnings.clone(), blockers)
}

const MISSING: &str = "secret DOCKERHUB_TOKEN is not set on acme/greenlang, release.yml:58 logs in with it";

#[test]
fn a_secret_that_nobody_holds_is_named_with_the_step_that_needs_it() {
    let mut sample = needing();
    holds(&mut sample, NameHolder::Repository, &["OTHER"]);
    holds(&mut sample, NameHolder::Organization, &[]);
    let (warnings, blockers) = said(&sample);
    assert!(warnings.contains(&MISSING.to_owned()), "{warnings:?}");
    assert!(blockers.contains(&MISSING.to_owned()), "{blockers:?}");
    for holder in [NameHolder::Repository, NameHolder::Organization] {
        let mut sample = sample.clone();
        holds(&mut sample, holder, &["DOCKERHUB_TOKEN"]);
        let (warnings, blockers) = said(&sample);
        assert!(!warnings.iter().chain(&blockers).any(|text| text.contains("DOCKERHUB_TOKEN")));
    }
}

#[test]
fn what_could_not_be_asked_is_unknown_and_no_blocker() {
    let mut sample = needing();
    let without = said(&sample).1.len();
    holds(&mut sample, NameHolder::Repository, &[]);
    sample.put_unknown(key(NameHolder::Organization), ReasonKind::NoCredentials, "there is no token");
    let (warnings, blockers) = said(&sample);
    assert!(warnings.iter().any(|text| text.contains("unknown: there is no token")), "{warnings:?}");
    assert_eq!(blockers.len(), without);
}

#[test]
fn github_is_asked_only_about_what_is_needed() {
    let mut sample = needing();
    let keys = asked(&sample);
    assert!(keys.contains(&key(NameHolder::Repository)) && keys.contains(&key(NameHolder::Organization)));
    assert!(keys.iter().any(|key| matches!(key, FactKey::WorkflowRun { .. })));
    sample.scope.github = AskGithub::No;
    assert!(asked(&sample).is_empty());
    sample.scope.github = AskGithub::KnownHosts;
    sample.release.source = Some("https://gitlab.com/acme/greenlang".to_owned());
    assert!(asked(&sample).is_empty());
    sample.scope.github = AskGithub::AnyHost;
    assert!(!asked(&sample).is_empty());
    let mut published = Sample::complete();
    published.scope.github = AskGithub::KnownHosts;
    let only_run = asked(&published);
    assert!(only_run.iter().all(|key| matches!(key, FactKey::WorkflowRun { .. })), "{only_run:?}");
    published.put_absent(FactKey::Workflows, "there are none");
    assert!(asked(&published).is_empty());
}

#[test]
fn a_run_that_failed_is_named_with_its_page() {
    let mut sample = sample();
    sample.ran_on_github("completed", Some("failure"), REVISION);
    let (warnings, _) = said(&sample);
    let failed = "the run of release.yml for v0.2.0 ended with failure: \
                  https://github.com/acme/greenlang/actions/runs/30433642; `exitbar dispatch --rerun-failed 30433642`";
    assert!(warnings.contains(&failed.to_owned()), "{warnings:?}");
    sample.ran_on_github("completed", Some("success"), REVISION);
    assert!(!said(&sample).0.iter().any(|text| text.contains("the run of")));
}

#[test]
fn a_run_on_another_commit_disagrees_with_the_labels() {
    let mut sample = Sample::complete();
    let labels = |sample: &Sample| {
        let Sample { release, policy, scope, facts } = sample;
        super::super::judge(release, policy, scope, facts).finding(Item::OciLabels).warnings.clone()
    };
    sample.ran_on_github("completed", Some("success"), REVISION);
    assert!(!labels(&sample).iter().any(|text| text.contains("ran on commit")));
    sample.ran_on_github("completed", Some("success"), OTHER);
    let words = format!("the label revision is {REVISION}, release.yml ran on commit {OTHER}");
    assert!(labels(&sample).iter().any(|text| text.ends_with(&words)), "{:?}", labels(&sample));
}

#[test]
fn a_private_package_blocks_what_is_still_to_be_published() {
    let mut sample = needing();
    let package = sample.repository("runner", 0);
    assert!(asked(&sample).contains(&FactKey::Package(package.clone())));
    let mut put = |visibility| {
        sample.put(FactKey::Package(package.clone()), Fact::Package(Observed::Seen(visibility)));
        said(&sample).1
    };
    let words = format!("{package} is a private package: nobody can pull what is published there");
    assert!(put(PackageVisibility::Private).contains(&words));
    assert!(!put(PackageVisibility::Public).contains(&words));
    let reason = Reason::new(crate::model::ReasonKind::Denied, "api.github.com: 404");
    sample.put(FactKey::Package(package.clone()), Fact::Package(Observed::Unknown(reason)));
    let unknown = format!("whether {package} is private is unknown: api.github.com: 404");
    assert!(said(&sample).0.iter().any(|text| text.starts_with(&unknown)), "{:?}", said(&sample));
}
