//! A Docker Engine of a test's own, which may be stopped, filled and started again: in namespaces of its own,
//! so that it touches neither the network nor the mounts of this machine.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Everything is below the folder `$1`; `$2` is the size of the disk, where it is not this machine's.
const START: &str = r#"
ip link set lo up
[ -z "$2" ] || mount -t tmpfs -o "size=$2" tmpfs "$1/data"
exec dockerd --config-file "$1/daemon.json" --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" \
    --host "unix://$1/docker.sock" --iptables=false --ip-masq=false --ip-forward=false
"#;

/// A running engine, gone with this.
pub struct Dockerd {
    folder: TempDir,
    disk: &'static str,
    process: Child,
}

impl Dockerd {
    /// One on this machine's disk.
    pub fn start() -> Self {
        Self::with_disk("")
    }

    /// One on a disk of this size, as `mount -o size=` takes it.
    pub fn with_disk(disk: &'static str) -> Self {
        let folder = tempfile::Builder::new().prefix("exitbar-dockerd-").tempdir().expect("a folder");
        std::fs::write(folder.path().join("daemon.json"), "{}").expect("its configuration");
        std::fs::create_dir(folder.path().join("data")).expect("its disk");
        let process = spawn(&folder, disk);
        let engine = Self { folder, disk, process };
        engine.wait();
        engine
    }

    /// Where it listens.
    pub fn host(&self) -> String {
        format!("unix://{}/docker.sock", self.folder.path().display())
    }

    /// Ends it as a power cut would, with everything that it runs.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it again on the same disk.
    pub fn start_again(&mut self) {
        // In new namespaces the old numbers of processes mean others.
        let _ = std::fs::remove_dir_all(self.folder.path().join("exec"));
        for stale in ["pid", "docker.sock"] {
            let _ = std::fs::remove_file(self.folder.path().join(stale));
        }
        self.process = spawn(&self.folder, self.disk);
        self.wait();
    }

    /// A path on its disk, as this machine sees it.
    pub fn disk(&self) -> PathBuf {
        let unshare = self.process.id();
        let children = format!("/proc/{unshare}/task/{unshare}/children");
        let children = std::fs::read_to_string(children).expect("the processes of unshare");
        let dockerd = children.split_whitespace().next().expect("dockerd");
        let data = self.folder.path().join("data");
        PathBuf::from(format!("/proc/{dockerd}/root{}", data.display()))
    }

    /// What its client says, which must succeed.
    pub fn docker(&self, arguments: &[&str]) -> String {
        let output = self.client(arguments);
        assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn client(&self, arguments: &[&str]) -> Output {
        Command::new("docker").arg("--host").arg(self.host()).args(arguments).output().expect("docker runs")
    }

    fn wait(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.client(&["version"]).status.success() {
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "dockerd does not answer: {}", log());
        }
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(folder: &TempDir, disk: &str) -> Child {
    let log = std::fs::File::create(folder.path().join("log")).expect("a log");
    Command::new("unshare")
        // Killing `unshare` kills the first process of the namespace, and with it every other one.
        .args([
            "--mount",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-ec",
            START,
            "sh",
        ])
        .arg(folder.path())
        .arg(disk)
        .env_remove("DOCKER_HOST")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("unshare runs")
}
