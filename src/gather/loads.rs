//! Brings an image to the engine that shall run it: from a layout, from a registry, from another
//! engine, by digest. The engine needs no access to a registry, and no credentials.

use std::path::PathBuf;

use super::{World, access, answers, blocking, configs, layout, saves};
use crate::engine::{Blob, BlobReader, Engine, Usable};
use crate::formats;
use crate::model::{
    Descriptor, Digest, Exchange, FactKey, Facts, ImageManifest, Place, Platform, Reason, ReasonKind,
    Repository,
};
use crate::registry::Limits;

/// Makes sure that `engine` has the image of `config`.
pub(super) async fn bring(
    config: &Digest,
    platform: &Platform,
    manifest: Option<&ImageManifest>,
    places: &[Place],
    engine: &Engine,
    facts: &Facts,
    world: &World,
) -> Result<Usable, Reason> {
    // What an engine of this release holds is named there, and stays.
    if let Some(name) = places.iter().find_map(|place| match place {
        Place::Engine(name) => Some(name),
        Place::Layout(_) | Place::Registry(_) | Place::Source(_) | Place::Store | Place::Github { .. } => {
            None
        }
    }) {
        if engine.inspect(config.as_str()).await?.is_some_and(|image| image.id == *config) {
            return Ok(Usable::lasting(engine, config.to_string()));
        }
        return from_engine(name, config, engine, world).await;
    }
    let load = async |tag: &str| {
        let mut reasons = Vec::new();
        for place in places {
            let brought = match (place, manifest) {
                (Place::Layout(folder), Some(manifest)) => {
                    from_layout(&world.wiring.path(folder), config, manifest, tag, engine).await
                }
                (Place::Registry(repository), Some(manifest)) => {
                    from_registry(repository, config, manifest, tag, engine, facts, world).await
                }
                _ => continue,
            };
            match brought {
                Ok(()) => return Ok(()),
                Err(reason) => reasons.push(reason),
            }
        }
        Err(reasons.into_iter().next().unwrap_or_else(|| {
            let short = config.short();
            let text = format!("nothing on this machine or in a registry holds the image of config {short}");
            Reason::new(ReasonKind::NoEngine, text).cure("build it here, or push it")
        }))
    };
    engine.usable(config, platform, load).await
}

/// An image of an engine runs there; another engine gets a copy of it.
async fn from_engine(name: &str, config: &Digest, engine: &Engine, world: &World) -> Result<Usable, Reason> {
    let held = saves::holder(name, config, world).await?;
    let reference = held.reference.clone();
    if held.engine.address() != engine.address() {
        engine.load_saved(name, held.save().await?).await?;
    }
    Ok(Usable::lasting(engine, reference))
}

async fn from_layout(
    folder: &std::path::Path,
    config: &Digest,
    manifest: &ImageManifest,
    tag: &str,
    engine: &Engine,
) -> Result<(), Reason> {
    let path = layout::blob(folder, config);
    let limit = Limits::default().config;
    let bytes = match blocking(move || layout::read(&path, limit)).await? {
        Ok(bytes) => bytes,
        Err(layout::NotRead::Missing(text)) => return Err(Reason::new(ReasonKind::Unreadable, text)),
        Err(layout::NotRead::Failed(reason)) => return Err(reason),
    };
    let mut blobs = Vec::new();
    for layer in &manifest.layers {
        let path = layout::blob(folder, &layer.digest);
        let unreadable = |error: std::io::Error| {
            Reason::new(ReasonKind::Unreadable, format!("{}: {error}", path.display()))
        };
        let file = tokio::fs::File::open(&path).await.map_err(unreadable)?;
        let size = file.metadata().await.map_err(unreadable)?.len();
        blobs.push(unpacked(layer, size, Box::pin(file)).await?);
    }
    engine.load(tag, &bytes, blobs).await
}

async fn from_registry(
    repository: &Repository,
    config: &Digest,
    manifest: &ImageManifest,
    tag: &str,
    engine: &Engine,
    facts: &Facts,
    world: &World,
) -> Result<(), Reason> {
    let places = [Place::Registry(repository.clone())];
    let exchanges = configs::fetch(config, &places, facts, world).await;
    let bytes = answers::bytes_of(config, &exchanges);
    let bytes = bytes.ok_or_else(|| not_given(FactKey::Config(config.clone()), &exchanges))?;
    let access = access::to(repository, facts, world).await;
    let mut blobs = Vec::new();
    for layer in &manifest.layers {
        let stream = world.registries.blob_stream(repository, &layer.digest, access).await;
        let stream =
            stream.map_err(|exchange| not_given(FactKey::Layer(layer.digest.clone()), &[*exchange]))?;
        blobs.push(unpacked(layer, layer.size, stream.reader).await?);
    }
    engine.load(tag, &bytes, blobs).await
}

fn not_given(key: FactKey, exchanges: &[Exchange]) -> Reason {
    let otherwise = Reason::new(ReasonKind::Unreadable, "the registry does not have what it lists");
    answers::reason_of(&key, exchanges, otherwise)
}

/// Engines take layers as they are, or gzip'd; older ones no zstd, which is unpacked before.
async fn unpacked(layer: &Descriptor, size: u64, reader: BlobReader) -> Result<Blob, Reason> {
    let digest = layer.digest.clone();
    if !layer.media_type.contains("zstd") {
        return Ok(Blob { digest, size, reader });
    }
    let failed = |error: std::io::Error| {
        Reason::new(ReasonKind::Unreadable, format!("unpacking the layer {}: {error}", layer.digest))
    };
    let bridge = tokio_util::io::SyncIoBridge::new(reader);
    let unpacked = blocking(move || -> std::io::Result<(std::fs::File, u64)> {
        use std::io::Seek as _;
        let mut file = tempfile::tempfile()?;
        let size = std::io::copy(&mut formats::layer::unpacked(bridge)?, &mut file)?;
        file.rewind()?;
        Ok((file, size))
    });
    let (file, size) = unpacked.await?.map_err(failed)?;
    Ok(Blob { digest, size, reader: Box::pin(tokio::fs::File::from_std(file)) })
}

/// The layout of a place, where it is one.
pub(super) fn layout_of(places: &[Place], world: &World) -> Option<PathBuf> {
    places.iter().find_map(|place| match place {
        Place::Layout(folder) => Some(world.wiring.path(folder)),
        _ => None,
    })
}
