//! The one table of keys: what is pressed, what it does, what the help says. Footer and help derive from it.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::model::{Action, text};

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
    /// Moves to the next item.
    Next,
    /// Moves to the item before.
    Previous,
    /// Scrolls a page up.
    PageUp,
    /// Scrolls a page down.
    PageDown,
    /// Scrolls to the start.
    Start,
    /// Scrolls to the end.
    End,
    /// Opens what is focused.
    Open,
    /// Closes what is open.
    Back,
    /// Looks again.
    Audit,
    /// Verifies signatures again.
    Verify,
    /// Plans an action.
    Plan(Action),
    /// Shows jobs.
    Jobs,
    /// Shows blockers and plan.
    Blockers,
    /// Writes the report.
    Write,
    /// Copies what a table shows.
    Copy,
    /// Cancels the chosen or newest job, or the looking.
    Cancel,
    /// Plans the action of the chosen or newest job once more.
    Retry,
    /// Chooses a theme.
    Theme,
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
pub const BINDINGS: [Binding; 35] = [
    bind("open", "enter", Press::Open, "open", "open the focused item: cells, evidence, what would help"),
    bind("back", "esc", Press::Back, "", "back to the cockpit"),
    bind("up", "k", Press::Up, "", "up (also the arrow)"),
    bind("down", "j", Press::Down, "", "down (also the arrow)"),
    bind("left", "h", Press::Left, "", "left (also the arrow)"),
    bind("right", "l", Press::Right, "", "right (also the arrow)"),
    bind("next", "tab", Press::Next, "", "the next item, job or line"),
    bind("previous", "backtab", Press::Previous, "", "the one before (shift and tab)"),
    bind("page-down", "pagedown", Press::PageDown, "", "a page down"),
    bind("page-up", "pageup", Press::PageUp, "", "a page up"),
    bind("start", "home", Press::Start, "", "to the start"),
    bind("end", "end", Press::End, "", "to the end"),
    bind("audit", "a", Press::Audit, "audit", "look at everything again"),
    bind("build", "b", Press::Plan(Action::Build), "build", "build every image for every platform"),
    bind("run-version", "r", Press::Plan(Action::RunVersion), "run", "run --version on every platform"),
    bind("example", "e", Press::Plan(Action::RunExample), "example", "run the example pipeline"),
    bind("attest-scan", "C", Press::Plan(Action::AttestScan), "", "attest what the scans found"),
    bind("test-result", "M", Press::Plan(Action::AttestTests), "", "attest how every platform ran"),
    bind("push", "p", Press::Plan(Action::Push), "push", "push by digest; no tag is set"),
    bind("publish", "P", Press::Plan(Action::Publish), "publish", "set the tags in every registry"),
    bind("sign", "s", Press::Plan(Action::Sign), "sign", "sign by digest in every registry"),
    bind(
        "sbom",
        "m",
        Press::Plan(Action::AttestSbom),
        "SBOM",
        "make an SBOM of every platform and attest it",
    ),
    bind("scan", "c", Press::Plan(Action::Scan), "scan", "scan every platform for vulnerabilities"),
    bind("tag", "t", Press::Plan(Action::Tag), "", "tag the commit and push the tag"),
    bind("promote", "o", Press::Plan(Action::Promote), "", "copy by digest to the registries that lack it"),
    bind("verify", "v", Press::Verify, "verify", "verify every signature and attestation again"),
    bind("blockers", "B", Press::Blockers, "blockers", "what blocks the release, and the plan"),
    bind("jobs", "J", Press::Jobs, "jobs", "jobs and the log"),
    bind("retry", "R", Press::Retry, "", "the chosen job, or the newest, once more"),
    bind("copy", "y", Press::Copy, "", "copy the findings that a table shows"),
    bind("write", "w", Press::Write, "", "write the report as Markdown"),
    bind(
        "cancel",
        "x",
        Press::Cancel,
        "",
        "cancel the job (the chosen one, else the newest), or the looking",
    ),
    bind("theme", "T", Press::Theme, "", "choose a theme, and see it at once"),
    bind("help", "?", Press::Help, "help", "this help"),
    bind("quit", "q", Press::Quit, "quit", "quit (also Ctrl-C)"),
];

/// The keys that have names instead of a character.
const NAMED: [(&str, KeyCode); 11] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("insert", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("space", KeyCode::Char(' ')),
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
    /// When an action or a key does not exist, a key belongs to the items, or two actions share one.
    pub fn new(changed: BTreeMap<String, String>) -> Result<Self, String> {
        for (name, key) in &changed {
            if !BINDINGS.iter().any(|binding| binding.name == name) {
                let names: Vec<&str> = BINDINGS.iter().map(|binding| binding.name).collect();
                let name = text::clean_line(name);
                return Err(format!("[keys] names `{name}`; there are {}", names.join(", ")));
            }
            if let Some(why) = refused(key) {
                return Err(format!("[keys] {name} = \"{}\": {why}", text::clean_line(key)));
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
        if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
            return None;
        }
        match event.code {
            KeyCode::Up => return Some(Press::Up),
            KeyCode::Down => return Some(Press::Down),
            KeyCode::Left => return Some(Press::Left),
            KeyCode::Right => return Some(Press::Right),
            KeyCode::Char('0') => return Some(Press::Item(10)),
            KeyCode::Char(digit @ '1'..='9') => return Some(Press::Item(digit as u8 - b'0')),
            _ => {}
        }
        let bound = |binding: &&Binding| code(self.key(binding)) == Some(event.code);
        BINDINGS.iter().find(bound).map(|binding| binding.press)
    }
}

/// The key of a name or character.
fn code(key: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == key) {
        return Some(*code);
    }
    let mut chars = key.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if text::clean_line(key) == key && !c.is_whitespace() => Some(KeyCode::Char(c)),
        (Some('f'), Some(_)) => {
            key[1..].parse().ok().filter(|number| (1..=12).contains(number)).map(KeyCode::F)
        }
        _ => None,
    }
}

/// Why a key cannot be given to an action.
fn refused(key: &str) -> Option<String> {
    match code(key) {
        None => {
            let names: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
            Some(format!("no such key; a key is one character, f1 to f12, or {}", names.join(", ")))
        }
        Some(KeyCode::Char('0'..='9')) => Some("the digits belong to the ten items".to_owned()),
        Some(_) => None,
    }
}
