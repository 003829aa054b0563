//! Manifests and indexes, OCI and Docker schema 2 (OCI image-spec `manifest.md`, `image-index.md`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Descriptor, Digest, ImageIndex, ImageManifest, Manifest, Platform, Reason, ReasonKind};

/// OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Docker manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Docker image manifest.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// No manifest is larger (distribution-spec asks registries for at least 4 MiB).
pub const SIZE_LIMIT: usize = 4 << 20;
const ENTRIES_LIMIT: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    schema_version: Option<u64>,
    media_type: Option<String>,
    artifact_type: Option<String>,
    manifests: Option<Vec<RawDescriptor>>,
    config: Option<RawDescriptor>,
    layers: Option<Vec<RawDescriptor>>,
    subject: Option<RawDescriptor>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    #[serde(default)]
    media_type: String,
    digest: Digest,
    #[serde(default)]
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<RawPlatform>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Serialize, Deserialize)]
struct RawPlatform {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
}

/// Reads a manifest or an index.
///
/// # Errors
/// Says what is wrong: no JSON, Docker schema 1, neither an index nor a manifest, over a limit.
pub fn parse(bytes: &[u8]) -> Result<Manifest, Reason> {
    if bytes.len() > SIZE_LIMIT {
        return Err(Reason::new(
            ReasonKind::TooLarge,
            format!("a manifest of {} bytes; at most {SIZE_LIMIT} are read", bytes.len()),
        ));
    }
    let raw: Raw =
        serde_json::from_slice(bytes).map_err(|error| unreadable(format!("no manifest: {error}")))?;
    if raw.schema_version == Some(1) {
        let reason = Reason::new(
            ReasonKind::NotSupported,
            "a Docker schema 1 manifest, which no registry should serve any more",
        );
        return Err(reason.cure("push the image again with a current tool"));
    }
    if let Some(manifests) = raw.manifests {
        limited(manifests.len(), "manifests")?;
        return Ok(Manifest::Index(ImageIndex {
            media_type: raw.media_type.unwrap_or_else(|| OCI_INDEX.to_owned()),
            manifests: manifests.into_iter().map(descriptor).collect(),
            annotations: raw.annotations.unwrap_or_default(),
            artifact_type: raw.artifact_type,
            subject: raw.subject.map(descriptor),
        }));
    }
    let Some(config) = raw.config else {
        return Err(unreadable("neither an index (`manifests`) nor an image manifest (`config`)"));
    };
    let layers = raw.layers.unwrap_or_default();
    limited(layers.len(), "layers")?;
    Ok(Manifest::Image(ImageManifest {
        media_type: raw.media_type.unwrap_or_else(|| OCI_MANIFEST.to_owned()),
        config: descriptor(config),
        layers: layers.into_iter().map(descriptor).collect(),
        annotations: raw.annotations.unwrap_or_default(),
        artifact_type: raw.artifact_type,
        subject: raw.subject.map(descriptor),
    }))
}

fn unreadable(text: impl Into<String>) -> Reason {
    Reason::new(ReasonKind::Unreadable, text)
}

fn limited(count: usize, what: &str) -> Result<(), Reason> {
    if count <= ENTRIES_LIMIT {
        return Ok(());
    }
    Err(Reason::new(ReasonKind::TooLarge, format!("{count} {what}; at most {ENTRIES_LIMIT} are read")))
}

fn descriptor(raw: RawDescriptor) -> Descriptor {
    let platform =
        raw.platform.filter(|platform| !platform.os.is_empty() && !platform.architecture.is_empty());
    Descriptor {
        media_type: raw.media_type,
        digest: raw.digest,
        size: raw.size,
        platform: platform.map(|raw| Platform::new(&raw.os, &raw.architecture, raw.variant.as_deref())),
        artifact_type: raw.artifact_type,
        annotations: raw.annotations.unwrap_or_default(),
    }
}

/// The media type under which a manifest is pushed.
pub fn media_type_of(manifest: &Manifest) -> &str {
    match manifest {
        Manifest::Index(index) => &index.media_type,
        Manifest::Image(image) => &image.media_type,
    }
}

/// An OCI image index of these manifests: the same bytes for the same input, always.
pub fn write_index(manifests: &[Descriptor], annotations: &BTreeMap<String, String>) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Index<'a> {
        schema_version: u8,
        media_type: &'a str,
        manifests: Vec<RawDescriptor>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        annotations: &'a BTreeMap<String, String>,
    }
    let manifests = manifests.iter().map(raw_descriptor).collect();
    let index = Index { schema_version: 2, media_type: OCI_INDEX, manifests, annotations };
    serde_json::to_vec(&index).unwrap_or_default()
}

fn raw_descriptor(descriptor: &Descriptor) -> RawDescriptor {
    let platform = descriptor.platform.as_ref().map(|platform| RawPlatform {
        architecture: platform.architecture().to_owned(),
        os: platform.os().to_owned(),
        variant: platform.variant().map(str::to_owned),
    });
    RawDescriptor {
        media_type: descriptor.media_type.clone(),
        digest: descriptor.digest.clone(),
        size: descriptor.size,
        platform,
        artifact_type: descriptor.artifact_type.clone(),
        annotations: (!descriptor.annotations.is_empty()).then(|| descriptor.annotations.clone()),
    }
}
