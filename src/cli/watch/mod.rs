//! `exitbar watch`: on call. What is watched, what it is compared with, and how it is told.

mod hook;
mod memory;
mod once;
mod screen;
mod stream;
mod words;

use std::convert::Infallible;
use std::sync::Arc;

use super::args::{Against, Global, Notify, Printed, WatchArgs};
use super::failure::Failure;
use super::load::load;
use super::screen::{is_on_a_terminal, is_plain};
use super::verify;
use crate::cockpit::State;
use crate::config::{self, Loaded, ScreenSettings};
use crate::dod::inspection::Top as Inspected;
use crate::gather::World;
use crate::keymap::Keymap;
use crate::model::{Access, Release, Scope};
use crate::tui::Watched;
use crate::watch::{self, Call, Gatherer, Rules, Target, Top, Watcher};
use memory::Memory;

/// A watch that is ready to look.
struct Watch {
    watcher: Watcher<Gatherer>,
    memory: Memory,
    /// What is watched, in a few words.
    title: String,
    /// How the screen is, where there is one.
    screen: ScreenSettings,
    /// The keys of the screen.
    keys: Keymap,
    /// What the screen's panels are about; nobody audits it.
    state: State,
}

/// Watches until it is told to end; once, where that is asked.
pub(super) async fn watch(global: &Global, args: &WatchArgs) -> Result<u8, Failure> {
    let watch = if !args.images.is_empty() {
        of_images(global, args).await?
    } else if args.rule.is_given() {
        return Err(Failure::usage(
            "who has to have signed is said in exitbar.toml; flags for it are for images that are named here",
        ));
    } else {
        of_release(load(global, None)?, args)?
    };
    if args.once {
        return once::once(global, args, watch).await;
    }
    let screen = is_on_a_terminal() && !is_plain(global) && args.format == Printed::Text;
    if screen { screen::screen(global, args, watch).await } else { stream::stream(global, args, watch).await }
}

/// A watch of the release for the cockpit's screen. It begins when it is asked to look, and never ends by itself.
pub(super) fn beside(loaded: &Loaded) -> (Watched, impl Future<Output = Infallible>) {
    screen::beside(WatchArgs::unflagged(), loaded.clone())
}

/// Every tag of the release of `exitbar.toml`, held against its policy.
fn of_release(mut loaded: Loaded, args: &WatchArgs) -> Result<Watch, Failure> {
    loaded.wiring.readonly = true;
    let targets = watch::of_release(&loaded.release);
    let (release, policy) = (Arc::new(loaded.release), Arc::new(loaded.policy));
    let world = World::new(Arc::clone(&release), Arc::new(loaded.wiring));
    let world = world.map_err(|reason| Failure::own(reason.to_string()))?;
    let named = (release.name.clone(), release.version.clone());
    let memory = Memory { store: world.store.clone(), release: Some(named) };
    let title = title(&release);
    let deadlines = watch::of_policy(&policy);
    let scope = Scope { run: std::collections::BTreeSet::default(), scan: false, ..loaded.scope };
    let fresh_for = policy.fresh_for;
    let state = screen::state(Arc::clone(&release), Arc::clone(&policy), scope.clone());
    let eyes = Gatherer { world, rules: Rules::Release { release, policy, scope } };
    let known = memory.recall(&targets, &deadlines);
    let last_go = memory.last_go(&targets);
    let known = match (args.against, &last_go) {
        (Against::Kept, _) => known,
        (Against::LastGo, Some(go)) => go.known.clone(),
        (Against::LastGo, None) => {
            let text = "--against last-go: neither an audit that is kept nor a watch has found this release at GO yet";
            return Err(Failure::usage(text));
        }
    };
    let mut watcher = Watcher::new(eyes, targets, known, args.verify_interval);
    watcher.release = Some((title.clone(), fresh_for));
    watcher.deadlines = deadlines;
    watcher.ahead = args.ahead;
    watcher.last_go = last_go;
    Ok(Watch { watcher, memory, title, screen: loaded.screen, keys: loaded.keys, state })
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
    let memory = Memory { store: world.store.clone(), release: None };
    let known = memory.recall(&targets, &[]);
    let eyes = Gatherer { world, rules: Rules::Signer(expected) };
    let mut watcher = Watcher::new(eyes, targets, known, args.verify_interval);
    watcher.ahead = args.ahead;
    let title = args.images.first().filter(|_| args.images.len() == 1).cloned();
    let title = title.unwrap_or_else(|| format!("{} images", args.images.len()));
    let (screen, keys) = look_and_keys(global);
    Ok(Watch { watcher, memory, title, screen, keys, state: screen::no_release() })
}

/// How the screen is where a configuration says it. Images are watched without one, or with one that is not right.
fn look_and_keys(global: &Global) -> (ScreenSettings, Keymap) {
    let loaded = std::env::current_dir().ok();
    let loaded = loaded.and_then(|folder| config::load(global.config.as_deref(), &folder).ok());
    loaded.map_or_else(Default::default, |loaded| (loaded.screen, loaded.keys))
}

/// The release in a few words: its name as a subject, too.
fn title(release: &Release) -> String {
    format!("{} {}", release.name, release.version)
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
