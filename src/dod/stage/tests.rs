use std::collections::BTreeMap;

use crate::model::{Access, FactKey, Item, Outcome, Pass, ReasonKind, Stage};

use super::super::context::Context;
use super::super::testing::{Sample, digest, name, sample};
use super::Standing;

fn stage(sample: &Sample, image: &str) -> Stage {
    let image = sample.release.image(&name(image)).unwrap();
    Standing::of(image, &sample.scope, &sample.facts).stage
}

fn nothing_staged(sample: &Sample) -> (bool, bool) {
    let wanted = BTreeMap::new();
    let context = Context::new(&sample.release, &sample.policy, &sample.scope, &sample.facts, &wanted);
    (context.nothing_staged, context.release_is_ahead())
}

#[test]
fn an_image_goes_from_declared_to_built_to_staged_to_published() {
    let mut sample = sample();
    assert_eq!(stage(&sample, "full"), Stage::Declared);
    assert_eq!(stage(&sample, "runner"), Stage::Built);
    assert_eq!(nothing_staged(&sample), (true, true));
    sample.build();
    sample.stage();
    assert_eq!(stage(&sample, "runner"), Stage::Staged(sample.index("runner")));
    assert_eq!(nothing_staged(&sample), (false, true));
    sample.publish();
    assert_eq!(stage(&sample, "runner"), Stage::Published(vec![sample.index("runner")]));
    assert_eq!(nothing_staged(&sample), (false, false));
}

#[test]
fn a_registry_that_cannot_be_read_leaves_the_stage_unknown_and_the_local_image_out_of_it() {
    let mut sample = sample();
    sample.unsee(&sample.tag_key("runner", 0, Access::Anonymous, Pass::First));
    assert_eq!(stage(&sample, "runner"), Stage::Unknown);
    assert_eq!(nothing_staged(&sample), (false, false));
    assert!(Item::ALL.into_iter().all(|item| sample.checked(item).instead.is_none()));
    for item in [Item::NonRootHealthcheck, Item::VersionCommand, Item::OciLabels, Item::MultiArch] {
        let cells = sample.checked(item).cells;
        let runner = cells.iter().filter(|cell| cell.image.as_str() == "runner");
        assert!(runner.clone().all(|cell| cell.outcome == Outcome::Unknown), "{item}");
        assert!(runner.count() > 0, "{item}");
    }
}

#[test]
fn another_registry_that_has_it_is_judged_all_the_same() {
    let mut sample = Sample::complete();
    sample.unsee(&sample.tag_key("runner", 0, Access::Anonymous, Pass::First));
    assert_eq!(stage(&sample, "runner"), Stage::Published(vec![sample.index("runner")]));
    assert_eq!(sample.outcomes(Item::NonRootHealthcheck), [Outcome::Pass].into());
}

#[test]
fn a_staged_digest_that_is_gone_is_not_staged_and_one_that_cannot_be_looked_for_is_unknown() {
    let mut sample = Sample::staged();
    let index = sample.index("runner");
    let present = |sample: &Sample, repository| FactKey::Present {
        repository: sample.repository("runner", repository),
        digest: index.clone(),
    };
    for repository in [0, 1] {
        let key = present(&sample, repository);
        sample.put_absent(key, "404");
    }
    assert_eq!(stage(&sample, "runner"), Stage::Built);
    let key = present(&sample, 1);
    sample.put_unknown(key, ReasonKind::ServerError, "500 from docker.io");
    assert_eq!(stage(&sample, "runner"), Stage::Unknown);
}

#[test]
fn the_operator_s_digest_comes_before_the_remembered_one() {
    let mut sample = Sample::staged();
    sample.scope.digests.insert(name("runner"), digest("given"));
    sample.present(&sample.repository("runner", 1), &digest("given"));
    sample.put_absent(
        FactKey::Present { repository: sample.repository("runner", 0), digest: digest("given") },
        "404",
    );
    assert_eq!(stage(&sample, "runner"), Stage::Staged(digest("given")));
}

#[test]
fn other_digests_elsewhere_are_both_published() {
    let mut sample = Sample::complete();
    let key = sample.tag_key("runner", 0, Access::Anonymous, Pass::First);
    let tag = crate::model::TagFact { digest: digest("other") };
    sample.put(key, crate::model::Fact::Tag(crate::model::Observed::Seen(tag)));
    assert_eq!(stage(&sample, "runner"), Stage::Published(vec![digest("other"), sample.index("runner")]));
}

#[test]
fn while_some_images_are_staged_one_that_is_not_is_judged_on_its_local_images() {
    let mut sample = Sample::staged();
    sample.put_absent(FactKey::Staged(name("full")), "not staged");
    assert_eq!(stage(&sample, "full"), Stage::Built);
    let cells = sample.checked(Item::NonRootHealthcheck).cells;
    let full: Vec<bool> =
        cells.iter().filter(|cell| cell.image.as_str() == "full").map(|cell| cell.in_registry).collect();
    assert_eq!(full, [false, false]);
}

#[test]
fn a_running_release_workflow_is_ahead() {
    let mut sample = Sample::complete();
    assert_eq!(nothing_staged(&sample), (false, false));
    sample.ran_on_github("in_progress", None, super::super::testing::REVISION);
    assert_eq!(nothing_staged(&sample), (false, true));
}
