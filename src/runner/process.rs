//! Starts an extracted program, watches its limits, and says how it ended.

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::group::ProcessGroup;
use super::output::{Printed, Stream, shorten};
use super::{RunSpec, extract::Prepared};
use crate::model::{Output, Platform, Reason, ReasonKind, Run, RunEnd};

/// How long output is still read after the program has ended.
const AFTER_EXIT: Duration = Duration::from_millis(500);

/// `ENOEXEC`: the kernel knows no way to run this format.
const EXEC_FORMAT_ERROR: i32 = 8;

/// Runs the program to its end or its limits.
pub async fn run(
    spec: &RunSpec,
    prepared: &Prepared,
    output: impl FnMut(&str) + Send,
) -> Result<Run, Reason> {
    let native = Platform::host();
    let started = Instant::now();
    let (mut child, group) = match spawn(spec, prepared) {
        Ok(started) => started,
        Err(error) => return not_started(spec, &native, &error),
    };
    let (ended, printed) = watch(spec, &mut child, group, output).await?;
    let outputs = outputs(spec, prepared);
    Ok(Run {
        platform: spec.platform.clone(),
        how: "process of this host, without a container".to_owned(),
        emulated: spec.platform != native,
        ended,
        raw: printed.digests(),
        stdout: shorten(&printed.stdout),
        stderr: shorten(&printed.stderr),
        millis: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        outputs,
        pulled: Vec::new(),
    })
}

fn spawn(spec: &RunSpec, prepared: &Prepared) -> io::Result<(Child, ProcessGroup)> {
    let mut command = Command::new(&prepared.program);
    command
        .args(&prepared.arguments)
        .env_clear()
        .envs(spec.config.env.iter().filter_map(|entry| entry.split_once('=')))
        .current_dir(&prepared.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    ProcessGroup::start(&mut command)
}

/// The program did not start: either this host cannot run its platform (nothing is known of the
/// program), or it can, and the program is not what its image says.
fn not_started(spec: &RunSpec, native: &Platform, error: &io::Error) -> Result<Run, Reason> {
    if error.raw_os_error() != Some(EXEC_FORMAT_ERROR) {
        // A dynamic program whose loader is not here ends in "not found" as well.
        let text = format!("the program of {} did not start: {error}", spec.platform);
        return Err(Reason::new(ReasonKind::ToolFailed, text)
            .cure("host processes can run static programs only; use a container engine for others"));
    }
    if spec.platform != *native && !emulates(&spec.platform) {
        let text = format!(
            "this {native} host cannot run {} programs: exec format error, and no emulation is registered",
            spec.platform
        );
        return Err(Reason::new(ReasonKind::NoEmulation, text).cure(
            "apt-get install qemu-user-static binfmt-support, or run it on a machine of that architecture",
        ));
    }
    Ok(Run {
        platform: spec.platform.clone(),
        how: "process of this host, without a container".to_owned(),
        emulated: spec.platform != *native,
        ended: RunEnd::ExecFormatError,
        stdout: String::new(),
        stderr: error.to_string(),
        millis: 0,
        outputs: Vec::new(),
        raw: Vec::new(),
        pulled: Vec::new(),
    })
}

/// Whether the kernel hands programs of this platform to an emulator (binfmt_misc).
fn emulates(platform: &Platform) -> bool {
    let machine = platform.machine();
    let entry = format!("/proc/sys/fs/binfmt_misc/qemu-{machine}");
    std::fs::read_to_string(entry).is_ok_and(|state| state.starts_with("enabled"))
}

type Watched = (RunEnd, Printed);

async fn watch(
    spec: &RunSpec,
    child: &mut Child,
    group: ProcessGroup,
    mut output: impl FnMut(&str) + Send,
) -> Result<Watched, Reason> {
    let (sender, mut chunks) = mpsc::channel(16);
    let readers = [
        child.stdout.take().map(|pipe| tokio::spawn(read(pipe, Stream::Out, sender.clone()))),
        child.stderr.take().map(|pipe| tokio::spawn(read(pipe, Stream::Err, sender))),
    ];
    let mut printed = Printed::default();
    let deadline = tokio::time::sleep(spec.limits.time);
    tokio::pin!(deadline);
    let (mut open, mut exited) = (true, None);
    let stopped = loop {
        tokio::select! {
            chunk = chunks.recv(), if open => match chunk {
                Some((stream, bytes)) => {
                    printed.take(stream, &bytes, &mut output);
                    if printed.len() > spec.limits.output {
                        break Some(RunEnd::Flooded);
                    }
                }
                None => open = false,
            },
            status = child.wait(), if exited.is_none() => {
                exited = Some(status);
                // A child that it left behind may hold the pipes open: what is in them is read, no more.
                deadline.as_mut().reset(tokio::time::Instant::now() + AFTER_EXIT);
            }
            () = &mut deadline => break exited.is_none().then_some(RunEnd::TimedOut),
        }
        if !open && exited.is_some() {
            break None;
        }
    };
    // The whole group ends: a program may have left children behind.
    drop(group);
    let _ = child.kill().await;
    for reader in readers.into_iter().flatten() {
        reader.abort();
    }
    let ended = match (stopped, exited) {
        (Some(stopped), _) => stopped,
        (None, Some(Ok(status))) => RunEnd::Exited(exit_code(status)),
        (None, exited) => {
            let text = format!("the program's exit code could not be read: {exited:?}");
            return Err(Reason::new(ReasonKind::ToolFailed, text));
        }
    };
    Ok((ended, printed))
}

async fn read(mut pipe: impl AsyncRead + Unpin, stream: Stream, to: mpsc::Sender<(Stream, Vec<u8>)>) {
    let mut buffer = vec![0; 8 << 10];
    while let Ok(length @ 1..) = pipe.read(&mut buffer).await {
        if to.send((stream, buffer[..length].to_vec())).await.is_err() {
            return;
        }
    }
}

pub(super) fn exit_code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        // A program that a signal ended: 128 and the signal's number, as shells say it.
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
    }
    #[cfg(not(unix))]
    status.code().unwrap_or(-1)
}

fn outputs(spec: &RunSpec, prepared: &Prepared) -> Vec<Output> {
    let size = |path: &String| {
        let metadata = std::fs::metadata(prepared.folder.join(path)).ok()?;
        metadata.is_file().then_some(metadata.len())
    };
    spec.outputs.iter().map(|path| Output { path: path.clone(), size: size(path) }).collect()
}
