//! What a dispatch of the release workflow is started with, over whatever is on the screen: the workflow, the branch or
//! tag, its inputs.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Hint, Panel};
use crate::cockpit::{Command, State};
use crate::keymap::Press;
use crate::model::{DispatchInput, InputKind, ReleaseWorkflow, ScopedDispatch, text};
use crate::tui::hits::Target;
use crate::tui::ui::{Reaction, Ui};
use crate::tui::view;

/// How many characters a value may have.
const LONGEST: usize = 1000;

/// What a dispatch is started with.
#[derive(Debug, Default)]
pub struct DispatchForm {
    /// What was given so far.
    given: ScopedDispatch,
    /// The row with the cursor.
    at: usize,
    /// The text of that row while it is typed.
    typed: Option<String>,
}

/// A row of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Which workflow, of several.
    Workflow,
    /// The branch or tag.
    Reference,
    /// An input of the workflow.
    Input(DispatchInput),
    /// Starts it.
    Start,
}

impl Field {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Workflow => "workflow",
            Self::Reference => "ref",
            Self::Input(input) => &input.name,
            Self::Start => "plan it",
        }
    }
}

/// The workflows that release and can be started by hand.
fn workflows(state: &State) -> Vec<&ReleaseWorkflow> {
    state.facts.releasing().iter().filter(|workflow| workflow.dispatch.is_some()).collect()
}

/// Whether there is anything to be given; else a dispatch is planned at once.
pub fn asks(state: &State) -> bool {
    let workflows = workflows(state);
    workflows.len() > 1 || workflows.iter().any(|it| it.dispatch.as_ref().is_some_and(|it| !it.is_empty()))
}

impl DispatchForm {
    /// The workflow that is started.
    pub fn workflow<'s>(&self, state: &'s State) -> Option<&'s ReleaseWorkflow> {
        let workflows = workflows(state);
        let named = self.given.workflow.as_ref();
        let chosen = named.and_then(|named| workflows.iter().find(|it| it.file.ends_with(named)));
        chosen.or(workflows.first()).copied()
    }

    /// The rows.
    pub fn fields(&self, state: &State) -> Vec<Field> {
        let mut fields = Vec::new();
        if workflows(state).len() > 1 {
            fields.push(Field::Workflow);
        }
        fields.push(Field::Reference);
        let inputs = self.workflow(state).and_then(|workflow| workflow.dispatch.as_ref());
        fields.extend(inputs.into_iter().flatten().cloned().map(Field::Input));
        fields.push(Field::Start);
        fields
    }

    /// The row with the cursor.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The text that is being typed.
    pub fn typed_text(&self) -> Option<&str> {
        self.typed.as_deref()
    }

    /// What a row holds; empty where nothing was given.
    pub fn value(&self, field: &Field, state: &State) -> String {
        match field {
            Field::Workflow => self.workflow(state).map(ReleaseWorkflow::name).unwrap_or_default(),
            Field::Reference => self.given.reference.clone().unwrap_or_default(),
            Field::Input(input) => self.given.inputs.get(&input.name).cloned().unwrap_or_default(),
            Field::Start => String::new(),
        }
    }

    /// What a row can be, where that is one of several.
    pub fn options(field: &Field, state: &State) -> Vec<String> {
        match field {
            Field::Workflow => workflows(state).into_iter().map(ReleaseWorkflow::name).collect(),
            Field::Input(DispatchInput { kind: InputKind::Boolean, .. }) => {
                vec!["true".to_owned(), "false".to_owned()]
            }
            Field::Input(DispatchInput { kind: InputKind::Choice(options), .. }) => options.clone(),
            Field::Reference | Field::Input(_) | Field::Start => Vec::new(),
        }
    }

    /// The first input that has to be given and is not.
    pub fn missing(&self, state: &State) -> Option<String> {
        self.fields(state).into_iter().find_map(|field| match &field {
            Field::Input(input) if input.is_demanded() && self.value(&field, state).is_empty() => {
                Some(input.name.clone())
            }
            _ => None,
        })
    }

    fn field(&self, state: &State) -> Field {
        self.fields(state).into_iter().nth(self.at).unwrap_or(Field::Start)
    }

    fn set(&mut self, field: &Field, value: String) {
        let given = (!value.is_empty()).then_some(value);
        match (field, given) {
            (Field::Workflow, given) => self.given.workflow = given.map(Into::into),
            (Field::Reference, given) => self.given.reference = given,
            (Field::Input(input), Some(value)) => {
                self.given.inputs.insert(input.name.clone(), value);
            }
            (Field::Input(input), None) => {
                self.given.inputs.remove(&input.name);
            }
            (Field::Start, _) => {}
        }
    }

    /// An input that asks for the version or the tag gets the release's, until somebody says otherwise.
    fn guess(&mut self, state: &State) {
        for field in self.fields(state) {
            let Field::Input(input) = &field else { continue };
            let guess = match input.name.as_str() {
                "version" => state.release.version.clone(),
                "tag" => state.release.git_tag(),
                _ => continue,
            };
            if input.is_demanded() && input.kind == InputKind::Text && self.value(&field, state).is_empty() {
                self.set(&field, guess);
            }
        }
    }

    /// Takes the option after or before the one that is set; GitHub's default stands first.
    fn turn(&mut self, forward: bool, state: &State) {
        let field = self.field(state);
        let options = Self::options(&field, state);
        let default = match &field {
            Field::Input(input) => input.default.clone(),
            _ => None,
        };
        let now = Some(self.value(&field, state)).filter(|value| !value.is_empty()).or(default);
        let place = now.and_then(|now| options.iter().position(|option| *option == now));
        let count = options.len();
        let next = match place {
            Some(place) if forward => (place + 1) % count.max(1),
            Some(place) => (place + count - 1) % count.max(1),
            None => 0,
        };
        if let Some(option) = options.get(next) {
            self.set(&field, option.clone());
            self.guess(state);
        }
    }

    /// What was typed counts, and the next row follows.
    fn done(&mut self, state: &State) {
        let Some(typed) = self.typed.take() else { return };
        let field = self.field(state);
        self.set(&field, text::clean_line(typed.trim()).into_owned());
        self.at += 1;
    }

    fn open(&mut self, state: &State, ui: &mut Ui) -> Option<Reaction> {
        let field = self.field(state);
        if field == Field::Start {
            if self.missing(state).is_some() {
                return None;
            }
            ui.back();
            let declared: Vec<Field> = self.fields(state);
            let mut given = self.given.clone();
            given.run = None;
            given.inputs.retain(|name, _| declared.iter().any(|field| field.name() == name));
            ui.scope.dispatch = given.clone();
            return Some(Reaction::Send(Command::Dispatch(given)));
        }
        if Self::options(&field, state).is_empty() {
            self.typed = Some(self.value(&field, state));
        } else {
            self.turn(true, state);
        }
        Some(Reaction::Draw)
    }
}

impl Panel for DispatchForm {
    fn draw(&self, state: &State, ui: &Ui, _turn: usize, frame: &mut Frame, _area: Rect) {
        view::dispatch::render(self, state, ui, frame);
    }

    /// What was given before stays.
    fn opened(&mut self, state: &State, _ui: &mut Ui) {
        (self.at, self.typed) = (0, None);
        self.guess(state);
    }

    fn is_typing(&self) -> bool {
        self.typed.is_some()
    }

    fn typing_hints(&self) -> Vec<Hint> {
        vec![Hint::new(Press::Open, "done"), Hint::new(Press::Back, "leave it as it was")]
    }

    fn hints(&self, state: &State, _ui: &Ui) -> Vec<Hint> {
        let field = self.field(state);
        let word = match &field {
            Field::Start => "plan it",
            field if Self::options(field, state).is_empty() => "type",
            _ => "the next",
        };
        vec![
            Hint::several(&[Press::Up, Press::Down], "choose"),
            Hint::new(Press::Open, word),
            Hint::several(&[Press::Left, Press::Right], "another"),
            Hint::new(Press::Back, "back"),
        ]
    }

    fn refusal(&self, press: Press, state: &State, _ui: &Ui) -> Option<String> {
        let field = self.field(state);
        match press {
            Press::Open if field == Field::Start => {
                self.missing(state).map(|name| format!("the workflow demands the input {name}"))
            }
            Press::Left | Press::Right if Self::options(&field, state).is_empty() => {
                Some("there is nothing to choose from".to_owned())
            }
            _ => None,
        }
    }

    fn typed(&mut self, event: &KeyEvent, state: &State, _ui: &mut Ui) -> Option<Reaction> {
        let typed = self.typed.as_mut()?;
        if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return None;
        }
        match event.code {
            KeyCode::Char(c) if typed.chars().count() < LONGEST => typed.push(c),
            KeyCode::Backspace => drop(typed.pop()),
            KeyCode::Esc => self.typed = None,
            KeyCode::Enter | KeyCode::Tab | KeyCode::Down => self.done(state),
            _ => {}
        }
        Some(Reaction::Draw)
    }

    fn press(&mut self, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        let last = self.fields(state).len().saturating_sub(1);
        match press {
            // By a click on the footer, while a text is typed.
            Press::Open if self.typed.is_some() => self.done(state),
            Press::Back if self.typed.is_some() => self.typed = None,
            Press::Up | Press::Previous => self.at = if self.at == 0 { last } else { self.at - 1 },
            Press::Down | Press::Next => self.at = if self.at >= last { 0 } else { self.at + 1 },
            Press::PageUp | Press::Start => self.at = 0,
            Press::PageDown | Press::End => self.at = last,
            Press::Left => self.turn(false, state),
            Press::Right => self.turn(true, state),
            Press::Open => return self.open(state, ui),
            Press::Back | Press::Quit => ui.back(),
            _ => return None,
        }
        Some(Reaction::Draw)
    }

    /// The first click chooses a row, and does what enter does there.
    fn click(&mut self, target: Target, state: &State, ui: &mut Ui) -> Option<Reaction> {
        let Target::Row(row) = target else { return None };
        (self.at, self.typed) = (row, None);
        self.open(state, ui).or(Some(Reaction::Draw))
    }

    fn wheel(&mut self, _part: u8, press: Press, state: &State, ui: &mut Ui) -> Option<Reaction> {
        self.press(press, state, ui)
    }
}
