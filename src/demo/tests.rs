use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::Value;

use super::*;
use crate::model::DEFAULT_LABELS;

fn written(native_only: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let options = DemoOptions {
        registries: ["127.0.0.1:1001".to_owned(), "127.0.0.1:1002".to_owned()],
        osv: "http://127.0.0.1:1003".to_owned(),
        native_only,
        program: "/opt/with \"quotes\"/exitbar".into(),
    };
    write(folder.path(), &options).unwrap();
    folder
}

/// A blob of a layout, its digest and size checked against the descriptor.
fn blob(layout: &Path, descriptor: &Value) -> Vec<u8> {
    let digest: Digest = descriptor["digest"].as_str().unwrap().parse().unwrap();
    let bytes = fs::read(layout.join("blobs/sha256").join(digest.hex())).unwrap();
    assert!(digest.matches(&bytes));
    assert_eq!(descriptor["size"], bytes.len());
    bytes
}

fn json(layout: &Path, descriptor: &Value) -> Value {
    serde_json::from_slice(&blob(layout, descriptor)).unwrap()
}

/// The image index of a layout, and its digest.
fn index(layout: &Path) -> (Value, Digest) {
    let top: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let entry = &top["manifests"][0];
    (json(layout, entry), entry["digest"].as_str().unwrap().parse().unwrap())
}

/// The unpacked size of an image's layers together, with every path and its mode.
fn unpacked(layout: &Path, manifest: &Value, config: &Value) -> (u64, BTreeMap<String, u32>) {
    let mut size = 0;
    let mut paths = BTreeMap::new();
    for (at, layer) in manifest["layers"].as_array().unwrap().iter().enumerate() {
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(&*blob(layout, layer)).read_to_end(&mut tar).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"][at], Digest::of(&tar).as_str());
        size += tar.len() as u64;
        for entry in tar::Archive::new(&*tar).entries().unwrap() {
            let entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            paths.insert(path, entry.header().mode().unwrap());
        }
    }
    (size, paths)
}

#[test]
fn the_configuration_names_both_registries_and_the_build_command() {
    let folder = written(true);
    let text = fs::read_to_string(folder.path().join("exitbar.toml")).unwrap();
    let file: toml::Table = text.parse().unwrap();
    let images = file["image"].as_array().unwrap();
    assert_eq!(images[0]["repositories"][0].as_str(), Some("127.0.0.1:1001/acme/greenlang-runner"));
    assert_eq!(images[1]["repositories"][1].as_str(), Some("127.0.0.1:1002/acme/greenlang-full"));
    assert_eq!(images[0]["build"]["command"][0].as_str(), Some("/opt/with \"quotes\"/exitbar"));
    assert_eq!(file["host_process"]["allow"].as_bool(), Some(true));
    assert_eq!(file["host_process"]["platforms"][0].as_str(), Some(&*format!("linux/{}", native().name())));
    assert!(!text.contains('@') || text.matches('@').count() == 1, "only the identity has an @");

    let every = written(false);
    let text = fs::read_to_string(every.path().join("exitbar.toml")).unwrap();
    let file: toml::Table = text.parse().unwrap();
    assert!(file["host_process"].get("platforms").is_none());
}

#[test]
fn at_the_start_only_the_native_runner_is_there_and_it_is_too_large() {
    let folder = written(true);
    let layout = folder.path().join("dist/runner");
    let (index, _) = index(&layout);
    assert_eq!(index["manifests"].as_array().unwrap().len(), 1);
    assert_eq!(index["manifests"][0]["platform"]["architecture"], native().name());
    let manifest = json(&layout, &index["manifests"][0]);
    let config = json(&layout, &manifest["config"]);
    let (size, _) = unpacked(&layout, &manifest, &config);
    assert_eq!(size, 3_669_504, "3.67 MB, for a budget of 3 MB");
    assert!(!folder.path().join("dist/full").exists());
}

#[test]
fn a_build_makes_both_images_for_both_platforms_within_budget() {
    let folder = written(true);
    let built = build(folder.path()).unwrap();
    for ((name, digest), budget) in built.into_iter().zip([3_000_000, 10_000_000]) {
        let layout = folder.path().join("dist").join(name);
        let (index, found) = index(&layout);
        assert_eq!(found, digest);
        assert_eq!(index["manifests"].as_array().unwrap().len(), 2);
        let mut blobs = 1;
        for (entry, architecture) in index["manifests"].as_array().unwrap().iter().zip(["amd64", "arm64"]) {
            assert_eq!(entry["platform"]["architecture"], architecture);
            let manifest = json(&layout, entry);
            let config = json(&layout, &manifest["config"]);
            assert_eq!((&config["architecture"], &config["os"]), (&architecture.into(), &"linux".into()));
            assert_eq!(config["config"]["User"], "10001");
            assert_eq!(config["config"]["Healthcheck"]["Test"][0], "CMD");
            for label in DEFAULT_LABELS {
                assert!(config["config"]["Labels"][label].is_string(), "{label}");
                assert!(index["annotations"][label].is_string(), "{label}");
            }
            let (size, paths) = unpacked(&layout, &manifest, &config);
            assert!(size <= budget, "{size}");
            assert_eq!(paths["usr/local/bin/gl"], 0o755);
            assert!(paths.contains_key("etc/passwd"));
            blobs += 2 + manifest["layers"].as_array().unwrap().len();
        }
        let kept = fs::read_dir(layout.join("blobs/sha256")).unwrap().count();
        assert!(kept <= blobs, "nothing of an earlier build is left: {kept}");
    }
}

#[test]
fn building_again_gives_the_same_digests_wherever_it_is() {
    let (first, second) = (written(true), written(false));
    assert_eq!(build(first.path()).unwrap(), build(second.path()).unwrap());
    assert_eq!(build(first.path()).unwrap(), build(first.path()).unwrap());
}

#[test]
fn the_version_is_the_folders_own() {
    let folder = written(true);
    let before = build(folder.path()).unwrap();
    fs::write(folder.path().join("VERSION"), "0.3.0\n").unwrap();
    assert_ne!(build(folder.path()).unwrap(), before);
    let (index, _) = index(&folder.path().join("dist/full"));
    assert_eq!(index["annotations"]["org.opencontainers.image.version"], "0.3.0");
    fs::write(folder.path().join("VERSION"), [0xff]).unwrap();
    let error = build(folder.path()).unwrap_err().to_string();
    assert!(error.contains("VERSION"), "{error}");
}
