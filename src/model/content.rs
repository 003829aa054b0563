//! What registries and layouts hold: indexes, manifests, configs, layers, as plain data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Digest, Platform};

/// A descriptor (OCI image-spec, `descriptor.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The media type that it claims.
    pub media_type: String,
    /// The content's digest.
    pub digest: Digest,
    /// The content's size in bytes.
    pub size: u64,
    /// The platform, in an index.
    pub platform: Option<Platform>,
    /// The artifact type that it claims; never trusted without opening the manifest.
    pub artifact_type: Option<String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// What a manifest digest names: an index or an image manifest (artifacts are image manifests).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manifest {
    /// An image index, or Docker's manifest list.
    Index(ImageIndex),
    /// An image manifest, OCI or Docker schema 2.
    Image(ImageManifest),
}

impl Manifest {
    /// Its own media type.
    pub fn media_type(&self) -> &str {
        match self {
            Self::Index(index) => &index.media_type,
            Self::Image(image) => &image.media_type,
        }
    }
}

/// An image index (OCI image-spec, `image-index.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageIndex {
    /// Its media type.
    pub media_type: String,
    /// What it lists, in its order.
    pub manifests: Vec<Descriptor>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Its artifact type, where it has one.
    pub artifact_type: Option<String>,
    /// What it refers to, where it is a referrer.
    pub subject: Option<Descriptor>,
}

/// An image manifest (OCI image-spec, `manifest.md`; Docker image manifest v2 schema 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageManifest {
    /// Its media type.
    pub media_type: String,
    /// The config.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Its artifact type, where it has one.
    pub artifact_type: Option<String>,
    /// What it refers to, where it is a referrer.
    pub subject: Option<Descriptor>,
}

/// The annotation by which BuildKit says what an index entry refers to (`attestation-manifest`).
pub const BUILDKIT_REFERENCE_TYPE: &str = "vnd.docker.reference.type";
/// The annotation by which BuildKit says which manifest an attestation manifest is about.
pub const BUILDKIT_REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";
/// The annotation of a layer that holds an in-toto statement: its predicate type.
pub const IN_TOTO_PREDICATE_TYPE: &str = "in-toto.io/predicate-type";

impl Descriptor {
    /// The manifest that this index entry attests, where BuildKit annotated it as an
    /// attestation manifest. Only these are set aside when an index is read as platforms.
    pub fn buildkit_attestation_of(&self) -> Option<&str> {
        let kind = self.annotations.get(BUILDKIT_REFERENCE_TYPE)?;
        let of = self.annotations.get(BUILDKIT_REFERENCE_DIGEST)?;
        (kind == "attestation-manifest").then_some(of.as_str())
    }
}

/// An image config (OCI image-spec, `config.md`, with Docker's `Healthcheck`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageConfig {
    /// Operating system, architecture and variant.
    pub platform: Platform,
    /// When it was built, as written.
    pub created: Option<String>,
    /// `USER`: name or uid, with or without a group.
    pub user: String,
    /// `ENTRYPOINT`.
    pub entrypoint: Vec<String>,
    /// `CMD`.
    pub cmd: Vec<String>,
    /// `ENV`, as `KEY=value`.
    pub env: Vec<String>,
    /// `WORKDIR`.
    pub working_dir: String,
    /// `HEALTHCHECK`.
    pub healthcheck: Option<Healthcheck>,
    /// `LABEL`.
    pub labels: BTreeMap<String, String>,
    /// The digests of the uncompressed layers, lowest first.
    pub diff_ids: Vec<Digest>,
}

/// A healthcheck (docker-image-spec `specs-go/v1/image.go`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Healthcheck {
    /// `[]` inherit, `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", command]`.
    pub test: Vec<String>,
    /// Between two probes, in nanoseconds.
    pub interval: Option<i64>,
    /// For one probe, in nanoseconds.
    pub timeout: Option<i64>,
    /// Failures until the container counts as unhealthy.
    pub retries: Option<i64>,
}

impl ImageConfig {
    /// Whether it has a healthcheck that runs something.
    pub fn has_healthcheck(&self) -> bool {
        let test = self.healthcheck.as_ref().and_then(|healthcheck| healthcheck.test.first());
        test.is_some_and(|kind| kind == "CMD" || kind == "CMD-SHELL")
    }
}

/// What is in a layer: read once, in one streaming pass, and kept by digest for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerIndex {
    /// The digest of the bytes as stored (compressed or not).
    pub digest: Digest,
    /// The digest of the uncompressed bytes (what a config calls `diff_id`).
    pub diff_id: Digest,
    /// The size as stored, in bytes.
    pub compressed: u64,
    /// The bytes that came out of decompression.
    pub unpacked: u64,
    /// Every path, without a leading slash; whiteouts as they are written (`.wh.…`).
    pub entries: BTreeMap<String, LayerEntry>,
}

/// One path of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerEntry {
    /// What it is.
    pub kind: EntryKind,
    /// Its size in bytes.
    pub size: u64,
    /// Its permission bits.
    pub mode: u32,
    /// What it would run, for a file with an executable bit.
    pub program: Option<Program>,
    /// The content of a small file that matters (`etc/passwd`, `etc/os-release`).
    pub text: Option<String>,
}

/// What a path of a layer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link and its target as written.
    Symlink(String),
    /// A hard link and its target, without a leading slash.
    Hardlink(String),
    /// A device, a pipe or the like.
    Other,
}

/// What the first bytes of an executable file say that it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// An ELF program.
    Elf {
        /// `e_machine` as an OCI architecture and variant where one fits (`amd64`, `arm64`), else its number.
        machine: String,
        /// The loader that it names (`PT_INTERP`); none for a static program.
        interpreter: Option<String>,
    },
    /// A Windows program.
    Pe {
        /// The machine, as an OCI architecture.
        machine: String,
    },
    /// A script.
    Script {
        /// What its first line names: the program and at most one argument.
        interpreter: Vec<String>,
    },
    /// Something else, or a header that could not be read.
    Other,
}

/// What a tag resolved to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagFact {
    /// The digest of the manifest or index behind it.
    pub digest: Digest,
}

/// What refers to a digest, by the referrers API or the fallback tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referrers {
    /// Which of the two answered.
    pub via: ReferrersVia,
    /// The descriptors, duplicates by digest removed.
    pub manifests: Vec<Descriptor>,
}

/// Which endpoint knew the referrers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferrersVia {
    /// `GET /v2/…/referrers/…` (distribution-spec 1.1).
    Api,
    /// The tag `sha256-…`, after a 404 of the API.
    FallbackTag,
    /// The `index.json` of an OCI layout.
    Layout,
}

/// What cosign before version 3 attached under a tag of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Classic {
    /// `sha256-….sig`: signatures.
    Signature,
    /// `sha256-….att`: attestations.
    Attestation,
    /// `sha256-….sbom`: an unsigned SBOM.
    Sbom,
}

impl Classic {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Signature, Self::Attestation, Self::Sbom];

    /// `sig`, `att` or `sbom`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Signature => "sig",
            Self::Attestation => "att",
            Self::Sbom => "sbom",
        }
    }
}

/// The local images of one name: what is built, on which platforms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalImages {
    /// Where they are, in words (`layout dist/runner`, `engine unix:///var/run/docker.sock`).
    pub source: String,
    /// The index that holds them, where there is one.
    pub index: Option<Digest>,
    /// One entry per platform.
    pub images: Vec<LocalImage>,
}

/// One local image of one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalImage {
    /// Its platform, as its config says.
    pub platform: Platform,
    /// Its manifest, in a layout; an engine has none.
    pub manifest: Option<Digest>,
    /// Its config digest (an engine's image id).
    pub config: Digest,
    /// The unpacked size that an engine reports, in bytes.
    pub size: Option<u64>,
}

/// A staged index digest that this machine pushed, or the operator gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// The index digest.
    pub digest: Digest,
    /// When it was pushed, where this machine did it.
    pub at: Option<Timestamp>,
}
