//! What starts a workflow (`on:`), and what it asks for when it is started by hand.

use serde_json::Value;

use super::syntax::names;
use crate::model::{DispatchInput, InputKind, TagFilter};

/// What starts a workflow.
pub(super) struct Starts {
    pub tags: Option<TagFilter>,
    pub github_release: bool,
    pub dispatch: Option<Vec<DispatchInput>>,
    /// Whether nothing but another workflow starts it.
    pub only_called: bool,
}

pub(super) fn starts(on: &Value) -> Starts {
    let events = names(on);
    let has = |event: &str| events.contains(&event);
    let settings = |event: &str| on.get(event).unwrap_or(&Value::Null);
    Starts {
        tags: if has("create") {
            Some(TagFilter::default())
        } else if has("push") {
            tags(settings("push"))
        } else {
            None
        },
        github_release: has("release"),
        dispatch: has("workflow_dispatch").then(|| inputs(settings("workflow_dispatch"))),
        only_called: !events.is_empty() && events.iter().all(|event| *event == "workflow_call"),
    }
}

/// Which tags a `push` means: those that it names; all of them unless it names branches only.
fn tags(push: &Value) -> Option<TagFilter> {
    let list =
        |key: &str| push.get(key).map(names).unwrap_or_default().into_iter().map(str::to_owned).collect();
    let has = |key: &str| push.get(key).is_some();
    if has("tags") || has("tags-ignore") {
        return Some(TagFilter { only: list("tags"), ignored: list("tags-ignore") });
    }
    (!has("branches") && !has("branches-ignore")).then(TagFilter::default)
}

fn inputs(dispatch: &Value) -> Vec<DispatchInput> {
    let inputs = dispatch.get("inputs").and_then(Value::as_object);
    inputs.into_iter().flatten().map(|(name, input)| read(name, input)).collect()
}

fn read(name: &str, input: &Value) -> DispatchInput {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let is_true = |value: &Value| value.as_bool().unwrap_or(value.as_str() == Some("true"));
    let options = || {
        let options = input.get("options").and_then(Value::as_array);
        options.into_iter().flatten().filter_map(text).collect()
    };
    DispatchInput {
        name: name.to_owned(),
        required: input.get("required").is_some_and(is_true),
        default: input.get("default").and_then(text),
        kind: match input.get("type").and_then(Value::as_str) {
            Some("boolean") => InputKind::Boolean,
            Some("number") => InputKind::Number,
            Some("choice") => InputKind::Choice(options()),
            _ => InputKind::Text,
        },
    }
}
