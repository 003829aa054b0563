//! The walkthrough in the loop: made anew from what is known; what happens to it is remembered. Pure.

use std::sync::Arc;

use jiff::Timestamp;

use super::event::{Effect, Event};
use super::state::State;
use crate::dod;
use crate::model::{Action, Attempt, FactKey, JobEvent, JobId, JobOutcome, StepState, Walk, WalkProgress};

impl State {
    /// The walkthrough on what is known now.
    pub fn walk(&mut self) {
        let attempt = |job: &super::Job| Attempt { id: job.id, action: job.action, ended: job.ended.clone() };
        let attempts: Vec<Attempt> = self.jobs.iter().map(attempt).collect();
        let walked = dod::Walked {
            release: &self.release,
            policy: &self.policy,
            scope: &self.scope,
            facts: &self.facts,
            assessment: &self.assessment,
            round: (self.round.started, self.round.ended.filter(|_| !self.is_looking())),
            attempts: &attempts,
            durations: &self.durations,
            progress: self.progress.as_deref(),
        };
        self.walkthrough = Arc::new(dod::walkthrough(&walked));
    }

    /// What is to be remembered of the walkthrough because of an event, if anything is; only once it was begun.
    pub(super) fn to_remember(&self, event: &Event, at: Timestamp) -> Option<WalkProgress> {
        let progress = self.progress.as_deref()?;
        let after = match event {
            // Only what was seen with everything answered was open.
            Event::Ended(_) => self.having_met(progress),
            Event::Job(id, JobEvent::Ended(JobOutcome::Done(_))) if self.publishes(*id) => {
                WalkProgress { published: Some(at), ..progress.clone() }
            }
            _ => return None,
        };
        (after != *progress).then_some(after)
    }

    /// The progress after the operator said something; where it was not begun yet this begins it.
    pub(super) fn saying(
        &self,
        kept: Option<WalkProgress>,
        walk: &Walk,
        by: &str,
        at: Timestamp,
    ) -> WalkProgress {
        let known = kept.or_else(|| self.progress.as_deref().cloned());
        let progress = known.unwrap_or_else(|| WalkProgress::begun(by, at)).after(walk, by, at);
        if self.is_looking() { progress } else { self.having_met(&progress) }
    }

    /// With the steps that are open now.
    fn having_met(&self, progress: &WalkProgress) -> WalkProgress {
        let open = self.walkthrough.steps.iter().filter(|step| !matches!(step.state, StepState::Done(_)));
        let mut after = progress.clone();
        for step in open {
            after.met.entry(step.key).or_insert_with(|| step.title.clone());
        }
        after
    }

    fn publishes(&self, id: JobId) -> bool {
        self.jobs.iter().any(|job| job.id == id && job.action == Action::Publish)
    }

    /// Names what the operator mends on this machine, to be fetched again. What is known of it stays meanwhile.
    pub(super) fn glance(&mut self) -> Vec<Effect> {
        if self.round.id == 0 || self.is_looking() {
            return Vec::new();
        }
        let mut without = self.facts.clone();
        let keys: Vec<FactKey> =
            self.facts.iter().map(|(key, _)| key.clone()).filter(is_mended_here).collect();
        for key in &keys {
            without.remove(key);
        }
        let wanted = dod::wants(&self.release, &self.policy, &self.scope, &without);
        let again = wanted.into_iter().filter(|(key, _)| keys.contains(key));
        again.map(|(key, places)| Effect::Fetch(key, places, self.generation)).collect()
    }
}

/// Whether the operator changes it in the source or by a build.
fn is_mended_here(key: &FactKey) -> bool {
    matches!(
        key,
        FactKey::Dockerfile(_) | FactKey::Workflows | FactKey::Local(_) | FactKey::Git | FactKey::Vex(_)
    )
}
