//! Counts what was asked.

use std::collections::BTreeMap;
use std::sync::Mutex;

/// How many HTTP requests each host got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests {
    /// By `host` or `host:port`: registries, token endpoints, blob hosts.
    pub hosts: BTreeMap<String, u64>,
}

impl Requests {
    /// Requests in all.
    pub fn total(&self) -> u64 {
        self.hosts.values().sum()
    }

    /// Requests to one host.
    pub fn to(&self, host: &str) -> u64 {
        self.hosts.get(host).copied().unwrap_or(0)
    }
}

/// The counter itself.
#[derive(Debug, Default)]
pub(super) struct Counter(Mutex<Requests>);

impl Counter {
    pub(super) fn count(&self, host: String) {
        if let Ok(mut requests) = self.0.lock() {
            *requests.hosts.entry(host).or_default() += 1;
        }
    }

    pub(super) fn so_far(&self) -> Requests {
        self.0.lock().map(|requests| requests.clone()).unwrap_or_default()
    }
}
