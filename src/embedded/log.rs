//! What was asked of a registry, for tests that count.

use std::collections::VecDeque;

/// The most requests that are kept; older ones are forgotten.
const KEPT: usize = 100_000;

/// One request that a registry received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method: `GET`, `HEAD`, ….
    pub method: String,
    /// Path and query, as they came.
    pub path: String,
    /// Whether it carried an `Authorization` header.
    pub authorized: bool,
    /// The status of the answer; none when the connection was dropped without one.
    pub status: Option<u16>,
}

impl Request {
    /// Method and path, without the query.
    pub fn line(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method)
    }
}

/// The newest requests, in order.
#[derive(Debug, Default)]
pub(super) struct Log(VecDeque<Request>);

impl Log {
    pub(super) fn add(&mut self, request: Request) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(super) fn all(&self) -> Vec<Request> {
        self.0.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
