//! Runs a scanner within limits of time and output; nothing of it outlives its end.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::model::{Reason, ReasonKind, text};

/// How far a scanner may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub time: Duration,
    pub stdout: usize,
    pub stderr: usize,
}

/// A scanner that came to its end.
#[derive(Debug)]
pub(super) struct Ended {
    pub exit: i32,
    pub stdout: Vec<u8>,
    /// The end of what it said, where it said more than the limit.
    pub stderr: String,
}

/// Runs `program` in an empty folder, with this environment but for `without`.
pub(super) async fn run(
    program: &Path,
    arguments: &[String],
    with: &[(&str, &str)],
    without: &[&str],
    limits: Limits,
    mut output: impl FnMut(&str) + Send,
) -> Result<Ended, Reason> {
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failed = |what: &str, error: std::io::Error| {
        Reason::new(ReasonKind::ToolFailed, format!("{}: {what}: {error}", program.display()))
    };
    let folder = tempfile::Builder::new().prefix("exitbar-scan-").tempdir();
    let folder = folder.map_err(|error| failed("no temporary folder", error))?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder.path()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    for setting in without {
        command.env_remove(setting);
    }
    command.envs(with.iter().copied());
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn().map_err(|error| failed("could not be started", error))?;
    let _group = Group(child.id());
    let (said, mut lines) = mpsc::channel(64);
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let show = async {
            while let Some(line) = lines.recv().await {
                let line: String = line;
                output(&text::clean_line(&line));
            }
        };
        let report = async { whole(out, limits.stdout).await };
        let words = async move { tail(err, limits.stderr, said).await };
        let (stdout, stderr, ()) = tokio::join!(report, words, show);
        (child.wait().await, stdout, stderr)
    };
    let Ok((status, stdout, stderr)) = tokio::time::timeout(limits.time, work).await else {
        let text = format!("{name} did not end within {} s and was stopped", limits.time.as_secs());
        return Err(Reason::new(ReasonKind::TimedOut, text));
    };
    let Some(stdout) = stdout.map_err(|error| failed("its report could not be read", error))? else {
        let text = format!("{name} printed more than {} bytes and was stopped", limits.stdout);
        return Err(Reason::new(ReasonKind::TooLarge, text));
    };
    let status = status.map_err(|error| failed("its exit code could not be read", error))?;
    Ok(Ended { exit: exit_code(status), stdout, stderr })
}

/// Everything that is printed; none where it is more than the limit.
async fn whole(pipe: Option<impl AsyncRead + Unpin>, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    let Some(pipe) = pipe else { return Ok(Some(Vec::new())) };
    let mut bytes = Vec::new();
    pipe.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// What is said, line by line; its end is kept.
async fn tail(pipe: Option<impl AsyncRead + Unpin>, limit: usize, lines: mpsc::Sender<String>) -> String {
    let Some(mut pipe) = pipe else { return String::new() };
    let mut kept: Vec<u8> = Vec::new();
    let mut chunk = vec![0; 8 << 10];
    while let Ok(length @ 1..) = pipe.read(&mut chunk).await {
        for line in String::from_utf8_lossy(&chunk[..length]).lines() {
            let _ = lines.try_send(line.to_owned());
        }
        kept.extend_from_slice(&chunk[..length]);
        if kept.len() > 2 * limit {
            kept.drain(..kept.len() - limit);
        }
    }
    let from = kept.len().saturating_sub(limit);
    text::clean(&String::from_utf8_lossy(&kept[from..])).into_owned()
}

/// The process group of a scanner: whatever it started ends with it, also when nobody waits any more.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.0.and_then(|id| i32::try_from(id).ok()) {
            let group = nix::unistd::Pid::from_raw(id);
            let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
    }
    #[cfg(not(unix))]
    status.code().unwrap_or(-1)
}
