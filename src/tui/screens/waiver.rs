//! The lines of `exitbar.toml` that would waive the focused item.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::Press;
use crate::model::Item;
use crate::report;
use crate::tui::pager::Pager;
use crate::tui::reading::Reading;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How the lines are read.
#[derive(Debug, Default)]
pub struct WaiverScreen {
    /// How their text is read.
    pub pager: Pager,
}

impl Panel for WaiverScreen {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::waiver::render(&self.pager, state, ui, frame, area);
    }

    fn reading(&self) -> Option<&dyn Reading> {
        Some(&self.pager)
    }

    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        Some(&mut self.pager)
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        let mut hints = Hint::of_text();
        hints.insert(1, Hint::new(Press::Copy, "copy the lines"));
        hints.push(Hint::several(&[Press::Left, Press::Right], "item"));
        hints
    }

    fn refusal(&self, press: Press, state: &State, ui: &Ui) -> Option<String> {
        match press {
            Press::Open => Some("nothing can be opened here".to_owned()),
            Press::Copy if report::waiver(Item::ALL[ui.focus], &state.assessment).lines.is_empty() => {
                Some("nothing of this item can be waived now".to_owned())
            }
            press => self.pager.refusal(press),
        }
    }

    fn press(&mut self, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        match press {
            Press::Copy => {
                let lines = report::waiver(Item::ALL[ui.focus], &state.assessment).lines;
                ui.note = Some(
                    "copied; fill in the reason: exitbar.toml is refused as long as it says FILL IN"
                        .to_owned(),
                );
                return Some(Reaction::Copy(lines.join("\n")));
            }
            Press::Left => ui.focus = (ui.focus + 9) % 10,
            Press::Right => ui.focus = (ui.focus + 1) % 10,
            Press::Item(number) => ui.focus = usize::from(number) - 1,
            press => return self.pager.press(press).then_some(Reaction::Draw),
        }
        self.pager.restart();
        Some(Reaction::Draw)
    }
}
