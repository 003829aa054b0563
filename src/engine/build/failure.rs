//! Why a build failed, in words.

use std::fmt;

use bollard::errors::Error;

use super::trace::Trace;
use super::{BuildSpec, Engine};
use crate::engine::{FULL, is_full};
use crate::model::{Reason, ReasonKind};

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFailure {
    /// What was tried, what came back, what to do next.
    pub reason: Reason,
    /// The step that failed, named as BuildKit names it, where it was a step.
    pub step: Option<String>,
    /// The last lines that it printed, without control characters.
    pub lines: Vec<String>,
}

impl From<Reason> for BuildFailure {
    fn from(reason: Reason) -> Self {
        Self { reason, step: None, lines: Vec::new() }
    }
}

impl fmt::Display for BuildFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.reason, f)
    }
}

/// What an error of the engine, or of the connection to it, means.
pub(super) fn of(
    error: &Error,
    words: String,
    trace: &Trace,
    spec: &BuildSpec,
    address: &str,
) -> BuildFailure {
    let said = match error {
        Error::DockerStreamError { error } => trace.cleaned(error.as_bytes()),
        Error::DockerResponseServerError { message, .. } => trace.cleaned(message.as_bytes()),
        Error::RequestTimeoutError => {
            let text = format!("engine {address}: no answer to the build of {}", spec.name);
            return Reason::new(ReasonKind::TimedOut, text).into();
        }
        // The context is read while it is sent.
        _ if words.starts_with("the build context: ") => {
            return Reason::new(ReasonKind::ToolFailed, words).into();
        }
        _ => {
            let mut reason = broken_off(address, spec);
            reason.text = format!("{}: {words}", reason.text);
            return reason.into();
        }
    };
    let failed = trace.failure();
    let (step, lines) = failed.map_or((None, Vec::new()), |(step, lines, _)| (Some(step.to_owned()), lines));
    let printed = lines.iter().any(|line| is_full(line));
    let reason = Reason::new(ReasonKind::ToolFailed, said);
    let reason = match cure(&reason.text, printed) {
        Some(cure) => reason.cure(cure),
        None => reason,
    };
    BuildFailure { reason, step, lines }
}

fn cure(said: &str, full: bool) -> Option<&'static str> {
    if full || is_full(said) {
        return Some(FULL);
    }
    if said.contains("exec format error") {
        return Some(
            "the engine cannot run this platform: apt-get install qemu-user-static binfmt-support, or build on such a machine",
        );
    }
    None
}

/// The engine went away.
pub(super) fn broken_off(address: &str, spec: &BuildSpec) -> Reason {
    let text = format!(
        "engine {address} broke off the build of {} and gave no image: it was stopped, or the connection was lost",
        spec.name
    );
    Reason::new(ReasonKind::NoEngine, text).cure("see that the engine runs, and build again")
}

/// podman's socket builds with buildah whatever is asked for, and says nothing of its steps.
pub(super) fn no_buildkit(engine: &Engine) -> Reason {
    let text = format!("engine {} is podman, whose socket has no BuildKit", engine.address());
    let cure = "build with Docker Engine, or set `build.command` to one that writes an OCI layout, such as a script \
                with `podman build` and `podman push IMAGE oci:PATH`";
    Reason::new(ReasonKind::NotSupported, text).cure(cure)
}

/// The image, or a program in it, is for another machine.
pub(super) fn other_platform(spec: &BuildSpec, what: &str, machine: &str) -> Reason {
    let text = format!(
        "{} was to be for {}, and {what} is for {machine}; the image got no name",
        spec.name, spec.platform
    );
    Reason::new(ReasonKind::ToolFailed, text).cure(
        "see whether a FROM names a platform or has a base image of another one, and what COPY brings along",
    )
}
