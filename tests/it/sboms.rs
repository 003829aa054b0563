//! Item 4 against SBOMs in registries, signed by a private Sigstore or by nobody, through the binary.

use std::path::Path;
use std::process::Command;

use exitbar::embedded::sigstore::{Evidence, Identity, statement};
use exitbar::embedded::{Fault, Trouble};
use exitbar::model::Digest;
use serde_json::{Value, json};

use crate::image::{INDEX, ImageSpec, MANIFEST};
use crate::parts;
use crate::pushing::{Client, DockerRegistry};
use crate::signatures::{Signed, ours, stranger};

const SPDX: &str = "https://spdx.dev/Document";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";
const BOTH: [usize; 2] = [0, 1];

impl Signed {
    fn child(&self, architecture: &str) -> Digest {
        let index = Client::of(&self.repository(0)).json(self.digest.as_str()).expect("the index");
        let manifests = index["manifests"].as_array().expect("manifests");
        let ours = manifests.iter().find(|entry| entry["platform"]["architecture"] == architecture);
        ours.expect("the platform")["digest"].as_str().expect("a digest").parse().expect("a digest")
    }

    fn children(&self) -> [Digest; 2] {
        [self.child("amd64"), self.child("arm64")]
    }

    /// Attests as cosign 2 does, in both registries.
    fn attest(&self, who: &Identity, subject: &Digest, predicate_type: &str, document: &Value) {
        let now = jiff::Timestamp::now();
        for which in BOTH {
            let signer = self.sigstore.certificate(who, now).expect("a certificate");
            let statement =
                statement(&self.repository(which), subject, predicate_type, Some(document.clone()));
            let layer =
                self.sigstore.attestation(&signer, &statement, now, Evidence::V1).expect("an attestation");
            self.attach(which, subject, "att", &json!(layer.annotations), layer.media_type, layer.content);
        }
    }

    /// Attests as cosign 3 does, in both registries.
    fn attest_in_a_bundle(&self, who: &Identity, subject: &Digest, predicate_type: &str, document: &Value) {
        let now = jiff::Timestamp::now();
        for which in BOTH {
            let signer = self.sigstore.certificate(who, now).expect("a certificate");
            let statement =
                statement(&self.repository(which), subject, predicate_type, Some(document.clone()));
            let bundle = self.sigstore.bundle(&signer, &statement, now, Evidence::V1).expect("a bundle");
            self.bundle(which, subject, bundle.to_string().into_bytes());
        }
    }

    /// An attestation on each platform.
    fn attest_each(&self, who: &Identity, document: &Value) {
        for child in self.children() {
            self.attest(who, &child, SPDX, document);
        }
    }

    /// Puts BuildKit's statement about each platform into the index, under the same tag.
    fn with_buildkit_s_sboms(mut self, document: &Value) -> Self {
        let children = self.children();
        let tops = BOTH.map(|which| {
            put_index(&self.repository(which), &self.digest, &children, |client, child| {
                buildkit_attestation(client, child, document)
            })
        });
        assert_eq!(tops[0], tops[1]);
        self.digest = tops[0].clone();
        self
    }
}

/// Puts an index with one more entry for each child in the place of another, under the tag 0.2.0; its digest.
pub fn put_index(
    repository: &str,
    index: &Digest,
    children: &[Digest],
    entry: impl Fn(&Client, &Digest) -> Value,
) -> Digest {
    let client = Client::of(repository);
    let mut index = client.json(index.as_str()).expect("the index");
    for child in children {
        index["manifests"].as_array_mut().expect("manifests").push(entry(&client, child));
    }
    let bytes = index.to_string().into_bytes();
    let digest = Digest::of(&bytes);
    client.manifest("0.2.0", INDEX, bytes);
    digest
}

/// BuildKit's attestation manifest about `child` (`attestation-storage.md`); its entry in the index.
pub fn buildkit_attestation(client: &Client, child: &Digest, document: &Value) -> Value {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v0.1", "predicateType": SPDX,
        "subject": [{ "name": "pkg:docker/app@0.2.0?platform=linux%2Famd64", "digest": { "sha256": child.hex() } }],
        "predicate": document,
    });
    let statement = statement.to_string().into_bytes();
    let config = b"{}".to_vec();
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": Digest::of(&config), "size": 2 },
        "layers": [{ "mediaType": "application/vnd.in-toto+json", "digest": Digest::of(&statement),
            "size": statement.len(), "annotations": { "in-toto.io/predicate-type": SPDX } }],
    });
    for blob in [config, statement] {
        client.blob(Digest::of(&blob).as_str(), blob);
    }
    let bytes = manifest.to_string().into_bytes();
    let (digest, size) = (Digest::of(&bytes), bytes.len());
    client.manifest(digest.as_str(), MANIFEST, bytes);
    json!({
        "mediaType": MANIFEST, "digest": digest, "size": size,
        "platform": { "os": "unknown", "architecture": "unknown" },
        "annotations": { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": child },
    })
}

/// An SPDX document that lists one package for each of these architectures.
pub fn spdx(architectures: &[&str]) -> Value {
    let package = |architecture: &&str| {
        let purl = format!("pkg:deb/debian/zlib1g@1.2.13?arch={architecture}");
        json!({ "SPDXID": format!("SPDXRef-{architecture}"), "name": "zlib1g", "versionInfo": "1.2.13",
            "supplier": "Organization: Debian", "licenseDeclared": "Zlib",
            "externalRefs": [{ "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl }] })
    };
    json!({
        "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "app",
        "creationInfo": { "created": "2026-11-24T02:48:05Z", "creators": ["Tool: maker-1.0"] },
        "packages": architectures.iter().map(package).collect::<Vec<_>>(),
    })
}

fn cyclonedx() -> Value {
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.6",
        "components": [{ "type": "library", "name": "zlib1g", "version": "1.2.13", "purl": "pkg:deb/debian/zlib1g@1.2.13" }] })
}

pub fn an_attested_sbom_on_each_platform_completes_item_4_and_is_gone_with_its_attestation() {
    let signed = Signed::new();
    assert_eq!(signed.audit().status("sbom"), "NOT STARTED");
    let [amd64, arm64] = signed.children();
    signed.attest(&ours(), &amd64, SPDX, &spdx(&["amd64"]));
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "PARTIAL", "{}", audit.item("sbom"));
    signed.attest_in_a_bundle(&ours(), &arm64, CYCLONEDX, &cyclonedx());
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "COMPLETE", "{}", audit.item("sbom"));
    audit.says("sbom", &["SPDX 2.3 with one package", "CycloneDX 1.6 with one package"]);
    assert!(
        audit.json["warnings"].to_string().contains("no supplier for 1 of 1"),
        "{}",
        audit.json["warnings"]
    );
    // What is kept on this machine is no evidence of what a registry has.
    for which in BOTH {
        signed.detach(which, &amd64, "att");
    }
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "PARTIAL", "{}", audit.item("sbom"));
    assert_eq!(audit.outcomes("sbom").iter().filter(|outcome| **outcome == "absent").count(), 2);
}

pub fn an_sbom_of_the_index_covers_the_platforms_that_its_packages_name() {
    let signed = Signed::new();
    signed.attest(&ours(), &signed.digest, SPDX, &spdx(&["amd64"]));
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "PARTIAL", "{}", audit.item("sbom"));
    audit.says("sbom", &["does not cover linux/arm64"]);
    let signed = Signed::new();
    signed.attest(&ours(), &signed.digest, SPDX, &spdx(&["x86_64", "aarch64"]));
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "COMPLETE", "{}", audit.item("sbom"));
}

pub fn an_sbom_that_nobody_or_a_stranger_signed_is_partial() {
    let signed = Signed::new();
    signed.attest_each(&stranger(), &spdx(&["amd64"]));
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "PARTIAL", "{}", audit.item("sbom"));
    assert!(audit.outcomes("sbom").iter().all(|outcome| *outcome == "soft"), "{}", audit.item("sbom"));
    audit.says("sbom", &["mallory"]);
    let signed = Signed::new();
    for (child, which) in signed.children().iter().flat_map(|child| BOTH.map(|which| (child, which))) {
        let document = spdx(&["amd64"]).to_string().into_bytes();
        signed.attach(which, child, "sbom", &json!({}), "text/spdx+json", document);
    }
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "PARTIAL", "{}", audit.item("sbom"));
    audit.says("sbom", &["unsigned"]);
}

pub fn an_sbom_of_another_image_or_without_a_package_fails() {
    let other = format!("pkg:oci/app@sha256:{}?repository_url=ghcr.io/acme/app", "0".repeat(64));
    let mut of_another = cyclonedx();
    of_another["metadata"] = json!({ "component": { "type": "container", "name": "app", "purl": other } });
    let mut empty = spdx(&[]);
    empty["packages"] = Value::Null;
    for (document, words) in [(of_another, "another digest"), (empty, "without a package")] {
        let signed = Signed::new();
        signed.attest_each(&ours(), &document);
        let audit = signed.audit();
        assert_eq!(audit.status("sbom"), "FAILED", "{}", audit.item("sbom"));
        audit.says("sbom", &[words]);
    }
}

pub fn an_attestation_of_another_image_fails() {
    let signed = Signed::new();
    let now = jiff::Timestamp::now();
    for (child, which) in signed.children().iter().flat_map(|child| BOTH.map(|which| (child, which))) {
        let signer = signed.sigstore.certificate(&ours(), now).expect("a certificate");
        let other = statement("app", &Digest::of(b"another image"), SPDX, Some(spdx(&["amd64"])));
        let layer = signed.sigstore.attestation(&signer, &other, now, Evidence::V1).expect("an attestation");
        signed.attach(which, child, "att", &json!(layer.annotations), layer.media_type, layer.content);
    }
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "FAILED", "{}", audit.item("sbom"));
}

pub fn a_document_that_cannot_be_read_is_unknown() {
    for document in [json!({ "hello": "world" }), json!({ "spdxVersion": "SPDX-2.3", "packages": [7, null] })]
    {
        let signed = Signed::new();
        signed.attest_each(&ours(), &document);
        let audit = signed.audit();
        assert_eq!(audit.status("sbom"), "UNKNOWN", "{}", audit.item("sbom"));
        audit.says("sbom", &["could not be read"]);
    }
}

pub fn buildkit_s_sbom_counts_through_the_signed_index_only() {
    let signed = Signed::new().with_buildkit_s_sboms(&spdx(&["amd64"]));
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "PARTIAL", "{}", audit.item("sbom"));
    audit.says("sbom", &["unsigned index"]);
    signed.classic(&ours(), &BOTH);
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "COMPLETE", "{}", audit.item("sbom"));
    audit.says("sbom", &["through the signed index"]);
}

pub fn a_registry_that_does_not_give_the_sbom_is_unknown() {
    let document = spdx(&["amd64"]);
    let signed = Signed::new();
    signed.attest_each(&ours(), &document);
    for registry in &signed.registries {
        registry.fault(Fault::on("*.att", Trouble::Status(503)));
    }
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "UNKNOWN", "{}", audit.item("sbom"));

    let signed = Signed::new();
    let bytes = document.to_string().into_bytes();
    for (child, which) in signed.children().iter().flat_map(|child| BOTH.map(|which| (child, which))) {
        signed.attach(which, child, "sbom", &json!({}), "text/spdx+json", bytes.clone());
    }
    for registry in &signed.registries {
        registry.fault(Fault::on(&format!("*{}", Digest::of(&bytes)), Trouble::Status(503)));
    }
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "UNKNOWN", "{}", audit.item("sbom"));
    audit.says("sbom", &["503"]);
}

pub fn a_store_that_cannot_be_written_costs_requests_and_no_verdict() {
    let signed = Signed::new();
    signed.attest_each(&ours(), &spdx(&["amd64"]));
    signed.without_a_store();
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "COMPLETE", "{}", audit.item("sbom"));
    audit.says("sbom", &["read the predicate of"]);
}

pub fn a_real_registry_gives_attested_sboms() {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let hosts = registries.each_ref().map(|registry| registry.host().to_owned());
    let signed = Signed::on(hosts, &ImageSpec::good_pair());
    signed.attest_each(&ours(), &spdx(&["amd64"]));
    let audit = signed.audit();
    assert_eq!(audit.status("sbom"), "COMPLETE", "{}", audit.item("sbom"));
}

/// What syft says of a platform's image, as one of its formats.
fn syft(layout: &Path, format: &str) -> Value {
    let mut command = Command::new(parts::syft().expect("syft"));
    command.args(["scan", "--quiet", "--output", format]).arg(format!("oci-dir:{}", layout.display()));
    command.env("SYFT_CHECK_FOR_APP_UPDATE", "false").env("HOME", layout).env("XDG_CACHE_HOME", layout);
    let output = command.output().expect("syft runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// An image with the busybox of this machine, which syft knows by its path and bytes.
pub fn busybox(architecture: &'static str) -> ImageSpec {
    let program = std::fs::read(parts::BUSYBOX).expect("busybox");
    ImageSpec { beside: Some(("bin/busybox", program)), ..ImageSpec::good(architecture) }
}

pub fn what_syft_makes_of_an_image_passes_when_it_is_signed_and_lacks_suppliers() {
    let pair = [busybox("amd64"), busybox("arm64")];
    for (format, predicate_type) in [("spdx-json", SPDX), ("cyclonedx-json", CYCLONEDX)] {
        let signed = Signed::of(&pair);
        for (image, child) in pair.iter().zip(signed.children()) {
            let folder = tempfile::tempdir().expect("a folder");
            assert_eq!(image.write_layout(folder.path()), child, "the layout is the image");
            signed.attest(&ours(), &child, predicate_type, &syft(folder.path(), format));
        }
        let audit = signed.audit();
        assert_eq!(audit.status("sbom"), "COMPLETE", "{}", audit.item("sbom"));
        let warnings = audit.json["warnings"].to_string();
        assert!(warnings.contains("no supplier for"), "{warnings}");
        assert!(!warnings.contains("Docker daemon"), "its root is the manifest itself: {warnings}");
    }
}
