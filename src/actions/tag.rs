//! Tags the commit with the release's version and pushes the tag. A tag that exists is never moved.

use std::path::Path;

use super::{Context, JobSink, Outline};
use crate::formats::{git as printed, version_file};
use crate::git::Git;
use crate::model::{Checkout, FactKey, GitRemote, Observed, Place, Reason};
use crate::{dod, formats, gather};

/// What is to be tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    tag: String,
    commit: String,
    remote: GitRemote,
    /// Whether the tag is here already, at this commit: then it only has to be pushed.
    is_here: bool,
}

pub(super) async fn outline(context: &Context) -> Result<Outline, String> {
    let checkout = known(context)?;
    let target = preflight(checkout, context)?;
    version_files(context)?;
    let reference = format!("refs/tags/{}", target.tag);
    let name = ["check-ref-format", &reference];
    let valid = git(context).ask(&name).await.map_err(|reason| reason.to_string())?;
    if valid.exit != 0 {
        return Err(format!("`{}` cannot be the name of a git tag; mend [release] version", target.tag));
    }
    let mut outline = Outline::default();
    let Target { tag, commit, remote, is_here } = &target;
    outline.steps.push(if *is_here {
        format!("the tag {tag} is here already, at {commit}")
    } else {
        format!("git tag -a {tag} {commit}")
    });
    outline.steps.push(format!("git push {} refs/tags/{tag} ({})", remote.name, remote.url));
    if checkout.untracked.count > 0 {
        outline
            .warnings
            .push(format!("files that git does not know are in no commit: {}", checkout.untracked));
    }
    outline.warnings.extend(starts_in_vain(context));
    match &checkout.upstream {
        None => outline
            .warnings
            .push("the branch follows no upstream: nobody can say whether it is behind".to_owned()),
        Some(upstream) if upstream.ahead > 0 => outline.warnings.push(format!(
            "{} has not {} commits of this branch; the tag brings them along",
            upstream.name, upstream.ahead
        )),
        Some(_) => {}
    }
    Ok(outline)
}

/// Why the run that the tag starts would fail, where a tag starts one.
fn starts_in_vain(context: &Context) -> Vec<String> {
    let starts = context.facts.releasing().iter().any(|workflow| workflow.tags.is_some());
    if starts { dod::would_fail(&context.release, &context.facts) } else { Vec::new() }
}

/// The checkout as this audit saw it.
fn known(context: &Context) -> Result<&Checkout, String> {
    match context.facts.git(&FactKey::Git) {
        Some(Observed::Seen(checkout)) => Ok(checkout),
        Some(Observed::Absent(absence)) => Err(format!("nothing can be tagged: {absence}")),
        Some(Observed::Unknown(reason)) => Err(format!("cannot read the git repository: {reason}")),
        None => Err("the git repository was not looked at; press a first".to_owned()),
    }
}

/// Whether this checkout may be tagged, and with what.
fn preflight(checkout: &Checkout, context: &Context) -> Result<Target, String> {
    let tag = context.release.git_tag();
    let Some(commit) = checkout.head.clone() else {
        return Err("there is no commit to tag; commit first".to_owned());
    };
    if checkout.changed.count > 0 {
        return Err(format!(
            "files differ from HEAD: {}; the tag would not name what is here: commit or stash them",
            checkout.changed
        ));
    }
    if let Some(upstream) = checkout.upstream.as_ref().filter(|upstream| upstream.behind > 0) {
        return Err(format!(
            "the branch is {} commits behind {}; git pull first",
            upstream.behind, upstream.name
        ));
    }
    let configured = context.release.revision.as_deref().filter(|revision| *revision != commit);
    if let Some(revision) = configured {
        return Err(format!("HEAD is {commit}, the release is {revision}; check that commit out first"));
    }
    let is_here = match &checkout.tag {
        None => false,
        Some(here) if *here == commit => true,
        Some(here) => {
            return Err(format!(
                "the tag {tag} is here already, at {here}, and HEAD is {commit}; a tag is never moved: \
                 raise the version"
            ));
        }
    };
    let Some(remote) = checkout.remote.clone() else {
        return Err("there is no remote to push the tag to; git remote add origin URL".to_owned());
    };
    let key = FactKey::RemoteTag { remote: remote.name.clone(), tag: tag.clone() };
    match context.facts.remote_tag(&key) {
        Some(Observed::Absent(_)) => {}
        Some(Observed::Seen(there)) if *there == commit => {
            return Err(format!("{} has the tag {tag} at {commit}; nothing to do", remote.name));
        }
        Some(Observed::Seen(there)) => {
            return Err(format!(
                "{} has the tag {tag} already, at {there}, and HEAD is {commit}; a tag is never moved: \
                 raise the version",
                remote.name
            ));
        }
        Some(Observed::Unknown(reason)) => {
            return Err(format!("cannot tell whether {} has the tag {tag}: {reason}", remote.name));
        }
        None => return Err(format!("{} was not asked for the tag {tag}; press a first", remote.name)),
    }
    Ok(Target { tag, commit, remote, is_here })
}

/// A file beside the configuration that names another version would be tagged with the wrong one.
fn version_files(context: &Context) -> Result<(), String> {
    let release = context.release.version.trim_start_matches(['v', 'V']);
    for file in version_file::FILES {
        let path = context.world.wiring.path(Path::new(file));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("cannot read {file}: {error}")),
        };
        // A file that names none, or is no such file, says nothing about the version.
        let Ok(Some(found)) = version_file::read(Path::new(file), &text) else { continue };
        let version = found.value.trim_start_matches(['v', 'V']);
        if semver::Version::parse(version).is_ok() && version != release {
            return Err(format!(
                "{}: the version is {}, the release is {}; make them the same first",
                found.at, found.value, context.release.version
            ));
        }
    }
    Ok(())
}

fn git(context: &Context) -> Git {
    Git::at(&context.world.wiring.root)
}

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let checkout = now(context).await?;
    let target = preflight(&checkout, context)?;
    version_files(context)?;
    let Target { tag, commit, remote, is_here } = &target;
    // What was confirmed names a commit: the one that was seen then.
    if known(context)?.head.as_ref() != Some(commit) {
        return Err(format!("HEAD has moved to {commit} since the plan was shown; plan it again"));
    }
    let git = git(context);
    let words = |reason: Reason| reason.to_string();
    if !is_here {
        sink.progress(0, 2, format!("git tag -a {tag}")).await;
        let message = format!("Release {tag}");
        let arguments = ["tag", "-a", "-m", &message, "--end-of-options", tag, commit];
        let run = git.ask(&arguments).await.map_err(words)?;
        if run.exit != 0 {
            return Err(git.failed(&arguments, &run).to_string());
        }
        sink.line(&format!("tagged {commit} as {tag}")).await;
    }
    sink.progress(1, 2, format!("git push {}", remote.name)).await;
    let refspec = format!("refs/tags/{tag}:refs/tags/{tag}");
    // Without force: a tag that somebody set in between is refused by the remote.
    let arguments = ["push", "--no-verify", "--porcelain", "--", remote.name.as_str(), &refspec];
    let run = git.reach(&arguments).await.map_err(words)?;
    if run.exit != 0 {
        return Err(format!(
            "{}; the tag {tag} is here and not on {}: run `exitbar tag` again, or `git tag -d {tag}`",
            git.failed(&arguments, &run),
            remote.name
        ));
    }
    confirm(&git, &target).await?;
    sink.progress(2, 2, "pushed").await;
    Ok(format!("{tag} is at {commit} on {}", remote.name))
}

/// The checkout as it is at this moment.
async fn now(context: &Context) -> Result<Checkout, String> {
    let places = [Place::Source(".".into())];
    let exchanges = gather::fetch(&FactKey::Git, &places, &context.facts, &context.world).await;
    let mut facts = context.facts.clone();
    for (key, fact, evidence) in formats::read(&FactKey::Git, &exchanges) {
        facts.insert(key, fact, evidence);
    }
    match facts.git(&FactKey::Git) {
        Some(Observed::Seen(checkout)) => Ok(checkout.clone()),
        Some(Observed::Unknown(reason)) => Err(format!("cannot read the git repository: {reason}")),
        _ => Err("the git repository is gone".to_owned()),
    }
}

/// Asks the remote what it has now.
async fn confirm(git: &Git, target: &Target) -> Result<(), String> {
    let Target { tag, commit, remote, .. } = target;
    let (light, annotated) = (format!("refs/tags/{tag}"), format!("refs/tags/{tag}^{{}}"));
    let arguments = ["ls-remote", "--tags", "--", remote.name.as_str(), &light, &annotated];
    let run = git.reach(&arguments).await.map_err(|reason| {
        format!("the tag {tag} was pushed, but {} could not be asked for it: {reason}", remote.name)
    })?;
    match printed::remote_tag(&run.stdout, tag) {
        Some(there) if there == *commit => Ok(()),
        Some(there) => Err(format!("{} says that {tag} is at {there}, and not at {commit}", remote.name)),
        None if run.exit != 0 => Err(format!(
            "the tag {tag} was pushed, but {} could not be asked for it: {}",
            remote.name,
            git.failed(&arguments, &run)
        )),
        None => Err(format!("{} took the tag {tag} and does not show it", remote.name)),
    }
}

#[cfg(test)]
mod tests;
