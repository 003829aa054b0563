//! A signed statement as an artifact that refers to its subject (cosign, `BUNDLE_SPEC.md`; OCI image-spec, `manifest.md`).

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::Target;
use crate::actions::{Context, attach};
use crate::formats::manifest;
use crate::gather;
use crate::model::{Descriptor, Digest, Repository};
use crate::registry::Content;

/// The media type of a Sigstore bundle of today.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// The media type and the bytes of an empty config.
const EMPTY: (&str, &[u8]) = ("application/vnd.oci.empty.v1+json", b"{}");

/// An in-toto statement (v1) about a digest.
pub(super) fn statement(subject: &Digest, predicate_type: &str, predicate: &Value) -> Vec<u8> {
    let subject = BTreeMap::from([(subject.algorithm(), subject.hex())]);
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        // Some verifiers ask for a name, and none minds an empty one.
        "subject": [{ "name": "", "digest": subject }],
        "predicateType": predicate_type,
        "predicate": predicate,
    })
    .to_string()
    .into_bytes()
}

/// Puts the config that every artifact has into each repository once, before several artifacts are pushed at a time:
/// else each of them would push it.
pub(super) async fn prepare(repositories: &BTreeSet<&Repository>, context: &Context) -> Result<(), String> {
    let empty = Digest::of(EMPTY.1);
    let push = |to| context.world.registries.push_blob(to, &empty, Content::Bytes(EMPTY.1.into()));
    for (to, pushed) in repositories.iter().zip(join_all(repositories.iter().copied().map(push)).await) {
        pushed.map_err(|reason| format!("{to}: {reason}"))?;
    }
    Ok(())
}

/// Signs a statement and attaches it to its subject in each repository of the target.
pub(super) async fn vouch(
    target: &Target,
    signing: &gather::Signing,
    predicate_type: &str,
    statement: &[u8],
    context: &Context,
) -> Result<(), String> {
    let bundle = signing.bundle(statement).await;
    let bundle = bundle.map_err(|reason| format!("{}: {reason}", target.what()))?;
    let attached =
        target.repositories.iter().map(|to| attach_bundle(to, target, &bundle, predicate_type, context));
    let failures: Vec<String> = join_all(attached).await.into_iter().filter_map(Result::err).collect();
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

async fn attach_bundle(
    to: &Repository,
    target: &Target,
    bundle: &[u8],
    predicate_type: &str,
    context: &Context,
) -> Result<(), String> {
    let failed = |reason: crate::model::Reason| format!("{to}: {reason}");
    let (blob, empty) = (Digest::of(bundle), Digest::of(EMPTY.1));
    let registries = &context.world.registries;
    registries.push_blob(to, &blob, Content::Bytes(bundle.into())).await.map_err(failed)?;
    let subject = gather::manifest_bytes(to, &target.subject, &context.facts, &context.world).await;
    let subject = described(&target.subject, &subject.map_err(failed)?).map_err(failed)?;
    let annotations = BTreeMap::from([
        ("dev.sigstore.bundle.content".to_owned(), "dsse-envelope".to_owned()),
        ("dev.sigstore.bundle.predicateType".to_owned(), predicate_type.to_owned()),
    ]);
    let layer = plain(BUNDLE, blob, bundle.len());
    let config = plain(EMPTY.0, empty, EMPTY.1.len());
    let bytes = manifest::write_artifact(BUNDLE, &config, &layer, &subject, &annotations);
    let descriptor = Descriptor {
        artifact_type: Some(BUNDLE.to_owned()),
        annotations,
        ..plain(manifest::OCI_MANIFEST, Digest::of(&bytes), bytes.len())
    };
    attach::push(to, &target.subject, &descriptor, manifest::OCI_MANIFEST, &bytes, context).await
}

fn described(digest: &Digest, bytes: &[u8]) -> Result<Descriptor, crate::model::Reason> {
    Ok(plain(manifest::parse(bytes)?.media_type(), digest.clone(), bytes.len()))
}

pub(super) fn plain(media_type: &str, digest: Digest, size: usize) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest,
        size: size as u64,
        platform: None,
        artifact_type: None,
        annotations: BTreeMap::new(),
    }
}
