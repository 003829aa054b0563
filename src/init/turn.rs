//! A job with one combination of its matrix: what its expressions and variables are then.

use std::collections::BTreeMap;

use super::expression::Scope;
use crate::formats::workflow::{Outline, OutlinedJob, OutlinedStep};
use crate::model::Location;

/// One run of a job.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn<'a> {
    pub job: &'a OutlinedJob,
    matrix: &'a BTreeMap<String, String>,
    /// `owner/name`.
    repository: Option<&'a str>,
}

impl<'a> Turn<'a> {
    /// Every run of every job.
    pub fn all(outline: &'a Outline, repository: Option<&'a str>) -> impl Iterator<Item = Self> {
        let of_job =
            move |job: &'a OutlinedJob| job.matrix.iter().map(move |matrix| Self { job, matrix, repository });
        outline.jobs.iter().flat_map(of_job)
    }

    /// What names stand for in a step.
    pub fn scope(&self, step: &'a OutlinedStep) -> Scope<'a> {
        let variables = [&step.variables, &self.job.variables];
        Scope { variables, matrix: self.matrix, repository: self.repository }
    }

    /// Every command, with what is known filled in.
    pub fn commands(&self) -> impl Iterator<Item = (Vec<String>, &'a Location)> {
        let turn = *self;
        turn.job.steps.iter().flat_map(move |step| {
            let scope = turn.scope(step);
            step.commands.iter().map(move |command| {
                let words = command.value.iter().map(|word| scope.expand(word));
                (words.filter(|word| !word.is_empty()).collect(), &command.at)
            })
        })
    }
}
