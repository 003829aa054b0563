//! `exitbar watch`: on call. What is watched, what it is compared with, and how it is told.

mod hook;
mod memory;
mod once;
mod screen;
mod stream;
mod words;

use std::sync::Arc;

use super::args::{Against, Global, Notify, Printed, WatchArgs};
use super::failure::Failure;
use super::load::load;
use super::screen::{is_on_a_terminal, is_plain};
use super::verify;
use crate::dod::inspection::Top as Inspected;
use crate::gather::World;
use crate::model::{Access, Scope};
use crate::watch::{self, Call, Gatherer, Rules, Target, Top, Watcher};
use memory::Memory;

/// A watch that is ready to look.
struct Watch {
    watcher: Watcher<Gatherer>,
    memory: Memory,
    /// What is watched, in a few words.
    title: String,
    /// The theme that the configuration names.
    theme: Option<String>,
}

/// Watches until it is told to end; once, where that is asked.
pub(super) async fn watch(global: &Global, args: &WatchArgs) -> Result<u8, Failure> {
    let watch =
        if args.images.is_empty() { of_release(global, args)? } else { of_images(global, args).await? };
    if args.once {
        return once::once(global, args, watch).await;
    }
    let screen = is_on_a_terminal() && !is_plain(global) && args.format == Printed::Text;
    if screen { screen::screen(global, args, watch).await } else { stream::stream(global, args, watch).await }
}

/// Every tag of the release of `exitbar.toml`, held against its policy.
fn of_release(global: &Global, args: &WatchArgs) -> Result<Watch, Failure> {
    if args.rule.is_given() {
        return Err(Failure::usage(
            "who has to have signed is said in exitbar.toml; flags for it are for images that are named here",
        ));
    }
    let mut loaded = load(global, None)?;
    loaded.wiring.readonly = true;
    let (targets, theme) = (watch::of_release(&loaded.release), loaded.screen.theme.clone());
    let (release, policy) = (Arc::new(loaded.release), Arc::new(loaded.policy));
    let world = World::new(Arc::clone(&release), Arc::new(loaded.wiring));
    let world = world.map_err(|reason| Failure::own(reason.to_string()))?;
    let name = format!("{} {}", release.name, release.version);
    let memory = Memory { store: world.store.clone(), owner: name.clone() };
    let deadlines = watch::of_policy(&policy);
    let scope = Scope { run: std::collections::BTreeSet::default(), scan: false, ..loaded.scope };
    let fresh_for = policy.fresh_for;
    let eyes = Gatherer { world, rules: Rules::Release { release, policy, scope } };
    let known = memory.recall(&targets, &deadlines);
    let last_go = memory.last_go();
    let known = match (args.against, &last_go) {
        (Against::Kept, _) => known,
        (Against::LastGo, Some(go)) => go.clone(),
        (Against::LastGo, None) => {
            let text = "--against last-go: no watch has seen this release at GO yet; that takes an audit on this machine";
            return Err(Failure::usage(text));
        }
    };
    let mut watcher = Watcher::new(eyes, targets, known, args.verify_interval);
    watcher.release = Some((name.clone(), fresh_for));
    watcher.deadlines = deadlines;
    watcher.ahead = args.ahead;
    watcher.last_go = last_go;
    Ok(Watch { watcher, memory, title: name, theme })
}

/// Images by themselves, as `exitbar verify` takes them.
async fn of_images(global: &Global, args: &WatchArgs) -> Result<Watch, Failure> {
    if args.against == Against::LastGo {
        return Err(Failure::usage("--against last-go: only a release of exitbar.toml has a GO"));
    }
    let expected = verify::expected(&args.rule)?;
    let subjects: Vec<_> =
        args.images.iter().map(|image| verify::in_registry(image)).collect::<Result<_, _>>()?;
    let targets: Vec<Target> = subjects.iter().map(target).collect();
    let world = verify::world(global, &args.rule, &subjects)?;
    // A trust root or key that is none is bad usage, and no trouble of any image.
    world.verifier().await.map_err(Failure::usage)?;
    let memory = Memory { store: world.store.clone(), owner: String::new() };
    let known = memory.recall(&targets, &[]);
    let eyes = Gatherer { world, rules: Rules::Signer(expected) };
    let mut watcher = Watcher::new(eyes, targets, known, args.verify_interval);
    watcher.ahead = args.ahead;
    let title = args.images.first().filter(|_| args.images.len() == 1).cloned();
    let title = title.unwrap_or_else(|| format!("{} images", args.images.len()));
    Ok(Watch { watcher, memory, title, theme: None })
}

fn target(subject: &verify::Subject) -> Target {
    let repository = subject.repository.clone();
    let (reference, top) = match &subject.top {
        Inspected::Tag(tag) => (repository.tagged(tag), Top::Tag(tag.clone())),
        Inspected::Digest(digest) => (repository.pinned(digest), Top::Digest(digest.clone())),
        Inspected::Only => unreachable!("an image of a registry has a tag or a digest"),
    };
    Target {
        reference,
        repository,
        top,
        image: None,
        moving: false,
        access: Access::Anonymous,
        public: false,
    }
}

/// How the terminal calls, as it was asked.
fn call(notify: Notify) -> Call {
    match notify {
        Notify::Auto => Call::of_environment(|name| std::env::var(name).ok()),
        Notify::Bell => Call::Bell,
        Notify::Osc9 => Call::Osc9,
        Notify::Osc777 => Call::Osc777,
        Notify::Off => Call::Off,
    }
}
