//! Where in a JSON document the SBOM is: it may be the document itself, or lie in GitHub's `sbom`, in the predicate
//! of an in-toto statement, in the `Data` of cosign's older predicates.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::{no_sbom, unreadable};
use crate::model::Reason;

/// What a document is told by.
const MARKS: [&str; 8] =
    ["bomFormat", "specVersion", "spdxVersion", "SPDXID", "@graph", "artifacts", "descriptor", "_type"];

/// What an SBOM is wrapped in.
const WRAPPERS: [&str; 3] = ["predicate", "sbom", "Data"];

/// How many wrappers may lie around one another.
const DEPTH: usize = 4;

/// The kinds of documents that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Spdx2,
    Spdx3,
    CycloneDx,
    /// A document as text in a document.
    Text,
}

/// Where the SBOM is, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    /// The keys that lead to it.
    pub(super) path: Vec<&'static str>,
}

/// Finds the SBOM in a JSON document.
pub(super) fn find(json: &[u8]) -> Result<Found, Reason> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let shape = Look(DEPTH).deserialize(&mut reader).and_then(|shape| reader.end().map(|()| shape));
    let mut shape = shape.map_err(|error| unreadable(&format!("no JSON: {error}")))?;
    let mut path = Vec::new();
    loop {
        if let Some(kind) = shape.kind()? {
            return Ok(Found { kind, path });
        }
        let Some((key, inner)) = shape.inner else { return Err(no_sbom(&shape.marks)) };
        path.push(key);
        shape = *inner;
    }
}

/// Reads the `T` at the end of `path`.
pub(super) fn read<T: DeserializeOwned>(json: &[u8], path: &[&str]) -> Result<T, Reason> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    At { path, what: PhantomData }
        .deserialize(&mut reader)
        .map_err(|error| unreadable(&error.to_string()))?
        .ok_or_else(|| no_sbom(&[]))
}

/// What a value looks like from outside.
#[derive(Debug, Default)]
struct Shape {
    is_text: bool,
    marks: Vec<&'static str>,
    inner: Option<(&'static str, Box<Shape>)>,
}

impl Shape {
    fn kind(&self) -> Result<Option<Kind>, Reason> {
        let has = |mark| self.marks.contains(&mark);
        let cyclone = has("bomFormat");
        let spdx2 = has("spdxVersion") || has("SPDXID");
        let spdx3 = has("@graph");
        match (cyclone, spdx2, spdx3) {
            (true, false, false) => Ok(Some(Kind::CycloneDx)),
            (false, true, false) => Ok(Some(Kind::Spdx2)),
            (false, false, true) => Ok(Some(Kind::Spdx3)),
            (false, false, false) => Ok(self.is_text.then_some(Kind::Text)),
            _ => Err(unreadable(
                "it says that it is two formats at once, which two readers could read as two SBOMs",
            )),
        }
    }
}

/// Looks at a value and at what lies in its wrappers, so many levels down.
#[derive(Clone, Copy)]
struct Look(usize);

impl<'de> DeserializeSeed<'de> for Look {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look {
    type Value = Shape;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a JSON document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut shape = Shape::default();
        while let Some(key) = map.next_key::<std::borrow::Cow<str>>()? {
            let wrapper = WRAPPERS.iter().find(|wrapper| **wrapper == key).filter(|_| self.0 > 0);
            if let Some(wrapper) = wrapper {
                if shape.inner.is_some() {
                    return Err(de::Error::custom("it wraps two documents"));
                }
                shape.inner = Some((wrapper, Box::new(map.next_value_seed(Look(self.0 - 1))?)));
                continue;
            }
            shape.marks.extend(MARKS.iter().find(|mark| **mark == key));
            map.next_value::<IgnoredAny>()?;
        }
        Ok(shape)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape { is_text: true, ..Shape::default() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Shape, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| Shape::default())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::default())
    }
}

/// The value at the end of a path: nothing else is held in memory.
struct At<'a, T> {
    path: &'a [&'a str],
    what: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for At<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        if self.path.is_empty() {
            T::deserialize(deserializer).map(Some)
        } else {
            deserializer.deserialize_map(self)
        }
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for At<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<std::borrow::Cow<str>>()? {
            if self.path.first().is_some_and(|wanted| *wanted == key) {
                found = map.next_value_seed(At { path: &self.path[1..], what: PhantomData::<T> })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
