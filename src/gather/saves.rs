//! What only a saved image tells of an engine's image: its config as bytes, its layers, and with
//! containerd's image store its platforms. Saving is slow, so everything that comes of it is kept.

use super::manifests::kept;
use super::{World, blocking, local_exchange};
use crate::engine::Saved;
use crate::formats::{image_config, layer};
use crate::model::{Answer, Digest, Exchange, LocalImage, LocalImages, Place, Reason, ReasonKind};
use crate::store::Store;

/// The images that the engine holds under `name`.
pub(super) async fn images(name: &str, world: &World) -> Answer {
    let engine = match world.engine().await {
        Ok(engine) => engine,
        Err(reason) => return Answer::Failed(reason),
    };
    let image = match engine.inspect(name).await {
        Ok(Some(image)) => image,
        Ok(None) => return Answer::Missing(format!("engine {} has no image {name}", engine.address())),
        Err(reason) => return Answer::Failed(reason),
    };
    if image.id_is_config {
        return Answer::Images(engine.local_images(&image));
    }
    // With containerd's image store the id is a manifest's or index's digest.
    let _turn = world.saves.lock().await;
    let saved = match engine.save(name).await {
        Ok(saved) => saved,
        Err(reason) => return Answer::Failed(reason),
    };
    keep_configs(&saved, world);
    let images = saved.images.iter().map(|saved| {
        let config = image_config::parse(&saved.bytes)?;
        // The engine's size is of the platform that it described.
        let size = image.size.filter(|_| config.platform == image.platform);
        Ok(LocalImage { platform: config.platform, manifest: None, config: saved.config.clone(), size })
    });
    match images.collect::<Result<Vec<_>, Reason>>() {
        Ok(images) => {
            let source = format!("engine {}", engine.address());
            Answer::Images(LocalImages { source, index: None, images })
        }
        Err(reason) => Answer::Failed(reason),
    }
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
    let answer = match save(name, world).await {
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
pub(super) async fn layer(name: &str, digest: &Digest, world: &World) -> Exchange {
    let place = Place::Engine(name.to_owned());
    let request = format!("save {name}");
    let _turn = world.saves.lock().await;
    if let Some(index) = world.store.layer(digest) {
        return local_exchange(place, request, Answer::Layer(index));
    }
    let answer = match save(name, world).await {
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

async fn save(name: &str, world: &World) -> Result<Saved, Reason> {
    world.engine().await?.save(name).await
}

fn keep_configs(saved: &Saved, world: &World) {
    for image in &saved.images {
        world.store.keep_content(&image.config, &image.bytes);
    }
}

/// Reads every layer that is not kept yet, and answers with the wanted one. Blocks.
fn read_layers(mut saved: Saved, name: &str, wanted: &Digest, store: &Store) -> Answer {
    let mut answer = Answer::Failed(moved(name, wanted));
    let all: Vec<_> = saved.images.iter().flat_map(|image| image.layers.clone()).collect();
    for layer in all.iter().filter(|layer| store.layer(&layer.diff_id).is_none()) {
        let index = match saved.layer(layer) {
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

fn moved(name: &str, digest: &Digest) -> Reason {
    let text = format!("the engine's image {name} no longer holds {digest}: it changed during the audit");
    Reason::new(ReasonKind::Unreadable, text).cure("audit again")
}
