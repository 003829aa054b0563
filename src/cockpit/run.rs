//! The loop: takes commands, starts what has to be done, stamps what happens and applies it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::event::{Command, Effect, Event, Generation, PlanId, Severity, Stamped};
use super::keeper::Keeper;
use super::state::State;
use super::transcript::Transcript;
use crate::actions::{self, Context, JobSink};
use crate::gather::{self, World};
use crate::model::{
    Action, ActionPlan, Digest, Evidence, Fact, FactKey, Facts, JobEvent, JobId, JobOutcome, Level, Place,
    Policy, Reason, ReasonKind, Release, Scope, Walk,
};
use crate::{dod, formats};

/// The least time between two states that readers get: several events fall into one.
const PUBLISH_EVERY: Duration = Duration::from_millis(16);

/// How often time itself is an event, once a verdict is there that can grow stale.
const CLOCK_EVERY: Duration = Duration::from_secs(20);

/// How long an audit that ended may take to be written when everything else has stopped.
const KEEP_WITHIN: Duration = Duration::from_secs(15);

/// How many messages of tasks may wait: more, and the tasks wait.
const INBOX: usize = 256;

/// What a cockpit works on.
#[derive(Debug)]
pub struct Setup {
    /// What is to go live.
    pub release: Release,
    /// What it must satisfy.
    pub policy: Policy,
    /// The staged digests and runs that are asked for.
    pub scope: Scope,
    /// The way to the world.
    pub world: World,
    /// Readers that get every event, in order.
    pub observers: Vec<mpsc::Sender<Arc<Stamped>>>,
}

/// A running cockpit.
#[derive(Debug)]
pub struct Cockpit {
    /// Takes what the operator wants.
    pub commands: mpsc::Sender<Command>,
    /// Gives what is known.
    pub states: watch::Receiver<Arc<State>>,
    task: JoinHandle<()>,
}

impl Cockpit {
    /// Starts the loop. Nothing is looked at until [`Command::Audit`] comes.
    pub fn start(setup: Setup) -> Self {
        let (commands, inbox) = mpsc::channel(64);
        let facts = Facts::new(Timestamp::now());
        let assessment = dod::judge(&setup.release, &setup.policy, &setup.scope, &facts);
        let mut state = State::of(
            Arc::new(setup.release),
            Arc::new(setup.policy),
            setup.scope,
            facts,
            Arc::new(assessment),
        );
        state.progress = setup.world.store.walk_progress(&state.release).map(Arc::new);
        state.durations = setup.world.store.durations(&state.release);
        state.walk();
        let (publish, states) = watch::channel(Arc::new(state.clone()));
        let (from_tasks, task_messages) = mpsc::channel(INBOX);
        let turn = Turn {
            state,
            keeper: Keeper::new(setup.world.clone(), from_tasks.clone()),
            world: setup.world,
            observers: setup.observers,
            from_tasks,
            seq: 0,
            round: CancellationToken::new(),
            jobs: BTreeMap::new(),
            next_plan: 1,
            waiting: None,
        };
        let task = tokio::spawn(turn.run(inbox, task_messages, publish));
        Self { commands, states, task }
    }

    /// Waits for the first state that `wanted` accepts; none when the loop has ended.
    pub async fn wait_for(&mut self, wanted: impl Fn(&State) -> bool) -> Option<Arc<State>> {
        self.states.wait_for(|state| wanted(state)).await.ok().map(|state| Arc::clone(&state))
    }

    /// Ends the loop and waits until everything that it started has stopped.
    pub async fn quit(self) {
        let _ = self.commands.send(Command::Quit).await;
        let _ = self.task.await;
    }
}

/// What tasks tell the loop.
pub(super) enum Message {
    Happened(Event),
    /// The plan was made again after it was confirmed.
    Replanned {
        confirmed: Digest,
        action: Action,
        plan: Result<Box<ActionPlan>, String>,
    },
}

struct Turn {
    state: State,
    world: World,
    observers: Vec<mpsc::Sender<Arc<Stamped>>>,
    from_tasks: mpsc::Sender<Message>,
    keeper: Keeper,
    seq: u64,
    round: CancellationToken,
    jobs: BTreeMap<JobId, (CancellationToken, JoinHandle<()>)>,
    next_plan: PlanId,
    /// What is planned as soon as everything has answered: a plan of half the facts promises wrong points.
    waiting: Option<Action>,
}

impl Turn {
    async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut messages: mpsc::Receiver<Message>,
        publish: watch::Sender<Arc<State>>,
    ) {
        let mut dirty = false;
        let mut publish_at = Instant::now();
        let mut clock = tokio::time::interval_at(Instant::now() + CLOCK_EVERY, CLOCK_EVERY);
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Quit) | None => break,
                    Some(command) => self.obey(command).await,
                },
                Some(message) = messages.recv() => {
                    self.hear(message).await;
                    if let Some(action) = self.waiting.filter(|action| !self.is_busy_for(*action)) {
                        self.waiting = None;
                        self.plan(action).await;
                    }
                }
                _ = clock.tick(), if self.state.assessment.verdict.is_some() => self.happened(Event::Clock).await,
                () = tokio::time::sleep_until(publish_at), if dirty => {
                    self.state.judge();
                    let _ = publish.send(Arc::new(self.state.clone()));
                    dirty = false;
                    publish_at = Instant::now() + PUBLISH_EVERY;
                    continue;
                }
            }
            dirty = true;
        }
        self.stop(&mut messages).await;
    }

    /// Ends what is under way: jobs get the time to clean up, what is being kept is written, looking just stops.
    async fn stop(&mut self, messages: &mut mpsc::Receiver<Message>) {
        self.round.cancel();
        for (token, _) in self.jobs.values() {
            token.cancel();
        }
        for (_, (_, task)) in std::mem::take(&mut self.jobs) {
            let _ = tokio::time::timeout(Duration::from_secs(5), task).await;
        }
        let keeping = tokio::time::sleep(KEEP_WITHIN);
        tokio::pin!(keeping);
        loop {
            let message = tokio::select! {
                biased;
                Some(message) = messages.recv() => message,
                () = self.keeper.written() => break,
                () = &mut keeping => break,
            };
            // An audit that could not be kept is said even now; everything else comes too late.
            if let Message::Happened(event @ (Event::Kept(_) | Event::Notice(..))) = message {
                self.happened(event).await;
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Audit(scope) => self.audit(scope).await,
            // Before the first round there is nothing to verify again.
            Command::Verify if self.state.round.id == 0 => self.audit(self.state.scope.clone()).await,
            Command::Verify => {
                self.world.forget_trust().await;
                self.happened(Event::Verifying).await;
            }
            Command::Plan(action) => self.plan(action).await,
            Command::Dispatch(with) => {
                self.happened(Event::Scoped(with)).await;
                self.plan(Action::Dispatch).await;
            }
            Command::Confirm(id, hash) => self.confirm(id, hash).await,
            Command::Decline(id) => self.happened(Event::Declined(id)).await,
            Command::Cancel(id) => {
                if let Some((token, _)) = self.jobs.get(&id) {
                    token.cancel();
                }
            }
            Command::Examine => self.examine().await,
            Command::CancelRound => self.cancel_round().await,
            Command::Walk(walk) => self.walk(&walk).await,
            Command::Glance => self.happened(Event::Glanced).await,
            Command::History => self.keeper.list(),
            Command::Recall(ids) => ids.into_iter().for_each(|id| self.keeper.recall(id)),
            Command::Quit => {}
        }
    }

    async fn audit(&mut self, scope: Scope) {
        self.round.cancel();
        self.round = CancellationToken::new();
        self.state.in_flight.clear();
        let id = self.state.round.id + 1;
        self.happened(Event::Began(id, scope)).await;
    }

    /// What another exitbar said meanwhile is not lost: what is kept counts, with this added to it.
    async fn walk(&mut self, walk: &Walk) {
        let kept = self.world.store.walk_progress(&self.state.release);
        let by = self.world.wiring.operator.clone();
        let progress = self.state.saying(kept, walk, &by, Timestamp::now());
        self.happened(Event::Walked(Box::new(progress))).await;
    }

    /// One examination at a time: another one would say the same.
    async fn examine(&mut self) {
        if self.state.examination.as_ref().is_some_and(|examination| !examination.ended) {
            return;
        }
        self.happened(Event::Examining).await;
        let (world, to) = (self.world.clone(), self.from_tasks.clone());
        tokio::spawn(async move {
            let (sender, mut lines) = mpsc::unbounded_channel();
            let forward = async {
                while let Some(line) = lines.recv().await {
                    let _ = to.send(Message::Happened(Event::Examined(line))).await;
                }
            };
            tokio::join!(gather::examine(&world, false, sender), forward);
            let _ = to.send(Message::Happened(Event::ExaminedAll)).await;
        });
    }

    async fn cancel_round(&mut self) {
        self.round.cancel();
        self.round = CancellationToken::new();
        let reason = Reason::new(ReasonKind::Cancelled, "cancelled before it answered");
        // What a fact brings to light is wanted next, so this goes on until nothing is.
        while self.state.is_looking() {
            let wanted =
                dod::wants(&self.state.release, &self.state.policy, &self.state.scope, &self.state.facts);
            if wanted.is_empty() {
                break;
            }
            self.state.in_flight.extend(wanted.keys().map(|key| (key.clone(), self.state.generation)));
            for key in wanted.into_keys() {
                let fact = Box::new(Fact::unknown(&key, reason.clone()));
                let evidence = Box::new(no_answer(&key, &reason, Timestamp::now()));
                self.happened(Event::Fact(self.state.generation, key, fact, evidence)).await;
            }
        }
    }

    async fn plan(&mut self, action: Action) {
        let id = self.next_plan;
        if let Some(why) = self.refusal(action) {
            self.next_plan += 1;
            self.happened(Event::Planned(id, action, Err(why))).await;
            return;
        }
        if self.is_busy_for(action) {
            self.waiting = Some(action);
            let text = format!("{action} is planned as soon as everything has answered");
            self.happened(Event::Notice(Severity::Info, text)).await;
            return;
        }
        self.next_plan += 1;
        let (context, to) = (self.context(), self.from_tasks.clone());
        tokio::spawn(async move {
            let plan = actions::plan(action, &context).await.map(Box::new);
            let _ = to.send(Message::Happened(Event::Planned(id, action, plan))).await;
        });
    }

    fn is_busy_for(&self, action: Action) -> bool {
        self.state.is_looking() || self.state.running_jobs().any(|job| action.waits_for(job.action))
    }

    fn refusal(&self, action: Action) -> Option<String> {
        if self.state.running_jobs().any(|job| job.action == action) {
            return Some(format!("{action} is running already; cancel it with x first"));
        }
        None
    }

    async fn confirm(&mut self, id: PlanId, hash: Digest) {
        let shown = self.state.plan.as_ref().filter(|plan| plan.id == id && plan.plan.hash() == hash);
        let Some(action) = shown.map(|plan| plan.plan.action) else {
            let text = "that plan is not the one on the screen any more; look at it again".to_owned();
            self.happened(Event::Notice(Severity::Warning, text)).await;
            return;
        };
        if let Some(why) = self.refusal(action) {
            self.happened(Event::Declined(id)).await;
            self.happened(Event::Notice(Severity::Warning, why)).await;
            return;
        }
        let (context, to) = (self.context(), self.from_tasks.clone());
        tokio::spawn(async move {
            let plan = actions::plan(action, &context).await.map(Box::new);
            let _ = to.send(Message::Replanned { confirmed: hash, action, plan }).await;
        });
    }

    async fn hear(&mut self, message: Message) {
        match message {
            Message::Happened(event) => self.happened(event).await,
            Message::Replanned { confirmed, action, plan } => {
                let same = plan.as_ref().is_ok_and(|plan| plan.hash() == confirmed);
                if same && self.refusal(action).is_none() {
                    return self.start_job(action).await;
                }
                let id = self.next_plan;
                self.next_plan += 1;
                self.happened(Event::Planned(id, action, plan)).await;
                let text = "the plan changed since it was shown; it needs a new confirmation".to_owned();
                self.happened(Event::Notice(Severity::Warning, text)).await;
            }
        }
    }

    async fn start_job(&mut self, action: Action) {
        let id = self.state.jobs.last().map_or(1, |job| job.id + 1);
        self.happened(Event::Job(id, JobEvent::Queued(action))).await;
        let token = CancellationToken::new();
        let (context, to) = (self.context(), self.from_tasks.clone());
        let cancelled = token.clone();
        let mut transcript = Transcript::new(output_of(action, id, &self.world));
        let task = tokio::spawn(async move {
            let (sink, mut events) = JobSink::new();
            let forward = async {
                while let Some(event) = events.recv().await {
                    let whole = match &event {
                        JobEvent::Output(line) => transcript.add(line).await,
                        _ => None,
                    };
                    for event in whole.into_iter().chain([event]) {
                        let _ = to.send(Message::Happened(Event::Job(id, event))).await;
                    }
                }
                transcript.end().await;
            };
            let work = async {
                sink.send(JobEvent::Started).await;
                let outcome = actions::perform(action, &context, &sink, &cancelled).await;
                (outcome, sink.into_learned())
            };
            let ((outcome, learned), ()) = tokio::join!(work, forward);
            let _ = to.send(Message::Happened(Event::Job(id, JobEvent::Ended(outcome)))).await;
            for (key, fact, evidence) in learned {
                let event = Event::Fact(Generation::MAX, key, Box::new(fact), Box::new(evidence));
                let _ = to.send(Message::Happened(event)).await;
            }
        });
        self.jobs.insert(id, (token, task));
    }

    fn context(&self) -> Context {
        Context {
            release: Arc::clone(&self.state.release),
            policy: Arc::clone(&self.state.policy),
            scope: self.state.scope.clone(),
            facts: self.state.facts.clone(),
            world: self.world.clone(),
        }
    }

    /// Stamps an event, applies it, tells the observers, and does what follows from it.
    async fn happened(&mut self, event: Event) {
        let mut next = vec![event];
        while let Some(event) = next.pop() {
            self.seq += 1;
            let stamped = Arc::new(Stamped { seq: self.seq, at: Timestamp::now(), event });
            let effects = self.state.apply(&stamped);
            for observer in &self.observers {
                let _ = observer.send(Arc::clone(&stamped)).await;
            }
            if let Event::Job(id, JobEvent::Ended(_)) = &stamped.event {
                self.jobs.remove(id);
            }
            next.extend(self.remember(&stamped));
            for effect in effects {
                match effect {
                    Effect::Fetch(key, places, generation) => self.fetch(key, places, generation),
                    // The last one is taken first: what ends knows its requests.
                    Effect::EndRound(id) => {
                        next.push(Event::Ended(id));
                        next.push(Event::Requests(self.world.request_counts()));
                    }
                    Effect::Keep => self.keeper.keep(&self.state),
                }
            }
        }
    }

    /// Keeps what lasts longer than this process, and says what follows from that.
    fn remember(&mut self, stamped: &Stamped) -> Vec<Event> {
        let (store, release) = (&self.world.store, &self.state.release);
        match &stamped.event {
            Event::Walked(progress) => {
                if let Err(reason) = store.keep_walk_progress(release, progress) {
                    return vec![Event::Notice(Severity::Warning, reason.to_string())];
                }
            }
            Event::Job(id, JobEvent::Ended(JobOutcome::Done(_))) => {
                let job = self.state.jobs.iter().find(|job| job.id == *id);
                let action = job.map(|job| job.action);
                let took = action.and_then(|action| Some((action, *self.state.durations.get(&action)?)));
                if let Some((action, seconds)) = took {
                    store.keep_duration(release, action, seconds);
                }
            }
            Event::Ended(_) => self.state.walk(),
            _ => {}
        }
        let progress = self.state.to_remember(&stamped.event, stamped.at);
        progress.map(|progress| Event::Walked(Box::new(progress))).into_iter().collect()
    }

    fn fetch(&self, key: FactKey, places: Vec<Place>, generation: Generation) {
        let (facts, world, to) = (self.state.facts.clone(), self.world.clone(), self.from_tasks.clone());
        let round = self.round.clone();
        tokio::spawn(async move {
            let exchanges = tokio::select! {
                () = round.cancelled() => return,
                exchanges = gather::fetch(&key, &places, &facts, &world) => exchanges,
            };
            let mut found = formats::read(&key, &exchanges);
            if !found.iter().any(|(found_key, ..)| *found_key == key) {
                let reason = Reason::new(ReasonKind::NotConfigured, "no place answered for it");
                let evidence = no_answer(&key, &reason, Timestamp::now());
                found.push((key.clone(), Fact::unknown(&key, reason), evidence));
            }
            // The fact that was asked for comes last: what came with it is not wanted any more then.
            found.sort_by_key(|(found_key, ..)| *found_key == key);
            for (found_key, fact, evidence) in found {
                let event = Event::Fact(generation, found_key, Box::new(fact), Box::new(evidence));
                let _ = to.send(Message::Happened(event)).await;
            }
        });
    }
}

/// Where the whole output of a job goes. Its name begins with the time, by which the oldest is known.
fn output_of(action: Action, id: JobId, world: &World) -> impl Fn() -> std::io::Result<PathBuf> + use<> {
    let name = format!("{}-{action}-{id}.log", Timestamp::now().strftime("%Y%m%dT%H%M%S%.3fZ"));
    let world = world.clone();
    move || {
        if world.wiring.no_store {
            return Err(std::io::Error::other("--no-store keeps nothing"));
        }
        world.store.output_path(&name)
    }
}

fn no_answer(key: &FactKey, reason: &Reason, at: Timestamp) -> Evidence {
    Evidence {
        subject: format!("{key:?}"),
        source: "exitbar".to_owned(),
        method: reason.text.clone(),
        level: Level::Declared,
        at,
        exit: None,
        raw: Vec::new(),
    }
}
