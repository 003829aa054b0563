//! The parsers on a real image: `tests/fixtures/index-attested`, as `cosign save` wrote it.

use std::fs;
use std::path::PathBuf;

use super::{image_config, layer, layout, manifest};
use crate::model::{Digest, EntryKind, ImageConfig, ImageManifest, LayerIndex, Manifest, Program};

const INDEX: &str = "sha256:e0a0a765d690a5104331cfbac88ebbbf01736c1f87aaa3cd455c516a5ea586a5";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/index-attested")
}

fn blob(digest: &Digest) -> Option<Vec<u8>> {
    let bytes = fs::read(folder().join("blobs/sha256").join(digest.hex())).ok()?;
    assert!(digest.matches(&bytes), "{digest}");
    Some(bytes)
}

fn image() -> (ImageManifest, ImageConfig) {
    let Manifest::Index(index) = manifest::parse(&blob(&INDEX.parse().unwrap()).unwrap()).unwrap() else {
        panic!("an index")
    };
    let Manifest::Image(image) = manifest::parse(&blob(&index.manifests[0].digest).unwrap()).unwrap() else {
        panic!("a manifest")
    };
    let config = image_config::parse(&blob(&image.config.digest).unwrap()).unwrap();
    (image, config)
}

/// The layers, each with its place in the image.
fn layers(image: &ImageManifest) -> Vec<(usize, LayerIndex)> {
    let read = |(place, layer): (usize, &crate::model::Descriptor)| {
        let bytes = blob(&layer.digest)?;
        Some((place, layer::index(bytes.as_slice(), &layer.digest, &layer::Limits::default()).unwrap()))
    };
    image.layers.iter().enumerate().filter_map(read).collect()
}

#[test]
fn the_layout_lists_the_index_and_what_cosign_attached() {
    let listed = layout::index(&fs::read(folder().join("index.json")).unwrap()).unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0].digest.as_str(), INDEX);
    let Manifest::Image(attached) = manifest::parse(&blob(&listed[1].digest).unwrap()).unwrap() else {
        panic!("a manifest")
    };
    assert!(!attached.layers.is_empty());
    assert!(attached.layers.iter().all(|layer| layer.media_type == "application/vnd.dsse.envelope.v1+json"));
}

#[test]
fn the_index_holds_amd64_and_a_buildkit_attestation_of_it() {
    let Manifest::Index(index) = manifest::parse(&blob(&INDEX.parse().unwrap()).unwrap()).unwrap() else {
        panic!("an index")
    };
    let [amd64, attestation] = index.manifests.as_slice() else { panic!("two entries") };
    assert_eq!(amd64.platform, Some("linux/amd64".parse().unwrap()));
    assert_eq!(amd64.buildkit_attestation_of(), None);
    assert!(attestation.platform.as_ref().is_some_and(crate::model::Platform::is_unknown));
    assert_eq!(attestation.buildkit_attestation_of(), Some(amd64.digest.as_str()));
}

#[test]
fn the_config_runs_as_root_without_healthcheck_and_lacks_labels() {
    let (_, config) = image();
    assert_eq!((config.user.as_str(), &config.healthcheck), ("0", &None));
    assert_eq!(config.entrypoint, ["/app"]);
    assert_eq!(config.labels["org.opencontainers.image.description"], "");
    assert!(!config.labels.contains_key("org.opencontainers.image.vendor"));
}

#[test]
fn the_layers_have_the_digests_that_the_config_names() {
    let (image, config) = image();
    let layers = layers(&image);
    assert_eq!((image.layers.len(), layers.len()), (10, 10));
    for (place, layer) in &layers {
        assert_eq!(layer.diff_id, config.diff_ids[*place]);
        assert_eq!(layer.compressed, image.layers[*place].size);
    }
    let passwd = layers.iter().find_map(|(_, layer)| layer.entries.get("etc/passwd")?.text.as_deref());
    assert!(passwd.is_some_and(|text| text.contains("nonroot:x:65532:65532")), "{passwd:?}");
    let release =
        layers.iter().find_map(|(_, layer)| layer.entries.get("usr/lib/os-release")?.text.as_deref());
    assert!(release.is_some_and(|text| text.contains("ID=debian")), "{release:?}");
}

#[test]
fn its_program_is_a_static_one_for_amd64() {
    let (image, _) = image();
    let layers = layers(&image);
    let app = layers.iter().find_map(|(_, layer)| layer.entries.get("app")).unwrap();
    assert_eq!(app.kind, EntryKind::File);
    assert_eq!(app.program, Some(Program::Elf { machine: "amd64".to_owned(), interpreter: None }));
}
