//! `exitbar sign` through the binary: what it writes verifies by exitbar itself and by an independent client, in a registry
//! with the referrers API and in one without.

use std::process::{Command, Output, Stdio};

use exitbar::embedded::sigstore::{Identity, PrivateSigstore, Running};
use exitbar::embedded::{Fault, Options, Registry, Trouble};
use exitbar::model::Digest;
use serde_json::Value;

use crate::image::{ImageSpec, push_index};
use crate::pushing::{Client, DockerRegistry};
use crate::release::{Folder, configuration, fixture};
use crate::signing::{ISSUER, WORKFLOW, ours, stranger};

/// A release that is in registries and unsigned, and a Sigstore that is running.
struct Unsigned {
    sigstore: PrivateSigstore,
    services: Running,
    repositories: Vec<String>,
    digest: Digest,
    folder: Folder,
}

impl Unsigned {
    fn in_registries(hosts: &[&str]) -> Self {
        let repositories: Vec<String> = hosts.iter().map(|host| format!("{host}/acme/app")).collect();
        let digests: Vec<Digest> = repositories
            .iter()
            .map(|repository| push_index(repository, "0.2.0", &ImageSpec::good_pair()))
            .collect();
        let digest = digests[0].clone();
        let sigstore = PrivateSigstore::new(jiff::Timestamp::now()).expect("a Sigstore");
        let services = sigstore.start(jiff::Timestamp::now).expect("its services");
        let base = configuration(&repositories, "version = false")
            .replace("version = \"0.2.0\"", "version = \"0.2.0\"\nsource = \"https://github.com/acme/app\"");
        let folder = Folder::with(&format!(
            "{base}\n[signature]\nidentity = \"{WORKFLOW}\"\nissuer = \"{ISSUER}\"\ntrusted_root = \"sigstore/trusted_root.json\"\n\
             \n[signing]\nconfig = \"sigstore/signing_config.json\"\nidentity_token = \"token.jwt\"\n"
        ));
        sigstore.write(&folder.path().join("sigstore"), services.addresses()).expect("its files");
        let unsigned = Self { sigstore, services, repositories, digest, folder };
        unsigned.token(&ours());
        unsigned
    }

    fn token(&self, who: &Identity) {
        let token = self.services.token(who).expect("a token");
        std::fs::write(self.folder.path().join("token.jwt"), token).expect("a token");
    }

    fn sign(&self, more: &[&str]) -> Output {
        self.folder.run(&[&["sign", "--yes"], more].concat())
    }

    fn signs(&self, more: &[&str]) -> String {
        let output = self.sign(more);
        let said = said(&output);
        assert!(output.status.success(), "{said}");
        said
    }

    fn verifies(&self, repository: &str, more: &[&str]) -> Output {
        let image = format!("{repository}@{}", self.digest);
        let root = "sigstore/trusted_root.json";
        let who = ["--certificate-identity", WORKFLOW, "--certificate-oidc-issuer", ISSUER];
        let base = ["verify", &image, "--trusted-root", root];
        self.folder.run(&[&base[..], &who, more].concat())
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn embedded(referrers: bool) -> Registry {
    Registry::start(Options { referrers, ..Options::default() }).expect("a registry")
}

pub fn what_it_signs_completes_item_3_with_and_without_the_referrers_api() {
    let registries = [embedded(true), embedded(false)];
    let unsigned = Unsigned::in_registries(&[registries[0].host(), registries[1].host()]);
    assert_ne!(unsigned.folder.audit().status("signed"), "COMPLETE");
    let plan = said(&unsigned.folder.run(&["sign", "--dry-run"]));
    for words in [
        unsigned.digest.as_str(),
        "the index of app",
        "app linux/arm64",
        "as repo:acme/app",
        "logged in http",
    ] {
        assert!(plan.contains(words), "no `{words}`: {plan}");
    }
    assert_ne!(unsigned.folder.audit().status("signed"), "COMPLETE", "a dry run signs nothing");
    unsigned.signs(&[]);
    let audit = unsigned.folder.audit();
    assert_eq!(audit.status("signed"), "COMPLETE", "{}", audit.item("signed"));
    for repository in &unsigned.repositories {
        for platform in [&[][..], &["--platform", "linux/amd64"], &["--platform", "linux/arm64"]] {
            let output = unsigned.verifies(repository, platform);
            assert!(output.status.success(), "{platform:?}: {}", said(&output));
        }
    }
    // Once is enough.
    let again = said(&unsigned.sign(&[]));
    assert!(again.contains("nothing to sign"), "{again}");
    // The green rests on what the registries give.
    for registry in &registries {
        registry.set_referrers(false);
        registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
    }
    assert_ne!(unsigned.folder.audit().status("signed"), "COMPLETE");
}

pub fn a_real_registry_without_the_referrers_api_keeps_every_signature_in_its_fallback_tag() {
    let registry = DockerRegistry::start();
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    unsigned.token(&stranger());
    let warned = unsigned.signs(&[]);
    assert!(
        warned.contains("this signature would not do: signed by https://github.com/mallory/app"),
        "{warned}"
    );
    assert_eq!(unsigned.folder.audit().status("signed"), "FAILED", "a stranger signed");
    unsigned.token(&ours());
    assert!(!unsigned.signs(&[]).contains("would not do"));
    let audit = unsigned.folder.audit();
    assert_eq!(audit.status("signed"), "COMPLETE", "{}", audit.item("signed"));
    audit.says("signed", &["mallory/app"]);
    let output = unsigned.verifies(&unsigned.repositories[0], &[]);
    assert!(said(&output).contains("fallback tag"), "{}", said(&output));
}

pub fn two_who_sign_at_once_lose_nothing() {
    let registry = DockerRegistry::start();
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    let other = unsigned.folder.path().join("other.jwt");
    std::fs::write(&other, unsigned.services.token(&stranger()).expect("a token")).expect("a token");
    let start = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_exitbar"))
            .args(["sign", "--yes"])
            .args(more)
            .current_dir(unsigned.folder.path())
            .env("EXITBAR_STATE_DIR", unsigned.folder.path().join("state"))
            .env("EXITBAR_OFFLINE", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("exitbar starts")
    };
    let both = [start(&[]), start(&["--identity-token", "other.jwt"])];
    for one in both {
        let output = one.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", said(&output));
    }
    let client = Client::of(&unsigned.repositories[0]);
    let json = said(&unsigned.verifies(&unsigned.repositories[0], &["--format", "json", "--quiet"]));
    let seen: Value = serde_json::from_str(&json).expect("JSON");
    let subjects = seen["images"][0]["subjects"].as_array().expect("subjects");
    assert_eq!(subjects.len(), 3);
    for subject in subjects {
        assert_eq!(subject["attached"].as_array().map(Vec::len), Some(2), "{subject}");
    }
    assert!(client.digest(&unsigned.digest.as_str().replace(':', "-")).is_some(), "the fallback tag");
}

pub fn a_key_of_cosign_signs_and_verifies() {
    let registry = embedded(true);
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    let key = fixture("sigstore/cosign-encrypted-empty-password.key").display().to_string();
    let public = exitbar::sigstore::SecretKey::open(&std::fs::read_to_string(&key).expect("a key"), "");
    let public = public.unwrap_or_else(|trouble| panic!("{trouble}")).public().to_pem();
    std::fs::write(unsigned.folder.path().join("cosign.pub"), public).expect("a key");
    let said_of = unsigned.signs(&["--key", &key]);
    assert!(said_of.contains("the key sha256:"), "{said_of}");
    let image = format!("{}@{}", unsigned.repositories[0], unsigned.digest);
    let verify = |key: &str| {
        unsigned.folder.run(&["verify", &image, "--trusted-root", "sigstore/trusted_root.json", "--key", key])
    };
    assert!(verify("cosign.pub").status.success(), "{}", said(&verify("cosign.pub")));
    let wrong = Command::new(env!("CARGO_BIN_EXE_exitbar"))
        .args(["sign", "--yes", "--key", &key])
        .current_dir(unsigned.folder.path())
        .env("EXITBAR_STATE_DIR", unsigned.folder.path().join("state"))
        .env("EXITBAR_OFFLINE", "1")
        .env("COSIGN_PASSWORD", "another")
        .output()
        .expect("exitbar runs");
    assert_eq!(wrong.status.code(), Some(1), "{}", said(&wrong));
    assert!(
        said(&wrong).contains("COSIGN_PASSWORD") && !said(&wrong).contains("another"),
        "{}",
        said(&wrong)
    );
}

pub fn the_classic_tag_is_written_when_asked_for() {
    let registry = embedded(true);
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    unsigned.signs(&["--classic"]);
    let output = unsigned.verifies(&unsigned.repositories[0], &[]);
    assert!(said(&output).contains("classic signature (.sig): read by cosign 2"), "{}", said(&output));
    assert_eq!(said(&output).matches("classic signature (.sig): accepted").count(), 3, "{}", said(&output));
}

pub fn what_goes_wrong_is_named_and_the_next_try_completes() {
    let registries = [embedded(true), embedded(false)];
    let unsigned = Unsigned::in_registries(&[registries[0].host(), registries[1].host()]);
    let fails = |words: &[&str]| {
        let output = unsigned.sign(&[]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for word in words {
            assert!(said.contains(word), "no `{word}`: {said}");
        }
        let token = std::fs::read_to_string(unsigned.folder.path().join("token.jwt")).unwrap_or_default();
        assert!(token.is_empty() || !said.contains(&token), "the token is a secret");
    };
    unsigned.services.fault(Fault::on("/api/v2/signingCert", Trouble::Status(503)));
    fails(&["503"]);
    unsigned.services.mend();
    let old = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let old = unsigned.sigstore.token(&ours(), old).expect("a token");
    std::fs::write(unsigned.folder.path().join("token.jwt"), old).expect("a token");
    fails(&["expired"]);
    std::fs::remove_file(unsigned.folder.path().join("token.jwt")).expect("it was there");
    fails(&["token.jwt", "--identity-token"]);
    unsigned.token(&ours());
    registries[1].fault(Fault::on("*/blobs/uploads/*", Trouble::Status(500)));
    fails(&[registries[1].host()]);
    registries[1].mend();
    unsigned.signs(&[]);
    assert_eq!(unsigned.folder.audit().status("signed"), "COMPLETE");
    let refused = unsigned.folder.run(&["sign", "--yes", "--readonly"]);
    assert_eq!(refused.status.code(), Some(1));
}

/// Keeps a run of `gl --version` of each platform, as this machine would after it ran them.
fn keep_runs(unsigned: &Unsigned, stdout: &str) {
    use exitbar::model::{Evidence, FactKey, Level, Platform, Run, RunEnd, RunKind, StoredRun};
    let client = Client::of(&unsigned.repositories[0]);
    let store = exitbar::store::Store::open(&unsigned.folder.path().join("state"));
    for entry in client.json("0.2.0").expect("an index")["manifests"].as_array().expect("manifests") {
        let child = client.json(entry["digest"].as_str().expect("a digest")).expect("a manifest");
        let config: Digest = child["config"]["digest"].as_str().expect("a digest").parse().expect("a digest");
        let architecture = entry["platform"]["architecture"].as_str().expect("an architecture");
        let run = Run {
            platform: Platform::new("linux", architecture, None),
            how: "engine unix:///run/secret.sock".to_owned(),
            emulated: architecture == "arm64",
            ended: RunEnd::Exited(0),
            stdout: stdout.to_owned(),
            stderr: String::new(),
            millis: 7,
            outputs: Vec::new(),
            raw: Vec::new(),
        };
        let key = FactKey::Run { config: config.clone(), kind: RunKind::Version, argv: Vec::new() };
        let evidence = Evidence {
            subject: config.to_string(),
            source: run.how.clone(),
            method: "run".to_owned(),
            level: Level::Verified,
            at: jiff::Timestamp::now(),
            exit: Some(0),
            raw: Vec::new(),
        };
        store.keep_run(&StoredRun { key, run, evidence }).expect("it is kept");
    }
}

pub fn an_attested_run_counts_on_a_machine_that_never_ran_it() {
    let registry = embedded(true);
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    let file = unsigned.folder.path().join("exitbar.toml");
    let text = std::fs::read_to_string(&file).expect("it").replace("version = false", "");
    std::fs::write(&file, text).expect("it");
    let attest = || unsigned.folder.run(&["attest", "--type", "test-result", "--yes"]);
    let elsewhere = |state: &str| {
        let state = unsigned.folder.path().join(state).display().to_string();
        unsigned.folder.audit_in(&[], &[("EXITBAR_STATE_DIR", &state)])
    };
    assert!(said(&attest()).contains("run it first"), "{}", said(&attest()));
    keep_runs(&unsigned, "gl 0.1.9\n");
    assert!(said(&attest()).contains("not attested"), "{}", said(&attest()));
    keep_runs(&unsigned, "gl 0.2.0\n");
    unsigned.token(&stranger());
    let first = attest();
    assert!(first.status.success(), "{}", said(&first));
    let audit = elsewhere("one");
    assert_ne!(audit.status("version_command"), "COMPLETE", "{}", audit.item("version_command"));
    assert!(
        audit.json["warnings"].to_string().contains("stranger's test result"),
        "{}",
        audit.json["warnings"]
    );
    unsigned.token(&ours());
    let first = attest();
    assert!(first.status.success(), "{}", said(&first));
    assert!(said(&attest()).contains("nothing to attest"), "{}", said(&attest()));
    let audit = elsewhere("two");
    assert_eq!(audit.status("version_command"), "COMPLETE", "{}", audit.item("version_command"));
    audit.says("version_command", &["prints 0.2.0", "attested by", "(emulated)"]);
    assert!(!audit.item("version_command").contains("secret.sock"));
    // The green rests on what the registry gives.
    registry.set_referrers(false);
    registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
    assert_eq!(elsewhere("three").status("version_command"), "NOT TESTED");
    registry.mend();
    registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(503)));
    assert_eq!(elsewhere("four").status("version_command"), "UNKNOWN");
}

/// The PyPI client verifies what `exitbar sign` wrote.
pub fn an_independent_client_verifies_what_it_signed() {
    let registry = embedded(true);
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    unsigned.signs(&[]);
    let json = said(&unsigned.verifies(&unsigned.repositories[0], &["--format", "json", "--quiet"]));
    let seen: Value = serde_json::from_str(&json).expect("JSON");
    let manifest = seen["images"][0]["subjects"][0]["attached"][0]["manifest"].as_str().expect("a manifest");
    let client = Client::of(&unsigned.repositories[0]);
    let layer = client.layers(manifest)[0]["digest"].as_str().expect("a bundle").to_owned();
    let bundle = unsigned.folder.path().join("bundle.json");
    std::fs::write(&bundle, client.read_blob(&layer)).expect("a bundle");
    let output = Command::new(crate::parts::python_sigstore().expect("the client"))
        .env("HOME", unsigned.folder.path())
        .env("XDG_CACHE_HOME", unsigned.folder.path())
        .env("XDG_DATA_HOME", unsigned.folder.path())
        .arg("--trust-config")
        .arg(unsigned.folder.path().join("sigstore/client_trust_config.json"))
        .args(["verify", "identity", "--offline", "--cert-identity", WORKFLOW, "--cert-oidc-issuer", ISSUER])
        .arg("--bundle")
        .arg(&bundle)
        .arg(unsigned.digest.as_str())
        .output()
        .expect("the client runs");
    assert!(output.status.success(), "{}", said(&output));
}

/// An SPDX document of one package.
const SPDX: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"app",
    "creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Tool: make"]},
    "packages":[{"SPDXID":"SPDXRef-a","name":"app","versionInfo":"0.2.0","supplier":"Organization: Acme",
        "externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:pypi/app@0.2.0"}]}],
    "relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-a"}]}"#;

pub fn an_sbom_is_attested_in_a_real_registry_and_in_one_with_the_referrers_api() {
    let (real, own) = (DockerRegistry::start(), embedded(true));
    let unsigned = Unsigned::in_registries(&[real.host(), own.host()]);
    let file = unsigned.folder.path().join("exitbar.toml");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    std::fs::write(&file, format!("{text}\n[sbom]\nsource = {{ file = \"{{platform}}.json\" }}\n"))
        .expect("its configuration");
    for platform in ["linux-amd64", "linux-arm64"] {
        std::fs::write(unsigned.folder.path().join(format!("{platform}.json")), SPDX).expect("an SBOM");
    }
    assert_eq!(unsigned.folder.audit().status("sbom"), "NOT STARTED");
    let output = unsigned.folder.run(&["attest", "--type", "sbom", "--classic", "--yes"]);
    assert!(output.status.success(), "{}", said(&output));
    let audit = unsigned.folder.audit();
    assert_eq!(audit.status("sbom"), "COMPLETE", "{}", audit.item("sbom"));
    for repository in &unsigned.repositories {
        let platform = ["--type", "spdxjson", "--platform", "linux/arm64"];
        let output = unsigned.verifies(repository, &platform);
        assert!(output.status.success(), "{}", said(&output));
        assert!(said(&output).contains("classic attestation (.att): read by cosign 2"), "{}", said(&output));
        assert!(said(&output).contains("bundle, attestation: read by cosign 3, gh"), "{}", said(&output));
    }
    let again = said(&unsigned.folder.run(&["attest", "--type", "sbom", "--yes"]));
    assert!(again.contains("nothing to attest"), "{again}");
    own.set_referrers(false);
    own.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
    assert_eq!(unsigned.folder.audit().status("sbom"), "PARTIAL", "one of two registries lost it");
}

pub fn an_sbom_that_says_nothing_or_is_of_another_image_is_not_attested() {
    let registry = embedded(true);
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    let file = unsigned.folder.path().join("exitbar.toml");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    std::fs::write(&file, format!("{text}\n[sbom]\nsource = {{ file = \"sbom.json\" }}\n"))
        .expect("its configuration");
    let empty = SPDX.replace(r#""packages":["#, r#""packages":[],"others":["#);
    for (document, why) in [(empty.as_str(), "without a package"), ("{", "sbom.json"), ("", "sbom.json")] {
        std::fs::write(unsigned.folder.path().join("sbom.json"), document).expect("an SBOM");
        let output = unsigned.folder.run(&["attest", "--type", "sbom", "--yes"]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    assert_eq!(unsigned.folder.audit().status("sbom"), "NOT STARTED");
}

pub fn an_attested_scan_counts_on_a_machine_that_never_scanned() {
    let registry = embedded(true);
    let osv = exitbar::embedded::Osv::start(Vec::new(), None).expect("an OSV");
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    let file = unsigned.folder.path().join("exitbar.toml");
    let text = std::fs::read_to_string(&file).expect("its configuration");
    let more = format!("[vulnerabilities]\nsources = [\"attested\", \"osv\"]\nosv = \"{}\"\n", osv.url());
    std::fs::write(&file, format!("{text}\n[sbom]\nsource = {{ file = \"sbom.json\" }}\n{more}"))
        .expect("its configuration");
    std::fs::write(unsigned.folder.path().join("sbom.json"), SPDX).expect("an SBOM");
    let output = unsigned.folder.run(&["attest", "--type", "sbom", "--yes"]);
    assert!(output.status.success(), "{}", said(&output));
    let elsewhere = |state: &str| {
        let state = unsigned.folder.path().join(state).display().to_string();
        unsigned.folder.audit_in(&[], &[("EXITBAR_STATE_DIR", &state)])
    };
    assert_eq!(elsewhere("one").status("vulnerabilities"), "NOT STARTED");
    let output = unsigned.folder.run(&["scan", "--attest", "--yes"]);
    assert!(output.status.success(), "{}", said(&output));
    let audit = elsewhere("two");
    assert_eq!(audit.status("vulnerabilities"), "COMPLETE", "{}", audit.item("vulnerabilities"));
    let again = said(&unsigned.folder.run(&["attest", "--type", "scan", "--yes"]));
    assert!(again.contains("nothing to attest"), "{again}");
    registry.set_referrers(false);
    registry.fault(Fault::on("*/manifests/sha256-*", Trouble::Status(404)));
    assert_eq!(elsewhere("three").status("vulnerabilities"), "NOT STARTED");
}
