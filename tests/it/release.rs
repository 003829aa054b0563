//! A release in a folder, and the binary that audits it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The address space of a run in KiB.
const ADDRESS_SPACE: u32 = 4 << 20;
/// The longest that a run may take, in seconds.
const LONGEST: u32 = 180;

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
    /// A folder with nothing in it.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A folder with this `exitbar.toml`.
    pub fn with(configuration: &str) -> Self {
        let folder = Self::empty();
        std::fs::write(folder.path().join("exitbar.toml"), configuration).expect("a configuration");
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Keeps credentials for a registry as Docker's client does.
    pub fn login(&self, host: &str, user: &str, password: &str) {
        use base64::Engine as _;
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let folder = self.path().join("docker");
        std::fs::create_dir_all(&folder).expect("a folder");
        let auths = serde_json::json!({ "auths": { host: { "auth": auth } } });
        std::fs::write(folder.join("config.json"), auths.to_string()).expect("a login");
    }

    /// Runs the binary here.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    /// Runs the binary here, with more of an environment. It may neither hang nor take the memory that an endless answer would fill.
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let limited = format!("ulimit -v {ADDRESS_SPACE} && exec timeout --signal=KILL {LONGEST} \"$@\"");
        Command::new("sh")
            .args(["-c", &limited, "sh", env!("CARGO_BIN_EXE_exitbar")])
            .args(arguments)
            .current_dir(self.path())
            .env("EXITBAR_STATE_DIR", self.path().join("state"))
            .env("EXITBAR_OFFLINE", "1")
            .env("DOCKER_CONFIG", self.path().join("docker"))
            .env_remove("REGISTRY_AUTH_FILE")
            .envs(environment.iter().copied())
            .output()
            .expect("the binary runs")
    }

    /// Audits and reads the JSON.
    pub fn audit(&self) -> Audit {
        self.audit_with(&[])
    }

    /// The same, with more arguments.
    pub fn audit_with(&self, more: &[&str]) -> Audit {
        self.audit_in(more, &[])
    }

    /// The same, with more of an environment.
    pub fn audit_in(&self, more: &[&str], environment: &[(&str, &str)]) -> Audit {
        let output = self.run_with(&[&["audit", "--format", "json"], more].concat(), environment);
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

    /// The statuses of several items.
    pub fn statuses<'a>(&'a self, items: &[&'a str]) -> Vec<(&'a str, &'a str)> {
        items.iter().map(|item| (*item, self.status(item))).collect()
    }

    /// Fails the test unless what is said of the item holds all these texts.
    pub fn says(&self, item: &str, texts: &[&str]) {
        let said = self.item(item);
        for text in texts {
            assert!(said.contains(text), "{item} does not say {text:?}: {said}");
        }
    }

    /// The audit, which must have ended with this code.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.json, self.stderr);
        self
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
