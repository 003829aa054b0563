//! All facts in a file: a list of entries, because their keys are no texts.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Evidence, Fact, FactKey, Facts};

#[derive(Serialize)]
struct Written<'a> {
    as_of: Timestamp,
    entries: Vec<WrittenEntry<'a>>,
}

#[derive(Serialize)]
struct WrittenEntry<'a> {
    key: &'a FactKey,
    fact: &'a Fact,
    evidence: &'a Evidence,
}

#[derive(Deserialize)]
struct ReadFacts {
    as_of: Timestamp,
    entries: Vec<ReadEntry>,
}

#[derive(Deserialize)]
struct ReadEntry {
    key: FactKey,
    fact: Fact,
    evidence: Evidence,
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.iter().map(|(key, entry)| WrittenEntry {
            key,
            fact: &entry.fact,
            evidence: &entry.evidence,
        });
        Written { as_of: self.as_of, entries: entries.collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = ReadFacts::deserialize(deserializer)?;
        let mut facts = Self::new(read.as_of);
        for ReadEntry { key, fact, evidence } in read.entries {
            if !fact.fits(&key) {
                return Err(D::Error::custom(format!("a fact of another kind under {key:?}")));
            }
            facts.insert(key, fact, evidence);
        }
        Ok(facts)
    }
}
