//! What the last watch saw, kept by the name of what is watched.

use std::collections::{BTreeMap, BTreeSet};

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

    /// What was known when a watch saw this release at GO last.
    pub fn last_go(&self) -> Option<Known> {
        let kept = self.store.watched::<Subject>(&self.owner_of_go()).into_iter();
        let subjects: BTreeMap<_, _> = kept.map(|subject| (subject.name.clone(), subject)).collect();
        (!subjects.is_empty()).then_some(Known { subjects })
    }

    fn owner_of_go(&self) -> String {
        format!("{}\0last GO", self.owner)
    }

    /// Keeps what is known, where it is not what was kept.
    ///
    /// # Errors
    /// When the store cannot be written, in words.
    pub fn keep(&self, before: &Known, known: &Known) -> Result<(), String> {
        let go = known.is_go(&self.owner);
        for (name, subject) in &known.subjects {
            if before.subjects.get(name) != Some(subject) {
                let kept = self.store.keep_watched(&self.owner, name, subject);
                kept.map_err(|reason| format!("what was seen is not kept for the next time: {reason}"))?;
            }
            if go {
                let kept = self.store.keep_watched(&self.owner_of_go(), name, subject);
                kept.map_err(|reason| format!("that this is GO is not kept: {reason}"))?;
            }
        }
        Ok(())
    }
}
