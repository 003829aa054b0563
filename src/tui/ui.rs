//! What every screen shares: the focused item, which screens are open, the look, the keys, where things were drawn.

use std::cell::{Cell, RefCell};

use super::glyphs::Glyphs;
use super::hits::Hits;
use super::links::Links;
use super::question::Questions;
use super::theme::{Depth, Theme, Themes};
use super::trend::Trend;
use crate::cockpit::{Command, PlanId, State, Trouble};
use crate::keymap::{Key, Keymap, Press, Screen};
use crate::model::{AuditId, Digest, Scope};
use crate::watch;

/// What follows from a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing but another picture.
    Draw,
    /// A command for the loop.
    Send(Command),
    /// A command for the watch.
    Watch(watch::Command),
    /// Write the report.
    Write,
    /// Hand this to the clipboard.
    Copy(String),
    /// Give the terminal to the shell for a while.
    Stop,
    /// End.
    Quit,
}

/// What every screen shares.
#[derive(Debug)]
pub struct Ui {
    /// The focused item, 0 to 9.
    pub focus: usize,
    /// The screen that all others are above: the cockpit, or the watch where there is nothing else.
    pub home: Screen,
    /// The screens above that one, the open one last.
    above: Vec<Screen>,
    /// The questions that wait for an answer.
    pub questions: Questions,
    /// The kept audit whose report is shown.
    pub recalled: Option<AuditId>,
    /// The two kept audits that are compared, the older first.
    pub compared: Option<[AuditId; 2]>,
    /// The number of the last refusal or failure that was dismissed.
    pub dismissed: u64,
    /// The command that was chosen to be done next, in place of the one that chose it.
    pub run: Option<Press>,
    /// A note of the screen's own (a report that was written).
    pub note: Option<String>,
    /// The keys.
    pub keymap: Keymap,
    /// The look.
    pub theme: Theme,
    /// The looks that there are.
    pub themes: Themes,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// The signs.
    pub glyphs: Glyphs,
    /// What an audit looks at and executes.
    pub scope: Scope,
    /// Whether everything but reading is refused.
    pub readonly: bool,
    /// How many panes stand beside each other, as drawn last.
    pub columns: Cell<usize>,
    /// The scores of this session.
    pub trend: Trend,
    /// The addresses that are on the screen.
    pub links: Links,
    /// Where things are, as drawn last.
    pub hits: Hits,
    /// The plan that is on the screen, as drawn last: only what was shown can be confirmed.
    pub shown: RefCell<Option<(PlanId, Digest)>>,
}

impl Ui {
    /// The cockpit with its first item focused.
    pub fn new(keymap: Keymap, theme: Theme, scope: Scope) -> Self {
        Self {
            focus: 0,
            home: Screen::Cockpit,
            above: Vec::new(),
            questions: Questions::default(),
            recalled: None,
            compared: None,
            dismissed: 0,
            run: None,
            note: None,
            keymap,
            theme,
            themes: Themes::default(),
            depth: Depth::None,
            glyphs: Glyphs::default(),
            scope,
            readonly: false,
            columns: Cell::new(1),
            trend: Trend::default(),
            links: Links::default(),
            hits: Hits::default(),
            shown: RefCell::new(None),
        }
    }

    /// The oldest refusal or failure that nobody dismissed, and how many came after it.
    pub fn trouble<'a>(&self, state: &'a State) -> Option<(&'a Trouble, usize)> {
        let mut open = state.troubles.iter().filter(|trouble| trouble.number > self.dismissed);
        let first = open.next()?;
        Some((first, open.count()))
    }

    /// Dismisses that one; says whether there was one.
    pub fn dismiss(&mut self, state: &State) -> bool {
        let number = self.trouble(state).map(|(trouble, _)| trouble.number);
        self.dismissed = number.unwrap_or(self.dismissed);
        number.is_some()
    }

    /// The open screen.
    pub fn screen(&self) -> Screen {
        self.above.last().copied().unwrap_or(self.home)
    }

    /// The screen that an overlay is drawn over.
    pub fn below(&self) -> Screen {
        let below = self.above.iter().rev().skip_while(|screen| screen.is_overlay());
        below.copied().next().unwrap_or(self.home)
    }

    /// Whether there is a watch and no cockpit.
    pub fn watches_only(&self) -> bool {
        self.home == Screen::Watch
    }

    /// Whether a screen is open, be it below others.
    pub fn is_open(&self, screen: Screen) -> bool {
        self.home == screen || self.above.contains(&screen)
    }

    /// Opens a screen above the one that is open; one that is open further below is come back to.
    pub fn open(&mut self, screen: Screen) {
        if let Some(place) = self.above.iter().position(|open| *open == screen) {
            self.above.truncate(place + 1);
        } else if screen == self.home {
            self.above.clear();
        } else {
            self.above.push(screen);
        }
    }

    /// How many screens are open above the first one.
    pub fn depth(&self) -> usize {
        self.above.len()
    }

    /// Closes the open screen.
    pub fn back(&mut self) {
        self.above.pop();
    }

    /// The key by which a command is named; empty where it has none.
    pub fn key(&self, press: Press) -> String {
        self.keymap.key_of(press).map_or_else(String::new, Key::sign)
    }
}
