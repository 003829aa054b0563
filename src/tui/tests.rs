use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::cockpit::{Command, PendingPlan, State};
use crate::dod;
use crate::model::{
    Action, ActionPlan, Effect, Facts, Image, ImageName, Item, ItemChange, Platform, Policy, Release, Scope,
    Status,
};

fn state(name: &str) -> State {
    let image = Image {
        name: "runner".parse::<ImageName>().unwrap(),
        repositories: vec!["ghcr.io/acme/app".parse().unwrap(), "docker.io/acme/app".parse().unwrap()],
        tag: "0.2.0".parse().unwrap(),
        moving_tags: Vec::new(),
        platforms: vec![Platform::new("linux", "amd64", None)],
        local: None,
        build: None,
        budget: None,
        limit: None,
        version: None,
        example: None,
        private: false,
    };
    let release = Release {
        name: name.to_owned(),
        version: "0.2.0".to_owned(),
        source: None,
        revision: None,
        images: vec![image],
    };
    let policy = Policy { native: Platform::new("linux", "amd64", None), ..Policy::default() };
    let facts = Facts::new("2025-01-20T12:00:00Z".parse().unwrap());
    let assessment = dod::judge(&release, &policy, &Scope::default(), &facts);
    State::of(Arc::new(release), Arc::new(policy), Scope::default(), facts, Arc::new(assessment))
}

fn plan() -> PendingPlan {
    let plan = ActionPlan {
        action: Action::Publish,
        effect: Effect::Publishes,
        steps: vec!["tag ghcr.io/acme/app:0.2.0 → sha256:9f2c".to_owned()],
        digests: Vec::new(),
        points: (70, 70),
        changes: vec![ItemChange {
            item: Item::Published,
            before: (Status::NotStarted, 0),
            after: (Status::Complete, 10),
        }],
        verdict_after: Some("NO_GO".to_owned()),
        warnings: vec!["item 3 (Signed) loses 5: CONFIGURED → NOT STARTED".to_owned()],
    };
    PendingPlan { id: 7, plan }
}

fn ui() -> Ui {
    Ui::new(Keymap::default(), Theme::named("mono", Depth::None).unwrap(), Scope::default())
}

fn drawn(state: &State, ui: &Ui, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| render(state, ui, 0, frame)).unwrap();
    terminal.backend().to_string()
}

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

#[test]
fn every_screen_at_three_sizes() {
    let state = state("app");
    let mut ui = ui();
    for screen in [Screen::Cockpit, Screen::Item, Screen::Blockers, Screen::Jobs, Screen::Help] {
        ui.screen = screen;
        for (width, height) in [(80, 24), (120, 35), (200, 60)] {
            insta::assert_snapshot!(
                format!("{screen:?}-{width}x{height}"),
                drawn(&state, &ui, width, height)
            );
        }
    }
}

#[test]
fn a_plan_names_its_effect_its_points_and_what_it_costs() {
    let mut state = state("app");
    state.plan = Some(plan());
    insta::assert_snapshot!("plan-80x24", drawn(&state, &ui(), 80, 24));
}

#[test]
fn hostile_names_neither_command_the_terminal_nor_break_the_frame() {
    let name = format!("e\u{1b}[2Jvil \u{202e}字字 {}", "x".repeat(300));
    let text = drawn(&state(&name), &ui(), 80, 24);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    insta::assert_snapshot!("hostile-80x24", text);
}

#[test]
fn a_small_window_still_shows_the_verdict_and_the_score() {
    let text = drawn(&state("app"), &ui(), 40, 10);
    assert!(text.contains("looking") && text.contains("larger"), "{text}");
}

#[test]
fn enter_means_no_and_y_confirms_exactly_what_was_shown() {
    let mut state = state("app");
    state.plan = Some(plan());
    let mut ui = ui();
    assert_eq!(ui.on_key(&key(KeyCode::Enter), &state), Some(Reaction::Send(Command::Decline(7))));
    assert_eq!(ui.on_key(&key(KeyCode::Char('n')), &state), Some(Reaction::Send(Command::Decline(7))));
    let confirm = Command::Confirm(7, plan().plan.hash());
    assert_eq!(ui.on_key(&key(KeyCode::Char('y')), &state), Some(Reaction::Send(confirm)));
    assert_eq!(ui.on_key(&key(KeyCode::Char('b')), &state), None, "no action while a question is open");
}

#[test]
fn every_key_is_documented_reachable_and_its_own() {
    let map = Keymap::default();
    let mut keys = BTreeSet::new();
    for binding in &BINDINGS {
        assert!(keys.insert(map.key(binding)), "{} twice", binding.key);
        assert!(!binding.help.is_empty());
        let code = match binding.key {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            key => KeyCode::Char(key.chars().next().unwrap()),
        };
        assert_eq!(map.press(&key(code)), Some(binding.press), "{}", binding.name);
    }
}

#[test]
fn keys_can_be_changed_but_not_shared() {
    let changed = |name: &str, key: &str| Keymap::new(BTreeMap::from([(name.to_owned(), key.to_owned())]));
    let map = changed("audit", "F").unwrap();
    assert_eq!(map.press(&key(KeyCode::Char('F'))), Some(Press::Audit));
    assert!(changed("audit", "b").unwrap_err().contains("build"));
    assert!(changed("adit", "z").unwrap_err().contains("audit"));
}

#[test]
fn a_click_focuses_a_pane_and_a_second_one_opens_it() {
    let state = state("app");
    let mut ui = ui();
    drawn(&state, &ui, 120, 35);
    let (item, area) = ui.panes.borrow()[6];
    let click = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: area.x + 3,
        row: area.y + 1,
        modifiers: KeyModifiers::NONE,
    };
    assert_eq!(ui.on_mouse(click, &state), Some(Reaction::Draw));
    assert_eq!((ui.focus, ui.screen), (item, Screen::Cockpit));
    ui.on_mouse(click, &state);
    assert_eq!(ui.screen, Screen::Item);
}

#[test]
fn every_theme_can_be_had_at_every_depth() {
    for theme in ["dark", "light", "mono"] {
        for depth in [Depth::None, Depth::Basic, Depth::Indexed, Depth::True] {
            assert!(Theme::named(theme, depth).is_ok());
        }
    }
    assert!(Theme::named("drak", Depth::True).unwrap_err().contains("dark"));
}
