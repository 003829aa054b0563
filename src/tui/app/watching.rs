//! The watch beside the loop: what it says, and whether it is to look. It looks while its screen is open.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::{After, Loop};
use crate::keymap::Screen;
use crate::tui::pace::Pace;
use crate::tui::terminal::Canvas;
use crate::watch::{Call, Change, Command, View};

/// How often the ages on the screen are counted anew.
pub(super) const AGES: Duration = Duration::from_secs(10);

/// What a watch hands to its screen.
#[derive(Debug)]
pub struct Watched {
    /// What is watched, in a few words.
    pub title: String,
    /// How the terminal calls.
    pub call: Call,
    /// What is known.
    pub views: watch::Receiver<Arc<View>>,
    /// What is told.
    pub told: mpsc::Receiver<Told>,
    /// What the operator wants.
    pub commands: mpsc::Sender<Command>,
}

/// What a watch tells.
#[derive(Debug)]
pub enum Told {
    /// What changed.
    Changes(Vec<Change>),
    /// What went wrong beside the looks: something that is not kept, a command that failed.
    Trouble(String),
}

/// What comes from a watch.
pub(super) enum News {
    View(Arc<View>),
    Told(Told),
    Ended,
}

/// The watch, where there is one.
pub(super) struct Watching {
    watched: Option<Watched>,
    /// Whether it was told to look.
    looks: bool,
    /// When its newest view came.
    heard: Instant,
    /// When ages are counted next.
    pub ages: Instant,
}

impl Watching {
    /// `looks` says whether it looks already.
    pub fn new(watched: Option<Watched>, looks: bool, now: Instant) -> Self {
        Self { watched, looks, heard: now, ages: now + AGES }
    }

    /// Whether there is one.
    pub fn is_there(&self) -> bool {
        self.watched.is_some()
    }

    /// What it says next.
    pub async fn next(&mut self) -> News {
        let Some(watched) = &mut self.watched else { return std::future::pending().await };
        tokio::select! {
            told = watched.told.recv() => told.map_or(News::Ended, News::Told),
            changed = watched.views.changed() => match changed {
                Ok(()) => News::View(Arc::clone(&watched.views.borrow_and_update())),
                Err(_) => News::Ended,
            },
        }
    }

    /// Lets it look while its screen is open, and rest while it is not. What cannot be told now is told later.
    pub fn look(&mut self, open: bool) {
        let command = if open { Command::Look } else { Command::Rest };
        let Some(watched) = self.watched.as_ref().filter(|_| self.looks != open) else { return };
        if watched.commands.try_send(command).is_ok() {
            self.looks = open;
        }
    }

    /// Hands it what the operator wants. A command that waits already is as good.
    pub fn send(&self, command: Command) {
        if let Some(watched) = &self.watched {
            let _ = watched.commands.try_send(command);
        }
    }

    /// How old its newest view is.
    pub fn since(&self, now: Instant) -> Duration {
        now.duration_since(self.heard)
    }

    fn sequence(&self, changes: &[Change]) -> Option<String> {
        self.watched.as_ref()?.call.sequence(changes)
    }
}

impl Loop {
    /// Takes what the watch says. It calls whoever sits here whatever screen is open.
    pub(super) fn hear(
        &mut self,
        news: News,
        now: Instant,
        pace: &mut Pace,
        canvas: &mut impl Canvas,
    ) -> io::Result<After> {
        match news {
            News::View(view) => {
                self.console.screens.watch.view = view;
                self.watching.heard = now;
                if self.console.ui.below() == Screen::Watch {
                    pace.soon(now);
                }
            }
            News::Told(Told::Changes(changes)) => {
                if let Some(sequence) = self.watching.sequence(&changes) {
                    canvas.ring(&sequence)?;
                }
            }
            News::Told(Told::Trouble(why)) => {
                self.console.ui.note = Some(why);
                return Ok(After::Draw);
            }
            News::Ended if self.console.ui.watches_only() => return Ok(After::End),
            News::Ended => self.watching.watched = None,
        }
        Ok(After::Nothing)
    }
}
