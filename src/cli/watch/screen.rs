//! `exitbar watch` on a terminal.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::super::args::{Global, WatchArgs};
use super::super::failure::Failure;
use super::super::screen::{depth, theme, themes};
use super::stream::{keeper, run_hook};
use super::{Watch, call};
use crate::registry::now;
use crate::tui::watch::{Options, Watched, run as show};
use crate::watch::{Edge, Schedule, View, run};

/// How many looks may wait for the screen.
const WAITING: usize = 16;

/// Watches on the terminal until the operator quits.
pub(super) async fn screen(global: &Global, args: &WatchArgs, watch: Watch) -> Result<u8, Failure> {
    let Watch { watcher, memory, title, theme: configured } = watch;
    let (depth, themes) = (depth(global.color), themes());
    let theme = theme(global, configured.as_deref(), &themes, depth)?;
    let schedule = Schedule { interval: args.interval.try_into().map_err(Failure::usage)? };
    let (views, seen) = watch::channel(Arc::new(View::default()));
    let (sender, mut changed) = mpsc::channel(WAITING);
    let (told, telling) = mpsc::channel(WAITING);
    let (commands, receiver) = mpsc::channel(1);
    let edge = Edge {
        clock: now,
        keep: keeper(memory, watcher.known.clone()),
        pause: move || tokio::time::sleep(schedule.pause()),
    };
    let looking = run(watcher, edge, receiver, views, sender);
    let handing_on = async {
        while let Some(changes) = changed.recv().await {
            run_hook(args, &changes);
            if told.send(changes).await.is_err() {
                return;
            }
        }
    };
    let options = Options { title, theme, themes, depth, call: call(args.notify) };
    let showing = show(Watched { views: seen, changed: telling, commands }, options);
    tokio::select! {
        done = showing => done.map_err(|error| Failure::own(format!("the terminal failed: {error}")))?,
        () = looking => {}
        () = handing_on => {}
    }
    Ok(0)
}
