//! The one table of keys: what is pressed, what it does, what the help says. Footer and help derive from it.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::model::Action;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Focuses an item, 1 to 10.
    Item(u8),
    /// Moves.
    Up,
    /// Moves.
    Down,
    /// Moves.
    Left,
    /// Moves.
    Right,
    /// Opens what is focused.
    Open,
    /// Closes what is open.
    Back,
    /// Looks again.
    Audit,
    /// Plans an action.
    Plan(Action),
    /// Shows jobs.
    Jobs,
    /// Shows blockers and plan.
    Blockers,
    /// Writes the report.
    Write,
    /// Cancels the newest job, or the looking.
    Cancel,
    /// Shows the keys.
    Help,
    /// Ends.
    Quit,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The name in `[keys]`.
    pub name: &'static str,
    /// The key by default.
    pub key: &'static str,
    /// What it does.
    pub press: Press,
    /// A word for the footer; empty for keys that are not shown there.
    pub short: &'static str,
    /// A sentence for the help.
    pub help: &'static str,
}

const fn bind(
    name: &'static str,
    key: &'static str,
    press: Press,
    short: &'static str,
    help: &'static str,
) -> Binding {
    Binding { name, key, press, short, help }
}

/// Every key that has a name.
pub const BINDINGS: [Binding; 18] = [
    bind("open", "enter", Press::Open, "open", "open the focused item: cells, evidence, what would help"),
    bind("back", "esc", Press::Back, "", "back to the cockpit"),
    bind("up", "k", Press::Up, "", "up (also the arrow)"),
    bind("down", "j", Press::Down, "", "down (also the arrow)"),
    bind("left", "h", Press::Left, "", "left (also the arrow)"),
    bind("right", "l", Press::Right, "", "right (also the arrow and tab)"),
    bind("audit", "a", Press::Audit, "audit", "look at everything again"),
    bind("build", "b", Press::Plan(Action::Build), "build", "build every image for every platform"),
    bind("run-version", "r", Press::Plan(Action::RunVersion), "--version", "run --version on every platform"),
    bind("example", "e", Press::Plan(Action::RunExample), "example", "run the example pipeline"),
    bind("push", "p", Press::Plan(Action::Push), "push", "push by digest; no tag is set"),
    bind("publish", "P", Press::Plan(Action::Publish), "publish", "set the tags in every registry"),
    bind("blockers", "B", Press::Blockers, "blockers", "what blocks the release, and the plan"),
    bind("jobs", "J", Press::Jobs, "jobs", "jobs and the log"),
    bind("write", "w", Press::Write, "", "write the report as Markdown"),
    bind("cancel", "x", Press::Cancel, "", "cancel the newest job, or the looking"),
    bind("help", "?", Press::Help, "help", "this help"),
    bind("quit", "q", Press::Quit, "quit", "quit (also Ctrl-C)"),
];

/// The keys as they are set.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    changed: BTreeMap<String, String>,
}

impl Keymap {
    /// The default keys, with those of `[keys]` in their place.
    ///
    /// # Errors
    /// When an action is unknown, or two share a key.
    pub fn new(changed: BTreeMap<String, String>) -> Result<Self, String> {
        for name in changed.keys() {
            if !BINDINGS.iter().any(|binding| binding.name == name) {
                let names: Vec<&str> = BINDINGS.iter().map(|binding| binding.name).collect();
                return Err(format!("[keys] names `{name}`; there are {}", names.join(", ")));
            }
        }
        let map = Self { changed };
        for (place, binding) in BINDINGS.iter().enumerate() {
            if let Some(other) = BINDINGS[..place].iter().find(|other| map.key(other) == map.key(binding)) {
                return Err(format!(
                    "[keys] gives `{}` to {} and {}",
                    map.key(binding),
                    other.name,
                    binding.name
                ));
            }
        }
        Ok(map)
    }

    /// The key of a binding.
    pub fn key<'a>(&'a self, binding: &'a Binding) -> &'a str {
        self.changed.get(binding.name).map_or(binding.key, String::as_str)
    }

    /// What an event does.
    pub fn press(&self, event: &KeyEvent) -> Option<Press> {
        if event.modifiers.contains(KeyModifiers::CONTROL) {
            return (event.code == KeyCode::Char('c')).then_some(Press::Quit);
        }
        let name = match event.code {
            KeyCode::Char(c) => c.to_string(),
            KeyCode::Enter => "enter".to_owned(),
            KeyCode::Esc => "esc".to_owned(),
            KeyCode::Up => return Some(Press::Up),
            KeyCode::Down => return Some(Press::Down),
            KeyCode::Left | KeyCode::BackTab => return Some(Press::Left),
            KeyCode::Right | KeyCode::Tab => return Some(Press::Right),
            _ => return None,
        };
        let named = BINDINGS.iter().find(|binding| self.key(binding) == name).map(|binding| binding.press);
        named.or_else(|| match name.parse::<u8>() {
            Ok(0) => Some(Press::Item(10)),
            Ok(number @ 1..=9) => Some(Press::Item(number)),
            _ => None,
        })
    }
}
