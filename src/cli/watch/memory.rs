//! What the last watch saw, kept by the name of what is watched.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::AuditId;
use crate::store::Store;
use crate::watch::{Deadline, Kind, Known, LastGo, Subject, Target};

/// Where it is kept.
#[derive(Clone)]
pub(super) struct Memory {
    pub store: Store,
    /// Whose it is: the name and the version of a release; none for images without one.
    pub release: Option<(String, String)>,
}

impl Memory {
    fn owner(&self) -> String {
        self.release.as_ref().map_or_else(String::new, |(name, version)| format!("{name} {version}"))
    }

    /// What was seen last of everything that is watched now. What is watched no more is left where it is.
    pub fn recall(&self, targets: &[Target], deadlines: &[Deadline]) -> Known {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for target in targets {
            names.insert(&target.reference);
            names.insert(target.repository.registry());
        }
        names.extend(deadlines.iter().map(|deadline| deadline.subject.as_str()));
        let release = self.release.is_some();
        let mut known = Known::default();
        for subject in self.store.watched::<Subject>(&self.owner()) {
            // Of a waiver that is not configured any more there is nothing to say.
            let of_policy = subject.concerns.keys().any(|kind| *kind == Kind::Waiver);
            if names.contains(subject.name.as_str()) || (release && subject.tag.is_none() && !of_policy) {
                known.subjects.insert(subject.name.clone(), subject);
            }
        }
        known
    }

    /// What was known when this release was GO last: to the newest audit with GO that is kept, else to a watch.
    pub fn last_go(&self, targets: &[Target]) -> Option<LastGo> {
        self.kept_go(targets, None).or_else(|| self.watched_go().map(LastGo::of_watch))
    }

    /// What the newest audit with GO knew; none where that is the one that is known already, or where there is none.
    pub fn kept_go(&self, targets: &[Target], known: Option<&AuditId>) -> Option<LastGo> {
        let (name, version) = self.release.as_ref()?;
        let mut audits = self.store.audits(Some(name)).into_iter();
        let newest = audits.find(|summary| summary.version == *version && summary.is_go())?;
        if known == Some(&newest.id) {
            return None;
        }
        // One that cannot be read is a warning of the store's.
        self.store.audit(&newest.id).ok().map(|audit| LastGo::of_audit(&audit, targets))
    }

    fn watched_go(&self) -> Option<Known> {
        let kept = self.store.watched::<Subject>(&self.owner_of_go()).into_iter();
        let subjects: BTreeMap<_, _> = kept.map(|subject| (subject.name.clone(), subject)).collect();
        (!subjects.is_empty()).then_some(Known { subjects })
    }

    fn owner_of_go(&self) -> String {
        format!("{}\0last GO", self.owner())
    }

    /// Keeps what is known, where it is not what was kept.
    ///
    /// # Errors
    /// When the store cannot be written, in words.
    pub fn keep(&self, before: &Known, known: &Known) -> Result<(), String> {
        let owner = self.owner();
        let go = known.is_go(&owner);
        for (name, subject) in &known.subjects {
            if before.subjects.get(name) != Some(subject) {
                let kept = self.store.keep_watched(&owner, name, subject);
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
