use crate::model::{
    Cell, EntryKind, FactKey, Healthcheck, ImageConfig, Item, Level, Outcome, Platform, ReasonKind, Status,
};

use super::super::super::testing::{Sample, amd64, entry, sample};

fn first(sample: &Sample) -> Cell {
    sample.checked(Item::NonRootHealthcheck).cells.remove(0)
}

fn with(change: impl FnOnce(&mut ImageConfig)) -> Sample {
    let mut sample = Sample::complete();
    sample.change_config("runner", &amd64(), change);
    sample
}

fn user(user: &str) -> Sample {
    with(|config| user.clone_into(&mut config.user))
}

fn test(test: &[&str]) -> Sample {
    let test = test.iter().map(|word| (*word).to_owned()).collect();
    with(|config| config.healthcheck = Some(Healthcheck { test, ..Healthcheck::default() }))
}

#[test]
fn a_uid_and_a_healthcheck_pass_on_what_is_built_and_on_what_is_in_a_registry() {
    let local = first(&sample());
    assert_eq!((local.outcome, local.level, local.in_registry), (Outcome::Pass, Some(Level::Local), false));
    assert_eq!(local.reason, "UID 10001, healthcheck defined");
    let registry = first(&Sample::complete());
    assert_eq!((registry.level, registry.in_registry), (Some(Level::Registry), true));
}

#[test]
fn root_by_any_name_fails() {
    for name in ["", "root", "0", "0:0", "root:root", "00", " :1000"] {
        assert_eq!(first(&user(name)).outcome, Outcome::Fail, "{name:?}");
    }
    for name in ["10001", "10001:10001", "10001:root"] {
        assert_eq!(first(&user(name)).outcome, Outcome::Pass, "{name:?}");
    }
}

#[test]
fn a_name_counts_as_what_the_image_s_own_passwd_makes_of_it() {
    let sample = user("gl");
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    assert!(sample.checked(Item::NonRootHealthcheck).warnings[0].contains("runAsNonRoot wants a number"));
    let stranger = first(&user("nobody"));
    assert_eq!(stranger.outcome, Outcome::Fail);
    assert!(stranger.reason.contains("/etc/passwd"), "{}", stranger.reason);
    let mut toor = user("toor");
    toor.change_layer("runner", &amd64(), |layer| {
        layer.entries.get_mut("etc/passwd").unwrap().text = Some("toor:x:0:0::/root:/bin/sh\n".to_owned());
    });
    assert_eq!(first(&toor).outcome, Outcome::Fail);
}

#[test]
fn a_name_in_an_image_whose_layers_were_not_read_is_unknown() {
    let mut sample = user("gl");
    let key = sample.layer_key("runner", &amd64());
    sample.unsee(&key);
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    sample.facts.remove(&key);
    assert_eq!(first(&sample).outcome, Outcome::Pending);
}

#[test]
fn no_healthcheck_or_one_that_runs_nothing_fails() {
    for words in [&[][..], &["NONE"], &["CMD"], &["CMD-SHELL"], &["CMD-SHELL", " "], &["curl"]] {
        assert_eq!(first(&test(words)).outcome, Outcome::Fail, "{words:?}");
    }
    assert_eq!(first(&with(|config| config.healthcheck = None)).outcome, Outcome::Fail);
}

#[test]
fn the_shell_form_needs_a_shell() {
    let mut sample = test(&["CMD-SHELL", "gl doctor"]);
    let cell = first(&sample);
    assert_eq!(cell.outcome, Outcome::Fail);
    assert!(cell.reason.contains("needs a shell"), "{}", cell.reason);
    sample.change_layer("runner", &amd64(), |layer| {
        layer.entries.insert("bin/sh".to_owned(), entry(EntryKind::File));
    });
    assert_eq!(first(&sample).outcome, Outcome::Pass);
}

#[test]
fn a_healthcheck_whose_program_is_not_there_is_warned_about() {
    let sample = test(&["CMD", "curl", "-f", "http://localhost"]);
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    assert!(sample.checked(Item::NonRootHealthcheck).warnings[0].contains("`curl` is not in the image"));
}

#[test]
fn both_troubles_are_said() {
    let sample = with(|config| {
        config.user.clear();
        config.healthcheck = None;
    });
    assert_eq!(first(&sample).reason, "no USER: it runs as root, no healthcheck");
}

#[test]
fn windows_must_not_run_as_its_administrator() {
    let windows = Platform::new("windows", "amd64", None);
    for (user, outcome) in [
        ("ContainerAdministrator", Outcome::Fail),
        ("User Manager\\ContainerAdministrator", Outcome::Fail),
        ("", Outcome::Fail),
        ("ContainerUser", Outcome::Pass),
    ] {
        let mut sample = sample();
        sample.release.images[0].platforms = vec![windows.clone()];
        let local = sample.local_image("runner", &windows, "windows", 1_000);
        sample.keep_local("runner", "windows", vec![local]);
        sample.change_config("runner", &windows, |config| user.clone_into(&mut config.user));
        assert_eq!(first(&sample).outcome, outcome, "{user}");
    }
}

#[test]
fn a_config_that_cannot_be_read_is_unknown_and_one_to_come_is_pending() {
    let mut sample = Sample::complete();
    let key = FactKey::Config(sample.config("runner", &amd64()));
    sample.unsee(&key);
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    sample.facts.remove(&key);
    assert_eq!(first(&sample).outcome, Outcome::Pending);
}

#[test]
fn no_engine_is_unknown_and_a_platform_never_built_makes_no_cell() {
    let mut sample = sample();
    assert_eq!(sample.checked(Item::NonRootHealthcheck).cells.len(), 1);
    sample.put_unknown(FactKey::Local("runner".parse().unwrap()), ReasonKind::NoEngine, "no engine");
    assert_eq!(sample.outcomes(Item::NonRootHealthcheck), [Outcome::Unknown].into());
    assert_eq!(sample.checked(Item::NonRootHealthcheck).instead, None);
}

#[test]
fn while_a_registry_cannot_be_read_local_images_do_not_count() {
    let mut sample = sample();
    sample.unsee(&sample.tag_key("full", 1, crate::model::Access::Anonymous, crate::model::Pass::First));
    assert_eq!(sample.outcomes(Item::NonRootHealthcheck), [Outcome::Unknown].into());
}

#[test]
fn with_nothing_built_the_dockerfile_speaks() {
    let mut sample = sample();
    sample.put_absent(FactKey::Local("runner".parse().unwrap()), "no layout at dist/runner");
    let checked = sample.checked(Item::NonRootHealthcheck);
    assert_eq!(checked.cells, Vec::new());
    let instead = checked.instead.unwrap();
    assert_eq!((instead.status, instead.points), (Status::Configured, 5));
    sample.put_absent(FactKey::Dockerfile("full".parse().unwrap()), "there is no Dockerfile.full");
    let instead = sample.checked(Item::NonRootHealthcheck).instead.unwrap();
    assert_eq!((instead.status, instead.points), (Status::NotStarted, 0));
    sample.facts.remove(&FactKey::Dockerfile("full".parse().unwrap()));
    assert_eq!(sample.outcomes(Item::NonRootHealthcheck), [Outcome::Pending].into());
}
