//! Progress on standard error, a line per event that matters.

use crate::cockpit::{Event, Severity, Stamped};
use crate::model::{JobEvent, JobOutcome, text};

/// What an event says to somebody who waits; nothing for most.
pub fn line(stamped: &Stamped, verbose: bool) -> Option<String> {
    let line = match &stamped.event {
        Event::Began(..) => "looking".to_owned(),
        Event::Ended(_) => "looked at everything".to_owned(),
        Event::Fact(_, _, fact, evidence) => {
            let reason = fact.reason();
            match reason {
                Some(reason) => format!("unknown: {reason}"),
                None if verbose => format!("{} {}", evidence.source, evidence.method),
                None => return None,
            }
        }
        Event::Job(_, JobEvent::Queued(action)) => format!("{action}: queued"),
        Event::Job(_, JobEvent::Output(line)) => format!("  {line}"),
        Event::Job(_, JobEvent::Ended(outcome)) => match outcome {
            JobOutcome::Done(done) => format!("done: {done}"),
            JobOutcome::Failed(why) => format!("failed: {why}"),
            JobOutcome::Cancelled => "cancelled".to_owned(),
        },
        Event::Kept(Err(why)) => format!("warning: this audit is not kept: {why}"),
        Event::Notice(Severity::Warning, warning) => format!("warning: {warning}"),
        _ => return None,
    };
    Some(text::clean_line(&line).into_owned())
}
