//! `exitbar sign` through the binary: what it writes verifies by exitbar itself and by an independent client, in a registry
//! with the referrers API and in one without.

use std::process::{Command, Stdio};

use exitbar::embedded::{Fault, Trouble};
use serde_json::Value;

use crate::pushing::{Client, DockerRegistry};
use crate::release::fixture;
use crate::signing::{ISSUER, WORKFLOW, ours, stranger};
use crate::unsigned::{Unsigned, embedded, said};

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

/// In a real registry, and in ours with the referrers API and without.
pub fn two_who_sign_at_once_lose_nothing() {
    let (registry, own) = (DockerRegistry::start(), [embedded(true), embedded(false)]);
    let unsigned = Unsigned::in_registries(&[registry.host(), own[0].host(), own[1].host()]);
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
    for repository in &unsigned.repositories {
        let json = said(&unsigned.verifies(repository, &["--format", "json", "--quiet"]));
        let seen: Value = serde_json::from_str(&json).expect("JSON");
        let subjects = seen["images"][0]["subjects"].as_array().expect("subjects");
        assert_eq!(subjects.len(), 3);
        for subject in subjects {
            assert_eq!(subject["attached"].as_array().map(Vec::len), Some(2), "{subject}");
        }
        let fallback = Client::of(repository).digest(&unsigned.digest.as_str().replace(':', "-"));
        let has_api = repository.starts_with(own[0].host());
        assert_eq!(fallback.is_none(), has_api, "the fallback tag");
    }
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

pub fn the_classic_tag_is_written_for_what_a_plain_sign_left_without_it() {
    let registry = embedded(true);
    let unsigned = Unsigned::in_registries(&[registry.host()]);
    unsigned.signs(&[]);
    let plan = unsigned.signs(&["--classic"]);
    assert_eq!(plan.matches(" for older verifiers").count(), 3, "{plan}");
    let output = unsigned.verifies(&unsigned.repositories[0], &[]);
    assert_eq!(said(&output).matches("classic signature (.sig): accepted").count(), 3, "{}", said(&output));
    let bundles = said(&output).matches("bundle").count();
    let again = said(&unsigned.sign(&["--classic"]));
    assert!(again.contains("nothing to sign"), "{again}");
    assert_eq!(said(&unsigned.verifies(&unsigned.repositories[0], &[])).matches("bundle").count(), bundles);
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
