//! A table on the screen: by which column it is sorted, what is searched for, how far it is scrolled. It knows nothing of
//! what is in the table, and draws nothing.

use crossterm::event::KeyEvent;

use super::hits::Target;
use super::reading::Reading;
use super::scroll::Scroll;
use super::search::Search;
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
    /// What is searched for: rows without it are left out.
    pub search: Search,
    /// How far it is scrolled.
    pub scroll: Scroll,
}

impl<C: Column> Table<C> {
    /// What the table is sorted by, and whether it is turned round.
    pub fn order(&self) -> (C, bool) {
        (self.column, self.turned)
    }

    /// Whether one of these texts has what is searched for, whatever its case; always where nothing is.
    pub fn finds<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        self.search.text().is_empty() || texts.into_iter().any(|text| self.search.finds(text))
    }

    /// Sorts by the column of a heading; by the same one again, it is turned round.
    pub fn sort_by(&mut self, heading: usize) {
        let Some(column) = C::ALL.get(heading) else { return };
        self.turned = *column == self.column && !self.turned;
        self.column = *column;
        self.scroll.to_start();
    }

    fn sort_beside(&mut self, right: bool) {
        let columns = C::ALL;
        let at = columns.iter().position(|column| *column == self.column).unwrap_or(0);
        self.column = columns[(at + if right { 1 } else { columns.len() - 1 }) % columns.len()];
    }
}

impl<C: Column> Reading for Table<C> {
    fn opened(&mut self) {
        self.scroll.to_start();
    }

    fn is_typing(&self) -> bool {
        self.search.is_typing()
    }

    fn typed(&mut self, event: &KeyEvent) -> bool {
        let taken = self.search.typed(event);
        if taken {
            self.scroll.to_start();
        }
        taken
    }

    fn press(&mut self, press: Press) -> bool {
        if self.search.press(press) {
            return true;
        }
        match press {
            Press::Left | Press::Right => self.sort_beside(press == Press::Right),
            Press::Open => self.turned = !self.turned,
            Press::Search => self.search.begin(),
            Press::Back if !self.search.text().is_empty() => self.search.end(),
            // Every row that is left has it.
            Press::NextMatch => return self.scroll.press(Press::Down),
            Press::PreviousMatch => return self.scroll.press(Press::Up),
            press => return self.scroll.press(press),
        }
        self.scroll.to_start();
        true
    }

    fn refusal(&self, press: Press) -> Option<String> {
        self.search.refusal(press)
    }

    fn click(&mut self, target: Target) -> bool {
        let Target::Heading(heading) = target else { return false };
        self.sort_by(heading);
        true
    }
}
