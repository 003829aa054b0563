//! What was known when an audit ended, so that a watch can be compared with it.

use crate::model::{Access, Assessment, Facts, Observed, Pass, Policy, Release};

use super::judged::{self, Verified};
use super::known::{Known, Presence};
use super::target::{Target, Top, of_release};
use super::watcher::Polled;

/// What an audit saw, as a watch would have seen it at that time.
pub fn of_audit(release: &Release, policy: &Policy, facts: &Facts, assessment: &Assessment) -> Known {
    let at = assessment.as_of;
    let mut known = Known::default();
    for target in of_release(release).iter().filter(|target| !target.moving) {
        if let Some(polled) = resolved(target, facts) {
            known.polled(target, &polled, at);
        }
    }
    let verified = Verified {
        judged: judged::of_assessment(release, assessment, facts),
        deadlines: judged::scan_deadlines(policy, assessment, facts),
        verdict: assessment.verdict.as_ref().map(|verdict| verdict.words().to_owned()),
        stale_root: None,
    };
    known.verified(&verified, Some(&name_of(release)), at);
    known
}

/// The name of a release as a subject.
pub fn name_of(release: &Release) -> String {
    format!("{} {}", release.name, release.version)
}

/// How a version tag had resolved, by strangers or with credentials.
fn resolved(target: &Target, facts: &Facts) -> Option<Polled> {
    let Top::Tag(tag) = &target.top else { return None };
    [Access::Anonymous, Access::Credentials].into_iter().find_map(|access| {
        let key = super::eyes::tag_key(target, tag, access, Pass::First);
        match facts.tag(&key)? {
            Observed::Seen(tag) => Some(Polled::Answer {
                presence: Presence::At(tag.digest.clone()),
                hidden: target.public && access == Access::Credentials,
            }),
            Observed::Absent(_) | Observed::Unknown(_) => None,
        }
    })
}
