//! What a watch saw last, by the name of what is watched: the next one compares with it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Kind, Store};
use crate::model::Reason;

impl Store {
    /// Everything that the watch of this owner (a release; empty for images without one) saw last.
    pub fn watched<T: DeserializeOwned>(&self, owner: &str) -> Vec<T> {
        self.all(Kind::Watched, owner)
    }

    /// Keeps what was seen, in the place of what was seen before.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_watched(&self, owner: &str, name: &str, seen: &impl Serialize) -> Result<(), Reason> {
        self.put(Kind::Watched, owner, name, seen)
    }
}
