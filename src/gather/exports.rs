//! Layers of an engine's image, compressed the same way every time, so that their digests are known
//! before anything is pushed, and are equal in every registry.

use std::io::{Read, Write};
use std::sync::Arc;

use flate2::{Compression, GzBuilder};
use futures_util::future::join_all;
use sha2::{Digest as _, Sha256};

use super::{World, answers, blocking, configs, saves};
use crate::engine::{Saved, SavedLayer};
use crate::formats::{self, image_config};
use crate::model::{Digest, FactKey, Facts, Place, Reason, ReasonKind};
use crate::store::{Compressed, Store};

/// What compresses: its name changes with its output, which a test holds.
const BY: &str = "gzip 6, miniz_oxide 0.8";

/// The level that Docker and BuildKit use as well.
const LEVEL: u32 = 6;

/// How many layers are compressed at the same time, at most.
const AT_ONCE: usize = 8;

/// An engine's image, ready to be pushed.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Its config, byte for byte.
    pub config: Arc<[u8]>,
    /// Its layers, lowest first.
    pub layers: Vec<Compressed>,
}

/// The image of `config` that an engine holds as `name`. Where every layer was compressed before, nothing
/// is asked of the engine but the config; with `files`, each layer is a file of the store afterwards.
///
/// # Errors
/// What the engine says, or why a layer could not be compressed.
pub async fn export(
    name: &str,
    config: &Digest,
    files: bool,
    facts: &Facts,
    world: &World,
) -> Result<Exported, Reason> {
    let bytes = config_bytes(name, config, facts, world).await?;
    let diff_ids = image_config::parse(&bytes)?.diff_ids;
    let known = |diff_id: &Digest| {
        let compressed = world.store.compressed(diff_id, BY)?;
        (!files || world.store.blob_path(&compressed.digest).is_file()).then_some(compressed)
    };
    if let Some(layers) = diff_ids.iter().map(known).collect::<Option<Vec<_>>>() {
        return Ok(Exported { config: bytes, layers });
    }
    let saved = Arc::new(saves::save(name, config, world).await?);
    let image = saved.images.iter().find(|image| image.config == *config);
    let missing: Vec<SavedLayer> = image
        .map(|image| image.layers.iter().filter(|layer| known(&layer.diff_id).is_none()).cloned().collect())
        .unwrap_or_default();
    for some in missing.chunks(AT_ONCE) {
        let compressing = some.iter().cloned().map(|layer| {
            let (saved, store) = (Arc::clone(&saved), world.store.clone());
            blocking(move || compress(&saved, &layer, &store))
        });
        for done in join_all(compressing).await {
            done?.map_err(|error| {
                Reason::new(ReasonKind::ToolFailed, format!("compressing a layer of {name}: {error}"))
                    .cure("check the free space of the store's folder")
            })?;
        }
    }
    let layers = diff_ids.iter().map(|diff_id| known(diff_id).ok_or_else(|| saves::moved(name, diff_id)));
    Ok(Exported { config: bytes, layers: layers.collect::<Result<_, _>>()? })
}

async fn config_bytes(
    name: &str,
    config: &Digest,
    facts: &Facts,
    world: &World,
) -> Result<Arc<[u8]>, Reason> {
    let places = [Place::Engine(name.to_owned())];
    let exchanges = configs::fetch(config, &places, facts, world).await;
    answers::bytes_of(config, &exchanges).ok_or_else(|| {
        let key = FactKey::Config(config.clone());
        answers::reason_of(&key, &exchanges, saves::moved(name, config))
    })
}

/// Compresses a layer into a file of the store that is named by its digest, and remembers that. Blocks.
fn compress(saved: &Saved, layer: &SavedLayer, store: &Store) -> std::io::Result<()> {
    let file = tempfile::NamedTempFile::new_in(store.blob_folder()?)?;
    let mut hashed = Hashed { inner: std::io::BufWriter::new(file.as_file()), hash: Sha256::new(), size: 0 };
    let mut plain = HashedRead { inner: formats::layer::unpacked(saved.layer(layer))?, hash: Sha256::new() };
    gzip(&mut plain, &mut hashed)?;
    hashed.flush()?;
    let (hash, size) = (hashed.hash.clone(), hashed.size);
    drop(hashed);
    let diff_id = sha256(plain.hash);
    if diff_id != layer.diff_id {
        let text = format!("the engine's layer has the digest {diff_id}, its config says {}", layer.diff_id);
        return Err(std::io::Error::other(text));
    }
    let digest = sha256(hash);
    file.persist(store.blob_path(&digest))?;
    store.keep_compressed(&layer.diff_id, &Compressed { by: BY.to_owned(), digest, size });
    Ok(())
}

/// The same bytes give the same bytes: no time, no name, no operating system in the header.
fn gzip(from: &mut impl Read, to: impl Write) -> std::io::Result<()> {
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(to, Compression::new(LEVEL));
    std::io::copy(from, &mut gzip)?;
    gzip.finish().map(|_| ())
}

fn sha256(hash: Sha256) -> Digest {
    Digest::from_sha256(&hash.finalize())
}

struct Hashed<W> {
    inner: W,
    hash: Sha256,
    size: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

struct HashedRead<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for HashedRead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_gives_the_bytes_that_are_remembered_under_its_name() {
        let plain: Vec<u8> = (0..200_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        let mut packed = Vec::new();
        gzip(&mut plain.as_slice(), &mut packed).unwrap();
        // Other bytes need another name in BY: what is remembered under this one would be wrong.
        insta::assert_snapshot!(Digest::of(&packed).to_string());
        let mut unpacked = Vec::new();
        formats::layer::unpacked(packed.as_slice()).unwrap().read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain);
    }
}
