//! The `git` program, asked without a terminal, hooks or a word to anybody else.
//!
//! Git's own protection (`safe.directory`) stays on: a repository of somebody else is not asked anything.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::text::clean_line;
use crate::model::{Reason, ReasonKind};
use crate::runner::{NETWORK, Tool, ToolRun};

/// The longest that a question about this machine's own files may take.
const LOCAL: Duration = Duration::from_secs(30);
/// The longest that a remote may take.
const REMOTE: Duration = Duration::from_mins(1);
/// The most that git may print.
const OUTPUT: usize = 8 << 20;

/// Nothing of the repository's own is run: neither hooks nor a file system monitor.
const SETTINGS: [&str; 5] =
    ["--no-optional-locks", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];

/// Who commits, where git's configuration is, and how a remote is reached: nothing of that is a secret.
const ENVIRONMENT: [&str; 12] = [
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GNUPGHOME",
    "SSH_AUTH_SOCK",
];

/// Git in a folder.
#[derive(Debug, Clone)]
pub struct Git {
    folder: PathBuf,
}

impl Git {
    /// Git in `folder`, which may lie anywhere in a repository.
    pub fn at(folder: &Path) -> Self {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Self { folder: folder.to_owned() }
    }

    /// Asks about what is here. An exit code is no error.
    ///
    /// # Errors
    /// Where there is no git, or it came to its limits.
    pub async fn ask(&self, arguments: &[&str]) -> Result<ToolRun, Reason> {
        self.run(arguments, LOCAL).await
    }

    /// Asks, or tells, a remote. An exit code is no error.
    ///
    /// # Errors
    /// As [`Git::ask`].
    pub async fn reach(&self, arguments: &[&str]) -> Result<ToolRun, Reason> {
        self.run(arguments, REMOTE).await
    }

    /// What git prints, in a line.
    ///
    /// # Errors
    /// As [`Git::ask`], and where it failed.
    pub async fn line(&self, arguments: &[&str]) -> Result<String, Reason> {
        let run = self.ask(arguments).await?;
        if run.exit != 0 {
            return Err(self.failed(arguments, &run));
        }
        Ok(String::from_utf8_lossy(&run.stdout).lines().next().unwrap_or_default().to_owned())
    }

    async fn run(&self, arguments: &[&str], time: Duration) -> Result<ToolRun, Reason> {
        let inherited = ENVIRONMENT
            .iter()
            .chain(&NETWORK)
            .filter_map(|name| Some((name.into(), std::env::var_os(name)?)));
        // Who would be asked for a password is not there: such a remote fails instead of waiting.
        let own = [
            ("LC_ALL", "C"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ASKPASS", "false"),
            ("SSH_ASKPASS", "false"),
            ("SSH_ASKPASS_REQUIRE", "force"),
            ("GIT_EDITOR", "false"),
        ];
        let own = own.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let tool = Tool {
            program: "git".into(),
            arguments: SETTINGS.iter().chain(arguments).map(Into::into).collect(),
            folder: self.folder.clone(),
            environment: inherited.chain(own).collect(),
            time,
            output: OUTPUT,
        };
        let mut run = tool.run().await?;
        run.stderr = without_credentials(&run.stderr);
        Ok(run)
    }

    /// Why a command of git's failed.
    pub fn failed(&self, arguments: &[&str], run: &ToolRun) -> Reason {
        let said = run.stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        let command = arguments.first().unwrap_or(&"");
        let text = format!(
            "git {command} in {} ended with {}: {}",
            clean_line(&self.folder.display().to_string()),
            run.exit,
            clean_line(said)
        );
        let reason = Reason::new(ReasonKind::ToolFailed, text);
        if run.stderr.contains("dubious ownership") {
            return reason.cure(
                "the repository belongs to somebody else: git config --global --add safe.directory FOLDER",
            );
        }
        reason
    }
}

/// Whether git said that there is no repository.
pub fn is_no_repository(run: &ToolRun) -> bool {
    run.exit == 128 && run.stderr.contains("not a git repository")
}

/// A text without what stands between `://` and `@`.
pub fn without_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after.find(|c: char| c == '/' || c.is_whitespace() || c == '\'').unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(at) => &after[at + 1..],
            None => after,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_url_are_left_out() {
        for (given, kept) in [
            ("https://me:s3cret@host/a", "https://host/a"),
            ("fatal: 'ssh://git@host:22/a' and https://t@h", "fatal: 'ssh://host:22/a' and https://h"),
            ("git@github.com:acme/app", "git@github.com:acme/app"),
            ("https://host/a@b", "https://host/a@b"),
        ] {
            assert_eq!(without_credentials(given), kept);
        }
    }

    #[tokio::test]
    async fn a_folder_without_a_repository_says_so_and_a_failure_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let git = Git::at(folder.path());
        let run = git.ask(&["status"]).await.unwrap();
        assert!(is_no_repository(&run), "{run:?}");
        let reason = git.line(&["rev-parse", "HEAD"]).await.unwrap_err();
        assert!(reason.text.contains("git rev-parse in"), "{reason}");
    }
}
