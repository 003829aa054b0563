//! Values of TOML, written on one line.

use std::fmt::{self, Display, Formatter, Write as _};

use crate::model::text::clean_line;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Flag(bool),
    List(Vec<Value>),
    Table(Vec<(String, Value)>),
}

impl Value {
    pub fn texts<T: Display>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(|item| Self::Text(item.to_string())).collect())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Table(pairs) => {
                let pairs: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("{} = {value}", bare(key))).collect();
                write!(f, "{{ {} }}", pairs.join(", "))
            }
        }
    }
}

/// A key as TOML takes it.
fn bare(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// A string on one line: literal where that saves escapes (regular expressions), else basic, with everything escaped
/// that TOML does not take or that a reader would not see.
fn quoted(text: &str) -> String {
    let is_shown = |c: char| clean_line(c.encode_utf8(&mut [0; 4])).contains(c);
    if text.contains('\\') && !text.contains('\'') && text.chars().all(is_shown) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if is_shown(c) => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_written_as_people_write_them() {
        let table = Value::Table(vec![
            ("dockerfile".to_owned(), "Dockerfile".into()),
            ("org.x".to_owned(), Value::texts(["a", "b"])),
            ("on".to_owned(), Value::Flag(true)),
        ]);
        assert_eq!(table.to_string(), r#"{ dockerfile = "Dockerfile", "org.x" = ["a", "b"], on = true }"#);
        assert_eq!(Value::from(r"^https://github\.com/").to_string(), r"'^https://github\.com/'");
        assert_eq!(Value::from("a\"b\n\u{202e}").to_string(), r#""a\"b\U0000000a\U0000202e""#);
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again_and_stays_on_its_line(text in any::<String>(), key in any::<String>()) {
            let written = format!("v = {}", Value::Table(vec![(key.clone(), text.as_str().into())]));
            prop_assert_eq!(clean_line(&written), written.as_str());
            let read: toml::Table = written.parse().unwrap();
            prop_assert_eq!(read["v"][&key].as_str(), Some(text.as_str()));
        }
    }
}
