//! Evidence that this machine keeps, as files by digest: manifests and configs, layers that were
//! read, runs, staged digests, and which digest a tag had when it was last asked for.
//!
//! A store only ever saves work. A file that is damaged or missing is as if it had never been
//! there and is written again; a folder that cannot be written costs requests, never a verdict.

mod content;
mod files;
mod layers;
mod runs;
mod staged;
mod tags;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The version of the format, the name of the folder: another format gets another folder.
const VERSION: &str = "v1";

/// What this machine keeps. Cheap to clone; every clone is the same store.
#[derive(Debug, Clone)]
pub struct Store {
    folder: Arc<PathBuf>,
    warnings: Arc<Mutex<Vec<String>>>,
}

impl Store {
    /// The store in `folder`, which is made when something is first kept.
    pub fn open(folder: &Path) -> Self {
        Self { folder: Arc::new(folder.join(VERSION)), warnings: Arc::default() }
    }

    /// The folder that holds the files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What could not be kept since this was last asked, each trouble once.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.lock().map(|mut warnings| std::mem::take(&mut *warnings)).unwrap_or_default()
    }

    fn warn(&self, text: String) {
        if let Ok(mut warnings) = self.warnings.lock()
            && !warnings.contains(&text)
        {
            warnings.push(text);
        }
    }
}
