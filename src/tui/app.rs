//! The screen's loop: draws when something changed, and only then.

use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::background::{self, LateAnswer};
use super::console::Console;
use super::glyphs::Glyphs;
use super::pace::Pace;
use super::signals::Signals;
use super::terminal::{self, Canvas, Screen};
use super::theme::{Depth, Theme, Themes};
use super::ui::{Reaction, Ui};
use super::view;
use crate::cockpit::{Command, State};
use crate::keymap::{self, Keymap};
use crate::model::{Scope, Walk};
use crate::report;

/// What the cockpit opens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Opening {
    /// The ten panes.
    #[default]
    Panes,
    /// The walkthrough, where it was left.
    Walkthrough,
}

/// How often what the operator mends is looked at, while a step waits for that.
const GLANCE: Duration = Duration::from_secs(5);

/// How the cockpit is shown.
#[derive(Debug, Clone)]
pub struct Options {
    /// The keys.
    pub keys: Keymap,
    /// The theme; none for the one that suits the terminal's background.
    pub theme: Option<Theme>,
    /// The themes that there are.
    pub themes: Themes,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// What an audit looks at and executes.
    pub scope: Scope,
    /// Whether everything but reading is refused.
    pub readonly: bool,
    /// The screen that it opens on.
    pub opening: Opening,
    /// Where `w` writes the report.
    pub report: Option<PathBuf>,
}

/// Shows the cockpit until the operator quits or a signal ends it. It begins with an audit.
///
/// # Errors
/// When the terminal cannot be taken or drawn on.
pub async fn run(
    states: watch::Receiver<Arc<State>>,
    commands: mpsc::Sender<Command>,
    options: Options,
) -> io::Result<()> {
    let theme = background::suited(options.theme.as_ref(), &options.themes, options.depth);
    let theme = theme.map_err(io::Error::other)?;
    let mut ui = Ui::new(options.keys, theme, options.scope.clone());
    (ui.themes, ui.depth, ui.glyphs) = (options.themes, options.depth, Glyphs::of_environment());
    ui.readonly = options.readonly;
    let mut signals = Signals::listen()?;
    let mut screen = Screen::take()?;
    let _ = commands.send(Command::Audit(options.scope.clone())).await;
    if options.opening == Opening::Walkthrough {
        ui.open(keymap::Screen::GoLive);
        let _ = commands.send(Command::Walk(Walk::Begin)).await;
    }
    let ends = async {
        tokio::select! {
            () = signals.next() => Ok(()),
            error = terminal::lost() => Err(error),
        }
    };
    let late = LateAnswer::default();
    Loop { states, commands, report: options.report, console: Console::new(ui), late }
        .until(ends, EventStream::new(), &mut screen)
        .await
}

/// The loop, with its input and its canvas left open so that tests can bring their own.
struct Loop {
    states: watch::Receiver<Arc<State>>,
    commands: mpsc::Sender<Command>,
    report: Option<PathBuf>,
    console: Console,
    late: LateAnswer,
}

impl Loop {
    async fn until(
        mut self,
        ends: impl Future<Output = io::Result<()>>,
        mut input: impl Stream<Item = io::Result<Event>> + Unpin,
        canvas: &mut impl Canvas,
    ) -> io::Result<()> {
        let mut ends = pin!(ends);
        let mut pace = Pace::new(Instant::now());
        let mut glance = Instant::now() + GLANCE;
        loop {
            let state = Arc::clone(&self.states.borrow());
            let busy = state.is_looking() || state.running_jobs().next().is_some();
            let wake = pace.next(busy);
            let watches = !busy && self.console.waits_for_the_operator(&state);
            tokio::select! {
                event = input.next() => {
                    let Some(event) = event else { return Ok(()) };
                    match self.react(&event?, &state, canvas)? {
                        After::Nothing => {}
                        After::Draw => pace.at_once(Instant::now()),
                        After::End => return Ok(()),
                    }
                }
                changed = self.states.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    pace.soon(Instant::now());
                }
                ended = &mut ends => return ended,
                () = sleep_until(glance), if watches => {
                    // Where the loop is busy it looks at everything soon enough.
                    let _ = self.commands.try_send(Command::Glance);
                    glance = Instant::now() + GLANCE;
                }
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {
                    if pace.woke(Instant::now(), busy) {
                        let state = Arc::clone(&self.states.borrow_and_update());
                        canvas.draw(|frame| view::render(&state, &self.console, pace.turn(), frame))?;
                        pace.drawn(Instant::now());
                    }
                }
            }
        }
    }

    /// Writes the report; a walkthrough that was begun remembers where.
    fn write(&mut self, state: &State) {
        let (note, written) = match write_report(state, self.report.as_ref()) {
            Ok(file) => (format!("report written to {file}"), Some(file)),
            Err(why) => (why, None),
        };
        if let Some(file) = written.filter(|_| state.progress.is_some()) {
            let _ = self.commands.try_send(Command::Walk(Walk::Reported(file)));
        }
        self.console.ui.note = Some(note);
    }

    fn react(&mut self, event: &Event, state: &State, canvas: &mut impl Canvas) -> io::Result<After> {
        if self.late.has(event) {
            return Ok(After::Nothing);
        }
        let reaction = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.console.on_key(key, state),
            Event::Mouse(mouse) => self.console.on_mouse(*mouse, state),
            Event::Resize(..) | Event::FocusGained => Some(Reaction::Draw),
            _ => None,
        };
        match reaction {
            None => return Ok(After::Nothing),
            Some(Reaction::Draw) => {}
            Some(Reaction::Write) => self.write(state),
            Some(Reaction::Copy(text)) => canvas.copy(&text)?,
            Some(Reaction::Quit) => return Ok(After::End),
            // Never waits: a loop that does not take commands must not take the keyboard with it.
            Some(Reaction::Send(command)) => match self.commands.try_send(command) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => {
                    self.console.ui.note = Some("busy; press the key again".to_owned());
                }
                Err(TrySendError::Closed(_)) => return Ok(After::End),
            },
        }
        Ok(After::Draw)
    }
}

/// What follows from an event.
enum After {
    Nothing,
    Draw,
    End,
}

fn write_report(state: &State, file: Option<&PathBuf>) -> Result<String, String> {
    let file = file.ok_or("no report is written here")?;
    let written = std::fs::write(file, report::markdown(&state.report()));
    let name = file.display().to_string();
    written.map(|()| name.clone()).map_err(|error| format!("cannot write {name}: {error}"))
}

#[cfg(test)]
mod tests;
