//! Which digest a tag had when it was last asked for. Never an answer: only a hint that a HEAD
//! will do, because the bytes behind the tag are probably kept already.

use super::{Kind, Store};
use crate::model::{Digest, Repository, Tag};

impl Store {
    /// The digest that `tag` had when it was last resolved.
    pub fn last_seen(&self, repository: &Repository, tag: &Tag) -> Option<Digest> {
        self.get(Kind::Tag, "", &repository.tagged(tag))
    }

    /// Remembers what `tag` resolved to.
    pub fn keep_last_seen(&self, repository: &Repository, tag: &Tag, digest: &Digest) {
        if self.last_seen(repository, tag).as_ref() != Some(digest) {
            self.try_put(Kind::Tag, "", &repository.tagged(tag), digest);
        }
    }
}
