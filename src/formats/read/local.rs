//! What this machine has (layers as they were streamed, layouts, engines, runs, sources) → facts.

use super::{Read, absent, evidence, seen, unanswered};
use crate::model::{AbsenceKind, Answer, Exchange, Fact, FactKey, Level, Observed, Run, Staged};

/// The first definite answer that `content` accepts; `Missing` where nothing better came; else every reason.
fn first<T>(
    key: &FactKey,
    exchanges: &[Exchange],
    make: impl Fn(Observed<T>) -> Fact,
    content: impl Fn(&Answer) -> Option<T>,
) -> Read {
    for exchange in exchanges.iter().rev() {
        if let Some(content) = content(&exchange.answer) {
            return seen(key, exchange, &make, content);
        }
    }
    missing(key, exchanges).unwrap_or_else(|| unanswered(key, exchanges))
}

fn missing(key: &FactKey, exchanges: &[Exchange]) -> Option<Read> {
    if exchanges.iter().any(|exchange| matches!(exchange.answer, Answer::Failed(_))) {
        return None;
    }
    exchanges.iter().rev().find_map(|exchange| match &exchange.answer {
        Answer::Missing(text) => Some(absent(key, exchange, AbsenceKind::NotFound, text.clone())),
        _ => None,
    })
}

pub(super) fn layer(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let content = |answer: &Answer| match answer {
        Answer::Layer(layer) => Some(layer.clone()),
        _ => None,
    };
    vec![first(key, exchanges, Fact::Layer, content)]
}

pub(super) fn images(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let content = |answer: &Answer| match answer {
        Answer::Images(images) => Some(images.clone()),
        _ => None,
    };
    vec![first(key, exchanges, Fact::Local, content)]
}

pub(super) fn dockerfile(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let content = |answer: &Answer| match answer {
        Answer::Dockerfile(dockerfile) => Some(dockerfile.clone()),
        _ => None,
    };
    vec![first(key, exchanges, Fact::Dockerfile, content)]
}

pub(super) fn workflows(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let content = |answer: &Answer| match answer {
        Answer::Workflows(workflows) => Some(workflows.clone()),
        _ => None,
    };
    vec![first(key, exchanges, Fact::Workflows, content)]
}

pub(super) fn staged(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let content = |answer: &Answer| -> Option<Staged> {
        match answer {
            Answer::Staged(staged) => Some(staged.clone()),
            _ => None,
        }
    };
    vec![first(key, exchanges, Fact::Staged, content)]
}

/// The runs that are kept of a config come first, so that none of them is wanted when it is known that they are kept.
pub(super) fn stored_runs(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let kept = exchanges.iter().rev().find_map(|exchange| match &exchange.answer {
        Answer::StoredRuns(runs) => Some((exchange, runs)),
        _ => None,
    });
    let Some((exchange, runs)) = kept else {
        return vec![missing(key, exchanges).unwrap_or_else(|| unanswered(key, exchanges))];
    };
    let mut read: Vec<Read> = runs
        .iter()
        .map(|kept| (kept.key.clone(), Fact::Run(Observed::Seen(kept.run.clone())), kept.evidence.clone()))
        .collect();
    read.push(seen(key, exchange, Fact::StoredRuns, runs.len()));
    read
}

pub(super) fn run(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let ran = exchanges.iter().rev().find_map(|exchange| match &exchange.answer {
        Answer::Run(run) => Some((exchange, run)),
        _ => None,
    });
    let Some((exchange, run)) = ran else { return vec![unanswered(key, exchanges)] };
    let mut evidence = evidence(exchange, run_level(run));
    evidence.exit = match run.ended {
        crate::model::RunEnd::Exited(code) => Some(code),
        _ => None,
    };
    evidence.subject = format!("{} ({})", evidence.subject, run.platform);
    evidence.source.clone_from(&run.how);
    evidence.raw.clone_from(&run.raw);
    vec![(key.clone(), Fact::Run(Observed::Seen(run.clone())), evidence)]
}

/// A run outside a container is weaker evidence: it shows the program, not the image around it.
fn run_level(run: &Run) -> Level {
    if run.how.starts_with("engine") { Level::Verified } else { Level::Local }
}
