//! What whoever runs bake says of targets: `--set target.attribute=value`, the input `set` of docker/bake-action.

use std::collections::BTreeMap;

use super::targets::Target;
use super::value::Value;
use crate::model::wildcard;

/// Applies those that mean the target. Several of one list are its elements.
pub(super) fn apply(overrides: &[String], target: &mut Target) {
    let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for written in overrides {
        let Some((place, value)) = written.split_once('=') else { continue };
        let (place, adds) = match place.strip_suffix('+') {
            Some(place) => (place, true),
            None => (place, false),
        };
        // A target's name may have no point, a pattern may.
        let Some((pattern, attribute)) = place.split_once('.') else { continue };
        if !wildcard::matches(pattern, &target.name) {
            continue;
        }
        let (attribute, entry) = match attribute.split_once('.') {
            Some((attribute, entry)) => (attribute, Some(entry)),
            None => (attribute, None),
        };
        let name = match attribute {
            "platform" => "platforms",
            "output" | "outputs" => "output",
            "args" | "labels" | "context" | "dockerfile" | "target" | "tags" => attribute,
            _ => continue,
        };
        match (name, entry) {
            ("args" | "labels", Some(entry)) => {
                let entries = target.table(name).into_iter().map(|(name, value)| (name, Value::Text(value)));
                let entries = entries.chain([(entry.to_owned(), Value::from(value))]);
                target.set(name, Value::Object(entries.collect()));
            }
            ("tags" | "platforms" | "output", _) => {
                let before = || target.texts(name).iter().map(|text| Value::from(text.as_str())).collect();
                let list = lists.entry(name).or_insert_with(|| if adds { before() } else { Vec::new() });
                list.push(Value::from(value));
                target.set(name, Value::List(list.clone()));
            }
            _ => target.set(name, Value::from(value)),
        }
    }
}
