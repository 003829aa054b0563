//! What works on this machine: the lines of `exitbar doctor`.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::{Command, State};
use crate::keymap::Press;
use crate::tui::pager::Pager;
use crate::tui::reading::Reading;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How the lines are read.
#[derive(Debug, Default)]
pub struct Doctor {
    /// How their text is read.
    pub pager: Pager,
}

impl Panel for Doctor {
    fn draw(&self, state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
        view::doctor::render(&self.pager, state, ui, turn, frame, area);
    }

    fn reading(&self) -> Option<&dyn Reading> {
        Some(&self.pager)
    }

    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        Some(&mut self.pager)
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        let mut hints = Hint::of_text();
        hints.insert(1, Hint::new(Press::Retry, "again"));
        hints
    }

    fn refusal(&self, press: Press, state: &State, _ui: &Ui) -> Option<String> {
        match press {
            Press::Open => Some("nothing can be opened here".to_owned()),
            Press::Retry if state.examination.as_ref().is_some_and(|examination| !examination.ended) => {
                Some("it is still looking".to_owned())
            }
            press => self.pager.refusal(press),
        }
    }

    fn press(&mut self, press: Press, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        if press == Press::Retry {
            return Some(Reaction::Send(Command::Examine));
        }
        self.pager.press(press).then_some(Reaction::Draw)
    }
}
