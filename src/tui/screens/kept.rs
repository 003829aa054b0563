//! The report of a kept audit, as of then.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::tui::pager::Pager;
use crate::tui::reading::Reading;
use crate::tui::ui::Ui;
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

    fn reading(&self) -> Option<&dyn Reading> {
        Some(&self.pager)
    }

    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        Some(&mut self.pager)
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        Hint::of_text()
    }
}
