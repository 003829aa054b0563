//! Runs tools of this machine; and runs a program of an image and says what it showed: in a container of an engine, or, for machines
//! without an engine, as a process of this host.
//!
//! A host process is no container: it is off unless the configuration allows it (`[host_process]`), and
//! it can run static programs of *local* OCI layouts only, because nothing else of the image is there at run time.

mod container;
mod extract;
mod group;
mod health;
mod output;
mod process;
mod tool;

use std::path::PathBuf;
use std::time::Duration;

use crate::config::Wiring;
pub use container::in_container;
pub use group::ProcessGroup;
pub use tool::{NETWORK, Tool, ToolRun};

use crate::model::{Digest, HealthcheckRun, ImageConfig, Platform, Reason, ReasonKind, Run, RunKind};

/// What to run, and how far it may go.
#[derive(Debug, Clone)]
pub struct RunSpec {
    /// What the run is for.
    pub kind: RunKind,
    /// The platform of the image.
    pub platform: Platform,
    /// The folder in the OCI layout that holds the image, where one does.
    pub layout: Option<PathBuf>,
    /// The layers, lowest first.
    pub layers: Vec<Digest>,
    /// The image's config.
    pub config: ImageConfig,
    /// The program and its arguments; the image's entrypoint with `--version` when empty.
    pub argv: Vec<String>,
    /// A folder whose files are copied into the working folder of the run.
    pub inputs: Option<PathBuf>,
    /// Files that it must have written there.
    pub outputs: Vec<String>,
    /// How long it may run and how much it may print.
    pub limits: Limits,
}

/// How far a run may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest time.
    pub time: Duration,
    /// Most bytes on standard output and standard error together.
    pub output: usize,
    /// Most memory, in bytes (containers only).
    pub memory: i64,
    /// Most processes (containers only).
    pub processes: i64,
}

impl Limits {
    /// The limits of a kind of run.
    pub fn of(kind: RunKind) -> Self {
        match kind {
            RunKind::Version => {
                Self { time: Duration::from_secs(30), output: 1 << 20, memory: 512 << 20, processes: 256 }
            }
            RunKind::Example => {
                Self { time: Duration::from_mins(5), output: 8 << 20, memory: 2 << 30, processes: 1024 }
            }
            RunKind::Healthcheck => {
                Self { time: HealthcheckRun::TIMEOUT, output: 64 << 10, memory: 2 << 30, processes: 1024 }
            }
        }
    }
}

impl RunSpec {
    /// The program and its arguments: those asked for, else the image's own, with `--version`.
    ///
    /// # Errors
    /// When the image names no program.
    pub fn argv(&self) -> Result<Vec<String>, Reason> {
        if !self.argv.is_empty() {
            return Ok(self.argv.clone());
        }
        let mut argv = self.config.entrypoint.clone();
        if argv.is_empty() {
            argv = self.config.cmd.iter().take(1).cloned().collect();
        }
        if argv.is_empty() {
            let text = "the image has neither entrypoint nor command";
            return Err(Reason::new(ReasonKind::NotConfigured, text)
                .cure("name the command in `version = { command = […] }`"));
        }
        if self.kind == RunKind::Version {
            argv.push("--version".to_owned());
        }
        Ok(argv)
    }
}

/// Runs a program of a local image as a process of this host; `output` gets each line as it comes, without control characters.
///
/// # Errors
/// When nothing could be run, so that nothing was seen of the program: not allowed, no emulation,
/// a program that needs more of its image than this runner has.
pub async fn as_host_process(
    spec: &RunSpec,
    wiring: &Wiring,
    output: impl FnMut(&str) + Send,
) -> Result<Run, Reason> {
    let Some(allowed) = &wiring.host_process else {
        return Err(Reason::new(
            ReasonKind::NotConfigured,
            "nothing may run: programs of local images run as processes of this host only where the configuration allows it",
        )
        .cure("set `[host_process] allow = true` where the image's program is trusted"));
    };
    if !allowed.platforms.is_empty() && !allowed.platforms.contains(&spec.platform) {
        let text = format!("{} is not among the platforms of [host_process]", spec.platform);
        return Err(Reason::new(ReasonKind::NoEmulation, text)
            .cure("name it in `[host_process] platforms` where this host runs it"));
    }
    if spec.kind == RunKind::Healthcheck {
        let text = "a healthcheck is run by a container engine, and none is here";
        return Err(
            Reason::new(ReasonKind::NotSupported, text).cure("start an engine; `exitbar doctor` helps")
        );
    }
    let folder = tempfile::Builder::new().prefix("exitbar-run-").tempdir().map_err(|error| {
        Reason::new(ReasonKind::ToolFailed, format!("no temporary folder for the run: {error}"))
    })?;
    let prepared = {
        let (spec, folder) = (spec.clone(), folder.path().to_owned());
        tokio::task::spawn_blocking(move || extract::prepare(&spec, &folder))
    };
    let prepared = prepared.await.map_err(|error| {
        Reason::new(ReasonKind::ToolFailed, format!("preparing the run failed: {error}"))
    })??;
    process::run(spec, &prepared, output).await
}
