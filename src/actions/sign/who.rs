//! Who signs, into which log, and that a public log is public: what every plan that signs says at its end; and the login that a
//! job waits for where nobody is known yet.

use std::sync::Arc;

use crate::actions::{Context, JobSink, Outline};
use crate::dod;
use crate::gather::{Login, Services, Signing, Who};
use crate::model::Classic;

/// Adds what a plan says of it to `outline`; `kind` is what is written.
///
/// # Errors
/// When there is nobody to sign as.
pub(in crate::actions) async fn who(
    context: &Context,
    kind: Classic,
    outline: &mut Outline,
) -> Result<(), String> {
    let found = context.world.who_signs().await.map_err(|reason| reason.to_string())?;
    let services = match &found {
        Who::Known(signing) => {
            outline.steps.push(format!("as {}, logged in {}", signing.who(), signing.services().log()));
            // Alone, a signature of somebody else is a hard stop: better said before it is there.
            if let Some(why) = objection(context, kind, signing) {
                outline.warnings.push(format!("this signature would not do: {why}"));
            }
            signing.services()
        }
        Who::WhoLogsIn(services) => {
            outline.steps.push(format!(
                "as whoever logs in with a browser at {} (the job says where), logged in {}",
                services.provider().unwrap_or_default(),
                services.log()
            ));
            services
        }
    };
    if context.world.wiring.signing.classic {
        outline.steps.push(format!("write the classic .{} tags as well", kind.suffix()));
    }
    if services.is_public() {
        outline.warnings.push(format!(
            "the identity and the digests are written into {}, which everybody can read, for ever",
            services.log()
        ));
    }
    Ok(())
}

/// Who signs in a job. Where nobody is known, somebody logs in first; what that person signs has to do.
///
/// # Errors
/// When there is nobody to sign as.
pub(super) async fn signing(
    context: &Context,
    kind: Classic,
    sink: &JobSink,
) -> Result<Arc<Signing>, String> {
    match context.world.who_signs().await.map_err(|reason| reason.to_string())? {
        Who::Known(signing) => Ok(signing),
        Who::WhoLogsIn(services) => {
            let signing = log_in(context, *services, sink).await?;
            sink.line(&format!("logged in as {}", signing.who())).await;
            // No plan has shown it.
            match objection(context, kind, &signing) {
                None => Ok(signing),
                Some(why) => Err(format!("this signature would not do: {why}; nothing was signed")),
            }
        }
    }
}

async fn log_in(context: &Context, services: Services, sink: &JobSink) -> Result<Arc<Signing>, String> {
    let login = Login::here(&services).await.map_err(|reason| reason.to_string())?;
    let address = login.short_address().unwrap_or_else(|| login.address().to_owned());
    sink.line(&format!("to sign, log in at {}, with a browser of this machine:", login.provider())).await;
    sink.line(&address).await;
    sink.progress(0, 1, format!("log in at {address}")).await;
    context.world.log_in(services, login).await.map_err(|reason| reason.to_string())
}

fn objection(context: &Context, kind: Classic, signing: &Signing) -> Option<String> {
    let Context { release, policy, facts, .. } = context;
    let rule = match kind {
        Classic::Signature => &policy.signature,
        Classic::Attestation | Classic::Sbom => policy.for_attestations(),
    };
    dod::objection(release, rule, facts, &signing.signer()?)
}
