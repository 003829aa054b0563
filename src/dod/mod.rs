//! The core, pure: which facts are still wanted, and what the facts amount to.

mod checks;
mod context;
#[cfg(test)]
mod testing;
