//! Runs the program and reads what it says.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// No run may take longer: a registry that misbehaves must not make it hang.
const LONGEST: Duration = Duration::from_secs(180);
/// The address space that a run may have, in KiB: what an endless answer would soon fill.
const ADDRESS_SPACE: &str = "4194304";

/// A call of the program.
pub struct Exitbar(Command);

/// How it ended, and what it said.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// An audit's JSON.
pub struct Audit {
    pub json: Value,
}

impl Exitbar {
    pub(super) fn new(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new("sh");
        let limited = format!("ulimit -v {ADDRESS_SPACE} && exec \"$@\"");
        command.args(["-c", &limited, "sh", env!("CARGO_BIN_EXE_exitbar")]).args(arguments);
        command.current_dir(folder).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", folder.join("home")).env("EXITBAR_STATE_DIR", folder.join("state"));
        command.env("DOCKER_CONFIG", folder.join("docker"));
        command.env("DOCKER_HOST", "unix:///nowhere/docker.sock").env("NO_COLOR", "1");
        Self(command)
    }

    /// With the engine that the docker client finds.
    pub fn with_engine(mut self) -> Self {
        self.0.env_remove("DOCKER_HOST");
        for name in ["DOCKER_HOST", "DOCKER_CONTEXT"] {
            if let Some(value) = std::env::var_os(name) {
                self.0.env(name, value);
            }
        }
        self
    }

    /// Runs it to its end, or fails the test when it hangs.
    pub fn run(mut self) -> Run {
        self.0.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.0.spawn().expect("the program starts");
        let stdout = read(child.stdout.take());
        let stderr = read(child.stderr.take());
        let (sender, ended) = mpsc::channel();
        let id = child.id();
        thread::spawn(move || sender.send(child.wait()));
        let Ok(status) = ended.recv_timeout(LONGEST) else {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
            panic!("{:?} hangs", self.0);
        };
        let code = status.expect("its status").code();
        let text = |reader: thread::JoinHandle<Vec<u8>>| {
            String::from_utf8(reader.join().expect("its output")).expect("UTF-8")
        };
        Run { code, stdout: text(stdout), stderr: text(stderr) }
    }
}

fn read(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

impl Run {
    /// The run, which must have ended with this code.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// The one JSON document on stdout.
    pub fn audit(&self) -> Audit {
        let mut documents = self.documents();
        assert_eq!(documents.len(), 1, "one document: {}", self.stdout);
        documents.remove(0)
    }

    /// All JSON documents on stdout, one after the other.
    pub fn documents(&self) -> Vec<Audit> {
        let documents = serde_json::Deserializer::from_str(&self.stdout).into_iter::<Value>();
        documents
            .map(|json| Audit {
                json: json.unwrap_or_else(|error| {
                    panic!("no JSON ({error})\nstdout: {}\nstderr: {}", self.stdout, self.stderr)
                }),
            })
            .collect()
    }
}

impl Audit {
    /// Everything that is said of an item.
    pub fn item(&self, key: &str) -> &Value {
        let item = &self.json["exit_bar_results"][key];
        assert!(item.is_object(), "no item {key} in {}", self.json);
        item
    }

    /// The status of an item.
    pub fn status(&self, key: &str) -> &str {
        self.item(key)["status"].as_str().expect("a status")
    }

    /// The statuses of several items.
    pub fn statuses<'a>(&'a self, keys: &[&'a str]) -> Vec<(&'a str, &'a str)> {
        keys.iter().map(|key| (*key, self.status(key))).collect()
    }

    /// Fails the test unless what is said of the item holds all these texts.
    pub fn says(&self, key: &str, texts: &[&str]) {
        let item = self.item(key).to_string();
        for text in texts {
            assert!(item.contains(text), "{key} does not say {text:?}: {item}");
        }
    }

    /// The readiness score.
    pub fn score(&self) -> u64 {
        self.json["readiness_score"].as_u64().expect("a score")
    }
}
