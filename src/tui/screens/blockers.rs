//! What blocks the release, and the plan.

use std::cell::RefCell;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::{Command, State};
use crate::keymap::Press;
use crate::model::{Effect, PlanPart, PlanStep};
use crate::tui::hits::Target;
use crate::tui::pager::Pager;
use crate::tui::reading::Reading;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How blockers and plan are looked at.
#[derive(Debug, Default)]
pub struct Blockers {
    /// How their text is read.
    pub pager: Pager,
    /// The chosen step of the plan, in the order of [`steps`].
    pub chosen: usize,
    /// The line of each step, as drawn last.
    pub lines: RefCell<Vec<usize>>,
}

/// The steps of the plan as the screen lists them: part by part.
pub fn steps(state: &State) -> Vec<&PlanStep> {
    let of = |part: PlanPart| state.assessment.plan.iter().filter(move |step| step.part == part);
    PlanPart::ALL.into_iter().flat_map(of).collect()
}

impl Blockers {
    fn step<'a>(&self, state: &'a State) -> Option<&'a PlanStep> {
        steps(state).get(self.chosen).copied()
    }

    fn choose(&mut self, step: usize) {
        self.chosen = step;
        if let Some(line) = self.lines.borrow().get(step) {
            self.pager.scroll.reveal(*line);
        }
    }
}

impl Panel for Blockers {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, area: Rect) {
        view::blockers::render(self, state, ui, frame, area);
    }

    fn reading(&self) -> Option<&dyn Reading> {
        Some(&self.pager)
    }

    fn reading_mut(&mut self) -> Option<&mut dyn Reading> {
        Some(&mut self.pager)
    }

    /// The chosen step stays in sight.
    fn makes_room(&self) -> bool {
        true
    }

    fn opened(&mut self, _state: &State, _ui: &mut Ui) {
        self.pager.restart();
        self.chosen = 0;
    }

    fn hints(&self, _state: &State, _ui: &Ui) -> Vec<Hint> {
        let mut hints = Hint::of_text();
        hints.insert(1, Hint::new(Press::Next, "step"));
        hints.insert(2, Hint::new(Press::Open, "do the step"));
        hints.insert(3, Hint::new(Press::Copy, "copy commands"));
        hints
    }

    fn refusal(&self, press: Press, state: &State, ui: &Ui) -> Option<String> {
        let step = self.step(state);
        match press {
            Press::Open | Press::Copy | Press::Next | Press::Previous if step.is_none() => {
                Some("the plan has no step".to_owned())
            }
            Press::Open => match step.and_then(|step| step.action) {
                None => Some("exitbar cannot do this step itself: its lines say what to do".to_owned()),
                Some(action) if ui.readonly && action.effect() != Effect::Reads => {
                    Some("refused: exitbar runs with --readonly".to_owned())
                }
                Some(_) => None,
            },
            Press::Copy if step.is_some_and(|step| step.commands.is_empty()) => {
                Some("this step has no commands".to_owned())
            }
            press => self.pager.refusal(press),
        }
    }

    fn press(&mut self, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        let count = steps(state).len().max(1);
        match press {
            press if self.pager.search.press(press) => {}
            Press::Next => self.choose((self.chosen + 1) % count),
            Press::Previous => self.choose((self.chosen + count - 1) % count),
            Press::Open => {
                let action = self.step(state)?.action?;
                return Some(Reaction::Send(Command::Plan(action)));
            }
            Press::Copy => {
                let commands = self.step(state)?.commands.join("\n");
                ui.note = Some("copied the commands of the step".to_owned());
                return Some(Reaction::Copy(commands));
            }
            press => return self.pager.press(press).then_some(Reaction::Draw),
        }
        Some(Reaction::Draw)
    }

    /// The first click chooses a step, a second one does it.
    fn click(&mut self, target: Target, state: &State, ui: &mut Ui) -> Option<Reaction> {
        let Target::Row(step) = target else { return None };
        if step == self.chosen {
            ui.run = Some(Press::Open);
        } else {
            self.choose(step.min(steps(state).len().saturating_sub(1)));
        }
        Some(Reaction::Draw)
    }
}
