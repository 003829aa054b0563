//! The run that a dispatch made, where GitHub does not say which it is: one that was not there before, by event, ref and actor.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Dispatch, Source};
use crate::formats::github as answers;
use crate::gather::encoded;
use crate::model::WorkflowRun;

/// How often, and with which pause, it is looked for.
const LOOKS: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// The runs that are there before the dispatch.
pub(super) async fn known(
    source: &Source,
    workflow: &str,
    dispatch: &Dispatch<'_>,
) -> Result<BTreeSet<u64>, String> {
    Ok(list(source, workflow, dispatch).await?.into_iter().map(|run| run.id).collect())
}

async fn list(source: &Source, workflow: &str, dispatch: &Dispatch<'_>) -> Result<Vec<WorkflowRun>, String> {
    let branch =
        dispatch.reference.rsplit_once("refs/tags/").or(dispatch.reference.rsplit_once("refs/heads/"));
    let branch = branch.map_or(dispatch.reference.as_str(), |(_, name)| name);
    let path = format!("{workflow}/runs?per_page=50&event=workflow_dispatch&branch={}", encoded(branch));
    let body = source.github.get(&path).await.map_err(|reason| reason.to_string())?;
    let mut runs = answers::runs(&body).map_err(|reason| reason.to_string())?;
    // Not every GitHub filters as it is asked.
    runs.retain(|run| run.event == "workflow_dispatch" && run.head_branch.as_deref() == Some(branch));
    Ok(runs)
}

/// The one run that is newer than every one before; somebody else's is told apart by who started it.
pub(super) async fn new_run(
    source: &Source,
    workflow: &str,
    dispatch: &Dispatch<'_>,
    before: &BTreeSet<u64>,
    cancelled: &CancellationToken,
) -> Result<u64, String> {
    let me = actor(source).await;
    let newest = before.last().copied().unwrap_or_default();
    for _ in 0..LOOKS {
        let mut new = list(source, workflow, dispatch).await?;
        new.retain(|run| run.id > newest && (me.is_none() || run.actor == me));
        match new.as_slice() {
            [] => {}
            [run] => return Ok(run.id),
            several => {
                let urls: Vec<&str> = several.iter().map(|run| run.url.as_str()).collect();
                return Err(format!(
                    "{} was started, and which of these runs is its own nobody can tell: {}; \
                     `exitbar dispatch --watch RUN` takes one up",
                    dispatch.file,
                    urls.join(", ")
                ));
            }
        }
        tokio::select! {
            () = cancelled.cancelled() => break,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
    Err(format!(
        "{} was started on {}, and no run of it has appeared: whether one will come is unknown; look at the \
         repository's Actions, `exitbar dispatch --watch RUN` takes one up",
        dispatch.file, dispatch.reference
    ))
}

/// Who the token belongs to; that of an app is nobody's.
async fn actor(source: &Source) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct User {
        login: String,
    }
    let body = source.github.get("user").await.ok()?;
    serde_json::from_slice::<User>(&body).ok().map(|user| user.login)
}
