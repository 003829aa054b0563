//! The last GO, as something that a look can be compared with. Pure.

use jiff::Timestamp;

use crate::model::{Access, Audit, AuditId, Evidence, Observed, Pass, TagFact};

use super::eyes::tag_key;
use super::judged::{self, Verified};
use super::known::{Known, Presence, TagState};
use super::target::{Target, Top};

/// What was known when the release was GO last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastGo {
    /// What was known.
    pub known: Known,
    /// When.
    pub at: Option<Timestamp>,
    /// The kept audit that ended with it; none where only a watch saw it.
    pub audit: Option<AuditId>,
}

impl LastGo {
    /// What a watch knew.
    pub fn of_watch(known: Known) -> Self {
        Self { at: known.seen_at(), known, audit: None }
    }

    /// What a kept audit knew of what is watched.
    pub fn of_audit(audit: &Audit, targets: &[Target]) -> Self {
        let at = audit.summary.finished;
        let mut known = Known::default();
        for target in targets {
            let Some((presence, evidence)) = resolved(audit, target) else { continue };
            let state = TagState {
                presence: Some(presence),
                seen_at: Some(evidence.at),
                moving: target.moving,
                ..TagState::default()
            };
            known.subject(&target.reference).tag = Some(state);
        }
        let verified = Verified {
            judged: judged::of_assessment(&audit.release, &audit.assessment, &audit.facts),
            verdict: Some(audit.summary.verdict.words().to_owned()),
            ..Verified::default()
        };
        let release = format!("{} {}", audit.release.name, audit.release.version);
        known.verified(&verified, Some(&release), at);
        Self { known, at: Some(at), audit: Some(audit.summary.id.clone()) }
    }
}

/// What a tag resolved to when the audit ended, however it was asked for.
fn resolved<'a>(audit: &'a Audit, target: &Target) -> Option<(Presence, &'a Evidence)> {
    let Top::Tag(tag) = &target.top else { return None };
    let others = [Access::Anonymous, Access::Credentials];
    let ways = std::iter::once(target.access).chain(others);
    ways.flat_map(|access| [(access, Pass::Last), (access, Pass::First)]).find_map(|(access, pass)| {
        let key = tag_key(target, tag, access, pass);
        let presence = match audit.facts.tag(&key)? {
            Observed::Seen(TagFact { digest }) => Presence::At(digest.clone()),
            Observed::Absent(absence) => Presence::Gone(absence.to_string()),
            Observed::Unknown(_) => return None,
        };
        Some((presence, audit.facts.get(&key)?.evidence.as_ref()))
    })
}
