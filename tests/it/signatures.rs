//! Item 3 against signatures of a private Sigstore, in registries, through the binary.

use exitbar::embedded::sigstore::{Evidence, Flaw, Identity, PrivateSigstore};
use exitbar::embedded::{Fault, Options, Registry, Trouble};
use exitbar::model::Digest;
use serde_json::json;

use crate::image::{INDEX, ImageSpec, MANIFEST, push_index};
use crate::pushing::Client;
use crate::release::{Audit, Folder, configuration};

const WORKFLOW: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v0.2.0";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const COMMIT: &str = "5f0c1d0a7be3f6d2c1a94be8d0f37a6c0b1e2d34";

/// A release in two registries, and the Sigstore that signs for it.
pub struct Signed {
    pub sigstore: PrivateSigstore,
    /// The registries in the process; none where real ones are used.
    pub registries: Vec<Registry>,
    hosts: [String; 2],
    /// The index.
    pub digest: Digest,
    folder: Folder,
}

impl Signed {
    pub fn new() -> Self {
        Self::of(&ImageSpec::good_pair())
    }

    /// A release of these images, in registries in the process.
    pub fn of(images: &[ImageSpec]) -> Self {
        let registries = [(); 2].map(|()| Registry::start(Options::default()).expect("a registry"));
        let hosts = registries.each_ref().map(|registry| registry.host().to_owned());
        Self { registries: registries.into(), ..Self::on(hosts, images) }
    }

    /// The same in registries at these hosts.
    pub fn on(hosts: [String; 2], images: &[ImageSpec]) -> Self {
        let repositories = hosts.each_ref().map(|host| format!("{host}/acme/app"));
        let digests = repositories.each_ref().map(|repository| push_index(repository, "0.2.0", images));
        let sigstore = PrivateSigstore::new(jiff::Timestamp::now()).expect("a Sigstore");
        let folder = Folder::with(&format!(
            "{}\n[signature]\nidentity = \"{WORKFLOW}\"\nissuer = \"{ISSUER}\"\ntrusted_root = \"root.json\"\n",
            configuration(&repositories, "version = false").replace(
                "version = \"0.2.0\"",
                "version = \"0.2.0\"\nsource = \"https://github.com/acme/app\""
            )
        ));
        std::fs::write(folder.path().join("root.json"), sigstore.trusted_root().expect("a root").to_string())
            .expect("a root");
        Self { sigstore, registries: Vec::new(), hosts, digest: digests[0].clone(), folder }
    }

    pub fn repository(&self, which: usize) -> String {
        format!("{}/acme/app", self.hosts[which])
    }

    /// Signs as cosign 2 does, in these registries.
    pub fn classic(&self, who: &Identity, which: &[usize]) {
        let now = jiff::Timestamp::now();
        for which in which {
            let repository = self.repository(*which);
            let signer = self.sigstore.certificate(who, now).expect("a certificate");
            let layer = self.sigstore.simple_signing(&signer, &repository, &self.digest, now, Evidence::V1);
            let layer = layer.expect("a signature");
            self.attach(
                *which,
                &self.digest,
                "sig",
                &json!(layer.annotations),
                layer.media_type,
                layer.content,
            );
        }
    }

    /// Puts one more layer into the manifest behind a classic tag.
    pub fn attach(
        &self,
        which: usize,
        subject: &Digest,
        suffix: &str,
        annotations: &serde_json::Value,
        media_type: &str,
        content: Vec<u8>,
    ) {
        let client = Client::of(&self.repository(which));
        let tag = format!("sha256-{}.{suffix}", subject.hex());
        let blob = Digest::of(&content);
        let layer = json!({ "mediaType": media_type, "digest": blob, "size": content.len(), "annotations": annotations });
        client.blob(blob.as_str(), content);
        let mut layers = client.layers(&tag);
        layers.push(layer);
        Self::classic_manifest(&client, &tag, &layers);
    }

    /// Leaves the manifest behind a classic tag without layers.
    pub fn detach(&self, which: usize, subject: &Digest, suffix: &str) {
        let client = Client::of(&self.repository(which));
        Self::classic_manifest(&client, &format!("sha256-{}.{suffix}", subject.hex()), &[]);
    }

    fn classic_manifest(client: &Client, tag: &str, layers: &[serde_json::Value]) {
        let empty = b"{}".to_vec();
        let config = Digest::of(&empty);
        client.blob(config.as_str(), empty);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2 },
            "layers": layers,
        });
        client.manifest(tag, MANIFEST, manifest.to_string().into_bytes());
    }

    /// Puts a bundle as a referrer of `subject`.
    pub fn bundle(&self, which: usize, subject: &Digest, bundle: Vec<u8>) {
        let client = Client::of(&self.repository(which));
        let (empty, blob) = (b"{}".to_vec(), Digest::of(&bundle));
        client.blob(Digest::of(&empty).as_str(), empty.clone());
        let size = bundle.len();
        client.blob(blob.as_str(), bundle);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": Digest::of(&empty), "size": 2 },
            "layers": [{ "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "digest": blob, "size": size }],
            "subject": { "mediaType": INDEX, "digest": subject, "size": 1 },
        });
        let bytes = manifest.to_string().into_bytes();
        client.manifest(Digest::of(&bytes).as_str(), MANIFEST, bytes);
    }

    /// Puts a file where the store's folder should be.
    pub fn without_a_store(&self) {
        std::fs::write(self.folder.path().join("state"), "").expect("a file");
    }

    pub fn audit(&self) -> Audit {
        self.folder.audit()
    }
}

pub fn ours() -> Identity {
    Identity::github("acme/app", ".github/workflows/release.yml", "refs/tags/v0.2.0", COMMIT)
}

pub fn stranger() -> Identity {
    Identity::github("mallory/app", ".github/workflows/release.yml", "refs/tags/v0.2.0", COMMIT)
}

pub fn a_classic_signature_in_both_registries_completes_item_3() {
    let signed = Signed::new();
    assert_ne!(signed.audit().status("signed"), "COMPLETE", "nobody signed yet");
    signed.classic(&ours(), &[0, 1]);
    let audit = signed.audit();
    assert_eq!(audit.status("signed"), "COMPLETE", "{}", audit.item("signed"));
}

pub fn a_signature_in_one_registry_only_is_partial_and_says_which_lacks_it() {
    let signed = Signed::new();
    signed.classic(&ours(), &[0]);
    let audit = signed.audit();
    assert_eq!(audit.status("signed"), "PARTIAL", "{}", audit.item("signed"));
    audit.says("signed", &[signed.registries[1].host()]);
}

pub fn a_stranger_alone_is_the_hard_stop_and_beside_a_good_signature_does_not_hurt() {
    let signed = Signed::new();
    signed.classic(&stranger(), &[0, 1]);
    let audit = signed.audit();
    assert_eq!(audit.status("signed"), "FAILED", "{}", audit.item("signed"));
    audit.says("signed", &["mallory/app"]);
    signed.classic(&ours(), &[0, 1]);
    let audit = signed.audit();
    assert_eq!(audit.status("signed"), "COMPLETE", "{}", audit.item("signed"));
}

pub fn a_bundle_as_a_referrer_completes_item_3() {
    let signed = Signed::new();
    let now = jiff::Timestamp::now();
    for which in [0, 1] {
        let signer = signed.sigstore.certificate(&ours(), now).expect("a certificate");
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "", "digest": { "sha256": signed.digest.hex() } }],
            "predicateType": exitbar::model::COSIGN_SIGN_PREDICATE,
            "predicate": {},
        });
        let bundle = signed.sigstore.bundle(&signer, &statement, now, Evidence::V1).expect("a bundle");
        signed.bundle(which, &signed.digest, bundle.to_string().into_bytes());
    }
    let audit = signed.audit();
    assert_eq!(audit.status("signed"), "COMPLETE", "{}", audit.item("signed"));
}

pub fn every_flaw_of_a_signature_is_rejected() {
    for flaw in Flaw::ALL {
        let signed = Signed::new();
        for which in [0, 1] {
            let repository = signed.repository(which);
            let layer = signed.sigstore.flawed_simple_signing(
                flaw,
                &ours(),
                &repository,
                &signed.digest,
                jiff::Timestamp::now(),
            );
            let layer = layer.expect("a flawed signature");
            let annotations = json!(layer.annotations);
            signed.attach(which, &signed.digest, "sig", &annotations, layer.media_type, layer.content);
        }
        let audit = signed.audit();
        assert_eq!(audit.status("signed"), "FAILED", "{flaw:?}: {}", audit.item("signed"));
    }
}

pub fn a_registry_that_does_not_give_the_signature_is_unknown() {
    let signed = Signed::new();
    signed.classic(&ours(), &[0, 1]);
    for registry in &signed.registries {
        registry.fault(Fault::on("*.sig", Trouble::Status(503)));
    }
    let audit = signed.audit();
    assert_eq!(audit.status("signed"), "UNKNOWN", "{}", audit.item("signed"));
}
