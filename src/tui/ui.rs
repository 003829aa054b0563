//! What the operator is looking at. Keys and the mouse change it, and may give commands; nothing here draws.

use std::cell::{Cell, RefCell};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::glyphs::Glyphs;
use super::keymap::{Keymap, Press};
use super::packages::{Packages, documents};
use super::picker::{Picked, Picker};
use super::scroll::Scroll;
use super::theme::{Depth, Theme, Themes};
use super::vulnerabilities::Vulnerabilities;
use crate::cockpit::{Command, Job, PlanId, State};
use crate::model::{ActionPlan, Digest, Item, JobId, Scope};

/// Where the item of signatures is among the ten.
const SIGNED: usize = 2;

/// Which screen is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Screen {
    /// The ten panes.
    #[default]
    Cockpit,
    /// One item.
    Item,
    /// The packages of an SBOM.
    Packages,
    /// What the scans found.
    Vulnerabilities,
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
    /// Hand this to the clipboard.
    Copy(String),
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
    /// How far the open screen is scrolled; on the jobs screen, how far back from the newest line.
    pub scroll: Scroll,
    /// How far the open plan is scrolled.
    pub plan_scroll: Scroll,
    /// The job that was chosen on the jobs screen; the newest one where none was.
    pub chosen: Option<JobId>,
    /// How the packages of an SBOM are looked at.
    pub packages: Packages,
    /// How what the scans found is looked at.
    pub vulnerabilities: Vulnerabilities,
    /// The plan whose second question is on the screen.
    pub asked_twice: Option<PlanId>,
    /// Whether it is asked if running jobs shall be left.
    pub asks_to_quit: bool,
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
    /// The choice of a theme, while it is open.
    pub picker: Option<Picker>,
    /// The signs.
    pub glyphs: Glyphs,
    /// What an audit looks at and executes.
    pub scope: Scope,
    /// How many panes stand beside each other, as drawn last.
    pub columns: Cell<usize>,
    /// Where the panes are, as drawn last.
    pub panes: RefCell<Vec<(usize, Rect)>>,
    /// The plan that is on the screen, as drawn last: only what was shown can be confirmed.
    pub shown: RefCell<Option<(PlanId, Digest)>>,
}

impl Ui {
    /// The cockpit with its first item focused.
    pub fn new(keymap: Keymap, theme: Theme, scope: Scope) -> Self {
        Self {
            focus: 0,
            screen: Screen::Cockpit,
            scroll: Scroll::default(),
            plan_scroll: Scroll::default(),
            chosen: None,
            packages: Packages::default(),
            vulnerabilities: Vulnerabilities::default(),
            asked_twice: None,
            asks_to_quit: false,
            note: None,
            keymap,
            theme,
            themes: Themes::default(),
            depth: Depth::None,
            picker: None,
            glyphs: Glyphs::default(),
            scope,
            columns: Cell::new(1),
            panes: RefCell::new(Vec::new()),
            shown: RefCell::new(None),
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
            return self.answer_to_plan(event, press, pending.id, &pending.plan);
        }
        self.plan_scroll.to_start();
        if self.picker.is_some() {
            return self.pick(press?);
        }
        if self.screen == Screen::Packages && self.packages.sorting.on_key(event) {
            self.scroll.to_start();
            return Some(Reaction::Draw);
        }
        if self.screen == Screen::Vulnerabilities && self.vulnerabilities.sorting.on_key(event) {
            self.scroll.to_start();
            return Some(Reaction::Draw);
        }
        self.pressed(press?, state)
    }

    /// `y` confirms the plan as it was drawn, and nothing else: not one that came since, nor one that the
    /// window is too small for.
    fn answer_to_plan(
        &mut self,
        event: &KeyEvent,
        press: Option<Press>,
        id: PlanId,
        plan: &ActionPlan,
    ) -> Option<Reaction> {
        self.note = None;
        if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return None;
        }
        match event.code {
            KeyCode::Char('y') => {
                let asks_again = plan.second_question.is_some() && self.asked_twice != Some(id);
                if asks_again {
                    self.asked_twice = Some(id);
                    self.plan_scroll.to_start();
                    return Some(Reaction::Draw);
                }
                let shown = self.shown.borrow().clone().filter(|(shown, _)| *shown == id);
                return shown.map(|(id, hash)| Reaction::Send(Command::Confirm(id, hash)));
            }
            // Enter means no: nothing is done by a key that is pressed to get on.
            KeyCode::Char('n') | KeyCode::Enter | KeyCode::Esc => {
                return Some(Reaction::Send(Command::Decline(id)));
            }
            _ => {}
        }
        scroll(&mut self.plan_scroll, press?).then_some(Reaction::Draw)
    }

    fn answer_to_quit(&mut self, event: &KeyEvent, press: Option<Press>) -> Reaction {
        self.asks_to_quit = false;
        if event.code == KeyCode::Char('y') || press == Some(Press::Quit) {
            Reaction::Quit
        } else {
            Reaction::Draw
        }
    }

    fn pressed(&mut self, press: Press, state: &State) -> Option<Reaction> {
        self.note = None;
        match press {
            Press::Item(number) => {
                self.show(usize::from(number) - 1);
                // On a screen that shows no item by itself, its number opens it.
                if self.screen != Screen::Cockpit {
                    self.open(Screen::Item);
                }
            }
            Press::Up | Press::Down | Press::Left | Press::Right | Press::Next | Press::Previous => {
                self.step(press, state);
            }
            Press::PageUp | Press::PageDown | Press::Start | Press::End => self.page(press),
            Press::Open if self.screen == Screen::Packages => {
                self.packages.sorting.turn_round();
                self.scroll.to_start();
            }
            Press::Open if self.screen == Screen::Item && self.has_packages(state) => {
                self.open(Screen::Packages);
            }
            Press::Open if self.screen == Screen::Vulnerabilities => {
                self.vulnerabilities.sorting.turn_round();
                self.scroll.to_start();
            }
            Press::Open if self.screen == Screen::Item && self.has_findings(state) => {
                self.open(Screen::Vulnerabilities);
            }
            Press::Open if self.screen != Screen::Cockpit => return None,
            Press::Open => self.open(Screen::Item),
            Press::Back if self.screen == Screen::Vulnerabilities => self.open(Screen::Item),
            Press::Back if self.screen == Screen::Packages => self.open(Screen::Item),
            Press::Back => self.open(Screen::Cockpit),
            Press::Jobs => self.toggle(Screen::Jobs),
            Press::Blockers => self.toggle(Screen::Blockers),
            Press::Theme => {
                let picker = Picker::open(self.themes.clone(), self.depth, self.theme.clone());
                self.picker = Some(picker);
            }
            Press::Help => self.toggle(Screen::Help),
            Press::Audit => return Some(Reaction::Send(Command::Audit(self.scope.clone()))),
            Press::Verify => {
                self.show(SIGNED);
                return Some(Reaction::Send(Command::Verify));
            }
            Press::Plan(action) => return Some(Reaction::Send(Command::Plan(action))),
            Press::Write => return Some(Reaction::Write),
            Press::Copy if self.screen == Screen::Vulnerabilities => {
                let (text, note) = self.vulnerabilities.copied(state);
                self.note = Some(note);
                return Some(Reaction::Copy(text));
            }
            Press::Copy => return None,
            Press::Cancel => {
                let chosen = self.chosen_job(state).filter(|_| self.screen == Screen::Jobs);
                let job = match chosen {
                    Some(job) => Some(job).filter(|job| job.is_running()),
                    None => state.running_jobs().last(),
                };
                let job = job.map(|job| Command::Cancel(job.id));
                let round = state.is_looking().then_some(Command::CancelRound);
                return job.or(round).map(Reaction::Send);
            }
            Press::Retry => {
                let chosen = self.chosen_job(state).or(state.jobs.last());
                return chosen.map(|job| Reaction::Send(Command::Plan(job.action)));
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

    /// A key while a theme is chosen.
    fn pick(&mut self, press: Press) -> Option<Reaction> {
        if press == Press::Copy {
            let line = Picker::line(&self.theme);
            self.note = Some(format!("copied {line}"));
            return Some(Reaction::Copy(line));
        }
        let picked = self.picker.as_mut()?.on_press(press)?;
        Some(self.picked(picked))
    }

    fn picked(&mut self, picked: Picked) -> Reaction {
        self.note = None;
        match picked {
            Picked::Shown(theme) => self.theme = theme,
            Picked::Moved => {}
            Picked::Kept => {
                self.picker = None;
                let line = Picker::line(&self.theme);
                self.note = Some(format!("until exitbar ends; {line} in exitbar.toml keeps it"));
            }
            Picked::Left(theme) => {
                self.picker = None;
                self.theme = theme;
            }
        }
        Reaction::Draw
    }

    fn open(&mut self, screen: Screen) {
        self.screen = screen;
        self.scroll.to_start();
    }

    fn toggle(&mut self, screen: Screen) {
        let screen = if self.screen == screen { Screen::Cockpit } else { screen };
        self.open(screen);
    }

    fn step(&mut self, press: Press, state: &State) {
        match self.screen {
            Screen::Cockpit => self.step_in_cockpit(press),
            Screen::Jobs if !state.jobs.is_empty() => self.choose_job(press, state),
            Screen::Jobs => self.page(press),
            Screen::Item => match press {
                Press::Left | Press::Previous => self.show((self.focus + 9) % 10),
                Press::Right | Press::Next => self.show((self.focus + 1) % 10),
                _ => self.page(press),
            },
            Screen::Packages => self.step_in_packages(press),
            Screen::Vulnerabilities => self.step_in_vulnerabilities(press),
            Screen::Blockers | Screen::Help => self.page(press),
        }
    }

    /// Whether the item on the screen has SBOMs to show.
    pub fn has_packages(&self, state: &State) -> bool {
        state.assessment.findings[self.focus].item == Item::Sbom && !documents(state).is_empty()
    }

    /// Whether the item on the screen has findings of scans to show.
    pub fn has_findings(&self, state: &State) -> bool {
        state.assessment.findings[self.focus].item == Item::Vulnerabilities
            && !state.assessment.scans.is_empty()
    }

    fn step_in_vulnerabilities(&mut self, press: Press) {
        match press {
            Press::Left | Press::Right => self.vulnerabilities.sorting.sort_beside(press == Press::Right),
            _ => return self.page(press),
        }
        self.scroll.to_start();
    }

    fn step_in_packages(&mut self, press: Press) {
        match press {
            Press::Left | Press::Right => self.packages.sorting.sort_beside(press == Press::Right),
            Press::Next | Press::Previous => self.packages.show_beside(press == Press::Next),
            _ => return self.page(press),
        }
        self.scroll.to_start();
    }

    fn step_in_cockpit(&mut self, press: Press) {
        // In two columns the items stand below each other: 1 to 5 left, 6 to 10 right.
        let wide = self.columns.get() > 1;
        self.focus = match press {
            Press::Left | Press::Right if wide => (self.focus + 5) % 10,
            Press::Up | Press::Left | Press::Previous => (self.focus + 9) % 10,
            _ => (self.focus + 1) % 10,
        };
    }

    /// The jobs are listed newest first.
    fn choose_job(&mut self, press: Press, state: &State) {
        let Some(at) = self.chosen_job(state).and_then(|job| state.jobs.iter().position(|j| j.id == job.id))
        else {
            return;
        };
        let next = match press {
            Press::Up | Press::Left | Press::Previous => (at + 1).min(state.jobs.len() - 1),
            _ => at.saturating_sub(1),
        };
        // On the newest one the choice goes on to later jobs by itself.
        self.chosen = (next + 1 < state.jobs.len()).then(|| state.jobs[next].id);
        self.scroll.to_start();
    }

    /// The job whose output the jobs screen shows.
    pub fn chosen_job<'a>(&self, state: &'a State) -> Option<&'a Job> {
        let chosen = self.chosen.and_then(|id| state.jobs.iter().find(|job| job.id == id));
        chosen.or(state.jobs.last())
    }

    fn page(&mut self, press: Press) {
        // On the jobs screen the newest line is at the bottom, and the distance from it is counted.
        let press = if self.screen == Screen::Jobs { reversed(press) } else { press };
        scroll(&mut self.scroll, press);
    }

    fn show(&mut self, item: usize) {
        self.focus = item;
        self.scroll.to_start();
    }

    /// What the mouse does: a click focuses a pane, a second one opens it, the wheel scrolls.
    pub fn on_mouse(&mut self, event: MouseEvent, state: &State) -> Option<Reaction> {
        match event.kind {
            MouseEventKind::ScrollDown => self.wheel(Press::Down, state),
            MouseEventKind::ScrollUp => self.wheel(Press::Up, state),
            MouseEventKind::Down(MouseButton::Left) => {
                self.click(Position::new(event.column, event.row), state)
            }
            _ => None,
        }
    }

    fn wheel(&mut self, press: Press, state: &State) -> Option<Reaction> {
        if state.plan.is_some() {
            scroll(&mut self.plan_scroll, press);
        } else if self.picker.is_some() {
            return self.pick(press);
        } else if self.screen == Screen::Cockpit {
            return None;
        } else {
            self.page(press);
        }
        Some(Reaction::Draw)
    }

    fn click(&mut self, at: Position, state: &State) -> Option<Reaction> {
        if state.plan.is_some() || self.asks_to_quit {
            return None;
        }
        let hit = self.panes.borrow().iter().find(|(_, area)| area.contains(at)).map(|(item, _)| *item)?;
        if let Some(picker) = &mut self.picker {
            let picked = picker.on_click(hit);
            return Some(self.picked(picked));
        }
        if self.focus == hit {
            self.open(Screen::Item);
        } else {
            self.focus = hit;
        }
        Some(Reaction::Draw)
    }
}

/// Says whether the key scrolls at all.
fn scroll(scroll: &mut Scroll, press: Press) -> bool {
    match press {
        Press::Up | Press::Previous => scroll.by(-1),
        Press::Down | Press::Next => scroll.by(1),
        Press::PageUp => scroll.by_pages(-1),
        Press::PageDown => scroll.by_pages(1),
        Press::Start => scroll.to_start(),
        Press::End => scroll.to_end(),
        _ => return false,
    }
    true
}

fn reversed(press: Press) -> Press {
    match press {
        Press::Up | Press::Previous => Press::Down,
        Press::Down | Press::Next => Press::Up,
        Press::PageUp => Press::PageDown,
        Press::PageDown => Press::PageUp,
        Press::Start => Press::End,
        Press::End => Press::Start,
        other => other,
    }
}
