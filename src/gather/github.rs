//! What GitHub says of the source: the runs of the release workflow, the names that it holds, its packages.

use std::collections::BTreeSet;

use super::{World, local_exchange};
use crate::formats::github as answers;
use crate::github::Github;
use crate::model::{
    Answer, Exchange, NameHolder, NameKind, PackageVisibility, Place, Reason, ReasonKind, Repository,
    WorkflowRun,
};

/// How many of the newest runs are looked at.
const RUNS: u32 = 20;

/// The GitHub of a place, with the repository there.
fn github<'p>(places: &'p [Place], world: &World) -> Result<(Github, &'p str), Reason> {
    let place = places.iter().find_map(|place| match place {
        Place::Github { host, repository } => Some((host, repository)),
        _ => None,
    });
    let (host, repository) = place.ok_or_else(|| {
        Reason::new(ReasonKind::NotConfigured, "nothing says where the source is on GitHub")
    })?;
    Ok((world.github(host)?, repository))
}

fn exchange(places: &[Place], request: String, answer: Result<Answer, Reason>) -> Vec<Exchange> {
    let place = places.first().cloned().unwrap_or(Place::Store);
    let exchange = local_exchange(place, request, answer.unwrap_or_else(Answer::Failed));
    vec![Exchange { credentials: true, ..exchange }]
}

/// A part of a path or query, whatever is in it.
pub fn encoded(part: &str) -> String {
    url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The newest run of a workflow for the tag, else for the commit.
pub(super) async fn workflow_run(
    workflow: &str,
    tag: &str,
    commit: Option<&str>,
    places: &[Place],
    world: &World,
) -> Vec<Exchange> {
    let request = format!("GET actions/workflows/{workflow}/runs for {tag}");
    let answer = async {
        let (github, repository) = github(places, world)?;
        let base = format!("repos/{repository}/actions/workflows/{}/runs?per_page={RUNS}", encoded(workflow));
        let of_tag = list(&github, format!("{base}&branch={}", encoded(tag)));
        let of_commit = async {
            match commit {
                Some(commit) => list(&github, format!("{base}&head_sha={}", encoded(commit))).await,
                None => Ok(Vec::new()),
            }
        };
        let (of_tag, of_commit) = tokio::try_join!(of_tag, of_commit)?;
        let for_tag = of_tag.into_iter().find(|run| run.head_branch.as_deref() == Some(tag));
        let found =
            for_tag.or_else(|| of_commit.into_iter().find(|run| Some(run.head_sha.as_str()) == commit));
        Ok(found.map_or_else(
            || Answer::Missing(format!("{workflow} has no run for {tag} on {repository}")),
            Answer::WorkflowRun,
        ))
    };
    exchange(places, request, answer.await)
}

async fn list(github: &Github, path: String) -> Result<Vec<WorkflowRun>, Reason> {
    answers::runs(&github.get(&path).await?)
}

/// The names of the secrets or variables that somebody holds. Never their values: GitHub tells none.
pub(super) async fn names(
    kind: NameKind,
    holder: &NameHolder,
    places: &[Place],
    world: &World,
) -> Vec<Exchange> {
    let what = format!("{}s", kind.word());
    let below = match holder {
        NameHolder::Repository => format!("actions/{what}"),
        NameHolder::Organization => format!("actions/organization-{what}"),
        NameHolder::Environment(name) => format!("environments/{}/{what}", encoded(name)),
    };
    let answer = async {
        let (github, repository) = github(places, world)?;
        let mut names = BTreeSet::new();
        for page in github.pages(&format!("repos/{repository}/{below}?per_page=100")).await? {
            names.extend(answers::names(&page)?);
        }
        Ok(Answer::Names(names))
    };
    exchange(places, format!("GET {below}"), answer.await)
}

/// Who can pull a repository of GitHub's registry.
pub(super) async fn package(package: &Repository, places: &[Place], world: &World) -> Vec<Exchange> {
    let answer = async {
        let (github, _) = github(places, world)?;
        let (owner, name) = package.path().split_once('/').ok_or_else(|| {
            Reason::new(ReasonKind::NotConfigured, format!("{package} names no owner and package"))
        })?;
        let below = format!("{}/packages/container/{}", encoded(owner), encoded(name));
        // An owner is an organisation or a user, and only asking tells which.
        let seen = match github.get(&format!("orgs/{below}")).await {
            Err(reason) if reason.kind == ReasonKind::Denied => github.get(&format!("users/{below}")).await,
            answered => answered,
        };
        let visibility: PackageVisibility = answers::package(&seen?)?;
        Ok(Answer::Package(visibility))
    };
    exchange(places, format!("GET packages/container of {package}"), answer.await)
}
