//! The secrets and variables that a step needs: named in it, or in a variable of the environment that it uses.

use std::collections::BTreeMap;

use super::expression::{self, Part};
use super::syntax::{self, Job, Step, Table, Text, Workflow};
use crate::model::{NameKind, StepKind};

/// A name with the line that asks for it.
pub(super) type Needed = (NameKind, String, u32);

/// What a step that promises something does with a secret.
pub(super) fn purpose(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Push => "pushes with it",
        StepKind::Sign => "signs with it",
        StepKind::Sbom => "makes the SBOM with it",
        StepKind::Scan => "scans with it",
    }
}

/// What a step needs. What its own condition asks about, or what has another value beside it (`||`), it can do without.
pub(super) fn of_step(step: &Step, job: &Job, workflow: &Workflow) -> Vec<Needed> {
    let texts: Vec<&Text> =
        step.with.entries.values().chain(step.env.entries.values()).chain(&step.run).collect();
    let condition = step.condition.as_ref().map_or("", |condition| condition.value.as_str());
    let mut found: Vec<Needed> = texts.iter().flat_map(|text| in_text(text)).collect();
    for (variable, value) in job.env.entries.iter().chain(&workflow.env.entries) {
        let uses = texts.iter().any(|text| has_word(&text.value, variable));
        if uses && !has_word(condition, variable) {
            found.extend(in_text(value));
        }
    }
    let own = |name: &str| {
        let variables = step.env.entries.iter().filter(|(_, value)| has_word(&value.value, name));
        variables.map(|(variable, _)| variable).any(|variable| has_word(condition, variable))
    };
    found.retain(|(_, name, _)| !has_word(&condition.to_ascii_uppercase(), name) && !own(name));
    found.sort();
    found.dedup_by(|next, kept| next.0 == kept.0 && next.1 == kept.1);
    found
}

/// What a job gives to the workflow that it calls: every secret, or these under the callee's names.
pub(super) enum Passed {
    All,
    Named(BTreeMap<String, Vec<Needed>>),
}

impl Passed {
    pub fn of(secrets: &Table) -> Self {
        if secrets.whole.as_deref() == Some("inherit") {
            return Self::All;
        }
        let names = secrets.entries.iter();
        Self::Named(names.map(|(name, value)| (name.to_ascii_uppercase(), in_text(value))).collect())
    }
}

/// The names in the expressions of a text, each with its line.
fn in_text(text: &Text) -> Vec<Needed> {
    let first = syntax::line(text);
    let mut found = Vec::new();
    for (line, text) in (first..).zip(text.value.lines()) {
        for part in expression::parts(text) {
            let Part::Expression { inner, .. } = part else { continue };
            found.extend(in_expression(inner).into_iter().map(|(kind, name)| (kind, name, line)));
        }
    }
    found
}

/// The names in an expression that has no other value to fall back to.
fn in_expression(expression: &str) -> Vec<(NameKind, String)> {
    if expression.contains("||") || expression.contains("&&") {
        return Vec::new();
    }
    let lower = expression.to_ascii_lowercase();
    let mut found = Vec::new();
    for (context, kind) in [("secrets", NameKind::Secret), ("vars", NameKind::Variable)] {
        for (at, _) in lower.match_indices(context) {
            let before = expression[..at].chars().next_back();
            if before.is_some_and(|c| is_word(c) || c == '.') {
                continue;
            }
            let after = expression[at + context.len()..].trim_start();
            let quoted = || after.strip_prefix('[').map(|after| after.trim_start_matches([' ', '\'', '"']));
            let Some(after) = after.strip_prefix('.').or_else(quoted) else { continue };
            let name: String = after.chars().take_while(|c| is_word(*c)).collect();
            let name = name.to_ascii_uppercase();
            // Every run has that one by itself.
            if !name.is_empty() && name != "GITHUB_TOKEN" {
                found.push((kind, name));
            }
        }
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}
