//! What bake files say, before anything in them is evaluated (Docker, "Bake file reference"). Several files are one: what
//! a later one says of a target overrides.

use std::collections::BTreeMap;
use std::path::Path;

use hcl_edit::Span as _;
use hcl_edit::expr::{Array, Expression, Object, ObjectKey};
use hcl_edit::structure::{Body, Structure};
use hcl_edit::template::Template;
use serde_json::Value as Json;

use crate::model::text::clean_line;
use crate::model::{Located, Location};

/// Deeper JSON is not read; HCL has a limit of its own.
const DEPTH: usize = 60;

/// What bake files say.
#[derive(Debug, Clone, Default)]
pub(super) struct Definition {
    /// With their defaults, and the attributes beside the blocks.
    pub variables: BTreeMap<String, Option<Written>>,
    pub functions: BTreeMap<String, Block>,
    pub groups: BTreeMap<String, Block>,
    pub targets: BTreeMap<String, Block>,
}

/// A block: what is written of each attribute, the last what counts.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub at: Location,
    pub attributes: BTreeMap<String, Vec<Written>>,
}

/// An expression and its place.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub expression: Expression,
    pub at: Location,
}

impl Definition {
    /// Reads one more file.
    ///
    /// # Errors
    /// What is neither HCL nor JSON, with its line.
    pub fn read(&mut self, file: &Path, text: &str) -> Result<(), Located<String>> {
        if file.extension().is_some_and(|extension| extension == "json") {
            self.json(file, text)
        } else {
            self.hcl(file, text)
        }
    }

    fn hcl(&mut self, file: &Path, text: &str) -> Result<(), Located<String>> {
        let body: Body = text.parse().map_err(|error: hcl_edit::parser::Error| {
            let line = u32::try_from(error.location().line()).unwrap_or(u32::MAX);
            let value = format!("no HCL: {}", clean_line(error.message()));
            Located { value, at: Location { file: file.to_owned(), line } }
        })?;
        let lines = Lines::of(text);
        let at = |span: Option<std::ops::Range<usize>>| Location {
            file: file.to_owned(),
            line: lines.at(span.map_or(0, |span| span.start)),
        };
        let written = |expression: &Expression, at| Written { expression: expression.clone(), at };
        for structure in &body {
            match structure {
                Structure::Attribute(attribute) => {
                    let value = written(&attribute.value, at(attribute.span()));
                    self.variables.insert(attribute.key.to_string(), Some(value));
                }
                Structure::Block(block) => {
                    let Some(label) = block.labels.first() else { continue };
                    let attributes = block.body.attributes().map(|attribute| {
                        (attribute.key.to_string(), written(&attribute.value, at(attribute.span())))
                    });
                    self.block(&block.ident, label.as_str(), at(block.span()), attributes.collect());
                }
            }
        }
        Ok(())
    }

    fn json(&mut self, file: &Path, text: &str) -> Result<(), Located<String>> {
        let at = |line| Location { file: file.to_owned(), line };
        let json: Json = serde_json::from_str(text).map_err(|error| {
            let line = u32::try_from(error.line().max(1)).unwrap_or(u32::MAX);
            Located { value: format!("no JSON: {}", clean_line(&error.to_string())), at: at(line) }
        })?;
        for (kind, blocks) in json.as_object().into_iter().flatten() {
            let line = line_of(text, kind, 1);
            if !matches!(kind.as_str(), "variable" | "function" | "group" | "target") {
                let value = Written { expression: of_json(blocks, 0), at: at(line) };
                self.variables.insert(kind.clone(), Some(value));
                continue;
            }
            for (label, block) in blocks.as_object().into_iter().flatten() {
                let place = at(line_of(text, label, line));
                let attributes = block.as_object().into_iter().flatten().map(|(name, value)| {
                    (name.clone(), Written { expression: of_json(value, 0), at: place.clone() })
                });
                self.block(kind, label, place.clone(), attributes.collect());
            }
        }
        Ok(())
    }

    fn block(&mut self, kind: &str, label: &str, at: Location, attributes: Vec<(String, Written)>) {
        let blocks = match kind {
            "variable" => {
                let default = attributes.into_iter().find(|(name, _)| name == "default");
                self.variables.insert(label.to_owned(), default.map(|(_, value)| value));
                return;
            }
            "function" => &mut self.functions,
            "group" => &mut self.groups,
            "target" => &mut self.targets,
            _ => return,
        };
        let block =
            blocks.entry(label.to_owned()).or_insert_with(|| Block { at, attributes: BTreeMap::new() });
        for (name, value) in attributes {
            block.attributes.entry(name).or_default().push(value);
        }
    }
}

impl Block {
    /// What counts of an attribute.
    pub fn last(&self, attribute: &str) -> Option<&Written> {
        self.attributes.get(attribute)?.last()
    }
}

/// JSON as HCL has it: its texts are templates.
fn of_json(json: &Json, depth: usize) -> Expression {
    match json {
        _ if depth > DEPTH => Expression::null(),
        Json::Null => Expression::null(),
        Json::Bool(flag) => Expression::from(*flag),
        Json::Number(number) => {
            let number = number.as_i64().map(hcl_edit::Number::from);
            number.map_or_else(Expression::null, Expression::from)
        }
        Json::String(text) => of_text(text),
        Json::Array(elements) => {
            Expression::Array(elements.iter().map(|element| of_json(element, depth + 1)).collect::<Array>())
        }
        Json::Object(entries) => {
            let entry = |(name, value): (&String, &Json)| {
                (ObjectKey::from(Expression::from(name.as_str())), of_json(value, depth + 1))
            };
            Expression::Object(entries.iter().map(entry).collect::<Object>())
        }
    }
}

fn of_text(text: &str) -> Expression {
    match text.parse::<Template>() {
        Ok(template) if text.contains("${") || text.contains("%{") => {
            Expression::StringTemplate(template.iter().cloned().collect::<Vec<_>>().into())
        }
        _ => Expression::from(text),
    }
}

/// The line of a name in JSON, at that line or after it.
fn line_of(text: &str, name: &str, from: u32) -> u32 {
    let quoted = format!("\"{name}\"");
    let is_key = |line: &str| {
        let after = line.find(&quoted).map(|at| line[at + quoted.len()..].trim_start());
        after.is_some_and(|after| after.starts_with(':'))
    };
    let before = from.saturating_sub(1);
    let after = text.lines().skip(usize::try_from(before).unwrap_or(usize::MAX)).position(is_key);
    after.and_then(|line| u32::try_from(line).ok()).map_or(from, |line| from.saturating_add(line))
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect())
    }

    fn at(&self, offset: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }
}
