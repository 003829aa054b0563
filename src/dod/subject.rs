//! What is judged of an image on a platform: one digest in a registry, or one local image.

use crate::model::{
    Digest, FactKey, Facts, ImageConfig, LayerIndex, Level, LocalImage, Manifest, Platform, Repository,
};

use super::listing::{config_digest, is_layer};
use super::rootfs::Rootfs;
use super::sight::Sight;

/// One image of one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    /// The index that lists it; none for a local image.
    pub index: Option<Digest>,
    /// Its manifest; an engine has none.
    pub manifest: Option<Digest>,
    /// Its config, where the place says so itself.
    pub local_config: Option<Digest>,
    /// The unpacked size that an engine reports.
    pub engine_size: Option<u64>,
    /// The repositories that hold it; empty for a local image.
    pub holders: Vec<Repository>,
    /// The platform that the index claims, where it claims one.
    pub claimed: Option<Platform>,
    /// Where it was seen, in words.
    pub origin: String,
}

impl Subject {
    /// A local image.
    pub fn local(image: &LocalImage, origin: &str) -> Self {
        Self {
            index: None,
            manifest: image.manifest.clone(),
            local_config: Some(image.config.clone()),
            engine_size: image.size,
            holders: Vec::new(),
            claimed: None,
            origin: origin.to_owned(),
        }
    }

    /// Whether its bytes are in a registry.
    pub fn in_registry(&self) -> bool {
        !self.holders.is_empty()
    }

    /// The level of what is seen of it.
    pub fn level(&self) -> Level {
        if self.in_registry() { Level::Registry } else { Level::Local }
    }

    /// The digest of its config.
    pub fn config_digest(&self, facts: &Facts) -> Sight<Digest> {
        match (&self.local_config, &self.manifest) {
            (Some(config), _) => Sight::Seen(config.clone()),
            (None, Some(manifest)) => config_digest(facts, manifest),
            (None, None) => Sight::Pending,
        }
    }

    /// Its config.
    pub fn config<'f>(&self, facts: &'f Facts) -> Sight<&'f ImageConfig> {
        self.config_digest(facts).and_then(|config| Sight::of(facts.config(&FactKey::Config(config))))
    }

    /// Its layers, lowest first; none where it has no manifest that names them (an engine's image).
    pub fn layers<'f>(&self, facts: &'f Facts) -> Option<Sight<Vec<&'f LayerIndex>>> {
        let manifest = FactKey::Manifest(self.manifest.clone()?);
        let image = match Sight::of(facts.manifest(&manifest)) {
            Sight::Seen(Manifest::Image(image)) => image,
            Sight::Seen(Manifest::Index(_)) | Sight::Pending => return Some(Sight::Pending),
            Sight::Unknown(reason) => return Some(Sight::Unknown(reason)),
        };
        let mut layers = Vec::new();
        let mut unread = None;
        for layer in image.layers.iter().filter(|layer| is_layer(&layer.media_type)) {
            match Sight::of(facts.layer(&FactKey::Layer(layer.digest.clone()))) {
                Sight::Pending => return Some(Sight::Pending),
                Sight::Unknown(reason) => unread = Some(reason),
                Sight::Seen(index) => layers.push(index),
            }
        }
        Some(unread.map_or(Sight::Seen(layers), Sight::Unknown))
    }

    /// The files of its layers, merged.
    pub fn rootfs<'f>(&self, facts: &'f Facts) -> Option<Sight<Rootfs<'f>>> {
        Some(self.layers(facts)?.map(Rootfs::new))
    }

    /// The keys of its manifest and config, and of where they are: what was read from a copy on this machine is the
    /// registry's because the registry has that digest.
    pub fn because(&self, facts: &Facts) -> Vec<FactKey> {
        let manifest = self.manifest.clone().map(FactKey::Manifest);
        let config = self.config_digest(facts).seen().map(FactKey::Config);
        manifest.into_iter().chain(config).chain(self.presence()).collect()
    }

    /// The keys by which its repositories said that they have its manifest.
    pub fn presence(&self) -> impl Iterator<Item = FactKey> {
        let digest = self.manifest.clone().into_iter();
        digest.flat_map(|digest| {
            self.holders.iter().map(move |repository| FactKey::Present {
                repository: repository.clone(),
                digest: digest.clone(),
            })
        })
    }

    /// The keys of its layers.
    pub fn layer_keys(&self, facts: &Facts) -> Vec<FactKey> {
        let manifest = self.manifest.clone().map(FactKey::Manifest);
        match manifest.and_then(|key| facts.manifest(&key)?.seen()) {
            Some(Manifest::Image(image)) => image
                .layers
                .iter()
                .filter(|layer| is_layer(&layer.media_type))
                .map(|layer| FactKey::Layer(layer.digest.clone()))
                .collect(),
            Some(Manifest::Index(_)) | None => Vec::new(),
        }
    }

    /// The size of its layers as they are stored.
    pub fn compressed(&self, facts: &Facts) -> Option<u64> {
        let key = FactKey::Manifest(self.manifest.clone()?);
        match facts.manifest(&key)?.seen()? {
            Manifest::Image(image) => Some(
                image.layers.iter().filter(|layer| is_layer(&layer.media_type)).map(|layer| layer.size).sum(),
            ),
            Manifest::Index(_) => None,
        }
    }
}
