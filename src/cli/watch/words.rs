//! What is told of a watch: sentences, and JSON.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::model::text;
use crate::watch::{Change, Known, Presence, Target};

/// A change as one sentence with its time.
pub(super) fn sentence(change: &Change) -> String {
    format!("{} {}: {}", time(change.at), change.level.word(), change.text)
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// How a target is now, as one sentence with the time of the look.
pub(super) fn standing(target: &Target, known: &Known, at: Timestamp) -> String {
    let subject = known.subjects.get(&target.reference);
    let state = subject.and_then(|subject| subject.tag.as_ref());
    let is = match state.and_then(|state| Some((state, state.presence.as_ref()?))) {
        None => "has not been seen yet".to_owned(),
        Some((state, presence)) => {
            let is = match presence {
                Presence::At(digest) => format!("is at {}", digest.short()),
                Presence::Gone(why) => format!("is not there: {why}"),
            };
            match (&state.unseen, state.seen_at) {
                (Some(_), Some(seen)) => format!("{is}, as last seen at {}", time(seen)),
                _ => is,
            }
        }
    };
    let signed = subject.and_then(|subject| subject.signer.as_ref());
    let signed = signed.map_or(String::new(), |who| format!(", signed by {who}"));
    format!("{} watching: {} {}", time(at), target.reference, text::clean_line(&format!("{is}{signed}")))
}

/// How everything is now.
pub(super) fn targets(targets: &[Target], known: &Known) -> Vec<Value> {
    let of = |target: &Target| {
        let subject = known.subjects.get(&target.reference);
        let state = subject.and_then(|subject| subject.tag.as_ref());
        let presence = state.and_then(|state| state.presence.as_ref());
        let unseen = state.and_then(|state| state.unseen.as_ref());
        json!({
            "reference": target.reference,
            "registry": target.repository.registry(),
            "image": target.image,
            "moving": target.moving,
            "state": match (presence, unseen) {
                (_, Some(_)) | (None, None) => "unknown",
                (Some(Presence::At(_)), None) => "there",
                (Some(Presence::Gone(_)), None) if state.is_some_and(|state| state.was.is_some()) => "gone",
                (Some(Presence::Gone(_)), None) => "absent",
            },
            "digest": state.and_then(|state| state.digest()),
            "seen_at": state.and_then(|state| state.seen_at),
            "reason": unseen.map(|unseen| &unseen.reason),
            "unseen_since": unseen.map(|unseen| unseen.since),
            "signer": subject.and_then(|subject| subject.signer.as_ref()),
            "verified_at": subject.and_then(|subject| subject.verified_at),
        })
    };
    targets.iter().map(of).collect()
}

/// Everything that is not as it should be, whether it changed or not.
pub(super) fn concerns(known: &Known) -> Vec<Value> {
    let of = |(subject, kind, concern): (&str, crate::watch::Kind, &crate::watch::Concern)| {
        json!({
            "subject": subject, "about": kind, "level": concern.loudness,
            "since": concern.since, "text": text::clean_line(&concern.text),
        })
    };
    known.concerns().into_iter().map(of).collect()
}
