//! What every embedded server does with a request: answers it with what is to go wrong on it, and logs both.

use std::future::Future;
use std::sync::Mutex;

use axum::http::request::Parts;

use super::answer::Answer;
use super::log::{Log, Request};
use super::loopback::{Cut, lock};
use super::{Fault, Trouble, faults};

/// What goes wrong on a server, and what was asked of it.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    faults: Mutex<Vec<Fault>>,
    log: Mutex<Log>,
}

impl Traffic {
    /// A server on which this goes wrong from the start.
    pub(super) fn with(faults: Vec<Fault>) -> Self {
        Self { faults: Mutex::new(faults), log: Mutex::default() }
    }

    /// What was asked since the start, or since it was forgotten.
    pub(super) fn requests(&self) -> Vec<Request> {
        lock(&self.log).all()
    }

    /// Begins counting anew.
    pub(super) fn forget_requests(&self) {
        lock(&self.log).clear();
    }

    /// Adds something that goes wrong from now on.
    pub(super) fn fault(&self, fault: Fault) {
        lock(&self.faults).push(fault);
    }

    /// Nothing goes wrong any more.
    pub(super) fn mend(&self) {
        lock(&self.faults).clear();
    }

    /// Answers a request with what goes wrong on it, which `answer` is told, and logs both.
    pub(super) async fn exchange<F: Future<Output = Answer>>(
        &self,
        head: &Parts,
        cut: &Cut,
        answer: impl FnOnce(&[Trouble]) -> F,
    ) -> Answer {
        let troubles = faults::take(&mut lock(&self.faults), head.method.as_str(), head.uri.path());
        faults::exchange(head, &troubles, cut, &self.log, answer(&troubles)).await
    }
}
