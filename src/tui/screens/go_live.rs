//! The guided way to production: one step at a time, each done from here, or passed over for a reason.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::{Command, State};
use crate::keymap::Press;
use crate::model::{Doing, StepKey, StepState, Walk, WalkStep, text};
use crate::tui::hits::Target;
use crate::tui::pager::Pager;
use crate::tui::reading::Reading;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How many characters a reason may have.
const LONGEST_REASON: usize = 200;

/// How the walkthrough is gone through.
#[derive(Debug, Default)]
pub struct GoLive {
    /// The step that was chosen; the next one where none was.
    chosen: Option<StepKey>,
    /// How the step is read.
    pub pager: Pager,
    /// The step that is to be passed over, and the reason as far as it is typed.
    pub reason: Option<(StepKey, String)>,
}

impl GoLive {
    /// The place of the step that is shown; none where there is no step.
    pub fn place(&self, state: &State) -> Option<usize> {
        let steps = &state.walkthrough.steps;
        let chosen = self.chosen.and_then(|key| steps.iter().position(|step| step.key == key));
        chosen.or(state.walkthrough.next()).or(steps.len().checked_sub(1))
    }

    fn step<'a>(&self, state: &'a State) -> Option<&'a WalkStep> {
        state.walkthrough.steps.get(self.place(state)?)
    }

    /// Whether the operator is asked to mend something here: what is mended is looked at meanwhile.
    pub fn waits_for_the_operator(&self, state: &State) -> bool {
        self.step(state).is_some_and(|step| {
            let by_hand = matches!(step.doing, Doing::ByHand | Doing::ByHandThenLook);
            by_hand && matches!(step.state, StepState::Open | StepState::Failed(_) | StepState::Said(_))
        })
    }

    fn choose(&mut self, place: usize, state: &State) {
        self.chosen = state.walkthrough.steps.get(place).map(|step| step.key);
        self.pager.restart();
    }

    /// Passes the step over, for the reason that was typed; without one it does not.
    fn skip(&mut self) -> Reaction {
        let Some((key, reason)) = &self.reason else { return Reaction::Draw };
        let (key, said) = (*key, text::clean_line(reason.trim()).into_owned());
        if said.is_empty() {
            return Reaction::Draw;
        }
        (self.reason, self.chosen) = (None, Some(key));
        Reaction::Send(Command::Walk(Walk::Skip(key, said)))
    }

    /// Does the step, or goes on to the next one.
    fn go_on(&mut self, state: &State, ui: &Ui) -> Option<Reaction> {
        let step = self.step(state)?;
        self.chosen = Some(step.key);
        if goes_on(&step.state) {
            self.choose(state.walkthrough.next()?, state);
            return Some(Reaction::Draw);
        }
        Some(match step.doing {
            Doing::ByHand => Reaction::Send(Command::Walk(Walk::Say(step.key))),
            Doing::ByHandThenLook | Doing::Look => Reaction::Send(Command::Audit(ui.scope.clone())),
            Doing::Act(action) => Reaction::Send(Command::Plan(action)),
            Doing::Verify => Reaction::Send(Command::Verify),
            Doing::Write => Reaction::Write,
        })
    }
}

/// Whether there is nothing to do here now, and the way goes on elsewhere.
fn goes_on(state: &StepState) -> bool {
    state.is_settled() || matches!(state, StepState::Waits(_))
}

/// What the key to go on does at a step, in a word.
pub(in crate::tui) fn word(step: &WalkStep) -> &'static str {
    if goes_on(&step.state) {
        return if step.state.is_settled() { "next step" } else { "what comes first" };
    }
    match step.doing {
        Doing::ByHand => "I did it",
        Doing::ByHandThenLook | Doing::Look => "look again",
        Doing::Act(_) => "plan it",
        Doing::Verify => "verify",
        Doing::Write => "write it",
    }
}

impl Panel for GoLive {
    fn draw(&self, state: &State, ui: &Ui, turn: usize, frame: &mut Frame, area: Rect) {
        view::go_live::render(self, state, ui, turn, frame, area);
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
        (self.chosen, self.reason) = (None, None);
        self.pager.restart();
    }

    fn hints(&self, state: &State, _ui: &Ui) -> Vec<Hint> {
        let mut hints = Vec::new();
        if let Some(step) = self.step(state) {
            hints.push(Hint::new(Press::Open, word(step)));
            let passed = matches!(step.state, StepState::Skipped(_) | StepState::Said(_));
            let word = if passed { "take up again" } else { "skip" };
            hints.push(Hint::new(Press::Skip, word));
        }
        hints.push(Hint::new(Press::Next, "step"));
        hints.push(Hint::several(&[Press::Up, Press::Down], "scroll"));
        let searches = !self.pager.search.text().is_empty();
        hints.push(Hint::new(Press::Back, if searches { "end the search" } else { "leave" }));
        hints.push(Hint::new(Press::Search, "search"));
        hints.push(Hint::several(&[Press::NextMatch, Press::PreviousMatch], "found"));
        hints
    }

    fn refusal(&self, press: Press, state: &State, _ui: &Ui) -> Option<String> {
        let Some(step) = self.step(state) else {
            let of_steps = matches!(press, Press::Open | Press::Skip);
            let why = of_steps.then(|| "there is no step yet".to_owned());
            return why.or_else(|| self.pager.refusal(press));
        };
        match (press, &step.state) {
            (Press::Open, StepState::Running(_)) => Some("a job does it already".to_owned()),
            (Press::Open, StepState::Looking) => Some("what it rests on is being looked at".to_owned()),
            (Press::Open, now) if goes_on(now) && state.walkthrough.next() == self.place(state) => {
                Some(format!("it waits: {}", now.detail()))
            }
            (Press::Open, now) if goes_on(now) && state.walkthrough.next().is_none() => {
                Some("this was the last step".to_owned())
            }
            (Press::Skip, StepState::Done(_)) => Some("it is done".to_owned()),
            (Press::Skip, StepState::Running(_)) => Some("a job does it already".to_owned()),
            (press, _) => self.pager.refusal(press),
        }
    }

    fn is_typing(&self) -> bool {
        self.reason.is_some() || self.pager.is_typing()
    }

    fn typing_hints(&self) -> Vec<Hint> {
        if self.reason.is_none() {
            return Hint::of_search();
        }
        vec![Hint::new(Press::Open, "skip it for this reason"), Hint::new(Press::Back, "don't skip")]
    }

    /// The reason is typed, or a search; nothing else happens meanwhile.
    fn typed(&mut self, event: &KeyEvent, _state: &State, _ui: &mut Ui) -> Option<Reaction> {
        let Some((_, reason)) = self.reason.as_mut() else {
            return self.pager.typed(event).then_some(Reaction::Draw);
        };
        if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return None;
        }
        match event.code {
            KeyCode::Char(c) if reason.chars().count() < LONGEST_REASON => reason.push(c),
            KeyCode::Backspace => drop(reason.pop()),
            KeyCode::Esc => self.reason = None,
            KeyCode::Enter => return Some(self.skip()),
            _ => {}
        }
        Some(Reaction::Draw)
    }

    fn press(&mut self, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        // While it is asked why, a click answers that and does nothing else.
        if self.reason.is_some() {
            match press {
                Press::Open => return Some(self.skip()),
                Press::Back => self.reason = None,
                // Keys held with Control mean what they mean everywhere.
                Press::Quit | Press::Suspend => return None,
                _ => {}
            }
            return Some(Reaction::Draw);
        }
        let last = state.walkthrough.steps.len().saturating_sub(1);
        let place = self.place(state).unwrap_or(0);
        match press {
            press if self.pager.search.press(press) => {}
            Press::Open => return self.go_on(state, ui),
            Press::Skip => {
                let step = self.step(state)?;
                if matches!(step.state, StepState::Skipped(_) | StepState::Said(_)) {
                    return Some(Reaction::Send(Command::Walk(Walk::TakeUp(step.key))));
                }
                self.reason = Some((step.key, String::new()));
            }
            Press::Next | Press::Right => self.choose((place + 1).min(last), state),
            Press::Previous | Press::Left => self.choose(place.saturating_sub(1), state),
            press => return self.pager.press(press).then_some(Reaction::Draw),
        }
        Some(Reaction::Draw)
    }

    fn click(&mut self, target: Target, state: &State, _ui: &mut Ui) -> Option<Reaction> {
        let Target::Row(row) = target else { return None };
        self.choose(row, state);
        Some(Reaction::Draw)
    }
}
