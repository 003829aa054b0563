//! The ten panes: moving among them, opening one.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::{Press, Screen};
use crate::tui::hits::Target;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// The ten panes. Which one is focused, every screen knows.
#[derive(Debug, Default)]
pub struct Cockpit;

impl Panel for Cockpit {
    fn draw(&self, state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
        view::cockpit::render(state, ui, turn, frame, area);
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        Vec::new()
    }

    fn refusal(&self, _press: Press, _state: &State, _ui: &Ui) -> Option<String> {
        None
    }

    fn press(&mut self, press: Press, _state: &State, ui: &mut Ui) -> Option<Reaction> {
        // In two columns the items stand below each other: 1 to 5 left, 6 to 10 right. Five are two lines.
        let columns = ui.columns.get();
        ui.focus = match press {
            Press::Left | Press::Right if columns == 2 => (ui.focus + 5) % 10,
            Press::Up | Press::Down if columns == 5 => (ui.focus + 5) % 10,
            Press::Up | Press::Left | Press::Previous => (ui.focus + 9) % 10,
            Press::Down | Press::Right | Press::Next => (ui.focus + 1) % 10,
            Press::Item(number) => usize::from(number) - 1,
            Press::Open => {
                ui.open(Screen::Item);
                ui.focus
            }
            _ => return None,
        };
        Some(Reaction::Draw)
    }

    /// A click focuses a pane, a second one opens it.
    fn click(&mut self, target: Target, _state: &State, ui: &mut Ui) -> Option<Reaction> {
        let Target::Item(item) = target else { return None };
        if ui.focus == item {
            ui.open(Screen::Item);
        } else {
            ui.focus = item;
        }
        Some(Reaction::Draw)
    }

    /// The list has lines to go through; panes beside each other have no up and down of a wheel.
    fn wheel(&mut self, _part: u8, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        if ui.columns.get() == 1 { self.press(press, state, ui) } else { None }
    }
}
