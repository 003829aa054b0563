//! One image of the demo for one platform: layers, config and manifest, the same bytes every time.

use std::io::{self, Read as _, Write as _};

use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use super::layout::{Blob, CONFIG, GZIP_LAYER, MANIFEST};
use super::program::{self, Architecture};
use crate::model::Digest;

/// When the demo's images were built, whenever they are: else their digests would differ.
pub(super) const CREATED: &str = "2025-01-20T09:00:00Z";
const CREATED_UNIX: u64 = 1_737_363_600;
const BLOCK: u64 = 512;
/// Two empty blocks end an archive.
const ARCHIVE_END: u64 = 2 * BLOCK;

/// Which image to make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recipe<'a> {
    /// `runner` or `full`.
    pub(super) name: &'a str,
    /// The release's version.
    pub(super) version: &'a str,
    pub(super) architecture: Architecture,
    /// Whether its program knows `--version`.
    pub(super) mended: bool,
    /// The unpacked size of its layers together, in bytes; a multiple of 512.
    pub(super) unpacked: u64,
}

/// An image of one platform.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) architecture: Architecture,
    /// Layers, then the config.
    pub(super) blobs: Vec<Blob>,
    pub(super) manifest: Blob,
}

/// The labels of an image, and the annotations of its index.
pub(super) fn labels(name: &str, version: &str) -> Value {
    let description = match name {
        "runner" => "Runs GreenLang pipelines",
        _ => "Runs GreenLang pipelines, with every emission factor",
    };
    json!({
        "org.opencontainers.image.title": format!("greenlang-{name}"),
        "org.opencontainers.image.description": description,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.created": CREATED,
        "org.opencontainers.image.revision": super::REVISION,
        "org.opencontainers.image.source": "https://github.com/acme/greenlang",
        "org.opencontainers.image.licenses": "MIT",
        "org.opencontainers.image.vendor": "Acme",
    })
}

/// Makes an image.
pub(super) fn make(recipe: Recipe<'_>) -> io::Result<Image> {
    let base = base_layer()?;
    let room = recipe.unpacked.saturating_sub(base.len() as u64);
    let program = program_layer(&recipe, room)?;
    let mut diff_ids = Vec::new();
    let mut blobs = Vec::new();
    for tar in [base, program] {
        diff_ids.push(Digest::of(&tar));
        blobs.push(Blob::new(GZIP_LAYER, gzip(&tar)?));
    }
    let layers: Vec<Value> = blobs.iter().map(Blob::descriptor).collect();
    let config = Blob::new(CONFIG, serde_json::to_vec(&config(&recipe, &diff_ids))?);
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(),
        "layers": layers,
    });
    blobs.push(config);
    let manifest = Blob::new(MANIFEST, serde_json::to_vec(&manifest)?);
    Ok(Image { architecture: recipe.architecture, blobs, manifest })
}

fn config(recipe: &Recipe<'_>, diff_ids: &[Digest]) -> Value {
    json!({
        "created": CREATED,
        "architecture": recipe.architecture.name(),
        "os": "linux",
        "config": {
            "User": "10001",
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"],
            "Entrypoint": ["/usr/local/bin/gl"],
            "WorkingDir": "/work",
            "Labels": labels(recipe.name, recipe.version),
            "Healthcheck": {
                "Test": ["CMD", "/usr/local/bin/gl", "health"],
                "Interval": 30_000_000_000_u64,
                "Timeout": 3_000_000_000_u64,
                "Retries": 3,
            },
        },
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": [
            { "created": CREATED, "created_by": "COPY /rootfs / # accounts and folders" },
            { "created": CREATED, "created_by": "COPY gl /usr/local/bin/gl # the program and its data" },
        ],
    })
}

fn base_layer() -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    folder(&mut archive, "etc/")?;
    file(&mut archive, "etc/group", 0o644, b"root:x:0:\ngl:x:10001:\n")?;
    let accounts = b"root:x:0:0:root:/root:/sbin/nologin\ngl:x:10001:10001:GreenLang:/work:/sbin/nologin\n";
    file(&mut archive, "etc/passwd", 0o644, accounts)?;
    folder(&mut archive, "tmp/")?;
    folder(&mut archive, "work/")?;
    archive.into_inner()
}

/// The program, and data that makes the archive `size` bytes long: emission factors in a real one, zeros here.
fn program_layer(recipe: &Recipe<'_>, size: u64) -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for path in ["usr/", "usr/local/", "usr/local/bin/"] {
        folder(&mut archive, path)?;
    }
    let program = program::gl(recipe.architecture, recipe.version, recipe.mended);
    file(&mut archive, "usr/local/bin/gl", 0o755, &program)?;
    for path in ["usr/share/", "usr/share/greenlang/"] {
        folder(&mut archive, path)?;
    }
    let used = archive.get_ref().len() as u64 + BLOCK + ARCHIVE_END;
    let data = size.saturating_sub(used);
    let mut header = header(EntryType::Regular, 0o644, data);
    archive.append_data(&mut header, "usr/share/greenlang/factors.bin", io::repeat(0).take(data))?;
    archive.into_inner()
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(CREATED_UNIX);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn folder(archive: &mut Builder<Vec<u8>>, path: &str) -> io::Result<()> {
    archive.append_data(&mut header(EntryType::Directory, 0o755, 0), path, io::empty())
}

fn file(archive: &mut Builder<Vec<u8>>, path: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
    archive.append_data(&mut header(EntryType::Regular, mode, bytes.len() as u64), path, bytes)
}

/// Compressed without a time or a name, so that the same bytes have the same digest.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6));
    encoder.write_all(bytes)?;
    encoder.finish()
}
