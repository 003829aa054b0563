//! What GitHub is asked about the release, and what its answers come to.

use std::collections::BTreeSet;

use crate::model::{
    AskGithub, Blocker, FactKey, Facts, GITHUB_REGISTRY, Item, JobEnvironment, NameHolder, NeededName,
    Observed, PackageVisibility, Place, Reason, Release, ReleaseWorkflow, Repository, Risk, Scope,
    WorkflowRun,
};

use super::agreement::{remote_key, with_commit};
use super::checks::listed;
use super::context::{Context, place};
use super::source::hosted;
use super::stage::{TagAnswer, tag_answer};

/// What is still to be asked, each with the place. Nothing before it is known where the source is and what its tag is.
pub(super) fn wanted(release: &Release, scope: &Scope, facts: &Facts) -> Vec<(FactKey, Place)> {
    let asks = scope.github != AskGithub::No && !facts.releasing().is_empty();
    let known = facts.get(&FactKey::Git).is_some()
        && remote_key(release, facts).is_none_or(|key| facts.get(&key).is_some());
    if !asks || !known {
        return Vec::new();
    }
    let Some(place) = source_place(release, scope, facts) else { return Vec::new() };
    let mut keys = run_keys(release, facts);
    if is_ahead(release, facts) {
        keys.extend(needed(facts).iter().flat_map(|need| holders(need)));
        keys.extend(hidden(release, facts).into_iter().map(FactKey::Package));
    }
    keys.into_iter().map(|key| (key, place.clone())).collect()
}

/// Where the source is on a GitHub: as it is configured, else as the git remote has it.
fn source_place(release: &Release, scope: &Scope, facts: &Facts) -> Option<Place> {
    let remote = facts.git(&FactKey::Git).and_then(Observed::seen).and_then(|git| git.remote.as_ref());
    let url = release.source.as_deref().or(remote.map(|remote| remote.url.as_str()))?;
    let (host, repository) = hosted(url)?;
    let labels = || host.split('.').next().unwrap_or_default();
    let known = host == "github.com" || host.ends_with(".ghe.com") || matches!(labels(), "github" | "ghe");
    (known || scope.github == AskGithub::AnyHost).then_some(Place::Github { host, repository })
}

/// The host and the repository of the source, where GitHub may be asked about it.
pub fn source(release: &Release, scope: &Scope, facts: &Facts) -> Option<(String, String)> {
    if scope.github == AskGithub::No {
        return None;
    }
    match source_place(release, scope, facts)? {
        Place::Github { host, repository } => Some((host, repository)),
        _ => None,
    }
}

/// The run of each workflow that releases, for this tag and commit.
fn run_keys(release: &Release, facts: &Facts) -> Vec<FactKey> {
    let key = |workflow: &ReleaseWorkflow| FactKey::WorkflowRun {
        workflow: workflow.name(),
        tag: release.git_tag(),
        commit: release.revision.clone(),
    };
    facts.releasing().iter().map(key).collect()
}

/// The runs that were seen for this release, with the workflow's file.
pub fn runs<'f>(release: &Release, facts: &'f Facts) -> Vec<(String, &'f WorkflowRun)> {
    let release = &*with_commit(release, facts);
    let run = |key: FactKey| {
        let seen = facts.workflow_run(&key)?.seen()?;
        match key {
            FactKey::WorkflowRun { workflow, .. } => Some((workflow, seen)),
            _ => None,
        }
    };
    run_keys(release, facts).into_iter().filter_map(run).collect()
}

/// Whether a version tag is still missing: only then somebody has to be able to release.
fn is_ahead(release: &Release, facts: &Facts) -> bool {
    let answers = || release.repositories().map(|(image, repository)| tag_answer(image, repository, facts));
    answers().any(|answer| matches!(answer, TagAnswer::Absent(_)))
        && !answers().any(|answer| matches!(answer, TagAnswer::Pending))
}

fn needed(facts: &Facts) -> Vec<&NeededName> {
    facts.releasing().iter().flat_map(|workflow| &workflow.needs).collect()
}

/// Who may hold a name.
fn holders(need: &NeededName) -> Vec<FactKey> {
    let mut holders = vec![NameHolder::Repository, NameHolder::Organization];
    if let JobEnvironment::Named(name) = &need.environment {
        holders.push(NameHolder::Environment(name.clone()));
    }
    holders.into_iter().map(|holder| FactKey::Names { kind: need.kind, holder }).collect()
}

/// The packages on GitHub's registry that nobody can pull yet and everybody shall.
fn hidden(release: &Release, facts: &Facts) -> BTreeSet<Repository> {
    let hidden = release.repositories().filter(|(image, repository)| {
        !image.private
            && repository.registry() == GITHUB_REGISTRY
            && matches!(tag_answer(image, repository, facts), TagAnswer::Absent(_))
    });
    hidden.map(|(_, repository)| repository.clone()).collect()
}

/// Whether a needed name is there.
enum Held<'f> {
    Yes,
    No,
    Unknown(&'f Reason),
    NotAsked,
}

fn held<'f>(need: &NeededName, facts: &'f Facts) -> Held<'f> {
    let mut unknown = None;
    let mut asked = false;
    for key in holders(need) {
        match facts.names(&key) {
            Some(Observed::Seen(names)) if names.contains(&need.name) => return Held::Yes,
            Some(Observed::Unknown(reason)) => unknown = unknown.or(Some(reason)),
            Some(_) => asked = true,
            None => {}
        }
    }
    match unknown {
        Some(reason) => Held::Unknown(reason),
        // The environment of that job is known to nobody before it runs, and may hold it.
        None if asked && need.environment != JobEnvironment::Computed => Held::No,
        None => Held::NotAsked,
    }
}

/// The names that nobody holds.
fn missing<'f>(release: &Release, facts: &'f Facts) -> Vec<&'f NeededName> {
    let needed = if is_ahead(release, facts) { needed(facts) } else { Vec::new() };
    needed.into_iter().filter(|need| matches!(held(need, facts), Held::No)).collect()
}

/// What a run of the release workflows would lack, a sentence each.
pub(super) fn lacks(release: &Release, facts: &Facts) -> Vec<String> {
    let Some(repository) = repository(release, facts) else { return Vec::new() };
    missing(release, facts).into_iter().map(|need| sentence(need, &repository)).collect()
}

/// `secret DOCKERHUB_TOKEN is not set on acme/greenlang, release.yml:58 logs in with it`
fn sentence(need: &NeededName, repository: &str) -> String {
    let (kind, name) = (need.kind.word(), &need.name);
    format!("{kind} {name} is not set on {repository}, {} {}", place(&need.at), need.purpose)
}

/// Item 1: how the release's runs ended, and what the next one would lack.
pub(super) fn warnings(context: &Context) -> Vec<String> {
    let (release, facts) = (context.release, context.facts);
    let mut found = Vec::new();
    for (workflow, run) in runs(release, facts) {
        if let Some(conclusion) = run.failure() {
            let branch = run.head_branch.as_deref().unwrap_or(&run.head_sha);
            found.push(format!("the run of {workflow} for {branch} ended with {conclusion}: {}; `exitbar dispatch --rerun-failed {}`", run.url, run.id));
        }
    }
    let Some(repository) = repository(release, facts) else { return found };
    found.extend(lacks(release, facts));
    if is_ahead(release, facts) {
        let unknown = needed(facts).into_iter().find_map(|need| match held(need, facts) {
            Held::Unknown(reason) => Some((need, reason)),
            _ => None,
        });
        if let Some((need, reason)) = unknown {
            let what = format!("whether {repository} holds what {} needs", place(&need.at));
            found.push(format!("{what} ({} {}) is unknown: {reason}", need.kind.word(), need.name));
        }
        found.extend(private_packages(context).iter().map(private_sentence));
        found.extend(unknown_packages(context));
    }
    found
}

/// Packages of which nobody could tell whether they are private.
fn unknown_packages(context: &Context) -> Vec<String> {
    let facts = context.facts;
    let unknown = |package: Repository| match facts.package(&FactKey::Package(package.clone())) {
        Some(Observed::Unknown(reason)) => Some(format!("whether {package} is private is unknown: {reason}")),
        _ => None,
    };
    hidden(context.release, facts).into_iter().filter_map(unknown).collect()
}

fn repository(release: &Release, facts: &Facts) -> Option<String> {
    let scope = Scope { github: AskGithub::AnyHost, ..Scope::default() };
    source(release, &scope, facts).map(|(_, repository)| repository)
}

fn private_packages(context: &Context) -> Vec<Repository> {
    let facts = context.facts;
    let visibility =
        |package: &Repository| facts.package(&FactKey::Package(package.clone()))?.seen().copied();
    let hidden = hidden(context.release, facts).into_iter();
    hidden
        .filter(|package| visibility(package).is_some_and(|seen| seen != PackageVisibility::Public))
        .collect()
}

fn private_sentence(package: &Repository) -> String {
    format!("{package} is a private package: nobody can pull what is published there")
}

/// What the release workflow lacks on GitHub, while it is still to run.
pub(super) fn blockers(context: &Context) -> Vec<Blocker> {
    let mut found = Vec::new();
    let missing = missing(context.release, context.facts);
    if let (Some(repository), Some(first)) = (repository(context.release, context.facts), missing.first()) {
        let names: Vec<String> = missing.iter().map(|need| need.name.clone()).collect();
        let problems: Vec<String> = missing.iter().map(|need| sentence(need, &repository)).collect();
        let set =
            |need: &&NeededName| format!("gh {} set {} --repo {repository}", need.kind.word(), need.name);
        found.push(Blocker {
            item: Item::Published,
            title: "The release workflow lacks secrets or variables".to_owned(),
            severity: Risk::High,
            problem: problems.join("; "),
            impact: "the workflow fails before anything is published".to_owned(),
            fix: format!("set {} on {repository}", listed(&names)),
            location: Some(first.at.to_string()),
            actions: missing.iter().map(set).collect(),
        });
    }
    for package in private_packages(context) {
        found.push(Blocker {
            item: Item::Published,
            title: "The package is private".to_owned(),
            severity: Risk::High,
            problem: private_sentence(&package),
            impact: "requirement 1 (MUST) would not be met by publishing".to_owned(),
            fix: "make it public in the package's settings, or mark the image as private in exitbar.toml"
                .to_owned(),
            location: Some(package.to_string()),
            actions: Vec::new(),
        });
    }
    found
}

#[cfg(test)]
mod tests;
