use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::embedded::sigstore::{Identity, PrivateSigstore, Running};
use crate::model::{Digest, SignatureOutcome, Signer};
use crate::sigstore::tests::fixture;
use crate::sigstore::{Origin, PublicKey, TrustMaterial, Verifier};

const REPOSITORY: &str = "registry.example/acme/app";

struct World {
    sigstore: PrivateSigstore,
    running: Running,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let sigstore = PrivateSigstore::new(Timestamp::now()).unwrap();
        let running = sigstore.start(Timestamp::now).unwrap();
        Self { sigstore, running, folder: tempfile::tempdir().unwrap() }
    }

    fn services(&self) -> Services {
        self.services_of(|_| {})
    }

    fn services_of(&self, change: impl FnOnce(&mut Value)) -> Services {
        let mut config = self.running.signing_config().unwrap();
        change(&mut config);
        let file = self.folder.path().join("signing_config.json");
        std::fs::write(&file, config.to_string()).unwrap();
        Services::from_file(&file).unwrap()
    }

    fn keyless(&self, services: Services) -> Signing {
        let token = self.running.token(&Identity::email("dev@acme.test")).unwrap();
        Signing::keyless(services, &token).unwrap()
    }

    fn verifier(&self, keys: &[PublicKey]) -> Verifier {
        let root = self.sigstore.trusted_root().unwrap().to_string();
        Verifier::new(&TrustMaterial::from_bytes(root.as_bytes(), "root").unwrap(), keys).unwrap()
    }
}

fn image() -> Digest {
    Digest::of(b"image")
}

fn statement() -> Vec<u8> {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": REPOSITORY, "digest": { "sha256": image().hex() } }],
        "predicateType": crate::model::COSIGN_SIGN_PREDICATE,
        "predicate": {},
    })
    .to_string()
    .into_bytes()
}

fn key() -> SecretKey {
    let pem = String::from_utf8(fixture("sigstore/cosign-encrypted-empty-password.key")).unwrap();
    SecretKey::open(&pem, "").unwrap()
}

/// The signing config with only a log of the first version and no timestamps.
fn only_first(config: &mut Value) {
    config["tsaUrls"] = json!([]);
    config["rekorTlogUrls"].as_array_mut().unwrap().retain(|log| log["majorApiVersion"] == 1);
}

#[tokio::test]
async fn a_keyless_bundle_verifies_as_the_token_s_identity() {
    let world = World::new();
    for services in [world.services(), world.services_of(only_first)] {
        let signing = world.keyless(services);
        assert!(signing.who().starts_with("dev@acme.test ("), "{}", signing.who());
        let bundle = signing.bundle(&statement()).await.unwrap();
        let examined = world.verifier(&[]).bundle(&bundle, &image(), Origin::Referrer);
        let SignatureOutcome::Valid(Signer::Certificate(signer)) = examined.signature.outcome else {
            panic!("{examined:?}")
        };
        assert_eq!(signer.identity, "dev@acme.test");
    }
}

#[test]
fn whom_a_verifier_will_see_is_told_from_the_token() {
    let world = World::new();
    let of = |identity: &Identity| {
        let token = world.running.token(identity).unwrap();
        match Signing::keyless(world.services(), &token).unwrap().signer() {
            Some(Signer::Certificate(signer)) => signer,
            other => panic!("{other:?}"),
        }
    };
    let workflow = Identity::github("acme/app", ".github/workflows/release.yml", "refs/tags/v1", "0123abc");
    let seen = of(&workflow);
    assert_eq!((seen.identity, seen.issuer), (workflow.subject(), workflow.issuer().to_owned()));
    assert_eq!(seen.source_repository.as_deref(), Some("https://github.com/acme/app"));
    assert_eq!(of(&Identity::email("dev@acme.test")).identity, "dev@acme.test");
}

#[tokio::test]
async fn a_bundle_of_a_key_verifies_with_that_key_only() {
    let world = World::new();
    let public = key().public().clone();
    for services in [world.services(), world.services_of(only_first)] {
        let bundle = Signing::with_key(services, key()).bundle(&statement()).await.unwrap();
        let of = |keys: &[PublicKey]| {
            world.verifier(keys).bundle(&bundle, &image(), Origin::Referrer).signature.outcome
        };
        let signer = |configured| {
            SignatureOutcome::Valid(Signer::Key { fingerprint: public.fingerprint(), configured })
        };
        assert_eq!(of(std::slice::from_ref(&public)), signer(true));
        assert_eq!(of(&[]), signer(false));
    }
}

#[tokio::test]
async fn a_classic_signature_verifies_keyless_and_by_key() {
    let world = World::new();
    let repository = REPOSITORY.parse().unwrap();
    let public = key().public().clone();
    for signing in [world.keyless(world.services()), Signing::with_key(world.services(), key())] {
        let signed = signing.classic(&repository, &image()).await.unwrap();
        let examined = world.verifier(std::slice::from_ref(&public)).simple_signing(
            &signed.payload,
            &signed.annotations,
            &image(),
        );
        assert!(matches!(examined.signature.outcome, SignatureOutcome::Valid(_)), "{examined:?}");
    }
}

#[tokio::test]
async fn a_classic_attestation_verifies_keyless_and_by_key() {
    let world = World::new();
    let public = key().public().clone();
    for signing in [world.keyless(world.services()), Signing::with_key(world.services(), key())] {
        let signed =
            signing.classic_attestation(&statement(), crate::model::COSIGN_SIGN_PREDICATE).await.unwrap();
        let examined = world.verifier(std::slice::from_ref(&public)).classic_attestation(
            &signed.payload,
            &signed.annotations,
            &image(),
        );
        assert!(matches!(examined.signature.outcome, SignatureOutcome::Valid(_)), "{examined:?}");
    }
}

#[tokio::test]
async fn a_service_that_refuses_is_named_with_its_answer_and_without_the_token() {
    use crate::embedded::{Fault, Trouble};
    let world = World::new();
    let token = world.running.token(&Identity::email("dev@acme.test")).unwrap();
    for path in ["/api/v2/signingCert", "/api/v*/log/entries"] {
        world.running.fault(Fault::on(path, Trouble::Status(503)));
        let signing = Signing::keyless(world.services_of(only_first), &token).unwrap();
        let refused = signing.bundle(&statement()).await.unwrap_err().to_string();
        assert!(refused.contains("503") && refused.contains("127.0.0.1"), "{refused}");
        assert!(!refused.contains(&token) && !refused.contains("eyJ"), "{refused}");
        world.running.mend();
    }
}

#[test]
fn a_token_that_expired_or_is_none_is_refused_before_anything_is_sent() {
    let world = World::new();
    let old: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let old = world.sigstore.token(&Identity::email("dev@acme.test"), old).unwrap();
    let refusal = |token: &str| match Signing::keyless(world.services(), token) {
        Ok(_) => panic!("it was taken"),
        Err(reason) => reason.to_string(),
    };
    assert!(refusal(&old).contains("expired at 2026-01-01"), "{}", refusal(&old));
    assert!(refusal("no token").contains("cannot be read"));
}

#[test]
fn cosign_s_encrypted_key_opens_with_its_password_and_no_other() {
    let pem = String::from_utf8(fixture("sigstore/cosign-encrypted-empty-password.key")).unwrap();
    assert!(SecretKey::open(&pem, "").is_ok());
    assert_eq!(SecretKey::open(&pem, "wrong").err(), Some(KeyTrouble::Password));
    for no_key in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "-----BEGIN x"] {
        assert!(matches!(SecretKey::open(no_key, "").err(), Some(KeyTrouble::Invalid(_))), "{no_key}");
    }
}

#[test]
fn a_key_that_asks_for_endless_work_is_refused() {
    use base64::Engine as _;
    let sealed = json!({
        "kdf": { "name": "scrypt", "params": { "N": 1_u32 << 30, "r": 8, "p": 1 }, "salt": "AAAA" },
        "cipher": { "name": "nacl/secretbox", "nonce": "AAAA" },
        "ciphertext": "AAAA",
    });
    let body = base64::engine::general_purpose::STANDARD.encode(sealed.to_string());
    let label = "ENCRYPTED SIGSTORE PRIVATE KEY";
    let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    assert!(matches!(SecretKey::open(&pem, "").err(), Some(KeyTrouble::Invalid(_))));
}

#[test]
fn a_signing_config_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    assert!(Services::from_file(&file).unwrap_err().to_string().contains("config.json"));
    std::fs::write(&file, "{}").unwrap();
    assert!(Services::from_file(&file).unwrap_err().to_string().contains("config.json"));
    assert!(Services::public_good().unwrap().is_public());
}
