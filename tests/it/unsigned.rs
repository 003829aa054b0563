//! A release that is in registries and unsigned, and a Sigstore that is running.

use std::process::Output;

use exitbar::embedded::sigstore::{Identity, PrivateSigstore, Running};
use exitbar::embedded::{Options, Registry};
use exitbar::model::Digest;

use crate::image::{ImageSpec, push_index};
use crate::pushing::Client;
use crate::release::{Audit, Folder, configuration};
use crate::signing::{ISSUER, WORKFLOW, ours};

/// A release that is in registries and unsigned, and a Sigstore that is running.
pub struct Unsigned {
    pub sigstore: PrivateSigstore,
    pub services: Running,
    pub repositories: Vec<String>,
    /// The index.
    pub digest: Digest,
    pub folder: Folder,
}

impl Unsigned {
    /// A release whose programs are not asked for their version.
    pub fn in_registries(hosts: &[&str]) -> Self {
        Self::with(hosts, "version = false", "")
    }

    /// With settings of its image, and more sections.
    pub fn with(hosts: &[&str], image: &str, sections: &str) -> Self {
        let repositories: Vec<String> = hosts.iter().map(|host| format!("{host}/acme/app")).collect();
        let digests: Vec<Digest> = repositories
            .iter()
            .map(|repository| push_index(repository, "0.2.0", &ImageSpec::good_pair()))
            .collect();
        let digest = digests[0].clone();
        let sigstore = PrivateSigstore::new(jiff::Timestamp::now()).expect("a Sigstore");
        let services = sigstore.start(jiff::Timestamp::now).expect("its services");
        let base = configuration(&repositories, image)
            .replace("version = \"0.2.0\"", "version = \"0.2.0\"\nsource = \"https://github.com/acme/app\"");
        let folder = Folder::with(&format!(
            "{base}\n[signature]\nidentity = \"{WORKFLOW}\"\nissuer = \"{ISSUER}\"\ntrusted_root = \"sigstore/trusted_root.json\"\n\
             \n[signing]\nconfig = \"sigstore/signing_config.json\"\nidentity_token = \"token.jwt\"\n{sections}\n"
        ));
        sigstore.write(&folder.path().join("sigstore"), services.addresses()).expect("its files");
        let unsigned = Self { sigstore, services, repositories, digest, folder };
        unsigned.token(&ours());
        unsigned
    }

    /// Whose token is at hand from now on.
    pub fn token(&self, who: &Identity) {
        let token = self.services.token(who).expect("a token");
        std::fs::write(self.folder.path().join("token.jwt"), token).expect("a token");
    }

    /// No token is at hand any more: somebody has to log in.
    pub fn no_token(&self) {
        let file = self.folder.path().join("exitbar.toml");
        let text =
            std::fs::read_to_string(&file).expect("it").replace("identity_token = \"token.jwt\"\n", "");
        std::fs::write(&file, text).expect("it");
    }

    pub fn sign(&self, more: &[&str]) -> Output {
        self.folder.run(&[&["sign", "--yes"], more].concat())
    }

    pub fn signs(&self, more: &[&str]) -> String {
        succeeds(&self.sign(more))
    }

    pub fn attest(&self, what: &str, more: &[&str]) -> Output {
        self.folder.run(&[&["attest", "--type", what, "--yes"], more].concat())
    }

    pub fn attests(&self, what: &str, more: &[&str]) -> String {
        succeeds(&self.attest(what, more))
    }

    pub fn verifies(&self, repository: &str, more: &[&str]) -> Output {
        let image = format!("{repository}@{}", self.digest);
        let root = "sigstore/trusted_root.json";
        let who = ["--certificate-identity", WORKFLOW, "--certificate-oidc-issuer", ISSUER];
        let base = ["verify", &image, "--trusted-root", root];
        self.folder.run(&[&base[..], &who, more].concat())
    }

    /// What an exitbar sees that keeps nothing yet.
    pub fn audit_elsewhere(&self) -> Audit {
        let state = tempfile::tempdir().expect("a folder");
        self.folder.audit_in(&[], &[("EXITBAR_STATE_DIR", &state.path().display().to_string())])
    }

    /// Each platform's architecture, manifest and config.
    pub fn platforms(&self) -> Vec<(String, Digest, Digest)> {
        let client = Client::of(&self.repositories[0]);
        let index = client.json("0.2.0").expect("an index");
        let digest = |value: &serde_json::Value| -> Digest {
            value["digest"].as_str().expect("a digest").parse().expect("a digest")
        };
        let platform = |entry: &serde_json::Value| {
            let manifest = digest(entry);
            let config = digest(&client.json(manifest.as_str()).expect("a manifest")["config"]);
            let architecture = entry["platform"]["architecture"].as_str().expect("an architecture");
            (architecture.to_owned(), manifest, config)
        };
        index["manifests"].as_array().expect("manifests").iter().map(platform).collect()
    }
}

fn succeeds(output: &Output) -> String {
    let said = said(output);
    assert!(output.status.success(), "{said}");
    said
}

/// Everything that it printed.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A registry with the referrers API, or without.
pub fn embedded(referrers: bool) -> Registry {
    Registry::start(Options { referrers, ..Options::default() }).expect("a registry")
}
