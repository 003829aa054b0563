//! Vulnerability scanners on PATH: Trivy and Grype, asked about one image by its digest.
//!
//! They read a registry's credentials where this machine keeps them, as exitbar does: nothing secret is handed to
//! them. Settings of theirs that would hide findings are taken out of their environment, and they run in an empty
//! folder: what is ignored is said in `exitbar.toml`, where everybody sees it.

#[cfg(all(test, unix))]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::model::{Digest, Platform, Reason, ReasonKind, Repository, ScannerOutput, text};
use crate::runner::{self, ToolRun};

/// A scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// <https://trivy.dev>
    Trivy,
    /// <https://github.com/anchore/grype>
    Grype,
}

/// What is scanned.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// Where it is.
    pub repository: &'a Repository,
    /// Its manifest.
    pub digest: &'a Digest,
    /// Its platform.
    pub platform: &'a Platform,
    /// Whether the registry speaks plain HTTP.
    pub plain_http: bool,
}

/// The longest that a scan may take: the first one downloads a database.
const SCAN: Duration = Duration::from_mins(15);
/// The longest that a question about the tool itself may take.
const ASK: Duration = Duration::from_secs(30);
/// The most bytes of a report.
const REPORT: usize = 64 << 20;

/// What of the environment a scanner needs to reach a registry as this machine does; its own settings come as well.
const REACHING: [&str; 4] = ["DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"];

/// Settings that would hide findings or change the form of the report.
const HIDING: [&str; 24] = [
    "TRIVY_CONFIG",
    "TRIVY_EXIT_CODE",
    "TRIVY_EXIT_ON_EOL",
    "TRIVY_FORMAT",
    "TRIVY_IGNORE_POLICY",
    "TRIVY_IGNORE_STATUS",
    "TRIVY_IGNORE_UNFIXED",
    "TRIVY_IGNOREFILE",
    "TRIVY_OUTPUT",
    "TRIVY_PKG_RELATIONSHIPS",
    "TRIVY_PKG_TYPES",
    "TRIVY_SCANNERS",
    "TRIVY_SEVERITY",
    "TRIVY_SKIP_DIRS",
    "TRIVY_SKIP_FILES",
    "TRIVY_VEX",
    "TRIVY_VULN_TYPE",
    "GRYPE_CONFIG",
    "GRYPE_EXCLUDE",
    "GRYPE_FAIL_ON_SEVERITY",
    "GRYPE_IGNORE_STATES",
    "GRYPE_ONLY_FIXED",
    "GRYPE_OUTPUT",
    "GRYPE_VEX_DOCUMENTS",
];

impl Tool {
    /// The program's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trivy => "trivy",
            Self::Grype => "grype",
        }
    }

    /// The tool of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Trivy, Self::Grype].into_iter().find(|tool| tool.name() == name)
    }

    /// Where it is on a search path, such as the environment's PATH.
    pub fn find(self, path: &OsString) -> Option<PathBuf> {
        let there = |folder: PathBuf| {
            let program = folder.join(format!("{}{}", self.name(), std::env::consts::EXE_SUFFIX));
            is_program(&program).then_some(program)
        };
        std::env::split_paths(path).filter(|folder| folder.is_absolute()).find_map(there)
    }

    /// What it is called with.
    pub fn arguments(self, target: &Target<'_>) -> Vec<String> {
        let reference = target.repository.pinned(target.digest);
        let platform = target.platform.to_string();
        let arguments: Vec<&str> = match self {
            Self::Trivy => vec![
                "image",
                "--format=json",
                "--scanners=vuln",
                "--list-all-pkgs",
                "--severity=UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL",
                "--exit-code=0",
                "--no-progress",
                "--image-src=remote",
                "--platform",
                &platform,
                &reference,
            ],
            // -v tells how many packages were catalogued: the report does not.
            Self::Grype => vec!["-v", "--output=json", "--platform", &platform],
        };
        let mut arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        if self == Self::Grype {
            arguments.push(format!("registry:{reference}"));
        }
        arguments
    }

    /// Its own settings and what it needs to reach a registry, but for what would hide findings.
    fn environment(self, plain_http: bool) -> Vec<(OsString, OsString)> {
        let prefix = format!("{}_", self.name().to_ascii_uppercase());
        let reaches = |name: &str| REACHING.contains(&name) || runner::NETWORK.contains(&name);
        let is_its = |name: &str| reaches(name) || (name.starts_with(&prefix) && !HIDING.contains(&name));
        let kept = std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_its));
        let plain: &[&str] = match (self, plain_http) {
            (_, false) => &[],
            (Self::Trivy, true) => &["TRIVY_INSECURE", "TRIVY_NON_SSL"],
            (Self::Grype, true) => &["GRYPE_REGISTRY_INSECURE_USE_HTTP"],
        };
        kept.chain(plain.iter().map(|name| (OsString::from(name), OsString::from("true")))).collect()
    }

    /// Runs it in an empty folder: what lies around in another one is no setting of the release's.
    async fn run(
        self,
        program: &Path,
        arguments: Vec<String>,
        plain_http: bool,
        time: Duration,
    ) -> Result<ToolRun, Reason> {
        let folder = tempfile::Builder::new().prefix("exitbar-scan-").tempdir().map_err(|error| {
            Reason::new(ReasonKind::ToolFailed, format!("no temporary folder for {}: {error}", self.name()))
        })?;
        let tool = runner::Tool {
            program: program.to_owned(),
            arguments: arguments.into_iter().map(OsString::from).collect(),
            folder: folder.path().to_owned(),
            environment: self.environment(plain_http),
            time,
            output: REPORT,
        };
        tool.run().await
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Scans an image.
///
/// # Errors
/// `ToolFailed` when it ends with another exit code than 0, says that it failed, or prints no report; `TimedOut` and
/// `TooLarge` at its limits.
pub async fn scan(tool: Tool, program: &Path, target: &Target<'_>) -> Result<ScannerOutput, Reason> {
    let name = tool.name();
    let arguments = tool.arguments(target);
    let run = tool.run(program, arguments.clone(), target.plain_http, SCAN).await?;
    if let Some(said) = failure(&run) {
        let text = format!("{name} failed with exit code {}: {said}", run.exit);
        return Err(Reason::new(ReasonKind::ToolFailed, text)
            .cure(format!("run `{name} {}` by hand", arguments.join(" "))));
    }
    let about = if tool == Tool::Trivy { about_trivy(program).await } else { About::default() };
    Ok(ScannerOutput {
        packages: (tool == Tool::Grype).then(|| catalogued(&run.stderr)).flatten(),
        version: about.version,
        database_at: about.database_at,
        exit: run.exit,
        report: Arc::from(run.stdout),
    })
}

/// What a scanner that failed said. Some print that they failed, and exit with 0 all the same.
fn failure(ended: &ToolRun) -> Option<String> {
    let fatal = ended.stderr.lines().find(|line| {
        line.split_whitespace().any(|word| matches!(word.trim_matches(['[', ']', ':']), "FATAL" | "PANIC"))
    });
    let no_report = ended.stdout.iter().all(u8::is_ascii_whitespace);
    if ended.exit == 0 && fatal.is_none() && !no_report {
        return None;
    }
    let last = ended.stderr.lines().rev().find(|line| !line.trim().is_empty());
    let said = fatal.or(last).unwrap_or("it printed no report");
    Some(text::clean_line(said.trim()).chars().take(400).collect())
}

/// How many packages Grype says that it catalogued.
fn catalogued(stderr: &str) -> Option<u64> {
    let words: Vec<&str> = stderr.split_whitespace().collect();
    let told =
        words.windows(3).rev().find(|three| three[0] == "across" && three[2].starts_with("packages"))?;
    told[1].parse().ok()
}

#[derive(Debug, Default)]
struct About {
    version: Option<String>,
    database_at: Option<Timestamp>,
}

/// Trivy's report says nothing of its database.
async fn about_trivy(program: &Path) -> About {
    let arguments = ["version", "--format=json"].map(str::to_owned).to_vec();
    let Ok(ended) = Tool::Trivy.run(program, arguments, false, ASK).await else { return About::default() };
    let Ok(value) = serde_json::from_slice::<Value>(&ended.stdout) else { return About::default() };
    let word = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let time: Option<Timestamp> = word("/VulnerabilityDB/UpdatedAt").and_then(|at| at.parse().ok());
    About {
        version: word("/Version").map(|version| text::clean_line(version).into_owned()),
        database_at: time.filter(|at| *at > Timestamp::UNIX_EPOCH),
    }
}
