//! What layers hold, by the digest of their stored bytes.

use super::{Kind, Store};
use crate::model::{Digest, LayerIndex};

impl Store {
    /// What the layer of this digest holds, where it was read before.
    pub fn layer(&self, digest: &Digest) -> Option<LayerIndex> {
        let index: LayerIndex = self.get(Kind::Layer, "", digest.as_str())?;
        (index.digest == *digest).then_some(index)
    }

    /// Keeps what a layer holds, so that it is never fetched again.
    pub fn keep_layer(&self, index: &LayerIndex) {
        self.try_put(Kind::Layer, "", index.digest.as_str(), index);
    }
}
