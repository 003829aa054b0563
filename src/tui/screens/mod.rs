//! The screens, one file each: what a screen keeps of itself, and what keys and clicks do there. How it is drawn is in
//! `view`. A new screen is a variant of [`Screen`], a file here, and its lines in [`Screens`].

mod blockers;
mod cockpit;
mod diff;
mod dispatch;
mod doctor;
mod go_live;
mod help;
mod history;
mod item;
mod jobs;
mod kept;
mod packages;
mod palette;
mod themes;
mod vulnerabilities;
mod waiver;
mod watch;

use std::fmt::Debug;

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::hits::Target;
use super::ui::{Reaction, Ui};
use crate::cockpit::State;
use crate::keymap::{Press, Screen};
use crate::tui::reading::Reading;

pub use blockers::Blockers;
pub use cockpit::Cockpit;
pub use diff::DiffScreen;
pub use dispatch::{DispatchForm, Field};
pub use doctor::Doctor;
pub use go_live::GoLive;
pub use help::Help;
pub use history::History;
pub use item::ItemScreen;
pub use jobs::Jobs;
pub use kept::KeptReport;
pub use packages::Packages;
pub use palette::{Choice, Palette};
pub use themes::ThemePicker;
pub use vulnerabilities::Vulnerabilities;
pub use waiver::WaiverScreen;
pub use watch::WatchScreen;

pub(super) use blockers::steps;
pub(super) use dispatch::asks as asks_for_inputs;
pub(super) use history::{audits, compare, since_last_go};
pub(super) use jobs::{LIST as JOB_LIST, OUTPUT as JOB_OUTPUT};
pub(super) use packages::{Column as PackageColumn, Document, documents};
pub(super) use vulnerabilities::{Column as VulnerabilityColumn, Row, rows};
pub(super) use watch::look;

/// How many lines a notch of the wheel scrolls.
pub(super) const WHEEL: usize = 3;

/// What every screen can do.
pub trait Panel: Debug {
    /// Draws it. `turn` counts the steps of the spinner.
    fn draw(&self, state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect);

    /// What the footer names here before what every screen has, the most important first. What cannot be used
    /// now (see [`Panel::refusal`]) is left out by whoever asks.
    fn hints(&self, state: &State, ui: &Ui) -> Vec<Hint>;

    /// Why a command that holds here cannot be used now; none where it can.
    fn refusal(&self, press: Press, _state: &State, _ui: &Ui) -> Option<String> {
        if press == Press::Open {
            return Some("nothing can be opened here".to_owned());
        }
        self.reading()?.refusal(press)
    }

    /// The text or table that is read here: it answers what the screen itself does not.
    fn reading(&self) -> Option<&dyn Reading> {
        None
    }

    /// The same, to be changed.
    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        None
    }

    /// Whether it makes room for what was refused or failed, which covers the end of other screens.
    fn makes_room(&self) -> bool {
        false
    }

    /// The screen was opened anew.
    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        if let Some(reading) = self.reading_mut() {
            reading.opened();
        }
    }

    /// Whether text is being typed, as of a search: letters are no commands then.
    fn is_typing(&self) -> bool {
        self.reading().is_some_and(Reading::is_typing)
    }

    /// What the footer names while text is typed: what takes it, and what gives it up.
    fn typing_hints(&self) -> Vec<Hint> {
        Hint::of_search()
    }

    /// Takes a key as it is, before it is a command: while text is typed.
    fn typed(&mut self, event: &KeyEvent, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        self.reading_mut()?.typed(event).then_some(Reaction::Draw)
    }

    /// What a command does here; none where it means nothing of its own.
    fn press(&mut self, press: Press, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        self.reading_mut()?.press(press).then_some(Reaction::Draw)
    }

    /// What a click does here on something that is no command.
    fn click(&mut self, target: Target, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        self.reading_mut()?.click(target).then_some(Reaction::Draw)
    }

    /// What a notch of the wheel does over a part of the screen, up or down: some lines, or one thing of a list.
    fn wheel(&mut self, _part: u8, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        (0..WHEEL).filter_map(|_| self.press(press, state, ui)).last()
    }
}

/// A word of the footer with the commands that it is about; a click does the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The commands.
    pub presses: Vec<Press>,
    /// What they do here.
    pub word: &'static str,
    /// How long it stays where there is less room.
    pub stay: Stay,
}

/// How long a hint stays where there is less and less room: the last of these goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stay {
    /// As long as there is any room: help names all others.
    Always,
    /// Longer than what the screen itself names.
    Long,
    /// What the screen itself names, the most important first.
    Own,
    /// Before all others that every screen has.
    Next,
    /// What every screen has.
    Rest,
}

impl Hint {
    /// A command and what it does here.
    pub fn new(press: Press, word: &'static str) -> Self {
        Self::several(&[press], word)
    }

    /// Commands that belong together: left and right.
    pub fn several(presses: &[Press], word: &'static str) -> Self {
        Self { presses: presses.to_vec(), word, stay: Stay::Own }
    }

    /// Back, and what moves up and down does here.
    pub fn back_and_scroll(word: &'static str) -> Vec<Self> {
        vec![Self::new(Press::Back, "back"), Self::several(&[Press::Up, Press::Down], word)]
    }

    /// What every text can do.
    pub fn of_text() -> Vec<Self> {
        let mut hints = Self::back_and_scroll("scroll");
        hints.push(Self::new(Press::Search, "search"));
        hints.push(Self::several(&[Press::NextMatch, Press::PreviousMatch], "found"));
        hints
    }

    /// What ends the typing of a search.
    pub fn of_search() -> Vec<Self> {
        vec![Self::new(Press::Open, "done"), Self::new(Press::Back, "end the search")]
    }

    /// What every table can do.
    pub fn of_table() -> Vec<Self> {
        let mut hints = Self::back_and_scroll("scroll");
        hints.push(Self::new(Press::Search, "search"));
        hints.push(Self::several(&[Press::Left, Press::Right], "sort"));
        hints.push(Self::new(Press::Open, "turn round"));
        hints
    }
}

/// What each screen keeps of itself.
#[derive(Debug, Default)]
pub struct Screens {
    /// The ten panes.
    pub cockpit: Cockpit,
    /// One item.
    pub item: ItemScreen,
    /// The packages of an SBOM.
    pub packages: Packages,
    /// What the scans found.
    pub vulnerabilities: Vulnerabilities,
    /// Blockers and plan.
    pub blockers: Blockers,
    /// Jobs and the log.
    pub jobs: Jobs,
    /// The finished audits.
    pub history: History,
    /// The report of one of them.
    pub kept: KeptReport,
    /// Two of them beside each other.
    pub diff: DiffScreen,
    /// The guided way to production.
    pub go_live: GoLive,
    /// The keys.
    pub help: Help,
    /// The lines that would waive the focused item.
    pub waiver: WaiverScreen,
    /// What works on this machine.
    pub doctor: Doctor,
    /// On call.
    pub watch: WatchScreen,
    /// What a dispatch is started with.
    pub dispatch: DispatchForm,
    /// The choice of a theme.
    pub themes: ThemePicker,
    /// The choice of a command.
    pub palette: Palette,
}

impl Screens {
    /// A screen.
    pub fn of(&self, screen: Screen) -> &dyn Panel {
        match screen {
            Screen::Cockpit => &self.cockpit,
            Screen::Item => &self.item,
            Screen::Packages => &self.packages,
            Screen::Vulnerabilities => &self.vulnerabilities,
            Screen::Blockers => &self.blockers,
            Screen::Jobs => &self.jobs,
            Screen::History => &self.history,
            Screen::Report => &self.kept,
            Screen::Diff => &self.diff,
            Screen::GoLive => &self.go_live,
            Screen::Help => &self.help,
            Screen::Waiver => &self.waiver,
            Screen::Doctor => &self.doctor,
            Screen::Watch => &self.watch,
            Screen::Dispatch => &self.dispatch,
            Screen::Themes => &self.themes,
            Screen::Palette => &self.palette,
        }
    }

    /// A screen, to be changed.
    pub fn of_mut(&mut self, screen: Screen) -> &mut dyn Panel {
        match screen {
            Screen::Cockpit => &mut self.cockpit,
            Screen::Item => &mut self.item,
            Screen::Packages => &mut self.packages,
            Screen::Vulnerabilities => &mut self.vulnerabilities,
            Screen::Blockers => &mut self.blockers,
            Screen::Jobs => &mut self.jobs,
            Screen::History => &mut self.history,
            Screen::Report => &mut self.kept,
            Screen::Diff => &mut self.diff,
            Screen::GoLive => &mut self.go_live,
            Screen::Help => &mut self.help,
            Screen::Waiver => &mut self.waiver,
            Screen::Doctor => &mut self.doctor,
            Screen::Watch => &mut self.watch,
            Screen::Dispatch => &mut self.dispatch,
            Screen::Themes => &mut self.themes,
            Screen::Palette => &mut self.palette,
        }
    }
}
