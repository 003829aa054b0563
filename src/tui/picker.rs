//! The choice of a theme: each one is shown on the whole screen as soon as the cursor is on it.

use super::keymap::Press;
use super::theme::{Depth, Theme, Themes};
use crate::model::text;

/// The choice of a theme while it is open.
#[derive(Debug)]
pub struct Picker {
    themes: Themes,
    depth: Depth,
    /// Where the cursor is.
    at: usize,
    /// The theme before.
    before: Theme,
}

/// What follows from a key.
#[derive(Debug, PartialEq)]
pub(super) enum Picked {
    /// This theme is shown, and the choice goes on.
    Shown(Theme),
    /// Another one is chosen that cannot be shown; the theme stays.
    Moved,
    /// The theme that is shown is kept.
    Kept,
    /// The theme of before comes back.
    Left(Theme),
}

impl Picker {
    /// Opens at the theme that is shown.
    pub(super) fn open(themes: Themes, depth: Depth, before: Theme) -> Self {
        let at = themes.entries().iter().position(|entry| entry.name == before.name()).unwrap_or(0);
        Self { themes, depth, at, before }
    }

    /// Where the cursor is, and the themes with a line about each.
    pub(super) fn shown(&self) -> (usize, impl Iterator<Item = (&str, bool, &str)>) {
        let entries = self.themes.entries().iter();
        (self.at, entries.map(|entry| (entry.name.as_str(), entry.own, entry.about())))
    }

    /// A theme of the list as it would look; none where something is wrong with it.
    pub(super) fn theme(&self, name: &str) -> Option<Theme> {
        self.themes.theme(name, self.depth).ok()
    }

    /// What a key does.
    pub(super) fn on_press(&mut self, press: Press) -> Option<Picked> {
        let last = self.themes.entries().len() - 1;
        let at = match press {
            Press::Up | Press::Left | Press::Previous => (self.at + last) % (last + 1),
            Press::Down | Press::Right | Press::Next => (self.at + 1) % (last + 1),
            Press::Start | Press::PageUp => 0,
            Press::End | Press::PageDown => last,
            Press::Open => return Some(Picked::Kept),
            Press::Back | Press::Theme | Press::Quit => return Some(Picked::Left(self.before.clone())),
            _ => return None,
        };
        Some(self.show(at))
    }

    /// A click on a line: the first one shows the theme, a second one keeps it.
    pub(super) fn on_click(&mut self, line: usize) -> Picked {
        if line == self.at { Picked::Kept } else { self.show(line) }
    }

    fn show(&mut self, at: usize) -> Picked {
        self.at = at.min(self.themes.entries().len() - 1);
        let name = &self.themes.entries()[self.at].name;
        self.themes.theme(name, self.depth).map_or(Picked::Moved, Picked::Shown)
    }

    /// The line of `exitbar.toml` that keeps a theme.
    pub(super) fn line(theme: &Theme) -> String {
        format!("theme = \"{}\"", text::clean_line(theme.name()))
    }
}
