//! What blocks the release, and the plan.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::Press;
use crate::tui::pager::Pager;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How blockers and plan are looked at.
#[derive(Debug, Default)]
pub struct Blockers {
    /// How their text is read.
    pub pager: Pager,
}

impl Panel for Blockers {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::blockers::render(&self.pager, state, ui, frame, area);
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.pager.restart();
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        Hint::of_text()
    }

    fn is_typing(&self) -> bool {
        self.pager.search.is_typing()
    }

    fn typed(&mut self, event: &KeyEvent, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        self.pager.typed(event).then_some(Reaction::Draw)
    }

    fn press(&mut self, press: Press, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        self.pager.press(press).then_some(Reaction::Draw)
    }
}
