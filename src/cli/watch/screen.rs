//! A watch on a terminal: by itself, or beside a cockpit.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::super::args::{Global, WatchArgs};
use super::super::failure::Failure;
use super::super::screen::{options, terminal_failed};
use super::stream::{keeper, run_hook};
use super::{Watch, call, of_release, title};
use crate::cockpit::State;
use crate::config::Loaded;
use crate::dod;
use crate::model::{Facts, Policy, Release, Scope};
use crate::registry::now;
use crate::tui::{self, Opening, Sources, Told, Watched};
use crate::watch::{Change, Command, Edge, Schedule, View, run};

/// How many looks may wait for the screen.
const WAITING: usize = 16;
/// How many commands may wait for a look to end: each key once, and whether to look at all.
const COMMANDS: usize = 4;

/// Watches on the terminal until the operator quits.
pub(super) async fn screen(global: &Global, args: &WatchArgs, watch: Watch) -> Result<u8, Failure> {
    let mut options = options(global, &watch.screen, &watch.keys)?;
    (options.opening, options.readonly) = (Opening::Watch, true);
    // Held to the end: nobody audits, and no command of a cockpit is taken.
    let (_states, states) = watch::channel(Arc::new(watch.state.clone()));
    let (commands, _refused) = mpsc::channel(1);
    let (watched, ends) = channels(watch.title.clone(), args);
    let showing = Box::pin(tui::run(Sources { states, commands, watched: Some(watched) }, options));
    tokio::select! {
        done = showing => done.map_err(terminal_failed)?,
        looked = Box::pin(look(args, watch, ends)) => looked?,
    }
    Ok(0)
}

/// A watch beside a cockpit, which begins with the first command.
pub(super) fn beside(args: WatchArgs, loaded: Loaded) -> (Watched, impl Future<Output = Infallible>) {
    let (watched, mut ends) = channels(title(&loaded.release), &args);
    let watching = async move {
        if ends.commands.recv().await.is_some() {
            let told = ends.told.clone();
            let looked = match of_release(loaded, &args) {
                Ok(watch) => Box::pin(look(&args, watch, ends)).await,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = looked {
                let _ = told.send(Told::Trouble(failure.text)).await;
            }
        }
        std::future::pending().await
    };
    (watched, watching)
}

/// The ends of a watch's channels that are not the screen's.
struct Ends {
    views: watch::Sender<Arc<View>>,
    told: mpsc::Sender<Told>,
    commands: mpsc::Receiver<Command>,
}

fn channels(title: String, args: &WatchArgs) -> (Watched, Ends) {
    let (views, seen) = watch::channel(Arc::new(View::default()));
    let (told, telling) = mpsc::channel(WAITING);
    let (sender, commands) = mpsc::channel(COMMANDS);
    let call = call(args.notify);
    (Watched { title, call, views: seen, told: telling, commands: sender }, Ends { views, told, commands })
}

/// Looks, and hands on what changed.
async fn look(args: &WatchArgs, watch: Watch, ends: Ends) -> Result<(), Failure> {
    let Watch { watcher, memory, .. } = watch;
    let Ends { views, told, commands } = ends;
    let schedule = Schedule { interval: args.interval.try_into().map_err(Failure::usage)? };
    let (changed, changes) = mpsc::channel(WAITING);
    let say = saying(&told);
    let (kept, targets) = (memory.clone(), watcher.targets.clone());
    let mut known = watcher.last_go.as_ref().and_then(|go| go.audit.clone());
    let edge = Edge {
        clock: now,
        keep: keeper(memory, watcher.known.clone(), say),
        kept_go: move || {
            let go = kept.kept_go(&targets, known.as_ref())?;
            known.clone_from(&go.audit);
            Some(go)
        },
        pause: move || tokio::time::sleep(schedule.pause()),
    };
    tokio::select! {
        () = run(watcher, edge, commands, views, changed) => {}
        () = hand_on(args, changes, &told) => {}
    }
    Ok(())
}

async fn hand_on(args: &WatchArgs, mut changes: mpsc::Receiver<Vec<Change>>, told: &mpsc::Sender<Told>) {
    while let Some(changes) = changes.recv().await {
        run_hook(args, &changes, saying(told));
        if told.send(Told::Changes(changes)).await.is_err() {
            return;
        }
    }
}

/// Says what went wrong on the screen, and nowhere else: lines of another kind would tear it.
fn saying(told: &mpsc::Sender<Told>) -> impl Fn(String) + Send + 'static + use<> {
    let told = told.clone();
    move |why| drop(told.try_send(Told::Trouble(why)))
}

/// What the panels are about where a release is watched.
pub(super) fn state(release: Arc<Release>, policy: Arc<Policy>, scope: Scope) -> State {
    let facts = Facts::new(now());
    let assessment = Arc::new(dod::judge(&release, &policy, &scope, &facts));
    State::of(release, policy, scope, facts, assessment)
}

/// The same for images by themselves.
pub(super) fn no_release() -> State {
    let release = Release {
        name: String::new(),
        version: String::new(),
        source: None,
        revision: None,
        tag: None,
        images: Vec::new(),
    };
    state(Arc::new(release), Arc::default(), Scope::default())
}
