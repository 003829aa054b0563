//! What only a saved image tells of an engine's image: its config as bytes, its layers, and with
//! containerd's image store its platforms. Saving is slow, so everything that comes of it is kept.

use super::manifests::kept;
use super::{World, blocking, local_exchange};
use crate::engine::{Engine, EngineImage, Saved};
use crate::formats::{image_config, layer};
use crate::model::{
    Answer, Digest, Exchange, Fact, FactKey, Facts, Image, LocalImage, LocalImages, LocalSource, Observed,
    Place, Platform, Reason, ReasonKind, platform_tag,
};
use crate::store::Store;

/// The images that the engines hold under `name`, or under its name for one of `platforms`.
pub(super) async fn images(name: &str, platforms: &[Platform], world: &World) -> Answer {
    let (mut found, mut failed) = (LocalImages::default(), Vec::new());
    let mut addresses = Vec::new();
    for (_, engine) in world.engines.all().await {
        let images = match engine {
            Ok(engine) => {
                addresses.push(engine.address().to_owned());
                of_engine(&engine, name, platforms, world).await
            }
            Err(reason) => Err(reason),
        };
        match images {
            Ok(images) => {
                let known: Vec<_> = found.images.iter().map(|image| image.platform.clone()).collect();
                found.images.extend(images.into_iter().filter(|image| !known.contains(&image.platform)));
            }
            Err(reason) => failed.push(reason),
        }
    }
    let has = |platform: &Platform| found.images.iter().any(|image| image.platform == *platform);
    // An engine that does not answer may hold what the others lack.
    if let Some(reason) = failed.into_iter().next()
        && (platforms.is_empty() || !platforms.iter().all(has))
    {
        return Answer::Failed(reason);
    }
    if found.images.is_empty() {
        return Answer::Missing(format!("engine {} has no image {name}", addresses.join(", ")));
    }
    found.source = format!("engine {}", addresses.join(", "));
    Answer::Images(found)
}

async fn of_engine(
    engine: &Engine,
    name: &str,
    platforms: &[Platform],
    world: &World,
) -> Result<Vec<LocalImage>, Reason> {
    let mut images: Vec<LocalImage> = Vec::new();
    for name in names(name, platforms) {
        let Some(image) = engine.inspect(&name).await? else { continue };
        let of_name = if image.id_is_config {
            vec![Engine::local_image(&image)]
        } else {
            of_manifest(engine, &name, &image, world).await?
        };
        for image in of_name {
            if !images.iter().any(|known| known.platform == image.platform) {
                images.push(image);
            }
        }
    }
    Ok(images)
}

/// Each platform's own name first: `name` itself may be whatever was built last.
fn names(name: &str, platforms: &[Platform]) -> Vec<String> {
    let of_platforms = platforms.iter().map(|platform| platform_tag(name, platform));
    of_platforms.chain([name.to_owned()]).collect()
}

/// With containerd's image store the id is a manifest's or index's digest.
async fn of_manifest(
    engine: &Engine,
    name: &str,
    image: &EngineImage,
    world: &World,
) -> Result<Vec<LocalImage>, Reason> {
    let _turn = world.saves.lock().await;
    let saved = engine.save(name).await?;
    keep_configs(&saved, world);
    let images = saved.images.iter().map(|saved| {
        let config = image_config::parse(&saved.bytes)?;
        // The engine's size is of the platform that it described.
        let size = image.size.filter(|_| config.platform == image.platform);
        Ok(LocalImage { platform: config.platform, manifest: None, config: saved.config.clone(), size })
    });
    images.collect()
}

/// An engine's image that was looked for.
pub(super) struct Held {
    pub(super) engine: Engine,
    /// What the engine calls it.
    pub(super) reference: String,
    /// The saved image, where only that told whether it is the right one.
    saved: Option<Saved>,
}

impl Held {
    pub(super) async fn save(self) -> Result<Saved, Reason> {
        match self.saved {
            Some(saved) => Ok(saved),
            None => self.engine.save(&self.reference).await,
        }
    }
}

/// The image of this config, in the engine that holds it.
pub(super) async fn holder(name: &str, config: &Digest, world: &World) -> Result<Held, Reason> {
    for engine in world.engines.answering().await? {
        if engine.inspect(config.as_str()).await?.is_some_and(|image| image.id == *config) {
            return Ok(Held { engine, reference: config.to_string(), saved: None });
        }
        // With containerd's image store a config is no name.
        for name in names(name, &platforms_of(name, world)) {
            if engine.inspect(&name).await?.is_some_and(|image| !image.id_is_config) {
                let saved = engine.save(&name).await?;
                keep_configs(&saved, world);
                if saved.images.iter().any(|image| image.config == *config) {
                    return Ok(Held { engine, reference: name, saved: Some(saved) });
                }
            }
        }
    }
    Err(moved(name, config))
}

/// The platforms of the image that an engine's name is configured for.
fn platforms_of(name: &str, world: &World) -> Vec<Platform> {
    let of_image = |image: &&Image| matches!(&image.local, Some(LocalSource::Engine(of)) if of == name);
    world.release.images.iter().find(of_image).map(|image| image.platforms.clone()).unwrap_or_default()
}

/// The config of an engine's image, byte for byte.
pub(super) async fn config(name: &str, digest: &Digest, world: &World) -> Exchange {
    let place = Place::Engine(name.to_owned());
    let request = format!("save {name}");
    let _turn = world.saves.lock().await;
    // Somebody else may have saved it while this waited.
    if let Some(kept) = kept(digest, world).await {
        return Exchange { place, ..kept };
    }
    let answer = match save(name, digest, world).await {
        Ok(saved) => {
            keep_configs(&saved, world);
            match saved.images.into_iter().find(|image| image.config == *digest) {
                Some(image) => Answer::Bytes(image.bytes.into()),
                None => Answer::Failed(moved(name, digest)),
            }
        }
        Err(reason) => Answer::Failed(reason),
    };
    local_exchange(place, request, answer)
}

/// What a layer of an engine's image holds, by its `diff_id`. All layers of the image are read and
/// kept, so that it is saved once.
pub(super) async fn layer(name: &str, digest: &Digest, facts: &Facts, world: &World) -> Exchange {
    let place = Place::Engine(name.to_owned());
    let request = format!("save {name}");
    let _turn = world.saves.lock().await;
    if let Some(index) = world.store.layer(digest) {
        return local_exchange(place, request, Answer::Layer(index));
    }
    let saved = match config_with(digest, facts) {
        Some(config) => save(name, &config, world).await,
        None => save_by_name(name, world).await,
    };
    let answer = match saved {
        Ok(saved) => {
            keep_configs(&saved, world);
            let (store, name, wanted) = (world.store.clone(), name.to_owned(), digest.clone());
            let read = blocking(move || read_layers(saved, &name, &wanted, &store)).await;
            read.unwrap_or_else(Answer::Failed)
        }
        Err(reason) => Answer::Failed(reason),
    };
    local_exchange(place, request, answer)
}

/// A config that names this layer.
fn config_with(diff_id: &Digest, facts: &Facts) -> Option<Digest> {
    facts.iter().find_map(|(key, entry)| match (key, entry.fact.as_ref()) {
        (FactKey::Config(digest), Fact::Config(Observed::Seen(config)))
            if config.diff_ids.contains(diff_id) =>
        {
            Some(digest.clone())
        }
        _ => None,
    })
}

/// The saved image of a config, of the engine that holds it.
pub(super) async fn save(name: &str, config: &Digest, world: &World) -> Result<Saved, Reason> {
    holder(name, config, world).await?.save().await
}

/// The first image of that name.
async fn save_by_name(name: &str, world: &World) -> Result<Saved, Reason> {
    for engine in world.engines.answering().await? {
        for name in names(name, &platforms_of(name, world)) {
            if engine.inspect(&name).await?.is_some() {
                return engine.save(&name).await;
            }
        }
    }
    Err(Reason::new(ReasonKind::Unreadable, format!("no engine has an image {name}")))
}

fn keep_configs(saved: &Saved, world: &World) {
    for image in &saved.images {
        world.store.keep_content(&image.config, &image.bytes);
    }
}

/// Reads every layer that is not kept yet, and answers with the wanted one. Blocks.
fn read_layers(saved: Saved, name: &str, wanted: &Digest, store: &Store) -> Answer {
    let mut answer = Answer::Failed(moved(name, wanted));
    let all: Vec<_> = saved.images.iter().flat_map(|image| image.layers.clone()).collect();
    for layer in all.iter().filter(|layer| store.layer(&layer.diff_id).is_none()) {
        // With containerd's image store a saved layer may be compressed; its digest here is the unpacked one.
        let index = match layer::unpacked(saved.layer(layer)) {
            Ok(reader) => layer::index(reader, &layer.diff_id, &layer::Limits::default()),
            Err(error) => Err(Reason::new(ReasonKind::Unreadable, format!("save {name}: {error}"))),
        };
        if let Ok(index) = &index {
            store.keep_layer(index);
        }
        if layer.diff_id == *wanted {
            answer = index.map_or_else(Answer::Failed, Answer::Layer);
        }
    }
    answer
}

pub(super) fn moved(name: &str, digest: &Digest) -> Reason {
    let text = format!("the engine's image {name} no longer holds {digest}: it changed during the audit");
    Reason::new(ReasonKind::Unreadable, text).cure("audit again")
}
