//! How a table is looked at: by which column it is sorted, and what is searched for. It knows nothing of what is in the
//! table, and draws nothing.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A column of a table.
pub trait Column: Copy + PartialEq + Default + 'static {
    /// All, from left to right.
    const ALL: &'static [Self];

    /// The heading.
    fn title(self) -> &'static str;
}

/// How a table is looked at.
#[derive(Debug, Default)]
pub struct Sorting<C> {
    column: C,
    turned: bool,
    search: String,
    typing: bool,
}

impl<C: Column> Sorting<C> {
    /// What the table is sorted by, and whether it is turned round.
    pub fn order(&self) -> (C, bool) {
        (self.column, self.turned)
    }

    /// What is searched for, and whether it is being typed.
    pub fn search(&self) -> (&str, bool) {
        (&self.search, self.typing)
    }

    /// Whether one of these texts has what is searched for, whatever its case; always where nothing is.
    pub fn finds<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        let search = self.search.to_lowercase();
        search.is_empty() || texts.into_iter().any(|text| text.to_lowercase().contains(&search))
    }

    /// Takes a key while a search is typed, and the one that begins it; says whether it did.
    pub fn on_key(&mut self, event: &KeyEvent) -> bool {
        if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return false;
        }
        match event.code {
            KeyCode::Char('/') if !self.typing => self.typing = true,
            KeyCode::Char(c) if self.typing => self.search.push(c),
            KeyCode::Backspace if self.typing => drop(self.search.pop()),
            KeyCode::Enter if self.typing => self.typing = false,
            KeyCode::Esc if self.typing || !self.search.is_empty() => {
                self.typing = false;
                self.search.clear();
            }
            _ => return false,
        }
        true
    }

    /// Sorts by a column to the right or the left.
    pub fn sort_beside(&mut self, right: bool) {
        let columns = C::ALL;
        let at = columns.iter().position(|column| *column == self.column).unwrap_or(0);
        self.column = columns[(at + if right { 1 } else { columns.len() - 1 }) % columns.len()];
    }

    /// Turns the order round.
    pub fn turn_round(&mut self) {
        self.turned = !self.turned;
    }
}
