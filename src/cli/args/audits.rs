//! Flags of what judges and prints: audits, the history of them, replays.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Printed;
use crate::model::RunKind;

/// Flags of an audit.
#[derive(Debug, Clone, Args)]
pub struct AuditArgs {
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Where to write it, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What to execute where no evidence is kept: version, example, healthcheck, scan
    #[arg(long, value_delimiter = ',', value_parser = executed)]
    pub run: Vec<Executed>,
    /// Exit with 0 on a conditional GO
    #[arg(long)]
    pub accept_conditional: bool,
}

/// What an audit executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executed {
    /// A program of an image.
    Run(RunKind),
    /// The scanners.
    Scan,
}

/// How an audit is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
    /// The report for people.
    Markdown,
    /// Everything that was seen and how it was judged, for `exitbar replay`.
    Facts,
}

/// Flags of the history.
#[derive(Debug, Clone, Args)]
pub struct HistoryArgs {
    /// Two audits beside each other.
    #[command(subcommand)]
    pub command: Option<HistoryCommand>,
    /// Of every release that is kept on this machine; needs no configuration
    #[arg(long)]
    pub all: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Printed::Text)]
    pub format: Printed,
    /// How many audits to list, the newest first
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub limit: usize,
}

/// What else the history answers.
#[derive(Debug, Clone, Subcommand)]
pub enum HistoryCommand {
    /// What moved between two kept audits
    ///
    /// Exit codes: 0 nothing moved, 1 something did, 2 no such audit.
    Diff(DiffArgs),
}

/// Flags of a comparison.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The one before: the first letters of its id, last, previous, last-go
    #[arg(value_name = "A", default_value = "previous")]
    pub before: String,
    /// The one after
    #[arg(value_name = "B", default_value = "last")]
    pub after: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Printed::Text)]
    pub format: Printed,
}

/// Flags of the report of a kept audit.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Which: the first letters of its id, last, previous, last-go
    #[arg(value_name = "RUN", default_value = "last")]
    pub run: String,
    /// How to print it
    #[command(flatten)]
    pub print: PrintArgs,
}

/// Flags of a replay.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The file of facts; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How to print it
    #[command(flatten)]
    pub print: PrintArgs,
}

/// How a report of then is printed.
#[derive(Debug, Clone, Args)]
pub struct PrintArgs {
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Where to write it, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 0 on a conditional GO
    #[arg(long)]
    pub accept_conditional: bool,
}

fn executed(given: &str) -> Result<Executed, String> {
    if given == "scan" {
        return Ok(Executed::Scan);
    }
    let found = RunKind::ALL.into_iter().find(|kind| kind.word() == given);
    found.map(Executed::Run).ok_or_else(|| "expected version, example, healthcheck or scan".to_owned())
}
