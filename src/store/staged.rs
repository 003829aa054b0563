//! The staged digests of a release, as this machine pushed them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Store, files};
use crate::model::{Digest, ImageName, Reason, Release, Staged};

/// The file's content: whose digest it is, and the digest.
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
        let kept: Kept = files::read_sealed(&self.staged_path(release, image))?;
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
        files::write_sealed(&self.staged_path(release, image), &kept)
    }

    /// Remembers a digest that this machine has pushed just now.
    pub fn keep_pushed(&self, release: &Release, image: &ImageName, digest: &Digest) -> Result<(), Reason> {
        let staged = Staged { digest: digest.clone(), at: Some(jiff::Timestamp::now()) };
        self.keep_staged(release, image, &staged)
    }

    /// Forgets the staged digest of an image of this version.
    pub fn forget_staged(&self, release: &Release, image: &ImageName) -> Result<(), Reason> {
        let path = self.staged_path(release, image);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(files::not_kept(&path, &error)),
            _ => Ok(()),
        }
    }

    /// Names of releases are free text: the file is named by the digest of all three parts.
    fn staged_path(&self, release: &Release, image: &ImageName) -> PathBuf {
        let name = [release.name.as_str(), &release.version, image.as_str()].join("\0");
        self.path(&["staged", &format!("{}.json", Digest::of(name.as_bytes()).hex())])
    }
}
