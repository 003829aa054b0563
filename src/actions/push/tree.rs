//! Everything behind one digest, in the order in which a registry takes it: blobs, manifests of the
//! platforms, the index. From an OCI layout as it is; from an engine's images it is made here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::actions::Context;
use crate::formats::{self, manifest};
use crate::gather;
use crate::model::{
    Descriptor, Digest, FactKey, Image, LocalImage, LocalImages, LocalSource, Manifest, Platform,
};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// How deep indexes may lie in indexes.
const DEPTH: usize = 4;

/// The labels of every platform that the index repeats: what a registry's page shows comes from there.
const ANNOTATED: &str = "org.opencontainers.image.";

/// Everything behind one digest.
#[derive(Debug)]
pub(super) struct Tree {
    /// The index.
    pub(super) root: Digest,
    /// Configs and layers.
    pub(super) blobs: BTreeMap<Digest, Blob>,
    /// Children before their parents; each with its media type.
    pub(super) manifests: Vec<(Digest, String, Vec<u8>)>,
}

/// A config or layer.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    pub(super) size: u64,
    pub(super) from: From,
}

/// Where a blob's bytes are.
#[derive(Debug, Clone)]
pub(super) enum From {
    /// A file of a layout.
    File(PathBuf),
    /// In memory: a config of an engine's image.
    Bytes(std::sync::Arc<[u8]>),
    /// A compressed layer of the store; it is made again where it was removed.
    Compressed,
}

/// What would be pushed of `image`. With `files`, every layer of an engine's image is a file afterwards.
pub(super) async fn of(image: &Image, files: bool, context: &Context) -> Result<Tree, String> {
    let built = context.facts.local(&FactKey::Local(image.name.clone())).and_then(|built| built.seen());
    let built = built.ok_or_else(|| format!("image {} is not built; press b first", image.name))?;
    for platform in &image.platforms {
        of_platform(built, platform)
            .ok_or_else(|| format!("image {} is not built for {platform}; press b first", image.name))?;
    }
    match &image.local {
        Some(LocalSource::Layout(layout)) => {
            let (image, built, layout) = (image.clone(), built.clone(), context.world.wiring.path(layout));
            let read = tokio::task::spawn_blocking(move || of_layout(&image, &layout, &built)).await;
            read.map_err(|error| format!("reading the layout was interrupted: {error}"))?
        }
        Some(LocalSource::Engine(name)) => of_engine(image, name, built, files, context).await,
        None => Err(format!(
            "image {} has no place on this machine; set `local = \"oci:…\"` or `local = \"docker:…\"` for it",
            image.name
        )),
    }
}

fn of_platform<'a>(built: &'a LocalImages, platform: &Platform) -> Option<&'a LocalImage> {
    built.images.iter().find(|one| one.platform == *platform)
}

/// An engine has neither manifests nor an index: both are made here, from its configs and layers.
async fn of_engine(
    image: &Image,
    name: &str,
    built: &LocalImages,
    files: bool,
    context: &Context,
) -> Result<Tree, String> {
    let mut tree = Tree { root: Digest::of(b""), blobs: BTreeMap::new(), manifests: Vec::new() };
    let mut descriptors = Vec::new();
    let mut labels = Vec::new();
    for platform in &image.platforms {
        let Some(local) = of_platform(built, platform) else { continue };
        let exported = gather::export(name, &local.config, files, &context.facts, &context.world).await;
        let exported = exported.map_err(|reason| format!("image {} for {platform}: {reason}", image.name))?;
        let config = formats::image_config::parse(&exported.config).map_err(|reason| reason.to_string())?;
        labels.push(config.labels);
        let config =
            tree.blob(CONFIG, &local.config, exported.config.len() as u64, From::Bytes(exported.config));
        let layers: Vec<Descriptor> = exported
            .layers
            .iter()
            .map(|layer| tree.blob(LAYER, &layer.digest, layer.size, From::Compressed))
            .collect();
        let bytes = manifest::write_image(&config, &layers);
        let mut descriptor = tree.manifest(manifest::OCI_MANIFEST, bytes);
        descriptor.platform = Some(platform.clone());
        descriptors.push(descriptor);
    }
    tree.root = tree.index(&descriptors, &common(&labels));
    Ok(tree)
}

/// What all platforms say alike.
fn common(labels: &[BTreeMap<String, String>]) -> BTreeMap<String, String> {
    let Some((first, others)) = labels.split_first() else { return BTreeMap::new() };
    let alike = |(name, value): &(&String, &String)| {
        name.starts_with(ANNOTATED) && others.iter().all(|other| other.get(*name) == Some(*value))
    };
    first.iter().filter(alike).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A layout is pushed as it is; one without an index of its own gets one here.
fn of_layout(image: &Image, layout: &Path, built: &LocalImages) -> Result<Tree, String> {
    let mut tree = Tree { root: Digest::of(b""), blobs: BTreeMap::new(), manifests: Vec::new() };
    if let Some(index) = &built.index {
        tree.collect(layout, index, 0)?;
        tree.root = index.clone();
        return Ok(tree);
    }
    let mut descriptors = Vec::new();
    for platform in &image.platforms {
        let Some(digest) = of_platform(built, platform).and_then(|one| one.manifest.clone()) else {
            return Err(format!(
                "image {} has no manifest for {platform} in {}",
                image.name,
                layout.display()
            ));
        };
        tree.collect(layout, &digest, 0)?;
        let Some((_, media_type, bytes)) = tree.manifests.iter().find(|(known, ..)| *known == digest) else {
            continue;
        };
        let (media_type, size) = (media_type.clone(), bytes.len() as u64);
        let mut descriptor = plain(&media_type, digest, size);
        descriptor.platform = Some(platform.clone());
        descriptors.push(descriptor);
    }
    tree.root = tree.index(&descriptors, &BTreeMap::new());
    Ok(tree)
}

fn plain(media_type: &str, digest: Digest, size: u64) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest,
        size,
        platform: None,
        artifact_type: None,
        annotations: BTreeMap::new(),
    }
}

impl Tree {
    /// The bytes of all blobs together.
    pub(super) fn size(&self) -> u64 {
        self.blobs.values().map(|blob| blob.size).sum()
    }

    fn blob(&mut self, media_type: &str, digest: &Digest, size: u64, from: From) -> Descriptor {
        self.blobs.insert(digest.clone(), Blob { size, from });
        plain(media_type, digest.clone(), size)
    }

    fn manifest(&mut self, media_type: &str, bytes: Vec<u8>) -> Descriptor {
        let (digest, size) = (Digest::of(&bytes), bytes.len() as u64);
        if !self.manifests.iter().any(|(known, ..)| *known == digest) {
            self.manifests.push((digest.clone(), media_type.to_owned(), bytes));
        }
        plain(media_type, digest, size)
    }

    fn index(&mut self, descriptors: &[Descriptor], annotations: &BTreeMap<String, String>) -> Digest {
        self.manifest(manifest::OCI_INDEX, manifest::write_index(descriptors, annotations)).digest
    }

    /// A manifest of a layout and everything behind it.
    fn collect(&mut self, layout: &Path, digest: &Digest, depth: usize) -> Result<(), String> {
        if depth > DEPTH {
            return Err(format!("{} nests indexes too deep at {digest}", layout.display()));
        }
        if self.manifests.iter().any(|(known, ..)| known == digest) {
            return Ok(());
        }
        let path = blob_path(layout, digest);
        let bytes =
            std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        if !digest.matches(&bytes) {
            return Err(format!(
                "{} does not hold the bytes that its name says; build again",
                path.display()
            ));
        }
        let parsed = manifest::parse(&bytes).map_err(|reason| format!("{}: {reason}", path.display()))?;
        match &parsed {
            Manifest::Index(index) => {
                for child in &index.manifests {
                    self.collect(layout, &child.digest, depth + 1)?;
                }
            }
            Manifest::Image(image) => {
                for blob in image.layers.iter().chain([&image.config]) {
                    let from = From::File(blob_path(layout, &blob.digest));
                    self.blobs.insert(blob.digest.clone(), Blob { size: blob.size, from });
                }
            }
        }
        let media_type = parsed.media_type().to_owned();
        self.manifests.push((digest.clone(), media_type, bytes));
        Ok(())
    }
}

fn blob_path(layout: &Path, digest: &Digest) -> PathBuf {
    layout.join("blobs").join(digest.algorithm()).join(digest.hex())
}
