//! Which digest a tag had when it was last asked for. Never an answer: only a hint that a HEAD
//! will do, because the bytes behind the tag are probably kept already.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Store, files};
use crate::model::{Digest, Repository, Tag};

#[derive(Serialize, Deserialize)]
struct Kept {
    reference: String,
    digest: Digest,
}

impl Store {
    /// The digest that `tag` had when it was last resolved.
    pub fn last_seen(&self, repository: &Repository, tag: &Tag) -> Option<Digest> {
        let kept: Kept = files::read_sealed(&self.tag_path(repository, tag))?;
        (kept.reference == repository.tagged(tag)).then_some(kept.digest)
    }

    /// Remembers what `tag` resolved to.
    pub fn keep_last_seen(&self, repository: &Repository, tag: &Tag, digest: &Digest) {
        if self.last_seen(repository, tag).as_ref() == Some(digest) {
            return;
        }
        let kept = Kept { reference: repository.tagged(tag), digest: digest.clone() };
        if let Err(reason) = files::write_sealed(&self.tag_path(repository, tag), &kept) {
            self.warn(reason.to_string());
        }
    }

    fn tag_path(&self, repository: &Repository, tag: &Tag) -> PathBuf {
        let name = Digest::of(repository.tagged(tag).as_bytes());
        self.path(&["tags", &format!("{}.json", name.hex())])
    }
}
