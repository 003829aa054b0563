//! What this machine has (layouts, engines, runs, the store) and what the source declares.

use super::{Read, evidence, found, seen};
use crate::model::{Answer, Digest, Exchange, Fact, FactKey, Level, Observed, Reason, Run, RunEnd};

/// The last answer that `content` takes, as a fact of its own.
fn one<T: Clone>(
    key: &FactKey,
    exchanges: &[Exchange],
    make: impl Fn(Observed<T>) -> Fact,
    content: impl Fn(&Answer) -> Option<&T>,
) -> Vec<Read> {
    let accept = |exchange| content_of(exchange, &content);
    vec![match found(key, exchanges, accept) {
        Ok((exchange, content)) => seen(key, exchange, make, content.clone()),
        Err(read) => *read,
    }]
}

fn content_of<'a, T>(
    exchange: &'a Exchange,
    content: impl Fn(&'a Answer) -> Option<&'a T>,
) -> Option<Result<&'a T, Reason>> {
    content(&exchange.answer).map(Ok)
}

pub(super) fn images(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let mut read = one(key, exchanges, Fact::Local, |answer| match answer {
        Answer::Images(images) => Some(images),
        _ => None,
    });
    for (_, fact, evidence) in &mut read {
        // An engine's images say which engine it was.
        if let Fact::Local(Observed::Seen(images)) = fact
            && !images.source.is_empty()
        {
            evidence.source.clone_from(&images.source);
        }
    }
    read
}

pub(super) fn dockerfile(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    one(key, exchanges, Fact::Dockerfile, |answer| match answer {
        Answer::Dockerfile(dockerfile) => Some(dockerfile),
        _ => None,
    })
}

pub(super) fn workflows(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    one(key, exchanges, Fact::Workflows, |answer| match answer {
        Answer::Workflows(workflows) => Some(workflows),
        _ => None,
    })
}

pub(super) fn checkout(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    one(key, exchanges, Fact::Git, |answer| match answer {
        Answer::Checkout(checkout) => Some(checkout),
        _ => None,
    })
}

pub(super) fn remote_tag(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    one(key, exchanges, Fact::RemoteTag, |answer| match answer {
        Answer::RemoteTag(commit) => Some(commit),
        _ => None,
    })
}

pub(super) fn workflow_run(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    one(key, exchanges, Fact::WorkflowRun, |answer| match answer {
        Answer::WorkflowRun(run) => Some(run),
        _ => None,
    })
}

pub(super) fn names(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    one(key, exchanges, Fact::Names, |answer| match answer {
        Answer::Names(names) => Some(names),
        _ => None,
    })
}

pub(super) fn package(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    one(key, exchanges, Fact::Package, |answer| match answer {
        Answer::Package(visibility) => Some(visibility),
        _ => None,
    })
}

pub(super) fn staged(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    one(key, exchanges, Fact::Staged, |answer| match answer {
        Answer::Staged(staged) => Some(staged),
        _ => None,
    })
}

/// The runs that are kept come before the fact that they are known, so that none of them is wanted in between.
/// What is kept under another config's key is left out.
pub(super) fn stored_runs(key: &FactKey, config: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    let kept = found(key, exchanges, |exchange| match &exchange.answer {
        Answer::StoredRuns(runs) => Some(Ok(runs)),
        _ => None,
    });
    let (exchange, runs) = match kept {
        Ok(kept) => kept,
        Err(read) => return vec![*read],
    };
    let is_of_config = |key: &FactKey| matches!(key, FactKey::Run { config: of, .. } if of == config);
    let mut read: Vec<Read> = runs
        .iter()
        .filter(|kept| is_of_config(&kept.key))
        .map(|kept| (kept.key.clone(), Fact::Run(Observed::Seen(kept.run.clone())), kept.evidence.clone()))
        .collect();
    let count = read.len();
    read.push(seen(key, exchange, Fact::StoredRuns, count));
    read
}

pub(super) fn run(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let ran = found(key, exchanges, |exchange| match &exchange.answer {
        Answer::Run(run) => Some(Ok(run)),
        _ => None,
    });
    let (exchange, run) = match ran {
        Ok(ran) => ran,
        Err(read) => return vec![*read],
    };
    let mut evidence = evidence::evidence(key, exchange);
    evidence.level = run_level(run);
    evidence.exit = match run.ended {
        RunEnd::Exited(code) => Some(code),
        RunEnd::ExecFormatError
        | RunEnd::TimedOut
        | RunEnd::Flooded
        | RunEnd::Healthy
        | RunEnd::Unhealthy => None,
    };
    evidence.subject = format!("{} ({})", evidence.subject, run.platform);
    evidence.source.clone_from(&run.how);
    evidence.method = format!("{}, {}", evidence.method, run.manner());
    evidence.raw.clone_from(&run.raw);
    vec![(key.clone(), Fact::Run(Observed::Seen(run.clone())), evidence)]
}

/// A run outside a container is weaker evidence: it shows the program, not the image around it.
fn run_level(run: &Run) -> Level {
    if run.how.starts_with("engine") { Level::Verified } else { Level::Local }
}
