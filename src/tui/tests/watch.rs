//! The watch: by itself in a pane of any size, and as a screen of the cockpit.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::history::audit;
use super::sample::{HOSTILE, report};
use super::*;
use crate::dod::testing::Sample;
use crate::model::Digest;
use crate::watch::tests::target;
use crate::watch::{
    Change, Command, Concern, Kind, LastGo, Loudness, Phase, Presence, Subject, TagState, Unseen, View,
};

fn noon() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

const SIGNER: &str = "https://github.com/acme/greenlang/.github/workflows/release.yml@refs/tags/v0.2.0";

/// A tag that was seen a minute ago, with this signer.
fn there(view: &mut View, reference: &str, signer: Option<&str>) {
    let tag = TagState {
        presence: Some(Presence::At(Digest::of(reference.as_bytes()))),
        seen_at: Some(noon() - SignedDuration::from_mins(1)),
        ..TagState::default()
    };
    let subject = Subject {
        name: reference.to_owned(),
        tag: Some(tag),
        signer: signer.map(str::to_owned),
        ..Subject::default()
    };
    view.known.subjects.insert(reference.to_owned(), subject);
    view.targets.push(target(reference));
}

fn concerned(view: &mut View, subject: &str, kind: Kind, loudness: Loudness, text: &str) {
    let concern = Concern { loudness, state: String::new(), text: text.to_owned(), since: noon() };
    let known = view.known.subjects.entry(subject.to_owned()).or_default();
    known.name = subject.to_owned();
    known.concerns.insert(kind, concern);
}

/// All is well.
fn quiet() -> View {
    let mut view = View { at: Some(noon()), looked_at: Some(noon()), looks: 3, ..View::default() };
    for registry in ["ghcr.io", "docker.io"] {
        for image in ["runner", "full"] {
            there(&mut view, &format!("{registry}/acme/greenlang-{image}:0.2.0"), Some(SIGNER));
        }
    }
    view
}

/// A tag moved to what a stranger signed, another is gone, a registry is down, a waiver ends.
fn loud() -> View {
    let mut view = quiet();
    view.last_go = Some(LastGo::of_watch(quiet().known));
    let moved = "ghcr.io/acme/greenlang-runner:0.2.0";
    concerned(&mut view, moved, Kind::Signature, Loudness::Alarm, "signed by mallory and not by release.yml");
    view.changes.push_back(Change {
        at: noon() - SignedDuration::from_mins(3),
        subject: moved.to_owned(),
        about: Kind::Tag,
        change: Phase::Moved,
        level: Loudness::Alarm,
        from: None,
        to: None,
        text: format!("{moved} moved from 7692c3ad3540 to 3fc4ccfe7458"),
    });
    let gone = view.known.subjects.get_mut("ghcr.io/acme/greenlang-full:0.2.0").unwrap();
    let tag = gone.tag.as_mut().unwrap();
    tag.was = tag.digest().cloned();
    tag.presence = Some(Presence::Gone("404 from ghcr.io".to_owned()));
    for image in ["runner", "full"] {
        let name = format!("docker.io/acme/greenlang-{image}:0.2.0");
        let tag = view.known.subjects.get_mut(&name).unwrap().tag.as_mut().unwrap();
        tag.unseen = Some(Unseen { reason: "docker.io answered 503".to_owned(), since: noon() });
    }
    concerned(&mut view, "docker.io", Kind::Registry, Loudness::Unknown, "docker.io answered 503");
    let waiver = "the waiver for size_budget of full";
    concerned(&mut view, waiver, Kind::Waiver, Loudness::Notice, "ends in 3 days, at 2026-12-01 00:00 UTC");
    view
}

/// A console that shows a watch, and has no cockpit.
fn alone(view: View) -> Console {
    let mut console = console();
    console.ui.home = Screen::Watch;
    console.ui.readonly = true;
    shows(&mut console, view);
    console
}

/// A console that shows a watch above the cockpit.
fn beside(view: View) -> Console {
    let mut console = on(Screen::Watch);
    shows(&mut console, view);
    console
}

fn shows(console: &mut Console, view: View) {
    console.screens.watch.title = "greenlang 0.2.0".to_owned();
    console.screens.watch.since = Duration::from_secs(5);
    console.screens.watch.view = Arc::new(view);
}

fn press(console: &mut Console, c: char) -> Option<Reaction> {
    console.on_key(&key(KeyCode::Char(c)), &report())
}

#[test]
fn a_watch_at_each_size() {
    let state = report();
    for (width, height) in [(40, 6), (60, 20), (120, 35)] {
        let at = |name: &str, view: View| {
            insta::assert_snapshot!(
                format!("{name}-{width}x{height}"),
                drawn(&state, &alone(view), width, height)
            );
        };
        at("quiet", quiet());
        at("loud", loud());
    }
    insta::assert_snapshot!("first-look-60x20", drawn(&state, &alone(View::default()), 60, 20));
}

#[test]
fn a_watch_is_a_screen_of_the_cockpit_and_there_is_a_way_back() {
    let state = report();
    let mut console = console();
    shows(&mut console, loud());
    assert_eq!(press(&mut console, 'O'), Some(Reaction::Draw));
    assert_eq!(console.ui.screen(), Screen::Watch);
    for (width, height) in [(80, 24), (120, 35), (200, 60)] {
        insta::assert_snapshot!(format!("beside-{width}x{height}"), drawn(&state, &console, width, height));
    }
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!(console.ui.screen(), Screen::Cockpit);
    types(&mut console, &state, ":watch");
    console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(console.ui.screen(), Screen::Watch, "by its name in the palette");
    press(&mut console, 'O');
    assert_eq!(console.ui.screen(), Screen::Cockpit, "its key closes it as well");
}

#[test]
fn the_difference_to_the_last_go_is_one_key_away_and_one_back() {
    let state = report();
    for mut console in [alone(loud()), beside(loud())] {
        assert_eq!(press(&mut console, 'D'), Some(Reaction::Draw));
        let screen = drawn(&state, &console, 80, 24);
        assert!(screen.contains("since the GO of 2026-11-27 11:59 UTC, as a watch saw it"), "{screen}");
        assert!(screen.contains("D tags"), "{screen}");
        console.on_key(&key(KeyCode::Esc), &state);
        assert!(drawn(&state, &console, 80, 24).contains("D last GO"));
        assert_eq!(console.ui.screen(), Screen::Watch);
    }
    let mut console = alone(loud());
    press(&mut console, 'D');
    insta::assert_snapshot!("difference-60x20", drawn(&state, &console, 60, 20));
    let mut audited = loud();
    let id = audit(&Sample::complete(), 0).summary.id.clone();
    audited.last_go = audited.last_go.map(|go| LastGo { audit: Some(id.clone()), ..go });
    console = alone(audited);
    press(&mut console, 'D');
    assert!(drawn(&state, &console, 80, 24).contains(&format!("audit {id}")), "whose GO it is");
    console = alone(quiet());
    press(&mut console, 'D');
    assert!(drawn(&state, &console, 60, 20).contains("no last GO"));
}

#[test]
fn keys_look_verify_and_copy_everything_whole() {
    for mut console in [alone(loud()), beside(loud())] {
        assert_eq!(press(&mut console, 'a'), Some(Reaction::Watch(Command::Look)));
        assert_eq!(press(&mut console, 'v'), Some(Reaction::Watch(Command::Verify)));
        let Some(Reaction::Copy(text)) = press(&mut console, 'y') else { panic!("nothing is copied") };
        assert!(text.contains(Digest::of(b"ghcr.io/acme/greenlang-runner:0.2.0").as_str()), "{text}");
        assert!(text.contains("the waiver for size_budget of full ends in 3 days"), "{text}");
    }
}

#[test]
fn the_keys_of_a_watch_can_be_others() {
    let changed = [("audit", "L"), ("copy", "Y")].map(|(name, key)| (name.to_owned(), vec![key.to_owned()]));
    let mut console = alone(loud());
    console.ui.keymap = Keymap::with(&changed.into()).unwrap();
    assert_eq!(press(&mut console, 'L'), Some(Reaction::Watch(Command::Look)));
    assert_eq!(press(&mut console, 'a'), None);
    assert!(matches!(press(&mut console, 'Y'), Some(Reaction::Copy(_))));
    assert!(drawn(&report(), &console, 80, 24).contains("L look"));
}

#[test]
fn every_key_that_the_footer_names_does_something() {
    let state = report();
    for start in [alone, beside] {
        for press in start(loud()).hints(&state).into_iter().flat_map(|hint| hint.presses) {
            let mut console = start(loud());
            drawn(&state, &console, 80, 24);
            // Beside a cockpit the footer names its keys as well, and each has a test of its own.
            if console.ui.watches_only() || !matches!(press, Press::Plan(_)) {
                assert_eq!(console.refusal(press, &state), None, "{press:?}");
                assert!(console.pressed(press, &state).is_some(), "{press:?}");
            }
        }
    }
}

#[test]
fn a_watch_by_itself_does_nothing_of_a_cockpit_and_says_so() {
    let state = report();
    let mut console = alone(quiet());
    for c in ['b', 'P', 'g', 'B', '3', 'w', 'x'] {
        assert_eq!(press(&mut console, c), Some(Reaction::Draw), "{c}");
        assert_eq!(console.ui.screen(), Screen::Watch, "{c}");
        assert!(console.ui.note.as_ref().unwrap().contains("only looks"), "{c}: {:?}", console.ui.note);
    }
    let screen = drawn(&state, &console, 60, 8);
    assert!(screen.contains("a watch only looks"), "{screen}");
    press(&mut console, '?');
    assert_eq!(console.ui.screen(), Screen::Help);
    assert!(drawn(&state, &console, 120, 40).contains("Keys"));
    assert_eq!(press(&mut console, 'a'), Some(Reaction::Watch(Command::Look)), "also from the help");
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!(console.ui.screen(), Screen::Watch);
    assert_eq!(press(&mut console, 'q'), Some(Reaction::Quit));
}

#[test]
fn a_search_finds_what_the_overview_leaves_out() {
    let state = report();
    let mut view = quiet();
    for number in 0..20 {
        there(&mut view, &format!("ghcr.io/acme/more-{number:02}:1"), Some(SIGNER));
    }
    let mut console = alone(view);
    assert!(!drawn(&state, &console, 80, 8).contains("more-17"));
    types(&mut console, &state, "/more-17");
    let screen = drawn(&state, &console, 80, 8);
    assert!(screen.contains("more-17:1") && screen.contains("1 of 1"), "{screen}");
    console.on_key(&key(KeyCode::Esc), &state);
    assert!(drawn(&state, &console, 80, 8).contains("of 24 tags"), "the overview again");
}

#[test]
fn what_is_not_as_it_should_be_stays_in_sight_when_rows_are_few() {
    let mut view = quiet();
    for number in 0..20 {
        there(&mut view, &format!("ghcr.io/acme/more-{number}:1"), Some(SIGNER));
    }
    concerned(&mut view, "ghcr.io/acme/more-19:1", Kind::Signature, Loudness::Alarm, "nobody");
    let screen = drawn(&report(), &alone(view), 60, 8);
    assert!(screen.contains("stranger  …") || screen.contains("more-19:1"), "{screen}");
    assert!(screen.contains("of 24 tags"), "{screen}");
}

#[test]
fn hostile_names_and_reasons_neither_break_a_line_nor_command_the_terminal() {
    let mut view = quiet();
    let known = view.known.subjects.get_mut("ghcr.io/acme/greenlang-full:0.2.0").unwrap();
    known.signer = Some(HOSTILE.repeat(4));
    concerned(&mut view, "ghcr.io", Kind::Registry, Loudness::Unknown, &HOSTILE.repeat(9));
    let console = alone(view);
    for (width, height) in [(40, 6), (60, 20), (120, 35), (10, 3), (1, 1)] {
        let screen = drawn(&report(), &console, width, height);
        assert!(!screen.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}']), "{screen}");
    }
}

#[test]
fn a_kept_audit_with_go_is_what_a_watch_compares_with() {
    let audit = audit(&Sample::complete(), 0);
    let targets = crate::watch::of_release(&audit.release);
    let go = LastGo::of_audit(&audit, &targets);
    assert_eq!(go.audit, Some(audit.summary.id.clone()));
    assert!(targets.iter().all(|target| go.known.tag(&target.reference).is_some()), "every tag was seen");
    let mut view = View { at: Some(noon()), last_go: Some(go.clone()), ..View::default() };
    view.known = go.known.clone();
    let mut console = alone(view.clone());
    press(&mut console, 'D');
    assert!(drawn(&report(), &console, 80, 24).contains("nothing is different"));
    let subject = view.known.subjects.get_mut(&targets[0].reference).unwrap();
    subject.tag.as_mut().unwrap().presence = Some(Presence::At(Digest::of(b"another")));
    console = alone(view);
    press(&mut console, 'D');
    let screen = drawn(&report(), &console, 120, 24);
    assert!(screen.contains("moved from") && screen.contains(&targets[0].reference), "{screen}");
}

#[test]
fn a_tag_that_was_never_seen_is_absent_and_not_gone_and_its_name_has_the_room() {
    let reference = "registry-with-a-long-name.example.org/acme/greenlang-runner:0.2.0";
    let mut view = View { at: Some(noon()), looked_at: Some(noon()), looks: 1, ..View::default() };
    there(&mut view, reference, None);
    let tag = view.known.subjects.get_mut(reference).unwrap().tag.as_mut().unwrap();
    tag.presence = Some(Presence::Gone("404".to_owned()));
    let line = |view: &View| {
        let screen = drawn(&report(), &alone(view.clone()), 100, 24);
        screen.lines().find(|line| line.contains(reference)).unwrap_or_else(|| panic!("{screen}")).to_owned()
    };
    assert!(line(&view).contains("absent"), "{}", line(&view));
    view.known.subjects.get_mut(reference).unwrap().tag.as_mut().unwrap().was = Some(Digest::of(b"it"));
    assert!(line(&view).contains("gone"), "{}", line(&view));
}
