//! What layers hold, by the digest of their stored bytes.

use super::{Store, files};
use crate::model::{Digest, LayerIndex};

impl Store {
    /// What the layer of this digest holds, where it was read before.
    pub fn layer(&self, digest: &Digest) -> Option<LayerIndex> {
        let index: LayerIndex = files::read_sealed(&self.layer_path(digest))?;
        (index.digest == *digest).then_some(index)
    }

    /// Keeps what a layer holds, so that it is never fetched again.
    pub fn keep_layer(&self, index: &LayerIndex) {
        if let Err(reason) = files::write_sealed(&self.layer_path(&index.digest), index) {
            self.warn(reason.to_string());
        }
    }

    fn layer_path(&self, digest: &Digest) -> std::path::PathBuf {
        self.path(&["layers", digest.algorithm(), &format!("{}.json", digest.hex())])
    }
}
