//! Real `docker-registry` servers on loopback, each with a folder of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

/// A running `docker-registry`; it is stopped, and its folder removed, when this is dropped.
pub struct DockerRegistry {
    host: String,
    child: Child,
    _folder: TempDir,
}

impl DockerRegistry {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let config = format!(
            "version: 0.1\nlog: {{level: info}}\nstorage:\n  filesystem: {{rootdirectory: '{}'}}\n  delete: \
             {{enabled: true}}\nhttp: {{addr: '127.0.0.1:0'}}\n",
            data.display()
        );
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config).expect("the registry's configuration");
        let mut child = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .env_clear()
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("docker-registry starts");
        let log = child.stderr.take().expect("its log");
        let (found, port) = mpsc::channel();
        // The log is read to its end, so that the registry never waits for a reader.
        std::thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("listening on ") {
                    let host: String =
                        rest.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
                    let _ = found.send(host);
                }
            }
        });
        let host = port.recv_timeout(Duration::from_secs(30)).expect("docker-registry says where it listens");
        Self { host, child, _folder: folder }
    }

    /// Its host and port.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
