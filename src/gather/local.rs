//! The local images of a name: of an OCI layout, or of the container engine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::layout::{self, NotRead};
use super::{World, blocking, local_exchange, saves};
use crate::formats::{self, image_config, manifest};
use crate::model::{
    Answer, Descriptor, Digest, Exchange, ImageManifest, ImageName, LocalImage, LocalImages, Manifest, Place,
    Reason, ReasonKind, Tag,
};
use crate::registry::Limits;

/// The annotation that names an entry of a layout's `index.json`.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// How deep indexes may lie in indexes, and how many images one layout may list.
const DEPTH: usize = 4;
const IMAGES: usize = 1_000;

/// The images that a layout or the engine holds under a name.
pub(super) async fn fetch(image: &ImageName, places: &[Place], world: &World) -> Vec<Exchange> {
    let of_release = world.release.image(image);
    let tag = of_release.map(|image| image.tag.clone());
    let platforms = of_release.map(|image| image.platforms.clone()).unwrap_or_default();
    let mut exchanges = Vec::new();
    for place in places {
        let (request, answer) = match place {
            Place::Layout(folder) => {
                let path = world.wiring.path(folder);
                let request = format!("read {}", path.join("index.json").display());
                let (shown, tag) = (folder.clone(), tag.clone());
                let answer = match blocking(move || Layout { path, shown }.images(tag.as_ref())).await {
                    Ok(Ok(images)) => Answer::Images(images),
                    Ok(Err(not_read)) => not_read.into(),
                    Err(reason) => Answer::Failed(reason),
                };
                (request, answer)
            }
            Place::Engine(name) => (format!("inspect {name}"), saves::images(name, &platforms, world).await),
            Place::Registry(_) | Place::Source(_) | Place::Store | Place::Github { .. } => continue,
        };
        exchanges.push(local_exchange(place.clone(), request, answer));
    }
    exchanges
}

/// A folder in the OCI image layout.
struct Layout {
    path: PathBuf,
    /// As the configuration writes it.
    shown: PathBuf,
}

impl Layout {
    /// What is in it, one entry per platform's image.
    fn images(&self, tag: Option<&Tag>) -> Result<LocalImages, NotRead> {
        let file = self.path.join("index.json");
        let bytes = layout::read(&file, Limits::default().manifest)?;
        let listed = formats::layout::index(&bytes).map_err(|reason| self.failed(&file, reason))?;
        let (mut found, mut roots) = (Found::default(), Vec::new());
        for descriptor in chosen(listed, tag) {
            let before = found.images.len() + found.indexes.len();
            self.walk(&descriptor.digest, 0, &mut found)?;
            if found.images.len() + found.indexes.len() > before {
                roots.push(descriptor.digest);
            }
        }
        // Several images side by side have no index in common.
        let index = match roots.as_slice() {
            [only] => found.indexes.iter().find(|index| *index == only).cloned(),
            _ => None,
        };
        Ok(LocalImages { source: format!("layout {}", self.shown.display()), index, images: found.images })
    }

    fn walk(&self, digest: &Digest, depth: usize, found: &mut Found) -> Result<(), NotRead> {
        if !found.seen.insert(digest.clone()) {
            return Ok(());
        }
        if depth > DEPTH || found.seen.len() > IMAGES {
            let text = format!("{} lists more than {IMAGES} images or {DEPTH} levels", self.shown.display());
            return Err(NotRead::Failed(Reason::new(ReasonKind::TooLarge, text)));
        }
        let limits = Limits::default();
        // An index of many platforms may be there with only some of them: those are what is built.
        let Some(bytes) = self.blob(digest, limits.manifest)? else { return Ok(()) };
        let path = layout::blob(&self.path, digest);
        match manifest::parse(&bytes).map_err(|reason| self.failed(&path, reason))? {
            Manifest::Index(index) => {
                found.indexes.push(digest.clone());
                let platforms = index.manifests.iter().filter(|it| it.buildkit_attestation_of().is_none());
                for child in platforms {
                    self.walk(&child.digest, depth + 1, found)?;
                }
            }
            Manifest::Image(image) if is_image(&image) => {
                let config = &image.config.digest;
                let Some(bytes) = self.blob(config, limits.config)? else { return Ok(()) };
                let path = layout::blob(&self.path, config);
                let parsed = image_config::parse(&bytes).map_err(|reason| self.failed(&path, reason))?;
                found.images.push(LocalImage {
                    platform: parsed.platform,
                    manifest: Some(digest.clone()),
                    config: config.clone(),
                    size: None,
                });
            }
            // An artifact beside the images: a signature, an attestation.
            Manifest::Image(_) => {}
        }
        Ok(())
    }

    /// A blob with its digest checked; none where the layout does not have it.
    fn blob(&self, digest: &Digest, limit: u64) -> Result<Option<Vec<u8>>, NotRead> {
        let path = layout::blob(&self.path, digest);
        match layout::read(&path, limit) {
            Ok(bytes) if digest.matches(&bytes) => Ok(Some(bytes)),
            Ok(_) => {
                let text = format!("{} does not have the digest that it is named by", path.display());
                let cure = "build the image again";
                Err(NotRead::Failed(Reason::new(ReasonKind::DigestMismatch, text).cure(cure)))
            }
            Err(NotRead::Missing(_)) => Ok(None),
            Err(not_read) => Err(not_read),
        }
    }

    fn failed(&self, path: &Path, reason: Reason) -> NotRead {
        let path = path.strip_prefix(&self.path).unwrap_or(path);
        let text = format!("{}: {}: {}", self.shown.display(), path.display(), reason.text);
        NotRead::Failed(Reason { text, ..reason })
    }
}

#[derive(Default)]
struct Found {
    seen: BTreeSet<Digest>,
    indexes: Vec<Digest>,
    images: Vec<LocalImage>,
}

/// Of many entries those that are named by the tag, if any is; else all.
fn chosen(listed: Vec<Descriptor>, tag: Option<&Tag>) -> Vec<Descriptor> {
    let is_named = |descriptor: &Descriptor| {
        let (Some(name), Some(tag)) = (descriptor.annotations.get(REF_NAME), tag) else { return false };
        name == tag.as_str() || name.strip_suffix(tag.as_str()).is_some_and(|name| name.ends_with(':'))
    };
    if listed.iter().any(is_named) { listed.into_iter().filter(is_named).collect() } else { listed }
}

/// Whether a manifest is a container image. Artifacts have other types; what cosign attaches has an
/// image's config type, and layers that are none.
fn is_image(manifest: &ImageManifest) -> bool {
    let config = matches!(
        manifest.config.media_type.as_str(),
        "application/vnd.oci.image.config.v1+json" | "application/vnd.docker.container.image.v1+json"
    );
    let is_layer = |layer: &Descriptor| {
        layer.media_type.contains(".image.layer.") || layer.media_type.contains(".image.rootfs.")
    };
    config && (manifest.layers.is_empty() || manifest.layers.iter().any(is_layer))
}
