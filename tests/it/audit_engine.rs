//! Images of a real container engine.

use std::process::Command;

use libtest_mimic::Trial;
use serde_json::json;

use crate::support::embedded;
use crate::support::image::ImageSpec;
use crate::support::parts::{Part, needing, test};
use crate::support::project::Project;

pub fn trials() -> Vec<Trial> {
    vec![
        needing(
            "audit_engine::a_local_image_of_the_engine_is_read",
            &[Part::Docker],
            a_local_image_of_the_engine_is_read,
        ),
        test("audit_engine::no_engine_is_unknown_and_the_audit_goes_on", no_engine_is_unknown),
    ]
}

/// An image in the engine; it is removed when this is dropped.
struct Loaded(String);

impl Loaded {
    /// Loads an image from an archive as `docker save` writes it.
    fn new(image: &ImageSpec) -> Self {
        let name = format!("exitbar-test-{}:1.0.0", std::process::id());
        let folder = tempfile::tempdir().expect("a folder");
        let layer = image.layer();
        let mut archive = tar::Builder::new(Vec::new());
        let mut add = |path: &str, bytes: &[u8]| {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o644);
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, path, bytes).expect("a file of the archive");
        };
        let manifest = json!([{ "Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"] }]);
        add("config.json", image.config(&layer).to_string().as_bytes());
        add("layer.tar", &layer);
        add("manifest.json", manifest.to_string().as_bytes());
        let file = folder.path().join("image.tar");
        std::fs::write(&file, archive.into_inner().expect("an archive")).expect("the archive");
        let loaded = Command::new("docker").args(["load", "--input"]).arg(&file).output();
        let loaded = loaded.expect("the docker client");
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
        Self(name)
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["image", "rm", "--force", &self.0]).output();
    }
}

fn native() -> &'static str {
    if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" }
}

fn project(host: &str, local: &str) -> Project {
    let name = format!("{host}/acme/app");
    let settings = format!("local = \"docker:{local}\"\nplatforms = [\"linux/{}\"]", native());
    Project::of_image("1.0.0", &[&name], &settings)
}

fn a_local_image_of_the_engine_is_read() {
    let registry = embedded();
    let image = Loaded::new(&ImageSpec::good(native()));
    let project = project(registry.host(), &image.0);
    let audit = project.exitbar(&["audit", "--format", "json"]).with_engine().run().exits(1).audit();
    assert_eq!(audit.status("published"), "NOT STARTED");
    for key in ["non_root_healthcheck", "oci_labels"] {
        assert_eq!(audit.status(key), "COMPLETE", "{}", audit.item(key));
        assert_eq!(audit.item(key)["level"], "local");
    }
}

fn no_engine_is_unknown() {
    let registry = embedded();
    let audit = project(registry.host(), "acme/app:1.0.0").audit(&[]).audit();
    assert_eq!(audit.status("published"), "NOT STARTED");
    for key in ["non_root_healthcheck", "oci_labels"] {
        assert_eq!(audit.status(key), "UNKNOWN", "{}", audit.item(key));
        audit.says(key, &["/nowhere/docker.sock"]);
    }
}
