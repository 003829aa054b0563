//! A cockpit without a screen: audits and actions for scripts and CI.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::cockpit::{Cockpit, Command, Setup, Stamped, State};
use crate::config::Loaded;
use crate::gather::World;
use crate::model::{Action, ActionPlan, JobOutcome, Scope, Walk};

/// A running cockpit that somebody without a screen drives.
#[derive(Debug)]
pub struct Session {
    cockpit: Cockpit,
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acted {
    /// It did what its plan said.
    Done(String),
    /// It was refused, failed or was cancelled: why.
    Not(String),
}

impl Session {
    /// Starts a cockpit on what was loaded. `observers` get every event.
    ///
    /// # Errors
    /// When the way to the world cannot be set up, in words.
    pub fn start(loaded: &Loaded, observers: Vec<mpsc::Sender<Arc<Stamped>>>) -> Result<Self, String> {
        let release = Arc::new(loaded.release.clone());
        let wiring = Arc::new(loaded.wiring.clone());
        let world = World::new(release, wiring).map_err(|reason| reason.to_string())?;
        let setup = Setup {
            release: loaded.release.clone(),
            policy: loaded.policy.clone(),
            scope: loaded.scope.clone(),
            world,
            observers,
        };
        Ok(Self { cockpit: Cockpit::start(setup) })
    }

    /// The running cockpit, for a screen.
    pub fn cockpit(&self) -> &Cockpit {
        &self.cockpit
    }

    /// Looks at everything, and gives what is known when nothing is wanted any more.
    ///
    /// # Errors
    /// When the cockpit has ended.
    pub async fn audit(&mut self, scope: Scope) -> Result<Arc<State>, String> {
        let before = self.cockpit.states.borrow().round.id;
        self.send(Command::Audit(scope)).await?;
        let done = |state: &State| state.round.id > before && state.round.ended.is_some();
        self.cockpit.wait_for(done).await.ok_or_else(ended)
    }

    /// Verifies every signature and attestation again.
    ///
    /// # Errors
    /// When the cockpit has ended.
    pub async fn verify(&mut self) -> Result<Arc<State>, String> {
        let before = self.cockpit.states.borrow().round.ended;
        self.send(Command::Verify).await?;
        let done = |state: &State| state.round.ended.is_some_and(|ended| Some(ended) > before);
        self.cockpit.wait_for(done).await.ok_or_else(ended)
    }

    /// Says something of a step of the walkthrough.
    ///
    /// # Errors
    /// When the cockpit has ended.
    pub async fn walk(&mut self, walk: Walk) -> Result<Arc<State>, String> {
        let before = self.cockpit.states.borrow().walked;
        self.send(Command::Walk(walk)).await?;
        self.cockpit.wait_for(|state| state.walked > before).await.ok_or_else(ended)
    }

    /// Plans an action.
    ///
    /// # Errors
    /// Why it cannot be done now.
    pub async fn plan(&mut self, action: Action) -> Result<(u32, ActionPlan), String> {
        let before = self.cockpit.states.borrow().plans;
        self.send(Command::Plan(action)).await?;
        let state = self.cockpit.wait_for(|state| state.plans > before).await.ok_or_else(ended)?;
        match (&state.plan, &state.notice) {
            (Some(pending), _) => Ok((pending.id, pending.plan.clone())),
            (None, Some((_, why))) => Err(why.clone()),
            (None, None) => Err(format!("{action} cannot be planned now")),
        }
    }

    /// Does what a plan said, and looks at what it touched.
    ///
    /// # Errors
    /// When the cockpit has ended.
    pub async fn confirm(&mut self, id: u32, plan: &ActionPlan) -> Result<(Arc<State>, Acted), String> {
        let before = self.cockpit.states.borrow().jobs.len();
        self.send(Command::Confirm(id, plan.hash())).await?;
        // Either the job came to its end and what it touched was looked at, or the plan had changed.
        let over = |state: &State| match state.jobs.get(before) {
            Some(job) => !job.is_running() && !state.is_looking(),
            None => state.plan.as_ref().is_some_and(|pending| pending.id != id) || state.plan.is_none(),
        };
        let state = self.cockpit.wait_for(over).await.ok_or_else(ended)?;
        let acted = match state.jobs.get(before).and_then(|job| job.ended.as_ref()) {
            Some((_, JobOutcome::Done(line))) => Acted::Done(line.clone()),
            Some((_, JobOutcome::Failed(why))) => Acted::Not(why.clone()),
            Some((_, JobOutcome::Cancelled)) => Acted::Not("cancelled".to_owned()),
            None => Acted::Not("the plan changed while it was confirmed; look at it again".to_owned()),
        };
        Ok((state, acted))
    }

    /// Says no to a plan.
    pub async fn decline(&mut self, id: u32) {
        let _ = self.send(Command::Decline(id)).await;
    }

    /// Ends the cockpit.
    pub async fn quit(self) {
        self.cockpit.quit().await;
    }

    async fn send(&self, command: Command) -> Result<(), String> {
        self.cockpit.commands.send(command).await.map_err(|_| ended())
    }
}

fn ended() -> String {
    "the cockpit has ended unexpectedly".to_owned()
}
