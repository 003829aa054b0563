//! The demo's images as OCI layouts: real manifests, configs and layers, the same bytes every time.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::json;

use super::program;
use crate::formats::manifest;
use crate::model::{Descriptor, Digest, Platform};

/// What an image is built as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Build {
    /// Too large, and its program knows no `--version`.
    BeforeTheFix,
    /// Slim and mended.
    Mended,
    /// Mended, with more beside the program.
    MendedWithTools,
}

impl Build {
    /// A build cache that nobody needed to ship, or tools: bytes beside the program.
    fn ballast(self) -> usize {
        match self {
            Self::BeforeTheFix => 3_660_000,
            Self::Mended => 0,
            Self::MendedWithTools => 400_000,
        }
    }

    fn ops(self) -> Vec<program::Op> {
        if self == Self::BeforeTheFix { program::before_the_fix() } else { program::mended() }
    }
}

/// Writes the layout of an image; what was there before is replaced in one step.
pub(super) fn write(layout: &Path, image: &str, build: Build, platforms: &[Platform]) -> io::Result<()> {
    let parent = layout.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let fresh = tempfile::Builder::new().prefix(".build-").tempdir_in(parent)?;
    let blobs = fresh.path().join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let mut manifests = Vec::new();
    for platform in platforms {
        manifests.push(platform_image(&blobs, image, build, platform)?);
    }
    let index = manifest::write_index(&manifests, &index_annotations(image));
    let listed = descriptor(manifest::OCI_INDEX, &blob(&blobs, &index)?, index.len());
    let root = manifest::write_index(&[listed], &BTreeMap::new());
    fs::write(fresh.path().join("index.json"), root)?;
    fs::write(fresh.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    if layout.exists() {
        fs::remove_dir_all(layout)?;
    }
    fs::rename(fresh.keep(), layout)
}

fn blob(blobs: &Path, bytes: &[u8]) -> io::Result<Digest> {
    let digest = Digest::of(bytes);
    fs::write(blobs.join(digest.hex()), bytes)?;
    Ok(digest)
}

fn descriptor(media_type: &str, digest: &Digest, size: usize) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest: digest.clone(),
        size: size as u64,
        platform: None,
        artifact_type: None,
        annotations: BTreeMap::new(),
    }
}

fn labels(image: &str) -> BTreeMap<String, String> {
    let values = [
        ("title", format!("greenlang-{image}")),
        ("description", format!("GreenLang {image} image of the exitbar demo")),
        ("version", "0.2.0".to_owned()),
        ("created", "2025-01-20T00:00:00Z".to_owned()),
        ("revision", "4f0c1b2a3d4e5f60718293a4b5c6d7e8f9012345".to_owned()),
        ("source", "https://github.com/acme/greenlang".to_owned()),
        ("licenses", "Apache-2.0".to_owned()),
        ("vendor", "Acme".to_owned()),
    ];
    values.into_iter().map(|(key, value)| (format!("org.opencontainers.image.{key}"), value)).collect()
}

fn index_annotations(image: &str) -> BTreeMap<String, String> {
    labels(image)
}

fn platform_image(blobs: &Path, image: &str, build: Build, platform: &Platform) -> io::Result<Descriptor> {
    let tar = layer(build, platform)?;
    let mut gzip = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::new(6));
    gzip.write_all(&tar)?;
    let compressed = gzip.finish()?;
    let layer_digest = blob(blobs, &compressed)?;
    let config = json!({
        "architecture": platform.architecture(),
        "os": platform.os(),
        "created": "2025-01-20T00:00:00Z",
        "config": {
            "User": "10001",
            "Env": ["PATH=/usr/local/bin"],
            "Entrypoint": ["/usr/local/bin/gl"],
            "WorkingDir": "/work",
            "Labels": labels(image),
            "Healthcheck": { "Test": ["CMD", "/usr/local/bin/gl", "version"], "Interval": 30_000_000_000_i64, "Timeout": 3_000_000_000_i64, "Retries": 3 },
        },
        "rootfs": { "type": "layers", "diff_ids": [Digest::of(&tar)] },
    });
    let config = serde_json::to_vec(&config)?;
    let config_digest = blob(blobs, &config)?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": manifest::OCI_MANIFEST,
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config_digest, "size": config.len() },
        "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer_digest, "size": compressed.len() }],
    });
    let manifest = serde_json::to_vec(&manifest)?;
    let mut listed = descriptor(manifest::OCI_MANIFEST, &blob(blobs, &manifest)?, manifest.len());
    listed.platform = Some(platform.clone());
    Ok(listed)
}

fn layer(build: Build, platform: &Platform) -> io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for folder in ["etc/", "usr/", "usr/local/", "usr/local/bin/", "work/"] {
        let mut header = header(0, 0o755);
        header.set_entry_type(tar::EntryType::Directory);
        tar.append_data(&mut header, folder, io::empty())?;
    }
    let passwd = b"root:x:0:0:root:/root:/sbin/nologin\ngl:x:10001:10001:GreenLang:/work:/sbin/nologin\n";
    file(&mut tar, "etc/passwd", passwd, 0o644)?;
    file(&mut tar, "etc/group", b"root:x:0:\ngl:x:10001:\n", 0o644)?;
    file(&mut tar, "usr/local/bin/gl", &program::elf(platform, &build.ops()), 0o755)?;
    if build.ballast() > 0 {
        file(&mut tar, "work/build-cache.bin", &vec![0; build.ballast()], 0o644)?;
    }
    tar.into_inner()
}

fn header(size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn file(tar: &mut tar::Builder<Vec<u8>>, path: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
    tar.append_data(&mut header(bytes.len() as u64, mode), path, bytes)
}
