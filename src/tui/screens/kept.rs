//! The report of a kept audit, as of then.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::Press;
use crate::tui::scroll::Scroll;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How the report is looked at.
#[derive(Debug, Default)]
pub struct KeptReport {
    /// How far it is scrolled.
    pub scroll: Scroll,
}

impl Panel for KeptReport {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::kept::render(&self.scroll, state, ui, frame, area);
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.scroll.to_start();
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        Hint::back_and_scroll("scroll")
    }

    fn press(&mut self, press: Press, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        self.scroll.press(press).then_some(Reaction::Draw)
    }
}
