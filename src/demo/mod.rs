//! The demo's release, "greenlang 0.2.0": a folder like any project's, with a configuration, Dockerfiles, a
//! release workflow and OCI layouts. No other module knows that it is the demo.
//!
//! At the start only the runner for the host's own platform is there, "built before the fix": over its
//! budget, and its program refuses `--version`. [`build`] is what the release's own build command calls: it
//! writes both images for both platforms, mended and within budget.

mod image;
mod layout;
mod program;
mod sbom;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use program::{Architecture, gl};

use jiff::Timestamp;

use crate::embedded::sigstore::{Identity, PrivateSigstore, Running};
use crate::embedded::{Options, Osv, Registry};
use crate::model::{Digest, Platform};
use image::Recipe;

/// The commit that the demo releases.
const REVISION: &str = "5f0c1d0a7be3f6d2c1a94be8d0f37a6c0b1e2d34";
/// The version that the demo releases.
const VERSION: &str = "0.2.0";
/// The runner before the fix: a hundredth of the 367 MB of the report, over its budget of 3 MB.
const BLOATED: u64 = 7_167 * 512;
/// The runner afterwards, in bytes: 2.10 MB.
const RUNNER: u64 = 4_096 * 512;
/// The full image, in bytes: 8.39 MB of its 10 MB.
const FULL: u64 = 16_384 * 512;

/// What the demo's release is made for.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// The two registries that it will be published to, as `127.0.0.1:PORT`.
    pub registries: [String; 2],
    /// The base URL of the OSV that it asks.
    pub osv: String,
    /// Whether only the native platform's programs may run here, even where others could by emulation.
    pub native_only: bool,
    /// The exitbar program, which the release's build command calls.
    pub program: PathBuf,
}

/// Writes the release into `folder`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, options: &DemoOptions) -> io::Result<()> {
    let sources = [
        ("exitbar.toml", configuration(options)),
        ("VERSION", format!("{VERSION}\n")),
        ("README.md", include_str!("files/README.md").to_owned()),
        ("Dockerfile.runner", include_str!("files/Dockerfile.runner").to_owned()),
        ("Dockerfile.full", include_str!("files/Dockerfile.full").to_owned()),
        (".github/workflows/release.yml", include_str!("files/release.yml").to_owned()),
        ("examples/demo.yaml", include_str!("files/demo.yaml").to_owned()),
    ];
    for (name, text) in sources {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    let old =
        Recipe { name: "runner", version: VERSION, architecture: native(), mended: false, unpacked: BLOATED };
    sbom::write(folder, &old)?;
    layout::write(&folder.join("dist/runner"), "runner", VERSION, &[image::make(old)?])?;
    Ok(())
}

/// Builds both images for both platforms into the layouts of `folder`, with an SBOM beside each: what `exitbar demo-build` does.
/// Names and digests of what was built. The same version gives the same digests every time.
///
/// # Errors
/// When a layout cannot be written, or the folder's `VERSION` cannot be read although it is there.
pub fn build(folder: &Path) -> io::Result<Vec<(&'static str, Digest)>> {
    let file = folder.join("VERSION");
    let version = match fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => VERSION.to_owned(),
        Err(error) => {
            return Err(io::Error::new(error.kind(), format!("cannot read {}: {error}", file.display())));
        }
        Ok(version) => version,
    };
    let version = version.trim();
    let mut built = Vec::new();
    for (name, unpacked) in [("runner", RUNNER), ("full", FULL)] {
        let recipes = [Architecture::Amd64, Architecture::Arm64].map(|architecture| Recipe {
            name,
            version,
            architecture,
            mended: true,
            unpacked,
        });
        for recipe in &recipes {
            sbom::write(folder, recipe)?;
        }
        let images = recipes.into_iter().map(image::make).collect::<io::Result<Vec<_>>>()?;
        let digest = layout::write(&folder.join("dist").join(name), name, version, &images)?;
        built.push((name, digest));
    }
    Ok(built)
}

/// Starts the two registries that the release is published to: one with the referrers API, one without.
///
/// # Errors
/// When no port can be had.
pub fn registries() -> io::Result<[Registry; 2]> {
    let without = Options { referrers: false, ..Options::default() };
    Ok([Registry::start(Options::default())?, Registry::start(without)?])
}

/// Starts the Sigstore that the release is signed by, and writes into `folder` what its configuration names: the trust
/// root, the addresses of the services, and an identity token of the release workflow's.
///
/// # Errors
/// When no port can be had, or a file cannot be written.
pub fn sigstore(folder: &Path, clock: fn() -> Timestamp) -> io::Result<Running> {
    let sigstore = PrivateSigstore::new(clock()).map_err(io::Error::other)?;
    let running = sigstore.start(clock)?;
    let files = folder.join("sigstore");
    sigstore.write(&files, running.addresses())?;
    let reference = format!("refs/tags/v{VERSION}");
    let workflow = Identity::github("acme/greenlang", ".github/workflows/release.yml", &reference, REVISION);
    let token = sigstore.lasting_token(&workflow, clock()).map_err(io::Error::other)?;
    fs::write(files.join("token.jwt"), token)?;
    Ok(running)
}

/// Starts the OSV that knows what is vulnerable in the first build.
///
/// # Errors
/// When no port can be had.
pub fn osv() -> io::Result<Osv> {
    Osv::start(vec![sbom::advisory()], None)
}

/// The architecture that is built at the start: the host's own, so that its program can run; amd64 where the
/// demo has no program for it.
fn native() -> Architecture {
    Architecture::named(Platform::host().architecture()).unwrap_or(Architecture::Amd64)
}

/// The release's `exitbar.toml`.
fn configuration(options: &DemoOptions) -> String {
    let [first, second] = &options.registries;
    let platforms = if options.native_only {
        let native = native().name();
        format!("platforms = [\"linux/{native}\"]   # leave it out to try every platform of the images\n")
    } else {
        "# platforms = [\"linux/amd64\"]   # default: every platform of the images\n".to_owned()
    };
    let engine = if options.native_only {
        format!("[[engine]]\nplatforms = [\"linux/{}\"]\n\n", native().name())
    } else {
        String::new()
    };
    include_str!("files/exitbar.toml")
        .replace("@ENGINE@\n", &engine)
        .replace("@OSV@", &options.osv)
        .replace("@FIRST@", first)
        .replace("@SECOND@", second)
        .replace("@PROGRAM@", &toml::Value::String(options.program.display().to_string()).to_string())
        .replace("@PLATFORMS@\n", &platforms)
}

#[cfg(test)]
mod tests;
