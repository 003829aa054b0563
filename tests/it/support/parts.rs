//! The real parts that some tests need, and what happens where one is missing.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use exitbar::demo::{Architecture, gl};
use libtest_mimic::{Completion, Failed, Trial};

/// Names the parts that must be there, separated by commas: a test that lacks one fails.
const REQUIRE: &str = "EXITBAR_REQUIRE";

/// A part of the real world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Debian's `docker-registry` (the CNCF distribution registry).
    DockerRegistry,
    /// A running Docker Engine and its client.
    Docker,
    /// Programs of the other architecture run here (qemu-user with binfmt).
    Emulation,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::DockerRegistry => "docker-registry",
            Self::Docker => "docker",
            Self::Emulation => "emulation",
        }
    }

    /// Why the part is missing, looked up once.
    fn missing(self) -> Option<&'static str> {
        static MISSING: [OnceLock<Option<&str>>; 3] = [const { OnceLock::new() }; 3];
        *MISSING[self as usize].get_or_init(|| match self {
            Self::DockerRegistry => {
                (!succeeds("docker-registry", &["--version"])).then_some("docker-registry is not installed")
            }
            Self::Docker => {
                (!succeeds("docker", &["version"])).then_some("no Docker Engine answers the docker client")
            }
            Self::Emulation => {
                (!foreign_program_runs()).then_some("programs of another architecture do not run here")
            }
        })
    }
}

/// A test that needs nothing but this machine.
pub fn test(name: &str, body: fn()) -> Trial {
    needing(name, &[], body)
}

/// A test that needs real parts.
pub fn needing(name: &str, parts: &'static [Part], body: fn()) -> Trial {
    Trial::ignorable_test(name, move || {
        for part in parts {
            let Some(reason) = part.missing() else { continue };
            if is_required(*part) {
                return Err(Failed::from(format!("{reason}, but {REQUIRE} names {}", part.name())));
            }
            return Ok(Completion::ignored_with(reason));
        }
        body();
        Ok(Completion::Completed)
    })
}

fn is_required(part: Part) -> bool {
    let required = std::env::var(REQUIRE).unwrap_or_default();
    required.split(',').any(|name| name.trim() == part.name())
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The true test of emulation: a program of the other architecture says its version.
fn foreign_program_runs() -> bool {
    let foreign = if cfg!(target_arch = "x86_64") { Architecture::Arm64 } else { Architecture::Amd64 };
    let Ok(folder) = tempfile::tempdir() else { return false };
    let file = folder.path().join("gl");
    let written = std::fs::write(&file, gl(foreign, "0.2.0", true));
    let executable = std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755));
    if written.is_err() || executable.is_err() {
        return false;
    }
    loop {
        let output = Command::new(&file).arg("--version").output();
        match output {
            // A child of another test may for a moment still hold the file open for writing.
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::yield_now();
            }
            output => return output.is_ok_and(|output| output.stdout == b"gl 0.2.0\n"),
        }
    }
}
