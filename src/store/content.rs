//! Manifests and configs, byte for byte.

use super::{Store, files};
use crate::model::Digest;

impl Store {
    /// The bytes of this digest. They are checked: what does not match is as if absent.
    pub fn content(&self, digest: &Digest) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.content_path(digest)).ok()?;
        digest.matches(&bytes).then_some(bytes)
    }

    /// Whether bytes are kept under this digest (they may still turn out to be damaged).
    pub fn has_content(&self, digest: &Digest) -> bool {
        self.content_path(digest).is_file()
    }

    /// Keeps `bytes` under their digest; bytes that do not match it are not kept.
    pub fn keep_content(&self, digest: &Digest, bytes: &[u8]) {
        if !digest.matches(bytes) {
            return;
        }
        let path = self.content_path(digest);
        if let Err(error) = files::write(&path, bytes) {
            self.warn(files::not_kept(self.folder(), &error).to_string());
        }
    }

    fn content_path(&self, digest: &Digest) -> std::path::PathBuf {
        self.path(&["content", digest.algorithm(), &digest.hex()[..2], digest.hex()])
    }
}
