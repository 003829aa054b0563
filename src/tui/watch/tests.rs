use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::desk::{Desk, Reaction};
use super::*;
use crate::model::Digest;
use crate::tui::tests::sample::HOSTILE;
use crate::watch::tests::target;
use crate::watch::{Concern, Kind, Loudness, Phase, Presence, Subject, TagState, Unseen};

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
    view.last_go = Some(quiet().known);
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
    gone.tag.as_mut().unwrap().presence = Some(Presence::Gone("404 from ghcr.io".to_owned()));
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

fn desk() -> Desk {
    let options = Options {
        title: "greenlang 0.2.0".to_owned(),
        theme: None,
        themes: Themes::default(),
        depth: Depth::None,
        call: Call::Bell,
    };
    Desk::new(options, Theme::named("mono", Depth::None).unwrap(), Glyphs::Unicode)
}

fn drawn(view: &View, desk: &Desk, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| render(view, desk, Duration::from_secs(5), frame)).unwrap();
    terminal.backend().to_string()
}

fn press(desk: &mut Desk, key: char, view: &View) -> Option<Reaction> {
    desk.on_key(&KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE), view)
}

#[test]
fn a_watch_at_each_size() {
    for (width, height) in [(40, 6), (60, 20), (120, 35)] {
        insta::assert_snapshot!(format!("quiet-{width}x{height}"), drawn(&quiet(), &desk(), width, height));
        insta::assert_snapshot!(format!("loud-{width}x{height}"), drawn(&loud(), &desk(), width, height));
    }
    insta::assert_snapshot!("first-look-60x20", drawn(&View::default(), &desk(), 60, 20));
}

#[test]
fn the_difference_to_the_last_go_is_one_key_away_and_one_back() {
    let (view, mut desk) = (loud(), desk());
    assert_eq!(press(&mut desk, 'D', &view), Some(Reaction::Draw));
    insta::assert_snapshot!("difference-60x20", drawn(&view, &desk, 60, 20));
    assert_eq!(press(&mut desk, 'q', &view), Some(Reaction::Draw));
    assert!(drawn(&view, &desk, 60, 20).contains("q quit"));
    assert_eq!(press(&mut desk, 'q', &view), Some(Reaction::Quit));
}

#[test]
fn keys_look_verify_and_copy_everything_whole() {
    let (view, mut desk) = (loud(), desk());
    assert_eq!(press(&mut desk, 'a', &view), Some(Reaction::Send(Command::Look)));
    assert_eq!(press(&mut desk, 'v', &view), Some(Reaction::Send(Command::Verify)));
    let Some(Reaction::Copy(text)) = press(&mut desk, 'y', &view) else { panic!("nothing is copied") };
    assert!(text.contains(Digest::of(b"ghcr.io/acme/greenlang-runner:0.2.0").as_str()), "{text}");
    assert!(text.contains("the waiver for size_budget of full ends in 3 days"), "{text}");
    assert_eq!(press(&mut desk, 'x', &view), None);
}

#[test]
fn what_is_not_as_it_should_be_stays_in_sight_when_rows_are_few() {
    let mut view = quiet();
    for number in 0..20 {
        there(&mut view, &format!("ghcr.io/acme/more-{number}:1"), Some(SIGNER));
    }
    concerned(&mut view, "ghcr.io/acme/more-19:1", Kind::Signature, Loudness::Alarm, "nobody");
    let screen = drawn(&view, &desk(), 60, 8);
    assert!(screen.contains("stranger  …") || screen.contains("more-19:1"), "{screen}");
    assert!(screen.contains("of 24 tags"), "{screen}");
}

#[test]
fn hostile_names_and_reasons_neither_break_a_line_nor_command_the_terminal() {
    let mut view = quiet();
    let known = view.known.subjects.get_mut("ghcr.io/acme/greenlang-full:0.2.0").unwrap();
    known.signer = Some(HOSTILE.repeat(4));
    concerned(&mut view, "ghcr.io", Kind::Registry, Loudness::Unknown, &HOSTILE.repeat(9));
    for (width, height) in [(40, 6), (60, 20), (120, 35), (10, 3), (1, 1)] {
        let screen = drawn(&view, &desk(), width, height);
        assert!(!screen.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}']), "{screen}");
    }
}
