//! Signs every index and every platform's manifest by digest, in every registry that has them, before any tag is set.

mod artifact;
mod classic;
mod job;
mod targets;
mod who;

use super::{Context, JobSink, Outline};
use crate::dod;
use crate::model::{Classic, Digest, FactKey, Repository, SignatureFormat};

pub(super) use job::SigningJob;
pub(super) use targets::{Target, of_platform, targets};
pub(super) use who::who;

/// What lacks a good signature.
struct Unsigned {
    /// Digests in the repositories that have none at all.
    targets: Vec<Target>,
    /// Digests in the repositories that have one, but none for older verifiers, where those are asked for.
    classic_only: Vec<Target>,
}

impl Unsigned {
    fn of(context: &Context) -> Result<Self, String> {
        let Context { release, policy, facts, .. } = context;
        let is_signed =
            |at: (&Repository, &Digest), format| dod::is_signed(release, policy, facts, at, format);
        let signed = |to: &Repository, target: &Target| is_signed((to, &target.subject), None);
        let lacks_classic = |to: &Repository, target: &Target| {
            let (repository, subject) = (to.clone(), target.subject.clone());
            let tag = FactKey::ClassicTag { repository, subject, kind: Classic::Signature };
            // Where only the index is judged, its tag alone is looked at: the platforms were signed with it.
            let subject = if facts.get(&tag).is_some() { &target.subject } else { &target.index };
            !is_signed((to, subject), Some(SignatureFormat::SimpleSigning))
        };
        let all = targets(context)?;
        let wants_classic = context.world.wiring.signing.classic;
        Ok(Self {
            targets: in_those(&all, |to, target| !signed(to, target)),
            classic_only: in_those(&all, |to, target| {
                wants_classic && signed(to, target) && lacks_classic(to, target)
            }),
        })
    }

    fn count(&self) -> usize {
        self.targets.len() + self.classic_only.len()
    }
}

/// The targets in those of their repositories that are `wanted`.
fn in_those(all: &[Target], wanted: impl Fn(&Repository, &Target) -> bool) -> Vec<Target> {
    let in_those = |target: &Target| {
        let repositories = target.repositories.iter().filter(|to| wanted(to, target)).cloned().collect();
        Target { repositories, ..target.clone() }
    };
    all.iter().map(in_those).filter(|target| !target.repositories.is_empty()).collect()
}

pub(super) async fn outline(context: &Context) -> Result<Outline, String> {
    let mut outline = Outline::default();
    let unsigned = Unsigned::of(context)?;
    if unsigned.count() == 0 {
        return Err("everything that is there is signed; nothing to sign".to_owned());
    }
    let all = unsigned.targets.iter().map(|target| (target, ""));
    for (target, how) in
        all.chain(unsigned.classic_only.iter().map(|target| (target, " for older verifiers")))
    {
        let (subject, what, places) = (&target.subject, target.what(), target.places());
        outline.steps.push(format!("sign {subject} ({what}) in {places}{how}"));
        outline.digests.insert(target.image.clone(), target.index.clone());
    }
    who(context, Classic::Signature, &mut outline).await?;
    Ok(outline)
}

pub(super) async fn perform(context: &Context, sink: &JobSink) -> Result<String, String> {
    let unsigned = Unsigned::of(context)?;
    let all = unsigned.targets.iter().chain(&unsigned.classic_only);
    let job = SigningJob::open(Classic::Signature, all, context, sink).await?;
    let whole = unsigned.targets.iter().map(|target| (target, false));
    let turns = whole.chain(unsigned.classic_only.iter().map(|target| (target, true)));
    let turns = turns.map(|(target, only_classic)| job.sign(target, only_classic)).collect();
    job.finish(turns, &format!("signed {} digests", unsigned.count())).await
}
