//! The finished audits of this release: a chart of the score, the list, and two of them to compare.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::{Command, State};
use crate::keymap::{Press, Screen};
use crate::model::{AuditId, AuditSummary};
use crate::tui::hits::Target;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How many audits can be marked.
const MOST_MARKED: usize = 2;

/// How the history is looked at.
#[derive(Debug, Default)]
pub struct History {
    /// Where the cursor is, from the newest.
    pub at: usize,
    /// The audits that are to be compared.
    pub marked: Vec<AuditId>,
}

/// The finished audits that were read, newest first.
pub fn audits(state: &State) -> &[AuditSummary] {
    state.history.as_ref().map_or(&[], |list| list.as_slice())
}

/// What is compared without marks: the newest audit with the last GO before it, else with the one before.
pub fn since_last_go(state: &State) -> Option<[AuditId; 2]> {
    let (newest, before) = audits(state).split_first()?;
    let go = before.iter().find(|summary| summary.is_go()).or(before.first())?;
    Some([go.id.clone(), newest.id.clone()])
}

/// Opens the comparison of two audits.
pub fn compare(pair: [AuditId; 2], ui: &mut Ui) -> Reaction {
    ui.compared = Some(pair.clone());
    ui.open(Screen::Diff);
    Reaction::Send(Command::Recall(pair.into()))
}

impl History {
    /// The audit under the cursor.
    pub fn chosen<'a>(&self, state: &'a State) -> Option<&'a AuditSummary> {
        let list = audits(state);
        list.get(self.at.min(list.len().saturating_sub(1)))
    }

    /// What `D` compares here, the older first: the two that are marked, the marked one and the one under the cursor, else
    /// that one and the one before it.
    fn pair(&self, state: &State) -> Option<[AuditId; 2]> {
        let list = audits(state);
        let place = |id: &AuditId| list.iter().position(|summary| summary.id == *id);
        let mut places: Vec<usize> = self.marked.iter().filter_map(place).collect();
        let at = self.at.min(list.len().saturating_sub(1));
        if places.len() < MOST_MARKED && !places.contains(&at) {
            places.push(at);
        }
        if places.len() < MOST_MARKED {
            let other = if at + 1 < list.len() { at + 1 } else { at.checked_sub(1)? };
            places.push(other);
        }
        places.sort_unstable();
        let [newer, older] = places.as_slice() else { return None };
        Some([list.get(*older)?.id.clone(), list.get(*newer)?.id.clone()])
    }

    fn mark(&mut self, state: &State) {
        let Some(chosen) = self.chosen(state).map(|summary| summary.id.clone()) else { return };
        if let Some(place) = self.marked.iter().position(|id| *id == chosen) {
            self.marked.remove(place);
        } else {
            self.marked.push(chosen);
            // The one that was marked first makes room.
            if self.marked.len() > MOST_MARKED {
                self.marked.remove(0);
            }
        }
    }

    fn open(&self, state: &State, ui: &mut Ui) -> Option<Reaction> {
        let id = self.chosen(state)?.id.clone();
        ui.recalled = Some(id.clone());
        ui.open(Screen::Report);
        Some(Reaction::Send(Command::Recall(vec![id])))
    }
}

impl Panel for History {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::history::render(self, state, ui, frame, area);
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.at = 0;
        self.marked.clear();
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        let mut hints = Hint::back_and_scroll("audit");
        hints.push(Hint::new(Press::Open, "report"));
        hints.push(Hint::new(Press::Mark, "mark"));
        hints.push(Hint::new(Press::Show(Screen::Diff), "compare"));
        hints
    }

    fn refusal(&self, press: Press, state: &State, _ui: &Ui) -> Option<String> {
        let empty = matches!(press, Press::Open | Press::Mark) && audits(state).is_empty();
        empty.then(|| "no finished audit is kept yet".to_owned())
    }

    fn press(&mut self, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        let last = audits(state).len().saturating_sub(1);
        let at = self.at.min(last);
        match press {
            Press::Up | Press::Previous => self.at = at.saturating_sub(1),
            Press::Down | Press::Next => self.at = (at + 1).min(last),
            Press::PageUp => self.at = at.saturating_sub(10),
            Press::PageDown => self.at = (at + 10).min(last),
            Press::Start => self.at = 0,
            Press::End => self.at = last,
            Press::Mark => self.mark(state),
            Press::Open => return self.open(state, ui),
            Press::Show(Screen::Diff) => return self.pair(state).map(|pair| compare(pair, ui)),
            _ => return None,
        }
        Some(Reaction::Draw)
    }

    /// The first click on a line chooses it, a second one opens it.
    fn click(&mut self, target: Target, state: &State, ui: &mut Ui) -> Option<Reaction> {
        let Target::Row(row) = target else { return None };
        if row == self.at {
            return self.open(state, ui);
        }
        self.at = row;
        Some(Reaction::Draw)
    }

    fn wheel(&mut self, _part: u8, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        self.press(press, state, ui)
    }
}
