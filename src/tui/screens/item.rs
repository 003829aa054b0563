//! One item: going through its page, to the items beside it, and to the tables behind it.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel, documents};
use crate::cockpit::State;
use crate::keymap::{Press, Screen};
use crate::model::Item;
use crate::tui::pager::Pager;
use crate::tui::reading::Reading;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How the page of an item is looked at.
#[derive(Debug, Default)]
pub struct ItemScreen {
    /// How its text is read.
    pub pager: Pager,
    /// Whether the evidence is shown raw.
    pub raw: bool,
}

/// The table behind the focused item, and its word for the footer.
fn table(state: &State, ui: &Ui) -> Option<(Screen, &'static str)> {
    match state.assessment.findings[ui.focus].item {
        Item::Sbom if !documents(state).is_empty() => Some((Screen::Packages, "packages")),
        Item::Vulnerabilities if !state.assessment.scans.is_empty() => {
            Some((Screen::Vulnerabilities, "findings"))
        }
        _ => None,
    }
}

impl Panel for ItemScreen {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::item::render(self, state, ui, frame, area);
    }

    fn reading(&self) -> Option<&dyn Reading> {
        Some(&self.pager)
    }

    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        Some(&mut self.pager)
    }

    fn hints(&self, state: &State, ui: &Ui) -> Vec<Hint> {
        let mut hints = Hint::of_text();
        hints.push(Hint::several(&[Press::Left, Press::Right], "item"));
        hints.push(Hint::new(Press::Raw, if self.raw { "in words" } else { "raw" }));
        hints.extend(table(state, ui).map(|(_, word)| Hint::new(Press::Open, word)));
        hints
    }

    fn refusal(&self, press: Press, state: &State, ui: &Ui) -> Option<String> {
        match press {
            Press::Open if table(state, ui).is_none() => {
                Some("this item has no table that could be opened".to_owned())
            }
            press => self.pager.refusal(press),
        }
    }

    fn press(&mut self, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        match press {
            Press::Left | Press::Previous => ui.focus = (ui.focus + 9) % 10,
            Press::Right | Press::Next => ui.focus = (ui.focus + 1) % 10,
            Press::Raw => self.raw = !self.raw,
            press if self.pager.search.press(press) => {}
            Press::Open => ui.open(table(state, ui)?.0),
            press => return self.pager.press(press).then_some(Reaction::Draw),
        }
        Some(Reaction::Draw)
    }
}
