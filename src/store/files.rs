//! Reading and writing one file: whole or not at all, and damage is seen.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Store;
use crate::model::{Digest, Reason, ReasonKind};

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

/// Writes a value as JSON under a line with its digest, so that damage of any kind is seen.
pub(super) fn write_sealed(path: &Path, value: &impl Serialize) -> Result<(), Reason> {
    let json = serde_json::to_vec(value).map_err(|error| not_kept(path, &error))?;
    let mut sealed = Digest::of(&json).as_str().as_bytes().to_vec();
    sealed.push(b'\n');
    sealed.extend_from_slice(&json);
    write(path, &sealed).map_err(|error| not_kept(path, &error))
}

/// A value as [`write_sealed`] wrote it; none where there is none, or where it is damaged.
pub(super) fn read_sealed<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let sealed = std::fs::read(path).ok()?;
    let end = sealed.iter().position(|byte| *byte == b'\n')?;
    let (seal, json) = (std::str::from_utf8(&sealed[..end]).ok()?, &sealed[end + 1..]);
    let seal: Digest = seal.parse().ok()?;
    if !seal.matches(json) {
        return None;
    }
    serde_json::from_slice(json).ok()
}

/// Why something was not kept, and what to do about it.
pub(super) fn not_kept(path: &Path, error: &dyn std::fmt::Display) -> Reason {
    Reason::new(ReasonKind::ToolFailed, format!("could not write {}: {error}", path.display()))
        .cure("check the permissions and the free space of the folder")
}
