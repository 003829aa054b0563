//! What the operator triggers: one file per action. An action first makes a plan, and does
//! exactly that once the plan is confirmed.

mod attach;
pub mod attest;
mod build;
mod dispatch;
mod plan;
mod promote;
mod publish;
mod push;
mod run;
mod scan;
mod sign;
mod sink;
mod tag;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use sink::JobSink;

use crate::gather::{Origin, World};
use crate::model::{
    Action, ActionPlan, Digest, Effect, Facts, ImageName, JobOutcome, Policy, Release, RunKind, Scope,
};

/// What `run-version` runs: the healthcheck goes with it, where an image asks for that.
const VERSION: [RunKind; 2] = [RunKind::Version, RunKind::Healthcheck];

/// What an action works on: the release and what is known of it at this moment.
#[derive(Debug, Clone)]
pub struct Context {
    /// What is to go live.
    pub release: Arc<Release>,
    /// What it must satisfy.
    pub policy: Arc<Policy>,
    /// The staged digests that the operator gave.
    pub scope: Scope,
    /// Every fact.
    pub facts: Facts,
    /// The way to the world.
    pub world: World,
}

/// What an action will do, before its points are known.
#[derive(Debug, Default)]
struct Outline {
    steps: Vec<String>,
    digests: BTreeMap<ImageName, Digest>,
    warnings: Vec<String>,
}

/// Says what an action would do, where, to which digests, and what it would change.
///
/// # Errors
/// Why it cannot be done now, and what to do first.
pub async fn plan(action: Action, context: &Context) -> Result<ActionPlan, String> {
    if context.world.wiring.readonly && action.effect() != Effect::Reads {
        return Err("refused: exitbar runs with --readonly".to_owned());
    }
    let outline = match action {
        Action::Build => build::outline(context).await?,
        Action::Push => push::outline(context).await?,
        Action::Publish => publish::outline(context).await?,
        Action::Promote => promote::outline(context).await?,
        Action::RunVersion => run::outline(&VERSION, Origin::Nearest, context).await?,
        Action::RunExample => run::outline(&[RunKind::Example], Origin::Nearest, context).await?,
        Action::RunPublished => run::outline(&[RunKind::Version], Origin::Registry, context).await?,
        Action::Sign => sign::outline(context).await?,
        Action::AttestSbom => attest::outline(context).await?,
        Action::AttestTests => attest::test_results::outline(context).await?,
        Action::AttestScan => attest::scans::outline(context).await?,
        Action::Scan => scan::outline(context).await?,
        Action::Tag => tag::outline(context).await?,
        Action::Dispatch | Action::RerunFailed | Action::CancelRun | Action::WatchRun => {
            dispatch::outline(action, context)?
        }
    };
    Ok(plan::with_points(action, outline, context))
}

/// Does what the plan said. Cancelling stops at the next safe point and leaves nothing running.
pub async fn perform(
    action: Action,
    context: &Context,
    sink: &JobSink,
    cancelled: &CancellationToken,
) -> JobOutcome {
    // A run on GitHub does not end with the job: that is told to it first.
    if matches!(action, Action::Dispatch | Action::RerunFailed | Action::CancelRun | Action::WatchRun) {
        return dispatch::perform(action, context, sink, cancelled).await;
    }
    tokio::select! {
        () = cancelled.cancelled() => JobOutcome::Cancelled,
        done = work(action, context, sink) => match done {
            Ok(line) => JobOutcome::Done(line),
            Err(why) => JobOutcome::Failed(why),
        },
    }
}

async fn work(action: Action, context: &Context, sink: &JobSink) -> Result<String, String> {
    match action {
        Action::Build => build::perform(context, sink).await,
        Action::Push => push::perform(context, sink).await,
        Action::Publish => publish::perform(context, sink).await,
        Action::Promote => promote::perform(context, sink).await,
        Action::RunVersion => run::perform(&VERSION, Origin::Nearest, context, sink).await,
        Action::RunExample => run::perform(&[RunKind::Example], Origin::Nearest, context, sink).await,
        Action::RunPublished => run::perform(&[RunKind::Version], Origin::Registry, context, sink).await,
        Action::Sign => sign::perform(context, sink).await,
        Action::AttestSbom => attest::perform(context, sink).await,
        Action::AttestTests => attest::test_results::perform(context, sink).await,
        Action::AttestScan => attest::scans::perform(context, sink).await,
        Action::Scan => scan::perform(context, sink).await,
        Action::Tag => tag::perform(context, sink).await,
        Action::Dispatch | Action::RerunFailed | Action::CancelRun | Action::WatchRun => {
            Err("a run on GitHub is no work of this machine".to_owned())
        }
    }
}

/// Remembers the staged digest of an image, once every repository has it.
fn remember(done: &str, image: &ImageName, digest: &Digest, context: &Context) -> Result<(), String> {
    context.world.store.keep_pushed(&context.release, image, digest).map_err(|error| {
        format!("{done}, but this machine could not remember it: {error}; pass --digest {image}={digest}")
    })
}
