//! What the release and the policy said otherwise, setting by setting.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Setting;
use crate::model::Audit;

pub(super) fn compare(a: &Audit, b: &Audit) -> Vec<Setting> {
    let (before, after) = (leaves(a), leaves(b));
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    let setting = |path: &String| {
        let (before, after) = (before.get(path), after.get(path));
        (before != after).then(|| Setting {
            path: path.clone(),
            before: before.cloned(),
            after: after.cloned(),
        })
    };
    paths.into_iter().filter_map(setting).collect()
}

fn leaves(audit: &Audit) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk("policy", &json(&audit.policy), &mut found);
    walk("release", &json(&audit.release), &mut found);
    found
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn walk(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(map) => {
            for (key, value) in map {
                walk(&format!("{path}.{key}"), value, found);
            }
        }
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                // An image is called by its name: another order is no other setting.
                let name = value.get("name").and_then(Value::as_str).map(str::to_owned);
                walk(&format!("{path}.{}", name.unwrap_or_else(|| place.to_string())), value, found);
            }
        }
        Value::String(text) => {
            found.insert(path.to_owned(), text.clone());
        }
        other => {
            found.insert(path.to_owned(), other.to_string());
        }
    }
}
