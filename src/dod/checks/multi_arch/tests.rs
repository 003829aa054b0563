use crate::model::{FactKey, Item, Outcome, Platform, Program, Reason, ReasonKind, Status, Symbol};

use super::super::super::testing::{Sample, amd64, arm64, descriptor, digest, program, sample};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn cell(sample: &Sample, platform: &Platform) -> crate::model::Cell {
    let cells = sample.checked(Item::MultiArch).cells;
    let ours = |cell: &&crate::model::Cell| {
        cell.image.as_str() == "runner" && cell.platform.as_ref() == Some(platform)
    };
    cells.iter().find(ours).cloned().unwrap()
}

fn fails(sample: &Sample, words: &str) {
    let cell = cell(sample, &arm64());
    assert_eq!(cell.outcome, Outcome::Fail, "{}", cell.reason);
    assert!(cell.reason.contains(words), "{}", cell.reason);
}

#[test]
fn an_index_that_lists_each_platform_once_and_truly_passes() {
    let sample = Sample::complete();
    assert_eq!(sample.outcomes(Item::MultiArch), [Outcome::Pass].into());
    let cell = cell(&sample, &arm64());
    assert!(cell.in_registry);
    assert_eq!(cell.reason, "linux/arm64; /usr/local/bin/gl is ELF for arm64");
}

#[test]
fn a_platform_missing_from_the_index_fails() {
    let mut sample = Sample::complete();
    sample.change_index("runner", |index| index.manifests.truncate(1));
    fails(&sample, "linux/arm64 is missing from runner's index");
    sample.release.images[0].platforms = vec![amd64()];
    assert!(sample.checked(Item::MultiArch).cells[0].outcome == Outcome::Pass);
}

#[test]
fn a_platform_twice_in_the_index_fails() {
    let mut sample = Sample::complete();
    sample.change_index("runner", |index| index.manifests.push(index.manifests[1].clone()));
    fails(&sample, "2 times");
}

#[test]
fn one_manifest_under_two_platforms_fails() {
    let mut sample = Sample::complete();
    let amd = sample.child("runner", &amd64());
    sample.change_index("runner", |index| index.manifests[1].digest = amd);
    fails(&sample, "are the same manifest");
}

#[test]
fn a_config_for_another_platform_fails() {
    let mut sample = Sample::complete();
    sample.change_config("runner", &arm64(), |config| config.platform = amd64());
    fails(&sample, "listed as linux/arm64, its config says linux/amd64");
}

#[test]
fn an_amd64_program_in_an_arm64_image_fails_with_no_engine_in_sight() {
    let mut sample = Sample::complete();
    sample.change_layer("runner", &arm64(), |layer| {
        let elf = Program::Elf { machine: "amd64".to_owned(), interpreter: None };
        layer.entries.insert("usr/local/bin/gl".to_owned(), program(elf));
    });
    fails(&sample, "is a program for amd64, in an image for linux/arm64");
}

#[test]
fn a_loader_for_another_machine_fails_and_a_missing_one_is_warned_about() {
    let mut sample = Sample::complete();
    let with_loader = |layer: &mut crate::model::LayerIndex| {
        let elf = Program::Elf { machine: "arm64".to_owned(), interpreter: Some("/lib/ld.so".to_owned()) };
        layer.entries.insert("usr/local/bin/gl".to_owned(), program(elf));
    };
    sample.change_layer("runner", &arm64(), with_loader);
    assert_eq!(cell(&sample, &arm64()).outcome, Outcome::Pass);
    let warnings = sample.checked(Item::MultiArch).warnings;
    assert!(warnings.iter().any(|warning| warning.contains("the loader /lib/ld.so")), "{warnings:?}");
    sample.change_layer("runner", &arm64(), |layer| {
        let elf = Program::Elf { machine: "amd64".to_owned(), interpreter: None };
        layer.entries.insert("lib/ld.so".to_owned(), program(elf));
    });
    fails(&sample, "the loader of /usr/local/bin/gl, is for amd64");
}

#[test]
fn a_program_that_is_not_in_the_image_fails() {
    let mut sample = Sample::complete();
    sample.change_layer("runner", &arm64(), |layer| layer.entries.clear());
    fails(&sample, "`gl`, which it starts, is not in the image");
}

#[test]
fn what_cannot_be_read_is_unknown() {
    let mut layer = Sample::complete();
    let key = layer.layer_key("runner", &arm64());
    layer.unsee(&key);
    assert_eq!(cell(&layer, &arm64()).outcome, Outcome::Unknown);

    let mut config = Sample::complete();
    config.unsee(&FactKey::Config(config.config("runner", &arm64())));
    assert_eq!(cell(&config, &arm64()).outcome, Outcome::Unknown);

    let mut index = Sample::complete();
    index.unsee(&FactKey::Manifest(index.index("runner")));
    // Its digest is gone with it, so both platforms are.
    assert_eq!(cell(&index, &amd64()).outcome, Outcome::Unknown);

    let mut other = Sample::complete();
    other.change_layer("runner", &arm64(), |layer| {
        layer.entries.insert("usr/local/bin/gl".to_owned(), program(Program::Other));
    });
    assert_eq!(cell(&other, &arm64()).outcome, Outcome::Unknown);
}

#[test]
fn what_is_to_come_is_pending() {
    let mut sample = Sample::complete();
    let key = sample.layer_key("runner", &arm64());
    sample.facts.remove(&key);
    assert_eq!(cell(&sample, &arm64()).outcome, Outcome::Pending);
    assert_eq!(cell(&sample, &amd64()).outcome, Outcome::Pass);
}

#[test]
fn a_registry_that_lists_a_platform_and_lacks_its_manifest_fails() {
    let mut sample = Sample::complete();
    let digest = sample.child("runner", &arm64());
    sample.put_absent(FactKey::Present { repository: sample.repository("runner", 1), digest }, "404");
    fails(&sample, "docker.io/acme/greenlang-runner lists linux/arm64 and does not have its manifest");
}

#[test]
fn one_unreadable_registry_leaves_the_others_result_intact() {
    let mut sample = Sample::complete();
    sample.unsee(&sample.tag_key("runner", 0, crate::model::Access::Anonymous, crate::model::Pass::First));
    assert_eq!(cell(&sample, &arm64()).outcome, Outcome::Pass);
    sample.unsee(&sample.tag_key("runner", 1, crate::model::Access::Anonymous, crate::model::Pass::First));
    assert_eq!(cell(&sample, &arm64()).outcome, Outcome::Unknown);
}

#[test]
fn a_plain_manifest_counts_as_an_index_of_one() {
    let mut sample = Sample::complete();
    let manifest = FactKey::Manifest(sample.child("runner", &amd64()));
    let plain = sample.facts.get(&manifest).unwrap().clone();
    let index = FactKey::Manifest(sample.index("runner"));
    sample.put(index, plain.fact.as_ref().clone());
    let passes = cell(&sample, &amd64());
    assert_eq!(passes.outcome, Outcome::Pass, "{}", passes.reason);
    fails(&sample, "linux/arm64 is missing from runner's index");
}

#[test]
fn platforms_beyond_the_required_ones_are_shown_and_cap_the_verdict_when_there_is_trouble() {
    let mut sample = Sample::complete();
    let other = Platform::new("linux", "s390x", None);
    let beyond = sample.local_image("runner", &other, "second", 1_000);
    let manifest = beyond.manifest.clone().unwrap();
    sample.change_index("runner", |index| {
        index.manifests.push(descriptor(&manifest, MANIFEST, Some(other.clone())));
    });
    for repository in [0, 1] {
        let repository = sample.repository("runner", repository);
        sample.present(&repository, &manifest);
    }
    let checked = sample.checked(Item::MultiArch);
    let last = checked.cells.last().unwrap();
    assert!(last.beyond && last.outcome == Outcome::Pass, "{}", last.reason);
    assert!(checked.caps.is_empty());
    sample.facts.insert(
        FactKey::Config(beyond.config.clone()),
        crate::model::Fact::unknown(
            &FactKey::Config(beyond.config),
            Reason::new(ReasonKind::TimedOut, "no answer"),
        ),
        super::super::super::testing::evidence(crate::model::Level::Registry),
    );
    let checked = sample.checked(Item::MultiArch);
    assert_eq!(checked.caps.len(), 1, "{:?}", checked.caps);
    assert_eq!(sample.outcomes(Item::MultiArch), [Outcome::Pass].into());
}

#[test]
fn attestation_manifests_are_set_aside_and_other_unknown_entries_are_not() {
    let mut sample = Sample::complete();
    let unknown = Platform::new("unknown", "unknown", None);
    let child = sample.child("runner", &amd64());
    sample.change_index("runner", |index| {
        let mut attestation = descriptor(&digest("attestation"), MANIFEST, Some(unknown.clone()));
        let kind = (crate::model::BUILDKIT_REFERENCE_TYPE.to_owned(), "attestation-manifest".to_owned());
        let of = (crate::model::BUILDKIT_REFERENCE_DIGEST.to_owned(), child.to_string());
        attestation.annotations = [kind, of].into();
        index.manifests.push(attestation);
    });
    assert!(sample.checked(Item::MultiArch).cells.iter().all(|cell| !cell.beyond));
    sample.change_index("runner", |index| {
        index.manifests.push(descriptor(&digest("stray"), MANIFEST, Some(unknown.clone())));
    });
    sample.unsee(&FactKey::Manifest(digest("stray")));
    let checked = sample.checked(Item::MultiArch);
    assert!(checked.cells.last().unwrap().beyond);
    assert_eq!(checked.caps.len(), 1);
}

#[test]
fn an_index_in_the_index_is_read() {
    let mut sample = Sample::complete();
    let inner = digest("inner index");
    let key = FactKey::Manifest(sample.index("runner"));
    let whole = sample.facts.get(&key).unwrap().fact.as_ref().clone();
    sample.put(FactKey::Manifest(inner.clone()), whole);
    sample.change_index("runner", |index| {
        index.manifests = vec![descriptor(&inner, "application/vnd.oci.image.index.v1+json", None)];
    });
    assert_eq!(cell(&sample, &arm64()).outcome, Outcome::Pass);
    sample.facts.remove(&FactKey::Manifest(inner));
    assert_eq!(cell(&sample, &arm64()).outcome, Outcome::Pending);
}

#[test]
fn an_index_that_holds_itself_ends_as_unknown() {
    let mut sample = Sample::complete();
    let itself = sample.index("runner");
    sample.change_index("runner", |index| {
        index.manifests.push(descriptor(&itself, "application/vnd.oci.image.index.v1+json", None));
    });
    assert_eq!(cell(&sample, &arm64()).outcome, Outcome::Unknown);
}

#[test]
fn before_staging_every_platform_built_is_configured_and_less_is_not_tested() {
    let mut sample = sample();
    let instead = sample.checked(Item::MultiArch).instead.unwrap();
    assert_eq!((instead.status, instead.points, instead.symbol), (Status::NotTested, 0, Symbol::Not));
    assert_eq!(instead.note, "Only linux/amd64 built locally");
    sample.build();
    let instead = sample.checked(Item::MultiArch).instead.unwrap();
    assert_eq!((instead.status, instead.points), (Status::Configured, 5));
    sample.put_unknown(FactKey::Local("full".parse().unwrap()), ReasonKind::NoEngine, "no engine");
    assert_eq!(sample.checked(Item::MultiArch).instead.unwrap().status, Status::NotTested);
    sample.facts.remove(&FactKey::Local("full".parse().unwrap()));
    assert!(sample.outcomes(Item::MultiArch).contains(&Outcome::Pending));
}

#[test]
fn an_image_not_staged_beside_staged_ones_is_absent() {
    let mut sample = Sample::staged();
    sample.put_absent(FactKey::Staged("full".parse().unwrap()), "not staged");
    let checked = sample.checked(Item::MultiArch);
    assert_eq!(checked.instead, None);
    let full = checked.cells.iter().filter(|cell| cell.image.as_str() == "full");
    assert!(full.clone().count() == 2 && full.clone().all(|cell| cell.outcome == Outcome::Absent));
}
