//! Files that are right, files that are wrong with what is said of them, and the documented example.

mod bad;
mod example;
mod good;
mod search;

use std::path::Path;

use super::find::Folders;
use super::{ConfigError, Loaded, read};

/// The shortest file that is enough.
const SMALL: &str = r#"
[release]
name = "app"
version = "1.2.3+5"

[[image]]
name = "app"
repositories = ["ghcr.io/acme/app", "acme/app"]
"#;

fn load(text: &str) -> Result<Loaded, ConfigError> {
    let folders = Folders { config: None, state: "/state/exitbar".into() };
    read(text, Path::new("exitbar.toml"), &folders)
}

/// What is said of a wrong file.
fn complaint(text: &str) -> String {
    match load(text) {
        Ok(loaded) => format!("no complaint: {loaded:?}"),
        Err(error) => error.to_string(),
    }
}
