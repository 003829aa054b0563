//! Compressed layers that wait to be pushed: a file each, named by its digest, removed once every
//! registry has it.

use std::path::PathBuf;

use super::Store;
use crate::model::Digest;

impl Store {
    /// Where the blob of this digest lies, or would.
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.path(&["blobs", digest.algorithm(), digest.hex()])
    }

    /// The folder that blobs are written in before they have a name.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn blob_folder(&self) -> std::io::Result<PathBuf> {
        let folder = self.path(&["blobs", "sha256"]);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Removes the blob of this digest, if it is there.
    pub fn remove_blob(&self, digest: &Digest) {
        let _ = std::fs::remove_file(self.blob_path(digest));
    }
}
