//! Signs every index and every platform's manifest by digest, in every registry that has them, before any tag is set.

mod artifact;
mod classic;
mod job;
mod targets;
mod who;

use super::{Context, JobSink, Outline};
use crate::dod;
use crate::model::{Classic, Digest, Repository};

pub(super) use job::SigningJob;
pub(super) use targets::{Target, of_platform, targets};
pub(super) use who::who;

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
    who(context, Classic::Signature, &mut outline).await?;
    Ok(outline)
}

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let targets = unsigned(context)?;
    let job = SigningJob::open(Classic::Signature, targets.iter(), context, sink).await?;
    let turns = targets.iter().map(|target| job.sign(target)).collect();
    job.finish(turns, &format!("signed {} digests", targets.len())).await
}
