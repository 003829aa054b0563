//! An image as an engine saves it (`docker save`): a tar with `manifest.json`, configs and layers.
//! The layers lie in it uncompressed, so a layer's digest here is its `diff_id`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use serde::Deserialize;

use crate::model::{Digest, Reason, ReasonKind};

/// Limits of what is read of a saved image.
const ENTRIES: usize = 100_000;
const MANIFEST: u64 = 4 * 1024 * 1024;
const CONFIG: u64 = 8 * 1024 * 1024;

/// A saved image, in a temporary file that goes with it.
#[derive(Debug)]
pub struct Saved {
    file: Arc<File>,
    /// What is in it: one image per platform.
    pub images: Vec<SavedImage>,
}

/// One image of a saved file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedImage {
    /// The digest of its config.
    pub config: Digest,
    /// The config, byte for byte.
    pub bytes: Vec<u8>,
    /// Its layers, lowest first.
    pub layers: Vec<SavedLayer>,
}

/// Where one layer lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedLayer {
    /// The digest that its config says.
    pub diff_id: Digest,
    offset: u64,
    size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    #[serde(default)]
    layers: Vec<String>,
}

#[derive(Deserialize)]
struct Config {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Vec<Digest>,
}

/// Offset and size of a file in the tar, or what it links to.
enum Place {
    File(u64, u64),
    Link(String),
}

impl Saved {
    /// Lists what is in a saved image. Blocks.
    pub(super) fn list(mut file: File) -> Result<Self, Reason> {
        let places = places(&mut file).map_err(|error| unreadable(format!("the tar is broken: {error}")))?;
        let manifest = read(&mut file, &places, "manifest.json", MANIFEST)?;
        let listed: Vec<Listed> = serde_json::from_slice(&manifest)
            .map_err(|error| unreadable(format!("manifest.json: {error}")))?;
        let images =
            listed.iter().map(|listed| image(&mut file, &places, listed)).collect::<Result<_, _>>()?;
        Ok(Self { file: Arc::new(file), images })
    }

    /// The saved tar, from its beginning.
    pub(super) fn into_file(self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }

    /// The bytes of a layer. Blocks; several may be read at once.
    pub fn layer(&self, layer: &SavedLayer) -> impl Read + use<> {
        Part { file: Arc::clone(&self.file), at: layer.offset, left: layer.size }
    }
}

/// A part of a file, read without moving the file's own position.
struct Part {
    file: Arc<File>,
    at: u64,
    left: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, &mut buffer[..most], self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, &mut buffer[..most], self.at)?;
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

fn image(file: &mut File, places: &BTreeMap<String, Place>, listed: &Listed) -> Result<SavedImage, Reason> {
    let bytes = read(file, places, &listed.config, CONFIG)?;
    let config: Config = serde_json::from_slice(&bytes)
        .map_err(|error| unreadable(format!("the config {}: {error}", plain(&listed.config))))?;
    let diff_ids = config.rootfs.diff_ids;
    if diff_ids.len() != listed.layers.len() {
        let (said, there) = (diff_ids.len(), listed.layers.len());
        return Err(unreadable(format!("the config names {said} layers, {there} were saved")));
    }
    let layers = diff_ids.into_iter().zip(&listed.layers).map(|(diff_id, name)| {
        let (offset, size) = find(places, name)?;
        Ok(SavedLayer { diff_id, offset, size })
    });
    let layers = layers.collect::<Result<_, Reason>>()?;
    Ok(SavedImage { config: Digest::of(&bytes), bytes, layers })
}

/// Where every file of the tar lies. Nothing is unpacked: names are only compared.
fn places(file: &mut File) -> io::Result<BTreeMap<String, Place>> {
    file.rewind()?;
    let mut places = BTreeMap::new();
    let mut archive = tar::Archive::new(io::BufReader::with_capacity(64 * 1024, file));
    for entry in archive.entries_with_seek()? {
        let entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        let place = if kind.is_file() {
            Place::File(entry.raw_file_position(), entry.size())
        } else if let (true, Some(target)) =
            (kind.is_symlink() || kind.is_hard_link(), entry.link_name_bytes())
        {
            Place::Link(linked(&name, &String::from_utf8_lossy(&target), kind.is_symlink()))
        } else {
            continue;
        };
        if places.len() >= ENTRIES {
            return Err(io::Error::other(format!("more than {ENTRIES} files")));
        }
        places.insert(name, place);
    }
    Ok(places)
}

/// Older engines save a layer that occurs twice as a link to the first (`../<id>/layer.tar`).
fn linked(name: &str, target: &str, relative: bool) -> String {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = if relative { folder.split('/').collect() } else { Vec::new() };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

fn find(places: &BTreeMap<String, Place>, name: &str) -> Result<(u64, u64), Reason> {
    let missing = || unreadable(format!("{} is not in it", plain(name)));
    match places.get(name).ok_or_else(missing)? {
        Place::File(offset, size) => Ok((*offset, *size)),
        Place::Link(target) => match places.get(target) {
            Some(Place::File(offset, size)) => Ok((*offset, *size)),
            _ => Err(missing()),
        },
    }
}

fn read(
    file: &mut File,
    places: &BTreeMap<String, Place>,
    name: &str,
    limit: u64,
) -> Result<Vec<u8>, Reason> {
    let (offset, size) = find(places, name)?;
    if size > limit {
        return Err(Reason::new(
            ReasonKind::TooLarge,
            format!("{} is larger than {limit} bytes", plain(name)),
        ));
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.take(size).read_to_end(&mut bytes))
        .map_err(|error| unreadable(format!("{}: {error}", plain(name))))?;
    Ok(bytes)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(120).collect()
}

fn unreadable(text: impl std::fmt::Display) -> Reason {
    Reason::new(ReasonKind::Unreadable, format!("the saved image: {text}"))
}
