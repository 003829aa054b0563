mod dispatch;
mod doctor;
mod go_live;
mod history;
mod jobs;
mod keys;
mod mouse;
mod packages;
mod palette;
mod roles;
mod screens;
mod search;
mod steps;
mod themes;
mod troubles;
mod vulnerabilities;
mod waiver;
mod watch;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

pub(super) use super::sample;
use super::*;
use crate::cockpit::State;
use crate::keymap::{BINDINGS, Keymap, Press, Screen};
use crate::model::Scope;

fn console() -> Console {
    Console::new(Ui::new(Keymap::default(), Theme::named("mono", Depth::None).unwrap(), Scope::default()))
}

/// A console that shows a screen.
fn on(screen: Screen) -> Console {
    let mut console = console();
    console.ui.open(screen);
    console
}

fn terminal(state: &State, console: &Console, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| render(state, console, 0, frame)).unwrap();
    terminal
}

fn drawn(state: &State, console: &Console, width: u16, height: u16) -> String {
    terminal(state, console, width, height).backend().to_string()
}

fn buffer(state: &State, console: &Console, width: u16, height: u16) -> Buffer {
    terminal(state, console, width, height).backend().buffer().clone()
}

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> MouseEvent {
    MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }
}

fn click(column: u16, row: u16) -> MouseEvent {
    mouse(MouseEventKind::Down(MouseButton::Left), column, row)
}

/// Types letters.
fn types(console: &mut Console, state: &State, text: &str) {
    for c in text.chars() {
        console.on_key(&key(KeyCode::Char(c)), state);
    }
}

/// A click on what was drawn as a target.
fn click_on(console: &mut Console, state: &State, target: Target) -> Option<Reaction> {
    let area = console.ui.hits.area(target).unwrap_or_else(|| panic!("{target:?} is nowhere"));
    console.on_mouse(click(area.x, area.y), state)
}
