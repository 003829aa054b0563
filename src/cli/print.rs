//! What is known, printed.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use super::args::{Color, Format, Global};
use super::failure::Failure;
use crate::cockpit::State;
use crate::model::{Audit, AuditTimes};
use crate::report::{self, Input, Look};

/// How the text looks on standard output.
pub(super) fn look(global: &Global) -> Look {
    let colors = match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => supports_color::on(supports_color::Stream::Stdout).is_some(),
    };
    let terminal = std::io::stdout().is_terminal();
    let width = terminal.then(crossterm::terminal::size).and_then(Result::ok);
    Look { colors, width: width.map(|(columns, _)| usize::from(columns).max(40)) }
}

/// What is known, in a format.
pub(super) fn printed(state: &State, format: Format, look: Look) -> Result<String, Failure> {
    in_format(&state.report(), format, look, || finished(state))
}

/// A kept audit, in a format, as it was then.
pub(super) fn printed_kept(audit: &Audit, format: Format, look: Look) -> Result<String, Failure> {
    in_format(&Input::of_kept(audit), format, look, || Some(audit.clone()))
}

fn in_format(
    input: &Input,
    format: Format,
    look: Look,
    audit: impl FnOnce() -> Option<Audit>,
) -> Result<String, Failure> {
    match format {
        Format::Text => Ok(report::text(input, look)),
        Format::Json => Ok(report::json(input)),
        Format::Markdown => Ok(report::markdown(input)),
        Format::Facts => {
            let audit =
                audit().ok_or_else(|| Failure::own("the audit has not ended: it has no verdict yet"))?;
            report::facts(&audit).map_err(|error| Failure::own(format!("the facts are no JSON: {error}")))
        }
    }
}

/// What is known as a finished audit; none while there is no verdict.
fn finished(state: &State) -> Option<Audit> {
    let times =
        AuditTimes { started: state.round.started, finished: state.round.ended.unwrap_or(state.facts.as_of) };
    Audit::of(
        (&state.release, &state.policy, &state.scope),
        state.facts.clone(),
        state.assessment.as_ref().clone(),
        state.requests.clone(),
        times,
    )
}

pub(super) fn write(report: &str, output: Option<&Path>) -> Result<(), Failure> {
    if let Some(file) = output {
        std::fs::write(file, report)
            .map_err(|error| Failure::usage(format!("cannot write {}: {error}", file.display())))
    } else {
        // A reader that has seen enough (`| head`) is no failure.
        let _ = std::io::stdout().lock().write_all(report.as_bytes());
        Ok(())
    }
}
