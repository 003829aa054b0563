//! Signs every index and every platform's manifest by digest, in every registry that has them, before any tag is set.

mod artifact;
mod classic;
mod targets;

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Context, JobSink, Outline};
use crate::dod;
use crate::gather::Signing;
use crate::model::{COSIGN_SIGN_PREDICATE, Digest, Repository, SignaturePolicy};

pub(super) use artifact::{prepare, statement, vouch};
pub(super) use classic::attest as attest_classic;
pub(super) use targets::{Target, targets};

/// How many digests are signed at the same time.
const AT_ONCE: usize = 4;

/// What is signed: a digest in the repositories that lack a good signature.
fn unsigned(context: &Context) -> Result<Vec<Target>, String> {
    let signed = |repository: &Repository, subject: &Digest| {
        dod::is_signed(&context.release, &context.policy, &context.facts, repository, subject)
    };
    let mut targets = targets(context)?;
    for target in &mut targets {
        target.repositories.retain(|repository| !signed(repository, &target.subject));
    }
    targets.retain(|target| !target.repositories.is_empty());
    Ok(targets)
}

pub(super) async fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    for target in unsigned(context)? {
        outline.steps.push(format!("sign {} ({}) in {}", target.subject, target.what(), target.places()));
        outline.digests.insert(target.image.clone(), target.index.clone());
    }
    if outline.steps.is_empty() {
        return Err("everything that is there is signed; nothing to sign".to_owned());
    }
    who(context, &context.policy.signature, &mut outline).await?;
    if context.world.wiring.signing.classic {
        outline.steps.push("write the classic .sig tags as well".to_owned());
    }
    Ok(outline)
}

/// As whom, and into which log; that a public log is public.
pub(super) async fn who(
    context: &Context,
    rule: &SignaturePolicy,
    outline: &mut Outline,
) -> Result<(), String> {
    let signing = context.world.signing().await.map_err(|reason| reason.to_string())?;
    let services = signing.services();
    outline.steps.push(format!("as {}, logged in {}", signing.who(), services.log()));
    // Alone, a signature of somebody else is a hard stop: better said before it is there.
    if let Some(why) = signing.signer().and_then(|it| dod::objection(&context.release, rule, &it)) {
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

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let targets = unsigned(context)?;
    let signing = context.world.signing().await.map_err(|reason| reason.to_string())?;
    let turns = Turns::new(targets.len(), "signing");
    sink.progress(0, targets.len(), "signing").await;
    prepare(targets.iter(), context).await?;
    let signed = join_all(targets.iter().map(|target| one(target, &signing, &turns, context, sink))).await;
    finished(&signed, &format!("signed {} digests as {}", targets.len(), signing.who()))
}

async fn one(
    target: &Target,
    signing: &Signing,
    turns: &Turns,
    context: &Context,
    sink: &JobSink,
) -> Result<(), String> {
    let _turn = turns.take().await;
    let statement = statement(&target.subject, COSIGN_SIGN_PREDICATE, &json!({}));
    vouch(target, signing, COSIGN_SIGN_PREDICATE, &statement, context).await?;
    if context.world.wiring.signing.classic {
        classic::sign(target, signing, context).await?;
    }
    sink.line(&format!("{} ({}) is signed in {}", target.subject, target.what(), target.places())).await;
    turns.done(sink).await;
    Ok(())
}

/// Not everything at once: each signature asks Fulcio, a log and every registry.
pub(super) struct Turns {
    free: Semaphore,
    done: AtomicUsize,
    total: usize,
    what: &'static str,
}

impl Turns {
    pub fn new(total: usize, what: &'static str) -> Self {
        Self { free: Semaphore::new(AT_ONCE), done: AtomicUsize::new(0), total, what }
    }

    /// Waits for a turn. None only when turns have ended, which they do not.
    pub async fn take(&self) -> Option<SemaphorePermit<'_>> {
        self.free.acquire().await.ok()
    }

    pub async fn done(&self, sink: &JobSink) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        sink.progress(done, self.total, self.what).await;
    }
}

/// The outcome of several attempts; each reason why one failed is said once.
pub(super) fn finished(attempts: &[Result<(), String>], words: &str) -> Result<String, String> {
    let mut said: Vec<&str> = Vec::new();
    for why in attempts.iter().filter_map(|attempt| attempt.as_ref().err()) {
        if !said.contains(&why.as_str()) {
            said.push(why);
        }
    }
    if said.is_empty() {
        return Ok(words.to_owned());
    }
    let done = attempts.iter().filter(|attempt| attempt.is_ok()).count();
    Err(format!("{done} of {} done: {}", attempts.len(), said.join("; ")))
}
