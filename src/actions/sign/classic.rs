//! The tags of cosign before version 3, for verifiers that know nothing else.

use super::Target;
use super::artifact::plain;
use crate::actions::{Context, attach};
use crate::gather::{self, ClassicSignature};
use crate::model::{Classic, Descriptor, Digest, Repository};
use crate::registry::Content;

const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// Signs the target once more as cosign 2 does, and adds that to the `.sig` tag of each repository: the payload names it.
pub(super) async fn sign(
    target: &Target,
    signing: &gather::Signing,
    context: &Context,
) -> Result<(), String> {
    for to in &target.repositories {
        let signed = signing.classic(to, &target.subject).await;
        let signed = signed.map_err(|reason| format!("{to}: {}: {reason}", target.what()))?;
        add(to, target, Classic::Signature, &signed, context).await?;
    }
    Ok(())
}

/// Attests once more as cosign 2 does, and adds that to the `.att` tag of each repository.
pub(super) async fn attest(
    target: &Target,
    signing: &gather::Signing,
    predicate_type: &str,
    statement: &[u8],
    context: &Context,
) -> Result<(), String> {
    let signed = signing.classic_attestation(statement, predicate_type).await;
    let signed = signed.map_err(|reason| format!("{}: {reason}", target.what()))?;
    for to in &target.repositories {
        add(to, target, Classic::Attestation, &signed, context).await?;
    }
    Ok(())
}

/// Adds what was signed to the classic tag of its kind.
async fn add(
    to: &Repository,
    target: &Target,
    kind: Classic,
    signed: &ClassicSignature,
    context: &Context,
) -> Result<(), String> {
    let media_type = if kind == Classic::Signature { SIMPLE_SIGNING } else { DSSE };
    let blob = Digest::of(&signed.payload);
    let layer = Descriptor {
        annotations: signed.annotations.clone(),
        ..plain(media_type, blob.clone(), signed.payload.len())
    };
    let content = Content::Bytes(signed.payload.clone().into());
    let pushed = context.world.registries.push_blob(to, &blob, content).await;
    pushed.map_err(|reason| format!("{to}: {}: {reason}", target.what()))?;
    attach::add_layer(to, &target.subject, kind, &layer, context).await
}
