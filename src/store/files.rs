//! Reading and writing one file: whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Store;
use crate::model::{Reason, ReasonKind};

impl Store {
    pub(super) fn path(&self, parts: &[&str]) -> PathBuf {
        parts.iter().fold(self.folder.to_path_buf(), |path, part| path.join(part))
    }
}

/// Writes beside the target and renames: a reader sees the old file or the new one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// Why something was not kept, and what to do about it.
pub(super) fn not_kept(path: &Path, error: &dyn std::fmt::Display) -> Reason {
    Reason::new(ReasonKind::ToolFailed, format!("could not write {}: {error}", path.display()))
        .cure("check the permissions and the free space of the folder, or pass --no-store")
}
