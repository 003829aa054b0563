//! The choice of a theme.

use ratatui::style::Color;

use super::sample::{plan, report};
use super::*;

fn colored() -> Ui {
    let mut ui = ui();
    (ui.depth, ui.theme) = (Depth::True, Theme::named("dark", Depth::True).unwrap());
    ui
}

fn press(ui: &mut Ui, code: KeyCode) -> Option<Reaction> {
    ui.on_key(&key(code), &report())
}

#[test]
fn a_theme_is_seen_as_soon_as_the_cursor_is_on_it_and_enter_keeps_it() {
    let mut ui = colored();
    press(&mut ui, KeyCode::Char('T'));
    let dark = buffer(&report(), &ui, 80, 24);
    press(&mut ui, KeyCode::Down);
    assert_eq!(ui.theme.name(), "light");
    let light = buffer(&report(), &ui, 80, 24);
    assert_ne!(dark[(70, 20)].bg, light[(70, 20)].bg, "the whole screen is painted");
    press(&mut ui, KeyCode::Enter);
    assert_eq!((ui.theme.name(), ui.picker.is_none()), ("light", true));
    assert!(ui.note.as_ref().unwrap().contains("theme = \"light\" in exitbar.toml"), "{:?}", ui.note);
}

#[test]
fn esc_brings_the_theme_of_before_back() {
    let mut ui = colored();
    for leave in [KeyCode::Esc, KeyCode::Char('T'), KeyCode::Char('q')] {
        press(&mut ui, KeyCode::Char('T'));
        press(&mut ui, KeyCode::End);
        assert_eq!(ui.theme.name(), "mono");
        assert_eq!(press(&mut ui, leave), Some(Reaction::Draw));
        assert_eq!((ui.theme.name(), ui.picker.is_none()), ("dark", true), "{leave:?}");
    }
}

#[test]
fn the_line_that_keeps_a_theme_can_be_copied() {
    let mut ui = colored();
    press(&mut ui, KeyCode::Char('T'));
    let copied = press(&mut ui, KeyCode::Char('y'));
    assert_eq!(copied, Some(Reaction::Copy("theme = \"dark\"".to_owned())));
}

#[test]
fn a_click_shows_a_theme_a_second_one_keeps_it_and_the_wheel_moves() {
    let mut ui = colored();
    press(&mut ui, KeyCode::Char('T'));
    buffer(&report(), &ui, 80, 24);
    let row = ui.panes.borrow()[3].1;
    ui.on_mouse(click(row.x + 2, row.y), &report());
    assert_eq!((ui.theme.name(), ui.picker.is_some()), ("color-blind", true));
    ui.on_mouse(mouse(MouseEventKind::ScrollUp, 1, 1), &report());
    assert_eq!(ui.theme.name(), "high-contrast");
    buffer(&report(), &ui, 80, 24);
    ui.on_mouse(click(row.x + 2, row.y - 1), &report());
    assert_eq!((ui.theme.name(), ui.picker.is_none()), ("high-contrast", true));
}

#[test]
fn a_plan_is_answered_first() {
    let mut ui = colored();
    press(&mut ui, KeyCode::Char('T'));
    let mut state = report();
    state.plan = Some(plan());
    let answer = ui.on_key(&key(KeyCode::Enter), &state);
    assert!(matches!(answer, Some(Reaction::Send(crate::cockpit::Command::Decline(7)))), "{answer:?}");
}

#[test]
fn a_theme_of_the_user_that_is_wrong_says_why() {
    let mut ui = colored();
    let text = Ok("txet = \"red\"".to_owned());
    ui.themes = Themes::new(vec![ThemeFile { file: "themes/mine.toml".into(), text }]);
    press(&mut ui, KeyCode::Char('T'));
    press(&mut ui, KeyCode::End);
    assert_eq!(ui.theme.name(), "dark", "it cannot be shown");
    let text = drawn(&report(), &ui, 100, 30);
    assert!(
        text.contains("mine")
            && text.contains("themes/mine.toml:1: unknown role `txet`; did you mean `text`?"),
        "{text}"
    );
}

#[test]
fn the_choice_as_it_is_shown() {
    let mut ui = ui();
    press(&mut ui, KeyCode::Char('T'));
    for (width, height) in [(60, 20), (80, 24)] {
        insta::assert_snapshot!(format!("themes-{width}x{height}"), drawn(&report(), &ui, width, height));
    }
}

#[test]
fn a_painted_theme_leaves_no_cell_of_the_terminal_s_own() {
    let mut state = report();
    state.plan = Some(plan());
    let mut ui = colored();
    ui.theme = Theme::named("catppuccin-mocha", Depth::True).unwrap();
    let buffer = buffer(&state, &ui, 120, 35);
    assert!(buffer.content.iter().all(|cell| cell.bg != Color::Reset && cell.fg != Color::Reset));
}
