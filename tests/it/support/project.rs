//! A folder with an `exitbar.toml`, as a user has one.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::exitbar::{Exitbar, Run};

/// A release's folder; it is removed when this is dropped.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// A release "app" with one image and its settings, a TOML table's lines: `platforms = […]`, ….
    pub fn of_image(version: &str, repositories: &[&str], settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let repositories: Vec<String> = repositories.iter().map(|name| format!("{name:?}")).collect();
        let text = format!(
            "[release]\nname = \"app\"\nversion = \"{version}\"\n\n[[image]]\nname = \"app\"\nrepositories = \
             [{}]\n{settings}\n",
            repositories.join(", ")
        );
        fs::write(folder.path().join("exitbar.toml"), text).expect("the configuration");
        Self { folder }
    }

    /// An empty folder that something else fills.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Its configuration.
    pub fn config(&self) -> PathBuf {
        self.path().join("exitbar.toml")
    }

    /// Keeps credentials as Docker's client does, for one registry.
    pub fn login(&self, host: &str, user: &str, password: &str) {
        use base64::Engine as _;
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let folder = self.path().join("docker");
        fs::create_dir_all(&folder).expect("a folder");
        let config = serde_json::json!({ "auths": { host: { "auth": auth } } });
        fs::write(folder.join("config.json"), config.to_string()).expect("the credentials");
    }

    /// The program in this folder: no engine, no credentials but those of [`login`](Self::login), and what it
    /// keeps stays in the folder.
    pub fn exitbar(&self, arguments: &[&str]) -> Exitbar {
        Exitbar::new(self.path(), arguments)
    }

    /// `exitbar audit --format json` on this folder's configuration.
    pub fn audit(&self, more: &[&str]) -> Run {
        let config = self.config();
        let config = config.to_str().expect("a path in UTF-8");
        self.exitbar(&[&["audit", "--config", config, "--format", "json"], more].concat()).run()
    }
}
