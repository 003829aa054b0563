//! How far the walkthrough of a release came, and how long its actions took.

use std::collections::BTreeMap;

use super::{Kind, Store};
use crate::model::{Action, Reason, Release, WalkProgress};

impl Store {
    /// What was said in the walkthrough of this version.
    pub fn walk_progress(&self, release: &Release) -> Option<WalkProgress> {
        self.get(Kind::Walkthrough, &release.name, &release.version)
    }

    /// Remembers what was said in the walkthrough of this version.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn keep_walk_progress(&self, release: &Release, progress: &WalkProgress) -> Result<(), Reason> {
        self.put(Kind::Walkthrough, &release.name, &release.version, progress)
    }

    /// How many seconds each action took when it was done last, of any version of this release.
    pub fn durations(&self, release: &Release) -> BTreeMap<Action, u32> {
        self.all::<(Action, u32)>(Kind::Duration, &release.name).into_iter().collect()
    }

    /// Remembers how many seconds an action took.
    pub fn keep_duration(&self, release: &Release, action: Action, seconds: u32) {
        self.try_put(Kind::Duration, &release.name, &action.command(), &(action, seconds));
    }
}
