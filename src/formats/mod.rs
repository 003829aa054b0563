//! Bytes → facts, pure: no I/O, no clock.

pub mod dockerfile;
pub mod image_config;
pub mod layer;
pub mod layout;
pub mod manifest;
pub mod program;
mod read;
pub mod workflow;

pub use read::read;
