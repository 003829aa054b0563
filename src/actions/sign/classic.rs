//! The tags of cosign before version 3, for verifiers that know nothing else.

use super::Target;
use super::artifact::plain;
use crate::actions::{Context, attach};
use crate::gather;
use crate::model::{Classic, Descriptor, Digest, Repository};
use crate::registry::Content;

const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// Signs the target once more as cosign 2 does, and adds that to the `.sig` tag of each repository.
pub(super) async fn sign(
    target: &Target,
    signing: &gather::Signing,
    context: &Context,
) -> Result<(), String> {
    for to in &target.repositories {
        in_repository(to, target, signing, context).await?;
    }
    Ok(())
}

/// Attests once more as cosign 2 does, and adds that to the `.att` tag of each repository.
pub(in crate::actions) async fn attest(
    target: &Target,
    signing: &gather::Signing,
    predicate_type: &str,
    statement: &[u8],
    context: &Context,
) -> Result<(), String> {
    let signed = signing.classic_attestation(statement, predicate_type).await;
    let signed = signed.map_err(|reason| format!("{}: {reason}", target.what()))?;
    let blob = Digest::of(&signed.payload);
    let layer =
        Descriptor { annotations: signed.annotations, ..plain(DSSE, blob.clone(), signed.payload.len()) };
    for to in &target.repositories {
        let content = Content::Bytes(signed.payload.clone().into());
        let pushed = context.world.registries.push_blob(to, &blob, content).await;
        pushed.map_err(|reason| format!("{to}: {}: {reason}", target.what()))?;
        attach::add_layer(to, &target.subject, Classic::Attestation, &layer, context).await?;
    }
    Ok(())
}

async fn in_repository(
    to: &Repository,
    target: &Target,
    signing: &gather::Signing,
    context: &Context,
) -> Result<(), String> {
    let failed = |reason: crate::model::Reason| format!("{to}: {}: {reason}", target.what());
    let signed = signing.classic(to, &target.subject).await.map_err(failed)?;
    let blob = Digest::of(&signed.payload);
    let layer = Descriptor {
        annotations: signed.annotations,
        ..plain(SIMPLE_SIGNING, blob.clone(), signed.payload.len())
    };
    let registries = &context.world.registries;
    registries.push_blob(to, &blob, Content::Bytes(signed.payload.into())).await.map_err(failed)?;
    attach::add_layer(to, &target.subject, Classic::Signature, &layer, context).await
}
