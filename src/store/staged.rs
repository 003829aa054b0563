//! The staged digests of a release, as this machine pushed them.

use serde::{Deserialize, Serialize};

use super::{Kind, Store};
use crate::model::{Digest, ImageName, Reason, Release, Staged};

/// What is kept: whose digest it is, and the digest.
#[derive(Serialize, Deserialize)]
struct Kept {
    release: String,
    version: String,
    image: ImageName,
    staged: Staged,
}

impl Store {
    /// The staged digest of an image of this version.
    pub fn staged(&self, release: &Release, image: &ImageName) -> Option<Staged> {
        let kept: Kept = self.get(Kind::Staged, &release.name, &name(release, image))?;
        let same = kept.release == release.name && kept.version == release.version && kept.image == *image;
        same.then_some(kept.staged)
    }

    /// Remembers the staged digest of an image of this version.
    pub fn keep_staged(&self, release: &Release, image: &ImageName, staged: &Staged) -> Result<(), Reason> {
        let kept = Kept {
            release: release.name.clone(),
            version: release.version.clone(),
            image: image.clone(),
            staged: staged.clone(),
        };
        self.put(Kind::Staged, &release.name, &name(release, image), &kept)
    }

    /// Remembers a digest that this machine has pushed just now.
    pub fn keep_pushed(&self, release: &Release, image: &ImageName, digest: &Digest) -> Result<(), Reason> {
        let staged = Staged { digest: digest.clone(), at: Some(jiff::Timestamp::now()) };
        self.keep_staged(release, image, &staged)
    }

    /// Forgets the staged digest of an image of this version.
    pub fn forget_staged(&self, release: &Release, image: &ImageName) -> Result<(), Reason> {
        self.database.remove(Kind::Staged, &release.name, &name(release, image))
    }
}

fn name(release: &Release, image: &ImageName) -> String {
    format!("{}\0{image}", release.version)
}
