//! What every plan that signs says at its end: as whom, into which log, and that a public log is public.

use crate::actions::{Context, Outline};
use crate::dod;
use crate::model::Classic;

/// Adds it to `outline`; `kind` is what is written.
///
/// # Errors
/// When there is nobody to sign as.
pub(in crate::actions) async fn who(
    context: &Context,
    kind: Classic,
    outline: &mut Outline,
) -> Result<(), String> {
    let Context { release, policy, facts, world, .. } = context;
    let rule = match kind {
        Classic::Signature => &policy.signature,
        Classic::Attestation | Classic::Sbom => policy.for_attestations(),
    };
    let signing = world.signing().await.map_err(|reason| reason.to_string())?;
    let services = signing.services();
    outline.steps.push(format!("as {}, logged in {}", signing.who(), services.log()));
    if world.wiring.signing.classic {
        outline.steps.push(format!("write the classic .{} tags as well", kind.suffix()));
    }
    // Alone, a signature of somebody else is a hard stop: better said before it is there.
    if let Some(why) = signing.signer().and_then(|signer| dod::objection(release, rule, facts, &signer)) {
        outline.warnings.push(format!("this signature would not do: {why}"));
    }
    if services.is_public() {
        outline.warnings.push(format!(
            "the identity and the digests are written into {}, which everybody can read, for ever",
            services.log()
        ));
    }
    Ok(())
}
