//! What is known moves on with each answer. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::Outcome;

use super::deadline::{Deadline, span};
use super::judged::{Judged, Verified};
use super::known::{Kind, Known, Loudness, Presence, TagState, Unseen};
use super::target::Target;
use super::watcher::Polled;

/// The name under which the trust root is a subject.
pub(super) const TRUST_ROOT: &str = "the trust root";

/// Concerns about what is under a tag: with the digest they go.
const OF_A_DIGEST: [Kind; 4] = [Kind::Signature, Kind::SignatureUnseen, Kind::Sbom, Kind::SbomUnseen];

impl Known {
    /// A tag was asked for. Where there is no answer, what it was last stays, and is marked as not seen.
    pub(super) fn polled(&mut self, target: &Target, polled: &Polled, at: Timestamp) {
        let subject = self.subject(&target.reference);
        let state = subject.tag.get_or_insert_with(TagState::default);
        let presence = match polled {
            Polled::Answer { presence, .. } => presence,
            Polled::Nothing { reason, .. } => {
                let since = state.unseen.as_ref().map_or(at, |unseen| unseen.since);
                state.unseen = Some(Unseen { reason: reason.clone(), since });
                return;
            }
        };
        state.unseen = None;
        state.moving = target.moving;
        state.seen_at = Some(at);
        let hidden = matches!(polled, Polled::Answer { hidden: true, .. });
        let was_public = state.digest().is_some() && !state.hidden;
        let alarming =
            hidden && (target.public || was_public || subject.concerns.contains_key(&Kind::Hidden));
        state.hidden = hidden;
        if state.presence.as_ref() != Some(presence) {
            let was = state.digest().cloned().or(state.was.take());
            state.was = was.filter(|_| matches!(presence, Presence::Gone(_)));
            state.presence = Some(presence.clone());
        }
        if matches!(presence, Presence::Gone(_)) {
            subject.signer = None;
            subject.concerns.retain(|kind, _| !OF_A_DIGEST.contains(kind));
        }
        if alarming {
            let text =
                "only credentials read it: strangers are told that it is missing or private".to_owned();
            subject.concerned(Kind::Hidden, Loudness::Alarm, "hidden", text, at);
        } else {
            subject.concerns.remove(&Kind::Hidden);
        }
    }

    /// Sums up which registries did not answer.
    pub(super) fn registries(&mut self, targets: &[Target], at: Timestamp) {
        let mut hosts: BTreeMap<&str, (usize, Option<Unseen>, usize)> = BTreeMap::new();
        for target in targets {
            let (all, first, unseen) = hosts.entry(target.repository.registry()).or_default();
            *all += 1;
            if let Some(reason) = self.tag(&target.reference).and_then(|state| state.unseen.clone()) {
                *unseen += 1;
                first.get_or_insert(reason);
            }
        }
        for (host, (all, first, unseen)) in hosts {
            let subject = self.subject(host);
            let Some(first) = first else {
                subject.concerns.remove(&Kind::Registry);
                continue;
            };
            let which = if unseen == all { String::new() } else { format!("{unseen} of {all} tags: ") };
            let text = format!("{which}{}", first.reason);
            subject.concerned(Kind::Registry, Loudness::Unknown, "unseen", text, at);
        }
    }

    /// A verification was made.
    pub(super) fn verified(&mut self, verified: &Verified, release: Option<&str>, at: Timestamp) {
        for judged in &verified.judged {
            self.judged(judged, at);
        }
        if let (Some(release), Some(verdict)) = (release, &verified.verdict) {
            self.subject(release).verdict = Some(verdict.clone());
        }
        let root = self.subject(TRUST_ROOT);
        match &verified.stale_root {
            Some(why) => root.concerned(Kind::TrustRoot, Loudness::Notice, "stale", why.clone(), at),
            None => drop(root.concerns.remove(&Kind::TrustRoot)),
        }
    }

    fn judged(&mut self, judged: &Judged, at: Timestamp) {
        let subject = self.subject(&judged.subject);
        if subject.tag.as_ref().is_some_and(|state| matches!(state.presence, Some(Presence::Gone(_)))) {
            return;
        }
        let unseen = judged.kind.unseen();
        match judged.outcome {
            Outcome::Pending => return,
            // What was seen of it last stays.
            Outcome::Unknown => {
                let text = judged.text.clone();
                return subject.concerned(unseen, Loudness::Unknown, "unseen", text, at);
            }
            Outcome::Pass => drop(subject.concerns.remove(&judged.kind)),
            Outcome::Soft | Outcome::Untried => {
                let state = judged.signer.as_deref().unwrap_or(judged.outcome.word());
                subject.concerned(judged.kind, Loudness::Notice, state, judged.text.clone(), at);
            }
            Outcome::Fail | Outcome::Absent => {
                let (loudness, state) = if judged.waived {
                    (Loudness::Notice, "waived".to_owned())
                } else {
                    (Loudness::Alarm, format!("{}: {}", judged.outcome.word(), who(judged)))
                };
                subject.concerned(judged.kind, loudness, &state, judged.text.clone(), at);
            }
        }
        subject.concerns.remove(&unseen);
        if judged.kind == Kind::Signature {
            subject.signer.clone_from(&judged.signer);
            subject.verified_at = Some(at);
        }
    }

    /// Forgets what was said of scans that count no more, unless they only could not be read.
    pub(super) fn forget_old_scans(&mut self, counting: &[Deadline]) {
        if self.subjects.values().any(|subject| subject.concerns.contains_key(&Kind::ScanUnseen)) {
            return;
        }
        for subject in self.subjects.values_mut() {
            if counting.iter().all(|deadline| deadline.subject != subject.name) {
                subject.concerns.remove(&Kind::ScanAge);
            }
        }
    }

    /// A GO holds only as long as its tags were read lately.
    pub(super) fn freshness(
        &mut self,
        release: &str,
        targets: &[Target],
        fresh_for: SignedDuration,
        at: Timestamp,
    ) {
        let judged = targets.iter().filter(|target| !target.moving);
        let read = judged.map(|target| self.tag(&target.reference).and_then(|state| state.seen_at)).min();
        let subject = self.subject(release);
        let go = subject.verdict.as_deref().is_some_and(|verdict| verdict.starts_with("GO"));
        match read.flatten() {
            Some(read) if go && at.duration_since(read) > fresh_for => {
                let age = span(at.duration_since(read));
                let text = format!("GO is stale: a tag was last read {age} ago");
                subject.concerned(Kind::Freshness, Loudness::Unknown, "stale", text, at);
            }
            _ => drop(subject.concerns.remove(&Kind::Freshness)),
        }
    }
}

/// Whose signature it is, so that another stranger is another state.
fn who(judged: &Judged) -> &str {
    judged.signer.as_deref().unwrap_or_default()
}
