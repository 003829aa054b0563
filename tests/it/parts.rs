//! The real parts that tests need, and whether they are here.

use std::process::{Command, Stdio};

/// A real part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Debian's `docker-registry`.
    Registry,
    /// A container engine that answers.
    Engine,
    /// Programs of another architecture run here.
    Emulation,
}

impl Part {
    /// The name in `EXITBAR_REQUIRE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registry => "docker-registry",
            Self::Engine => "docker",
            Self::Emulation => "emulation",
        }
    }

    /// Why it cannot be used, if so.
    pub fn missing(self) -> Option<&'static str> {
        match self {
            Self::Registry => {
                (!runs("docker-registry", &["--version"])).then_some("docker-registry is not installed")
            }
            Self::Engine => (!runs("docker", &["version"])).then_some("no container engine answers"),
            Self::Emulation => {
                let other = if cfg!(target_arch = "aarch64") { "x86_64" } else { "aarch64" };
                let entry = format!("/proc/sys/fs/binfmt_misc/qemu-{other}");
                let on = std::fs::read_to_string(entry).is_ok_and(|state| state.starts_with("enabled"));
                (!on).then_some("no emulation of another architecture is registered")
            }
        }
    }
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Whether a missing part is a failure.
pub fn is_required(part: Part) -> bool {
    let required = std::env::var("EXITBAR_REQUIRE").unwrap_or_default();
    required.split(',').any(|name| name.trim() == part.name())
}
