//! Every key.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::Press;
use crate::tui::pager::Pager;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How the list of keys is looked at.
#[derive(Debug, Default)]
pub struct Help {
    /// How its text is read.
    pub pager: Pager,
}

impl Panel for Help {
    fn draw(&self, _state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::help::render(&self.pager, ui, frame, area);
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.pager.restart();
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        Hint::of_text()
    }

    fn refusal(&self, press: Press, _state: &State, _ui: &Ui) -> Option<String> {
        match press {
            Press::Open => Some("nothing can be opened here".to_owned()),
            press => self.pager.refusal(press),
        }
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
