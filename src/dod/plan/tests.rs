use super::super::judge;
use super::super::testing::{Sample, amd64, arm64, digest, name, sample};
use super::*;
use crate::model::{Access, Assessment, Pass, PlanPart, ReasonKind};
use crate::model::{Fact, FactKey, Observed};

fn judged(sample: &Sample) -> Assessment {
    judge(&sample.release, &sample.policy, &sample.scope, &sample.facts)
}

fn plan_of(sample: &Sample) -> Vec<PlanStep> {
    judged(sample).plan
}

fn find(plan: &[PlanStep], action: Action) -> Option<&PlanStep> {
    plan.iter().find(|step| step.action == Some(action))
}

#[test]
fn parts_come_in_order_what_can_be_done_now_by_points_and_the_tags_last() {
    for sample in [sample(), Sample::staged()] {
        let plan = plan_of(&sample);
        assert!(plan.is_sorted_by_key(|step| step.part));
        let release: Vec<&PlanStep> =
            plan.iter().filter(|step| step.part == PlanPart::BuildAndRelease).collect();
        assert_eq!(release.last().unwrap().action, Some(Action::Publish));
        let now: Vec<i16> =
            release.iter().filter(|step| step.after.is_none()).map(|step| step.points).collect();
        assert!(now.is_sorted_by_key(|points| -points), "{now:?}");
        let waits: Vec<bool> = release.iter().map(|step| step.after.is_some()).collect();
        assert!(waits.is_sorted(), "{waits:?}");
    }
}

#[test]
fn what_must_come_first_is_named() {
    let plan = plan_of(&sample());
    let after = |action| find(&plan, action).unwrap().after.clone();
    assert_eq!(after(Action::Build), None);
    assert_eq!(after(Action::RunExample), None, "there is an image that it could run in");
    assert_eq!(after(Action::RunVersion).as_deref(), Some("build"));
    assert_eq!(after(Action::Push).as_deref(), Some("build"));
    assert_eq!(after(Action::Publish).as_deref(), Some("push, sign, attest SBOMs and scan"));
}

#[test]
fn the_steps_in_their_turns_lead_to_a_hundred_where_both_platforms_run() {
    let mut sample = sample();
    // An earlier build ran on both.
    let old = sample.local_image("runner", &arm64(), "earlier", 1).config;
    sample.ran(&old, crate::model::RunKind::Version, &arm64(), 0, "0.1.0\n", "");
    let before = i16::from(judged(&sample).readiness.points);
    let plan = plan_of(&sample);
    // Mending is not counted twice: the build makes it come true.
    let sum: i16 =
        plan.iter().filter(|step| step.part == PlanPart::BuildAndRelease).map(|step| step.points).sum();
    assert_eq!(before + sum, 100, "{plan:#?}");
}

#[test]
fn every_step_between_staging_and_the_tags_is_an_action_that_can_be_done_now_and_has_points() {
    let plan = plan_of(&Sample::staged());
    for which in [Action::Sign, Action::AttestSbom, Action::Scan] {
        let step = find(&plan, which).unwrap();
        assert_eq!((step.points, step.after.as_deref()), (5, None), "{step:?}");
        assert_eq!(step.commands, [which.command()]);
    }
}

#[test]
fn a_missing_run_of_what_is_published_can_be_made_now() {
    let mut sample = Sample::complete();
    sample.scope.run.clear();
    sample.forget(|key| matches!(key, FactKey::Run { kind: crate::model::RunKind::Example, .. }));
    let plan = plan_of(&sample);
    assert_eq!(plan.len(), 1);
    assert_eq!((plan[0].action, plan[0].points), (Some(Action::RunExample), 5));
    assert_eq!(judged(&sample).time_to_production, (120, 180));
}

#[test]
fn a_wrong_image_that_is_published_needs_a_new_build_and_everything_after_it() {
    let mut sample = Sample::complete();
    sample.change_config("runner", &amd64(), |config| config.user = "root".to_owned());
    let plan = plan_of(&sample);
    let titles: Vec<&str> = plan.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Set a non-root user and a healthcheck",
            "Build every image for every platform",
            "Run --version on every platform",
            "Run the example pipeline",
            "Push by digest to every registry",
            "Sign by digest in every registry",
            "Attest an SBOM of every platform",
            "Scan every platform for vulnerabilities",
            "Set the tags in every registry",
            "Verify what was published",
        ]
    );
    assert_eq!(plan[0].points, 10);
}

#[test]
fn what_was_given_as_staged_can_be_published() {
    let mut sample = Sample::staged();
    sample.sign();
    sample.attest_sbom();
    sample.scan();
    for image in ["runner", "full"] {
        sample.scope.digests.insert(name(image), sample.index(image));
        sample.facts.remove(&FactKey::Staged(name(image)));
    }
    let plan = plan_of(&sample);
    let publish = find(&plan, Action::Publish).unwrap();
    assert_eq!((publish.points, publish.after.clone()), (10, None));
}

#[test]
fn missing_credentials_and_settings_are_steps_of_their_own() {
    let mut sample = sample();
    let key = sample.tag_key("runner", 1, Access::Credentials, Pass::First);
    sample.put_unknown(key, ReasonKind::NoCredentials, "no credentials for docker.io");
    sample.policy.signature = crate::model::SignaturePolicy::default();
    sample.release.images[0].example = None;
    let plan = plan_of(&sample);
    let login = plan.iter().find(|step| step.commands == ["docker login docker.io"]).unwrap();
    assert_eq!(login.part, PlanPart::Immediate);
    let set = |what: &str| plan.iter().any(|step| step.title.contains(what));
    assert!(set("[signature] identity and issuer"));
    assert!(set("[[image]] example"));
    assert!(find(&plan, Action::RunExample).is_none(), "nothing could be run");
}

#[test]
fn what_could_not_be_seen_is_to_be_looked_at_again() {
    let mut sample = Sample::complete();
    let key = sample.tag_key("runner", 0, Access::Anonymous, Pass::First);
    sample.put_unknown(key, ReasonKind::TimedOut, "ghcr.io did not answer in 10 s");
    let plan = plan_of(&sample);
    let look = plan.iter().find(|step| step.commands == ["exitbar audit"]).unwrap();
    assert!(look.why.contains("ghcr.io did not answer"), "{}", look.why);
}

#[test]
fn a_digest_that_the_next_build_replaces_is_in_no_command() {
    let plan = plan_of(&sample());
    let old = sample().index("runner");
    assert!(plan.iter().flat_map(|step| &step.commands).all(|command| !command.contains(old.as_str())));
    let invented = digest("supposed: runner index");
    assert!(plan.iter().flat_map(|step| &step.commands).all(|command| !command.contains(invented.as_str())));
}

#[test]
fn a_package_that_is_private_by_mistake_is_to_be_made_public() {
    let mut sample = Sample::complete();
    for pass in [Pass::First, Pass::Last] {
        let anonymous = sample.tag_key("runner", 0, Access::Anonymous, pass);
        let private = crate::model::Absence {
            kind: crate::model::AbsenceKind::MissingOrPrivate,
            text: "missing or private: 401 from ghcr.io without credentials".to_owned(),
        };
        let fact = Fact::absent(&anonymous, private);
        sample.put(anonymous, fact);
        let digest = sample.index("runner");
        let key = sample.tag_key("runner", 0, Access::Credentials, pass);
        sample.put(key, Fact::Tag(Observed::Seen(crate::model::TagFact { digest })));
    }
    let plan = plan_of(&sample);
    assert_eq!(plan.len(), 1, "{plan:#?}");
    assert_eq!(plan[0].title, "Make the package public, or mark the image as private");
    assert_eq!(plan[0].points, 10);
}

#[test]
fn where_the_engine_cannot_be_seen_a_build_is_offered_all_the_same() {
    let mut sample = sample();
    for image in ["runner", "full"] {
        sample.put_unknown(FactKey::Local(name(image)), ReasonKind::NoEngine, "no engine answers");
    }
    let plan = plan_of(&sample);
    assert!(find(&plan, Action::Build).is_some());
    assert_eq!(find(&plan, Action::Push).unwrap().after.as_deref(), Some("build"));
}
