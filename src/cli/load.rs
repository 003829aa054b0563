//! The configuration, with the flags over it.

use std::path::Path;

use super::args::Global;
use super::failure::Failure;
use crate::config::{self, Loaded};
use crate::model::{AskGithub, ScanKind, text};

/// Loads the configuration and puts the flags over it.
pub(super) fn load(global: &Global, file: Option<&Path>) -> Result<Loaded, Failure> {
    let folder =
        std::env::current_dir().map_err(|error| Failure::own(format!("no working folder: {error}")))?;
    let mut loaded = config::load(file.or(global.config.as_deref()), &folder).map_err(Failure::usage)?;
    for (image, digest) in &global.digest {
        if loaded.release.image(image).is_none() {
            return Err(Failure::usage(format!(
                "--digest names the image {image}, which the release does not have"
            )));
        }
        loaded.scope.digests.insert(image.clone(), digest.clone());
    }
    let vulnerabilities = &mut loaded.policy.vulnerabilities;
    // Given here, a path begins here and not where the configuration is.
    vulnerabilities.scans.extend(global.scan_files.iter().map(|file| folder.join(file)));
    if let Some(sources) = vulnerabilities.sources.as_mut().filter(|_| !global.scan_files.is_empty()) {
        sources.insert(ScanKind::Files);
    }
    loaded.wiring.readonly |= global.readonly;
    loaded.wiring.no_store |= global.no_store;
    loaded.wiring.trust.offline |= global.offline;
    if loaded.wiring.trust.offline {
        loaded.scope.github = AskGithub::No;
    }
    for warning in loaded.warnings.iter().filter(|_| !global.quiet) {
        eprintln!("exitbar: {}: {warning}", text::clean_line(&loaded.file.display().to_string()));
    }
    Ok(loaded)
}
