//! A key as it is written in `[keys]` and shown in the footer: `a`, `ctrl-p`, `shift-tab`, `f5`.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::model::text;

/// The keys that have names instead of a character.
const NAMED: [(&str, KeyCode); 16] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

/// A key, alone or held with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    /// Control, Alt and (of keys that are no characters) Shift; nothing else.
    held: KeyModifiers,
}

impl Key {
    /// The key of an event; none for what has no name here.
    pub fn of(event: &KeyEvent) -> Option<Self> {
        let others = KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META;
        if event.modifiers.intersects(others) {
            return None;
        }
        let mut held = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match event.code {
            // A capital says that Shift was held; with Control, terminals tell no capitals apart.
            KeyCode::Char(c) => {
                held -= KeyModifiers::SHIFT;
                KeyCode::Char(if held.contains(KeyModifiers::CONTROL) { c.to_ascii_lowercase() } else { c })
            }
            KeyCode::Tab if held.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            code => code,
        };
        if code == KeyCode::BackTab {
            held -= KeyModifiers::SHIFT;
        }
        Some(Self { code, held })
    }

    /// The event of pressing it.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.held)
    }

    /// As narrow as it can be shown: `⏎`, `↑`, `^p`.
    pub fn sign(self) -> String {
        let name = match self.code {
            KeyCode::Enter => "⏎".to_owned(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            _ => return self.to_string(),
        };
        format!("{}{name}", self.prefix())
    }

    fn prefix(self) -> String {
        [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")]
            .into_iter()
            .filter(|(held, _)| self.held.contains(*held))
            .map(|(_, name)| name)
            .collect()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.code {
            KeyCode::BackTab => "shift-tab".to_owned(),
            KeyCode::F(number) => format!("f{number}"),
            code => match NAMED.iter().find(|(_, named)| *named == code) {
                Some((name, _)) => (*name).to_owned(),
                None => code.to_string(),
            },
        };
        write!(f, "{}{name}", self.prefix())
    }
}

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidKey(String);

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(written: &str) -> Result<Self, InvalidKey> {
        let mut held = KeyModifiers::NONE;
        let mut rest = written;
        let prefixes =
            [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)];
        while let Some((prefix, modifier)) = prefixes.iter().find(|(prefix, _)| rest.starts_with(prefix)) {
            held |= *modifier;
            rest = &rest[prefix.len()..];
        }
        let code = code(rest).ok_or_else(|| no_such(written))?;
        pressed(code, held, written)
    }
}

/// The key of a name or character.
fn code(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    let mut chars = name.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if text::clean_line(name) == name && !c.is_whitespace() => Some(KeyCode::Char(c)),
        (Some('f'), Some(_)) => {
            name[1..].parse().ok().filter(|number| (1..=12).contains(number)).map(KeyCode::F)
        }
        _ => None,
    }
}

/// The key as a terminal would send it; what no terminal sends is refused.
fn pressed(code: KeyCode, held: KeyModifiers, written: &str) -> Result<Key, InvalidKey> {
    let refuse = |why: &str| Err(InvalidKey(format!("`{}`: {why}", text::clean_line(written))));
    let (control, shift) = (held.contains(KeyModifiers::CONTROL), held.contains(KeyModifiers::SHIFT));
    match code {
        KeyCode::Char(' ') if control || shift => refuse("terminals do not tell it from others"),
        KeyCode::Char(c) if shift && !control => refuse(&format!("write `{}`", c.to_uppercase())),
        KeyCode::Char(_) if shift => refuse("terminals do not tell it from the same key without shift"),
        KeyCode::Char(c) if control && c.is_uppercase() => {
            refuse(&format!("terminals do not tell it from `ctrl-{}`", c.to_lowercase()))
        }
        KeyCode::Char('i') if control => refuse("terminals send tab for it: write `tab`"),
        KeyCode::Char('m' | 'j') if control => refuse("terminals send enter for it: write `enter`"),
        KeyCode::Char('[') if control => refuse("terminals send esc for it: write `esc`"),
        KeyCode::Char('h') if control => refuse("terminals send backspace for it: write `backspace`"),
        KeyCode::Char(c) if control && !c.is_ascii_alphabetic() => {
            refuse("terminals send control with letters only")
        }
        KeyCode::Tab if shift => Ok(Key { code: KeyCode::BackTab, held: held - KeyModifiers::SHIFT }),
        code => Ok(Key { code, held }),
    }
}

fn no_such(written: &str) -> InvalidKey {
    let names: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
    let written = text::clean_line(written);
    InvalidKey(format!(
        "`{written}` is no key; a key is one character, f1 to f12, {}, perhaps behind ctrl-, alt- or shift-",
        names.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_pressed_and_shown() {
        for (written, code, held) in [
            ("a", KeyCode::Char('a'), KeyModifiers::NONE),
            ("A", KeyCode::Char('A'), KeyModifiers::SHIFT),
            ("-", KeyCode::Char('-'), KeyModifiers::NONE),
            ("é", KeyCode::Char('é'), KeyModifiers::NONE),
            ("space", KeyCode::Char(' '), KeyModifiers::NONE),
            ("ctrl-p", KeyCode::Char('p'), KeyModifiers::CONTROL),
            ("ctrl-alt-p", KeyCode::Char('p'), KeyModifiers::CONTROL | KeyModifiers::ALT),
            ("alt-A", KeyCode::Char('A'), KeyModifiers::ALT),
            ("shift-tab", KeyCode::BackTab, KeyModifiers::SHIFT),
            ("shift-up", KeyCode::Up, KeyModifiers::SHIFT),
            ("pagedown", KeyCode::PageDown, KeyModifiers::NONE),
            ("f12", KeyCode::F(12), KeyModifiers::NONE),
        ] {
            let key: Key = written.parse().unwrap();
            assert_eq!(Key::of(&KeyEvent::new(code, held)), Some(key), "{written}");
            assert_eq!(key.to_string(), written);
            assert_eq!(Key::of(&key.event()), Some(key), "{written}");
        }
        assert_eq!("backtab".parse::<Key>().unwrap().to_string(), "shift-tab");
        let capital = KeyEvent::new(KeyCode::Char('P'), KeyModifiers::CONTROL | KeyModifiers::SHIFT);
        assert_eq!(Key::of(&capital), Some("ctrl-p".parse().unwrap()));
        assert_eq!(Key::of(&KeyEvent::new(KeyCode::Char('p'), KeyModifiers::SUPER)), None);
    }

    #[test]
    fn what_no_terminal_sends_is_refused_with_what_it_would_send() {
        for (written, why) in [
            ("ctrl-i", "tab"),
            ("ctrl-m", "enter"),
            ("ctrl-[", "esc"),
            ("ctrl-h", "backspace"),
            ("ctrl-P", "ctrl-p"),
            ("ctrl-1", "letters"),
            ("shift-a", "`A`"),
            ("f13", "f1 to f12"),
            ("aa", "no key"),
            ("", "no key"),
            ("ctrl-", "no key"),
            ("Enter", "no key"),
            (" ", "no key"),
            ("\u{1b}", "no key"),
            ("\u{202e}", "no key"),
        ] {
            let error = written.parse::<Key>().unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains('\u{1b}'), "{written:?}: {error}");
        }
    }
}
