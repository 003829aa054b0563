//! `exitbar.toml` → what is released, what it must satisfy, and how this machine reaches the world.

mod error;
mod load;
mod raw;
mod release;
mod rules;
mod values;
mod wiring;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use error::{ConfigError, Problem};
pub use load::{FILE, load, parse};
pub use wiring::{EngineWiring, HostProcess, RegistryWiring, Wiring};

use crate::model::{Policy, Release, Scope};

/// A configuration that was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What is to go live.
    pub release: Release,
    /// What it must satisfy.
    pub policy: Policy,
    /// What an audit executes.
    pub scope: Scope,
    /// How this machine reaches the world.
    pub wiring: Wiring,
    /// The file that it stands in.
    pub file: PathBuf,
    /// Keys of the cockpit that are not the default ones, by action.
    pub keys: BTreeMap<String, String>,
    /// The theme's name.
    pub theme: Option<String>,
}
