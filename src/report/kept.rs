//! What a report of a kept audit says of its age: it is of then, and no verdict of now.

use jiff::Timestamp;

use crate::model::AuditSummary;

/// A time for people, always in UTC.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A sentence about a kept audit.
pub(super) fn sentence(kept: &AuditSummary) -> String {
    let id = &kept.id;
    let seen = match kept.times {
        1 => String::new(),
        times => format!(", seen the same {times} times until {}", time(kept.last_seen)),
    };
    let by =
        if kept.by == env!("CARGO_PKG_VERSION") { String::new() } else { format!(" by exitbar {}", kept.by) };
    format!(
        "Kept audit {id}, as of {}{by}{seen}. Stale: what is in the registries may be another by now; `exitbar audit` looks.",
        time(kept.finished)
    )
}
