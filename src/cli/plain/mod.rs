//! The cockpit in lines, for screen readers and dumb terminals: one sentence per event, commands as words from
//! standard input. No cursor is moved and nothing is drawn.
//!
//! What was asked for comes in its turn: while something is looked for or a job runs, the next order waits. What only
//! asks is answered at once on a terminal; from a pipe it waits its turn as well, so that a script reads in order.

mod order;
mod speaker;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::act::cancel_when_interrupted;
use super::args::Global;
use super::failure::Failure;
use super::session::Session;
use crate::cockpit::{Command, State};
use crate::config::Loaded;
use crate::model::text;
use order::Order;
use speaker::Speaker;

/// How many lines may wait.
const WAITING: usize = 64;

/// Plays the cockpit in lines until `quit` or the end of the input. It begins with an audit.
pub(super) async fn cockpit(global: &Global, loaded: &Loaded) -> Result<u8, Failure> {
    let session = Session::start(loaded, Vec::new()).map_err(Failure::own)?;
    let (commands, states) = (session.cockpit().commands.clone(), session.cockpit().states.clone());
    let interrupted = tokio::spawn(cancel_when_interrupted(commands.clone(), states.clone()));
    let conversation = Conversation {
        speaker: Speaker::new(global.verbose),
        orders: VecDeque::new(),
        patient: !std::io::stdin().is_terminal(),
        settled: Settled::After(0),
        loaded,
    };
    commands.send(Command::Audit(loaded.scope.clone())).await.map_err(Failure::own)?;
    let done = conversation.hold(&session, lines()).await;
    interrupted.abort();
    session.quit().await;
    done.map(|()| 0)
}

/// The lines of standard input. Read by a thread of its own: it may wait for ever.
fn lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// What has to be over before the next order has its turn.
enum Settled {
    /// A round with a higher number than this has ended.
    After(u32),
    /// More plans than this were answered.
    Planned(u32),
    /// This plan waits for no answer any more: its job was queued, or it was refused, declined or overtaken.
    Answered(u32),
    /// Something was logged after this.
    Logged(Option<jiff::Timestamp>),
    /// Nothing.
    Yes,
}

struct Conversation<'a> {
    speaker: Speaker,
    orders: VecDeque<Order>,
    /// Whether what only asks waits its turn as well.
    patient: bool,
    settled: Settled,
    loaded: &'a Loaded,
}

impl Conversation<'_> {
    async fn hold(mut self, session: &Session, mut lines: mpsc::Receiver<String>) -> Result<(), Failure> {
        let cockpit = session.cockpit();
        let mut states = cockpit.states.clone();
        let mut ended = false;
        loop {
            let state = Arc::clone(&states.borrow_and_update());
            for sentence in self.speaker.news(&state) {
                say(&sentence)?;
            }
            while self.is_free(&state)
                && let Some(order) = self.orders.pop_front()
            {
                if order == Order::Quit {
                    return Ok(());
                }
                self.obey(order, &state, &cockpit.commands).await?;
            }
            if ended && self.orders.is_empty() && self.is_free(&state) {
                return Ok(());
            }
            tokio::select! {
                line = lines.recv(), if !ended => match line {
                    Some(line) => {
                        if self.heard(&line, &state, &cockpit.commands).await? {
                            return Ok(());
                        }
                    }
                    None => ended = true,
                },
                changed = states.changed() => if changed.is_err() {
                    return Err(Failure::own("the cockpit has ended unexpectedly"));
                },
            }
        }
    }

    /// Takes a line; says whether it ends the conversation.
    async fn heard(
        &mut self,
        line: &str,
        state: &State,
        commands: &mpsc::Sender<Command>,
    ) -> Result<bool, Failure> {
        let order = match order::read(line) {
            Ok(order) => order,
            Err(why) => {
                say(&why)?;
                return Ok(false);
            }
        };
        if !self.patient && order.only_asks() {
            if order == Order::Quit {
                if state.running_jobs().next().is_none() {
                    return Ok(true);
                }
                say("A job is running. Say cancel first, or wait for its end.")?;
                return Ok(false);
            }
            self.obey(order, state, commands).await?;
            return Ok(false);
        }
        if !self.patient && !self.is_free(state) {
            say("It waits until what is under way has ended.")?;
        }
        self.orders.push_back(order);
        Ok(false)
    }

    /// Whether the next order has its turn.
    fn is_free(&mut self, state: &State) -> bool {
        let over = match self.settled {
            Settled::After(round) => state.round.id > round && state.round.ended.is_some(),
            Settled::Planned(plans) => state.plans > plans,
            Settled::Answered(plan) => state.plan.as_ref().is_none_or(|pending| pending.id != plan),
            Settled::Logged(last) => state.log.back().map(|line| line.at) > last,
            Settled::Yes => true,
        };
        if over {
            self.settled = Settled::Yes;
        }
        over && !state.is_looking() && state.running_jobs().next().is_none()
    }

    async fn obey(
        &mut self,
        order: Order,
        state: &State,
        commands: &mpsc::Sender<Command>,
    ) -> Result<(), Failure> {
        let send = |command| async {
            commands.send(command).await.map_err(|_| Failure::own("the cockpit has ended unexpectedly"))
        };
        match order {
            Order::Audit => {
                self.settled = Settled::After(state.round.id);
                send(Command::Audit(self.loaded.scope.clone())).await?;
            }
            Order::Verify => {
                self.settled = Settled::Logged(state.log.back().map(|line| line.at));
                send(Command::Verify).await?;
            }
            Order::Act(action) => {
                self.settled = Settled::Planned(state.plans);
                send(Command::Plan(action)).await?;
            }
            Order::Yes => match &state.plan {
                None => say("There is no plan to say yes to.")?,
                Some(pending) => {
                    if let Some(question) = self.speaker.second_question(pending) {
                        return say(&question);
                    }
                    self.settled = Settled::Answered(pending.id);
                    send(Command::Confirm(pending.id, pending.plan.hash())).await?;
                }
            },
            Order::No | Order::Nothing => match &state.plan {
                None if order == Order::Nothing => {}
                None => say("There is no plan to say no to.")?,
                Some(pending) => {
                    self.settled = Settled::Answered(pending.id);
                    send(Command::Decline(pending.id)).await?;
                    say("Not done.")?;
                }
            },
            Order::Cancel => {
                let running: Vec<_> = state.running_jobs().map(|job| job.id).collect();
                if running.is_empty() {
                    say("No job is running.")?;
                }
                for id in running {
                    send(Command::Cancel(id)).await?;
                }
            }
            Order::Quit => {}
            Order::Help => sentences(order::help())?,
            Order::Status => sentences(speaker::status(state))?,
            Order::Items => sentences(speaker::items(state))?,
            Order::Item(item) => sentences(speaker::item(state, item))?,
            Order::Blockers => sentences(speaker::blockers(state))?,
            Order::Jobs => sentences(speaker::jobs(state))?,
            Order::Plan => sentences(speaker::pending(state))?,
        }
        Ok(())
    }
}

fn sentences(lines: Vec<String>) -> Result<(), Failure> {
    lines.iter().try_for_each(|line| say(line))
}

/// Says one sentence. A reader that has gone ends the conversation.
fn say(sentence: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let said = writeln!(out, "{}", text::clean_line(sentence)).and_then(|()| out.flush());
    said.map_err(|error| Failure { code: 1, text: format!("nobody reads any more: {error}") })
}
