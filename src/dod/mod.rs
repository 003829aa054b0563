//! The core, pure: which facts are still wanted, and what the facts amount to.

mod agreement;
mod attached;
mod attestable;
mod blocker;
mod checks;
mod clearance;
mod commands;
mod context;
mod coverage;
mod github;
#[cfg(test)]
mod goldens;
mod identity;
pub mod inspection;
mod judge;
#[cfg(test)]
mod laws;
mod linter;
mod listing;
mod nice_to_have;
mod plan;
mod promotion;
mod requirement;
mod rootfs;
mod runnable;
mod scannable;
mod score;
mod sight;
mod source;
mod stage;
mod start;
mod status;
mod subject;
mod suppose;
mod verdict;
mod version;
mod vouched;
mod waiver;
mod walkthrough;
mod wanted;
mod wants;
mod workflows;

pub use attestable::{
    AttestableRun, KeptScan, attestable_runs, is_run_attested, is_scan_attested, kept_scans,
};
pub use github::{runs as workflow_runs, source as github_source};
pub use judge::judge;
pub use linter::{Flaw, lint, suggestion};
pub use promotion::{Promotion, promotion};
pub use runnable::configs;
pub use scannable::{Scannable, scannable};
pub use suppose::suppose;
pub use vouched::{is_sbom_attested, is_signed, objection};
pub use walkthrough::{Walked, walkthrough};
pub use wants::wants;
pub use workflows::would_fail;
#[cfg(test)]
pub(crate) mod testing;
