//! Jobs, what the chosen one printed, and the log.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel, WHEEL};
use crate::cockpit::{Command, Job, State};
use crate::keymap::Press;
use crate::model::JobId;
use crate::tui::hits::Target;
use crate::tui::scroll::Scroll;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// The list of jobs, as a part of the screen.
pub(in crate::tui) const LIST: u8 = 0;
/// The output of the chosen job, or the log, as a part of the screen.
pub(in crate::tui) const OUTPUT: u8 = 1;

/// How jobs are looked at.
#[derive(Debug, Default)]
pub struct Jobs {
    /// The job that was chosen; the newest one where none was.
    pub chosen: Option<JobId>,
    /// How far back from the newest line the output is scrolled.
    pub back: Scroll,
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
        self.back.to_start();
    }

    /// The newest line is at the bottom, and the distance from it is counted.
    fn scroll(&mut self, press: Press) -> Option<Reaction> {
        let press = match press {
            Press::Up | Press::Previous => Press::Down,
            Press::Down | Press::Next => Press::Up,
            Press::PageUp => Press::PageDown,
            Press::PageDown => Press::PageUp,
            Press::Start => Press::End,
            Press::End => Press::Start,
            other => other,
        };
        self.back.press(press).then_some(Reaction::Draw)
    }
}

impl Panel for Jobs {
    fn draw(&self, state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
        view::jobs::render(self, state, ui, turn, frame, area);
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.back.to_start();
    }

    fn hints(&self, state: &State, _ui: &Ui) -> Vec<Hint> {
        let mut hints = Hint::back_and_scroll(if state.jobs.is_empty() { "scroll" } else { "job" });
        hints.push(Hint::new(Press::Cancel, "cancel"));
        hints.push(Hint::new(Press::Retry, "again"));
        hints
    }

    fn refusal(&self, press: Press, state: &State, _ui: &Ui) -> Option<String> {
        match press {
            Press::Open => Some("nothing can be opened here".to_owned()),
            Press::Cancel if self.job(state).is_some_and(|job| !job.is_running()) => {
                Some("the chosen job has ended".to_owned())
            }
            _ => None,
        }
    }

    fn press(&mut self, press: Press, state: &State, _ui: &mut Ui) -> Option<Reaction> {
        match press {
            Press::Up | Press::Down | Press::Left | Press::Right | Press::Next | Press::Previous
                if !state.jobs.is_empty() =>
            {
                self.choose_beside(press, state);
                Some(Reaction::Draw)
            }
            Press::Cancel => self.job(state).map(|job| Reaction::Send(Command::Cancel(job.id))),
            Press::Retry => self.job(state).map(|job| Reaction::Send(Command::Plan(job.action))),
            press => self.scroll(press),
        }
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
            _ => (0..WHEEL).filter_map(|_| self.scroll(press)).last(),
        }
    }
}
