//! The one loop: commands in, events out, one owner of the state. The screen, headless progress
//! and reports only read.

mod apply;
mod event;
mod keeper;
mod run;
mod state;
mod transcript;
mod walk;

#[cfg(test)]
mod tests;

pub use event::{Command, Effect, Event, Generation, PlanId, RoundId, Severity, Stamped};
pub use run::{Cockpit, Setup};
pub use state::{
    Examination, JOB_LINES, Job, LOG_LINES, PendingPlan, RECALLED, Round, State, TROUBLES, Trouble,
};
