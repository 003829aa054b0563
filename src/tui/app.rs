//! The screen's loop: draws when something changed, and only then.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt as _;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::keymap::Keymap;
use super::terminal::Screen;
use super::theme::{Depth, Theme};
use super::ui::{Reaction, Ui};
use super::view;
use crate::cockpit::{Command, State};
use crate::model::Scope;
use crate::report;

/// The least time between two frames that nobody asked for by a key.
const FRAME: Duration = Duration::from_millis(33);
/// How often the spinner turns while something is under way.
const SPIN: Duration = Duration::from_millis(125);

/// How the cockpit is shown.
#[derive(Debug, Clone)]
pub struct Options {
    /// Keys that are not the default ones.
    pub keys: BTreeMap<String, String>,
    /// The theme's name.
    pub theme: Option<String>,
    /// Whether colours are allowed.
    pub color: bool,
    /// What an audit looks at and executes.
    pub scope: Scope,
    /// Where `w` writes the report.
    pub report: Option<PathBuf>,
}

/// Shows the cockpit until the operator quits or a signal ends it. It begins with an audit.
///
/// # Errors
/// When the terminal cannot be taken or drawn on, or a key or theme of the options does not exist.
pub async fn run(
    mut states: watch::Receiver<Arc<State>>,
    commands: mpsc::Sender<Command>,
    options: Options,
) -> io::Result<()> {
    let depth = if options.color { Depth::of_stdout() } else { Depth::None };
    let theme = Theme::named(options.theme.as_deref().unwrap_or("dark"), depth).map_err(io::Error::other)?;
    let keymap = Keymap::new(options.keys.clone()).map_err(io::Error::other)?;
    let mut ui = Ui::new(keymap, theme, options.scope.clone());
    let mut screen = Screen::take()?;
    let mut input = EventStream::new();
    let mut signals = Signals::listen()?;
    let _ = commands.send(Command::Audit(options.scope.clone())).await;
    let (mut draw_at, mut spin_at, mut turn) = (Some(Instant::now()), Instant::now(), 0_usize);
    loop {
        let state = Arc::clone(&states.borrow());
        let busy = state.is_looking() || state.running_jobs().next().is_some();
        tokio::select! {
            event = input.next() => match event {
                Some(Ok(event)) => match react(&event, &mut ui, &state) {
                    Some(Reaction::Quit) => break,
                    Some(Reaction::Send(command)) => {
                        let _ = commands.send(command).await;
                        draw_at = Some(Instant::now());
                    }
                    Some(Reaction::Write) => {
                        ui.note = Some(write_report(&state, options.report.as_ref()));
                        draw_at = Some(Instant::now());
                    }
                    Some(Reaction::Draw) => draw_at = Some(Instant::now()),
                    None => {}
                },
                Some(Err(error)) => return Err(error),
                None => break,
            },
            changed = states.changed() => match changed {
                Ok(()) => draw_at = draw_at.or(Some(Instant::now() + FRAME)),
                Err(_) => break,
            },
            () = signals.next() => break,
            () = sleep_until(spin_at), if busy => {
                turn += 1;
                spin_at = Instant::now() + SPIN;
                draw_at = draw_at.or(Some(Instant::now()));
            }
            () = sleep_until(draw_at.unwrap_or_else(Instant::now)), if draw_at.is_some() => {
                let state = Arc::clone(&states.borrow_and_update());
                screen.draw(|frame| view::render(&state, &ui, turn, frame))?;
                draw_at = None;
            }
        }
    }
    Ok(())
}

fn react(event: &Event, ui: &mut Ui, state: &State) -> Option<Reaction> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => ui.on_key(key, state),
        Event::Mouse(mouse) => ui.on_mouse(*mouse, state),
        Event::Resize(..) | Event::FocusGained => Some(Reaction::Draw),
        _ => None,
    }
}

fn write_report(state: &State, file: Option<&PathBuf>) -> String {
    let Some(file) = file else { return "no report is written here".to_owned() };
    let input = report::Input {
        release: &state.release,
        policy: &state.policy,
        facts: &state.facts,
        assessment: &state.assessment,
        requests: &state.requests,
        started: state.round.started,
        finished: state.round.ended,
    };
    match std::fs::write(file, report::markdown(&input)) {
        Ok(()) => format!("wrote {}", file.display()),
        Err(error) => format!("cannot write {}: {error}", file.display()),
    }
}

/// The signals that end a program politely.
struct Signals {
    #[cfg(unix)]
    kinds: [tokio::signal::unix::Signal; 3],
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        let [terminate, interrupt, hangup] = kinds;
        Ok(Self { kinds: [signal(terminate)?, signal(interrupt)?, signal(hangup)?] })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        let [terminate, interrupt, hangup] = &mut self.kinds;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
