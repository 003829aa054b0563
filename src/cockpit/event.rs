//! What the operator commands, and what happened: the one stream that every reader follows.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::{
    Action, ActionPlan, Audit, AuditId, AuditSummary, Digest, DoctorLine, Evidence, Fact, FactKey, JobEvent,
    JobId, Place, Scope, ScopedDispatch, Walk, WalkProgress,
};

/// The number of a plan, from 1.
pub type PlanId = u32;

/// The number of a round, from 1.
pub type RoundId = u32;

/// Counts how often a key was dropped: an answer of an older generation is discarded.
pub type Generation = u32;

/// What the operator wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Look at everything again that can have changed.
    Audit(Scope),
    /// Verify every signature and attestation again, by a trust root that is read anew.
    Verify,
    /// Say what an action would do; nothing is done yet.
    Plan(Action),
    /// Say what starting the release workflow with these inputs would do.
    Dispatch(ScopedDispatch),
    /// Do what this plan said. The hash names what was shown: a plan that changed needs a new confirmation.
    Confirm(PlanId, Digest),
    /// Do not do what this plan said.
    Decline(PlanId),
    /// Stop a job.
    Cancel(JobId),
    /// Stop looking: every key that is still wanted becomes unknown.
    CancelRound,
    /// Look what works on this machine.
    Examine,
    /// Say something of a step of the walkthrough.
    Walk(Walk),
    /// Look again at what the operator mends on this machine: the source, what is built.
    Glance,
    /// Read which finished audits of this release are kept.
    History,
    /// Read finished audits.
    Recall(Vec<AuditId>),
    /// Stop everything and end.
    Quit,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A round of looking began; facts that can change were dropped.
    Began(RoundId, Scope),
    /// Signatures are verified again: what is attached, and every verification, was dropped.
    Verifying,
    /// A fact arrived.
    Fact(Generation, FactKey, Box<Fact>, Box<Evidence>),
    /// The round ended: nothing is wanted any more.
    Ended(RoundId),
    /// Time passed; ages are counted from here.
    Clock,
    /// What a dispatch is started with is now this.
    Scoped(ScopedDispatch),
    /// A plan was made and waits for an answer; or none could be made, and why.
    Planned(PlanId, Action, Result<Box<ActionPlan>, String>),
    /// The operator said no, or the plan was overtaken.
    Declined(PlanId),
    /// Something happened in a job.
    Job(JobId, JobEvent),
    /// What was said in the walkthrough is now this.
    Walked(Box<WalkProgress>),
    /// What the operator mends on this machine is looked at again; what is known of it stays until the answers come.
    Glanced,
    /// How many requests each registry got so far.
    Requests(Vec<(String, u64)>),
    /// The audit that ended is kept, or its identical twin was seen again; or it could not be kept, and why.
    Kept(Result<Box<AuditSummary>, String>),
    /// Which finished audits of this release are kept, newest first.
    History(Vec<AuditSummary>),
    /// A finished audit was read, or could not be, and why.
    Recalled(AuditId, Result<Arc<Audit>, String>),
    /// An examination of this machine began.
    Examining,
    /// A line of the examination.
    Examined(DoctorLine),
    /// The examination has ended.
    ExaminedAll,
    /// A note for the operator.
    Notice(Severity, String),
}

/// How loud a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// For information.
    Info,
    /// Something was refused or went wrong; what to do is said.
    Warning,
}

/// An event with its number and time.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamped {
    /// From 1, without gaps.
    pub seq: u64,
    /// When it was applied.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// What the loop has to do because of an event. State itself does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Fetch this fact; the answer belongs to this generation.
    Fetch(FactKey, Vec<Place>, Generation),
    /// The round has nothing left to look for.
    EndRound(RoundId),
    /// Keep the audit that has just ended.
    Keep,
}
