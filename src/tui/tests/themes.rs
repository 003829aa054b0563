//! The choice of a theme.

use ratatui::style::Color;

use super::sample::{plan, report};
use super::*;

fn colored() -> Console {
    let mut console = console();
    (console.ui.depth, console.ui.theme) = (Depth::True, Theme::named("dark", Depth::True).unwrap());
    console
}

fn press(console: &mut Console, code: KeyCode) -> Option<Reaction> {
    console.on_key(&key(code), &report())
}

#[test]
fn a_theme_is_seen_as_soon_as_the_cursor_is_on_it_and_enter_keeps_it() {
    let mut console = colored();
    press(&mut console, KeyCode::Char('T'));
    let dark = buffer(&report(), &console, 80, 24);
    press(&mut console, KeyCode::Down);
    assert_eq!(console.ui.theme.name(), "light");
    let light = buffer(&report(), &console, 80, 24);
    assert_ne!(dark[(70, 20)].bg, light[(70, 20)].bg, "the whole screen is painted");
    press(&mut console, KeyCode::Enter);
    assert_eq!((console.ui.theme.name(), console.ui.screen() == Screen::Cockpit), ("light", true));
    assert!(
        console.ui.note.as_ref().unwrap().contains("theme = \"light\" in exitbar.toml"),
        "{:?}",
        console.ui.note
    );
}

#[test]
fn esc_brings_the_theme_of_before_back() {
    let mut console = colored();
    for leave in [KeyCode::Esc, KeyCode::Char('T'), KeyCode::Char('q')] {
        press(&mut console, KeyCode::Char('T'));
        press(&mut console, KeyCode::End);
        assert_eq!(console.ui.theme.name(), "mono");
        assert_eq!(press(&mut console, leave), Some(Reaction::Draw));
        assert_eq!(
            (console.ui.theme.name(), console.ui.screen() == Screen::Cockpit),
            ("dark", true),
            "{leave:?}"
        );
    }
}

#[test]
fn the_line_that_keeps_a_theme_can_be_copied() {
    let mut console = colored();
    press(&mut console, KeyCode::Char('T'));
    let copied = press(&mut console, KeyCode::Char('y'));
    assert_eq!(copied, Some(Reaction::Copy("theme = \"dark\"".to_owned())));
}

#[test]
fn a_click_shows_a_theme_a_second_one_keeps_it_and_the_wheel_moves() {
    let mut console = colored();
    press(&mut console, KeyCode::Char('T'));
    buffer(&report(), &console, 80, 24);
    let row = console.ui.hits.area(Target::Row(3)).unwrap();
    console.on_mouse(click(row.x + 2, row.y), &report());
    assert_eq!((console.ui.theme.name(), console.ui.screen() == Screen::Themes), ("color-blind", true));
    console.on_mouse(mouse(MouseEventKind::ScrollUp, 1, 1), &report());
    assert_eq!(console.ui.theme.name(), "high-contrast");
    buffer(&report(), &console, 80, 24);
    console.on_mouse(click(row.x + 2, row.y - 1), &report());
    assert_eq!((console.ui.theme.name(), console.ui.screen() == Screen::Cockpit), ("high-contrast", true));
}

#[test]
fn a_plan_is_answered_first() {
    let mut console = colored();
    press(&mut console, KeyCode::Char('T'));
    let mut state = report();
    state.plan = Some(plan());
    let answer = console.on_key(&key(KeyCode::Enter), &state);
    assert!(matches!(answer, Some(Reaction::Send(crate::cockpit::Command::Decline(7)))), "{answer:?}");
}

#[test]
fn a_theme_of_the_user_that_is_wrong_says_why() {
    let mut console = colored();
    let text = Ok("txet = \"red\"".to_owned());
    console.ui.themes = Themes::new(vec![ThemeFile { file: "themes/mine.toml".into(), text }]);
    press(&mut console, KeyCode::Char('T'));
    press(&mut console, KeyCode::End);
    assert_eq!(console.ui.theme.name(), "dark", "it cannot be shown");
    let text = drawn(&report(), &console, 100, 30);
    assert!(
        text.contains("mine")
            && text.contains("themes/mine.toml:1: unknown role `txet`; did you mean `text`?"),
        "{text}"
    );
}

#[test]
fn the_choice_as_it_is_shown() {
    let mut console = console();
    press(&mut console, KeyCode::Char('T'));
    for (width, height) in [(60, 20), (80, 24)] {
        insta::assert_snapshot!(
            format!("themes-{width}x{height}"),
            drawn(&report(), &console, width, height)
        );
    }
}

#[test]
fn a_painted_theme_leaves_no_cell_of_the_terminal_s_own() {
    let mut state = report();
    state.plan = Some(plan());
    let mut console = colored();
    console.ui.theme = Theme::named("catppuccin-mocha", Depth::True).unwrap();
    let buffer = buffer(&state, &console, 120, 35);
    assert!(buffer.content.iter().all(|cell| cell.bg != Color::Reset && cell.fg != Color::Reset));
}
