//! The core, pure: which facts are still wanted, and what the facts amount to.

mod attached;
mod checks;
mod context;
mod identity;
mod listing;
mod rootfs;
mod sight;
mod source;
mod stage;
mod subject;
mod version;
mod wants;

pub use wants::wants;
#[cfg(test)]
mod testing;
