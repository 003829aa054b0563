//! The operator's console: takes keys and the mouse, hands them to the open screen, and does what is the same on
//! every screen. It draws nothing.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::hits::Target;
use super::screens::{
    Hint, Panel as _, Screens, Stay, asks_for_inputs, audits, compare, look, since_last_go,
};
use super::ui::{Reaction, Ui};
use crate::cockpit::{Command, State};
use crate::keymap::{BINDINGS, Press, Screen};
use crate::model::{Action, Effect, Item, Walk, text};

/// What the operator is looking at, and what every screen keeps of itself.
#[derive(Debug)]
pub struct Console {
    /// What every screen shares.
    pub ui: Ui,
    /// What each screen keeps.
    pub screens: Screens,
}

impl Console {
    /// A console that shows the cockpit.
    pub fn new(ui: Ui) -> Self {
        Self { ui, screens: Screens::default() }
    }

    /// What a key does now.
    pub fn on_key(&mut self, event: &KeyEvent, state: &State) -> Option<Reaction> {
        if self.ui.asks(state) {
            return self.ui.answer(event, state);
        }
        self.ui.questions.plan.scroll.to_start();
        let screen = self.ui.screen();
        if let Some(reaction) = self.screens.of_mut(screen).typed(event, state, &mut self.ui) {
            return Some(reaction);
        }
        let press = self.ui.keymap.press(event, screen)?;
        if press == Press::Back && !screen.is_overlay() && self.ui.dismiss(state) {
            return Some(Reaction::Draw);
        }
        self.pressed(press, state)
    }

    /// A pasted text goes where one is typed, and nowhere else: its letters are no keys.
    pub fn on_paste(&mut self, pasted: &str, state: &State) -> Option<Reaction> {
        if self.ui.asks(state) {
            return None;
        }
        let screen = self.ui.screen();
        let key = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        let pasted = text::clean_line(pasted);
        pasted.chars().filter_map(|c| self.screens.of_mut(screen).typed(&key(c), state, &mut self.ui)).last()
    }

    /// What the mouse does: a click does what it is on, the wheel scrolls what is under the pointer.
    pub fn on_mouse(&mut self, event: MouseEvent, state: &State) -> Option<Reaction> {
        let targets = self.ui.hits.at(Position::new(event.column, event.row));
        match event.kind {
            MouseEventKind::ScrollDown => self.wheel(&targets, Press::Down, state),
            MouseEventKind::ScrollUp => self.wheel(&targets, Press::Up, state),
            MouseEventKind::Down(MouseButton::Left) => self.click(*targets.first()?, state),
            _ => None,
        }
    }

    fn wheel(&mut self, targets: &[Target], press: Press, state: &State) -> Option<Reaction> {
        if state.plan.is_some() {
            return self.ui.questions.plan.scroll.press(press).then_some(Reaction::Draw);
        }
        let part = targets.iter().find_map(|target| match target {
            Target::Part(part) => Some(*part),
            _ => None,
        })?;
        let screen = self.ui.screen();
        self.screens.of_mut(screen).wheel(part, press, state, &mut self.ui)
    }

    fn click(&mut self, target: Target, state: &State) -> Option<Reaction> {
        if self.ui.asks(state) {
            return match target {
                Target::Press(answer @ (Press::Yes | Press::No)) => self.ui.answer_by(answer, state),
                _ => None,
            };
        }
        let overlay = self.ui.screen().is_overlay();
        match target {
            Target::Press(Press::Back) if !overlay && self.ui.dismiss(state) => Some(Reaction::Draw),
            Target::Press(press) => self.pressed(press, state),
            Target::Dismiss => self.ui.dismiss(state).then_some(Reaction::Draw),
            // Beside an overlay.
            Target::Part(0) if overlay => self.pressed(Press::Back, state),
            target => {
                let reaction = self
                    .on_screen(|screens, screen, ui| screens.of_mut(screen).click(target, state, ui), state);
                match self.ui.run.take() {
                    Some(press) => self.pressed(press, state),
                    None => reaction,
                }
            }
        }
    }

    /// What a command does now, whether it came by a key, a click or the palette.
    pub fn pressed(&mut self, press: Press, state: &State) -> Option<Reaction> {
        self.ui.note = None;
        // The loop says why an action is refused, and keeps it in the log.
        let said_by_the_loop = matches!(press, Press::Plan(_)) && !self.ui.watches_only();
        if !said_by_the_loop && let Some(why) = self.refusal(press, state) {
            self.ui.note = Some(why);
            return Some(Reaction::Draw);
        }
        let overlay = self.ui.screen().is_overlay();
        let reaction =
            self.on_screen(|screens, screen, ui| screens.of_mut(screen).press(press, state, ui), state);
        let reaction = match reaction {
            None if !overlay => self.on_screen(|_, _, ui| anywhere(press, state, ui), state),
            reaction => reaction,
        };
        match self.ui.run.take() {
            Some(press) => self.pressed(press, state),
            None => reaction,
        }
    }

    /// Does something on the open screen. A screen that is opened by it begins anew, and so does another item.
    fn on_screen(
        &mut self,
        act: impl FnOnce(&mut Screens, Screen, &mut Ui) -> Option<Reaction>,
        state: &State,
    ) -> Option<Reaction> {
        let (screen, depth, focus) = (self.ui.screen(), self.ui.depth(), self.ui.focus);
        let reaction = act(&mut self.screens, screen, &mut self.ui);
        let reaction = self.ask_for_inputs(reaction, state);
        if self.ui.depth() > depth {
            self.screens.of_mut(self.ui.screen()).opened(state, &mut self.ui);
        } else if self.ui.focus != focus {
            self.screens.item.opened(state, &mut self.ui);
        }
        reaction
    }

    /// A dispatch asks first for what the workflow is started with, where it takes anything.
    fn ask_for_inputs(&mut self, reaction: Option<Reaction>, state: &State) -> Option<Reaction> {
        let dispatches = reaction == Some(Reaction::Send(Command::Plan(Action::Dispatch)));
        if !dispatches || self.ui.readonly || !asks_for_inputs(state) {
            return reaction;
        }
        self.ui.open(Screen::Dispatch);
        Some(Reaction::Draw)
    }

    /// Whether a key stops exitbar whatever is asked or typed: a chord does, a letter may be part of a text.
    pub(super) fn stops(&self, event: &KeyEvent) -> bool {
        let chord = event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        chord && self.ui.keymap.press(event, self.ui.screen()) == Some(Press::Suspend)
    }

    /// Whether the open screen waits for what the operator mends.
    pub(super) fn waits_for_the_operator(&self, state: &State) -> bool {
        self.ui.screen() == Screen::GoLive && self.screens.go_live.waits_for_the_operator(state)
    }

    /// Why a command cannot be used now; none where it can.
    pub fn refusal(&self, press: Press, state: &State) -> Option<String> {
        self.refusal_on(self.ui.screen(), press, state)
    }

    fn refusal_on(&self, screen: Screen, press: Press, state: &State) -> Option<String> {
        if self.screens.of(screen).is_typing() && matches!(press, Press::Open | Press::Back) {
            return None;
        }
        if self.ui.watches_only() && !is_of_a_watch(press, screen) {
            return Some("a watch only looks: `exitbar` by itself opens the cockpit".to_owned());
        }
        match press {
            Press::Plan(action) if self.ui.readonly && action.effect() != Effect::Reads => {
                Some("refused: exitbar runs with --readonly".to_owned())
            }
            Press::Plan(action) if state.running_jobs().any(|job| job.action == action) => {
                Some(format!("{action} is running already"))
            }
            Press::Yes | Press::No if !self.ui.asks(state) => Some("nothing is asked".to_owned()),
            Press::Retry if screen != Screen::Doctor && state.jobs.is_empty() => {
                Some("there was no job yet".to_owned())
            }
            Press::Cancel if !state.is_looking() && state.running_jobs().next().is_none() => {
                Some("nothing runs, and nothing is looked for".to_owned())
            }
            Press::Show(Screen::Diff)
                if !matches!(screen, Screen::Diff | Screen::Watch) && audits(state).len() < 2 =>
            {
                Some("there are no two finished audits to compare yet".to_owned())
            }
            press => {
                let on = BINDINGS.iter().find(|binding| binding.press == press);
                if on.is_some_and(|binding| !binding.place.is_on(screen)) {
                    return Some(format!("not on this screen ({})", screen.title()));
                }
                self.screens.of(screen).refusal(press, state, &self.ui)
            }
        }
    }

    /// Tells the palette, while it is open, which commands can be used on the screen below it.
    pub(super) fn list_commands(&self, state: &State) {
        if self.ui.screen() == Screen::Palette {
            let below = self.ui.below();
            let refusals = BINDINGS.iter().map(|binding| self.refusal_on(below, binding.press, state));
            self.screens.palette.know(refusals.collect());
        }
    }

    /// How long the footer names what every screen has. The cockpit is where one begins: there the way to production
    /// and to every other command stay in sight.
    fn stay(&self, press: Press, screen: Screen) -> Stay {
        match press {
            Press::Show(Screen::Help) | Press::Quit => Stay::Always,
            Press::Show(Screen::GoLive | Screen::Palette) if screen == Screen::Cockpit => Stay::Long,
            Press::Show(Screen::Palette) if !self.ui.watches_only() => Stay::Next,
            _ => Stay::Rest,
        }
    }

    /// What the footer names, the most important first: what this screen can do now, then what every screen can.
    pub fn hints(&self, state: &State) -> Vec<Hint> {
        if self.ui.asks(state) {
            return vec![
                Hint::new(Press::Yes, "yes"),
                Hint::new(Press::No, "no (also Enter)"),
                Hint::several(&[Press::Up, Press::Down], "scroll"),
            ];
        }
        let screen = self.ui.screen();
        if self.screens.of(screen).is_typing() {
            return self.screens.of(screen).typing_hints();
        }
        let mut hints = self.screens.of(screen).hints(state, &self.ui);
        let everywhere = BINDINGS.iter().filter(|binding| !binding.short.is_empty() && !screen.is_overlay());
        for binding in everywhere {
            if !hints.iter().any(|hint| hint.presses.contains(&binding.press)) {
                let stay = self.stay(binding.press, screen);
                hints.push(Hint { stay, ..Hint::new(binding.press, binding.short) });
            }
        }
        // Esc dismisses what was refused before it closes anything.
        if !screen.is_overlay() && self.ui.trouble(state).is_some() {
            hints.retain(|hint| hint.presses != [Press::Back]);
            hints.insert(0, Hint::new(Press::Back, "dismiss"));
        }
        hints.retain(|hint| hint.presses.iter().any(|press| self.refusal(*press, state).is_none()));
        hints
    }
}

/// What means something where there is a watch and no cockpit.
fn is_of_a_watch(press: Press, screen: Screen) -> bool {
    match press {
        Press::Show(Screen::Diff) => screen == Screen::Watch,
        Press::Show(shown) => {
            matches!(shown, Screen::Watch | Screen::Help | Screen::Palette | Screen::Themes)
        }
        Press::Plan(_) | Press::Item(_) | Press::Write | Press::Cancel | Press::Retry => false,
        _ => true,
    }
}

/// What is the same on every screen.
fn anywhere(press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
    match press {
        Press::Item(number) => {
            ui.focus = usize::from(number) - 1;
            ui.open(Screen::Item);
        }
        Press::Back => ui.back(),
        Press::Show(screen) if ui.screen() == screen => ui.back(),
        Press::Show(Screen::Diff) => return since_last_go(state).map(|pair| compare(pair, ui)),
        Press::Show(Screen::Doctor) => {
            ui.open(Screen::Doctor);
            return Some(Reaction::Send(Command::Examine));
        }
        Press::Show(screen) => {
            ui.open(screen);
            // What is said in it is kept from now on.
            if screen == Screen::GoLive && state.progress.is_none() {
                return Some(Reaction::Send(Command::Walk(Walk::Begin)));
            }
        }
        Press::Audit | Press::Verify if ui.watches_only() => return look(press, ui),
        Press::Audit => return Some(Reaction::Send(Command::Audit(ui.scope.clone()))),
        Press::Verify => {
            ui.focus = Item::Signed.index();
            return Some(Reaction::Send(Command::Verify));
        }
        Press::Plan(action) => return Some(Reaction::Send(Command::Plan(action))),
        Press::Write => return Some(Reaction::Write),
        Press::Cancel => {
            let job = state.running_jobs().last().map(|job| Command::Cancel(job.id));
            let round = state.is_looking().then_some(Command::CancelRound);
            return job.or(round).map(Reaction::Send);
        }
        Press::Retry => {
            return state.jobs.last().map(|job| Reaction::Send(Command::Plan(job.action)));
        }
        Press::Suspend => return Some(Reaction::Stop),
        Press::Quit => return Some(ui.quit(state)),
        _ => return None,
    }
    Some(Reaction::Draw)
}
