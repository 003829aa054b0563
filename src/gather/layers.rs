//! Layers: read once per digest, in one streaming pass, into an index that is kept.

use std::fs::File;
use std::io::BufReader;

use tokio_util::io::SyncIoBridge;

use super::{World, access, blocking, layout, local_exchange, saves};
use crate::formats::layer;
use crate::model::{Answer, Digest, Exchange, Facts, LayerIndex, Place, Reason, Repository};

/// What lies between the network and the decompressor.
const BUFFER: usize = 256 * 1024;

/// What a layer holds: kept, else read at the first place that has it.
pub(super) async fn fetch(digest: &Digest, places: &[Place], facts: &Facts, world: &World) -> Vec<Exchange> {
    let (store, wanted) = (world.store.clone(), digest.clone());
    if let Ok(Some(index)) = blocking(move || store.layer(&wanted)).await {
        return vec![local_exchange(Place::Store, format!("read {digest}"), Answer::Layer(index))];
    }
    let mut exchanges = Vec::new();
    for place in places {
        // Taken anew for each place: an engine's image is saved without a turn.
        let exchange = match place {
            Place::Registry(repository) => {
                let _turn = world.layers.acquire().await;
                from_registry(repository, digest, facts, world).await
            }
            Place::Layout(folder) => {
                let _turn = world.layers.acquire().await;
                let path = layout::blob(&world.wiring.path(folder), digest);
                let request = format!("read {}", path.display());
                let answer = match File::open(&path) {
                    Ok(file) => {
                        let reader = BufReader::with_capacity(BUFFER, file);
                        answer_of(read(reader, digest).await)
                    }
                    Err(error) => layout::not_read(&path, &error).into(),
                };
                local_exchange(place.clone(), request, answer)
            }
            Place::Engine(name) => saves::layer(name, digest, facts, world).await,
            Place::Source(_) | Place::Store | Place::Github { .. } => continue,
        };
        let index = match &exchange.answer {
            Answer::Layer(index) => Some(index.clone()),
            _ => None,
        };
        exchanges.push(exchange);
        if let Some(index) = index {
            let store = world.store.clone();
            let _ = blocking(move || store.keep_layer(&index)).await;
            break;
        }
    }
    exchanges
}

/// What a layer in this repository holds, read from there to its end and held against its digest.
pub(super) async fn from_registry(
    repository: &Repository,
    digest: &Digest,
    facts: &Facts,
    world: &World,
) -> Exchange {
    let access = access::to(repository, facts, world).await;
    let mut stream = match world.registries.blob_stream(repository, digest, access).await {
        Ok(stream) => stream,
        Err(exchange) => return *exchange,
    };
    // A pipe between the two: when this future is dropped, so is its writing end, and the blocking
    // reader ends instead of reading on for nobody.
    let (reading, mut writing) = tokio::io::duplex(BUFFER);
    let reading = read(SyncIoBridge::new(reading), digest);
    let pumping = async {
        // An error here is the reader's end of file; `trouble` knows why.
        let _ = tokio::io::copy(&mut stream.reader, &mut writing).await;
        drop(writing);
    };
    let (index, ()) = tokio::join!(reading, pumping);
    let index = index.map_err(|reason| stream.trouble.reason().unwrap_or(reason));
    Exchange {
        place: Place::Registry(repository.clone()),
        request: stream.request,
        credentials: stream.credentials,
        at: crate::registry::now(),
        answer: answer_of(index),
    }
}

/// Reads a layer away from the runtime's own threads.
async fn read(reader: impl std::io::Read + Send + 'static, digest: &Digest) -> Result<LayerIndex, Reason> {
    let digest = digest.clone();
    blocking(move || layer::index(reader, &digest, &layer::Limits::default())).await.flatten()
}

fn answer_of(index: Result<LayerIndex, Reason>) -> Answer {
    index.map_or_else(Answer::Failed, Answer::Layer)
}
