//! What the last watch saw, kept by the name of what is watched.

use std::collections::BTreeSet;

use crate::store::Store;
use crate::watch::{Deadline, Kind, Known, Subject, Target};

/// Where it is kept.
pub(super) struct Memory {
    pub store: Store,
    /// Whose it is: a release; empty for images without one.
    pub owner: String,
}

impl Memory {
    /// What was seen last of everything that is watched now. What is watched no more is left where it is.
    pub fn recall(&self, targets: &[Target], deadlines: &[Deadline]) -> Known {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for target in targets {
            names.insert(&target.reference);
            names.insert(target.repository.registry());
        }
        names.extend(deadlines.iter().map(|deadline| deadline.subject.as_str()));
        let release = !self.owner.is_empty();
        let mut known = Known::default();
        for subject in self.store.watched::<Subject>(&self.owner) {
            // Of a waiver that is not configured any more there is nothing to say.
            let of_policy = subject.concerns.keys().any(|kind| *kind == Kind::Waiver);
            if names.contains(subject.name.as_str()) || (release && subject.tag.is_none() && !of_policy) {
                known.subjects.insert(subject.name.clone(), subject);
            }
        }
        known
    }

    /// What was known when the release was GO last, and when that was; or why there is none.
    pub fn last_go(&self) -> Result<(String, Known), String> {
        Err("no finished audit is kept".to_owned())
    }

    /// Keeps what is known, where it is not what was kept.
    ///
    /// # Errors
    /// When the store cannot be written, in words.
    pub fn keep(&self, before: &Known, known: &Known) -> Result<(), String> {
        for (name, subject) in &known.subjects {
            if before.subjects.get(name) != Some(subject) {
                let kept = self.store.keep_watched(&self.owner, name, subject);
                kept.map_err(|reason| format!("what was seen is not kept for the next time: {reason}"))?;
            }
        }
        Ok(())
    }
}
