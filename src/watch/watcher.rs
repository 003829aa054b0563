//! One look: polls what is due, verifies where that is due, and says what changed.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::model::{Access, Digest};

use super::change::{Change, changes};
use super::deadline::{self, Deadline};
use super::judged::Verified;
use super::known::{Known, Presence};
use super::last_go::LastGo;
use super::target::Target;

/// How the world is looked at; tests bring their own.
pub trait Eyes: Send + Sync {
    /// Asks for one target, by HEAD.
    fn poll(&self, target: &Target) -> impl Future<Output = Polled> + Send;

    /// Verifies what is attached to these digests; `Access` tells how each was read.
    fn verify(&self, there: Vec<(Target, Digest, Access)>) -> impl Future<Output = Verified> + Send;
}

/// What a poll brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    /// A definite answer.
    Answer {
        /// What it is.
        presence: Presence,
        /// Whether only credentials read it, though strangers were tried first.
        hidden: bool,
    },
    /// None.
    Nothing {
        /// Why.
        reason: String,
        /// How long the registry asked to be left alone.
        retry_after: Option<Duration>,
    },
}

/// Watches targets. Everything that it knows is in [`Known`]; the time is handed in.
#[derive(Debug)]
pub struct Watcher<E> {
    /// How the world is looked at.
    pub eyes: E,
    /// What is watched.
    pub targets: Vec<Target>,
    /// What is known.
    pub known: Known,
    /// The release's name as a subject, where there is one, and how long its GO is fresh.
    pub release: Option<(String, SignedDuration)>,
    /// How often signatures, SBOMs and scans are verified where no digest moved.
    pub verify_every: SignedDuration,
    /// How long before its end something is said to end.
    pub ahead: SignedDuration,
    /// What was known when the release was GO last.
    pub last_go: Option<LastGo>,
    /// What ends by the policy.
    pub deadlines: Vec<Deadline>,
    /// What ends by the evidence.
    scans: Vec<Deadline>,
    verified_at: Option<Timestamp>,
    /// Registries that asked to be left alone, until when.
    resting: BTreeMap<String, Timestamp>,
}

impl<E: Eyes> Watcher<E> {
    /// A watcher that compares with `known`: what was kept, or nothing.
    pub fn new(eyes: E, targets: Vec<Target>, known: Known, verify_every: SignedDuration) -> Self {
        // The oldest verification decides: one that was never made is due.
        let verified = targets.iter().map(|target| known.subjects.get(&target.reference)?.verified_at).min();
        Self {
            eyes,
            targets,
            known,
            release: None,
            verify_every,
            ahead: SignedDuration::from_hours(7 * 24),
            last_go: None,
            deadlines: Vec::new(),
            scans: Vec::new(),
            verified_at: verified.flatten(),
            resting: BTreeMap::new(),
        }
    }

    /// Looks once, and says what changed since the last time. `verify` verifies also where nothing moved.
    pub async fn look(&mut self, at: Timestamp, verify: bool) -> Vec<Change> {
        let before = self.known.clone();
        self.poll(at).await;
        self.known.registries(&self.targets, at);
        let digest = |known: &Known, target: &Target| known.tag(&target.reference)?.digest().cloned();
        let moved = self.targets.iter().any(|target| {
            let now = digest(&self.known, target);
            now.is_some() && now != digest(&before, target)
        });
        let due = self.verified_at.is_none_or(|last| at.duration_since(last) >= self.verify_every);
        if moved || due || verify {
            self.verify(at).await;
        }
        if let Some((name, fresh_for)) = &self.release {
            self.known.freshness(name, &self.targets, *fresh_for, at);
        }
        for deadlines in [&self.deadlines, &self.scans] {
            deadline::apply(&mut self.known, deadlines, self.ahead, at);
        }
        self.note_go();
        changes(&before, &self.known, at)
    }

    /// A GO of now is the last one, unless an audit ended with one: that saw everything.
    fn note_go(&mut self) {
        let audited = self.last_go.as_ref().is_some_and(|go| go.audit.is_some());
        if !audited && self.release.as_ref().is_some_and(|(name, _)| self.known.is_go(name)) {
            self.last_go = Some(LastGo::of_watch(self.known.clone()));
        }
    }

    /// Whether a registry asked to be left alone, and until when.
    pub fn resting(&self) -> &BTreeMap<String, Timestamp> {
        &self.resting
    }

    async fn poll(&mut self, at: Timestamp) {
        self.resting.retain(|_, until| *until > at);
        let due: Vec<&Target> = self
            .targets
            .iter()
            .filter(|target| !self.resting.contains_key(target.repository.registry()))
            .collect();
        let polled = join_all(due.iter().map(|target| self.eyes.poll(target))).await;
        for (target, polled) in due.iter().zip(&polled) {
            self.known.polled(target, polled, at);
            if let Polled::Nothing { retry_after: Some(wait), .. } = polled {
                let wait = SignedDuration::try_from(*wait).unwrap_or(SignedDuration::from_hours(1));
                // Nobody is left alone for days on a registry's word: it would never be looked at again.
                let until = at + wait.min(SignedDuration::from_hours(6));
                self.resting.insert(target.repository.registry().to_owned(), until);
            }
        }
    }

    async fn verify(&mut self, at: Timestamp) {
        let there = self.targets.iter().filter_map(|target| {
            let state = self.known.tag(&target.reference)?;
            if state.unseen.is_some() {
                return None;
            }
            let access = if state.hidden { Access::Credentials } else { target.access };
            Some((target.clone(), state.digest()?.clone(), access))
        });
        let there: Vec<_> = there.collect();
        if there.is_empty() {
            return;
        }
        let verified = self.eyes.verify(there).await;
        let release = self.release.as_ref().map(|(name, _)| name.as_str());
        self.known.verified(&verified, release, at);
        self.scans = verified.deadlines;
        self.known.forget_old_scans(&self.scans);
        self.verified_at = Some(at);
    }
}
