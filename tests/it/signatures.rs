//! Item 3 against signatures of a private Sigstore, in registries, through the binary.

use exitbar::embedded::sigstore::{Evidence, Flaw, Identity, PrivateSigstore};
use exitbar::embedded::{Fault, Options, Registry, Trouble};
use exitbar::model::Digest;
use serde_json::json;

use crate::image::{ImageSpec, push_index};
use crate::release::{Audit, Folder, configuration};
use crate::signing::{
    COMMIT, ISSUER, WORKFLOW, add_classic, certificate, ours, put_bundle, put_classic, sign_classic,
    statement, stranger,
};

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

    /// The release's folder, with the binary in it.
    pub fn release(&self) -> &Folder {
        &self.folder
    }

    /// Signs as cosign 2 does, in these registries.
    pub fn classic(&self, who: &Identity, which: &[usize]) {
        for which in which {
            let signer = certificate(&self.sigstore, who);
            sign_classic(&self.sigstore, &signer, &self.repository(*which), &self.digest);
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
        add_classic(&self.repository(which), subject, suffix, media_type, content, annotations);
    }

    /// Leaves the manifest behind a classic tag without layers.
    pub fn detach(&self, which: usize, subject: &Digest, suffix: &str) {
        put_classic(&self.repository(which), subject, suffix, &[]);
    }

    /// Adds to the configuration.
    pub fn configure(&self, more: &str) {
        let file = self.folder().join("exitbar.toml");
        let text = std::fs::read_to_string(&file).expect("its configuration");
        std::fs::write(file, format!("{text}\n{more}")).expect("its configuration");
    }

    /// Where the configuration is.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Runs the binary there.
    pub fn run(&self, arguments: &[&str]) -> std::process::Output {
        self.folder.run(arguments)
    }

    /// Puts a file where the store's folder should be.
    pub fn without_a_store(&self) {
        std::fs::write(self.folder.path().join("state"), "").expect("a file");
    }

    pub fn audit(&self) -> Audit {
        self.folder.audit()
    }
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
    for which in [0, 1] {
        let signer = certificate(&signed.sigstore, &ours());
        let now = jiff::Timestamp::now();
        let statement = statement(&signed.digest, exitbar::model::COSIGN_SIGN_PREDICATE, &json!({}));
        let bundle = signed.sigstore.bundle(&signer, &statement, now, Evidence::V1).expect("a bundle");
        put_bundle(&signed.repository(which), &signed.digest, &bundle);
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
            add_classic(&repository, &signed.digest, "sig", layer.media_type, layer.content, &annotations);
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

pub fn the_staged_index_of_the_demo_is_signed_and_its_item_3_completes() {
    let registries = exitbar::demo::registries().expect("registries");
    let sigstore = PrivateSigstore::new(jiff::Timestamp::now()).expect("a Sigstore");
    let folder = Folder::with("");
    let options = exitbar::demo::DemoOptions {
        registries: registries.each_ref().map(|registry| registry.host().to_owned()),
        osv: "http://127.0.0.1:1".to_owned(),
        native_only: true,
        program: env!("CARGO_BIN_EXE_exitbar").into(),
    };
    exitbar::demo::write(folder.path(), &options).expect("the demo's files");
    let _services = exitbar::demo::sigstore(folder.path(), jiff::Timestamp::now).expect("a Sigstore");
    // Another Sigstore than the one that signs for the demo itself.
    let trusted = sigstore.trusted_root().expect("a root").to_string();
    std::fs::write(folder.path().join("sigstore/trusted_root.json"), trusted).expect("a root");
    for action in ["build", "push"] {
        let output = folder.run(&[action, "--yes"]);
        assert!(output.status.success(), "{action}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let audit = folder.audit();
    assert_eq!(audit.status("signed"), "CONFIGURED", "{}", audit.item("signed"));
    let who = Identity::github("acme/greenlang", ".github/workflows/release.yml", "refs/tags/v0.2.0", COMMIT);
    for image in audit.json["images"].as_array().expect("images") {
        for repository in image["repositories"].as_array().expect("repositories") {
            let reference = repository["reference"].as_str().expect("a reference");
            let name = reference.rsplit_once(':').map_or(reference, |(name, _)| name);
            let digest = repository["digest"].as_str().expect("a staged digest").parse().expect("a digest");
            sign_classic(&sigstore, &certificate(&sigstore, &who), name, &digest);
        }
    }
    let audit = folder.audit();
    assert_eq!(audit.status("signed"), "COMPLETE", "{}", audit.item("signed"));
    audit.says("signed", &["acme/greenlang/.github/workflows/release.yml@refs/tags/v0.2.0"]);
    // The evidence is the registries' own: without it nothing is left of the green.
    for registry in &registries {
        registry.fault(Fault::on("*.sig", Trouble::Status(404)));
    }
    assert_ne!(folder.audit().status("signed"), "COMPLETE");
}

pub fn the_configured_key_completes_item_3_and_another_key_does_not() {
    let signed = Signed::new();
    let signer = exitbar::embedded::sigstore::Signer::with_key().expect("a key");
    let file = signed.folder.path().join("exitbar.toml");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    let (before, _) = text.split_once("identity = ").expect("an identity");
    let by_key = format!("{before}key = \"cosign.pub\"\ntrusted_root = \"root.json\"\n");
    std::fs::write(&file, by_key).expect("its configuration");
    std::fs::write(signed.folder.path().join("cosign.pub"), signer.public_key_pem()).expect("a key");
    for which in [0, 1] {
        sign_classic(&signed.sigstore, &signer, &signed.repository(which), &signed.digest);
    }
    let audit = signed.audit();
    assert_eq!(audit.status("signed"), "COMPLETE", "{}", audit.item("signed"));
    let other = exitbar::embedded::sigstore::Signer::with_key().expect("a key");
    std::fs::write(signed.folder.path().join("cosign.pub"), other.public_key_pem()).expect("a key");
    let audit = signed.audit();
    assert_eq!(audit.status("signed"), "UNKNOWN", "{}", audit.item("signed"));
    audit.says("signed", &["which is not configured"]);
}
