//! Image indexes and manifests: OCI image-spec (`image-index.md`, `manifest.md`) and Docker's image
//! manifest v2 schema 2.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::text::clean_line;
use crate::model::{Descriptor, Digest, ImageIndex, ImageManifest, Manifest, Platform, Reason, ReasonKind};

/// The media type of an OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The media type of an OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of Docker's manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// The media type of Docker's image manifest, schema 2.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// The largest manifest that is read, in bytes (distribution-spec: registries take at least 4 MiB).
pub const SIZE_LIMIT: usize = 4 * 1024 * 1024;
/// The most descriptors that one manifest may list.
pub const MAX_ENTRIES: usize = 10_000;

/// Reads an index or manifest. What it is decides its shape; a media type that contradicts the shape, or a
/// document that is both, is refused, since two readers could take it for two different things.
///
/// # Errors
/// `TooLarge` over the limits, `NotSupported` for Docker schema 1 and for unknown digest algorithms,
/// `Unreadable` for anything else that is no manifest.
pub fn parse(bytes: &[u8]) -> Result<Manifest, Reason> {
    let raw: Raw = from_json(bytes, SIZE_LIMIT, "a manifest")?;
    let media_type = clean_line(raw.media_type.as_deref().unwrap_or_default()).into_owned();
    let is_v1 = media_type.starts_with("application/vnd.docker.distribution.manifest.v1+");
    if raw.schema_version == Some(1) || raw.fs_layers.is_some() || is_v1 {
        let text = "a Docker schema 1 manifest, which has no config to judge";
        return Err(
            Reason::new(ReasonKind::NotSupported, text).cure("push the image again with a current tool")
        );
    }
    if raw.schema_version.is_some_and(|version| version != 2) {
        return Err(unreadable(format!(
            "schemaVersion {} is none that is known",
            raw.schema_version.unwrap_or(0)
        )));
    }
    let is_index_type = matches!(media_type.as_str(), OCI_INDEX | DOCKER_LIST);
    let is_image_type = matches!(media_type.as_str(), OCI_MANIFEST | DOCKER_MANIFEST);
    match (&raw.manifests, &raw.config, &raw.layers) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            Err(unreadable("it is an index and a manifest at once (`manifests` beside `config` or `layers`)"))
        }
        (Some(_), None, None) if is_image_type => Err(contradiction(&media_type)),
        (None, Some(_), _) if is_index_type => Err(contradiction(&media_type)),
        (Some(_), None, None) => image_index(raw, media_type),
        // Go writes an empty list as `null`: an index of nothing.
        (None, None, None) if is_index_type => image_index(raw, media_type),
        (None, Some(_), _) => image_manifest(raw, media_type),
        (None, None, _) => Err(unreadable("neither an index (no `manifests`) nor a manifest (no `config`)")),
    }
}

fn image_index(raw: Raw, media_type: String) -> Result<Manifest, Reason> {
    Ok(Manifest::Index(ImageIndex {
        media_type: if media_type.is_empty() { OCI_INDEX.to_owned() } else { media_type },
        manifests: descriptors(raw.manifests.unwrap_or_default())?,
        annotations: annotations(raw.annotations),
        artifact_type: raw.artifact_type,
        subject: raw.subject.map(Descriptor::try_from).transpose()?,
    }))
}

fn image_manifest(raw: Raw, media_type: String) -> Result<Manifest, Reason> {
    let Some(config) = raw.config else { return Err(unreadable("a manifest without a config")) };
    let config = Descriptor::try_from(config)?;
    let is_docker = config.media_type.starts_with("application/vnd.docker.");
    let of_its_config = if is_docker { DOCKER_MANIFEST } else { OCI_MANIFEST };
    Ok(Manifest::Image(ImageManifest {
        media_type: if media_type.is_empty() { of_its_config.to_owned() } else { media_type },
        config,
        layers: descriptors(raw.layers.unwrap_or_default())?,
        annotations: annotations(raw.annotations),
        artifact_type: raw.artifact_type,
        subject: raw.subject.map(Descriptor::try_from).transpose()?,
    }))
}

fn contradiction(media_type: &str) -> Reason {
    unreadable(format!("its media type {media_type} contradicts what it holds"))
}

/// The media type under which a manifest is pushed: the one that it names, else the one of its shape.
pub fn media_type_of(manifest: &Manifest) -> &str {
    match manifest {
        Manifest::Index(index) => &index.media_type,
        Manifest::Image(image) => &image.media_type,
    }
}

/// An OCI image index of these descriptors, for a push of our own: the same input gives the same bytes.
pub fn write_index(manifests: &[Descriptor], annotations: &BTreeMap<String, String>) -> Vec<u8> {
    let mut index = Map::new();
    index.insert("schemaVersion".to_owned(), json!(2));
    index.insert("mediaType".to_owned(), json!(OCI_INDEX));
    index.insert("manifests".to_owned(), manifests.iter().map(descriptor_json).collect());
    if !annotations.is_empty() {
        index.insert("annotations".to_owned(), json!(annotations));
    }
    Value::Object(index).to_string().into_bytes()
}

/// An OCI image manifest of this config and these layers, lowest first: the same input gives the same bytes.
pub fn write_image(config: &Descriptor, layers: &[Descriptor]) -> Vec<u8> {
    let mut image = Map::new();
    image.insert("schemaVersion".to_owned(), json!(2));
    image.insert("mediaType".to_owned(), json!(OCI_MANIFEST));
    image.insert("config".to_owned(), descriptor_json(config));
    image.insert("layers".to_owned(), layers.iter().map(descriptor_json).collect());
    Value::Object(image).to_string().into_bytes()
}

/// An OCI manifest of an artifact that refers to `subject`: the same input gives the same bytes.
pub fn write_artifact(
    artifact_type: &str,
    config: &Descriptor,
    layer: &Descriptor,
    subject: &Descriptor,
    annotations: &BTreeMap<String, String>,
) -> Vec<u8> {
    let mut artifact = Map::new();
    artifact.insert("schemaVersion".to_owned(), json!(2));
    artifact.insert("mediaType".to_owned(), json!(OCI_MANIFEST));
    artifact.insert("artifactType".to_owned(), json!(artifact_type));
    artifact.insert("config".to_owned(), descriptor_json(config));
    artifact.insert("layers".to_owned(), json!([descriptor_json(layer)]));
    artifact.insert("subject".to_owned(), descriptor_json(subject));
    artifact.insert("annotations".to_owned(), json!(annotations));
    Value::Object(artifact).to_string().into_bytes()
}

fn descriptor_json(descriptor: &Descriptor) -> Value {
    let mut out = Map::new();
    out.insert("mediaType".to_owned(), json!(descriptor.media_type));
    out.insert("digest".to_owned(), json!(descriptor.digest));
    out.insert("size".to_owned(), json!(descriptor.size));
    if let Some(platform) = &descriptor.platform {
        let mut it = Map::new();
        it.insert("architecture".to_owned(), json!(platform.architecture()));
        it.insert("os".to_owned(), json!(platform.os()));
        if let Some(variant) = platform.variant() {
            it.insert("variant".to_owned(), json!(variant));
        }
        out.insert("platform".to_owned(), Value::Object(it));
    }
    if let Some(artifact_type) = &descriptor.artifact_type {
        out.insert("artifactType".to_owned(), json!(artifact_type));
    }
    if !descriptor.annotations.is_empty() {
        out.insert("annotations".to_owned(), json!(descriptor.annotations));
    }
    Value::Object(out)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    schema_version: Option<i64>,
    media_type: Option<String>,
    artifact_type: Option<String>,
    manifests: Option<Vec<RawDescriptor>>,
    config: Option<RawDescriptor>,
    layers: Option<Vec<RawDescriptor>>,
    subject: Option<RawDescriptor>,
    annotations: RawAnnotations,
    /// Docker schema 1 only.
    fs_layers: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    media_type: Option<String>,
    digest: String,
    #[serde(default)]
    size: u64,
    platform: Option<RawPlatform>,
    artifact_type: Option<String>,
    annotations: RawAnnotations,
}

/// Go writes nothing as `null`, and reads `null` as the empty string.
type RawAnnotations = Option<BTreeMap<String, Option<String>>>;

#[derive(Deserialize)]
struct RawPlatform {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
}

impl TryFrom<RawDescriptor> for Descriptor {
    type Error = Reason;

    fn try_from(raw: RawDescriptor) -> Result<Self, Reason> {
        Ok(Self {
            media_type: raw.media_type.unwrap_or_default(),
            digest: digest(&raw.digest)?,
            size: raw.size,
            platform: raw.platform.and_then(|it| platform(it.os, it.architecture, it.variant)),
            artifact_type: raw.artifact_type,
            annotations: annotations(raw.annotations),
        })
    }
}

fn descriptors(raw: Vec<RawDescriptor>) -> Result<Vec<Descriptor>, Reason> {
    if raw.len() > MAX_ENTRIES {
        let text = format!("it lists {} descriptors, more than {MAX_ENTRIES}", raw.len());
        return Err(Reason::new(ReasonKind::TooLarge, text));
    }
    raw.into_iter().map(Descriptor::try_from).collect()
}

fn annotations(raw: RawAnnotations) -> BTreeMap<String, String> {
    raw.unwrap_or_default().into_iter().map(|(key, value)| (key, value.unwrap_or_default())).collect()
}

/// A digest as a document writes it.
pub(super) fn digest(given: &str) -> Result<Digest, Reason> {
    given.parse().map_err(|error: crate::model::InvalidDigest| {
        let is_other_algorithm =
            given.split_once(':').is_some_and(|(name, _)| !matches!(name, "sha256" | "sha512"));
        let kind = if is_other_algorithm { ReasonKind::NotSupported } else { ReasonKind::Unreadable };
        Reason::new(kind, error.to_string())
    })
}

/// A platform as a document writes it; none where it says nothing, `unknown/unknown` where it says
/// something that is no platform.
pub(super) fn platform(
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
) -> Option<Platform> {
    let (os, architecture) = (os.unwrap_or_default(), architecture.unwrap_or_default());
    if os.is_empty() && architecture.is_empty() {
        return None;
    }
    let variant = variant.filter(|variant| !variant.is_empty());
    let written = match &variant {
        Some(variant) => format!("{os}/{architecture}/{variant}"),
        None => format!("{os}/{architecture}"),
    };
    Some(written.parse().unwrap_or_else(|_| Platform::new("unknown", "unknown", None)))
}

/// Reads JSON within a limit of bytes; the error says what was read. Depth needs no limit of its own: only
/// known fields are kept, of fixed depth, and serde_json passes over the others without recursion.
pub(super) fn from_json<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    limit: usize,
    what: &str,
) -> Result<T, Reason> {
    if bytes.len() > limit {
        let text = format!("{what} of {} bytes; at most {limit} are read", bytes.len());
        return Err(Reason::new(ReasonKind::TooLarge, text));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let error: String = clean_line(&error.to_string()).chars().take(200).collect();
        unreadable(format!("it cannot be read as {what}: {error}"))
    })
}

fn unreadable(text: impl Into<String>) -> Reason {
    Reason::new(ReasonKind::Unreadable, text)
}

#[cfg(test)]
mod tests;
