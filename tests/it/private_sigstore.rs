//! What the private Sigstore makes, held against an independent client: the PyPI package `sigstore`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use exitbar::embedded::sigstore::{Evidence, Flaw, Identity, PrivateSigstore, Running, Signer, statement};
use exitbar::model::Digest;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::parts;

const REPOSITORY: &str = "registry.test/acme/app";
const ARTIFACT: &[u8] = b"an artifact";

fn workflow() -> Identity {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    Identity::github("acme/app", ".github/workflows/release.yml", "refs/tags/v1.0.0", sha)
}

fn image() -> Digest {
    Digest::of(b"image manifest")
}

/// A month ago, when the certificates that have expired since were good.
fn then() -> Timestamp {
    let then = Timestamp::now() - SignedDuration::from_hours(30 * 24);
    Timestamp::from_second(then.as_second()).expect("a time")
}

/// The client with the trust config that is in the folder.
fn client(folder: &Path) -> Command {
    let program = parts::python_sigstore().expect("the client");
    let mut command = Command::new(program);
    command.current_dir(folder).arg("--trust-config").arg("client_trust_config.json");
    // Nothing of the machine's own cache or identity.
    command.env("HOME", folder).env("XDG_CACHE_HOME", folder).env("XDG_DATA_HOME", folder);
    command
}

/// Verifies a bundle about the image, or about the artifact, whose file is in the folder.
fn verify(folder: &Path, bundle: &Value, artifact: &str, identity: &Identity) -> Output {
    fs::write(folder.join("bundle.json"), bundle.to_string()).expect("the bundle");
    let mut command = client(folder);
    command.args(["verify", "identity", "--offline", "--bundle", "bundle.json"]);
    command.args(["--cert-identity", &identity.subject(), "--cert-oidc-issuer", identity.issuer(), artifact]);
    command.output().expect("the client runs")
}

fn assert_accepted(what: &str, output: &Output) {
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
}

fn set_up() -> (tempfile::TempDir, PrivateSigstore, Running) {
    let folder = tempfile::tempdir().expect("a folder");
    let sigstore = PrivateSigstore::new(Timestamp::now()).expect("keys");
    let running = sigstore.start(Timestamp::now).expect("a port");
    sigstore.write(folder.path(), running.addresses()).expect("the trust config");
    fs::write(folder.path().join("artifact"), ARTIFACT).expect("the artifact");
    (folder, sigstore, running)
}

fn signer(sigstore: &PrivateSigstore) -> Signer {
    sigstore.certificate(&workflow(), then()).expect("a certificate")
}

/// Statements and messages, with entries of both logs, signed a month ago.
pub fn an_independent_client_accepts_what_it_makes() {
    let (folder, sigstore, _running) = set_up();
    let predicate = json!({ "spdxVersion": "SPDX-2.3" });
    let statement = statement(REPOSITORY, &image(), "https://spdx.dev/Document", Some(predicate));
    for evidence in [Evidence::V1, Evidence::V1_AND_TIMESTAMP, Evidence::V2] {
        let bundle = sigstore.bundle(&signer(&sigstore), &statement, then(), evidence).expect("a bundle");
        let output = verify(folder.path(), &bundle, image().as_str(), &workflow());
        assert_accepted(&format!("statement, {evidence:?}"), &output);
    }
    for evidence in [Evidence::V1, Evidence::V2] {
        let bundle =
            sigstore.message_bundle(&signer(&sigstore), ARTIFACT, then(), evidence).expect("a bundle");
        let output = verify(folder.path(), &bundle, "artifact", &workflow());
        assert_accepted(&format!("message, {evidence:?}"), &output);
    }
}

/// What the client says to a flaw; it words its errors over several lines.
fn reason(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::TamperedPayload | Flaw::SwappedSubject | Flaw::WrongKey => "invalid signature",
        Flaw::ExpiredCertificate => "cert is not valid at validation time",
        Flaw::WrongAuthority => "signature does not match",
        Flaw::MissingEntry => "expected exactly one log entry",
        Flaw::MissingSct => "SCT",
        Flaw::OtherImage => "no subject for digest",
    }
}

/// Each flaw, so that what the crate rejects is not rejected by the crate alone.
pub fn an_independent_client_rejects_each_flaw() {
    let (folder, sigstore, _running) = set_up();
    for flaw in Flaw::ALL {
        let bundle =
            sigstore.flawed_bundle(flaw, &workflow(), REPOSITORY, &image(), then()).expect("a bundle");
        let output = verify(folder.path(), &bundle, image().as_str(), &workflow());
        let said = String::from_utf8_lossy(&output.stderr);
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!output.status.success() && words.contains(reason(flaw)), "{flaw:?}: {said}");
    }
}

/// The client signs by the services, as it does by the public ones, and both verify what it made.
pub fn an_independent_client_signs_by_its_services() {
    let (folder, _sigstore, running) = set_up();
    let person = Identity::email("dev@acme.test");
    let token = running.token(&person).expect("a token");
    let mut command = client(folder.path());
    command.args(["sign", "--identity-token", &token, "--bundle", "signed.json", "artifact"]);
    assert_accepted("sign", &command.output().expect("the client runs"));
    let bundle = fs::read(folder.path().join("signed.json")).expect("the bundle");
    let bundle: Value = serde_json::from_slice(&bundle).expect("JSON");
    assert_accepted("verify", &verify(folder.path(), &bundle, "artifact", &person));
}
