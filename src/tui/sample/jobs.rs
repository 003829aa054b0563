//! Jobs in every state.

use std::collections::VecDeque;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::report;
use crate::cockpit::{Job, State};
use crate::model::{Action, JobOutcome, Progress};

pub(super) fn job(id: u32, action: Action, started: Timestamp) -> Job {
    Job {
        id,
        action,
        started: Some(started),
        ended: None,
        progress: None,
        output: VecDeque::new(),
        dropped: 0,
        whole: None,
    }
}

/// One job done, one failed, one running, one waiting.
pub(in crate::tui) fn jobs() -> State {
    let mut state = report();
    let now = state.facts.as_of;
    let ago = |seconds: i64| now - SignedDuration::from_secs(seconds);
    let mut done = job(1, Action::Build, ago(90));
    done.ended = Some((ago(60), JobOutcome::Done("2 images for 2 platforms".to_owned())));
    done.output = (1..=40).map(|step| format!("#{step} [runner linux/arm64] step {step} of 40")).collect();
    let mut failed = job(2, Action::RunVersion, ago(50));
    let why = "runner linux/amd64: exit 2, No such option: --version; mend the command, then build again";
    failed.ended = Some((ago(48), JobOutcome::Failed(why.to_owned())));
    failed.output = VecDeque::from(["Error: No such option: --version".to_owned()]);
    let mut running = job(3, Action::Push, ago(12));
    running.progress = Some(Progress { done: 3, total: 8, what: "ghcr.io/acme/greenlang-runner".to_owned() });
    running.output = VecDeque::from(["layer sha256:9f2c41d7 is already there".to_owned()]);
    let waiting = Job { started: None, ..job(4, Action::Publish, now) };
    state.jobs = vec![done, failed, running, waiting];
    state
}
