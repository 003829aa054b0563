//! What each command does: loads the configuration, starts a session, prints, and ends with its exit code.

use super::args::{AuditArgs, Cli, Command, Executed, Format, Global};
use super::failure::Failure;
use super::load::load;
use super::print::{look, printed, write};
use super::progress::progress;
use super::screen::{cockpit, is_on_a_terminal, is_plain};
use super::session::Session;
use super::{
    act, demo, doctor, exit, go_live, history, init, plain, replay, sign, verify, verify_bundle, watch,
};
use crate::model::{Action, Scope, text};
use crate::report::Look;
use crate::tui::Opening;

/// Runs a command to its exit code.
pub(super) async fn run(cli: Cli) -> u8 {
    let global = cli.global;
    let result = match cli.command {
        None => cockpit_or_audit(&global).await,
        Some(Command::Init(args)) => init::init(&global, &args).await,
        Some(Command::Audit(args)) => audit(&global, &args).await,
        Some(Command::Build(args)) => act::act(&global, Action::Build, &args, |_| Ok(())).await,
        Some(Command::Push(args)) => act::act(&global, Action::Push, &args, |_| Ok(())).await,
        Some(Command::Sign(args)) => sign::sign(&global, &args).await,
        Some(Command::Attest(args)) => sign::attest(&global, &args).await,
        Some(Command::Publish(args)) => act::publish(&global, &args).await,
        Some(Command::Promote(args)) => act::promote(&global, &args).await,
        Some(Command::RunVersion(args)) => {
            let action = if args.published { Action::RunPublished } else { Action::RunVersion };
            act::act(&global, action, &args.action, |_| Ok(())).await
        }
        Some(Command::GoLive(args)) => go_live::go_live(&global, &args).await,
        Some(Command::Example(args)) => act::act(&global, Action::RunExample, &args, |_| Ok(())).await,
        Some(Command::Scan(args)) => sign::scan(&global, &args).await,
        Some(Command::Tag(args)) => act::act(&global, Action::Tag, &args, |_| Ok(())).await,
        Some(Command::Dispatch(args)) => act::dispatch(&global, &args).await,
        Some(Command::Doctor(args)) => doctor::examine(&global, &args).await,
        Some(Command::Demo(args)) => demo::play(&global, &args).await,
        Some(Command::History(args)) => history::history(&global, &args),
        Some(Command::Report(args)) => history::report(&global, &args),
        Some(Command::Replay(args)) => replay::replay(&global, &args),
        Some(Command::Verify(args)) => verify::verify(&global, &args).await,
        Some(Command::Watch(args)) => watch::watch(&global, &args).await,
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

async fn cockpit_or_audit(global: &Global) -> Result<u8, Failure> {
    if is_plain(global) {
        let loaded = load(global, None)?;
        return plain::cockpit(global, &loaded).await;
    }
    if is_on_a_terminal() {
        let mut loaded = load(global, None)?;
        loaded.wiring.signing.login = true;
        return cockpit(global, &loaded, Opening::Panes).await;
    }
    let args = AuditArgs { format: Format::Text, output: None, run: Vec::new(), accept_conditional: false };
    audit(global, &args).await
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
    write(&printed(&state, args.format, look)?, args.output.as_deref())?;
    Ok(exit::of(&state.assessment, args.accept_conditional))
}
