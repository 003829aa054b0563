//! The demo's release, written to a folder: configuration, Dockerfiles, workflow, OCI layouts. No other module
//! knows of it: what is read there is read as anybody's release is.

mod image;
mod program;
mod source;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use image::Build;

use crate::model::Platform;

/// What the demo's folder depends on.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// The hosts of the two registries.
    pub registries: [String; 2],
    /// Whether programs of the host's own platform alone may run.
    pub native_only: bool,
    /// The exitbar program: the release's build command is one of its own.
    pub program: PathBuf,
}

/// Writes the release as it is before it is mended: one image, for the host's own platform, over its budget, whose
/// program knows no `--version`.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(folder: &Path, options: &DemoOptions) -> io::Result<()> {
    source::write(folder, options)?;
    let native = [native()];
    image::write(&folder.join("dist/runner"), "runner", Build::BeforeTheFix, &native)
}

/// Builds every image for both platforms, mended and within budget: the same bytes every time.
///
/// # Errors
/// When the folder cannot be written.
pub fn build(folder: &Path) -> io::Result<()> {
    let platforms = [Platform::new("linux", "amd64", None), Platform::new("linux", "arm64", None)];
    for (image, kind) in [("runner", Build::Mended), ("full", Build::MendedWithTools)] {
        image::write(&folder.join("dist").join(image), image, kind, &platforms)?;
    }
    Ok(())
}

/// The host's own platform, or amd64 where the demo has no program for it.
fn native() -> Platform {
    let host = Platform::host();
    let known = host.os() == "linux" && matches!(host.architecture(), "amd64" | "arm64");
    if known { host } else { Platform::new("linux", "amd64", None) }
}
