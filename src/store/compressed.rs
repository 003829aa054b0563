//! What a layer is when it is compressed the way exitbar does it, by its `diff_id`: so the digests of a
//! push are known before anything is compressed again.

use serde::{Deserialize, Serialize};

use super::{Kind, Store};
use crate::model::Digest;

/// A compressed layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compressed {
    /// What compressed it: another version may give other bytes.
    pub by: String,
    /// The digest of the compressed bytes.
    pub digest: Digest,
    /// Their number.
    pub size: u64,
}

impl Store {
    /// What the layer of this `diff_id` is when `by` compresses it.
    pub fn compressed(&self, diff_id: &Digest, by: &str) -> Option<Compressed> {
        self.get(Kind::Compressed, by, diff_id.as_str())
    }

    /// Remembers what a layer is when it is compressed.
    pub fn keep_compressed(&self, diff_id: &Digest, compressed: &Compressed) {
        self.try_put(Kind::Compressed, &compressed.by, diff_id.as_str(), compressed);
    }
}
