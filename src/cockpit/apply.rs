//! State moves on with each event, and says what has to be done because of it. Pure.

use std::sync::Arc;

use super::event::{Effect, Event, Generation, PlanId, RoundId, Severity, Stamped};
use super::state::{
    Examination, JOB_LINES, Job, LOG_LINES, PendingPlan, RECALLED, Round, State, TROUBLES, Trouble,
};
use crate::dod;
use crate::model::{
    Action, ActionPlan, Audit, AuditId, AuditSummary, Evidence, Fact, FactKey, JobEvent, JobId, JobOutcome,
    LogLine, ReasonKind, Scope,
};

impl State {
    /// Applies one event. The assessment follows with [`State::judge`]: several events may come
    /// before anybody looks.
    pub fn apply(&mut self, stamped: &Stamped) -> Vec<Effect> {
        self.facts.as_of = stamped.at;
        match &stamped.event {
            Event::Began(id, scope) => self.began(*id, scope, stamped),
            Event::Verifying => self.verifying(stamped),
            Event::Fact(generation, key, fact, evidence) => {
                self.fact_arrived(*generation, key, fact, evidence, stamped);
            }
            Event::Ended(id) if *id == self.round.id => self.ended(stamped),
            Event::Ended(_) | Event::Clock => {}
            Event::Planned(id, action, result) => self.planned(*id, *action, result, stamped),
            Event::Declined(id) => {
                if self.plan.as_ref().is_some_and(|plan| plan.id == *id) {
                    self.plan = None;
                }
            }
            Event::Job(id, event) => self.job_event(*id, event, stamped),
            Event::Scoped(dispatch) => self.scope.dispatch = dispatch.clone(),
            Event::Walked(progress) => {
                self.progress = Some(Arc::new(progress.as_ref().clone()));
                self.walked += 1;
            }
            Event::Glanced => return self.glance(),
            Event::Requests(requests) => self.requests.clone_from(requests),
            Event::Kept(Ok(summary)) => self.kept(summary),
            Event::Kept(Err(why)) => {
                self.notice(stamped, Severity::Warning, &format!("this audit is not kept: {why}"));
            }
            Event::History(list) => self.history = Some(Arc::new(list.clone())),
            Event::Recalled(id, audit) => self.recall(id, audit),
            Event::Examining => self.examination = Some(Examination::default()),
            Event::Examined(line) => {
                self.examination.get_or_insert_default().lines.push(line.clone());
            }
            Event::ExaminedAll => self.examination.get_or_insert_default().ended = true,
            Event::Notice(severity, text) => self.notice(stamped, *severity, text),
        }
        // Output and progress change nothing that is looked for.
        match &stamped.event {
            Event::Began(..) | Event::Verifying | Event::Fact(..) | Event::Job(_, JobEvent::Ended(_)) => {
                self.look_on()
            }
            Event::Ended(id) if *id == self.round.id && self.is_whole() => vec![Effect::Keep],
            _ => Vec::new(),
        }
    }

    /// Judges the facts as they are now.
    pub fn judge(&mut self) {
        self.assessment = Arc::new(dod::judge(&self.release, &self.policy, &self.scope, &self.facts));
        self.walk();
    }

    fn began(&mut self, id: RoundId, scope: &Scope, stamped: &Stamped) {
        self.scope = scope.clone();
        self.round = Round { id, started: stamped.at, ended: None, looking: 0 };
        self.notice = None;
        // What can change is looked at again, and so is what could not be seen; nothing else.
        let again =
            |key: &FactKey, fact: &Fact| key.is_mutable() || fact.reason().is_some() || fact.is_absent();
        self.forget(again);
    }

    /// What is attached is listed again, and verified again by a trust root that may be another one.
    fn verifying(&mut self, stamped: &Stamped) {
        self.forget(|key, fact| match key {
            FactKey::Referrers { .. } | FactKey::ClassicTag { .. } | FactKey::Signature { .. } => true,
            FactKey::Manifest(_) => fact.reason().is_some(),
            _ => false,
        });
        self.round.ended = None;
        self.notice(stamped, Severity::Info, "signatures and attestations are verified again");
    }

    /// Drops the facts that `which` names, and discards the answers that are still on their way.
    fn forget(&mut self, which: impl Fn(&FactKey, &Fact) -> bool) {
        let known = self.facts.iter().filter(|(key, entry)| which(key, &entry.fact)).map(|(key, _)| key);
        let keys: Vec<FactKey> = known.cloned().collect();
        self.generation += 1;
        for key in keys {
            self.facts.remove(&key);
            self.dropped.insert(key, self.generation);
        }
    }

    fn fact_arrived(
        &mut self,
        generation: Generation,
        key: &FactKey,
        fact: &Fact,
        evidence: &Evidence,
        stamped: &Stamped,
    ) {
        self.in_flight.remove(key);
        if key.is_mutable() && generation < self.dropped.get(key).copied().unwrap_or_default() {
            return;
        }
        let known = self.facts.get(key).map(|entry| entry.fact.as_ref());
        let seen = |fact: &Fact| fact.reason().is_none() && !fact.is_absent();
        if known.is_some_and(seen) && !seen(fact) && !key.is_mutable() {
            return;
        }
        let changed = known != Some(fact);
        if let Some(reason) = fact.reason().filter(|_| changed) {
            self.log(stamped, None, format!("unknown: {reason}"));
        }
        // Seen at a glance: what follows from it is looked for.
        if self.round.id > 0 && self.round.ended.is_some() && changed {
            self.round.ended = None;
        }
        self.facts.insert(key.clone(), fact.clone(), evidence.clone());
    }

    fn planned(
        &mut self,
        id: PlanId,
        action: Action,
        result: &Result<Box<ActionPlan>, String>,
        stamped: &Stamped,
    ) {
        self.plans += 1;
        match result {
            Ok(plan) => self.plan = Some(PendingPlan { id, plan: plan.as_ref().clone() }),
            Err(why) => {
                self.plan = None;
                self.notice(stamped, Severity::Warning, &format!("{action}: {why}"));
            }
        }
    }

    fn ended(&mut self, stamped: &Stamped) {
        self.round.ended = Some(stamped.at);
        // Runs belong to the audit that asked for them, not to what actions bring to light later.
        self.scope.run.clear();
        self.scope.scan = false;
        self.judge();
        let words = self.assessment.verdict.as_ref().map_or("no verdict yet", |verdict| verdict.words());
        let line =
            format!("{words}, {}, proven {}", self.assessment.readiness, self.assessment.proven.points);
        self.log(stamped, None, line);
    }

    /// Whether the audit that ended is one to keep: it has a verdict, and nobody cut it short.
    fn is_whole(&self) -> bool {
        let cut_short =
            |fact: &Fact| fact.reason().is_some_and(|reason| reason.kind == ReasonKind::Cancelled);
        self.assessment.verdict.is_some() && !self.facts.iter().any(|(_, entry)| cut_short(&entry.fact))
    }

    /// Puts an audit into the history, where that was read; a twin that was seen again takes the place of the first.
    fn kept(&mut self, summary: &AuditSummary) {
        let Some(history) = &mut self.history else { return };
        let history = Arc::make_mut(history);
        match history.iter_mut().find(|known| known.id == summary.id) {
            Some(known) => *known = summary.clone(),
            None => history.insert(0, summary.clone()),
        }
    }

    fn recall(&mut self, id: &AuditId, audit: &Result<Arc<Audit>, String>) {
        self.recalled.retain(|(known, _)| known != id);
        self.recalled.push_back((id.clone(), audit.clone()));
        while self.recalled.len() > RECALLED {
            self.recalled.pop_front();
        }
    }

    fn job_event(&mut self, id: JobId, event: &JobEvent, stamped: &Stamped) {
        if let JobEvent::Queued(action) = event {
            self.plan = None;
            self.jobs.push(Job::queued(id, *action));
            return;
        }
        let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) else { return };
        let action = job.action;
        match event {
            JobEvent::Queued(_) => {}
            JobEvent::Started => job.started = Some(stamped.at),
            JobEvent::Progress(progress) => job.progress = Some(progress.clone()),
            JobEvent::Output(line) => {
                job.output.push_back(line.clone());
                while job.output.len() > JOB_LINES {
                    job.output.pop_front();
                    job.dropped += 1;
                }
                self.log(stamped, Some(id), format!("{action}: {line}"));
            }
            JobEvent::Whole(whole) => job.whole = Some(whole.clone()),
            JobEvent::Ended(outcome) => {
                job.ended = Some((stamped.at, outcome.clone()));
                if let (JobOutcome::Done(_), Some(started)) = (outcome, job.started) {
                    let seconds = stamped.at.duration_since(started).as_secs();
                    self.durations.insert(action, u32::try_from(seconds).unwrap_or(0));
                }
                self.job_ended(id, action, outcome, stamped);
            }
        }
    }

    /// What the job touched is looked at again by itself, however it ended: half a push is a fact too.
    fn job_ended(&mut self, id: JobId, action: Action, outcome: &JobOutcome, stamped: &Stamped) {
        let (severity, line) = match outcome {
            JobOutcome::Done(line) => (Severity::Info, format!("{action}: {line}")),
            JobOutcome::Failed(why) => (Severity::Warning, format!("{action} failed: {why}")),
            JobOutcome::Cancelled => (Severity::Info, format!("{action}: cancelled")),
        };
        self.log(stamped, Some(id), line.clone());
        if severity == Severity::Warning {
            self.trouble(stamped, Some(id), &line);
        }
        self.notice = Some((severity, line));
        let release = Arc::clone(&self.release);
        self.forget(|key, _| action.touches(key, &release));
        if self.round.id > 0 {
            self.round.ended = None;
        }
    }

    /// Names what has to be fetched now; ends the round when nothing is left.
    pub(super) fn look_on(&mut self) -> Vec<Effect> {
        if !self.is_looking() {
            return Vec::new();
        }
        let wanted = dod::wants(&self.release, &self.policy, &self.scope, &self.facts);
        self.round.looking = wanted.len();
        if wanted.is_empty() {
            return vec![Effect::EndRound(self.round.id)];
        }
        let mut effects = Vec::new();
        for (key, places) in wanted {
            // An answer that is on its way is good enough unless its key was dropped meanwhile.
            let dropped = self.dropped.get(&key).copied().unwrap_or_default();
            if self.in_flight.get(&key).is_some_and(|started| *started >= dropped) {
                continue;
            }
            self.in_flight.insert(key.clone(), self.generation);
            effects.push(Effect::Fetch(key, places, self.generation));
        }
        effects
    }

    fn notice(&mut self, stamped: &Stamped, severity: Severity, text: &str) {
        self.log(stamped, None, text.to_owned());
        if severity == Severity::Warning {
            self.trouble(stamped, None, text);
        }
        self.notice = Some((severity, text.to_owned()));
    }

    fn trouble(&mut self, stamped: &Stamped, job: Option<JobId>, text: &str) {
        let (number, at, text) = (stamped.seq, stamped.at, text.to_owned());
        self.troubles.push_back(Trouble { number, at, job, text });
        while self.troubles.len() > TROUBLES {
            self.troubles.pop_front();
        }
    }

    fn log(&mut self, stamped: &Stamped, job: Option<JobId>, text: String) {
        self.log.push_back(LogLine { at: stamped.at, job, item: None, text });
        while self.log.len() > LOG_LINES {
            self.log.pop_front();
        }
    }
}
