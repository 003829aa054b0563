//! Whether everybody names the same version and commit: the release, its git tag, labels, programs and certificates.
//!
//! What an item requires its check judges. Here is said which two disagree, with both values.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::model::{
    CertificateSigner, Checkout, FactKey, Facts, Image, Item, Observed, Release, Repository,
    SignatureOutcome, Signer, Stage,
};

use super::context::Context;
use super::github;
use super::source::same_commit;

const REVISION: &str = "org.opencontainers.image.revision";
const VERSION_TAG: &str = "refs/tags/";

/// The release with the commit of its git tag, where none is configured. While the tag here and the tag on the
/// remote disagree nobody knows the commit.
pub(super) fn with_commit<'r>(release: &'r Release, facts: &Facts) -> Cow<'r, Release> {
    if release.revision.is_some() {
        return Cow::Borrowed(release);
    }
    match tag_commit(release, facts) {
        Some(commit) => Cow::Owned(Release { revision: Some(commit), ..release.clone() }),
        None => Cow::Borrowed(release),
    }
}

/// The commit of the release's tag, as far as everybody who has it says the same.
pub(super) fn tag_commit(release: &Release, facts: &Facts) -> Option<String> {
    let here = checkout(facts).and_then(|checkout| checkout.tag.clone());
    let there = remote_tag(release, facts).and_then(Observed::seen).cloned();
    match (here, there) {
        (Some(here), Some(there)) => (here == there).then_some(here),
        (here, there) => here.or(there),
    }
}

fn checkout(facts: &Facts) -> Option<&Checkout> {
    facts.git(&FactKey::Git)?.seen()
}

/// The key of the release's tag on the remote, once the remote is known.
pub(super) fn remote_key(release: &Release, facts: &Facts) -> Option<FactKey> {
    let remote = checkout(facts)?.remote.as_ref()?.name.clone();
    Some(FactKey::RemoteTag { remote, tag: release.git_tag() })
}

fn remote_tag<'f>(release: &Release, facts: &'f Facts) -> Option<&'f Observed<String>> {
    facts.remote_tag(&remote_key(release, facts)?)
}

/// The disagreements that an item is about.
pub(super) fn warnings(item: Item, context: &Context) -> Vec<String> {
    match item {
        Item::Published => github::warnings(context),
        Item::Signed => certificates(context),
        Item::VersionCommand => versions(context),
        Item::OciLabels => commits(context),
        _ => Vec::new(),
    }
}

/// Item 7: the version against the tags.
fn versions(context: &Context) -> Vec<String> {
    let (release, facts) = (context.release, context.facts);
    let Some(checkout) = checkout(facts) else { return Vec::new() };
    let tag = release.git_tag();
    let mut found = Vec::new();
    let looks_like = |other: &&String| {
        let number = other.trim_start_matches(|c: char| !c.is_ascii_digit());
        semver::Version::parse(number).is_ok()
    };
    let others: Vec<&String> = checkout.head_tags.iter().filter(looks_like).collect();
    if !others.is_empty() && !checkout.head_tags.contains(&tag) {
        let names: Vec<&str> = others.iter().map(|other| other.as_str()).collect();
        found.push(format!("HEAD is tagged {}, the release is {}", names.join(", "), release.version));
    }
    let published = context.stages.values().any(|stage| matches!(stage, Stage::Published(_)));
    let lacks = remote_tag(release, facts).is_some_and(Observed::is_absent);
    if published
        && lacks
        && let Some(remote) = &checkout.remote
    {
        found.push(format!("{} is published, and {} has no tag {tag}", release.version, remote.name));
    }
    found
}

/// Item 10: the release's commit, the tag's here and on the remote, the labels'.
fn commits(context: &Context) -> Vec<String> {
    let (release, facts) = (context.release, context.facts);
    let tag = release.git_tag();
    let here = checkout(facts).and_then(|checkout| checkout.tag.as_deref());
    let there = remote_tag(release, facts).and_then(Observed::seen).map(String::as_str);
    let mut found = Vec::new();
    if let (Some(here), Some(there)) = (here, there)
        && here != there
    {
        found.push(format!("the tag {tag} is {here} here and {there} on the remote"));
    }
    let tagged: BTreeSet<&str> = here.into_iter().chain(there).collect();
    for commit in &tagged {
        if let Some(revision) = release.revision.as_deref().filter(|it| !same_commit(it, commit)) {
            found.push(format!("the tag {tag} is at {commit}, the release is {revision}"));
        }
    }
    let ran: Vec<(String, &str)> =
        github::runs(release, facts).into_iter().map(|(file, run)| (file, run.head_sha.as_str())).collect();
    for (workflow, commit) in &ran {
        for tagged in tagged.iter().filter(|tagged| !same_commit(tagged, commit)) {
            found.push(format!("{workflow} ran for {tag} on commit {commit}, the tag is at {tagged}"));
        }
    }
    for image in &release.images {
        let certified: BTreeSet<String> =
            signers(context, image).filter_map(|(_, signer)| signer.source_revision.clone()).collect();
        for label in revisions(context, image) {
            for commit in tagged.iter().filter(|commit| !same_commit(&label, commit)) {
                found.push(format!(
                    "{}: the label revision is {label}, the tag {tag} is at {commit}",
                    image.name
                ));
            }
            for commit in certified.iter().filter(|commit| !same_commit(&label, commit)) {
                found.push(format!(
                    "{}: the label revision is {label}, its certificate is for commit {commit}",
                    image.name
                ));
            }
            for (workflow, commit) in ran.iter().filter(|(_, commit)| !same_commit(&label, commit)) {
                found.push(format!(
                    "{}: the label revision is {label}, {workflow} ran on commit {commit}",
                    image.name
                ));
            }
        }
    }
    found
}

/// The labels `revision` of an image, each once.
fn revisions(context: &Context, image: &Image) -> BTreeSet<String> {
    let there = image.platforms.iter().filter_map(|platform| context.there(image, platform).seen());
    let of = |subject: &super::subject::Subject| {
        let config = subject.config(context.facts).seen()?;
        config.labels.get(REVISION).map(|value| value.trim().to_owned())
    };
    let labels = there.flat_map(|there| there.subjects().iter().filter_map(of).collect::<Vec<_>>());
    labels.filter(|label| !label.is_empty()).collect()
}

/// Item 3: what certificates name, against the tag.
fn certificates(context: &Context) -> Vec<String> {
    let tag = context.release.git_tag();
    let commit = tag_commit(context.release, context.facts);
    let mut found = Vec::new();
    for image in &context.release.images {
        for (repository, signer) in signers(context, image) {
            let named = signer.source_ref.as_deref().and_then(|name| name.strip_prefix(VERSION_TAG));
            if let Some(other) = named.filter(|named| *named != tag) {
                found.push(format!("{repository}: signed for the tag {other}, the release's is {tag}"));
            }
            if let (Some(commit), Some(signed)) = (&commit, &signer.source_revision)
                && !same_commit(commit, signed)
            {
                found.push(format!("{repository}: signed for commit {signed}, the tag {tag} is at {commit}"));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Who signed the indexes of an image, where a certificate says so.
fn signers<'c>(
    context: &'c Context<'_>,
    image: &Image,
) -> impl Iterator<Item = (Repository, &'c CertificateSigner)> {
    let standing = context.standing(image);
    let held = standing.indexes().into_iter().flat_map(move |index| {
        standing.holders(&index).into_iter().map(move |repository| (repository, index.clone()))
    });
    held.flat_map(|(repository, index)| {
        let signers = context.signatures(&repository, &index).iter().filter_map(|(_, observed)| {
            let signature = observed.seen().filter(|signature| signature.is_image_signature())?;
            match &signature.outcome {
                SignatureOutcome::Valid(Signer::Certificate(signer)) => Some(signer),
                _ => None,
            }
        });
        let signers: Vec<_> = signers.map(|signer| (repository.clone(), signer)).collect();
        signers
    })
}

/// What the checkout is short of, while the release is not published: what is built here would not be the commit.
pub(super) fn about_the_checkout(context: &Context) -> Vec<String> {
    let published = context.stages.values().all(|stage| matches!(stage, Stage::Published(_)));
    let Some(checkout) = checkout(context.facts).filter(|_| !published) else { return Vec::new() };
    let mut found = Vec::new();
    if checkout.changed.count > 0 {
        found.push(format!("git: files differ from HEAD: {}", checkout.changed));
    }
    if let Some(upstream) = checkout.upstream.as_ref().filter(|upstream| upstream.behind > 0) {
        let branch = checkout.branch.as_deref().unwrap_or("HEAD");
        found.push(format!("git: {branch} is {} commits behind {}", upstream.behind, upstream.name));
    }
    let tag = context.release.git_tag();
    if let (Some(here), Some(head)) = (&checkout.tag, &checkout.head)
        && here != head
    {
        found.push(format!("git: HEAD is {head}, the tag {tag} is at {here}"));
    }
    if checkout.tag.is_some() && remote_tag(context.release, context.facts).is_some_and(Observed::is_absent) {
        found.push(format!("git: the tag {tag} is here and not on the remote"));
    }
    found
}

#[cfg(test)]
mod tests;
