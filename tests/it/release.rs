//! A release in a folder, and the binary that audits it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a configuration.
pub struct Folder {
    folder: TempDir,
}

/// What an audit gave.
pub struct Audit {
    /// The JSON document.
    pub json: Value,
    /// The exit code.
    pub code: i32,
    /// Progress and warnings.
    pub stderr: String,
}

impl Folder {
    /// A folder with this `exitbar.toml`.
    pub fn with(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("exitbar.toml"), configuration).expect("a configuration");
        Self { folder }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the binary here.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_exitbar"))
            .args(arguments)
            .current_dir(self.path())
            .env("EXITBAR_STATE_DIR", self.path().join("state"))
            .env("DOCKER_CONFIG", self.path().join("docker"))
            .env_remove("REGISTRY_AUTH_FILE")
            .output()
            .expect("the binary runs")
    }

    /// Audits and reads the JSON.
    pub fn audit(&self) -> Audit {
        let output = self.run(&["audit", "--format", "json"]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("no JSON: {error}\n{}\n{stderr}", String::from_utf8_lossy(&output.stdout))
        });
        Audit { json, code: output.status.code().unwrap_or(-1), stderr }
    }
}

impl Audit {
    /// The status of an item.
    pub fn status(&self, item: &str) -> &str {
        self.json["exit_bar_results"][item]["status"].as_str().unwrap_or_default()
    }

    /// An item as text, for assertions on its reasons.
    pub fn item(&self, item: &str) -> String {
        self.json["exit_bar_results"][item].to_string()
    }

    /// The outcomes of an item's cells.
    pub fn outcomes(&self, item: &str) -> Vec<&str> {
        let cells = self.json["exit_bar_results"][item]["cells"].as_array();
        cells.into_iter().flatten().filter_map(|cell| cell["outcome"].as_str()).collect()
    }
}

/// The configuration of a release of one image in these repositories.
pub fn configuration(repositories: &[String], more: &str) -> String {
    let repositories: Vec<String> =
        repositories.iter().map(|repository| format!("\"{repository}\"")).collect();
    format!(
        "[release]\nname = \"app\"\nversion = \"0.2.0\"\n\n[[image]]\nname = \"app\"\nrepositories = [{}]\n{more}\n",
        repositories.join(", ")
    )
}

/// A fixture's folder.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}
