//! Runs a program of an image in a container that can do nothing but compute: no network, no
//! capability, no new privileges, a read-only root, and limits on memory, processes, output and time.

use std::path::Path;
use std::time::Instant;

use bollard::container::{AttachContainerResults, LogOutput};
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, ContainerArchiveInfoOptionsBuilder, CreateContainerOptionsBuilder,
    UploadToContainerOptionsBuilder,
};
use futures_util::StreamExt as _;

use super::output::{Printed, Stream, shorten};
use super::{RunSpec, health};
use crate::engine::{Assigned, Engine, Owned};
use crate::model::{Output, Reason, ReasonKind, Run, RunEnd, RunKind};

/// A volume of the container's own, gone with it, and the working folder of an example in it: the root of a
/// volume belongs to root, whatever is put there.
const VOLUME: &str = "/exitbar";
const WORK: &str = "/exitbar/work";
/// The working folder's name in what is put into the volume.
const WORK_NAME: &str = "work/";

/// Where programs may write besides.
const SCRATCH: (&str, &str) = ("/tmp", "rw,noexec,nosuid,nodev,size=64m,mode=1777");

/// The bit of a folder in Go's `os.FileMode`, which the engine answers with.
const GO_DIRECTORY: u32 = 1 << 31;

/// How shells say that a signal ended a program: 128 and its number. 9 is also what comes of too much memory.
const KILLED: i32 = 137;

/// Runs the program of `spec` from the image that the engine knows as `image`; `output` gets each
/// line as it comes, without control characters.
///
/// # Errors
/// When nothing was seen of the program: what the engine says.
pub async fn in_container(
    spec: &RunSpec,
    assigned: &Assigned,
    image: &str,
    output: impl FnMut(&str) + Send,
) -> Result<Run, Reason> {
    let engine = &assigned.engine;
    // It is removed however this ends, also when it ends while the engine makes it.
    let mut container = engine.own(spec.kind.word());
    if let Err(reason) = create(spec, engine, image, &container).await {
        container.remove().await;
        return Err(reason);
    }
    let id = container.name().to_owned();
    let seen = match spec.kind {
        RunKind::Healthcheck => health::watch(spec, engine, &id, output).await,
        RunKind::Version | RunKind::Example => watch(spec, engine, &id, output).await,
    };
    let outputs = match &seen {
        Ok(_) => outputs(spec, engine, &id).await,
        Err(_) => Ok(Vec::new()),
    };
    container.remove().await;
    let Seen { ended, printed, millis } = seen?;
    Ok(Run {
        platform: spec.platform.clone(),
        how: format!("engine {}", engine.address()),
        emulated: assigned.emulated,
        ended,
        raw: printed.digests(),
        stdout: shorten(&printed.stdout),
        stderr: shorten(&printed.stderr),
        millis,
        outputs: outputs?,
        pulled: Vec::new(),
    })
}

async fn create(spec: &RunSpec, engine: &Engine, image: &str, container: &Owned) -> Result<(), Reason> {
    // A healthcheck is of the image as it is: its own program, and its own probe.
    let is_health = spec.kind == RunKind::Healthcheck;
    let argv = if is_health { Vec::new() } else { spec.argv()? };
    let command = argv.split_first();
    let no_healthcheck = || bollard::models::HealthConfig {
        test: Some(vec!["NONE".to_owned()]),
        ..bollard::models::HealthConfig::default()
    };
    let is_example = spec.kind == RunKind::Example;
    let body = ContainerCreateBody {
        image: Some(image.to_owned()),
        entrypoint: command.map(|(program, _)| vec![program.clone()]),
        cmd: command.map(|(_, arguments)| arguments.to_vec()),
        labels: Some(container.labels()),
        working_dir: is_example.then(|| WORK.to_owned()),
        volumes: is_example.then(|| vec![VOLUME.to_owned()]),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        network_disabled: Some(true),
        healthcheck: (!is_health).then(no_healthcheck),
        host_config: Some(confined(spec)),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::default()
        .name(container.name())
        .platform(&spec.platform.to_string())
        .build();
    let what = format!("make a container of {image} for {}", spec.platform);
    let made = engine.client().create_container(Some(options), body).await;
    made.map(|_| ()).map_err(|error| engine.trouble(&what, &error))
}

fn confined(spec: &RunSpec) -> HostConfig {
    HostConfig {
        network_mode: Some("none".to_owned()),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        readonly_rootfs: Some(true),
        tmpfs: Some([(SCRATCH.0.to_owned(), SCRATCH.1.to_owned())].into()),
        memory: Some(spec.limits.memory),
        memory_swap: Some(spec.limits.memory),
        pids_limit: Some(spec.limits.processes),
        ..HostConfig::default()
    }
}

/// What was seen of a program.
pub(super) struct Seen {
    pub(super) ended: RunEnd,
    pub(super) printed: Printed,
    pub(super) millis: u64,
}

async fn watch(
    spec: &RunSpec,
    engine: &Engine,
    id: &str,
    mut output: impl FnMut(&str) + Send,
) -> Result<Seen, Reason> {
    if spec.kind == RunKind::Example {
        upload(spec.inputs.as_deref(), engine, id).await?;
    }
    let trouble = |what: &str, error: &Error| engine.trouble(&format!("{what} the container"), error);
    // Attached before the start, so that nothing is missed.
    let options = AttachContainerOptionsBuilder::default().stdout(true).stderr(true).stream(true).build();
    let attached = engine.client().attach_container(id, Some(options)).await;
    let AttachContainerResults { output: mut chunks, input: _input } =
        attached.map_err(|error| trouble("attach to", &error))?;
    let started = Instant::now();
    let millis = || u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Err(error) = engine.client().start_container(id, None).await {
        return not_started(engine, &error, millis());
    }
    let mut printed = Printed::default();
    let waiting = engine.ended(id);
    tokio::pin!(waiting);
    let deadline = tokio::time::sleep(spec.limits.time);
    tokio::pin!(deadline);
    let (mut open, mut exited) = (true, None);
    while open || exited.is_none() {
        tokio::select! {
            chunk = chunks.next(), if open => match chunk {
                Some(Ok(chunk)) => {
                    let (stream, bytes) = parts(chunk);
                    printed.take(stream, &bytes, &mut output);
                    if printed.len() > spec.limits.output {
                        return Ok(Seen { ended: RunEnd::Flooded, printed, millis: millis() });
                    }
                }
                Some(Err(error)) => return Err(trouble("read from", &error)),
                None => open = false,
            },
            code = &mut waiting, if exited.is_none() => exited = Some(code?),
            () = &mut deadline => return Ok(Seen { ended: RunEnd::TimedOut, printed, millis: millis() }),
        }
    }
    let code = i32::try_from(exited.unwrap_or_default()).unwrap_or(i32::MAX);
    let millis = millis();
    if code == KILLED && ran_out_of_memory(engine, id).await {
        let text = format!("killed: more than the limit of {} MiB of memory\n", spec.limits.memory >> 20);
        printed.stderr.extend_from_slice(text.as_bytes());
    }
    let ended =
        if is_exec_format_error(code, &printed) { RunEnd::ExecFormatError } else { RunEnd::Exited(code) };
    Ok(Seen { ended, printed, millis })
}

pub(super) fn parts(chunk: LogOutput) -> (Stream, tokio_util::bytes::Bytes) {
    match chunk {
        LogOutput::StdErr { message } => (Stream::Err, message),
        LogOutput::StdOut { message } | LogOutput::StdIn { message } | LogOutput::Console { message } => {
            (Stream::Out, message)
        }
    }
}

/// Newer engines refuse at the start what older ones leave to the exit code.
pub(super) fn not_started(engine: &Engine, error: &Error, millis: u64) -> Result<Seen, Reason> {
    let Error::DockerResponseServerError { message, .. } = error else {
        return Err(engine.trouble("start the container", error));
    };
    let ended = if message.contains("exec format error") {
        RunEnd::ExecFormatError
    } else if message.contains("no such file or directory") || message.contains("executable file not found") {
        RunEnd::Exited(127)
    } else if message.contains("permission denied") {
        RunEnd::Exited(126)
    } else {
        return Err(engine.trouble("start the container", error));
    };
    let printed = Printed { stdout: Vec::new(), stderr: message.clone().into_bytes() };
    Ok(Seen { ended, printed, millis })
}

/// Where the kernel refuses a program, an older engine answers the start, prints
/// `exec /app: exec format error` as the program's, and ends with code 1.
fn is_exec_format_error(code: i32, printed: &Printed) -> bool {
    let stderr = String::from_utf8_lossy(&printed.stderr);
    let line = stderr.trim();
    code != 0
        && printed.stdout.is_empty()
        && line.lines().count() == 1
        && line.contains("exec")
        && line.ends_with("exec format error")
}

async fn ran_out_of_memory(engine: &Engine, id: &str) -> bool {
    let inspected = engine.client().inspect_container(id, None).await;
    inspected.ok().and_then(|container| container.state?.oom_killed).unwrap_or(false)
}

/// Puts the inputs into the working folder: files that the program reads and does not change, in
/// folders where it may write its outputs.
async fn upload(inputs: Option<&Path>, engine: &Engine, id: &str) -> Result<(), Reason> {
    let failed = |inputs: &Path, error: std::io::Error| {
        let text = format!("cannot read the inputs {}: {error}", inputs.display());
        Reason::new(ReasonKind::NotConfigured, text).cure("check `example.inputs` in the configuration")
    };
    let from = inputs.map(Path::to_owned);
    let packed = tokio::task::spawn_blocking(move || pack(from.as_deref())).await;
    let packed = packed.map_err(|error| Reason::new(ReasonKind::ToolFailed, error.to_string()))?;
    let file = packed.map_err(|error| failed(inputs.unwrap_or(Path::new(".")), error))?;
    let stream = tokio_util::io::ReaderStream::new(tokio::fs::File::from_std(file));
    let options = UploadToContainerOptionsBuilder::default().path(VOLUME).build();
    let uploaded =
        engine.client().upload_to_container(id, Some(options), bollard::body_try_stream(stream)).await;
    uploaded.map_err(|error| engine.trouble("copy the inputs to the container", &error))
}

/// A tar of the inputs in a temporary file.
fn pack(inputs: Option<&Path>) -> std::io::Result<std::fs::File> {
    use std::io::Seek as _;
    let mut tar = tar::Builder::new(tempfile::tempfile()?);
    tar.follow_symlinks(false);
    folder(&mut tar, WORK_NAME)?;
    let mut folders =
        inputs.map(|inputs| (inputs.to_owned(), WORK_NAME.to_owned())).into_iter().collect::<Vec<_>>();
    while let Some((path, below)) = folders.pop() {
        for entry in std::fs::read_dir(&path)? {
            let entry = entry?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folder(&mut tar, &format!("{name}/"))?;
                folders.push((entry.path(), format!("{name}/")));
            } else if kind.is_symlink() {
                let mut header = tar::Header::new_gnu();
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                header.set_mode(0o777);
                tar.append_link(&mut header, &name, std::fs::read_link(entry.path())?)?;
            } else {
                let file = std::fs::File::open(entry.path())?;
                let mut header = tar::Header::new_gnu();
                header.set_size(file.metadata()?.len());
                header.set_mode(if is_executable(&entry.path()) { 0o555 } else { 0o444 });
                tar.append_data(&mut header, &name, file)?;
            }
        }
    }
    let mut file = tar.into_inner()?;
    file.rewind()?;
    Ok(file)
}

fn folder(tar: &mut tar::Builder<std::fs::File>, name: &str) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(0);
    // Whoever the program runs as may add files, and nobody may take away another's.
    header.set_mode(0o1777);
    tar.append_data(&mut header, name, std::io::empty())
}

fn is_executable(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        true
    }
}

/// Looks for the declared outputs. An engine that cannot say whether one is there leaves the whole run unknown.
async fn outputs(spec: &RunSpec, engine: &Engine, id: &str) -> Result<Vec<Output>, Reason> {
    let mut outputs = Vec::new();
    for name in &spec.outputs {
        let path = if name.starts_with('/') { name.clone() } else { format!("{WORK}/{name}") };
        let options = ContainerArchiveInfoOptionsBuilder::default().path(&path).build();
        let size = match engine.client().get_container_archive_info(id, Some(options)).await {
            Ok(found) if found.file_mode & GO_DIRECTORY == 0 => u64::try_from(found.size).ok(),
            Ok(_) | Err(Error::DockerResponseServerError { status_code: 404, .. }) => None,
            Err(error) => return Err(engine.trouble(&format!("look for the output {name}"), &error)),
        };
        outputs.push(Output { path: name.clone(), size });
    }
    Ok(outputs)
}
