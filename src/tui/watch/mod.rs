//! The screen of a watch: small enough for a pane beside one's work.

mod desk;
#[cfg(test)]
mod tests;
mod view;

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::background::{self, LateAnswer};
use super::glyphs::Glyphs;
use super::pace::Pace;
use super::signals::Signals;
use super::terminal::{self, Canvas, Manners, Screen};
use super::theme::{Depth, Theme, Themes};
use crate::watch::{Call, Change, Command, View};
use desk::{Desk, Reaction};

pub use view::render;

/// How often the ages on the screen are counted anew.
const AGES: Duration = Duration::from_secs(10);

/// How a watch is shown.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is watched, in a few words.
    pub title: String,
    /// The theme; none for the one that suits the terminal's background.
    pub theme: Option<Theme>,
    /// The themes that there are.
    pub themes: Themes,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// How the terminal calls.
    pub call: Call,
}

/// What a watch hands to its screen.
#[derive(Debug)]
pub struct Watched {
    /// What is known.
    pub views: watch::Receiver<Arc<View>>,
    /// What changed.
    pub changed: mpsc::Receiver<Vec<Change>>,
    /// What the operator wants.
    pub commands: mpsc::Sender<Command>,
}

/// Shows a watch until the operator quits or a signal ends it.
///
/// # Errors
/// When the terminal cannot be taken or drawn on.
pub async fn run(watched: Watched, options: Options) -> io::Result<()> {
    let theme = background::suited(options.theme.as_ref(), &options.themes, options.depth);
    let theme = theme.map_err(io::Error::other)?;
    let desk = Desk::new(options, theme, Glyphs::of_environment());
    let mut signals = Signals::listen()?;
    let mut screen = Screen::take(Manners { mouse: true, title: false })?;
    let ends = async {
        tokio::select! {
            () = signals.next() => Ok(()),
            error = terminal::lost() => Err(error),
        }
    };
    until(watched, desk, ends, EventStream::new(), &mut screen).await
}

/// The loop: draws when something changed, and when an age did.
async fn until(
    mut watched: Watched,
    mut desk: Desk,
    ends: impl Future<Output = io::Result<()>>,
    mut input: impl Stream<Item = io::Result<Event>> + Unpin,
    canvas: &mut impl Canvas,
) -> io::Result<()> {
    let mut ends = pin!(ends);
    let mut late = LateAnswer::default();
    let mut pace = Pace::new(Instant::now());
    let mut heard = Instant::now();
    let mut ages = heard + AGES;
    loop {
        let wake = pace.next(false).map_or(ages, |due| due.min(ages));
        tokio::select! {
            event = input.next() => {
                let Some(event) = event else { return Ok(()) };
                let view = Arc::clone(&watched.views.borrow());
                match react(&event?, &mut desk, &mut late, &view) {
                    None => continue,
                    Some(Reaction::Draw) => {}
                    Some(Reaction::Quit) => return Ok(()),
                    Some(Reaction::Copy(text)) => canvas.copy(&text)?,
                    Some(Reaction::Send(command)) => {
                        // One that waits already is as good.
                        let _ = watched.commands.try_send(command);
                    }
                }
                pace.at_once(Instant::now());
            }
            changes = watched.changed.recv() => {
                let Some(changes) = changes else { return Ok(()) };
                if let Some(sequence) = desk.call.sequence(&changes) {
                    canvas.ring(&sequence)?;
                }
            }
            changed = watched.views.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                heard = Instant::now();
                pace.soon(heard);
            }
            ended = &mut ends => return ended,
            () = sleep_until(wake) => {
                let now = Instant::now();
                if now >= ages {
                    ages = now + AGES;
                    pace.at_once(now);
                }
                if pace.woke(now, false) {
                    let view = Arc::clone(&watched.views.borrow());
                    canvas.draw(|frame| render(&view, &desk, now.duration_since(heard), frame))?;
                    pace.drawn(now);
                }
            }
        }
    }
}

fn react(event: &Event, desk: &mut Desk, late: &mut LateAnswer, view: &View) -> Option<Reaction> {
    if late.has(event) {
        return None;
    }
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => desk.on_key(key, view),
        Event::Mouse(mouse) => desk.on_mouse(*mouse),
        Event::Resize(..) | Event::FocusGained => Some(Reaction::Draw),
        _ => None,
    }
}
