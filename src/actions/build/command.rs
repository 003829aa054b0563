//! A build by a command of the user's, which writes an OCI layout.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;

use super::{Context, JobSink};
use crate::model::Image;
use crate::runner::ProcessGroup;

/// One command to run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BuildCommand {
    argv: Vec<String>,
    folder: PathBuf,
}

impl BuildCommand {
    /// The command that builds an image, if one does.
    pub(super) fn of(image: &Image, context: &Context) -> Option<Self> {
        let build = image.build.as_ref()?;
        let argv = build.command.clone().filter(|argv| !argv.is_empty())?;
        Some(Self { argv, folder: context.world.wiring.path(&build.context) })
    }

    pub(super) fn shown(&self) -> String {
        self.argv.join(" ")
    }

    /// What the plan says of it.
    pub(super) fn step(&self) -> String {
        format!("run `{}` in {}", self.shown(), self.folder.display())
    }

    pub(super) async fn run(&self, context: &Context, sink: &JobSink) -> Result<(), String> {
        let shown = self.shown();
        let mut process = Command::new(&self.argv[0]);
        process
            .args(&self.argv[1..])
            .current_dir(&self.folder)
            .env("EXITBAR_VERSION", &context.release.version)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A cancelled build leaves nothing running.
        let (mut child, group) = ProcessGroup::start(&mut process)
            .map_err(|error| format!("cannot start `{shown}` in {}: {error}", self.folder.display()))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (_, last) = tokio::join!(lines(stdout, sink), lines(stderr, sink));
        let status = child.wait().await.map_err(|error| format!("`{shown}` was lost: {error}"))?;
        group.leave();
        if status.success() {
            return Ok(());
        }
        let last = last.map_or_else(String::new, |line| format!("; its last line: {line}"));
        Err(format!("`{shown}` ended with {status}{last}; mend the build and press b again"))
    }
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
