//! What can be signed and attested: the staged or published index of each image, and its platforms' manifests.

use std::fmt::Write as _;

use crate::actions::Context;
use crate::actions::publish;
use crate::model::{Digest, FactKey, Image, ImageName, Manifest, Observed, Platform, Repository};

/// One digest, and the repositories that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::actions) struct Target {
    /// The image that it belongs to.
    pub image: ImageName,
    /// The image's index.
    pub index: Digest,
    /// What is signed: that index, or a platform's manifest.
    pub subject: Digest,
    /// The platform, where it is one's.
    pub platform: Option<Platform>,
    /// Where it is.
    pub repositories: Vec<Repository>,
}

impl Target {
    /// `the index of runner`, `runner linux/arm64`.
    pub fn what(&self) -> String {
        match &self.platform {
            None => format!("the index of {}", self.image),
            Some(platform) => format!("{} {platform}", self.image),
        }
    }

    /// The repositories in a row.
    pub fn places(&self) -> String {
        let mut places = String::new();
        for (index, repository) in self.repositories.iter().enumerate() {
            let _ = write!(places, "{}{repository}", if index == 0 { "" } else { ", " });
        }
        places
    }
}

/// The target that is a platform's manifest of an image.
pub(in crate::actions) fn of_platform(
    targets: &[Target],
    image: &ImageName,
    manifest: &Digest,
) -> Option<Target> {
    let is_it = |it: &&Target| it.platform.is_some() && it.subject == *manifest && it.image == *image;
    targets.iter().find(is_it).cloned()
}

/// Every index and every platform's manifest, of the images that are staged or published.
///
/// # Errors
/// When nothing is there to be signed, or it cannot be told what is.
pub(in crate::actions) fn targets(context: &Context) -> Result<Vec<Target>, String> {
    let mut found = Vec::new();
    for image in &context.release.images {
        let Some(index) = digest(image, context) else { continue };
        let holders = holders(image, &index, context)?;
        if holders.is_empty() {
            continue;
        }
        let target = |subject: &Digest, platform| Target {
            image: image.name.clone(),
            index: index.clone(),
            subject: subject.clone(),
            platform,
            repositories: holders.clone(),
        };
        let children = children(&index, context)?;
        let plain = children.iter().any(|(child, _)| *child == index);
        found.extend(children.into_iter().map(|(child, platform)| target(&child, Some(platform))));
        if !plain {
            found.push(target(&index, None));
        }
    }
    if found.is_empty() {
        return Err("no registry has anything of this release; push it first (p)".to_owned());
    }
    Ok(found)
}

/// The digest that is signed: what is staged, else what the version tag resolves to.
fn digest(image: &Image, context: &Context) -> Option<Digest> {
    let staged = || {
        let key = FactKey::Staged(image.name.clone());
        context.facts.staged(&key).and_then(Observed::seen).map(|staged| staged.digest.clone())
    };
    let tagged = || {
        let tags = image.repositories.iter().filter_map(|repository| {
            publish::resolved(repository, &image.tag, context).and_then(Observed::seen)
        });
        tags.map(|tag| tag.digest.clone()).next()
    };
    context.scope.digests.get(&image.name).cloned().or_else(staged).or_else(tagged)
}

/// The repositories that have a digest. One that could not be asked is no reason to leave it out silently.
fn holders(image: &Image, digest: &Digest, context: &Context) -> Result<Vec<Repository>, String> {
    let mut holders = Vec::new();
    for repository in &image.repositories {
        let tagged = publish::resolved(repository, &image.tag, context).and_then(Observed::seen);
        let key = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
        match context.facts.present(&key) {
            _ if tagged.is_some_and(|tag| tag.digest == *digest) => holders.push(repository.clone()),
            Some(Observed::Seen(())) => holders.push(repository.clone()),
            Some(Observed::Unknown(reason)) => {
                return Err(format!("cannot tell whether {repository} has {digest}: {reason}"));
            }
            Some(Observed::Absent(_)) | None => {}
        }
    }
    Ok(holders)
}

/// The platforms' manifests of an index; a plain manifest is its own, where its config is known. BuildKit's attestations
/// are none.
fn children(index: &Digest, context: &Context) -> Result<Vec<(Digest, Platform)>, String> {
    match context.facts.manifest(&FactKey::Manifest(index.clone())) {
        Some(Observed::Seen(Manifest::Index(listed))) => Ok(listed
            .manifests
            .iter()
            .filter(|entry| entry.buildkit_attestation_of().is_none())
            .filter_map(|entry| Some((entry.digest.clone(), entry.platform.clone()?)))
            .collect()),
        Some(Observed::Seen(Manifest::Image(image))) => {
            let config = context.facts.config(&FactKey::Config(image.config.digest.clone()));
            let platform = config.and_then(Observed::seen).map(|config| config.platform.clone());
            Ok(platform.into_iter().map(|platform| (index.clone(), platform)).collect())
        }
        Some(Observed::Unknown(reason)) => Err(format!("cannot tell what {index} holds: {reason}")),
        Some(Observed::Absent(absence)) => Err(format!("cannot tell what {index} holds: {absence}")),
        None => Err(format!("{index} was not looked at yet; audit first (a)")),
    }
}
