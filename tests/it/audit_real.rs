//! Audits of real images in real registries (Debian's docker-registry).

use std::path::Path;
use std::process::Command;

use exitbar::demo;
use serde_json::Value;

use crate::pushing::{Client, DockerRegistry, push_layout};
use crate::release::{Audit, Folder, configuration, fixture};

const INDEX: &str = "sha256:e0a0a765d690a5104331cfbac88ebbbf01736c1f87aaa3cd455c516a5ea586a5";

struct Pushed {
    registries: [DockerRegistry; 2],
    repositories: Vec<String>,
}

fn pushed(layout: &Path) -> Pushed {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let repositories: Vec<String> = registries.iter().map(|it| format!("{}/acme/app", it.host())).collect();
    for repository in &repositories {
        push_layout(layout, repository, "0.2.0");
    }
    Pushed { registries, repositories }
}

fn audited(pushed: &Pushed, more: &str) -> Audit {
    Folder::with(&configuration(&pushed.repositories, more)).audit()
}

/// `tests/fixtures/README.md` says what it is.
pub fn the_attested_index_audits_as_its_source_says() {
    let pushed = pushed(&fixture("index-attested"));
    let audit = audited(&pushed, "");
    assert_eq!(audit.status("published"), "COMPLETE", "{}", audit.item("published"));
    assert_eq!(audit.status("multi_arch"), "FAILED", "{}", audit.item("multi_arch"));
    assert!(audit.item("multi_arch").contains("linux/arm64"));
    assert!(!audit.item("multi_arch").contains("unknown/unknown"), "the BuildKit attestation is set aside");
    assert_ne!(audit.status("signed"), "COMPLETE");
    assert_ne!(audit.status("sbom"), "COMPLETE");
    assert_eq!(audit.status("non_root_healthcheck"), "FAILED", "{}", audit.item("non_root_healthcheck"));
    assert!(audit.item("non_root_healthcheck").contains("root"));
    assert_eq!(audit.status("oci_labels"), "FAILED", "{}", audit.item("oci_labels"));
    assert!(audit.item("oci_labels").contains("vendor"));
    let repositories = audit.json["images"][0]["repositories"].as_array().expect("repositories");
    assert!(repositories.iter().all(|repository| repository["digest"] == INDEX), "{repositories:?}");
    assert_eq!((audit.json["status"].as_str(), audit.code), (Some("NO_GO"), 1));
}

/// The same index for a release that asks for no more.
pub fn only_amd64_asked_for_is_not_failed() {
    let pushed = pushed(&fixture("index-attested"));
    let audit = audited(&pushed, "platforms = [\"linux/amd64\"]");
    assert_eq!(audit.status("multi_arch"), "COMPLETE", "{}", audit.item("multi_arch"));
}

/// Digest drift.
pub fn another_image_under_the_tag_is_a_hard_stop() {
    let pushed = pushed(&fixture("index-attested"));
    let built = tempfile::tempdir().expect("a folder");
    demo::build(built.path()).expect("images");
    push_layout(&built.path().join("dist/runner"), &pushed.repositories[1], "0.2.0");
    let audit = audited(&pushed, "");
    assert_eq!(audit.status("published"), "FAILED", "{}", audit.item("published"));
    assert!(audit.json["exit_bar_results"]["published"]["hard_stop"].is_string());
    assert_eq!(audit.json["risk_assessment"], "CRITICAL");
    assert_eq!(audit.code, 1);
    assert_eq!(pushed.registries.len(), 2);
}

/// The layers of amd64 behind the config and index entry of arm64.
pub fn an_arm64_manifest_with_an_amd64_program_fails_without_an_engine() {
    let built = tempfile::tempdir().expect("a folder");
    demo::build(built.path()).expect("images");
    let registry = DockerRegistry::start();
    let repository = format!("{}/acme/app", registry.host());
    let layout = built.path().join("dist/runner");
    let root = push_layout(&layout, &repository, "good");
    let client = Client::of(&repository);
    let blob =
        |digest: &str| std::fs::read(layout.join("blobs").join(digest.replace(':', "/"))).expect("a blob");
    let json = |digest: &str| -> Value { serde_json::from_slice(&blob(digest)).expect("JSON") };
    let mut index = json(&root);
    let manifest_of =
        |platform: usize| index["manifests"][platform]["digest"].as_str().expect("a digest").to_owned();
    let (amd64, mut arm64) = (json(&manifest_of(0)), json(&manifest_of(1)));
    let mut config = json(arm64["config"]["digest"].as_str().expect("a config"));
    let amd64_config = json(amd64["config"]["digest"].as_str().expect("a config"));
    config["rootfs"] = amd64_config["rootfs"].clone();
    arm64["layers"] = amd64["layers"].clone();
    let put = |value: &Value| {
        let bytes = serde_json::to_vec(value).expect("JSON");
        let digest = exitbar::model::Digest::of(&bytes).to_string();
        (digest, bytes)
    };
    let (digest, bytes) = put(&config);
    arm64["config"]["digest"] = digest.clone().into();
    arm64["config"]["size"] = bytes.len().into();
    client.blob(&digest, bytes);
    let (digest, bytes) = put(&arm64);
    index["manifests"][1]["digest"] = digest.clone().into();
    index["manifests"][1]["size"] = bytes.len().into();
    client.manifest(&digest, "application/vnd.oci.image.manifest.v1+json", bytes);
    let (_, bytes) = put(&index);
    client.manifest("0.2.0", "application/vnd.oci.image.index.v1+json", bytes);
    let audit = Folder::with(&configuration(&[repository], "")).audit();
    assert_eq!(audit.status("multi_arch"), "FAILED", "{}", audit.item("multi_arch"));
    assert_eq!(audit.outcomes("multi_arch"), ["pass", "fail"], "{}", audit.item("multi_arch"));
}

/// Every section, and the digest that was seen.
pub fn the_markdown_report_is_filled_from_the_evidence() {
    let pushed = pushed(&fixture("index-attested"));
    let folder = Folder::with(&configuration(&pushed.repositories, ""));
    let output = folder.run(&["audit", "--format", "markdown", "--quiet"]);
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    for section in
        ["## Executive Summary", "## Critical Blockers", "## Action Plan for Go-Live", "## Conclusion"]
    {
        assert!(report.contains(section), "{section} is missing:\n{report}");
    }
    assert!(report.contains("**Status: NO_GO**"), "{report}");
    assert_eq!(output.status.code(), Some(1));
}

/// Push by digest and publish, headless, to two real registries.
pub fn what_is_staged_here_is_published_there() {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let repositories: Vec<String> = registries.iter().map(|it| format!("{}/acme/app", it.host())).collect();
    let more = "local = \"oci:dist/runner\"\nbudget = \"10MB\"\nmoving_tags = [\"latest\"]";
    let folder = Folder::with(&configuration(&repositories, more));
    demo::build(folder.path()).expect("images");
    let refused = folder.run(&["publish", "--yes", "--quiet"]);
    assert_eq!(refused.status.code(), Some(1), "nothing is staged yet");
    let dry = folder.run(&["push", "--dry-run", "--quiet"]);
    let planned = String::from_utf8_lossy(&dry.stdout).into_owned();
    let pushed = folder.run(&["push", "--yes", "--quiet"]);
    assert_eq!(pushed.status.code(), Some(0), "{}", String::from_utf8_lossy(&pushed.stderr));
    let staged = folder.audit();
    assert_eq!(staged.status("published"), "NOT STARTED", "{}", staged.item("published"));
    assert_eq!(staged.status("multi_arch"), "COMPLETE", "{}", staged.item("multi_arch"));
    let published = folder.run(&["publish", "--yes", "--quiet"]);
    assert_eq!(published.status.code(), Some(0), "{}", String::from_utf8_lossy(&published.stderr));
    let audit = folder.audit();
    assert_eq!(audit.status("published"), "COMPLETE", "{}", audit.item("published"));
    let digest = audit.json["images"][0]["repositories"][1]["digest"].as_str().expect("a digest");
    assert!(planned.contains(digest), "the plan named the digest beforehand: {planned}");
}

/// A small image that the engine imports: root, no healthcheck, and its size.
pub fn an_image_of_the_engine_is_judged_by_what_it_is() {
    let folder = Folder::with(&configuration(
        &["127.0.0.1:1/acme/app".to_owned()],
        "platforms = [\"linux/amd64\"]\nlocal = \"docker:exitbar-it:0.2.0\"\nbudget = \"10MB\"",
    ));
    let rootfs = folder.path().join("rootfs.tar");
    let mut tar = tar::Builder::new(std::fs::File::create(&rootfs).expect("a file"));
    let mut header = tar::Header::new_ustar();
    header.set_size(5);
    header.set_mode(0o644);
    tar.append_data(&mut header, "hello", &b"hello"[..]).expect("an entry");
    tar.finish().expect("a tar");
    let import = Command::new("docker")
        .args(["import", "--change", "USER 10001", "--change", "LABEL org.opencontainers.image.title=app"])
        .arg(&rootfs)
        .arg("exitbar-it:0.2.0")
        .output()
        .expect("docker runs");
    assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
    // The registry is down, so nothing is known of it; with a registry that answers, the local image decides.
    let registry =
        exitbar::embedded::Registry::start(exitbar::embedded::Options::default()).expect("a registry");
    let configuration = std::fs::read_to_string(folder.path().join("exitbar.toml")).expect("it is there");
    let configuration = configuration.replace("127.0.0.1:1/", &format!("{}/", registry.host()));
    std::fs::write(folder.path().join("exitbar.toml"), configuration).expect("it can be written");
    let audit = folder.audit();
    let _ = Command::new("docker").args(["rmi", "exitbar-it:0.2.0"]).output();
    assert_eq!(audit.status("non_root_healthcheck"), "FAILED", "{}", audit.item("non_root_healthcheck"));
    assert!(audit.item("non_root_healthcheck").contains("ealthcheck"));
    assert_eq!(audit.status("size_budget"), "COMPLETE", "{}", audit.item("size_budget"));
    assert_eq!(audit.status("oci_labels"), "FAILED", "{}", audit.item("oci_labels"));
}
