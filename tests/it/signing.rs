//! Signatures of a private Sigstore, put where cosign puts them.

use exitbar::embedded::sigstore::{Evidence, Identity, PrivateSigstore, Signer};
use exitbar::model::Digest;
use serde_json::{Value, json};

use crate::image::{INDEX, MANIFEST};
use crate::pushing::Client;

pub const WORKFLOW: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v0.2.0";
pub const ISSUER: &str = "https://token.actions.githubusercontent.com";
pub const COMMIT: &str = "5f0c1d0a7be3f6d2c1a94be8d0f37a6c0b1e2d34";

/// Who releases.
pub fn ours() -> Identity {
    Identity::github("acme/app", ".github/workflows/release.yml", "refs/tags/v0.2.0", COMMIT)
}

/// Somebody else, by a workflow of the same name.
pub fn stranger() -> Identity {
    Identity::github("mallory/app", ".github/workflows/release.yml", "refs/tags/v0.2.0", COMMIT)
}

/// A certificate of now.
pub fn certificate(sigstore: &PrivateSigstore, who: &Identity) -> Signer {
    sigstore.certificate(who, jiff::Timestamp::now()).expect("a certificate")
}

/// Signs as cosign 2 does, beside the signatures that are there.
pub fn sign_classic(sigstore: &PrivateSigstore, signer: &Signer, repository: &str, subject: &Digest) {
    let now = jiff::Timestamp::now();
    let layer = sigstore.simple_signing(signer, repository, subject, now, Evidence::V1);
    let layer = layer.expect("a signature");
    add_classic(repository, subject, "sig", layer.media_type, layer.content, &json!(layer.annotations));
}

/// Puts one more layer into the manifest under a classic tag.
pub fn add_classic(
    repository: &str,
    subject: &Digest,
    kind: &str,
    media_type: &str,
    content: Vec<u8>,
    annotations: &Value,
) {
    let client = Client::of(repository);
    let blob = Digest::of(&content);
    let layer =
        json!({ "mediaType": media_type, "digest": blob, "size": content.len(), "annotations": annotations });
    client.blob(blob.as_str(), content);
    let mut layers = client.layers(&format!("sha256-{}.{kind}", subject.hex()));
    layers.push(layer);
    put_classic(repository, subject, kind, &layers);
}

/// Puts a manifest of these layers under a classic tag.
pub fn put_classic(repository: &str, subject: &Digest, kind: &str, layers: &[Value]) {
    let client = Client::of(repository);
    let empty = empty(&client);
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": empty, "size": 2 },
        "layers": layers,
    });
    let tag = format!("sha256-{}.{kind}", subject.hex());
    client.manifest(&tag, MANIFEST, manifest.to_string().into_bytes());
}

/// Puts a bundle as a referrer of `subject`.
pub fn put_bundle(repository: &str, subject: &Digest, bundle: &Value) {
    let client = Client::of(repository);
    let empty = empty(&client);
    let bundle = bundle.to_string().into_bytes();
    let (blob, size) = (Digest::of(&bundle), bundle.len());
    client.blob(blob.as_str(), bundle);
    let media_type = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": media_type,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2 },
        "layers": [{ "mediaType": media_type, "digest": blob, "size": size }],
        "subject": { "mediaType": INDEX, "digest": subject, "size": 1 },
    });
    let bytes = manifest.to_string().into_bytes();
    client.manifest(Digest::of(&bytes).as_str(), MANIFEST, bytes);
}

/// A statement of this type about `subject`.
pub fn statement(subject: &Digest, predicate_type: &str, predicate: &Value) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "", "digest": { "sha256": subject.hex() } }],
        "predicateType": predicate_type,
        "predicate": predicate,
    })
}

fn empty(client: &Client) -> Digest {
    let empty = Digest::of(b"{}");
    client.blob(empty.as_str(), b"{}".to_vec());
    empty
}
