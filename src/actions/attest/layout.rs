//! One platform of an image as an OCI layout of its own, by digest: tools that read a layout take the first image in it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Target;
use crate::actions::Context;
use crate::formats::manifest;
use crate::gather;
use crate::model::{Descriptor, Digest, LocalSource, Manifest, Repository};

/// Where an image was taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    Layout(PathBuf),
    Registry(Repository),
}

impl From {
    pub(super) fn is_registry(&self) -> bool {
        matches!(self, Self::Registry(_))
    }
}

impl fmt::Display for From {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Layout(folder) => write!(formatter, "layout {}", folder.display()),
            Self::Registry(repository) => write!(formatter, "{repository}"),
        }
    }
}

/// Writes the platform's image into `folder`: from the layout on this machine where that holds these very bytes, else
/// from the first repository that gives them.
pub(super) async fn write(folder: &Path, target: &Target<'_>, context: &Context) -> Result<From, String> {
    if let Some(LocalSource::Layout(local)) = &target.image.local {
        let local = context.world.wiring.path(local);
        if let Some(bytes) = held(&local, target.manifest).await {
            let blobs = std::path::absolute(local.join("blobs")).map_err(|error| failed(&local, &error))?;
            link(&blobs, &folder.join("blobs")).map_err(|error| failed(&local, &error))?;
            index(folder, target, &bytes)?;
            return Ok(From::Layout(local));
        }
    }
    let mut why = Vec::new();
    for repository in target.repositories {
        match from_registry(folder, repository, target, context).await {
            Ok(()) => return Ok(From::Registry(repository.clone())),
            Err(reason) => why.push(reason),
        }
    }
    let nowhere = format!("neither a layout on this machine nor a registry has {}", target.manifest);
    Err(if why.is_empty() { nowhere } else { why.join("; ") })
}

/// The manifest of a layout, where it and everything that it names are there, with their digests: tools that read a
/// layout do not check them.
async fn held(local: &Path, digest: &Digest) -> Option<Vec<u8>> {
    let bytes = std::fs::read(blob(local, digest)).ok()?;
    let Ok(Manifest::Image(image)) = manifest::parse(&bytes) else { return None };
    let blobs: Vec<(PathBuf, Digest)> = image
        .layers
        .iter()
        .chain([&image.config])
        .map(|one| (blob(local, &one.digest), one.digest.clone()))
        .collect();
    let whole = tokio::task::spawn_blocking(move || {
        blobs.iter().all(|(path, digest)| gather::file_matches(path, digest).unwrap_or(false))
    });
    (digest.matches(&bytes) && whole.await.unwrap_or(false)).then_some(bytes)
}

async fn from_registry(
    folder: &Path,
    repository: &Repository,
    target: &Target<'_>,
    context: &Context,
) -> Result<(), String> {
    let (facts, world) = (&context.facts, &context.world);
    let bytes = gather::manifest_bytes(repository, target.manifest, facts, world).await;
    let bytes = bytes.map_err(|reason| reason.to_string())?;
    let Manifest::Image(image) = manifest::parse(&bytes).map_err(|reason| reason.to_string())? else {
        return Err(format!("{} is an index, and an SBOM is of one platform", target.manifest));
    };
    for one in image.layers.iter().chain([&image.config]) {
        let to = blob(folder, &one.digest);
        if to.is_file() {
            continue;
        }
        let file = gather::blob_file(repository, &one.digest, one.size, facts, world).await;
        let file = file.map_err(|reason| reason.to_string())?;
        std::fs::create_dir_all(to.parent().unwrap_or(folder)).map_err(|error| failed(&to, &error))?;
        persist(file, &to).map_err(|error| failed(&to, &error))?;
    }
    let to = blob(folder, target.manifest);
    std::fs::write(&to, &bytes).map_err(|error| failed(&to, &error))?;
    index(folder, target, &bytes)
}

/// A rename where both are on one file system, else a copy.
fn persist(file: tempfile::NamedTempFile, to: &Path) -> std::io::Result<()> {
    file.persist(to).map(|_| ()).or_else(|error| std::fs::copy(error.file.path(), to).map(|_| ()))
}

/// `index.json` and `oci-layout` for this one manifest.
fn index(folder: &Path, target: &Target, bytes: &[u8]) -> Result<(), String> {
    let media_type = match manifest::parse(bytes) {
        Ok(manifest) => manifest.media_type().to_owned(),
        Err(reason) => return Err(reason.to_string()),
    };
    let descriptor = Descriptor {
        media_type,
        digest: target.manifest.clone(),
        size: bytes.len() as u64,
        platform: Some(target.platform.clone()),
        artifact_type: None,
        annotations: std::collections::BTreeMap::new(),
    };
    let index = manifest::write_index(&[descriptor], &std::collections::BTreeMap::new());
    for (name, content) in
        [("index.json", index.as_slice()), ("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)]
    {
        let path = folder.join(name);
        std::fs::write(&path, content).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(windows)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(from, to)
}

fn blob(layout: &Path, digest: &Digest) -> PathBuf {
    layout.join("blobs").join(digest.algorithm()).join(digest.hex())
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}; check the free space and the permissions of the folder", path.display())
}
