//! A tool of this machine, such as syft, run to its end within limits. No shell, no input, and of the environment
//! only what it needs: neither credentials nor tokens are for it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use super::group::ProcessGroup;
use super::output::shorten;
use super::process::exit_code;
use crate::model::{Reason, ReasonKind};

/// What of this process's environment every tool gets.
const ENVIRONMENT: [&str; 8] =
    ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "SYSTEMROOT"];

/// What of it a tool gets besides that reaches a network as this machine does.
pub const NETWORK: [&str; 10] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// What is kept of standard error.
const MOST_STDERR: u64 = 1 << 20;

/// What to run, and how far it may go.
#[derive(Debug, Clone)]
pub struct Tool {
    /// The program, looked up on the PATH where it is a bare name.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The folder that it runs in.
    pub folder: PathBuf,
    /// Variables of its own.
    pub environment: Vec<(OsString, OsString)>,
    /// The longest time.
    pub time: Duration,
    /// The most bytes on standard output.
    pub output: usize,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolRun {
    /// The exit code.
    pub exit: i32,
    /// Standard output, as it is.
    pub stdout: Vec<u8>,
    /// Standard error, shortened and safe to show.
    pub stderr: String,
}

impl Tool {
    /// Runs it. When this future is dropped, the tool and what it started are ended.
    ///
    /// # Errors
    /// `NotConfigured` where there is no such program, `TimedOut` and `TooLarge` at its limits, `ToolFailed` otherwise.
    /// An exit code is no error here.
    pub async fn run(&self) -> Result<ToolRun, Reason> {
        let name = self.program.display();
        let (mut child, group) =
            ProcessGroup::start(&mut self.command()).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => {
                    Reason::new(ReasonKind::NotConfigured, format!("there is no {name} on the PATH"))
                        .cure(format!("install {name}"))
                }
                _ => Reason::new(ReasonKind::ToolFailed, format!("{name} did not start: {error}")),
            })?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let work = async {
            let (stdout, stderr) =
                tokio::join!(limited(stdout, self.output as u64 + 1), drained(stderr, MOST_STDERR));
            let stdout = stdout?;
            if stdout.len() > self.output {
                return Ok(Err(()));
            }
            let status = child.wait().await?;
            Ok(Ok(ToolRun { exit: exit_code(status), stdout, stderr: shorten(&stderr?) }))
        };
        let Ok(done) = tokio::time::timeout(self.time, work).await else {
            let text = format!("{name} did not end within {} s", self.time.as_secs());
            return Err(Reason::new(ReasonKind::TimedOut, text));
        };
        let done: std::io::Result<Result<ToolRun, ()>> = done;
        match done {
            Ok(Ok(run)) => {
                group.leave();
                Ok(run)
            }
            Ok(Err(())) => {
                let text = format!("{name} printed more than {} MiB", self.output >> 20);
                Err(Reason::new(ReasonKind::TooLarge, text))
            }
            Err(error) => Err(Reason::new(ReasonKind::ToolFailed, format!("{name} was lost: {error}"))),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let inherited = ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command
            .args(&self.arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(inherited)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// Reads so many bytes, and leaves the rest unread: the writer ends with its process group.
async fn limited(pipe: Option<impl AsyncRead + Unpin>, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(limit).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Keeps so many bytes and reads the rest away, so that a talkative tool is not stopped by it.
async fn drained(pipe: Option<impl AsyncRead + Unpin>, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        (&mut pipe).take(limit).read_to_end(&mut bytes).await?;
        tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    }
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Tool {
        Tool {
            program: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            folder: std::env::temp_dir(),
            environment: vec![("OWN".into(), "mine".into())],
            time: Duration::from_secs(20),
            output: 64 << 10,
        }
    }

    #[tokio::test]
    async fn what_it_prints_and_how_it_ends_are_told_apart() {
        let run = shell("printf out; printf 'err\\033[2J' >&2; exit 3").run().await.unwrap();
        assert_eq!((run.exit, run.stdout.as_slice(), run.stderr.as_str()), (3, b"out".as_slice(), "err"));
    }

    #[tokio::test]
    async fn it_gets_its_own_variables_and_no_secret_of_this_process() {
        let run = shell("echo $OWN; env").run().await.unwrap();
        let said = String::from_utf8(run.stdout).unwrap();
        assert!(said.starts_with("mine\n") && !said.contains("CARGO_"), "{said}");
    }

    #[tokio::test]
    async fn its_limits_end_it() {
        let flood = shell("while :; do echo 0123456789012345678901234567890123456789; done").run().await;
        assert_eq!(flood.unwrap_err().kind, ReasonKind::TooLarge);
        let slow = Tool { time: Duration::from_millis(50), ..shell("sleep 600") }.run().await;
        assert_eq!(slow.unwrap_err().kind, ReasonKind::TimedOut);
    }

    #[tokio::test]
    async fn a_talkative_tool_is_not_stopped_by_what_it_says_on_standard_error() {
        let run = shell("head -c 3000000 /dev/zero >&2; printf done").run().await.unwrap();
        assert_eq!((run.exit, run.stdout.as_slice()), (0, b"done".as_slice()));
        assert!(run.stderr.len() < 64 << 10);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let reason = Tool { program: "exitbar-no-such-tool".into(), ..shell("") }.run().await.unwrap_err();
        assert_eq!(reason.kind, ReasonKind::NotConfigured);
        assert!(reason.text.contains("exitbar-no-such-tool"), "{reason}");
    }
}
