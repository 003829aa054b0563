//! What ends on a day: waivers, ignored vulnerabilities, scans, the trust root.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::model::Policy;

use super::known::{Kind, Known, Loudness};

/// Something that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// What ends.
    pub subject: String,
    /// What it is about.
    pub kind: Kind,
    /// When.
    pub ends: Timestamp,
    /// What is so when it has ended.
    pub then: String,
}

/// What the policy itself lets end.
pub fn of_policy(policy: &Policy) -> Vec<Deadline> {
    let waivers = policy.waivers.iter().map(|waiver| {
        let image = waiver.image.as_ref().map_or(String::new(), |image| format!(" of {image}"));
        let platform = waiver.platform.as_ref().map_or(String::new(), |platform| format!(" on {platform}"));
        (format!("the waiver for {}{image}{platform}", waiver.item), waiver.until, "it counts no more")
    });
    let ignored = policy.vulnerabilities.ignore.iter().filter_map(|ignored| {
        Some((format!("the exception for {}", ignored.id), ignored.until?, "it is ignored no more"))
    });
    waivers
        .chain(ignored)
        .filter_map(|(subject, until, then)| {
            Some(Deadline {
                subject,
                kind: Kind::Waiver,
                ends: midnight_after(until)?,
                then: then.to_owned(),
            })
        })
        .collect()
}

/// 24:00 UTC of a day.
fn midnight_after(day: Date) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(day.tomorrow().ok()?.to_datetime(Time::midnight())).ok()
}

/// Notes what has ended, and what ends within `ahead`; forgets what neither does any more.
pub(super) fn apply(known: &mut Known, deadlines: &[Deadline], ahead: SignedDuration, at: Timestamp) {
    for deadline in deadlines {
        let left = deadline.ends.duration_since(at);
        let subject = known.subject(&deadline.subject);
        let ends = deadline.ends.strftime("%Y-%m-%d %H:%M UTC");
        if left <= SignedDuration::ZERO {
            let text = format!("ended at {ends}: {}", deadline.then);
            subject.concerned(deadline.kind, Loudness::Alarm, "ended", text, at);
        } else if left <= ahead {
            let text = format!("ends in {}, at {ends}", span(left));
            subject.concerned(deadline.kind, Loudness::Notice, "ending", text, at);
        } else {
            subject.concerns.remove(&deadline.kind);
        }
    }
}

/// `3 days`, `5 h`, `20 min`, `8 s`, rounded down.
pub(super) fn span(duration: SignedDuration) -> String {
    let (hours, minutes) = (duration.as_hours(), duration.as_mins());
    match (hours, minutes) {
        (48.., _) => format!("{} days", hours / 24),
        (1.., _) => format!("{hours} h"),
        (_, 1..) => format!("{minutes} min"),
        _ => format!("{} s", duration.as_secs().max(0)),
    }
}
