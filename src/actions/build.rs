//! Builds every image for every platform by the command that the configuration names.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;

use super::{Context, JobSink, Outline};
use crate::model::{Image, LocalSource};

/// One command to run; images that name the same one are built by it together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct BuildCommand {
    argv: Vec<String>,
    folder: PathBuf,
}

pub(super) fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    for command in commands(context)? {
        outline.steps.push(format!("run `{}` in {}", command.argv.join(" "), command.folder.display()));
    }
    for image in &context.release.images {
        if let Some(LocalSource::Layout(layout)) = &image.local {
            let platforms: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
            outline.steps.push(format!("expect {} in {}", platforms.join(", "), layout.display()));
        }
    }
    Ok(outline)
}

fn commands(context: &Context) -> Result<BTreeSet<BuildCommand>, String> {
    let built: Vec<&Image> = context.release.images.iter().filter(|image| image.build.is_some()).collect();
    if built.is_empty() {
        return Err("no image says how it is built; set `build = { command = […] }` for it".to_owned());
    }
    built.into_iter().map(|image| command(image, context)).collect()
}

fn command(image: &Image, context: &Context) -> Result<BuildCommand, String> {
    let build = image.build.as_ref().ok_or_else(|| format!("image {} is not built here", image.name))?;
    let Some(argv) = build.command.clone().filter(|argv| !argv.is_empty()) else {
        return Err(format!(
            "image {} has a Dockerfile but no build command; set `build.command` to one that writes an OCI layout, \
             for example [\"docker\", \"buildx\", \"build\", \"--output\", \"type=oci,tar=false,dest=dist/{}\", \".\"]",
            image.name, image.name
        ));
    };
    Ok(BuildCommand { argv, folder: context.world.wiring.path(&build.context) })
}

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let commands = commands(context)?;
    let total = commands.len();
    for (done, command) in commands.iter().enumerate() {
        sink.progress(done, total, command.argv.join(" ")).await;
        run(command, context, sink).await?;
    }
    sink.progress(total, total, "built").await;
    let names: Vec<String> = context.release.images.iter().map(|image| image.name.to_string()).collect();
    Ok(format!("built {}", names.join(", ")))
}

async fn run(command: &BuildCommand, context: &Context, sink: &JobSink) -> Result<(), String> {
    let shown = command.argv.join(" ");
    let mut process = Command::new(&command.argv[0]);
    process
        .args(&command.argv[1..])
        .current_dir(&command.folder)
        .env("EXITBAR_VERSION", &context.release.version)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    process.process_group(0);
    let mut child = process
        .spawn()
        .map_err(|error| format!("cannot start `{shown}` in {}: {error}", command.folder.display()))?;
    let mut group = Group(child.id());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (_, last) = tokio::join!(lines(stdout, sink), lines(stderr, sink));
    let status = child.wait().await.map_err(|error| format!("`{shown}` was lost: {error}"))?;
    group.0 = None;
    if status.success() {
        return Ok(());
    }
    let last = last.map_or_else(String::new, |line| format!("; its last line: {line}"));
    Err(format!("`{shown}` ended with {status}{last}; mend the build and press b again"))
}

async fn lines(pipe: Option<impl AsyncRead + Unpin>, sink: &JobSink) -> Option<String> {
    let mut lines = BufReader::new(pipe?).split(b'\n');
    let mut last = None;
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line).into_owned();
        sink.line(&line).await;
        if !line.trim().is_empty() {
            last = Some(crate::model::text::clean_line(&line).into_owned());
        }
    }
    last
}

/// The process group of a build command, ended with the job: a cancelled build leaves nothing running.
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
