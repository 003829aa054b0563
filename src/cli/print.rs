//! What is known, printed.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use super::args::{Color, Format, Global};
use super::failure::Failure;
use crate::cockpit::State;
use crate::report::{self, Look};

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
pub(super) fn printed(state: &State, format: Format, look: Look) -> String {
    let input = state.report();
    match format {
        Format::Text => report::text(&input, look),
        Format::Json => report::json(&input),
        Format::Markdown => report::markdown(&input),
    }
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
