//! Bytes → facts, pure: no I/O, no clock.

pub mod dockerfile;
pub mod dockerignore;
pub mod git;
pub mod github;
pub mod image_config;
pub mod layer;
pub mod layout;
pub mod manifest;
pub mod osv;
pub mod program;
mod read;
pub mod sbom;
pub mod scan;
pub mod test_result;
pub mod version_file;
pub mod vex;
pub mod workflow;
pub(crate) mod yaml;

#[cfg(test)]
mod fixture_tests;
#[cfg(test)]
mod tests;

pub use read::read;
