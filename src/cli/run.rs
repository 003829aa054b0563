//! What each command does: loads the configuration, starts a session, prints, and ends with its exit code.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::args::{ActionArgs, AuditArgs, Cli, Command as Cmd, DemoArgs, Format, Global};
use super::session::{Acted, Session};
use super::{exit, headless};
use crate::cockpit::{Stamped, State};
use crate::config::{self, Loaded};
use crate::model::{Action, RunKind, Scope};
use crate::{demo, embedded, report, tui};

/// A command that ended without its result: the exit code and what to say.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    text: String,
}

impl Failure {
    fn usage(text: impl ToString) -> Self {
        Self { code: exit::USAGE, text: text.to_string() }
    }

    fn own(text: impl ToString) -> Self {
        Self { code: exit::OWN_FAILURE, text: text.to_string() }
    }
}

/// Runs a command to its exit code.
pub async fn run(cli: Cli) -> u8 {
    let global = cli.global;
    let result = match cli.command {
        None => cockpit_or_audit(&global).await,
        Some(Cmd::Audit(args)) => audit(&global, &args).await,
        Some(Cmd::Build(args)) => act(&global, Action::Build, &args).await,
        Some(Cmd::Push(args)) => act(&global, Action::Push, &args).await,
        Some(Cmd::Publish(args)) => act(&global, Action::Publish, &args).await,
        Some(Cmd::RunVersion(args)) => act(&global, Action::RunVersion, &args).await,
        Some(Cmd::Example(args)) => act(&global, Action::RunExample, &args).await,
        Some(Cmd::Demo(args)) => play(&global, &args).await,
        Some(Cmd::DemoBuild(args)) => demo::build(&args.folder).map(|()| 0).map_err(Failure::own),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("exitbar: {}", failure.text);
        failure.code
    })
}
