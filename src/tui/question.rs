//! Questions that are answered by yes or no: what an action will do, and whether to leave running jobs.

use crossterm::event::KeyEvent;

use super::pager::Pager;
use super::ui::{Reaction, Ui};
use crate::cockpit::{Command, PendingPlan, PlanId, State};
use crate::keymap::Press;

/// The questions that wait for an answer.
#[derive(Debug, Default)]
pub struct Questions {
    /// How far the open plan is scrolled.
    pub plan: Pager,
    /// The plan whose second question is on the screen.
    pub asked_twice: Option<PlanId>,
    /// Whether it is asked if running jobs shall be left.
    pub quit: bool,
}

impl Ui {
    /// Whether a question waits for an answer.
    pub fn asks(&self, state: &State) -> bool {
        self.questions.quit || state.plan.is_some()
    }

    /// What a key answers, while a question waits. Quitting is asked about above everything else.
    pub(super) fn answer(&mut self, event: &KeyEvent, state: &State) -> Option<Reaction> {
        let press = self.keymap.press(event, self.screen());
        let answer = self.keymap.answer(event);
        if self.questions.quit {
            let quits = answer == Some(Press::Yes) || press == Some(Press::Quit);
            self.questions.quit = false;
            return Some(if quits { Reaction::Quit } else { Reaction::Draw });
        }
        if press == Some(Press::Quit) {
            return Some(self.quit(state));
        }
        match answer {
            Some(answer) => self.answer_by(answer, state),
            None => self.questions.plan.scroll.press(press?).then_some(Reaction::Draw),
        }
    }

    /// Yes or no, by a key or a click.
    pub(super) fn answer_by(&mut self, answer: Press, state: &State) -> Option<Reaction> {
        self.note = None;
        if self.questions.quit {
            self.questions.quit = false;
            return Some(if answer == Press::Yes { Reaction::Quit } else { Reaction::Draw });
        }
        let pending = state.plan.as_ref()?;
        match answer {
            Press::Yes => self.confirm(pending),
            Press::No => Some(Reaction::Send(Command::Decline(pending.id))),
            _ => None,
        }
    }

    /// Confirms the plan as it was drawn, and nothing else: not one that came since, nor one that the window is
    /// too small for.
    fn confirm(&mut self, pending: &PendingPlan) -> Option<Reaction> {
        let id = pending.id;
        if pending.plan.second_question.is_some() && self.questions.asked_twice != Some(id) {
            self.questions.asked_twice = Some(id);
            self.questions.plan.scroll.to_start();
            return Some(Reaction::Draw);
        }
        let shown = self.shown.borrow().clone().filter(|(shown, _)| *shown == id);
        shown.map(|(id, hash)| Reaction::Send(Command::Confirm(id, hash)))
    }

    /// Ends, or asks first while jobs run.
    pub(super) fn quit(&mut self, state: &State) -> Reaction {
        if state.running_jobs().next().is_none() {
            return Reaction::Quit;
        }
        self.questions.quit = true;
        Reaction::Draw
    }
}
