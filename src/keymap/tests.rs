use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn changed(command: &str, keys: &[&str]) -> Result<Keymap, Vec<Trouble>> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    Keymap::with(&BTreeMap::from([(command.to_owned(), keys)]))
}

fn event(key: &str) -> KeyEvent {
    key.parse::<Key>().unwrap().event()
}

#[test]
fn every_default_key_is_a_key_and_reaches_its_command_wherever_that_holds() {
    let map = Keymap::default();
    for binding in BINDINGS {
        assert_eq!(map.keys(binding).len(), binding.keys.len(), "{}", binding.name);
        for key in binding.keys {
            if binding.place == Place::Question {
                assert_eq!(map.answer(&event(key)), Some(binding.press), "{key} of {}", binding.name);
            }
            for screen in Screen::ALL.into_iter().filter(|screen| binding.place.is_on(*screen)) {
                let found = map.press(&event(key), screen);
                assert_eq!(found, Some(binding.press), "{key} of {} on {screen:?}", binding.name);
            }
        }
    }
}

#[test]
fn every_command_has_its_own_name_and_says_what_it_does() {
    let mut names = BTreeSet::new();
    let mut presses = BTreeSet::new();
    for binding in BINDINGS {
        assert!(names.insert(binding.name), "{} twice", binding.name);
        assert!(presses.insert(format!("{:?}", binding.press)), "{:?} twice", binding.press);
        assert!(!binding.help.is_empty() && !binding.keys.is_empty(), "{}", binding.name);
    }
}

#[test]
fn a_command_can_have_other_keys_and_several() {
    let map = changed("audit", &["ctrl-a", "F"]).unwrap();
    let at = |key| map.press(&event(key), Screen::Cockpit);
    assert_eq!((at("ctrl-a"), at("F"), at("a")), (Some(Press::Audit), Some(Press::Audit), None));
    assert_eq!(map.key_of(Press::Audit).unwrap().to_string(), "ctrl-a");
}

#[test]
fn two_commands_never_share_a_key_where_both_hold() {
    let trouble = changed("audit", &["F", "b"]).unwrap_err();
    assert_eq!((trouble.len(), trouble[0].key), (1, Some(1)));
    assert!(trouble[0].message.contains("build") && trouble[0].help.contains("build"), "{trouble:?}");
    assert!(changed("audit", &["/"]).is_err(), "it would be taken on the screens that are searched");
    assert!(changed("yes", &["a"]).is_ok(), "a question has keys of its own");
    let both = BTreeMap::from([
        ("audit".to_owned(), vec!["!".to_owned()]),
        ("build".to_owned(), vec!["!".to_owned()]),
    ]);
    assert_eq!(Keymap::with(&both).unwrap_err().len(), 1, "one complaint of one conflict");
}

#[test]
fn swapping_two_keys_is_no_conflict() {
    let both = BTreeMap::from([
        ("audit".to_owned(), vec!["b".to_owned()]),
        ("build".to_owned(), vec!["a".to_owned()]),
    ]);
    assert!(Keymap::with(&both).is_ok());
}

#[test]
fn a_key_that_is_pressed_to_get_on_never_means_yes() {
    for key in ["enter", "space", "esc"] {
        assert!(changed("yes", &[key]).unwrap_err()[0].message.contains("never means yes"), "{key}");
    }
    assert!(changed("yes", &["Y"]).is_ok());
}

#[test]
fn what_is_no_key_is_said_with_what_is() {
    let trouble = changed("audit", &["spcae"]).unwrap_err();
    assert!(trouble[0].message.contains("spcae") && trouble[0].help.contains("space"), "{trouble:?}");
}

#[test]
fn the_example_of_the_configuration_lists_every_command_with_its_default_keys() {
    let example = include_str!("../../config.example.toml");
    let listed = example.split_once("#[keys]\n").unwrap().1;
    for binding in BINDINGS {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("\"{key}\"")).collect();
        let line = match keys.as_slice() {
            [key] => format!("#{} = {key}\n", binding.name),
            keys => format!("#{} = [{}]\n", binding.name, keys.join(", ")),
        };
        assert!(listed.contains(&line), "config.example.toml lacks {line}");
    }
}
