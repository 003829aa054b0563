//! Values of a bake file.

use std::collections::BTreeMap;

use hcl_edit::Number;

use super::super::expression::{TAG, UNKNOWN, VERSION};

/// A value, as far as it is known. Texts may hold the words of the release, and what is unknown in them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Only known when it is built.
    Unknown,
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

impl Value {
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// What it is within a text; nothing of what is null, which bake leaves out.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Null => String::new(),
            Self::Unknown | Self::List(_) | Self::Object(_) => UNKNOWN.to_owned(),
        }
    }

    /// Its elements; one that is no list is one by itself.
    pub fn elements(&self) -> Vec<Self> {
        match self {
            Self::List(elements) => elements.clone(),
            Self::Null => Vec::new(),
            other => vec![other.clone()],
        }
    }

    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// How much it holds.
    pub fn weight(&self) -> usize {
        match self {
            Self::Text(text) => 1 + text.len() / 64,
            Self::List(elements) => elements.iter().fold(1, |weight, element| weight + element.weight()),
            Self::Object(entries) => entries.values().fold(1, |weight, value| weight + value.weight()),
            _ => 1,
        }
    }

    /// Whether two are the same, where that is known.
    pub fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => None,
            (Self::Text(one), Self::Text(other)) if one == other => (!one.contains(UNKNOWN)).then_some(true),
            (Self::Text(one), Self::Text(other)) => {
                (!one.contains(UNKNOWN) && !other.contains(UNKNOWN)).then_some(false)
            }
            (Self::Number(number), Self::Text(text)) | (Self::Text(text), Self::Number(number)) => {
                Some(number.to_string() == *text)
            }
            (Self::Flag(flag), Self::Text(text)) | (Self::Text(text), Self::Flag(flag)) => {
                Some(flag.to_string() == *text)
            }
            (one, other) => Some(one == other),
        }
    }

    /// Whether it holds something that is only known at the release, so that it cannot be taken apart here.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Text(text) => [UNKNOWN, TAG, VERSION].iter().any(|word| text.contains(word)),
            Self::List(elements) => elements.iter().any(Self::is_open),
            Self::Object(entries) => entries.values().any(Self::is_open),
            Self::Null | Self::Flag(_) | Self::Number(_) => false,
        }
    }

    /// Whether something in it cannot be known at all.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Text(text) => text.contains(UNKNOWN),
            Self::List(elements) => elements.iter().any(Self::is_unknown),
            Self::Object(entries) => entries.values().any(Self::is_unknown),
            Self::Null | Self::Flag(_) | Self::Number(_) => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<bool>> for Value {
    fn from(flag: Option<bool>) -> Self {
        flag.map_or(Self::Unknown, Self::Flag)
    }
}
