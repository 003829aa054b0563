//! What each command does: loads the configuration, starts a session, prints, and ends with its exit code.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::args::{AuditArgs, Cli, Color, Command, Executed, Format, Global};
use super::session::Session;
use super::{act, demo, doctor, exit, headless, sign, verify, verify_bundle};
use crate::cockpit::{Stamped, State};
use crate::config::{self, Loaded};
use crate::model::{Action, ScanKind, Scope, text};
use crate::report::{self, Look};
use crate::tui;

/// A command that ended without its result: the exit code and what to say.
#[derive(Debug)]
pub(super) struct Failure {
    pub code: u8,
    pub text: String,
}

impl Failure {
    pub fn usage(text: impl std::fmt::Display) -> Self {
        Self { code: exit::USAGE, text: text.to_string() }
    }

    pub fn own(text: impl ToString) -> Self {
        Self { code: exit::OWN_FAILURE, text: text.to_string() }
    }
}

/// Runs a command to its exit code.
pub(super) async fn run(cli: Cli) -> u8 {
    let global = cli.global;
    let result = match cli.command {
        None => cockpit_or_audit(&global).await,
        Some(Command::Audit(args)) => audit(&global, &args).await,
        Some(Command::Build(args)) => act::act(&global, Action::Build, &args, |_| Ok(())).await,
        Some(Command::Push(args)) => act::act(&global, Action::Push, &args, |_| Ok(())).await,
        Some(Command::Sign(args)) => sign::sign(&global, &args).await,
        Some(Command::Attest(args)) => sign::attest(&global, &args).await,
        Some(Command::Publish(args)) => act::publish(&global, &args).await,
        Some(Command::Promote(args)) => act::promote(&global, &args).await,
        Some(Command::RunVersion(args)) => act::act(&global, Action::RunVersion, &args, |_| Ok(())).await,
        Some(Command::Example(args)) => act::act(&global, Action::RunExample, &args, |_| Ok(())).await,
        Some(Command::Scan(args)) => act::act(&global, Action::Scan, &args, |_| Ok(())).await,
        Some(Command::Tag(args)) => act::act(&global, Action::Tag, &args, |_| Ok(())).await,
        Some(Command::Doctor(args)) => doctor::examine(&global, &args).await,
        Some(Command::Demo(args)) => demo::play(&global, &args).await,
        Some(Command::Verify(args)) => verify::verify(&global, &args).await,
        Some(Command::VerifyBundle(args)) => verify_bundle::verify_bundle(&args),
        Some(Command::Reap) => {
            crate::engine::reap(std::io::stdin().lock()).await;
            Ok(0)
        }
        Some(Command::DemoBuild(args)) => demo::build(&args.folder),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("exitbar: {}", text::clean(&failure.text));
        failure.code
    })
}

/// Loads the configuration and puts the flags over it.
pub(super) fn load(global: &Global, file: Option<&Path>) -> Result<Loaded, Failure> {
    let folder =
        std::env::current_dir().map_err(|error| Failure::own(format!("no working folder: {error}")))?;
    let mut loaded = config::load(file.or(global.config.as_deref()), &folder).map_err(Failure::usage)?;
    for (image, digest) in &global.digest {
        if loaded.release.image(image).is_none() {
            return Err(Failure::usage(format!(
                "--digest names the image {image}, which the release does not have"
            )));
        }
        loaded.scope.digests.insert(image.clone(), digest.clone());
    }
    let vulnerabilities = &mut loaded.policy.vulnerabilities;
    // Given here, a path begins here and not where the configuration is.
    vulnerabilities.scans.extend(global.scan_files.iter().map(|file| folder.join(file)));
    if let Some(sources) = vulnerabilities.sources.as_mut().filter(|_| !global.scan_files.is_empty()) {
        sources.insert(ScanKind::Files);
    }
    loaded.wiring.readonly |= global.readonly;
    loaded.wiring.no_store |= global.no_store;
    loaded.wiring.trust.offline |= global.offline;
    for warning in loaded.warnings.iter().filter(|_| !global.quiet) {
        eprintln!("exitbar: {}: {warning}", text::clean_line(&loaded.file.display().to_string()));
    }
    Ok(loaded)
}

/// Writes progress to standard error, until the session has ended.
pub(super) fn progress(global: &Global) -> (Vec<mpsc::Sender<Arc<Stamped>>>, Option<JoinHandle<()>>) {
    if global.quiet {
        return (Vec::new(), None);
    }
    let verbose = global.verbose;
    let (sender, mut events) = mpsc::channel::<Arc<Stamped>>(256);
    let task = tokio::spawn(async move {
        while let Some(stamped) = events.recv().await {
            if let Some(line) = headless::line(&stamped, verbose) {
                eprintln!("{line}");
            }
        }
    });
    (vec![sender], Some(task))
}

async fn cockpit_or_audit(global: &Global) -> Result<u8, Failure> {
    if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        let loaded = load(global, None)?;
        return cockpit(global, &loaded).await;
    }
    let args = AuditArgs { format: Format::Text, output: None, run: Vec::new(), accept_conditional: false };
    audit(global, &args).await
}

/// The cockpit on what was loaded; it begins with an audit.
pub(super) async fn cockpit(global: &Global, loaded: &Loaded) -> Result<u8, Failure> {
    let session = Session::start(loaded, Vec::new()).map_err(Failure::own)?;
    let options = tui::Options {
        keys: loaded.keys.clone(),
        theme: global.theme.clone().or_else(|| loaded.theme.clone()),
        color: global.color != Color::Never,
        scope: loaded.scope.clone(),
        report: Some(loaded.wiring.root.join("exitbar-report.md")),
    };
    let cockpit = session.cockpit();
    let done = tui::run(cockpit.states.clone(), cockpit.commands.clone(), options).await;
    session.quit().await;
    done.map(|()| 0).map_err(|error| Failure::own(format!("the terminal failed: {error}")))
}

async fn audit(global: &Global, args: &AuditArgs) -> Result<u8, Failure> {
    let loaded = load(global, None)?;
    let (observers, printing) = progress(global);
    let mut session = Session::start(&loaded, observers).map_err(Failure::own)?;
    let mut scope: Scope = loaded.scope.clone();
    for executed in &args.run {
        match executed {
            Executed::Run(kind) => {
                scope.run.insert(*kind);
            }
            Executed::Scan => scope.scan = true,
        }
    }
    let state = session.audit(scope).await.map_err(Failure::own)?;
    session.quit().await;
    if let Some(printing) = printing {
        let _ = printing.await;
    }
    let look = if args.output.is_none() { look(global) } else { Look::PLAIN };
    write(&printed(&state, args.format, look), args.output.as_deref())?;
    Ok(exit::of(&state.assessment, args.accept_conditional))
}

/// How the text looks on standard output.
fn look(global: &Global) -> Look {
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
    let input = report::Input {
        release: &state.release,
        policy: &state.policy,
        facts: &state.facts,
        assessment: &state.assessment,
        requests: &state.requests,
        started: state.round.started,
        finished: state.round.ended,
    };
    match format {
        Format::Text => report::text(&input, look),
        Format::Json => report::json(&input),
        Format::Markdown => report::markdown(&input),
    }
}

fn write(report: &str, output: Option<&Path>) -> Result<(), Failure> {
    if let Some(file) = output {
        std::fs::write(file, report)
            .map_err(|error| Failure::usage(format!("cannot write {}: {error}", file.display())))
    } else {
        // A reader that has seen enough (`| head`) is no failure.
        let _ = std::io::stdout().lock().write_all(report.as_bytes());
        Ok(())
    }
}
