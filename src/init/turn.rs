//! A job with one combination of its matrix, and what its workflow was called with: what its expressions and variables are
//! then.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::expression::Scope;
use crate::formats::workflow::{CALL_DEPTH, Outline, OutlinedJob, OutlinedStep};
use crate::model::Location;

/// More runs of jobs are not looked at.
const MOST: usize = 512;

/// One run of a job.
#[derive(Debug, Clone)]
pub(super) struct Turn<'a> {
    pub job: &'a OutlinedJob,
    /// The calls that lead to its workflow, the outermost last.
    pub calls: Vec<&'a Location>,
    matrix: BTreeMap<String, String>,
    inputs: Rc<BTreeMap<String, String>>,
    /// `owner/name`.
    pub repository: Option<&'a str>,
}

impl<'a> Turn<'a> {
    /// Every run of every job of a workflow that is started, and of those of `others` that it calls.
    pub fn all(outline: &'a Outline, others: &'a [Outline], repository: Option<&'a str>) -> Vec<Self> {
        let mut turns = Vec::new();
        let defaults = Rc::new(outline.defaults.clone());
        Self::of(outline, &defaults, &[], (others, repository), &mut turns);
        turns
    }

    fn of(
        outline: &'a Outline,
        inputs: &Rc<BTreeMap<String, String>>,
        calls: &[&'a Location],
        around: (&'a [Outline], Option<&'a str>),
        turns: &mut Vec<Self>,
    ) {
        let (others, repository) = around;
        for job in &outline.jobs {
            for matrix in job.matrix.runs(inputs) {
                if turns.len() >= MOST {
                    return;
                }
                let turn = Self { job, calls: calls.to_vec(), matrix, inputs: inputs.clone(), repository };
                let called = job
                    .call
                    .as_ref()
                    .filter(|_| calls.len() < CALL_DEPTH)
                    .and_then(|call| Some((call, others.iter().find(|other| other.file == call.file)?)));
                if let Some((call, callee)) = called {
                    let given = Rc::new(turn.inputs_of(&call.given, callee));
                    Self::of(callee, &given, &[&[&call.at], calls].concat(), around, turns);
                } else {
                    turns.push(turn);
                }
            }
        }
    }

    /// The inputs of a workflow that it calls: what is given, else their defaults.
    fn inputs_of(&self, given: &BTreeMap<String, String>, callee: &Outline) -> BTreeMap<String, String> {
        let none = BTreeMap::new();
        // The variables of the one that calls are not those of the one that is called, and cannot be given.
        let scope = Scope {
            variables: [&none, &none],
            matrix: &self.matrix,
            inputs: &self.inputs,
            repository: self.repository,
        };
        let given = given.iter().map(|(name, value)| (name.clone(), scope.expand(value)));
        callee.defaults.clone().into_iter().chain(given).collect()
    }

    /// What names stand for in a step.
    pub fn scope<'s>(&'s self, step: &'s OutlinedStep) -> Scope<'s> {
        Scope {
            variables: [&step.variables, &self.job.variables],
            matrix: &self.matrix,
            inputs: &self.inputs,
            repository: self.repository,
        }
    }

    /// A variable that is set for a step, as the programs that it runs see it: by the workflow, or by a step of the job
    /// through `echo NAME=value >> "$GITHUB_ENV"`.
    pub fn given(&self, step: &OutlinedStep, name: &str) -> Option<String> {
        let exported = || {
            self.commands().find_map(|(words, _)| {
                let value = match words.as_slice() {
                    [echo, rest @ ..] if echo == "echo" => {
                        rest.iter().find_map(|word| word.strip_prefix(name))
                    }
                    _ => None,
                };
                value?.strip_prefix('=').map(str::to_owned)
            })
        };
        self.scope(step).variable_of(name).or_else(exported)
    }

    /// Every command, with what is known filled in.
    pub fn commands(&self) -> impl Iterator<Item = (Vec<String>, &'a Location)> {
        self.job.steps.iter().flat_map(|step| {
            let scope = self.scope(step);
            step.commands.iter().map(move |command| {
                let words = command.value.iter().map(|word| scope.expand(word));
                (words.filter(|word| !word.is_empty()).collect(), &command.at)
            })
        })
    }
}
