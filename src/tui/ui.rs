//! What the operator is looking at. Keys and the mouse change it, and may give commands; nothing here draws.

use std::cell::RefCell;

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::keymap::{Keymap, Press};
use super::theme::Theme;
use crate::cockpit::{Command, State};
use crate::model::Scope;

/// Which screen is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Screen {
    /// The ten panes.
    #[default]
    Cockpit,
    /// One item.
    Item,
    /// Blockers and plan.
    Blockers,
    /// Jobs and the log.
    Jobs,
    /// The keys.
    Help,
}

/// What follows from a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing but another picture.
    Draw,
    /// A command for the loop.
    Send(Command),
    /// Write the report.
    Write,
    /// End.
    Quit,
}

/// What the operator is looking at.
#[derive(Debug)]
pub struct Ui {
    /// The focused item, 0 to 9.
    pub focus: usize,
    /// The open screen.
    pub screen: Screen,
    /// How far the open screen is scrolled.
    pub scroll: u16,
    /// How far the open plan is scrolled.
    pub plan_scroll: u16,
    /// Whether it is asked if running jobs shall be left.
    pub asks_to_quit: bool,
    /// A note of the screen's own (a report that was written).
    pub note: Option<String>,
    /// The keys.
    pub keymap: Keymap,
    /// The look.
    pub theme: Theme,
    /// What an audit looks at and executes.
    pub scope: Scope,
    /// How many panes stand beside each other, as drawn last.
    pub columns: std::cell::Cell<usize>,
    /// Where the panes are, as drawn last.
    pub panes: RefCell<Vec<(usize, Rect)>>,
}

impl Ui {
    /// The cockpit with its first item focused.
    pub fn new(keymap: Keymap, theme: Theme, scope: Scope) -> Self {
        Self {
            focus: 0,
            screen: Screen::Cockpit,
            scroll: 0,
            plan_scroll: 0,
            asks_to_quit: false,
            note: None,
            keymap,
            theme,
            scope,
            columns: std::cell::Cell::new(1),
            panes: RefCell::new(Vec::new()),
        }
    }

    /// What a key does now.
    pub fn on_key(&mut self, event: &KeyEvent, state: &State) -> Option<Reaction> {
        let press = self.keymap.press(event);
        if self.asks_to_quit {
            return Some(self.answer_to_quit(event, press));
        }
        if let Some(pending) = &state.plan
            && press != Some(Press::Quit)
        {
            self.note = None;
            return Some(match event.code {
                KeyCode::Char('y') => Reaction::Send(Command::Confirm(pending.id, pending.plan.hash())),
                // Enter means no: nothing is done by a key that is pressed to get on.
                KeyCode::Char('n') | KeyCode::Enter | KeyCode::Esc => {
                    Reaction::Send(Command::Decline(pending.id))
                }
                KeyCode::Down | KeyCode::Char('j') => self.scroll_plan(1),
                KeyCode::Up | KeyCode::Char('k') => self.scroll_plan(-1),
                _ => return None,
            });
        }
        self.plan_scroll = 0;
        self.pressed(press?, state)
    }

    fn answer_to_quit(&mut self, event: &KeyEvent, press: Option<Press>) -> Reaction {
        self.asks_to_quit = false;
        if event.code == KeyCode::Char('y') || press == Some(Press::Quit) {
            Reaction::Quit
        } else {
            Reaction::Draw
        }
    }

    fn scroll_plan(&mut self, by: i32) -> Reaction {
        self.plan_scroll = moved(self.plan_scroll, by);
        Reaction::Draw
    }

    fn pressed(&mut self, press: Press, state: &State) -> Option<Reaction> {
        self.note = None;
        match press {
            Press::Item(number) => {
                self.focus = usize::from(number) - 1;
                self.scroll = 0;
            }
            Press::Up | Press::Down | Press::Left | Press::Right => self.step(press),
            Press::Open => self.open(Screen::Item),
            Press::Back => self.open(Screen::Cockpit),
            Press::Jobs => self.toggle(Screen::Jobs),
            Press::Blockers => self.toggle(Screen::Blockers),
            Press::Help => self.toggle(Screen::Help),
            Press::Audit => return Some(Reaction::Send(Command::Audit(self.scope.clone()))),
            Press::Plan(action) => return Some(Reaction::Send(Command::Plan(action))),
            Press::Write => return Some(Reaction::Write),
            Press::Cancel => {
                let job = state.running_jobs().last().map(|job| Command::Cancel(job.id));
                let round = state.is_looking().then_some(Command::CancelRound);
                return job.or(round).map(Reaction::Send);
            }
            Press::Quit => {
                if state.running_jobs().next().is_none() {
                    return Some(Reaction::Quit);
                }
                self.asks_to_quit = true;
            }
        }
        Some(Reaction::Draw)
    }

    fn open(&mut self, screen: Screen) {
        self.screen = screen;
        self.scroll = 0;
    }

    fn toggle(&mut self, screen: Screen) {
        let screen = if self.screen == screen { Screen::Cockpit } else { screen };
        self.open(screen);
    }

    fn step(&mut self, press: Press) {
        if self.screen != Screen::Cockpit {
            match press {
                Press::Up => self.scroll = moved(self.scroll, -1),
                Press::Down => self.scroll = moved(self.scroll, 1),
                Press::Left if self.screen == Screen::Item => {
                    self.show(self.focus.checked_sub(1).unwrap_or(9));
                }
                Press::Right if self.screen == Screen::Item => self.show((self.focus + 1) % 10),
                _ => {}
            }
            return;
        }
        // In two columns the items stand below each other: 1 to 5 left, 6 to 10 right.
        let wide = self.columns.get() > 1;
        self.focus = match press {
            Press::Left | Press::Right if wide => (self.focus + 5) % 10,
            Press::Up | Press::Left => self.focus.checked_sub(1).unwrap_or(9),
            _ => (self.focus + 1) % 10,
        };
    }

    fn show(&mut self, item: usize) {
        self.focus = item;
        self.scroll = 0;
    }

    /// What the mouse does: a click focuses a pane, a second one opens it, the wheel scrolls.
    pub fn on_mouse(&mut self, event: MouseEvent, state: &State) -> Option<Reaction> {
        let scrolled = match event.kind {
            MouseEventKind::ScrollDown => 1,
            MouseEventKind::ScrollUp => -1,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return None,
        };
        if scrolled != 0 {
            if state.plan.is_some() {
                return Some(self.scroll_plan(scrolled));
            }
            self.scroll = moved(self.scroll, scrolled);
            return (self.screen != Screen::Cockpit).then_some(Reaction::Draw);
        }
        if state.plan.is_some() || self.asks_to_quit {
            return None;
        }
        let at = Position::new(event.column, event.row);
        let hit = self.panes.borrow().iter().find(|(_, area)| area.contains(at)).map(|(item, _)| *item)?;
        if self.focus == hit {
            self.open(Screen::Item);
        } else {
            self.focus = hit;
        }
        Some(Reaction::Draw)
    }
}

fn moved(from: u16, by: i32) -> u16 {
    u16::try_from(i32::from(from) + by).unwrap_or(0)
}
