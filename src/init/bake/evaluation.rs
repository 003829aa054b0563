//! What the expressions of a bake file are, as far as that is known before the build.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use hcl_edit::Number;
use hcl_edit::expr::{
    BinaryOp, BinaryOperator, Expression, ForExpr, FuncCall, ObjectKey, TraversalOperator, UnaryOp,
    UnaryOperator,
};
use hcl_edit::template::{Directive, Element, Template};

use super::super::expression::{UNKNOWN, hinted};
use super::definition::{Definition, Written};
use super::functions;
use super::value::Value;
use crate::model::{Located, Location};

/// How deep variables and functions may lie in each other.
const DEPTH: usize = 150;
/// How many expressions of the files are evaluated, and how much their values may hold together.
const STEPS: usize = 100_000;
/// How many reasons one attribute has at most.
const DOUBTS: usize = 8;
/// The longest text.
const LENGTH: usize = 4096;

/// Variables that only some expressions see: of a matrix, of `for`, the parameters of a function.
pub(super) type Locals = BTreeMap<String, Value>;

/// An evaluation of what bake files say.
pub(super) struct Evaluation<'a> {
    definition: &'a Definition,
    /// The variables that whoever runs bake sets.
    given: &'a dyn Fn(&str) -> Option<String>,
    steps: Cell<usize>,
    doubts: RefCell<Vec<Located<String>>>,
    guesses: RefCell<Vec<Located<String>>>,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    locals: &'p Locals,
    at: &'p Location,
    depth: usize,
}

impl<'a> Evaluation<'a> {
    pub fn new(definition: &'a Definition, given: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let steps = Cell::new(STEPS);
        Self { definition, given, steps, doubts: RefCell::default(), guesses: RefCell::default() }
    }

    /// The value of what is written.
    pub fn of(&self, written: &Written, locals: &Locals) -> Value {
        self.expression(&written.expression, Place { locals, at: &written.at, depth: 0 })
    }

    /// What could not be evaluated since this was asked before, and why.
    pub fn doubts(&self) -> Vec<Located<String>> {
        let mut doubts = self.doubts.take();
        doubts.dedup();
        doubts
    }

    /// The variables that nothing sets, and whose names say what they are at the release.
    pub fn guesses(&self) -> Vec<Located<String>> {
        let mut guesses = self.guesses.take();
        guesses.dedup();
        guesses
    }

    fn unknown(&self, why: String, place: Place) -> Value {
        let mut doubts = self.doubts.borrow_mut();
        if doubts.len() < DOUBTS {
            doubts.push(Located { value: why, at: place.at.clone() });
        }
        Value::Unknown
    }

    /// A value that is held once more, as long as there is room for it.
    fn held(&self, value: Value, place: Place) -> Value {
        let left = self.steps.get().checked_sub(value.weight());
        self.steps.set(left.unwrap_or_default());
        if left.is_some() { value } else { self.too_much(place) }
    }

    fn too_much(&self, place: Place) -> Value {
        self.unknown("it takes too much to evaluate it".to_owned(), place)
    }

    fn expression(&self, expression: &Expression, place: Place) -> Value {
        let left = self.steps.get();
        if left == 0 || place.depth > DEPTH {
            return self.too_much(place);
        }
        self.steps.set(left - 1);
        let place = Place { depth: place.depth + 1, ..place };
        match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(flag) => Value::Flag(*flag.value()),
            Expression::Number(number) => Value::Number(*number.value()),
            Expression::String(text) => Value::Text(text.value().clone()),
            Expression::Array(elements) => {
                Value::List(elements.iter().map(|element| self.expression(element, place)).collect())
            }
            Expression::Object(object) => {
                let entries = object.iter().map(|(key, value)| {
                    let key = match key {
                        ObjectKey::Ident(name) => name.to_string(),
                        ObjectKey::Expression(key) => self.expression(key, place).shown(),
                    };
                    (key, self.expression(value.expr(), place))
                });
                Value::Object(entries.collect())
            }
            Expression::StringTemplate(template) => self.template(template, place),
            Expression::HeredocTemplate(heredoc) => self.template(&heredoc.template, place),
            Expression::Parenthesis(inner) => self.expression(inner.inner(), place),
            Expression::Variable(name) => self.variable(name.as_str(), place),
            Expression::Conditional(choice) => match self.expression(&choice.cond_expr, place).as_flag() {
                Some(true) => self.expression(&choice.true_expr, place),
                Some(false) => self.expression(&choice.false_expr, place),
                None => self.unknown("its condition is only known when it is built".to_owned(), place),
            },
            Expression::FuncCall(call) => self.call(call, place),
            Expression::Traversal(traversal) => {
                let whole = self.expression(&traversal.expr, place);
                let operators = traversal.operators.iter().map(hcl_edit::Decorated::value);
                operators.fold(whole, |value, operator| self.part(&value, operator, place))
            }
            Expression::UnaryOp(operation) => self.unary(operation, place),
            Expression::BinaryOp(operation) => self.binary(operation, place),
            Expression::ForExpr(each) => self.each(each, place),
        }
    }

    fn template(&self, template: &Template, place: Place) -> Value {
        let mut out = String::new();
        for element in template {
            match element {
                Element::Literal(text) => out.push_str(text),
                Element::Interpolation(interpolation) => {
                    let value = self.expression(&interpolation.expr, place);
                    // A template of one interpolation is what that is.
                    if template.len() == 1 && !matches!(value, Value::Null) {
                        return value;
                    }
                    out.push_str(&value.shown());
                }
                Element::Directive(directive) => out.push_str(&self.directive(directive, place)),
            }
            if out.len() > LENGTH {
                return self.unknown("it is too long".to_owned(), place);
            }
        }
        Value::Text(out)
    }

    fn directive(&self, directive: &Directive, place: Place) -> String {
        let Directive::If(choice) = directive else {
            return self.unknown("a loop in a text is not evaluated".to_owned(), place).shown();
        };
        match self.expression(&choice.if_expr.cond_expr, place).as_flag() {
            Some(true) => self.template(&choice.if_expr.template, place).shown(),
            Some(false) => {
                let other = choice.else_expr.as_ref();
                other.map(|other| self.template(&other.template, place).shown()).unwrap_or_default()
            }
            None => self.unknown("its condition is only known when it is built".to_owned(), place).shown(),
        }
    }

    fn variable(&self, name: &str, place: Place) -> Value {
        if let Some(value) = place.locals.get(name) {
            return self.held(value.clone(), place);
        }
        let Some(default) = self.definition.variables.get(name) else {
            return self.unknown(format!("nothing here says what `{name}` is"), place);
        };
        let none = Locals::new();
        let literal = match default {
            Some(written) => {
                let inner = Place { locals: &none, at: &written.at, depth: place.depth };
                self.expression(&written.expression, inner)
            }
            None => Value::Null,
        };
        if let Some(given) = (self.given)(name) {
            return typed(given, &literal);
        }
        // Whoever releases sets what is empty without: the name says to what.
        let hint = hinted(name);
        if matches!(&literal, Value::Null) || literal.text() == Some("") && hint != UNKNOWN {
            if hint == UNKNOWN {
                return self.unknown(format!("`{name}` has no default, and nothing here sets it"), place);
            }
            let value = format!("nothing here sets `{name}`, which is taken to be {hint} at the release");
            let at = default.as_ref().map_or(place.at, |written| &written.at).clone();
            self.guesses.borrow_mut().push(Located { value, at });
            return Value::from(hint);
        }
        literal
    }

    fn call(&self, call: &FuncCall, place: Place) -> Value {
        let name = call.name.name.as_str();
        let mut arguments: Vec<Value> =
            call.args.iter().map(|argument| self.expression(argument, place)).collect();
        if call.args.expand_final() {
            let last = arguments.pop().map(|last| last.elements()).unwrap_or_default();
            arguments.extend(last);
        }
        if let Some(function) = self.definition.functions.get(name) {
            let names = |attribute| {
                let written = function.last(attribute);
                let names = written.map(|written| names_in(&written.expression)).unwrap_or_default();
                names.into_iter()
            };
            let Some(result) = function.last("result") else {
                return self.unknown(format!("the function `{name}` has no result"), place);
            };
            let mut given = arguments.into_iter();
            let mut locals: Locals =
                names("params").map(|name| (name, given.next().unwrap_or(Value::Null))).collect();
            if let Some(name) = names("variadic_params").next() {
                locals.insert(name, Value::List(given.collect()));
            }
            let inner = Place { locals: &locals, at: &result.at, depth: place.depth };
            return self.expression(&result.expression, inner);
        }
        match functions::call(name, &arguments) {
            Some(value) => self.held(value, place),
            None => self.unknown(format!("`{name}(…)` cannot be evaluated here"), place),
        }
    }

    fn part(&self, whole: &Value, operator: &TraversalOperator, place: Place) -> Value {
        let at = |index: usize| whole.elements().into_iter().nth(index);
        let found = match (operator, whole) {
            (_, Value::Unknown) => return Value::Unknown,
            (TraversalOperator::GetAttr(name), Value::Object(entries)) => entries.get(name.as_str()).cloned(),
            (TraversalOperator::GetAttr(name), Value::List(elements)) => {
                let part = |element: &Value| match element {
                    Value::Object(entries) => entries.get(name.as_str()).cloned().unwrap_or(Value::Null),
                    _ => Value::Unknown,
                };
                Some(Value::List(elements.iter().map(part).collect()))
            }
            (TraversalOperator::Index(index), whole) => match (self.expression(index, place), whole) {
                (Value::Text(key), Value::Object(entries)) => entries.get(&key).cloned(),
                (Value::Number(index), Value::List(_)) => {
                    index.as_u64().and_then(|index| at(usize::try_from(index).ok()?))
                }
                _ => None,
            },
            (TraversalOperator::LegacyIndex(index), _) => usize::try_from(**index).ok().and_then(at),
            (TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_), whole) => {
                Some(Value::List(whole.elements()))
            }
            _ => None,
        };
        found.unwrap_or_else(|| self.unknown("what it takes a part of has no such part".to_owned(), place))
    }

    fn unary(&self, operation: &UnaryOp, place: Place) -> Value {
        let value = self.expression(&operation.expr, place);
        match (operation.operator.value(), value) {
            (UnaryOperator::Not, value) => Value::from(value.as_flag().map(|flag| !flag)),
            (UnaryOperator::Neg, Value::Number(number)) => Value::Number(-number),
            _ => Value::Unknown,
        }
    }

    fn binary(&self, operation: &BinaryOp, place: Place) -> Value {
        let one = self.expression(&operation.lhs_expr, place);
        let other = self.expression(&operation.rhs_expr, place);
        let flags = (one.as_flag(), other.as_flag());
        match (operation.operator.value(), flags) {
            (BinaryOperator::Eq, _) => Value::from(one.equals(&other)),
            (BinaryOperator::NotEq, _) => Value::from(one.equals(&other).map(|same| !same)),
            (BinaryOperator::And, (Some(false), _) | (_, Some(false))) => Value::Flag(false),
            (BinaryOperator::And, (Some(true), Some(true))) => Value::Flag(true),
            (BinaryOperator::Or, (Some(true), _) | (_, Some(true))) => Value::Flag(true),
            (BinaryOperator::Or, (Some(false), Some(false))) => Value::Flag(false),
            _ => self.unknown("it computes with what is not evaluated here".to_owned(), place),
        }
    }

    fn each(&self, each: &ForExpr, place: Place) -> Value {
        let collection = self.expression(&each.intro.collection_expr, place);
        let pairs: Vec<(Value, Value)> = match collection {
            Value::List(elements) => {
                let index = |(index, element)| (Value::Number(Number::from(index)), element);
                elements.into_iter().enumerate().map(index).collect()
            }
            Value::Object(entries) => {
                entries.into_iter().map(|(key, value)| (Value::Text(key), value)).collect()
            }
            _ => return self.unknown("what it goes through is not known".to_owned(), place),
        };
        let mut made = Vec::new();
        for (key, value) in pairs {
            let mut locals = place.locals.clone();
            locals.extend(each.intro.key_var.as_ref().map(|name| (name.to_string(), key)));
            locals.insert(each.intro.value_var.to_string(), value);
            let inner = Place { locals: &locals, ..place };
            let kept =
                each.cond.as_ref().map_or(Some(true), |cond| self.expression(&cond.expr, inner).as_flag());
            match kept {
                Some(true) => {}
                Some(false) => continue,
                None => {
                    return self.unknown("what it keeps is only known when it is built".to_owned(), place);
                }
            }
            let key = each.key_expr.as_ref().map(|key| self.expression(key, inner).shown());
            made.push((key, self.expression(&each.value_expr, inner)));
        }
        if each.key_expr.is_some() {
            Value::Object(made.into_iter().filter_map(|(key, value)| Some((key?, value))).collect())
        } else {
            Value::List(made.into_iter().map(|(_, value)| value).collect())
        }
    }
}

/// `[a, b]`: names that stand for nothing but themselves.
fn names_in(expression: &Expression) -> Vec<String> {
    let name = |element: &Expression| match element {
        Expression::Variable(name) => Some(name.to_string()),
        Expression::String(name) => Some(name.to_string()),
        _ => None,
    };
    expression.as_array().into_iter().flat_map(|names| names.iter().filter_map(name)).collect()
}

/// A text of the environment, as what the variable's default is.
fn typed(given: String, default: &Value) -> Value {
    match default {
        Value::Flag(_) => Value::from(given.parse().ok()),
        Value::Number(_) => {
            given.parse::<i64>().map_or(Value::Unknown, |number| Value::Number(number.into()))
        }
        Value::List(_) | Value::Object(_) => Value::Unknown,
        _ => Value::Text(given),
    }
}
