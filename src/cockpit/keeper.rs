//! Keeps finished audits and recalls them, beside the loop: the disk may take its time.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::event::{Event, Severity};
use super::run::Message;
use super::state::State;
use crate::gather::World;
use crate::model::{Audit, AuditId, AuditTimes};

/// Writes one audit after the other, so that a twin finds the one before it.
pub(super) struct Keeper {
    world: World,
    to: mpsc::Sender<Message>,
    last: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(super) fn new(world: World, to: mpsc::Sender<Message>) -> Self {
        Self { world, to, last: None }
    }

    /// Keeps the audit that has just ended.
    pub(super) fn keep(&mut self, state: &State) {
        let (release, policy, scope) =
            (Arc::clone(&state.release), Arc::clone(&state.policy), state.scope.clone());
        let (facts, assessment) = (state.facts.clone(), Arc::clone(&state.assessment));
        let requests = state.requests.clone();
        let finished = state.round.ended.unwrap_or(state.facts.as_of);
        let times = AuditTimes { started: state.round.started, finished };
        let (world, before) = (self.world.clone(), self.last.take());
        let kept = move || {
            let assessment = assessment.as_ref().clone();
            let audit = Audit::of((&release, &policy, &scope), facts, assessment, requests, times)?;
            Some(Event::Kept(world.keep(&audit).map(Box::new).map_err(|reason| reason.to_string())))
        };
        let (world, to) = (self.world.clone(), self.to.clone());
        self.last = Some(tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            tell(&to, &world, tokio::task::spawn_blocking(kept).await.ok().flatten()).await;
        }));
    }

    /// Reads what a list says of every finished audit of this release.
    pub(super) fn list(&self) {
        self.beside(|world| Event::History(world.history()));
    }

    /// Reads a finished audit.
    pub(super) fn recall(&self, id: AuditId) {
        self.beside(move |world| {
            let audit = world.recall(&id).map(Arc::new).map_err(|reason| reason.to_string());
            Event::Recalled(id, audit)
        });
    }

    fn beside(&self, read: impl FnOnce(&World) -> Event + Send + 'static) {
        let (world, to) = (self.world.clone(), self.to.clone());
        tokio::spawn(async move {
            let reading = world.clone();
            tell(&to, &world, tokio::task::spawn_blocking(move || read(&reading)).await.ok()).await;
        });
    }

    /// Whether everything is written.
    pub(super) async fn written(&mut self) {
        if let Some(last) = &mut self.last {
            let _ = last.await;
        }
        self.last = None;
    }
}

/// Tells the loop what came of it, and what went wrong beside it.
async fn tell(to: &mpsc::Sender<Message>, world: &World, event: Option<Event>) {
    let warnings = world.take_warnings().into_iter().map(|warning| Event::Notice(Severity::Warning, warning));
    for event in warnings.chain(event) {
        let _ = to.send(Message::Happened(event)).await;
    }
}
