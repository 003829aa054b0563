//! `exitbar watch` without a screen: a sentence, or a line of JSON, per change.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::super::args::{Global, Printed, WatchArgs};
use super::super::failure::Failure;
use super::{Memory, Watch, call, hook, words};
use crate::model::text;
use crate::registry::now;
use crate::watch::{Call, Change, Edge, Known, Schedule, View, run};

/// How many looks may wait for a reader that is slow.
const WAITING: usize = 16;

/// Tells what changes until a signal ends it.
pub(super) async fn stream(global: &Global, args: &WatchArgs, watch: Watch) -> Result<u8, Failure> {
    let Watch { watcher, memory, .. } = watch;
    let schedule = Schedule { interval: args.interval.try_into().map_err(Failure::usage)? };
    let (views, seen) = watch::channel(Arc::new(View::default()));
    let (sender, mut changed) = mpsc::channel(WAITING);
    // Held to the end: a loop without commands would end.
    let (_commands, receiver) = mpsc::channel(1);
    let edge = Edge {
        clock: now,
        keep: keeper(memory, watcher.known.clone(), say),
        kept_go: || None,
        pause: || tokio::time::sleep(schedule.pause()),
    };
    let looking = run(watcher, edge, receiver, views, sender);
    let telling = async {
        let mut first = true;
        while let Some(changes) = changed.recv().await {
            let view = Arc::clone(&seen.borrow());
            if first && tell_standing(global, args, &view).is_err() {
                return;
            }
            first = false;
            if tell(args, &changes).is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = looking => {}
        () = telling => {}
    }
    Ok(0)
}

/// Keeps what is known for the next start; says once that it cannot.
pub(super) fn keeper(memory: Memory, mut kept: Known, mut say: impl FnMut(String)) -> impl FnMut(&Known) {
    let mut told = false;
    move |known| {
        match memory.keep(&kept, known) {
            Ok(()) => {}
            Err(why) if !told => {
                told = true;
                say(why);
            }
            Err(_) => {}
        }
        kept = known.clone();
    }
}

/// What is watched, said once at the start.
fn tell_standing(global: &Global, args: &WatchArgs, view: &View) -> std::io::Result<()> {
    let at = view.looked_at.unwrap_or_else(now);
    let mut out = std::io::stdout().lock();
    match args.format {
        Printed::Json => {
            let line = json!({ "at": at, "watching": words::targets(&view.targets, &view.known) });
            writeln!(out, "{line}")?;
        }
        Printed::Text if !global.quiet => {
            for target in &view.targets {
                writeln!(out, "{}", words::standing(target, &view.known, at))?;
            }
        }
        Printed::Text => {}
    }
    out.flush()
}

fn tell(args: &WatchArgs, changes: &[Change]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for change in changes {
        match args.format {
            Printed::Text => writeln!(out, "{}", words::sentence(change))?,
            Printed::Json => writeln!(out, "{}", serde_json::to_string(change)?)?,
        }
    }
    out.flush()?;
    drop(out);
    ring(call(args.notify), changes);
    run_hook(args, changes, say);
    Ok(())
}

fn say(why: String) {
    eprintln!("exitbar: {}", text::clean_line(&why));
}

/// Calls whoever sits before the terminal, where there is one.
fn ring(call: Call, changes: &[Change]) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal()
        && let Some(sequence) = call.sequence(changes)
    {
        let _ = terminal.write_all(sequence.as_bytes());
        let _ = terminal.flush();
    }
}

/// Runs the operator's command for each change, beside the looks; says where it fails.
pub(super) fn run_hook(args: &WatchArgs, changes: &[Change], say: impl Fn(String) + Send + 'static) {
    let Some(command) = args.exec.clone().filter(|_| !changes.is_empty()) else { return };
    let changes = changes.to_vec();
    tokio::spawn(async move {
        for change in &changes {
            if let Err(why) = hook::run(&command, change).await {
                say(why);
            }
        }
    });
}
