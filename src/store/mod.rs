//! Evidence that this machine keeps: layers that were read, runs, staged digests, which digest a
//! tag had when it was last asked for, and finished audits, in one SQLite file; manifests and configs as files by digest.
//! Beside it, what was said in the walkthrough of a release.
//!
//! For an audit a store only ever saves work. What is damaged or missing is as if it had never been
//! there and is written again; a folder that cannot be written costs requests and history, never a verdict.
//! Two exitbars may use one store at once.

mod audits;
mod blobs;
mod compressed;
mod content;
mod database;
mod files;
mod layers;
mod outputs;
mod parts;
mod runs;
mod scans;
mod staged;
mod tags;
#[cfg(test)]
mod tests;
mod walkthroughs;
mod watched;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use audits::Kept;
pub use compressed::Compressed;

use crate::model::Reason;
use database::{Database, Found, Kind};

/// The version of the format, the name of the folder: another format gets another folder.
const VERSION: &str = "v2";

/// What this machine keeps. Cheap to clone; every clone is the same store.
#[derive(Debug, Clone)]
pub struct Store {
    folder: Arc<PathBuf>,
    database: Database,
    warnings: Arc<Mutex<Vec<String>>>,
    /// The folder of a store that ends with its last clone.
    _temporary: Option<Arc<tempfile::TempDir>>,
}

impl Store {
    /// The store in `folder`, which is made when something is first kept.
    pub fn open(folder: &Path) -> Self {
        let folder = folder.join(VERSION);
        Self {
            database: Database::of(&folder),
            folder: Arc::new(folder),
            warnings: Arc::default(),
            _temporary: None,
        }
    }

    /// A store that is gone with its last clone: what `--no-store` asks for.
    ///
    /// # Errors
    /// When there is no temporary folder.
    pub fn temporary() -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("exitbar-").tempdir()?;
        let store = Self::open(folder.path());
        Ok(Self { _temporary: Some(Arc::new(folder)), ..store })
    }

    /// The folder that holds everything.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What went wrong since this was last asked, each trouble once.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.lock().map(|mut warnings| std::mem::take(&mut *warnings)).unwrap_or_default()
    }

    /// Whether something can be kept.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub fn check(&self) -> Result<(), Reason> {
        self.put(Kind::Tag, "check", "check", &())
    }

    fn warn(&self, text: String) {
        if let Ok(mut warnings) = self.warnings.lock()
            && !warnings.contains(&text)
        {
            warnings.push(text);
        }
    }

    fn put(&self, kind: Kind, owner: &str, name: &str, value: &impl Serialize) -> Result<(), Reason> {
        let set_aside = self.database.put(kind, owner, name, value)?;
        if let Some(message) = set_aside {
            self.warn(message);
        }
        Ok(())
    }

    /// Keeps what only saves work: a failure is a warning.
    fn try_put(&self, kind: Kind, owner: &str, name: &str, value: &impl Serialize) {
        if let Err(reason) = self.put(kind, owner, name, value) {
            self.warn(reason.to_string());
        }
    }

    fn get<T: DeserializeOwned>(&self, kind: Kind, owner: &str, name: &str) -> Option<T> {
        self.noting(self.database.get(kind, owner, name))
    }

    fn all<T: DeserializeOwned>(&self, kind: Kind, owner: &str) -> Vec<T> {
        self.noting(self.database.all(kind, owner))
    }

    fn noting<T>(&self, found: Found<T>) -> T {
        if let Some(trouble) = found.trouble {
            self.warn(trouble);
        }
        found.value
    }
}
