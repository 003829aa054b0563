//! `exitbar watch --once`: for scripts and cron. Nothing on standard output where nothing changed.

use serde_json::json;

use super::super::args::{Global, Printed, WatchArgs};
use super::super::exit;
use super::super::failure::Failure;
use super::super::print;
use super::{Watch, hook, words};
use crate::model::text;
use crate::registry::now;

/// Looks once and says what changed.
pub(super) async fn once(global: &Global, args: &WatchArgs, watch: Watch) -> Result<u8, Failure> {
    let Watch { mut watcher, memory, .. } = watch;
    let before = watcher.known.clone();
    let seen = |target: &crate::watch::Target| before.tag(&target.reference)?.seen_at;
    let baseline = watcher.targets.iter().filter_map(seen).min();
    let at = now();
    let changes = watcher.look(at, false).await;
    let code = match changes.iter().any(crate::watch::Change::counts) {
        true => exit::CHANGED,
        false if watcher.known.could_not_look() => exit::COULD_NOT_LOOK,
        false => 0,
    };
    let printed = match args.format {
        Printed::Text => changes.iter().map(|change| words::sentence(change) + "\n").collect(),
        Printed::Json => {
            let document = json!({
                "at": at,
                "baseline": baseline,
                "changed": changes.iter().any(crate::watch::Change::counts),
                "could_not_look": watcher.known.could_not_look(),
                "changes": changes,
                "targets": words::targets(&watcher.targets, &watcher.known),
                "concerns": words::concerns(&watcher.known),
                "requests": watcher.eyes.world.request_counts().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            });
            format!("{document:#}\n")
        }
    };
    print::write(&printed, None)?;
    let note = |text: &str| {
        if !global.quiet {
            eprintln!("exitbar: {}", text::clean_line(text));
        }
    };
    match baseline {
        None if args.no_update => note("first look: there was nothing to compare with, and nothing is kept"),
        None => note("first look: there was nothing to compare with; the next one compares with this"),
        Some(since) if changes.is_empty() && code == 0 => note(&format!("nothing changed since {since}")),
        Some(_) => {}
    }
    if changes.is_empty() && args.format == Printed::Text {
        for (subject, _, concern) in watcher.known.concerns() {
            note(&format!("still so: {subject}: {}", concern.text));
        }
    }
    if !args.no_update {
        memory.keep(&before, &watcher.known).map_err(Failure::own)?;
    }
    if let Some(command) = &args.exec {
        for change in &changes {
            if let Err(why) = hook::run(command, change).await {
                note(&why);
            }
        }
    }
    for warning in watcher.eyes.world.take_warnings() {
        note(&warning);
    }
    Ok(code)
}
