//! The matrix of a job (workflow syntax, `jobs.<job_id>.strategy.matrix`), unrolled.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expression::{self, Part};
use super::syntax;

/// The most jobs that a matrix is unrolled to.
const MOST: usize = 64;

/// How often a job runs, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    written: Value,
}

impl Matrix {
    pub(super) fn of(written: &Value) -> Self {
        Self { written: written.clone() }
    }

    /// What `matrix.…` is, one map for each time that the job runs; one empty map without a matrix. `inputs` are those of
    /// the workflow, for `fromJSON(inputs.…)`.
    pub fn runs(&self, inputs: &BTreeMap<String, String>) -> Vec<BTreeMap<String, String>> {
        let mut matrix = given(&self.written, inputs);
        for value in matrix.as_object_mut().into_iter().flat_map(|axes| axes.values_mut()) {
            *value = given(value, inputs);
        }
        unrolled(&matrix)
    }
}

/// A value, or what an input holds in its place.
fn given(value: &Value, inputs: &BTreeMap<String, String>) -> Value {
    let of_input = |text: &str| {
        let mut parts = expression::parts(text.trim());
        let (Some(Part::Expression { inner, .. }), None) = (parts.next(), parts.next()) else { return None };
        let inner = inner.trim();
        let (function, argument) = inner.strip_suffix(')')?.split_once('(')?;
        let name = argument.trim().strip_prefix("inputs.")?;
        let json = inputs.get(name).filter(|_| function.trim().eq_ignore_ascii_case("fromJSON"))?;
        serde_json::from_str(json).ok()
    };
    value.as_str().and_then(of_input).unwrap_or_else(|| value.clone())
}

/// Every axis with every other, and `include`, which adds to those that it agrees with, else is one of its own. `exclude`
/// is left to the guesser's reader.
fn unrolled(matrix: &Value) -> Vec<BTreeMap<String, String>> {
    let mut runs = vec![BTreeMap::new()];
    let axes = matrix.as_object().into_iter().flatten();
    for (axis, values) in axes.filter(|(axis, _)| !matches!(axis.as_str(), "include" | "exclude")) {
        let Some(values) = values.as_array().filter(|values| !values.is_empty()) else { continue };
        let with = |run: &BTreeMap<String, String>, value: &Value| {
            let mut run = run.clone();
            run.extend(named(axis, value));
            run
        };
        runs =
            runs.iter().flat_map(|run| values.iter().map(move |value| with(run, value))).take(MOST).collect();
    }
    let axes: Vec<String> = runs[0].keys().cloned().collect();
    let mut alone = Vec::new();
    for entry in matrix["include"].as_array().into_iter().flatten().take(MOST) {
        let entry: BTreeMap<String, String> =
            entry.as_object().into_iter().flatten().flat_map(|(name, value)| named(name, value)).collect();
        let agrees = |run: &BTreeMap<String, String>| {
            !axes.is_empty()
                && axes.iter().all(|axis| entry.get(axis).is_none_or(|value| run.get(axis) == Some(value)))
        };
        if runs.iter().any(agrees) {
            runs.iter_mut().filter(|run| agrees(run)).for_each(|run| run.extend(entry.clone()));
        } else {
            alone.push(entry);
        }
    }
    if !alone.is_empty() && axes.is_empty() {
        runs.clear();
    }
    runs.extend(alone);
    runs
}

/// A value of the matrix, and those below it: `image.name`.
fn named(name: &str, value: &Value) -> Vec<(String, String)> {
    match value.as_object() {
        Some(map) => map
            .iter()
            .filter_map(|(inner, value)| Some((format!("{name}.{inner}"), syntax::scalar(value)?)))
            .collect(),
        None => syntax::scalar(value).map(|value| (name.to_owned(), value)).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn runs(matrix: Value, inputs: &[(&str, &str)]) -> Vec<BTreeMap<String, String>> {
        Matrix::of(&matrix).runs(&run(inputs))
    }

    #[test]
    fn a_matrix_is_unrolled() {
        assert_eq!(
            runs(json!({ "image": ["runner", "full"], "os": ["linux"] }), &[]),
            [run(&[("image", "runner"), ("os", "linux")]), run(&[("image", "full"), ("os", "linux")])]
        );
        let include =
            json!({ "include": [{ "image": "runner", "file": "a" }, { "image": "full", "file": "b" }] });
        assert_eq!(
            runs(include, &[]),
            [run(&[("image", "runner"), ("file", "a")]), run(&[("image", "full"), ("file", "b")])]
        );
        let both = json!({ "image": ["runner"], "include": [{ "image": "runner", "file": "a" }, { "image": "full" }] });
        assert_eq!(runs(both, &[]), [run(&[("image", "runner"), ("file", "a")]), run(&[("image", "full")])]);
        assert_eq!(runs(json!({ "image": "${{ fromJSON(x) }}" }), &[]), [run(&[])]);
        let named = json!({ "image": [{ "name": "a", "file": "b" }] });
        assert_eq!(runs(named, &[]), [run(&[("image.name", "a"), ("image.file", "b")])]);
        assert_eq!(runs(Value::Null, &[]), [run(&[])]);
    }

    #[test]
    fn an_input_may_hold_the_matrix_or_one_of_its_axes() {
        let two = [run(&[("image", "runner")]), run(&[("image", "full")])];
        let axis = json!({ "image": "${{ fromJSON(inputs.images) }}" });
        assert_eq!(runs(axis.clone(), &[("images", r#"["runner", "full"]"#)]), two);
        assert_eq!(runs(axis, &[("images", "runner")]), [run(&[])], "what is no JSON is not known");
        let whole = json!("${{ fromJson( inputs.matrix ) }}");
        assert_eq!(runs(whole, &[("matrix", r#"{"image":["runner","full"]}"#)]), two);
    }
}
