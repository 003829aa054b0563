//! Removes containers and temporary images even when exitbar is killed: a process of its own that hears of each
//! and, once its pipe breaks, removes those that were not reported removed.

use std::collections::BTreeSet;
use std::io::{BufRead, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::Engine;
use super::candidates::Candidate;

/// The program's name: only the real one can start itself as a reaper.
const PROGRAM: &str = "exitbar";

/// The hidden command that becomes the reaper.
const COMMAND: &str = "reap";

/// What it hears of. In this order it is removed: an image is held by its containers.
const CONTAINER: &str = "container";
const IMAGE: &str = "image";

/// The reaper of this process, started with its first container.
#[derive(Debug, Default)]
pub struct Reaper {
    process: Mutex<Option<(Child, ChildStdin)>>,
}

impl Reaper {
    /// Tells of a container that must not outlive this process.
    pub fn watch(&self, engine: &Engine, container: &str) {
        self.tell("add", CONTAINER, engine, container);
    }

    /// Tells that a container is removed.
    pub fn release(&self, engine: &Engine, container: &str) {
        self.tell("done", CONTAINER, engine, container);
    }

    /// Tells of the name of an image that must not outlive this process.
    pub fn watch_image(&self, engine: &Engine, name: &str) {
        self.tell("add", IMAGE, engine, name);
    }

    /// Tells that an image has lost that name.
    pub fn release_image(&self, engine: &Engine, name: &str) {
        self.tell("done", IMAGE, engine, name);
    }

    /// A reaper that cannot be started is no reason not to run: `doctor` finds what is left.
    fn tell(&self, word: &str, kind: &str, engine: &Engine, name: &str) {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        if process.is_none() {
            *process = start();
        }
        if let Some((_, pipe)) = process.as_mut() {
            let tls = engine.tls.as_deref().map(Path::to_string_lossy).unwrap_or_default();
            let line = format!("{word}\t{kind}\t{name}\t{}\t{tls}\n", engine.address());
            let _ = pipe.write_all(line.as_bytes()).and_then(|()| pipe.flush());
        }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((mut child, pipe)) = process {
            drop(pipe);
            // It has nothing to do in the good case, and ends at once.
            let _ = child.wait();
        }
    }
}

fn start() -> Option<(Child, ChildStdin)> {
    let program = std::env::current_exe().ok()?;
    if program.file_stem()? != PROGRAM {
        return None;
    }
    let mut command = Command::new(program);
    command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // A key at the terminal ends exitbar, and must not end what cleans up after it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().ok()?;
    let pipe = child.stdin.take()?;
    Some((child, pipe))
}

/// What the reaper does: hears until the pipe breaks, then removes what is left.
pub async fn reap(input: impl BufRead) {
    let mut left = BTreeSet::new();
    for line in input.lines().map_while(Result::ok) {
        let mut parts = line.split('\t').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        let (word, kind, name) = (part(), part(), part());
        let entry = (kind, part(), part(), name);
        match word.as_str() {
            "add" => left.insert(entry),
            _ => left.remove(&entry),
        };
    }
    for (kind, address, tls, name) in left {
        let tls = (!tls.is_empty()).then(|| tls.into());
        let candidate = Candidate { address, from: "reaper".to_owned(), tls };
        let Ok(engine) = Engine::reach(&candidate).await else { continue };
        match kind.as_str() {
            IMAGE => engine.untag_soon(&name).await,
            _ => engine.remove_soon(&name).await,
        };
    }
}
