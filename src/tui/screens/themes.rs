//! The choice of a theme: each one is shown on the whole screen as soon as the cursor is on it.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::{Press, Screen};
use crate::model::text;
use crate::tui::hits::Target;
use crate::tui::theme::Theme;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// The choice of a theme.
#[derive(Debug, Default)]
pub struct ThemePicker {
    /// Where the cursor is among the themes.
    pub at: usize,
    /// The theme before.
    before: Option<Theme>,
}

impl ThemePicker {
    /// The line of `exitbar.toml` that keeps a theme.
    pub fn line(theme: &Theme) -> String {
        format!("theme = \"{}\"", text::clean_line(theme.name()))
    }

    fn show(&mut self, at: usize, ui: &mut Ui) {
        let entries = ui.themes.entries();
        self.at = at.min(entries.len() - 1);
        // One that something is wrong with cannot be shown; the list says what it is.
        if let Ok(theme) = ui.themes.theme(&entries[self.at].name, ui.depth) {
            ui.theme = theme;
        }
    }

    fn keep(ui: &mut Ui) {
        ui.back();
        let line = Self::line(&ui.theme);
        ui.note = Some(format!("until exitbar ends; {line} in exitbar.toml keeps it"));
    }
}

impl Panel for ThemePicker {
    fn draw(&self, _state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, _area: Rect) {
        view::themes::render(self, ui, frame);
    }

    /// Opens at the theme that is shown.
    fn opened(&mut self, _state: &State, ui: &mut Ui) {
        let mut entries = ui.themes.entries().iter();
        self.at = entries.position(|entry| entry.name == ui.theme.name()).unwrap_or(0);
        self.before = Some(ui.theme.clone());
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        vec![
            Hint::several(&[Press::Up, Press::Down], "theme"),
            Hint::new(Press::Open, "keep"),
            Hint::new(Press::Copy, "copy the line"),
            Hint::new(Press::Back, "as before"),
        ]
    }

    fn refusal(&self, _press: Press, _state: &State, _ui: &Ui) -> Option<String> {
        None
    }

    fn press(&mut self, press: Press, _state: &State, ui: &mut Ui) -> Option<Reaction> {
        let last = ui.themes.entries().len() - 1;
        match press {
            Press::Up | Press::Left | Press::Previous => self.show((self.at + last) % (last + 1), ui),
            Press::Down | Press::Right | Press::Next => self.show((self.at + 1) % (last + 1), ui),
            Press::Start | Press::PageUp => self.show(0, ui),
            Press::End | Press::PageDown => self.show(last, ui),
            Press::Open => Self::keep(ui),
            Press::Back | Press::Show(Screen::Themes) | Press::Quit => {
                ui.back();
                ui.theme = self.before.take().unwrap_or_else(|| ui.theme.clone());
            }
            Press::Copy => {
                let line = Self::line(&ui.theme);
                ui.note = Some(format!("copied {line}"));
                return Some(Reaction::Copy(line));
            }
            _ => return None,
        }
        Some(Reaction::Draw)
    }

    /// The first click on a line shows the theme, a second one keeps it.
    fn click(&mut self, target: Target, _state: &State, ui: &mut Ui) -> Option<Reaction> {
        let Target::Row(row) = target else { return None };
        if row == self.at {
            Self::keep(ui);
        } else {
            self.show(row, ui);
        }
        Some(Reaction::Draw)
    }

    fn wheel(&mut self, _part: u8, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        self.press(press, state, ui)
    }
}
