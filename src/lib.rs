//! exitbar: a release cockpit for container images.
//!
//! It answers one question with evidence: *may this release go live?* See `ARCHITECTURE.md` for the map.

pub mod cockpit;
pub mod config;
pub mod demo;
pub mod embedded;
pub mod model;
