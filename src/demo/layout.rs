//! Writes OCI image layouts (image-spec, `image-layout.md`) as buildx does: `index.json` names one image
//! index, which names a manifest per platform.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use super::image::{Image, labels};
use crate::model::Digest;

pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(super) const GZIP_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// Bytes, what they are, and their digest.
#[derive(Debug)]
pub(super) struct Blob {
    media_type: &'static str,
    pub(super) digest: Digest,
    bytes: Vec<u8>,
}

impl Blob {
    pub(super) fn new(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { media_type, digest: Digest::of(&bytes), bytes }
    }

    pub(super) fn descriptor(&self) -> Value {
        json!({ "mediaType": self.media_type, "digest": self.digest, "size": self.bytes.len() })
    }
}

/// Writes a layout in place of what was there; the digest of its image index.
///
/// Blobs come first and `index.json` last, so that whoever reads meanwhile sees the old image or the new one.
pub(super) fn write(folder: &Path, name: &str, version: &str, images: &[Image]) -> io::Result<Digest> {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let mut manifests = Vec::new();
    let mut kept = BTreeSet::new();
    for image in images {
        for blob in image.blobs.iter().chain([&image.manifest]) {
            keep(&blobs, blob, &mut kept)?;
        }
        let mut descriptor = image.manifest.descriptor();
        descriptor["platform"] = json!({ "architecture": image.architecture.name(), "os": "linux" });
        manifests.push(descriptor);
    }
    let index = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": manifests,
        "annotations": labels(name, version),
    });
    let index = Blob::new(INDEX, serde_json::to_vec(&index)?);
    keep(&blobs, &index, &mut kept)?;

    let mut entry = index.descriptor();
    entry["annotations"] = json!({ "org.opencontainers.image.ref.name": version });
    let top = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry] });
    replace(&folder.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    replace(&folder.join("index.json"), &serde_json::to_vec(&top)?)?;
    forget_others(&blobs, &kept)?;
    Ok(index.digest)
}

fn keep(blobs: &Path, blob: &Blob, kept: &mut BTreeSet<String>) -> io::Result<()> {
    let name = blob.digest.hex().to_owned();
    replace(&blobs.join(&name), &blob.bytes)?;
    kept.insert(name);
    Ok(())
}

/// Writes a file so that it is there as a whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path)?;
    Ok(())
}

fn forget_others(blobs: &Path, kept: &BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(blobs)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(|name| kept.contains(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
