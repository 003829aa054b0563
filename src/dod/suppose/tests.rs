use std::collections::BTreeMap;

use super::super::judge;
use super::super::testing::{Sample, amd64, arm64, name, sample};
use super::*;
use crate::model::{Assessment, Item, LocalSource, ReasonKind, Status};

fn supposed(sample: &Sample, action: Action) -> Sample {
    let facts = suppose(action, &sample.release, &sample.policy, &sample.scope, &sample.facts);
    Sample { facts, ..sample.clone() }
}

fn judged(sample: &Sample) -> Assessment {
    judge(&sample.release, &sample.policy, &sample.scope, &sample.facts)
}

fn status(sample: &Sample, item: Item) -> Status {
    judged(sample).finding(item).status
}

#[test]
fn no_supposition_leaves_anything_pending_whatever_runs_the_scope_asks_for() {
    for mut sample in [sample(), Sample::staged(), Sample::complete()] {
        for runs in [Vec::new(), RunKind::ALL.to_vec()] {
            sample.scope.run = runs.into_iter().collect();
            for action in Action::ALL {
                let looking = judged(&supposed(&sample, action)).readiness.looking;
                assert!(looking <= judged(&sample).readiness.looking, "{action}");
                assert_eq!(supposed(&sample, Action::Build).wanted(), BTreeMap::new(), "{action}");
            }
        }
    }
}

#[test]
fn a_build_has_new_digests_so_that_its_runs_are_untried() {
    let mut built = sample();
    built.build();
    built.run_version();
    built.run_example();
    assert_eq!(status(&built, Item::VersionCommand), Status::Complete);
    let again = supposed(&built, Action::Build);
    for item in [Item::VersionCommand, Item::ExamplePipeline] {
        assert_eq!(status(&again, item), Status::NotTested);
    }
    assert_ne!(again.index("runner"), built.index("runner"));
}

#[test]
fn a_build_is_promised_what_its_dockerfile_declares() {
    let mut sample = sample();
    sample.forget(|key| matches!(key, FactKey::Local(_)));
    sample.put_absent(FactKey::Local(name("runner")), "no layout at dist/runner");
    sample.put_absent(FactKey::Local(name("full")), "no layout at dist/full");
    let mut root = sample.clone();
    let key = FactKey::Dockerfile(name("runner"));
    let mut dockerfile = sample.facts.dockerfile(&key).and_then(Observed::seen).unwrap().clone();
    dockerfile.user.as_mut().unwrap().value = "root".to_owned();
    dockerfile.labels.remove("org.opencontainers.image.vendor");
    root.put(key, Fact::Dockerfile(Observed::Seen(dockerfile)));
    assert_eq!(status(&supposed(&sample, Action::Build), Item::NonRootHealthcheck), Status::Complete);
    assert_eq!(status(&supposed(&root, Action::Build), Item::NonRootHealthcheck), Status::Failed);
    assert_eq!(status(&supposed(&root, Action::Build), Item::OciLabels), Status::Failed);
}

#[test]
fn a_label_that_a_build_argument_fills_in_is_filled_in() {
    let mut sample = sample();
    let key = FactKey::Dockerfile(name("full"));
    let mut dockerfile = sample.facts.dockerfile(&key).and_then(Observed::seen).unwrap().clone();
    for label in dockerfile.labels.values_mut() {
        label.value.clear();
    }
    sample.put(key, Fact::Dockerfile(Observed::Seen(dockerfile)));
    assert_eq!(status(&supposed(&sample, Action::Build), Item::OciLabels), Status::Complete);
}

#[test]
fn what_is_not_built_here_is_not_promised() {
    let mut sample = sample();
    for image in &mut sample.release.images {
        image.build = None;
    }
    assert_eq!(judged(&supposed(&sample, Action::Build)).readiness, judged(&sample).readiness);
}

#[test]
fn an_engines_build_can_be_pushed_and_its_runs_stay_proof() {
    let mut sample = sample();
    for image in &mut sample.release.images {
        image.local = Some(LocalSource::Engine(format!("{}:0.2.0", image.name)));
    }
    let built = supposed(&sample, Action::Build);
    assert_eq!(status(&built, Item::MultiArch), Status::Configured);
    assert_eq!(status(&built, Item::SizeBudget), Status::Complete);
    let pushed = supposed(&supposed(&built, Action::RunVersion), Action::Push);
    assert_eq!(status(&pushed, Item::VersionCommand), Status::Partial, "only the native platform ran");
}

#[test]
fn a_program_that_failed_would_fail_again() {
    let sample = sample();
    let again = supposed(&sample, Action::RunVersion);
    assert_eq!(status(&again, Item::VersionCommand), Status::Failed);
}

#[test]
fn a_platform_that_was_refused_stays_unknown() {
    let mut sample = sample();
    sample.build();
    sample.run_version_natively();
    let again = supposed(&sample, Action::RunVersion);
    let key = sample.run_key(&sample.config("runner", &arm64()), RunKind::Version);
    let kept = again.facts.run(&key).and_then(Observed::unknown).unwrap();
    assert_eq!(kept.kind, ReasonKind::NoEmulation);
    assert_eq!(status(&again, Item::VersionCommand), Status::Partial);
}

#[test]
fn a_refusal_after_a_run_counts_more_than_the_run() {
    let mut sample = sample();
    sample.build();
    sample.run_version();
    assert!(runs_here(&arm64(), &sample.policy, &sample.facts));
    sample.run_version_natively();
    assert!(!runs_here(&arm64(), &sample.policy, &sample.facts));
    assert!(runs_here(&amd64(), &sample.policy, &sample.facts));
}

#[test]
fn a_push_of_half_a_build_is_judged_as_half_a_build() {
    let pushed = supposed(&sample(), Action::Push);
    assert_eq!(status(&pushed, Item::MultiArch), Status::Failed);
}

#[test]
fn nothing_that_is_not_staged_is_published() {
    let sample = sample();
    assert_eq!(judged(&supposed(&sample, Action::Publish)).readiness, judged(&sample).readiness);
}

#[test]
fn publishing_brings_what_is_staged_into_every_registry() {
    let published = supposed(&Sample::staged(), Action::Publish);
    assert_eq!(status(&published, Item::Published), Status::Complete);
}

#[test]
fn signing_as_the_policy_wants_it_satisfies_it() {
    use crate::model::IdentityRule;
    let mut sample = Sample::staged();
    let signed = |sample: &Sample| status(&supposed(sample, Action::Sign), Item::Signed);
    assert_eq!(signed(&sample), Status::Complete);
    let rule = r"^https://github\.com/acme/greenlang/\.github/workflows/publish-[a-z]+\.yml@";
    sample.policy.signature.identity = Some(IdentityRule::Regexp(rule.to_owned()));
    assert_eq!(signed(&sample), Status::Complete);
    sample.policy.signature.identity = Some(IdentityRule::Regexp(".*".to_owned()));
    assert_eq!(signed(&sample), Status::Partial, "a rule that is too wide");
    sample.policy.signature.identity = None;
    assert_eq!(signed(&sample), Status::Partial, "no rule");
    sample.policy.signature.key = Some("cosign.pub".to_owned());
    sample.policy.signature.recursive = true;
    assert_eq!(signed(&sample), Status::Complete);
}

#[test]
fn what_a_given_digest_gains_by_signing_attesting_and_scanning_is_promised() {
    let mut sample = Sample::staged();
    sample.scope.digests =
        ["runner", "full"].into_iter().map(|image| (name(image), sample.index(image))).collect();
    sample.forget(|key| matches!(key, FactKey::Staged(_)));
    for (action, item) in [
        (Action::Sign, Item::Signed),
        (Action::AttestSbom, Item::Sbom),
        (Action::Scan, Item::Vulnerabilities),
        (Action::Publish, Item::Published),
    ] {
        assert_ne!(status(&sample, item), Status::Complete, "{action}");
        assert_eq!(status(&supposed(&sample, action), item), Status::Complete, "{action}");
    }
}

#[test]
fn mending_one_item_moves_no_other() {
    let mut sample = Sample::complete();
    sample.change_config("runner", &amd64(), |config| config.user = "root".to_owned());
    let before = judged(&sample);
    let cells = &before.finding(Item::NonRootHealthcheck).cells;
    let facts = mend(Item::NonRootHealthcheck, cells, &sample.release, &sample.policy, &sample.facts);
    let after = judged(&Sample { facts, ..sample });
    assert_eq!(before.readiness.points, 90);
    assert_eq!(after.readiness.points, 100);
}
