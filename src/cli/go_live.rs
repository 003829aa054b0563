//! `exitbar go-live` without a screen: prints the way to production, or goes it as far as nobody is needed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::args::{Format, Global, GoLiveArgs};
use super::ask;
use super::exit;
use super::failure::Failure;
use super::load::load;
use super::print::{look, printed, write};
use super::progress::progress;
use super::screen::{cockpit, is_on_a_terminal, is_plain};
use super::session::{Acted, Session};
use crate::cockpit::State;
use crate::config::Loaded;
use crate::model::{Action, Doing, Scope, StepKey, StepState, Walk, WalkStep, text};
use crate::report::{self, Look};
use crate::tui::Opening;

/// Where the report is written, beside the configuration.
pub(super) const REPORT: &str = "exitbar-report.md";

/// Prints the walkthrough, or goes it; the verdict's exit code.
pub(super) async fn go_live(global: &Global, args: &GoLiveArgs) -> Result<u8, Failure> {
    let mut loaded = load(global, None)?;
    // Line by line it is printed, as it is without a terminal.
    if is_on_a_terminal() && !is_plain(global) && !args.dry_run && !args.yes {
        loaded.wiring.signing.login = true;
        return on_screen(global, &loaded, args).await;
    }
    let (observers, printing) = progress(global);
    let mut session = Session::start(&loaded, observers).map_err(Failure::own)?;
    let went = go(&mut session, &loaded, args).await;
    session.quit().await;
    if let Some(printing) = printing {
        let _ = printing.await;
    }
    let (state, stopped) = went?;
    let text =
        report::walkthrough(&state.report(), &state.walkthrough, state.progress.as_deref(), look(global));
    write(&text, None)?;
    if let Some(why) = stopped {
        eprintln!("exitbar: {}", text::clean(&why));
    }
    Ok(exit::of(&state.assessment, args.accept_conditional))
}

/// The walkthrough on the screen, after what the flags say of it.
async fn on_screen(global: &Global, loaded: &Loaded, args: &GoLiveArgs) -> Result<u8, Failure> {
    let speaks = args.restart || !args.skip.is_empty() || !args.done.is_empty();
    if speaks {
        let mut session = Session::start(loaded, Vec::new()).map_err(Failure::own)?;
        let said = go(&mut session, loaded, args).await;
        session.quit().await;
        said?;
    }
    cockpit(global, loaded, Opening::Walkthrough).await
}

/// What is known at the end, and why it went no further.
async fn go(
    session: &mut Session,
    loaded: &Loaded,
    args: &GoLiveArgs,
) -> Result<(Arc<State>, Option<String>), Failure> {
    let mut state = session.audit(loaded.scope.clone()).await.map_err(Failure::own)?;
    for walk in said(args, &state)? {
        state = session.walk(walk).await.map_err(Failure::own)?;
    }
    if !args.yes {
        return Ok((state, None));
    }
    let mut tried = BTreeSet::new();
    loop {
        let Some(step) = state.walkthrough.next().map(|place| state.walkthrough.steps[place].clone()) else {
            return Ok((state, None));
        };
        if !tried.insert(step.key) {
            return Ok((state, Some(stopped_at(&step))));
        }
        match do_it(session, loaded, &step).await? {
            Ok(after) => state = after,
            Err(why) => {
                let state = Arc::clone(&session.cockpit().states.borrow());
                return Ok((state, Some(why)));
            }
        }
    }
}

/// What the flags say of steps. Looking alone begins nothing.
fn said(args: &GoLiveArgs, state: &State) -> Result<Vec<Walk>, Failure> {
    let steps = args.skip.iter().map(|(key, _)| key).chain(&args.done);
    for key in steps {
        if state.walkthrough.step(*key).is_none() {
            let keys: Vec<String> = state.walkthrough.steps.iter().map(|step| step.key.to_string()).collect();
            let keys = keys.join(", ");
            return Err(Failure::usage(format!("this release has no step `{key}`; there are {keys}")));
        }
    }
    let mut walks = Vec::new();
    walks.extend(args.restart.then_some(Walk::Restart));
    walks.extend(args.yes.then_some(Walk::Begin));
    walks.extend(args.done.iter().map(|key| Walk::Say(*key)));
    walks.extend(args.skip.iter().map(|(key, reason)| Walk::Skip(*key, reason.clone())));
    Ok(walks)
}

/// Does one step; the inner error says why it cannot be done without the operator, or did not work.
async fn do_it(
    session: &mut Session,
    loaded: &Loaded,
    step: &WalkStep,
) -> Result<Result<Arc<State>, String>, Failure> {
    if let StepState::Waits(on) = &step.state {
        return Ok(Err(format!("{} waits for {on}", step.key)));
    }
    eprintln!("{}: {}", step.key, text::clean_line(&step.title));
    match step.doing {
        Doing::ByHand | Doing::ByHandThenLook => Ok(Err(needs_you(step))),
        Doing::Act(action) => act(session, step.key, action).await,
        Doing::Look => session.audit(Scope::clone(&loaded.scope)).await.map(Ok).map_err(Failure::own),
        Doing::Verify => session.verify().await.map(Ok).map_err(Failure::own),
        Doing::Write => {
            let state = Arc::clone(&session.cockpit().states.borrow());
            let file = loaded.wiring.root.join(REPORT);
            write(&printed(&state, Format::Markdown, Look::PLAIN)?, Some(&file))?;
            let walk = Walk::Reported(file.display().to_string());
            session.walk(walk).await.map(Ok).map_err(Failure::own)
        }
    }
}

async fn act(
    session: &mut Session,
    key: StepKey,
    action: Action,
) -> Result<Result<Arc<State>, String>, Failure> {
    let (id, plan) = match session.plan(action).await {
        Ok(planned) => planned,
        Err(why) => return Ok(Err(format!("{key}: {why}"))),
    };
    eprint!("{}", ask::words(&plan));
    if let Some(question) = &plan.second_question {
        session.decline(id).await;
        let command = action.command();
        return Ok(Err(format!("{key} needs you: {question} `{command} --yes` does it all the same")));
    }
    let (state, acted) = session.confirm(id, &plan).await.map_err(Failure::own)?;
    Ok(match acted {
        Acted::Done(_) => Ok(state),
        Acted::Not(why) => Err(format!("{key}: {why}")),
    })
}

/// What the operator has to do, and how to go on.
fn needs_you(step: &WalkStep) -> String {
    let key = step.key;
    let shown = match step.doing {
        Doing::ByHand => format!("exitbar go-live --yes --done {key}"),
        _ => "exitbar go-live --yes".to_owned(),
    };
    format!(
        "{key} needs you: {}: {} {} When it is done: `{shown}`. Or pass it over: `exitbar go-live --yes --skip \
         {key}=REASON`.",
        step.title, step.why, step.does
    )
}

fn stopped_at(step: &WalkStep) -> String {
    let (key, detail) = (step.key, step.state.detail());
    format!(
        "{key} is not done: {detail}. When that is mended: `exitbar go-live --yes`. Or pass it over: `exitbar go-live \
         --yes --skip {key}=REASON`."
    )
}
