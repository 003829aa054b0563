//! exitbar: a release cockpit for container images.
//!
//! It answers one question with evidence: *may this release go live?* See `ARCHITECTURE.md` for the map.

pub mod actions;
pub mod cli;
pub mod cockpit;
pub mod config;
pub mod demo;
pub mod diff;
pub mod dod;
pub mod embedded;
pub mod engine;
pub mod formats;
pub mod gather;
pub mod git;
pub mod github;
pub mod init;
pub mod keymap;
pub mod model;
pub mod osv;
pub mod registry;
pub mod report;
pub mod runner;
pub mod scanner;
pub mod sigstore;
pub mod store;
pub mod tui;
pub mod watch;
