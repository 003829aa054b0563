//! The screen's loop: draws when something changed, and only then.

mod outside;
mod signals;
mod watching;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyEventKind};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::outside::{Clock, Input, Keyboard, Wall};
use self::signals::{Process, Signal, Signals};
use self::watching::{AGES, Watching};
use super::background::{self, LateAnswer};
use super::clipboard::{self, Clipboard};
use super::console::Console;
use super::glyphs::Glyphs;
use super::pace::Pace;
use super::terminal::{Canvas, Manners, Screen};
use super::theme::{Depth, Theme, Themes};
use super::ui::{Reaction, Ui};
use super::view;
use crate::cockpit::{Command, State};
use crate::keymap::{self, Keymap};
use crate::model::{Scope, Walk};
use crate::report;

pub use self::watching::{Told, Watched};

/// What the cockpit opens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Opening {
    /// The ten panes.
    #[default]
    Panes,
    /// The walkthrough, where it was left.
    Walkthrough,
    /// The watch, and nothing else: there is no cockpit behind it.
    Watch,
}

/// Where what is shown comes from, and where commands go.
#[derive(Debug)]
pub struct Sources {
    /// What is known of the release.
    pub states: watch::Receiver<Arc<State>>,
    /// What the operator wants of the cockpit.
    pub commands: mpsc::Sender<Command>,
    /// The watch; none where there is none.
    pub watched: Option<Watched>,
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
    /// The signs that it can show.
    pub glyphs: Glyphs,
    /// Whether clicks and the wheel are taken from the terminal's own selection.
    pub mouse: bool,
    /// Which way a copy goes.
    pub clipboard: Clipboard,
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
pub async fn run(sources: Sources, options: Options) -> io::Result<()> {
    let theme = background::suited(options.theme.as_ref(), &options.themes, options.depth);
    let theme = theme.map_err(io::Error::other)?;
    let mut ui = Ui::new(options.keys, theme, options.scope.clone());
    (ui.themes, ui.depth, ui.glyphs) = (options.themes, options.depth, options.glyphs);
    ui.readonly = options.readonly;
    ui.links.shown = supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
    let signals = Process::listen()?;
    // What knows no titles might show one as text.
    let title = !matches!(std::env::var("TERM").as_deref(), Err(_) | Ok("linux" | "dumb"));
    let mut screen = Screen::take(Manners { mouse: options.mouse, title })?;
    open(&sources.commands, &mut ui, options.opening, options.scope).await;
    let app = Loop::new(sources, Console::new(ui), options.report, options.clipboard, Wall.now());
    app.until_the_end(signals, Keyboard::open(), Wall, &mut screen).await
}

/// Opens the first screen, and asks for what it shows.
async fn open(commands: &mpsc::Sender<Command>, ui: &mut Ui, opening: Opening, scope: Scope) {
    if opening == Opening::Watch {
        ui.home = keymap::Screen::Watch;
        return;
    }
    let _ = commands.send(Command::Audit(scope)).await;
    let _ = commands.send(Command::History).await;
    if opening == Opening::Walkthrough {
        ui.open(keymap::Screen::GoLive);
        let _ = commands.send(Command::Walk(Walk::Begin)).await;
    }
}

/// The loop, with signals, input, clock and canvas left open so that tests can bring their own.
struct Loop {
    states: watch::Receiver<Arc<State>>,
    commands: mpsc::Sender<Command>,
    report: Option<PathBuf>,
    console: Console,
    clipboard: Clipboard,
    /// Copies that programs are taking.
    copies: JoinSet<Result<(), String>>,
    watching: Watching,
    late: LateAnswer,
    /// Whether the operator looks at this window; where the terminal does not say, he does.
    focused: bool,
    title: String,
}

impl Loop {
    fn new(
        sources: Sources,
        mut console: Console,
        report: Option<PathBuf>,
        clipboard: Clipboard,
        now: Instant,
    ) -> Self {
        let Sources { states, commands, watched } = sources;
        if let Some(watched) = &watched {
            console.screens.watch.title.clone_from(&watched.title);
        }
        // By itself a watch looks from the start; beside a cockpit it is asked to.
        let watching = Watching::new(watched, console.ui.watches_only(), now);
        Self {
            states,
            commands,
            report,
            console,
            clipboard,
            copies: JoinSet::new(),
            watching,
            late: LateAnswer::default(),
            focused: true,
            title: String::new(),
        }
    }

    async fn until_the_end(
        mut self,
        mut signals: impl Signals,
        mut input: impl Input,
        clock: impl Clock,
        canvas: &mut impl Canvas,
    ) -> io::Result<()> {
        let mut pace = Pace::new(clock.now());
        let mut glance = clock.now() + GLANCE;
        loop {
            let state = Arc::clone(&self.states.borrow());
            let busy = state.is_looking() || state.running_jobs().next().is_some();
            // Nobody sees what moves in a window that is not looked at.
            let moves = self.focused && busy;
            let wake = pace.next(moves);
            let glances = !busy && self.console.waits_for_the_operator(&state);
            self.watching.look(self.console.ui.is_open(keymap::Screen::Watch));
            let ages = self.watching.ages;
            let grows_older = self.watching.is_there() && self.console.ui.below() == keymap::Screen::Watch;
            let after = tokio::select! {
                event = input.next() => {
                    let Some(event) = event else { return Ok(()) };
                    self.react(&event?, &state, canvas)?
                }
                changed = self.states.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    pace.soon(clock.now());
                    After::Nothing
                }
                signal = signals.next() => match signal {
                    Signal::End => return Ok(()),
                    Signal::Lost(error) => return Err(error),
                    Signal::Stop => After::Stop,
                    Signal::Continued => {
                        canvas.retake()?;
                        After::Draw
                    }
                },
                Some(copied) = self.copies.join_next() => {
                    self.console.ui.note = copied.map_err(|error| error.to_string()).flatten().err();
                    if self.console.ui.note.is_some() { After::Draw } else { After::Nothing }
                }
                news = self.watching.next() => self.hear(news, clock.now(), &mut pace, canvas)?,
                () = clock.until(ages), if grows_older => {
                    self.watching.ages = clock.now() + AGES;
                    After::Draw
                }
                () = clock.until(glance), if glances => {
                    // Where the loop is busy it looks at everything soon enough.
                    let _ = self.commands.try_send(Command::Glance);
                    glance = clock.now() + GLANCE;
                    After::Nothing
                }
                () = clock.until(wake.unwrap_or_else(|| clock.now())), if wake.is_some() => {
                    if pace.woke(clock.now(), moves) {
                        let state = Arc::clone(&self.states.borrow_and_update());
                        self.draw(&state, pace.turn(), clock.now(), canvas)?;
                        pace.drawn(clock.now());
                    }
                    After::Nothing
                }
            };
            match after {
                After::Nothing => {}
                After::Draw => pace.at_once(clock.now()),
                After::Stop => {
                    input.pause();
                    canvas.leave();
                    if !signals.stop().await {
                        self.console.ui.note = Some("there is no shell to go back to".to_owned());
                    }
                    canvas.retake()?;
                    input.resume();
                    pace.at_once(clock.now());
                }
                After::End => return Ok(()),
            }
        }
    }

    fn draw(&mut self, state: &State, turn: usize, now: Instant, canvas: &mut impl Canvas) -> io::Result<()> {
        self.console.ui.trend.note(state);
        self.console.screens.watch.since = self.watching.since(now);
        canvas.draw(|frame| view::render(state, &self.console, turn, frame))?;
        let title = view::title(state, &self.console);
        if title != self.title {
            canvas.title(&title)?;
            self.title = title;
        }
        Ok(())
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
            Event::Key(key) if key.kind == KeyEventKind::Release => None,
            Event::Key(key) if self.console.stops(key) => return Ok(After::Stop),
            Event::Key(key) => self.console.on_key(key, state),
            Event::Mouse(mouse) => self.console.on_mouse(*mouse, state),
            Event::Paste(text) => self.console.on_paste(text, state),
            Event::FocusLost => {
                self.focused = false;
                None
            }
            Event::FocusGained => {
                self.focused = true;
                Some(Reaction::Draw)
            }
            Event::Resize(..) => Some(Reaction::Draw),
        };
        match reaction {
            None => return Ok(After::Nothing),
            Some(Reaction::Draw) => {}
            Some(Reaction::Write) => self.write(state),
            Some(Reaction::Copy(text)) => self.copy(text, canvas)?,
            Some(Reaction::Stop) => return Ok(After::Stop),
            Some(Reaction::Quit) => return Ok(After::End),
            Some(Reaction::Watch(command)) => self.watching.send(command),
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

    fn copy(&mut self, text: String, canvas: &mut impl Canvas) -> io::Result<()> {
        match &self.clipboard {
            Clipboard::Osc52 if text.len() > clipboard::LONGEST_OSC52 => {
                let length = text.len() / 1000;
                self.console.ui.note = Some(format!(
                    "not copied: {length} kB are too long for a terminal; name a program: clipboard = [\"wl-copy\"]"
                ));
            }
            Clipboard::Osc52 => canvas.copy(&text)?,
            Clipboard::Off => {
                self.console.ui.note = Some("not copied: clipboard = \"off\" is set".to_owned());
            }
            Clipboard::Command(command) => {
                let command = command.clone();
                self.copies.spawn(async move { clipboard::hand_to(&command, text).await });
            }
        }
        Ok(())
    }
}

/// What follows from an event.
enum After {
    Nothing,
    Draw,
    Stop,
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
