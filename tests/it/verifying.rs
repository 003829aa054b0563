//! `exitbar verify` through the binary: real fixtures and a private Sigstore, in registries and layouts.

use std::process::{Command, Output};

use exitbar::embedded::sigstore::{Evidence, Identity, PrivateSigstore, Signer};
use exitbar::embedded::{Fault, Options, Registry, Trouble};
use exitbar::model::Digest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::image::{ImageSpec, push_index};
use crate::pushing::{Client, DockerRegistry, push_layout};
use crate::release::fixture;
use crate::signing::{
    COMMIT, ISSUER, WORKFLOW, certificate, ours, put_bundle, put_classic, sign_classic, statement, stranger,
};

const SLSA: &str = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v1.10.0";
const ATTESTED: &str = "sha256:e0a0a765d690a5104331cfbac88ebbbf01736c1f87aaa3cd455c516a5ea586a5";

/// What the binary said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout.clone()).expect("UTF-8"),
            err: String::from_utf8(output.stderr.clone()).expect("UTF-8"),
        }
    }

    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.out.contains(text) || self.err.contains(text),
                "no `{text}` in\n{}\n{}",
                self.out,
                self.err
            );
        }
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect("JSON")
    }
}

/// A machine of its own: no configuration, no cache.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, content: &str) -> String {
        let file = self.0.path().join(name);
        std::fs::write(&file, content).expect("a file");
        file.display().to_string()
    }

    fn verify(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_exitbar"))
            .arg("verify")
            .args(arguments)
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env("XDG_STATE_HOME", self.0.path().join("state"))
            .env("EXITBAR_OFFLINE", "1")
            .env_remove("DOCKER_CONFIG")
            .output()
            .expect("exitbar runs");
        Said::of(&output)
    }
}

fn layout(name: &str) -> String {
    fixture(name).display().to_string()
}

fn slsa() -> [&'static str; 4] {
    ["--certificate-identity", SLSA, "--certificate-oidc-issuer", ISSUER]
}

pub fn a_real_attestation_verifies_from_a_layout_with_its_identity_and_time() {
    let (machine, layout) = (Machine::new(), layout("index-attested"));
    let mut arguments = vec!["--local-image", &layout, "--type", "slsaprovenance"];
    arguments.extend(slsa());
    machine.verify(&arguments).exits(0).says(&[
        "VERIFIED",
        "2024-03-21T10:34:04Z by the log",
        "index 80008005, dsse 0.0.1",
        "https://github.com/slsa-framework/example-package",
        "BuildKit attestation",
        "read by cosign 2, cosign 3",
        "cosign verify-attestation --type slsaprovenance",
    ]);
    arguments.extend(["--format", "json"]);
    let json = machine.verify(&arguments).exits(0).json();
    let image = &json["images"][0];
    assert_eq!((&image["digest"], &image["result"]), (&json!(ATTESTED), &json!("verified")));
    let attached = &image["subjects"][0]["attached"][0];
    assert_eq!(attached["signer"]["certificate"]["identity"], SLSA);
    assert_eq!(attached["standing"], "accepted");
}

pub fn a_real_attestation_verifies_from_a_real_registry() {
    let (machine, registry) = (Machine::new(), DockerRegistry::start());
    let repository = format!("{}/acme/app", registry.host());
    push_layout(&fixture("index-attested"), &repository, "v1");
    for image in [format!("{repository}:v1"), format!("{repository}@{ATTESTED}")] {
        let mut arguments = vec![image.as_str(), "--type", "slsaprovenance"];
        arguments.extend(slsa());
        machine.verify(&arguments).exits(0).says(&["VERIFIED", "2024-03-21T10:34:04Z", "fallback tag"]);
    }
    // An attestation is no image signature.
    let mut arguments = vec![repository.as_str()];
    let tagged = format!("{repository}:v1");
    arguments[0] = &tagged;
    arguments.extend(slsa());
    machine.verify(&arguments).exits(1).says(&["NOT SIGNED", "no image signature"]);
}

pub fn another_identity_issuer_source_or_digest_is_rejected_with_both_values() {
    let (machine, folder) = (Machine::new(), layout("index-attested"));
    let base = ["--local-image", &folder, "--type", "slsaprovenance"];
    let with = |more: &[&str]| machine.verify(&[&base[..], more].concat());
    with(&["--certificate-identity", "https://github.com/evil/app", "--certificate-oidc-issuer", ISSUER])
        .exits(1)
        .says(&["expected https://github.com/evil/app", &format!("seen     {SLSA}")]);
    with(&["--certificate-identity", SLSA, "--certificate-oidc-issuer", "https://issuer.example"])
        .exits(1)
        .says(&["expected https://issuer.example", &format!("seen     {ISSUER}")]);
    let claim = |name: &str, value: &str| {
        let flag = format!("--certificate-github-workflow-{name}");
        with(&[&slsa()[..], &[flag.as_str(), value]].concat())
    };
    claim("repository", "slsa-framework/example-package").exits(0);
    claim("repository", "acme/app").exits(1).says(&["expected acme/app", "slsa-framework/example-package"]);
    claim("ref", "refs/tags/v13.0.30").exits(0);
    claim("ref", "refs/heads/main").exits(1).says(&["expected refs/heads/main"]);
    claim("sha", "d37a7f740ee7404914456f24dcd90e865a0509e8").exits(0);
    claim("sha", COMMIT).exits(1).says(&[COMMIT]);
    claim("trigger", "workflow_dispatch").exits(1).says(&["expected workflow_dispatch", "push"]);

    // The same attestation under another digest.
    let registry = Registry::start(Options::default()).expect("a registry");
    let repository = format!("{}/acme/app", registry.host());
    push_layout(&fixture("index-attested"), &repository, "v1");
    let other = push_index(&repository, "other", &ImageSpec::good_pair());
    copy_tag(&repository, ATTESTED, &other, "att");
    let image = format!("{repository}@{other}");
    let arguments = [&[image.as_str(), "--type", "slsaprovenance"][..], &slsa()].concat();
    machine.verify(&arguments).exits(1).says(&["REJECTED", "subject"]);
}

/// Copies a classic tag from one digest to another.
fn copy_tag(repository: &str, from: &str, to: &Digest, kind: &str) {
    let client = Client::of(repository);
    let layers = client.layers(&format!("{}.{kind}", from.replace(':', "-")));
    assert!(!layers.is_empty(), "there is a .{kind} of {from}");
    put_classic(repository, to, kind, &layers);
}

pub fn a_retired_log_entry_is_not_supported_and_exits_4() {
    let (machine, layout) = (Machine::new(), layout("single-arch-old-log-entry"));
    let arguments = [&["--local-image", &layout, "--type", "slsaprovenance"][..], &slsa()].concat();
    machine.verify(&arguments).exits(4).says(&["not supported", "intoto 0.0.1"]);
}

pub fn a_real_private_sigstore_verifies_by_its_root_and_not_without_it() {
    let (machine, layout) = (Machine::new(), layout("keyless-private-sigstore"));
    let root = fixture("keyless-private-sigstore.trusted_root.json").display().to_string();
    let who = [
        "--certificate-identity",
        "https://kubernetes.io/namespaces/default/serviceaccounts/default",
        "--certificate-oidc-issuer",
        "https://kubernetes.default.svc.cluster.local",
    ];
    let arguments = [&["--local-image", &layout][..], &who].concat();
    let trusted = [&arguments[..], &["--trusted-root", &root]].concat();
    machine.verify(&trusted).exits(0).says(&["VERIFIED", "hashedrekord 0.0.1", "2026-05-06T15:34:19Z"]);
    let attestation = [&trusted[..], &["--type", "slsaprovenance"]].concat();
    machine.verify(&attestation).exits(0).says(&["2026-05-06T15:34:21Z", "dsse 0.0.1"]);
    machine.verify(&arguments).exits(1).says(&["REJECTED", "invalid"]);
}

pub fn a_bundle_of_cosign_3_verifies_as_a_file() {
    let bundle = fixture("sigstore/cosign3-image-signature.sigstore.json");
    let digest = "sha256:c811d58de79c92f03214e63aa339484e488d694ae8a6283b5f3f17a9faf50172";
    let parsed: Value = serde_json::from_slice(&std::fs::read(&bundle).expect("the bundle")).expect("JSON");
    assert!(parsed["dsseEnvelope"].is_object());
    let run = |identity: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_exitbar"))
            .args(["verify-bundle", "--bundle"])
            .arg(&bundle)
            .args([
                "--certificate-identity",
                identity,
                "--certificate-oidc-issuer",
                "https://x.example",
                digest,
            ])
            .output()
            .expect("exitbar runs");
        Said::of(&output)
    };
    // Whoever signed is told first, and that he is not the one who was asked for.
    let said = run("https://x.example").exits(1).says(&["signed by", "✓ subject", "the identity differs"]);
    assert!(said.out.contains("✓ log entry"), "{}", said.out);
}

/// A signed image in an embedded registry, and the Sigstore that signs for it.
struct Signed {
    machine: Machine,
    sigstore: PrivateSigstore,
    registry: Registry,
    digest: Digest,
    root: String,
}

impl Signed {
    fn new() -> Self {
        let registry = Registry::start(Options::default()).expect("a registry");
        let digest = push_index(&format!("{}/acme/app", registry.host()), "v1", &ImageSpec::good_pair());
        let sigstore = PrivateSigstore::new(jiff::Timestamp::now()).expect("a Sigstore");
        let machine = Machine::new();
        let root = machine.file("root.json", &sigstore.trusted_root().expect("a root").to_string());
        Self { machine, sigstore, registry, digest, root }
    }

    fn repository(&self) -> String {
        format!("{}/acme/app", self.registry.host())
    }

    fn certificate(&self, who: &Identity) -> Signer {
        certificate(&self.sigstore, who)
    }

    /// A classic signature of `subject`, beside those that are there.
    fn classic(&self, signer: &Signer, subject: &Digest) {
        sign_classic(&self.sigstore, signer, &self.repository(), subject);
    }

    /// A bundle as a referrer of the index.
    fn bundle(&self, signer: &Signer, predicate_type: &str) {
        let statement = statement(&self.digest, predicate_type, &json!({}));
        let bundle = self.sigstore.bundle(signer, &statement, jiff::Timestamp::now(), Evidence::V2);
        put_bundle(&self.repository(), &self.digest, &bundle.expect("a bundle"));
    }

    fn verify(&self, more: &[&str]) -> Said {
        let image = format!("{}:v1", self.repository());
        self.machine.verify(&[&[image.as_str(), "--trusted-root", &self.root][..], more].concat())
    }

    fn verify_ours(&self, more: &[&str]) -> Said {
        let who = ["--certificate-identity", WORKFLOW, "--certificate-oidc-issuer", ISSUER];
        self.verify(&[&who[..], more].concat())
    }
}

pub fn an_unsigned_image_is_not_signed_and_a_missing_one_is_not_there() {
    let signed = Signed::new();
    signed.verify_ours(&[]).exits(1).says(&["NOT SIGNED", "nothing is attached"]);
    let missing = format!("{}:v9", signed.repository());
    let who = ["--certificate-identity", WORKFLOW, "--certificate-oidc-issuer", ISSUER];
    signed.machine.verify(&[&[missing.as_str()][..], &who].concat()).exits(1).says(&[":v9 is not there"]);
}

pub fn both_formats_verify_and_who_can_read_them_is_said() {
    let signed = Signed::new();
    let signer = signed.certificate(&ours());
    signed.classic(&signer, &signed.digest);
    signed.verify_ours(&[]).exits(0).says(&["classic signature (.sig): read by cosign 2, cosign 3"]);
    signed.bundle(&signer, exitbar::model::COSIGN_SIGN_PREDICATE);
    signed.bundle(&signer, "https://slsa.dev/provenance/v1");
    let said = signed.verify_ours(&[]).exits(0);
    said.says(&["bundle, image signature: read by cosign 3", "bundle, attestation: read by cosign 3, gh"]);
    signed.verify_ours(&["--type", "slsaprovenance1"]).exits(0).says(&["VERIFIED"]);
    signed.verify_ours(&["--type", "spdxjson"]).exits(1).says(&["no attestation of type spdxjson"]);
}

pub fn without_a_rule_it_shows_who_signed_and_exits_2() {
    let signed = Signed::new();
    signed.classic(&signed.certificate(&ours()), &signed.digest);
    let exact = format!("--certificate-identity '{WORKFLOW}' --certificate-oidc-issuer '{ISSUER}'");
    signed.verify(&[]).exits(2).says(&["NOT JUDGED", &exact, "https://github.com/acme/app", COMMIT]);
    signed
        .verify(&["--certificate-identity", WORKFLOW])
        .exits(2)
        .says(&["--certificate-oidc-issuer is missing", &exact]);
    signed.verify(&["--certificate-identity", "", "--certificate-oidc-issuer", ISSUER]).exits(2);
}

pub fn a_rule_that_is_too_wide_verifies_with_a_warning() {
    let signed = Signed::new();
    signed.classic(&signed.certificate(&ours()), &signed.digest);
    let with = |rule: &str| {
        signed.verify(&["--certificate-identity-regexp", rule, "--certificate-oidc-issuer", ISSUER])
    };
    with(".*").exits(0).says(&["the rule is too wide", "it matches every identity", "exactly who signed"]);
    with("acme/app").exits(0).says(&["it does not begin with ^"]);
    let good = with(r"^https://github\.com/acme/app/").exits(0);
    assert!(!good.out.contains("too wide"), "{}", good.out);
    with(r"^https://github\.com/other/").exits(1).says(&[r"a match of ^https://github\.com/other/"]);
    with("(").exits(2).says(&["cannot be read"]);
}

pub fn a_stranger_beside_a_good_signature_is_a_warning_and_alone_is_rejected() {
    let signed = Signed::new();
    signed.classic(&signed.certificate(&stranger()), &signed.digest);
    signed.verify_ours(&[]).exits(1).says(&["REJECTED", "mallory/app", WORKFLOW]);
    signed.classic(&signed.certificate(&ours()), &signed.digest);
    signed.verify_ours(&[]).exits(0).says(&["VERIFIED", "beside a good one", "mallory/app"]);
}

pub fn a_platform_is_judged_by_its_own_signature() {
    let signed = Signed::new();
    let signer = signed.certificate(&ours());
    signed.classic(&signer, &signed.digest);
    signed.verify_ours(&["--platform", "linux/arm64"]).exits(1).says(&["NOT SIGNED"]);
    let shown = signed.verify_ours(&["--format", "json"]).exits(0).json();
    let subjects = shown["images"][0]["subjects"].as_array().expect("subjects").clone();
    let arm = subjects.iter().find(|on| on["platform"] == "linux/arm64").expect("arm64");
    let arm: Digest = arm["digest"].as_str().expect("a digest").parse().expect("a digest");
    signed.classic(&signer, &arm);
    signed.verify_ours(&["--platform", "linux/arm64"]).exits(0).says(&["VERIFIED"]);
    signed.verify_ours(&["--platform", "linux/s390x"]).exits(1).says(&["has no linux/s390x"]);
}

pub fn a_key_signed_image_verifies_with_its_key_only() {
    let signed = Signed::new();
    let signer = Signer::with_key().expect("a key");
    signed.classic(&signer, &signed.digest);
    let key = signed.machine.file("cosign.pub", &signer.public_key_pem());
    signed.verify(&["--key", &key]).exits(0).says(&["VERIFIED", "cosign verify --key"]);
    let other = signed.machine.file("other.pub", &Signer::with_key().expect("a key").public_key_pem());
    signed.verify(&["--key", &other]).exits(1).says(&["REJECTED"]);
    signed.verify_ours(&[]).exits(1).says(&["expected a certificate", "the key sha256:"]);
    signed.verify(&["--key", "nowhere.pub"]).exits(2).says(&["nowhere.pub"]);
}

pub fn a_registry_that_fails_could_not_be_looked_at() {
    let signed = Signed::new();
    signed.classic(&signed.certificate(&stranger()), &signed.digest);
    for path in ["*.sig", "*/referrers/*", "*/manifests/v1"] {
        signed.registry.fault(Fault::on(path, Trouble::Status(503)));
        signed.verify_ours(&[]).exits(4).says(&["COULD NOT LOOK", "503"]);
        signed.registry.mend();
    }
    let down = Machine::new();
    let who = ["--certificate-identity", WORKFLOW, "--certificate-oidc-issuer", ISSUER];
    down.verify(&[&["127.0.0.1:1/acme/app:v1"][..], &who].concat()).exits(4).says(&["127.0.0.1:1"]);
}

pub fn several_images_are_verified_and_the_worst_decides() {
    let signed = Signed::new();
    signed.classic(&signed.certificate(&ours()), &signed.digest);
    push_index(&signed.repository(), "unsigned", &[ImageSpec::good("amd64")]);
    let unsigned = format!("{}:unsigned", signed.repository());
    let said = signed.verify_ours(&[&unsigned, "--format", "json"]).exits(1).json();
    let results: Vec<&str> =
        said["images"].as_array().expect("images").iter().filter_map(|it| it["result"].as_str()).collect();
    assert_eq!(results, ["verified", "nothing there"]);
}

pub fn bad_usage_is_told_with_what_was_expected() {
    let machine = Machine::new();
    machine.verify(&[]).exits(2);
    machine.verify(&["127.0.0.1:1/UPPER/case"]).exits(2).says(&["UPPER/case"]);
    machine.verify(&["a/b@sha256:12"]).exits(2).says(&["is no digest"]);
    machine.verify(&["a/b:1", "--type", "nonsense"]).exits(2).says(&["slsaprovenance"]);
    machine.verify(&["--local-image", "nowhere"]).exits(2).says(&["nowhere is no OCI image layout"]);
    let root = machine.file("root.json", "{}");
    machine.verify(&["127.0.0.1:1/a/b:1", "--trusted-root", &root]).exits(2).says(&["root.json"]);
}
