//! The report of a kept audit, as of then.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::Press;
use crate::tui::pager::Pager;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How the report is looked at.
#[derive(Debug, Default)]
pub struct KeptReport {
    /// How its text is read.
    pub pager: Pager,
}

impl Panel for KeptReport {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::kept::render(&self.pager, state, ui, frame, area);
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.pager.restart();
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        Hint::back_and_scroll("scroll")
    }

    fn press(&mut self, press: Press, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        self.pager.press(press).then_some(Reaction::Draw)
    }
}
