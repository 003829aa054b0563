//! SBOMs that are made to be attested: by real syft, out of BuildKit's index, from a file.

use std::path::Path;
use std::sync::Arc;

use exitbar::actions::Context;
use exitbar::actions::attest::{MadeSbom, Target, sbom};
use exitbar::config;
use exitbar::embedded::{Fault, Options, Registry, Trouble};
use exitbar::gather::{World, fetch};
use exitbar::model::{Digest, FactKey, Facts, Level, Place, Platform, Repository};
use serde_json::json;

use crate::image::push_index;
use crate::parts;
use crate::release::configuration;
use crate::sboms::{buildkit_attestation, busybox, put_index, spdx};

/// A release in a registry, a folder with its configuration, and what is known of it.
struct Made {
    registry: Registry,
    folder: tempfile::TempDir,
    index: Digest,
    manifest: Digest,
}

impl Made {
    fn new() -> Self {
        let registry = Registry::start(Options::default()).expect("a registry");
        let repository = format!("{}/acme/app", registry.host());
        let image = busybox("amd64");
        let index = push_index(&repository, "0.2.0", std::slice::from_ref(&image));
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = image.write_layout(&folder.path().join("dist"));
        Self { registry, folder, index, manifest }
    }

    /// Makes the SBOM of linux/amd64 with `more` in the image's part of the configuration, by this syft.
    fn sbom(&self, more: &str, syft: &Path) -> Result<MadeSbom, String> {
        let repositories = [format!("{}/acme/app", self.registry.host())];
        let more = format!("platforms = [\"linux/amd64\"]\nversion = false\n{more}");
        let file = self.folder.path().join("exitbar.toml");
        let loaded = config::parse(&file, &configuration(&repositories, &more)).expect("a configuration");
        let mut wiring = loaded.wiring;
        wiring.store = self.folder.path().join("state");
        syft.clone_into(&mut wiring.sbom.syft);
        let release = Arc::new(loaded.release);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let world = World::new(Arc::clone(&release), Arc::new(wiring)).expect("a world");
            let facts = self.facts(&release.images[0].repositories, &world).await;
            let context = Context {
                release: Arc::clone(&release),
                policy: Arc::new(loaded.policy),
                scope: loaded.scope,
                facts,
                world,
            };
            let image = &release.images[0];
            let platform = Platform::new("linux", "amd64", None);
            let target = Target {
                image,
                platform: &platform,
                index: &self.index,
                manifest: &self.manifest,
                repositories: &image.repositories,
            };
            sbom(&target, &context).await
        })
    }

    /// The index, and every manifest in it.
    async fn facts(&self, repositories: &[Repository], world: &World) -> Facts {
        let mut facts = Facts::new(jiff::Timestamp::now());
        let places: Vec<Place> = repositories.iter().cloned().map(Place::Registry).collect();
        let mut wanted = vec![self.index.clone()];
        while let Some(digest) = wanted.pop() {
            let key = FactKey::Manifest(digest);
            let exchanges = fetch(&key, &places, &facts, world).await;
            for (key, fact, evidence) in exitbar::formats::read(&key, &exchanges) {
                facts.insert(key, fact, evidence);
            }
            if let Some(exitbar::model::Manifest::Index(index)) =
                facts.manifest(&key).and_then(|it| it.seen())
            {
                wanted.extend(index.manifests.iter().map(|entry| entry.digest.clone()));
            }
        }
        facts
    }

    fn with_buildkit(mut self) -> Self {
        let repository = format!("{}/acme/app", self.registry.host());
        self.index = put_index(&repository, &self.index, &[self.manifest.clone()], |client, child| {
            buildkit_attestation(client, child, &spdx(&["amd64"]))
        });
        self
    }
}

const NO_SYFT: &str = "exitbar-has-no-syft";

/// A program in the place of syft.
fn script(folder: &Path, text: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("syft");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    path
}

pub fn syft_reads_the_layout_or_the_registry_by_digest() {
    let made = Made::new();
    let syft = parts::syft().expect("syft");
    for (more, level, from) in
        [("local = \"oci:dist\"", Level::Local, "layout"), ("", Level::Registry, made.registry.host())]
    {
        let sbom = made.sbom(more, &syft).expect("an SBOM");
        assert_eq!(sbom.predicate_type, "https://spdx.dev/Document");
        assert_eq!(sbom.sbom.root.as_ref(), Some(&made.manifest), "it is about the manifest itself");
        assert_eq!(sbom.evidence.level, level);
        let said = format!("{} {}", sbom.evidence.source, sbom.evidence.method);
        assert!(said.contains(from) && said.contains("syft 1.") && said.contains("made by syft-"), "{said}");
        assert!(sbom.sbom.listed.iter().any(|package| package.name == "busybox"), "{:?}", sbom.sbom.listed);
        let document = String::from_utf8(sbom.document).expect("text");
        assert!(!document.contains("exitbar-sbom-"), "no path of this machine is in it");
    }
}

/// A layout whose bytes were changed is not read: the SBOM would be of another image.
pub fn a_damaged_layout_is_not_what_the_sbom_is_made_of() {
    let made = Made::new();
    let blobs = made.folder.path().join("dist/blobs/sha256");
    for blob in std::fs::read_dir(blobs).expect("blobs").map(|blob| blob.expect("a blob").path()) {
        let mut bytes = std::fs::read(&blob).expect("a blob");
        if bytes.starts_with(b"\x1f\x8b") {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&blob, bytes).expect("a blob");
        }
    }
    let sbom = made.sbom("local = \"oci:dist\"", &parts::syft().expect("syft")).expect("an SBOM");
    assert_eq!(sbom.evidence.level, Level::Registry);
}

pub fn without_syft_buildkit_s_sbom_is_taken_out_of_its_statement() {
    let made = Made::new().with_buildkit();
    let sbom = made.sbom("", Path::new(NO_SYFT)).expect("an SBOM");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&sbom.document).expect("JSON"), spdx(&["amd64"]));
    assert!(sbom.evidence.source.contains("BuildKit"), "{:?}", sbom.evidence);
    let other = made.sbom("sbom = \"syft\"", Path::new(NO_SYFT)).expect_err("no syft");
    assert!(other.contains(NO_SYFT) && !other.contains("BuildKit"), "{other}");
    let two = made.with_buildkit();
    let failed = two.sbom("sbom = \"buildkit\"", Path::new(NO_SYFT)).expect_err("two of them");
    assert!(failed.contains("put 2 SBOMs"), "{failed}");
    let made = Made::new().with_buildkit();
    made.registry.fault(Fault::on("*/blobs/*", Trouble::Status(503)));
    let failed = made.sbom("", Path::new(NO_SYFT)).expect_err("no SBOM");
    assert!(failed.contains("503") && failed.contains(NO_SYFT), "{failed}");
}

pub fn a_file_is_taken_where_the_configuration_names_one() {
    let made = Made::new();
    let more = "sbom = { file = \"{image}-{platform}.json\" }";
    let missing = made.sbom(more, Path::new(NO_SYFT)).expect_err("no file");
    assert!(missing.contains("app-linux-amd64.json"), "{missing}");
    let file = made.folder.path().join("app-linux-amd64.json");
    std::fs::write(&file, json!({ "sbom": spdx(&["amd64"]) }).to_string()).expect("a file");
    let sbom = made.sbom(more, Path::new(NO_SYFT)).expect("an SBOM");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&sbom.document).expect("JSON"), spdx(&["amd64"]));
    assert_eq!(
        (sbom.evidence.level, sbom.evidence.source.as_str()),
        (Level::Declared, "file app-linux-amd64.json")
    );
    for (text, words) in [
        (json!({ "hello": 1 }).to_string(), "neither SPDX nor CycloneDX"),
        (spdx(&[]).to_string(), "without a package"),
        (of_another_image(), "another digest"),
    ] {
        std::fs::write(&file, text).expect("a file");
        let refused = made.sbom(more, Path::new(NO_SYFT)).expect_err("refused");
        assert!(refused.contains(words), "{words}: {refused}");
    }
}

fn of_another_image() -> String {
    let purl = format!("pkg:oci/app@sha256:{}?repository_url=ghcr.io/acme/app", "0".repeat(64));
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{ "type": "library", "name": "a" }],
        "metadata": { "component": { "type": "container", "name": "app", "purl": purl } } })
    .to_string()
}

pub fn a_syft_that_fails_is_told_with_what_it_said() {
    let made = Made::new();
    let more = "sbom = \"syft\"\nlocal = \"oci:dist\"";
    let version = "[ \"$1\" = version ] && echo 'Version: 1' && exit 0";
    for (text, words) in [
        ("echo 'cannot read the image' >&2; exit 7", "ended with 7: cannot read the image"),
        ("echo '{}'", "neither SPDX nor CycloneDX"),
        ("true", "could not be read"),
    ] {
        let syft = script(made.folder.path(), &format!("{version}\n{text}"));
        let failed = made.sbom(more, &syft).expect_err("no SBOM");
        assert!(failed.contains(words), "{words}: {failed}");
    }
}
