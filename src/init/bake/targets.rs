//! The targets and groups of bake files, evaluated: matrices unrolled, overrides applied, what is inherited merged in.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Block, Definition};
use super::evaluation::{Evaluation, Locals};
use super::value::Value;
use crate::model::{Located, Location};

/// The most targets that a matrix is unrolled to, and the most that one inherits.
const MOST: usize = 64;
/// How deep targets may inherit.
const DEPTH: usize = 32;

/// A value, what of it could not be evaluated, and what was guessed for it.
#[derive(Debug, Clone)]
pub(super) struct Evaluated {
    pub value: Value,
    pub doubts: Vec<Located<String>>,
    pub guesses: Vec<Located<String>>,
}

impl From<Value> for Evaluated {
    fn from(value: Value) -> Self {
        Self { value, doubts: Vec::new(), guesses: Vec::new() }
    }
}

/// A target: everything that is said of each attribute, the last what counts.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub name: String,
    pub at: Location,
    attributes: Attributes,
}

/// The targets and groups, by name.
#[derive(Debug, Default)]
pub(super) struct Targets {
    by_name: BTreeMap<String, Target>,
    groups: BTreeMap<String, Vec<String>>,
}

impl Targets {
    pub fn of(definition: &Definition, evaluation: &Evaluation) -> Self {
        let mut targets = Self::default();
        let none = Locals::new();
        for (name, group) in &definition.groups {
            let members = group.last("targets").map(|written| evaluation.of(written, &none));
            targets.groups.insert(name.clone(), texts(members.as_ref()));
        }
        for (name, block) in &definition.targets {
            let runs = matrix(block, evaluation);
            let mut names = Vec::new();
            for locals in &runs {
                let own = block.last("name").filter(|_| block.attributes.contains_key("matrix"));
                let own = own.map_or_else(|| name.clone(), |own| evaluation.of(own, locals).shown());
                let target = target(&own, block, evaluation, locals);
                targets.by_name.insert(own.clone(), target);
                names.push(own);
            }
            if names != [name.as_str()] {
                targets.groups.entry(name.clone()).or_insert(names);
            }
        }
        targets
    }

    /// Adds what another file says of a target, after everything else.
    pub fn add(&mut self, name: &str, at: &Location, attribute: &str, value: Value) {
        let target = self.by_name.entry(name.to_owned()).or_insert_with(|| Target {
            name: name.to_owned(),
            at: at.clone(),
            attributes: BTreeMap::new(),
        });
        target.attributes.entry(attribute.to_owned()).or_default().push(value.into());
    }

    /// The targets that names mean, groups taken apart, each with what it inherits; and the names that mean nothing.
    pub fn meant(&self, names: &[String]) -> (Vec<Target>, Vec<String>) {
        let names = if names.is_empty() { &["default".to_owned()][..] } else { names };
        let mut open: Vec<&String> = names.iter().rev().collect();
        let (mut found, mut missing): (Vec<Target>, Vec<String>) = (Vec::new(), Vec::new());
        let (mut seen, mut merged) = (BTreeSet::new(), BTreeMap::new());
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            if let Some(members) = self.groups.get(name) {
                // A group may have the name of one of its targets.
                let own = self.by_name.get(name).filter(|_| members.contains(name));
                found.extend(own.map(|target| self.whole(target, &mut merged)));
                open.extend(members.iter().rev());
            } else if let Some(target) = self.by_name.get(name) {
                found.push(self.whole(target, &mut merged));
            } else {
                missing.push(name.clone());
            }
        }
        (found, missing)
    }

    /// A target with what it inherits.
    fn whole(&self, target: &Target, merged: &mut BTreeMap<String, Attributes>) -> Target {
        Target { attributes: self.inherited(target, merged, 0), ..target.clone() }
    }

    fn inherited(
        &self,
        target: &Target,
        merged: &mut BTreeMap<String, Attributes>,
        depth: usize,
    ) -> Attributes {
        if let Some(attributes) = merged.get(&target.name) {
            return attributes.clone();
        }
        // Whoever inherits from itself gets nothing by that.
        merged.insert(target.name.clone(), Attributes::new());
        let parents = target.attributes.get("inherits").into_iter().flatten();
        let parents = parents.flat_map(|parents| texts(Some(&parents.value)));
        let mut all = Attributes::new();
        let add = |all: &mut Attributes, attributes: Attributes| {
            for (name, values) in attributes {
                let said = all.entry(name).or_default();
                said.extend(values);
                // What is said many times over counts no more.
                said.drain(..said.len().saturating_sub(MOST));
            }
        };
        for parent in parents.take(MOST).filter(|_| depth < DEPTH) {
            if let Some(parent) = self.by_name.get(&parent) {
                add(&mut all, self.inherited(parent, merged, depth + 1));
            }
        }
        add(&mut all, target.attributes.clone());
        merged.insert(target.name.clone(), all.clone());
        all
    }
}

/// Everything that is said of each attribute.
type Attributes = BTreeMap<String, Vec<Evaluated>>;

impl Target {
    /// What counts of an attribute; null is as if nothing was said.
    pub fn last(&self, attribute: &str) -> Option<&Evaluated> {
        let said = self.attributes.get(attribute)?;
        said.iter().rev().find(|one| !matches!(one.value, Value::Null))
    }

    pub fn text(&self, attribute: &str) -> Option<String> {
        self.last(attribute).map(|one| one.value.shown()).filter(|text| !text.trim().is_empty())
    }

    pub fn texts(&self, attribute: &str) -> Vec<String> {
        texts(self.last(attribute).map(|one| &one.value))
    }

    /// The entries of a table, of everything that is said of it.
    pub fn table(&self, attribute: &str) -> BTreeMap<String, String> {
        let mut table = BTreeMap::new();
        for one in self.attributes.get(attribute).into_iter().flatten() {
            if let Value::Object(entries) = &one.value {
                let known = entries.iter().filter(|(_, value)| !matches!(value, Value::Null));
                table.extend(known.map(|(name, value)| (name.clone(), value.shown())));
            }
        }
        table
    }

    /// Says something of an attribute in place of everything that was said before.
    pub fn set(&mut self, attribute: &str, value: Value) {
        self.attributes.insert(attribute.to_owned(), vec![value.into()]);
    }
}

/// What the target is built for: one map of variables for each combination.
fn matrix(block: &Block, evaluation: &Evaluation) -> Vec<Locals> {
    let none = Locals::new();
    let Some(Value::Object(axes)) = block.last("matrix").map(|written| evaluation.of(written, &none)) else {
        return vec![none];
    };
    let mut runs = vec![none];
    for (axis, values) in axes {
        let with = |run: &Locals, value: Value| {
            let mut run = run.clone();
            run.insert(axis.clone(), value);
            run
        };
        let values = values.elements();
        runs = runs
            .iter()
            .flat_map(|run| values.iter().map(move |value| with(run, value.clone())))
            .take(MOST)
            .collect();
    }
    runs
}

fn target(name: &str, block: &Block, evaluation: &Evaluation, locals: &Locals) -> Target {
    let evaluated = |written| Evaluated {
        value: evaluation.of(written, locals),
        doubts: evaluation.doubts(),
        guesses: evaluation.guesses(),
    };
    let attributes = block
        .attributes
        .iter()
        .map(|(attribute, all)| (attribute.clone(), all.iter().map(evaluated).collect()))
        .collect();
    Target { name: name.to_owned(), at: block.at.clone(), attributes }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let elements = value.map(Value::elements).unwrap_or_default();
    elements.iter().map(Value::shown).filter(|text| !text.is_empty()).collect()
}
