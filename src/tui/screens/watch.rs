//! On call: what is under every tag now, what changed, and what is different from the last GO.

use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::State;
use crate::keymap::{Press, Screen};
use crate::tui::pager::Pager;
use crate::tui::reading::Reading;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;
use crate::watch::{self, Command, LastGo, View};

/// How a watch is looked at.
#[derive(Debug, Default)]
pub struct WatchScreen {
    /// What is watched, in a few words.
    pub title: String,
    /// What is known.
    pub view: Arc<View>,
    /// How long ago that came, when it was drawn last.
    pub since: Duration,
    /// How the tags, or the difference, are read.
    pub pager: Pager,
    /// Whether the difference to the last GO is shown.
    pub differs: bool,
}

impl WatchScreen {
    /// What is different from the last GO: a title, and a sentence for each.
    pub fn difference(&self) -> (String, Vec<String>) {
        let Some(go) = &self.view.last_go else {
            let why = format!(
                "neither an audit that is kept nor a watch has found {} at GO yet: that takes a release, and an audit on this machine",
                self.title
            );
            return ("no last GO".to_owned(), vec![why]);
        };
        let at = self.view.at.unwrap_or_default();
        let changes = watch::changes(&go.known, &self.view.known, at);
        let mut lines: Vec<String> =
            changes.iter().map(|change| format!("{} {}", change.level.mark(), change.text)).collect();
        if lines.is_empty() {
            lines.push("nothing is different".to_owned());
        }
        (since(go), lines)
    }

    fn show(&mut self, differs: bool) -> Reaction {
        self.differs = differs;
        self.pager.restart();
        Reaction::Draw
    }

    fn copied(&self) -> Vec<String> {
        if self.differs { self.difference().1 } else { view::watch::spoken(&self.view) }
    }
}

/// Which GO it is, when that was, and who saw it.
fn since(go: &LastGo) -> String {
    let when = go.at.map_or(String::new(), |at| at.strftime(" of %Y-%m-%d %H:%M UTC").to_string());
    let who = match &go.audit {
        Some(id) => format!("audit {id}"),
        None => "as a watch saw it".to_owned(),
    };
    format!("since the GO{when}, {who}")
}

impl Panel for WatchScreen {
    fn draw(&self, _state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::watch::render(self, ui, frame, area);
    }

    fn reading(&self) -> Option<&dyn Reading> {
        Some(&self.pager)
    }

    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        Some(&mut self.pager)
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.show(false);
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        vec![
            Hint::new(Press::Verify, "verify"),
            Hint::new(Press::Audit, "look"),
            Hint::new(Press::Show(Screen::Diff), if self.differs { "tags" } else { "last GO" }),
            Hint::new(Press::Copy, "copy"),
            Hint::new(Press::Back, "back"),
            Hint::new(Press::Search, "search"),
            Hint::several(&[Press::NextMatch, Press::PreviousMatch], "found"),
            Hint::several(&[Press::Up, Press::Down], "scroll"),
        ]
    }

    fn refusal(&self, press: Press, _state: &State, ui: &Ui) -> Option<String> {
        match press {
            Press::Open => Some("nothing can be opened here".to_owned()),
            Press::Back if ui.watches_only() && !self.differs && self.pager.search.text().is_empty() => {
                Some("there is nothing to go back to".to_owned())
            }
            press => self.pager.refusal(press),
        }
    }

    fn press(&mut self, press: Press, _state: &State, ui: &mut Ui) -> Option<Reaction> {
        match press {
            Press::Audit | Press::Verify => look(press, ui),
            Press::Show(Screen::Diff) => Some(self.show(!self.differs)),
            Press::Copy => {
                ui.note = Some("copied".to_owned());
                Some(Reaction::Copy(self.copied().join("\n")))
            }
            press if self.pager.press(press) => Some(Reaction::Draw),
            Press::Back if self.differs => Some(self.show(false)),
            _ => None,
        }
    }
}

/// Looks again, or verifies: what both keys mean to a watch.
pub(in crate::tui) fn look(press: Press, ui: &mut Ui) -> Option<Reaction> {
    let (command, note) = match press {
        Press::Audit => (Command::Look, "looking"),
        Press::Verify => (Command::Verify, "verifying"),
        _ => return None,
    };
    ui.note = Some(note.to_owned());
    Some(Reaction::Watch(command))
}
