//! The choice of a command: some letters find it, enter runs it. What cannot be used now says why.

use std::cell::RefCell;
use std::cmp::Reverse;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::{BINDINGS, Binding, Press, Screen};
use crate::tui::fuzzy;
use crate::tui::hits::Target;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// The choice of a command.
#[derive(Debug, Default)]
pub struct Palette {
    typed: String,
    /// Where the cursor is among what fits.
    at: usize,
    /// Why commands cannot be used now, in the order of the table; as known when it was drawn last.
    refusals: RefCell<Vec<Option<String>>>,
}

/// A command that fits what was typed.
#[derive(Debug)]
pub struct Choice {
    /// The command.
    pub binding: &'static Binding,
    /// Why it cannot be used now.
    pub refusal: Option<String>,
}

impl Palette {
    /// What was typed.
    pub fn typed_text(&self) -> &str {
        &self.typed
    }

    /// Where the cursor is among the choices.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Takes note of what can be used now.
    pub fn know(&self, refusals: Vec<Option<String>>) {
        *self.refusals.borrow_mut() = refusals;
    }

    /// The commands that fit what was typed, the best first; what can be used before what cannot.
    pub fn choices(&self) -> Vec<Choice> {
        let refusals = self.refusals.borrow();
        let mut choices: Vec<(i32, Choice)> = BINDINGS
            .iter()
            .enumerate()
            .filter(|(_, binding)| {
                !matches!(binding.press, Press::Yes | Press::No | Press::Show(Screen::Palette))
            })
            .filter_map(|(place, binding)| {
                let name = fuzzy::fits(&self.typed, binding.name).map(|score| score + 4);
                let score = name.max(fuzzy::fits(&self.typed, binding.help))?;
                // Whoever wants to move has a key for it at hand.
                let score = score - i32::from(self.typed.is_empty() && moves(binding.press));
                let refusal = refusals.get(place).cloned().flatten();
                Some((score, Choice { binding, refusal }))
            })
            .collect();
        choices.sort_by_key(|(score, choice)| (choice.refusal.is_some(), Reverse(*score)));
        choices.into_iter().map(|(_, choice)| choice).collect()
    }

    fn run(&self, place: usize, ui: &mut Ui) {
        if let Some(choice) = self.choices().get(place) {
            ui.back();
            ui.run = Some(choice.binding.press);
        }
    }
}

/// What moves on the screen and does nothing else.
fn moves(press: Press) -> bool {
    match press {
        Press::Up | Press::Down | Press::Left | Press::Right | Press::Item(_) => true,
        Press::Next | Press::Previous | Press::Start | Press::End => true,
        press => matches!(press, Press::PageUp | Press::PageDown | Press::Open | Press::Back),
    }
}

impl Panel for Palette {
    fn draw(&self, _state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, _area: Rect) {
        view::palette::render(self, ui, frame);
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.typed.clear();
        self.at = 0;
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        vec![
            Hint::several(&[Press::Up, Press::Down], "choose"),
            Hint::new(Press::Open, "run"),
            Hint::new(Press::Back, "back"),
        ]
    }

    fn refusal(&self, _press: Press, _state: &State, _ui: &Ui) -> Option<String> {
        None
    }

    fn typed(&mut self, event: &KeyEvent, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return None;
        }
        match event.code {
            KeyCode::Char(c) => self.typed.push(c),
            KeyCode::Backspace => drop(self.typed.pop()),
            _ => return None,
        }
        self.at = 0;
        Some(Reaction::Draw)
    }

    fn press(&mut self, press: Press, _state: &State, ui: &mut Ui) -> Option<Reaction> {
        let last = self.choices().len().saturating_sub(1);
        match press {
            Press::Up | Press::Previous => self.at = if self.at == 0 { last } else { self.at - 1 },
            Press::Down | Press::Next => self.at = if self.at >= last { 0 } else { self.at + 1 },
            Press::PageUp | Press::Start => self.at = 0,
            Press::PageDown | Press::End => self.at = last,
            Press::Open => self.run(self.at, ui),
            Press::Back | Press::Quit | Press::Show(Screen::Palette) => ui.back(),
            _ => return None,
        }
        Some(Reaction::Draw)
    }

    fn click(&mut self, target: Target, _state: &State, ui: &mut Ui) -> Option<Reaction> {
        let Target::Row(row) = target else { return None };
        self.run(row, ui);
        Some(Reaction::Draw)
    }

    fn wheel(&mut self, _part: u8, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        self.press(press, state, ui)
    }
}
