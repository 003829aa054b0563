//! The facts that an action is meant to make true: the plan's points are the difference of two assessments, one
//! of them on these.
//!
//! Nothing is promised that would not come: what cannot be built or run here, or is not there to be pushed, stays
//! as it is.

mod attach;
mod build;
mod mend;
mod release;
mod runs;

use crate::model::{
    Absence, AbsenceKind, Access, Action, Digest, Evidence, Fact, FactKey, Facts, Level, Observed, Pass,
    Policy, Referrers, ReferrersVia, Release, RunKind, Scope, Staged,
};

use super::agreement::with_commit;
use super::wants;

pub(super) use mend::mend;
pub(super) use runs::runs_here;

/// The facts that `action` is meant to make true, and what an audit would see around them.
///
/// - `Build`: every image that is built here is local on every platform, within budget, with new digests, so
///   that its runs are untried again; what its Dockerfile declares is what its config says.
/// - `RunVersion`, `RunExample`: they pass where the platform can run. Another platform than the native one is
///   promised only when it was seen to run emulated, and not after `NoEmulation`. A program that failed would
///   fail again.
/// - `Push`: what is built is in every repository by digest, with nothing attached to it.
/// - `Promote`: what one repository has is in the others, with what is attached to it.
/// - `Sign`, `AttestSbom`: what is staged or published is signed and attested as the policy wants it.
/// - `Tag`: the git tag is at HEAD, here and on the remote.
/// - `Publish`: the tags resolve to the staged digest wherever that is.
///
/// - `Scan`: every platform is scanned now; where a scanner found something it finds it again.
///
/// A digest that the scope gives is what is staged. A run that the scope would ask for counts as not made yet, so that
/// the assessment is not pending on it.
pub fn suppose(action: Action, release: &Release, policy: &Policy, scope: &Scope, facts: &Facts) -> Facts {
    let release = &*with_commit(release, facts);
    let mut supposed = with_given_digests(scope, facts);
    match action {
        Action::Build => build::build(release, policy, &mut supposed),
        Action::RunVersion | Action::RunPublished => {
            runs::run(RunKind::Version, release, policy, &mut supposed);
            runs::run(RunKind::Healthcheck, release, policy, &mut supposed);
        }
        Action::RunExample => runs::run(RunKind::Example, release, policy, &mut supposed),
        Action::Push => release::push(release, &mut supposed),
        Action::Publish => release::publish(release, &mut supposed),
        Action::Promote => release::promote(release, &mut supposed),
        Action::Tag => release::tag(release, &mut supposed),
        Action::Sign => attach::sign(release, policy, &mut supposed),
        Action::AttestSbom => attach::attest_sbom(release, policy, &mut supposed),
        // They say elsewhere what is known here.
        Action::AttestTests | Action::AttestScan => {}
        // What a workflow will do nobody can promise here.
        Action::Dispatch | Action::RerunFailed | Action::CancelRun | Action::WatchRun => {}
        Action::Scan => attach::scan(release, policy, &mut supposed),
    }
    settle(release, policy, &mut supposed);
    supposed
}

/// What the operator gave as staged, as if this machine had staged it.
pub(super) fn with_given_digests(scope: &Scope, facts: &Facts) -> Facts {
    let mut supposed = facts.clone();
    for (image, digest) in &scope.digests {
        let staged = Staged { digest: digest.clone(), at: None };
        let fact = Fact::Staged(Observed::Seen(staged));
        put(&mut supposed, FactKey::Staged(image.clone()), fact, Level::Registry);
    }
    supposed
}

/// What an audit would see around the facts that are supposed: nothing attached, no run kept, the tags still
/// there at the end. What else is wanted stays wanted.
pub(super) fn settle(release: &Release, policy: &Policy, facts: &mut Facts) {
    let scope = Scope { run: RunKind::ALL.into(), ..Scope::default() };
    loop {
        let before = facts.len();
        for key in wants(release, policy, &scope, facts).into_keys() {
            if let Some(fact) = surrounding(&key, facts) {
                put(facts, key, fact, Level::Registry);
            }
        }
        if facts.len() == before {
            return;
        }
    }
}

fn surrounding(key: &FactKey, facts: &Facts) -> Option<Fact> {
    let absent = |text: &str| Some(Fact::absent(key, absence(text)));
    match key {
        FactKey::Referrers { .. } => {
            let none = Referrers { via: ReferrersVia::Api, manifests: Vec::new() };
            Some(Fact::Referrers(Observed::Seen(none)))
        }
        FactKey::ClassicTag { .. } => absent("nothing is attached"),
        FactKey::Present { .. } => absent("it was not pushed there"),
        FactKey::StoredRuns(_) => Some(Fact::StoredRuns(Observed::Seen(0))),
        FactKey::StoredScans(_) => Some(Fact::StoredScans(Observed::Seen(0))),
        FactKey::Scan { .. } => absent("it was not scanned yet"),
        FactKey::Run { kind, .. } => absent(match kind {
            RunKind::Version => "--version was not run yet",
            RunKind::Example => "the example was not run yet",
            RunKind::Healthcheck => "the healthcheck was not run yet",
        }),
        FactKey::Tag { repository, tag, access, pass: Pass::Last } => {
            let first = FactKey::Tag {
                repository: repository.clone(),
                tag: tag.clone(),
                access: *access,
                pass: Pass::First,
            };
            facts.get(&first).map(|entry| entry.fact.as_ref().clone())
        }
        _ => None,
    }
}

fn absence(text: &str) -> Absence {
    Absence { kind: AbsenceKind::NotFound, text: text.to_owned() }
}

/// Keeps a supposed fact, as old as the clock.
pub(super) fn put(facts: &mut Facts, key: FactKey, fact: Fact, level: Level) {
    let evidence = Evidence {
        subject: "supposed".to_owned(),
        source: "plan".to_owned(),
        method: "supposed to be done".to_owned(),
        level,
        at: facts.as_of,
        exit: None,
        raw: Vec::new(),
    };
    facts.insert(key, fact, evidence);
}

/// A digest that no content has.
fn invented(what: &str) -> Digest {
    Digest::of(format!("supposed: {what}").as_bytes())
}

/// How an image's tags are read first.
fn access(image: &crate::model::Image) -> Access {
    super::stage::first_access(image)
}

#[cfg(test)]
mod tests;
