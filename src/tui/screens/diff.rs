//! What moved between two kept audits.

use std::cell::RefCell;
use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::diff::{self, Diff};
use crate::model::AuditId;
use crate::tui::pager::Pager;
use crate::tui::reading::Reading;
use crate::tui::ui::Ui;
use crate::tui::view;

/// How a comparison is looked at.
#[derive(Debug, Default)]
pub struct DiffScreen {
    /// How its text is read.
    pub pager: Pager,
    /// The comparison that was made last: reading every fact of two audits takes longer than a frame may.
    made: RefCell<Option<([AuditId; 2], Arc<Diff>)>>,
}

impl DiffScreen {
    /// What moved between the two that are compared; why there is nothing to show, else.
    pub fn diff(&self, state: &State, ui: &Ui) -> Result<Arc<Diff>, String> {
        let pair = ui.compared.as_ref().ok_or("nothing is compared")?;
        if let Some((made, diff)) = self.made.borrow().as_ref()
            && made == pair
        {
            return Ok(Arc::clone(diff));
        }
        let [before, after] =
            pair.each_ref().map(|id| state.recalled(id).ok_or("reading the two audits …")?);
        let diff = Arc::new(diff::diff(before?, after?));
        *self.made.borrow_mut() = Some((pair.clone(), Arc::clone(&diff)));
        Ok(diff)
    }
}

impl Panel for DiffScreen {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::diff::render(self, state, ui, frame, area);
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
