//! Starts the workflow that releases, or takes up one of its runs: reruns what failed, cancels it, watches it.

mod find;
mod inputs;
mod watch;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Context, JobSink, Outline};
use crate::dod;
use crate::formats::github as answers;
use crate::gather::encoded;
use crate::github::Github;
use crate::model::{Action, FactKey, JobOutcome, Observed, ReasonKind, ReleaseWorkflow};

/// A repository on a GitHub.
struct Source {
    github: Github,
    repository: String,
}

/// What a dispatch sends.
struct Dispatch<'c> {
    workflow: &'c ReleaseWorkflow,
    file: String,
    reference: String,
    inputs: Vec<(String, String)>,
}

pub(super) fn outline(action: Action, context: &Context) -> Result<Outline, String> {
    let source = source(context)?;
    let mut outline = Outline::default();
    let at = format!("{} on {}", source.repository, source.github.shown());
    if action == Action::Dispatch {
        let dispatch = dispatch(context)?;
        known_to_fail(&dispatch, context)?;
        outline.steps.push(format!("starts {} of {at} on {}", dispatch.file, dispatch.reference));
        outline.steps.extend(dispatch.inputs.iter().map(|(name, value)| format!("input {name} = {value}")));
        outline.steps.push("watches its run to the end; cancelling this job cancels the run".to_owned());
        outline.warnings.extend(warnings(&dispatch, context));
        return Ok(outline);
    }
    let run = run_id(action, context)?;
    outline.steps.push(match action {
        Action::RerunFailed => format!("runs the failed jobs of run {run} of {at} again"),
        Action::CancelRun => format!("cancels run {run} of {at}"),
        _ => format!("watches run {run} of {at}"),
    });
    outline.steps.push(match action {
        Action::RerunFailed => "watches it to the end; cancelling this job cancels the run".to_owned(),
        Action::CancelRun => "watches it until it has ended".to_owned(),
        _ => "cancelling this job leaves the run alone".to_owned(),
    });
    Ok(outline)
}

/// Does it. When it is cancelled, the run that it started is cancelled too.
pub(super) async fn perform(
    action: Action,
    context: &Context,
    sink: &JobSink,
    cancelled: &CancellationToken,
) -> JobOutcome {
    let done = async {
        let source = source(context)?;
        let (run, attempt) = begin(action, &source, context, sink, cancelled).await?;
        let watched = watch::watch(&source, (run, attempt), context.world.wiring.github.start_within, sink);
        tokio::select! {
            () = cancelled.cancelled() => {
                if matches!(action, Action::Dispatch | Action::RerunFailed) {
                    source.cancel(run).await?;
                    sink.line(&format!("run {run} was told to stop")).await;
                }
                Ok(None)
            }
            ended = watched => ended.map(Some),
        }
    };
    match done.await {
        Ok(None) => JobOutcome::Cancelled,
        Ok(Some(ended)) if action == Action::CancelRun && ended.conclusion == "cancelled" => {
            JobOutcome::Done(ended.line)
        }
        Ok(Some(ended)) if ended.failed => JobOutcome::Failed(ended.line),
        Ok(Some(ended)) => JobOutcome::Done(ended.line),
        Err(why) => JobOutcome::Failed(why),
    }
}

/// Starts, or takes up, the run; its number, and which attempt is meant.
async fn begin(
    action: Action,
    source: &Source,
    context: &Context,
    sink: &JobSink,
    cancelled: &CancellationToken,
) -> Result<(u64, u32), String> {
    let words = |reason: crate::model::Reason| reason.to_string();
    if action == Action::Dispatch {
        let dispatch = dispatch(context)?;
        sink.progress(0, 0, format!("starting {}", dispatch.file)).await;
        let run = source.start(&dispatch, cancelled).await?;
        sink.line(&format!("{} runs as {run}", dispatch.file)).await;
        return Ok((run, 1));
    }
    let run = run_id(action, context)?;
    match action {
        Action::RerunFailed => {
            let before = source.github.get(&source.run_path(run)).await.map_err(words)?;
            let before = answers::run(&before).map_err(words)?;
            let path = format!("{}/rerun-failed-jobs", source.run_path(run));
            source.github.post(&path, &json!({})).await.map_err(words)?;
            return Ok((run, before.attempt + 1));
        }
        Action::CancelRun => source.cancel(run).await?,
        _ => {}
    }
    Ok((run, 1))
}

impl Source {
    fn run_path(&self, run: u64) -> String {
        format!("repos/{}/actions/runs/{run}", self.repository)
    }

    async fn cancel(&self, run: u64) -> Result<(), String> {
        let path = format!("{}/cancel", self.run_path(run));
        let told = self.github.post(&path, &json!({})).await;
        told.map(|_| ()).map_err(|reason| format!("run {run} could not be cancelled: {reason}"))
    }

    /// Starts the workflow. An older GitHub does not say which run that made: then it is looked for.
    async fn start(&self, dispatch: &Dispatch<'_>, cancelled: &CancellationToken) -> Result<u64, String> {
        let words = |reason: crate::model::Reason| reason.to_string();
        let workflow = format!("repos/{}/actions/workflows/{}", self.repository, encoded(&dispatch.file));
        let before = find::known(self, &workflow, dispatch).await?;
        let path = format!("{workflow}/dispatches");
        let inputs: serde_json::Map<String, serde_json::Value> =
            dispatch.inputs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let mut body = json!({ "ref": dispatch.reference, "inputs": inputs, "return_run_details": true });
        let mut sent = self.github.post(&path, &body).await;
        // A refusal started nothing, so it may be sent once more without what an older GitHub does not know.
        if sent.as_ref().is_err_and(|reason| reason.text.contains("return_run_details")) {
            body.as_object_mut().map(|body| body.remove("return_run_details"));
            sent = self.github.post(&path, &body).await;
        }
        match answers::dispatched(&sent.map_err(words)?) {
            Some(run) => Ok(run),
            None => find::new_run(self, &workflow, dispatch, &before, cancelled).await,
        }
    }
}

/// Where the source is on GitHub, as far as GitHub may be asked.
fn source(context: &Context) -> Result<Source, String> {
    let Some((host, repository)) = dod::github_source(&context.release, &context.scope, &context.facts)
    else {
        return Err("the source is on no GitHub that may be asked: set [release] source, and neither \
                    [github] off nor --offline"
            .to_owned());
    };
    let github = context.world.github(&host).map_err(|reason| reason.to_string())?;
    Ok(Source { github, repository })
}

/// The run that was named, else the newest of the release's that can be taken up so.
fn run_id(action: Action, context: &Context) -> Result<u64, String> {
    if let Some(named) = context.scope.dispatch.run {
        return Ok(named);
    }
    let fails = action == Action::RerunFailed;
    let runs = dod::workflow_runs(&context.release, &context.facts).into_iter().map(|(_, run)| run);
    let fits = runs.filter(|run| if fails { run.failure().is_some() } else { run.is_active() });
    let newest = fits.max_by_key(|run| (run.created_at, run.id));
    newest.map(|run| run.id).ok_or_else(|| {
        let what = if fails { "failed" } else { "is queued or running" };
        format!("no run was named, and none of this release that was seen {what}")
    })
}

/// The workflow, the ref and the inputs, as far as they can be known to be right.
fn dispatch(context: &Context) -> Result<Dispatch<'_>, String> {
    let workflow = workflow(context)?;
    let file = workflow.name();
    let Some(declared) = &workflow.dispatch else {
        return Err(format!(
            "{}: {file} cannot be started by hand: add `workflow_dispatch:` to its `on:`, on the default branch",
            workflow.on
        ));
    };
    let inputs = inputs::checked(&file, declared, &context.scope.dispatch.inputs)?;
    Ok(Dispatch { workflow, file, reference: reference(context)?, inputs })
}

fn workflow(context: &Context) -> Result<&ReleaseWorkflow, String> {
    let releasing = match context.facts.workflows(&FactKey::Workflows) {
        Some(Observed::Seen(workflows)) => &workflows.releasing,
        Some(Observed::Unknown(reason)) => return Err(format!("the workflows could not be read: {reason}")),
        _ => return Err("there are no workflows".to_owned()),
    };
    let is_named = |workflow: &&ReleaseWorkflow| {
        context.scope.dispatch.workflow.as_ref().is_none_or(|name| workflow.file.ends_with(name))
    };
    let named: Vec<&ReleaseWorkflow> = releasing.iter().filter(is_named).collect();
    let by_hand: Vec<&&ReleaseWorkflow> = named.iter().filter(|it| it.dispatch.is_some()).collect();
    match (named.as_slice(), by_hand.as_slice()) {
        (_, [one]) => Ok(one),
        ([one], _) => Ok(one),
        ([], _) => Err("no workflow releases, or none of that name".to_owned()),
        _ => {
            let files: Vec<String> = named.iter().map(|it| it.file.display().to_string()).collect();
            Err(format!("several workflows release: {}; name one with --workflow", files.join(", ")))
        }
    }
}

/// What was named, else the release's tag where the remote has it, else the branch.
fn reference(context: &Context) -> Result<String, String> {
    if let Some(named) = &context.scope.dispatch.reference {
        return Ok(named.clone());
    }
    let checkout = context.facts.git(&FactKey::Git).and_then(Observed::seen);
    let remote = checkout.and_then(|checkout| checkout.remote.as_ref()).map(|remote| remote.name.clone());
    let tag = context.release.git_tag();
    if let Some(remote) = remote {
        let key = FactKey::RemoteTag { remote, tag: tag.clone() };
        if let Some(Observed::Seen(_)) = context.facts.remote_tag(&key) {
            return Ok(tag);
        }
    }
    let branch = checkout.filter(|checkout| checkout.upstream.is_some());
    branch.and_then(|checkout| checkout.branch.clone()).ok_or_else(|| {
        format!(
            "the remote has no tag {tag}, and no branch that follows one is checked out; name one with --ref"
        )
    })
}

/// What the audit saw already: no token, or one that is refused.
fn known_to_fail(dispatch: &Dispatch, context: &Context) -> Result<(), String> {
    for (key, entry) in context.facts.iter() {
        let FactKey::WorkflowRun { workflow, .. } = key else { continue };
        let reason = entry.fact.reason().filter(|_| *workflow == dispatch.file);
        if let Some(reason) = reason.filter(|it| it.kind == ReasonKind::NoCredentials) {
            return Err(reason.to_string());
        }
    }
    Ok(())
}

fn warnings(dispatch: &Dispatch, context: &Context) -> Vec<String> {
    let mut found = dod::would_fail(&context.release, &context.facts);
    for (workflow, run) in dod::workflow_runs(&context.release, &context.facts) {
        if run.is_active() {
            found.push(format!("a run of {workflow} is {} already: {}", run.status, run.url));
        }
    }
    let checkout = context.facts.git(&FactKey::Git).and_then(Observed::seen);
    if let Some(checkout) = checkout.filter(|it| it.branch.as_deref() == Some(&dispatch.reference)) {
        if let Some(upstream) = checkout.upstream.as_ref().filter(|upstream| upstream.ahead > 0) {
            found.push(format!("{} commits are not on {} and not in the run", upstream.ahead, upstream.name));
        }
        if checkout.changed.count > 0 {
            found.push(format!("what differs from HEAD is not in the run: {}", checkout.changed));
        }
    }
    if dispatch.workflow.tags.is_some() && dispatch.reference != context.release.git_tag() {
        found.push("tags start this workflow too: `exitbar tag`".to_owned());
    }
    found
}

#[cfg(test)]
mod tests;
