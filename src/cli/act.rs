//! One action, headless: looks, plans, asks, does, and says what came of it.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::args::{ActionArgs, DispatchArgs, Global, PromoteArgs, PublishArgs};
use super::ask;
use super::failure::Failure;
use super::load::load;
use super::progress::progress;
use super::session::{Acted, Session};
use crate::cockpit::{Command, State};
use crate::config::Loaded;
use crate::model::{Action, Scope, ScopedDispatch};

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Publishes, with the tags that may be moved.
pub(super) async fn publish(global: &Global, args: &PublishArgs) -> Result<u8, Failure> {
    act(global, Action::Publish, &args.action, |loaded| {
        for name in &args.move_tag {
            let known = |(image, repository): (&crate::model::Image, &crate::model::Repository)| {
                repository.tagged(&image.tag) == *name
            };
            if !loaded.release.repositories().any(known) {
                let tags: Vec<String> = loaded
                    .release
                    .repositories()
                    .map(|(image, repository)| repository.tagged(&image.tag))
                    .collect();
                return Err(Failure::usage(format!(
                    "--move-tag {name} is no version tag of this release; there are {}",
                    tags.join(", ")
                )));
            }
            loaded.scope.move_tags.insert(name.clone());
        }
        Ok(())
    })
    .await
}

/// Promotes, from a repository that may be given.
pub(super) async fn promote(global: &Global, args: &PromoteArgs) -> Result<u8, Failure> {
    act(global, Action::Promote, &args.action, |loaded| {
        if let Some(from) = &args.from {
            if !loaded.release.repositories().any(|(_, repository)| repository == from) {
                return Err(Failure::usage(format!("--from {from} is no repository of this release")));
            }
            loaded.scope.promote_from = Some(from.clone());
        }
        Ok(())
    })
    .await
}

/// Starts the release workflow, or takes up a run.
pub(super) async fn dispatch(global: &Global, args: &DispatchArgs) -> Result<u8, Failure> {
    let taken_up = [
        (args.rerun_failed, Action::RerunFailed),
        (args.cancel, Action::CancelRun),
        (args.watch, Action::WatchRun),
    ];
    let taken_up = taken_up.into_iter().find_map(|(run, action)| Some((run?, action)));
    let (run, action) = taken_up.map_or((None, Action::Dispatch), |(run, action)| (Some(run), action));
    act(global, action, &args.action, |loaded| {
        loaded.scope.dispatch = ScopedDispatch {
            workflow: args.workflow.clone(),
            reference: args.reference.clone(),
            inputs: args.input.iter().cloned().collect(),
            run,
        };
        Ok(())
    })
    .await
}

/// One action; `flags` puts what only this action takes over what was loaded.
pub(super) async fn act(
    global: &Global,
    action: Action,
    args: &ActionArgs,
    flags: impl FnOnce(&mut Loaded) -> Result<(), Failure>,
) -> Result<u8, Failure> {
    in_turn(global, &[action], args, flags).await
}

/// Several actions, each when the one before it is done.
pub(super) async fn in_turn(
    global: &Global,
    actions: &[Action],
    args: &ActionArgs,
    flags: impl FnOnce(&mut Loaded) -> Result<(), Failure>,
) -> Result<u8, Failure> {
    let mut loaded = load(global, None)?;
    flags(&mut loaded)?;
    let (observers, printing) = progress(global);
    let mut session = Session::start(&loaded, observers).map_err(Failure::own)?;
    let cockpit = session.cockpit();
    let interrupted = tokio::spawn(cancel_when_interrupted(cockpit.commands.clone(), cockpit.states.clone()));
    let mut code = Ok(0);
    for action in actions {
        code = act_in(&mut session, &loaded, *action, args).await;
        // What comes after it can be planned only when it is done; the first plan says that it comes.
        if args.dry_run || !matches!(code, Ok(0)) {
            break;
        }
    }
    session.quit().await;
    let was_interrupted = interrupted.is_finished();
    interrupted.abort();
    if let Some(printing) = printing {
        let _ = printing.await;
    }
    match code {
        Err(failure) if was_interrupted => Err(Failure { code: INTERRUPTED, ..failure }),
        code => code,
    }
}

/// Ctrl-C stops a job at its next safe point, so that nothing is left running; where none runs, and the second
/// time, it ends the program.
pub(super) async fn cancel_when_interrupted(
    commands: mpsc::Sender<Command>,
    states: watch::Receiver<Arc<State>>,
) {
    interrupt().await;
    let running: Vec<_> = states.borrow().running_jobs().map(|job| job.id).collect();
    if running.is_empty() {
        std::process::exit(i32::from(INTERRUPTED));
    }
    for id in running {
        let _ = commands.send(Command::Cancel(id)).await;
    }
    tokio::spawn(async {
        interrupt().await;
        std::process::exit(i32::from(INTERRUPTED));
    });
}

async fn interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

async fn act_in(
    session: &mut Session,
    loaded: &Loaded,
    action: Action,
    args: &ActionArgs,
) -> Result<u8, Failure> {
    let scope = Scope { run: std::collections::BTreeSet::default(), scan: false, ..loaded.scope.clone() };
    session.audit(scope).await.map_err(Failure::own)?;
    let (id, plan) = match session.plan(action).await {
        Ok(planned) => planned,
        Err(why) => return Err(Failure { code: 1, text: why }),
    };
    print!("{}", ask::words(&plan));
    if args.dry_run {
        session.decline(id).await;
        return Ok(0);
    }
    if !args.yes && !ask::confirmed(&plan) {
        session.decline(id).await;
        return Ok(1);
    }
    let (state, acted) = session.confirm(id, &plan).await.map_err(Failure::own)?;
    let score = format!("{}, proven {}", state.assessment.readiness, state.assessment.proven.points);
    match acted {
        Acted::Done(line) => {
            println!("{action}: {line}; {score}");
            Ok(0)
        }
        Acted::Not(why) => Err(Failure { code: 1, text: format!("{action}: {why}") }),
    }
}
