//! What the tests share.

pub mod docker_registry;
pub mod exitbar;
pub mod image;
pub mod parts;
pub mod project;
pub mod transfer;

use std::path::{Path, PathBuf};

use ::exitbar::embedded::{Options, Registry};

/// Runs a future to its end.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// A folder of `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// An embedded registry as it is by default.
pub fn embedded() -> Registry {
    Registry::start(Options::default()).expect("an embedded registry")
}
