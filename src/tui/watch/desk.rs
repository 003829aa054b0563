//! What the screen of a watch remembers, and what keys do to it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};

use super::Options;
use crate::tui::glyphs::Glyphs;
use crate::tui::theme::Theme;
use crate::watch::{self, Call, Command, View};

/// The keys, as the footer names them.
pub(super) const KEYS: [(&str, &str); 5] =
    [("v", "verify"), ("a", "look"), ("D", "last GO"), ("y", "copy"), ("q", "quit")];

/// What the screen of a watch remembers.
#[derive(Debug)]
pub struct Desk {
    /// What is watched, in a few words.
    pub(super) title: String,
    pub(super) theme: Theme,
    pub(super) glyphs: Glyphs,
    /// How the terminal calls.
    pub(super) call: Call,
    /// How far the list of tags, or the difference, is scrolled.
    pub(super) scroll: usize,
    /// Whether the difference to the last GO is shown.
    pub(super) differs: bool,
    /// What was done by the last key.
    pub(super) note: Option<&'static str>,
}

/// What follows from a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    Draw,
    Quit,
    Copy(String),
    Send(Command),
}

impl Desk {
    pub(super) fn new(options: Options, theme: Theme, glyphs: Glyphs) -> Self {
        let Options { title, call, .. } = options;
        Self { title, theme, glyphs, call, scroll: 0, differs: false, note: None }
    }

    pub(super) fn on_key(&mut self, key: &KeyEvent, view: &View) -> Option<Reaction> {
        self.note = None;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let reaction = match key.code {
            KeyCode::Char('c') if control => Reaction::Quit,
            KeyCode::Esc | KeyCode::Char('q') if self.differs => self.show(false),
            KeyCode::Char('q') => Reaction::Quit,
            KeyCode::Char('D') => self.show(!self.differs),
            KeyCode::Char('a') => self.send(Command::Look, "looking"),
            KeyCode::Char('v') => self.send(Command::Verify, "verifying"),
            KeyCode::Char('y') => {
                self.note = Some("copied");
                let lines = if self.differs { difference(view).1 } else { super::view::spoken(view) };
                Reaction::Copy(lines.join("\n"))
            }
            KeyCode::Down | KeyCode::Char('j') => self.move_by(1),
            KeyCode::Up | KeyCode::Char('k') => self.move_by(-1),
            _ => return None,
        };
        Some(reaction)
    }

    pub(super) fn on_mouse(&mut self, mouse: MouseEvent) -> Option<Reaction> {
        match mouse.kind {
            MouseEventKind::ScrollDown => Some(self.move_by(1)),
            MouseEventKind::ScrollUp => Some(self.move_by(-1)),
            _ => None,
        }
    }

    fn send(&mut self, command: Command, note: &'static str) -> Reaction {
        self.note = Some(note);
        Reaction::Send(command)
    }

    fn show(&mut self, differs: bool) -> Reaction {
        self.differs = differs;
        self.scroll = 0;
        Reaction::Draw
    }

    fn move_by(&mut self, lines: isize) -> Reaction {
        self.scroll = self.scroll.saturating_add_signed(lines);
        Reaction::Draw
    }
}

/// What is different from the last GO: a title, and a sentence for each.
pub(super) fn difference(view: &View) -> (String, Vec<String>) {
    let Some(known) = &view.last_go else {
        let why = "no watch has seen it at GO yet: that takes a release, and an audit on this machine";
        return ("no last GO".to_owned(), vec![why.to_owned()]);
    };
    let when = known.seen_at().map_or(String::new(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let at = view.at.unwrap_or_default();
    let mut lines: Vec<String> = watch::changes(known, &view.known, at)
        .iter()
        .map(|change| format!("{} {}", change.level.mark(), change.text))
        .collect();
    if lines.is_empty() {
        lines.push("nothing is different".to_owned());
    }
    (format!("since the GO of {when}"), lines)
}
