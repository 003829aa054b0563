//! A table on the screen: by which column it is sorted, what is searched for, how far it is scrolled. It knows nothing of
//! what is in the table, and draws nothing.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::scroll::Scroll;
use crate::keymap::Press;

/// A column of a table.
pub trait Column: Copy + PartialEq + Default + 'static {
    /// All, from left to right.
    const ALL: &'static [Self];

    /// The heading.
    fn title(self) -> &'static str;
}

/// How a table is looked at.
#[derive(Debug, Default)]
pub struct Table<C> {
    column: C,
    turned: bool,
    search: String,
    typing: bool,
    /// How far it is scrolled.
    pub scroll: Scroll,
}

impl<C: Column> Table<C> {
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

    /// Takes a key while a search is typed; says whether it did.
    pub fn typed(&mut self, event: &KeyEvent) -> bool {
        if !self.typing || event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return false;
        }
        match event.code {
            KeyCode::Char(c) => self.search.push(c),
            KeyCode::Backspace => drop(self.search.pop()),
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => self.end_search(),
            _ => return false,
        }
        self.scroll.to_start();
        true
    }

    /// Does what a key means to a table: sort, search, scroll; says whether it means anything.
    pub fn press(&mut self, press: Press) -> bool {
        match press {
            Press::Left | Press::Right => self.sort_beside(press == Press::Right),
            Press::Open => self.turned = !self.turned,
            Press::Search => self.typing = true,
            Press::Back if !self.search.is_empty() => self.end_search(),
            press => return self.scroll.press(press),
        }
        self.scroll.to_start();
        true
    }

    /// Sorts by the column of a heading; by the same one again, it is turned round.
    pub fn sort_by(&mut self, heading: usize) {
        let Some(column) = C::ALL.get(heading) else { return };
        self.turned = *column == self.column && !self.turned;
        self.column = *column;
        self.scroll.to_start();
    }

    fn end_search(&mut self) {
        self.typing = false;
        self.search.clear();
    }

    fn sort_beside(&mut self, right: bool) {
        let columns = C::ALL;
        let at = columns.iter().position(|column| *column == self.column).unwrap_or(0);
        self.column = columns[(at + if right { 1 } else { columns.len() - 1 }) % columns.len()];
    }
}
