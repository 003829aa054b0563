//! Which key is which command: one table, and what `[keys]` changes of it. Pure; nothing here knows a screen's state.

mod commands;
mod key;
mod screen;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crossterm::event::KeyEvent;

pub use commands::{BINDINGS, Binding, Place, Press};
pub use key::{InvalidKey, Key};
pub use screen::Screen;

/// Every key with its command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    /// The keys of each binding of the table, in its order.
    keys: Vec<Vec<Key>>,
}

/// What is wrong with a line of `[keys]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The command of the line.
    pub command: String,
    /// Which of its keys, from 0; all where it is about none in particular.
    pub key: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Default for Keymap {
    fn default() -> Self {
        // The table's own keys are held to the grammar by a test.
        let parsed = |binding: &Binding| binding.keys.iter().filter_map(|key| key.parse().ok()).collect();
        Self { keys: BINDINGS.iter().map(parsed).collect() }
    }
}

impl Keymap {
    /// The table with other keys for some commands, by name. Names that the table lacks are left out: whoever
    /// read them said so.
    ///
    /// # Errors
    /// Everything that is wrong with the keys: what is no key, and which commands would share one.
    pub fn with(changed: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<Trouble>> {
        let mut map = Self::default();
        let mut troubles = Vec::new();
        for (place, binding) in BINDINGS.iter().enumerate() {
            let Some(written) = changed.get(binding.name) else { continue };
            map.keys[place] = parsed(binding, written, &mut troubles);
        }
        for (place, binding) in BINDINGS.iter().enumerate() {
            let Some(written) = changed.get(binding.name) else { continue };
            troubles.extend(map.conflicts(place, binding, written, changed));
        }
        if troubles.is_empty() { Ok(map) } else { Err(troubles) }
    }

    /// The commands that have one of the same keys where this one holds. Of two that the file both names, the
    /// later one of the table is complained about.
    fn conflicts(
        &self,
        place: usize,
        binding: &Binding,
        written: &[String],
        changed: &BTreeMap<String, Vec<String>>,
    ) -> Vec<Trouble> {
        let mut troubles = Vec::new();
        for (at, key) in written.iter().enumerate() {
            let Ok(key) = key.parse::<Key>() else { continue };
            let other = BINDINGS.iter().enumerate().find(|(other, candidate)| {
                *other != place
                    && self.keys[*other].contains(&key)
                    && candidate.place.overlaps(binding.place)
                    && !(changed.contains_key(candidate.name) && *other > place)
            });
            if let Some((_, other)) = other {
                troubles.push(Trouble {
                    command: binding.name.to_owned(),
                    key: Some(at),
                    message: format!("`{}` and `{}` have the same key `{key}`", other.name, binding.name),
                    help: format!("give one of them another key: {} = \"…\"", other.name),
                });
            }
        }
        troubles
    }

    /// The keys of a binding, the one that is shown first.
    pub fn keys(&self, binding: &Binding) -> &[Key] {
        let place = BINDINGS.iter().position(|one| one.name == binding.name);
        place.and_then(|place| self.keys.get(place)).map_or(&[], Vec::as_slice)
    }

    /// The key by which a command is named; none where it was taken from it.
    pub fn key_of(&self, press: Press) -> Option<Key> {
        let place = BINDINGS.iter().position(|binding| binding.press == press)?;
        self.keys[place].first().copied()
    }

    /// What a key does on a screen.
    pub fn press(&self, event: &KeyEvent, screen: Screen) -> Option<Press> {
        self.find(event, |place| place.is_on(screen))
    }

    /// What a key answers to a question: [`Press::Yes`] or [`Press::No`].
    pub fn answer(&self, event: &KeyEvent) -> Option<Press> {
        self.find(event, |place| place == Place::Question)
    }

    fn find(&self, event: &KeyEvent, holds: impl Fn(Place) -> bool) -> Option<Press> {
        let key = Key::of(event)?;
        let mut all = BINDINGS.iter().zip(&self.keys);
        all.find(|(binding, keys)| holds(binding.place) && keys.contains(&key))
            .map(|(binding, _)| binding.press)
    }
}

/// The keys of one line. Yes is no key that is pressed to get on.
fn parsed(binding: &Binding, written: &[String], troubles: &mut Vec<Trouble>) -> Vec<Key> {
    let mut keys = Vec::new();
    for (at, text) in written.iter().enumerate() {
        let trouble = |message: String, help: &str| Trouble {
            command: binding.name.to_owned(),
            key: Some(at),
            message,
            help: help.to_owned(),
        };
        match text.parse::<Key>() {
            Err(error) => {
                let (what, help) = split(&error.to_string());
                troubles.push(trouble(what, &help));
            }
            Ok(key) if keys.contains(&key) => {
                troubles
                    .push(trouble(format!("`{}` has the key `{key}` twice", binding.name), "name it once"));
            }
            Ok(key) if binding.press == Press::Yes && ["enter", "space", "esc"].contains(&text.as_str()) => {
                let message = format!("`{key}` never means yes");
                troubles.push(trouble(message, "nothing is done by a key that is pressed to get on"));
            }
            Ok(key) => keys.push(key),
        }
    }
    keys
}

/// What is wrong, and what would be right.
fn split(message: &str) -> (String, String) {
    match message.split_once("; ") {
        Some((what, help)) => (what.to_owned(), help.to_owned()),
        None => (message.to_owned(), "write it otherwise, or take another key".to_owned()),
    }
}
