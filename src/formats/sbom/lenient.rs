//! What documents in the wild write in the place of text, lists and objects: `null`, numbers, nothing.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;

use crate::model::text::clean_line;

/// The longest text that is kept, in characters; a purl is dropped rather than cut.
const LONGEST: usize = 2048;

/// The most entries of one list.
const ENTRIES: usize = 500_000;

/// A text, safe to show; none where something else, or nothing, stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text(Option<String>);

impl Text {
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text where it says something: SPDX's words for "not known" and "there is none" do not.
    pub(super) fn stated(&self) -> Option<&str> {
        self.get().filter(|text| {
            !["NOASSERTION", "NONE", "unknown"].iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
        })
    }

    pub(super) fn is(&self, other: &str) -> bool {
        self.get() == Some(other)
    }

    fn of(text: &str) -> Self {
        let text: String = clean_line(text).trim().chars().take(LONGEST).collect();
        Self((!text.is_empty()).then_some(text))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar)
    }
}

struct Scalar;

impl<'de> Visitor<'de> for Scalar {
    type Value = Text;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text::of(text))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Text, E> {
        Ok(Text(Some(number.to_string())))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Text, E> {
        Ok(Text(Some(number.to_string())))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Text, E> {
        Ok(Text(Some(number.to_string())))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Text, E> {
        Ok(Text(None))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Text, E> {
        Ok(Text(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Text, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| Text(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
        IgnoredAny.visit_map(map).map(|_| Text(None))
    }
}

/// A list. `null` is an empty one, a single object or text one of itself; entries that are something else are
/// counted and left out.
#[derive(Debug, Clone)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    pub(super) skipped: u64,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), skipped: 0 }
    }
}

impl<T: DeserializeOwned> List<T> {
    fn take(&mut self, entry: Value) {
        match T::deserialize(entry) {
            Ok(item) => self.items.push(item),
            Err(_) => self.skipped += 1,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Listed(PhantomData))
    }
}

struct Listed<T>(PhantomData<T>);

impl<T: DeserializeOwned> Listed<T> {
    fn one(entry: Value) -> List<T> {
        let mut list = List::default();
        list.take(entry);
        list
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Listed<T> {
    type Value = List<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut list = List::default();
        let mut left = ENTRIES;
        while let Some(entry) = seq.next_element::<Value>()? {
            left = left
                .checked_sub(1)
                .ok_or_else(|| de::Error::custom(format!("a list has more than {ENTRIES} entries")))?;
            list.take(entry);
        }
        Ok(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
        Value::deserialize(de::value::MapAccessDeserializer::new(map)).map(Self::one)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<List<T>, E> {
        Ok(Self::one(Value::from(text)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<List<T>, E> {
        Ok(List::default())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<List<T>, E> {
        Ok(Self::one(Value::from(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<List<T>, E> {
        Ok(Self::one(Value::from(value)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<List<T>, E> {
        Ok(Self::one(Value::from(value)))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<List<T>, E> {
        Ok(Self::one(Value::from(value)))
    }
}

/// An object; what is none is as if nothing were there.
#[derive(Debug, Clone, Default)]
pub(super) struct Part<T>(pub(super) T);

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Part<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = List::<T>::deserialize(deserializer)?;
        Ok(Self(list.items.into_iter().next().unwrap_or_default()))
    }
}
