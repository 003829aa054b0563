//! `exitbar.toml` → what is released, what it must satisfy, and how this machine reaches the world.

mod wiring;

pub use wiring::{EngineWiring, HostProcess, RegistryWiring, Wiring};
