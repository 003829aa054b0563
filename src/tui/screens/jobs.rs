//! Jobs, what the chosen one printed, and the log.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel, WHEEL};
use crate::cockpit::{Command, Job, State};
use crate::keymap::Press;
use crate::model::JobId;
use crate::tui::hits::Target;
use crate::tui::pager::Pager;
use crate::tui::reading::Reading;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// The list of jobs, as a part of the screen.
pub(in crate::tui) const LIST: u8 = 0;
/// The output of the chosen job, or the log, as a part of the screen.
pub(in crate::tui) const OUTPUT: u8 = 1;

/// How jobs are looked at.
#[derive(Debug)]
pub struct Jobs {
    /// The job that was chosen; the newest one where none was.
    pub chosen: Option<JobId>,
    /// How the output of the chosen one is read.
    pub output: Pager,
    /// Whether its long lines are wrapped.
    pub wraps: bool,
    /// Whether the output has the whole screen.
    pub whole: bool,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { chosen: None, output: Pager::following(), wraps: false, whole: false }
    }
}

impl Jobs {
    /// The job whose output is shown.
    pub fn job<'a>(&self, state: &'a State) -> Option<&'a Job> {
        let chosen = self.chosen.and_then(|id| state.jobs.iter().find(|job| job.id == id));
        chosen.or(state.jobs.last())
    }

    /// The jobs are listed newest first.
    fn choose_beside(&mut self, press: Press, state: &State) {
        let Some(at) = self.job(state).and_then(|job| state.jobs.iter().position(|j| j.id == job.id)) else {
            return;
        };
        let next = match press {
            Press::Up | Press::Left | Press::Previous => (at + 1).min(state.jobs.len() - 1),
            _ => at.saturating_sub(1),
        };
        self.choose(next, state);
    }

    fn choose(&mut self, place: usize, state: &State) {
        // On the newest one the choice goes on to later jobs by itself.
        self.chosen = (place + 1 < state.jobs.len()).then(|| state.jobs[place].id);
        self.output.restart();
        self.output.follow(true);
    }

    /// Whether moving up and down goes through the jobs; else through the lines of the output.
    fn chooses(&self, state: &State) -> bool {
        !self.whole && !state.jobs.is_empty()
    }
}

impl Panel for Jobs {
    fn draw(&self, state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
        view::jobs::render(self, state, ui, turn, frame, area);
    }

    fn reading(&self) -> Option<&dyn Reading> {
        Some(&self.output)
    }

    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        Some(&mut self.output)
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.output.restart();
        self.output.follow(true);
        self.whole = false;
    }

    fn hints(&self, state: &State, _ui: &Ui) -> Vec<Hint> {
        let mut hints = Hint::back_and_scroll(if self.chooses(state) { "job" } else { "scroll" });
        hints.extend([
            Hint::new(Press::Open, if self.whole { "list" } else { "full output" }),
            Hint::new(Press::Cancel, "cancel"),
            Hint::new(Press::Retry, "again"),
            Hint::new(Press::Follow, if self.output.follows() { "stay" } else { "follow" }),
            Hint::new(Press::Search, "search"),
            Hint::several(&[Press::NextMatch, Press::PreviousMatch], "found"),
            Hint::new(Press::Wrap, if self.wraps { "cut" } else { "wrap" }),
            Hint::new(Press::Copy, "copy command"),
        ]);
        hints
    }

    fn refusal(&self, press: Press, state: &State, _ui: &Ui) -> Option<String> {
        let job = self.job(state);
        match press {
            Press::Open | Press::Copy if job.is_none() => Some("there was no job yet".to_owned()),
            Press::Cancel if job.is_some_and(|job| !job.is_running()) => {
                Some("the chosen job has ended".to_owned())
            }
            Press::Retry if job.is_some_and(Job::is_running) => Some("the chosen job still runs".to_owned()),
            press => self.output.refusal(press),
        }
    }

    fn press(&mut self, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        match press {
            Press::Up | Press::Down | Press::Left | Press::Right | Press::Next | Press::Previous
                if self.chooses(state) =>
            {
                self.choose_beside(press, state);
            }
            press if self.output.search.press(press) => {}
            Press::Open => self.whole = !self.whole,
            Press::Back if self.whole && self.output.search.text().is_empty() => self.whole = false,
            Press::Follow => self.output.follow(!self.output.follows()),
            Press::Wrap => self.wraps = !self.wraps,
            Press::Copy => {
                let command = self.job(state)?.action.command();
                ui.note = Some(format!("copied {command}"));
                return Some(Reaction::Copy(command));
            }
            Press::Cancel => return self.job(state).map(|job| Reaction::Send(Command::Cancel(job.id))),
            Press::Retry => return self.job(state).map(|job| Reaction::Send(Command::Plan(job.action))),
            press => {
                // At the end the newest line is followed again.
                self.output.follow(self.output.follows() || press == Press::End);
                return self.output.press(press).then_some(Reaction::Draw);
            }
        }
        Some(Reaction::Draw)
    }

    /// Rows are counted from the newest job.
    fn click(&mut self, target: Target, state: &State, _ui: &mut Ui) -> Option<Reaction> {
        let Target::Row(row) = target else { return None };
        self.choose(state.jobs.len().checked_sub(row + 1)?, state);
        Some(Reaction::Draw)
    }

    fn wheel(&mut self, part: u8, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        match part {
            LIST => self.press(press, state, ui),
            _ => (0..WHEEL).filter_map(|_| self.output.press(press).then_some(Reaction::Draw)).last(),
        }
    }
}
