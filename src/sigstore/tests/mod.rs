//! What signatures of real signers come to, and what is left when a part of their evidence is taken away.

mod bundles;
mod classic;
mod keys;
mod private;
mod refresh;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::{Examined, PublicKey, TrustMaterial, Verifier};
use crate::model::{
    CertificateSigner, Digest, SignatureOutcome, SignatureStepKind, SignatureStepOutcome, Signer,
};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub(super) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).unwrap()
}

fn digest(hex: &str) -> Digest {
    format!("sha256:{hex}").parse().unwrap()
}

/// A digest that no fixture signed.
fn other() -> Digest {
    Digest::of(b"another image")
}

fn public() -> Verifier {
    Verifier::new(&TrustMaterial::public_good().unwrap(), &[]).unwrap()
}

fn with_keys(keys: &[PublicKey]) -> Verifier {
    Verifier::new(&TrustMaterial::public_good().unwrap(), keys).unwrap()
}

/// A verifier by the private Sigstore of `keyless-private-sigstore`, its trust root changed.
fn private(change: impl FnOnce(&mut Value)) -> Verifier {
    let mut root = json("keyless-private-sigstore.trusted_root.json");
    change(&mut root);
    let material = TrustMaterial::from_bytes(root.to_string().as_bytes(), "private").unwrap();
    Verifier::new(&material, &[]).unwrap()
}

/// A layer of a classic manifest: its bytes and annotations.
struct Layer {
    bytes: Vec<u8>,
    annotations: BTreeMap<String, String>,
}

fn layer(layout: &str, manifest: &str) -> Layer {
    let manifest = json(&format!("{layout}/blobs/sha256/{manifest}"));
    let layer = &manifest["layers"][0];
    let blob = layer["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned();
    Layer {
        bytes: fixture(&format!("{layout}/blobs/sha256/{blob}")),
        annotations: serde_json::from_value(layer["annotations"].clone()).unwrap(),
    }
}

fn certificate(examined: &Examined) -> &CertificateSigner {
    match &examined.signature.outcome {
        SignatureOutcome::Valid(Signer::Certificate(signer)) => signer,
        other => panic!("{other:?}"),
    }
}

/// The words of an invalid signature; the step that failed is the last one listed.
fn invalid(examined: &Examined, step: SignatureStepKind) -> String {
    let SignatureOutcome::Invalid(words) = &examined.signature.outcome else {
        panic!("{:?}", examined.signature)
    };
    let last = examined.signature.checks.steps.last().unwrap();
    assert_eq!(last.kind, step, "{words}");
    assert!(matches!(last.outcome, SignatureStepOutcome::Failed(_)), "{last:?}");
    assert!(examined.signature.checks.log.is_empty() && examined.signature.checks.times.is_empty());
    assert_eq!((&examined.signature.predicate_type, &examined.predicate), (&None, &None));
    words.clone()
}

fn unsupported(examined: &Examined) -> String {
    match &examined.signature.outcome {
        SignatureOutcome::Unsupported(words) => words.clone(),
        other => panic!("{other:?}"),
    }
}

/// The steps that hold.
fn passed(examined: &Examined) -> Vec<SignatureStepKind> {
    let steps = examined.signature.checks.steps.iter();
    steps
        .filter(|step| matches!(step.outcome, SignatureStepOutcome::Passed(_)))
        .map(|step| step.kind)
        .collect()
}

/// The steps that the trust root, or the kind of signature, does not ask for.
fn not_required(examined: &Examined) -> Vec<SignatureStepKind> {
    let steps = examined.signature.checks.steps.iter();
    steps
        .filter(|step| matches!(step.outcome, SignatureStepOutcome::NotRequired(_)))
        .map(|step| step.kind)
        .collect()
}
