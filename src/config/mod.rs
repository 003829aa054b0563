//! `exitbar.toml` → what is released, what it must satisfy, and how this machine reaches the world.
//!
//! The file is walked by hand over the spans that the parser gives, so that every problem is told at once,
//! each with its line, what is wrong with it and what would be right.

mod build;
mod find;
mod image;
mod keys;
mod machine;
mod policy;
mod problem;
mod release;
mod sbom;
mod screen;
mod section;
#[cfg(test)]
mod tests;
mod units;
mod version;
mod vulnerabilities;
mod wiring;

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::keymap::Keymap;
use crate::model::{Image, Policy, Release, ScanKind, Scope};
use find::Folders;
use problem::Problems;
use section::Section;

pub use find::FILE;
pub use problem::{ConfigError, Problem};
pub use screen::{ClipboardSetting, ScreenSettings};
pub use wiring::{
    EngineWiring, GithubWiring, HostProcess, RegistryWiring, SbomWiring, SigningWiring, TokenSource,
    TrustWiring, Wiring,
};

/// A configuration that was read and is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// What is to go live.
    pub release: Release,
    /// What it must satisfy.
    pub policy: Policy,
    /// What an audit looks at and may execute.
    pub scope: Scope,
    /// How this machine reaches the world.
    pub wiring: Wiring,
    /// The keys of the cockpit.
    pub keys: Keymap,
    /// How the cockpit looks, and what it asks of the terminal.
    pub screen: ScreenSettings,
    /// What is set and not used yet, for the operator.
    pub warnings: Vec<String>,
    /// The file.
    pub file: PathBuf,
}

/// Reads the configuration: the file given, else the first `exitbar.toml` from `folder` upward, else the
/// one in the user's configuration folder.
///
/// # Errors
/// No file, a file that cannot be read, or everything that is wrong in it. The exit code for each is 2.
pub fn load(explicit: Option<&Path>, folder: &Path) -> Result<Loaded, ConfigError> {
    let folders = Folders::of_user();
    let file = find::file(explicit, folder, &folders)?;
    let text = find::text(&file)?;
    read(&text, &file, &folders)
}

/// Reads the text of a configuration that lies in `file`.
///
/// # Errors
/// Everything that is wrong in it.
pub fn parse(file: &Path, text: &str) -> Result<Loaded, ConfigError> {
    read(text, file, &Folders::of_user())
}

/// The user's own themes: the files of `themes` in the user's configuration folder, each with its text or why it
/// could not be read.
pub fn themes() -> Vec<(PathBuf, Result<String, String>)> {
    find::themes(&Folders::of_user())
}

/// The wiring of a machine without a configuration, for what needs none.
pub fn without_file(folder: &Path) -> Wiring {
    Wiring::of(folder, &Folders::of_user().state)
}

/// A duration as people write it: `15min`, `24h`, `7d`.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub fn duration(written: &str) -> Result<jiff::SignedDuration, String> {
    units::duration(written).map_err(|(wrong, help)| match help {
        Some(help) => format!("{wrong}: {help}"),
        None => wrong,
    })
}

fn read(text: &str, file: &Path, folders: &Folders) -> Result<Loaded, ConfigError> {
    let problems = Problems::new(file, text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        problems.add(&error.span().unwrap_or(0..0), error.message(), None);
    }
    if !errors.is_empty() {
        // What the parser could not understand is missing from the tables: further problems would be its echo.
        return Err(ConfigError::Invalid(problems.into_list()));
    }
    let root = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let top = Section::open("the file", 0..0, document.get_ref(), keys::TOP, &problems);
    let release = release::read(&top, root);
    let images = release.as_ref().map_or(&[][..], |release| &release.images);
    let policy = policy::read(&top, images);
    let mut warnings = Vec::new();
    let builds = |image: &&Image| image.build.as_ref().is_some_and(|build| build.command.is_some());
    for image in images.iter().filter(builds).filter(|image| image.local.is_none()) {
        let name = &image.name;
        warnings
            .push(format!("`{name}` has a `build.command` and no `local`: what it builds is not looked for"));
    }
    let mut wiring = machine::wiring(&top, root, images, folders);
    wiring.sbom = sbom::read(&top, images);
    let (github, ask) = machine::github(&top);
    wiring.github = github;
    wiring.trust.root.clone_from(&policy.trusted_root);
    let sources = policy.policy.vulnerabilities.sources.iter().flatten();
    let scanners = sources.filter(|kind| ScanKind::SCANNERS.contains(kind));
    wiring.scanners = scanners.map(|kind| kind.word().to_owned()).collect();
    if let Some(osv) = &policy.osv {
        wiring.osv.clone_from(osv);
    }
    let signers = [Some(&policy.policy.signature), policy.policy.attestations.as_ref()];
    wiring.trust.keys.extend(signers.into_iter().flatten().filter_map(|signer| signer.key.clone()));
    let screen = screen::read(&top);
    let keys = machine::keys(&top);
    match (release, problems.into_list()) {
        (Some(release), list) if list.is_empty() => Ok(Loaded {
            release,
            policy: policy.policy,
            scope: Scope { run: policy.run, scan: policy.scan, github: ask, ..Scope::default() },
            wiring,
            keys,
            screen,
            warnings,
            file: file.to_owned(),
        }),
        (_, list) => Err(ConfigError::Invalid(list)),
    }
}
