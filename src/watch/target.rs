//! What is watched.

use crate::model::{Access, Digest, Image, ImageName, Release, Repository, Tag};

/// One tag in one repository, or one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name: `ghcr.io/acme/app:0.2.0`.
    pub reference: String,
    /// The repository.
    pub repository: Repository,
    /// What of it.
    pub top: Top,
    /// The image of the release that it belongs to.
    pub image: Option<ImageName>,
    /// Whether it is a tag that moves with each release, so that moving alone is no alarm.
    pub moving: bool,
    /// How it is asked for first.
    pub access: Access,
    /// Whether strangers have to be able to read it.
    pub public: bool,
}

/// What of a repository is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Top {
    /// What this tag resolves to.
    Tag(Tag),
    /// Whether this digest is still there.
    Digest(Digest),
}

/// The version tag and the moving tags of every image, in every repository.
pub fn of_release(release: &Release) -> Vec<Target> {
    let target = |image: &Image, repository: &Repository, tag: &Tag, moving: bool| Target {
        reference: repository.tagged(tag),
        repository: repository.clone(),
        top: Top::Tag(tag.clone()),
        image: Some(image.name.clone()),
        moving,
        access: if image.private { Access::Credentials } else { Access::Anonymous },
        public: !image.private,
    };
    let mut targets: Vec<Target> = Vec::new();
    for (image, repository) in release.repositories() {
        targets.push(target(image, repository, &image.tag, false));
        let moving = image.moving_tags.iter().filter(|tag| **tag != image.tag);
        targets.extend(moving.map(|tag| target(image, repository, tag, true)));
    }
    targets
}
