//! The loop: looks at its interval and when it is asked to, and hands out what it knows and what changed.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::change::Change;
use super::known::{Known, Loudness};
use super::last_go::LastGo;
use super::target::Target;
use super::watcher::{Eyes, Watcher};

/// How many changes a view keeps.
const CHANGES: usize = 200;

/// What the operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Look now.
    Look,
    /// Look now, and verify every signature, SBOM and scan again.
    Verify,
    /// Look no more until one of the two comes.
    Rest,
    /// End.
    Quit,
}

/// What a reader sees.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// What is watched.
    pub targets: Vec<Target>,
    /// What is known.
    pub known: Known,
    /// What was known when the release was GO last; none where it never was, or where there is no release.
    pub last_go: Option<LastGo>,
    /// What changed, newest last.
    pub changes: VecDeque<Change>,
    /// Whether a look is under way.
    pub looking: bool,
    /// When the last look ended.
    pub looked_at: Option<Timestamp>,
    /// The time of this view: ages are counted from here.
    pub at: Option<Timestamp>,
    /// How many looks there were.
    pub looks: u64,
}

impl View {
    /// The changes that need attention, newest first.
    pub fn alarms(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().rev().filter(|change| change.level >= Loudness::Unknown)
    }
}

/// What the loop does not know by itself.
#[derive(Debug)]
pub struct Edge<C, K, G, P> {
    /// Tells the time.
    pub clock: C,
    /// Keeps what is known for the next start.
    pub keep: K,
    /// The last GO that an audit ended with, where it is another than the one that was given before.
    pub kept_go: G,
    /// Ends when the next look is due.
    pub pause: P,
}

/// Watches until it is told to end, or until nobody listens.
pub async fn run<E: Eyes, W: Future<Output = ()>>(
    mut watcher: Watcher<E>,
    mut edge: Edge<
        impl Fn() -> Timestamp,
        impl FnMut(&Known),
        impl FnMut() -> Option<LastGo>,
        impl FnMut() -> W,
    >,
    mut commands: mpsc::Receiver<Command>,
    views: watch::Sender<Arc<View>>,
    changed: mpsc::Sender<Vec<Change>>,
) {
    let mut view = View {
        targets: watcher.targets.clone(),
        known: watcher.known.clone(),
        last_go: watcher.last_go.clone(),
        ..View::default()
    };
    // What ends by the evidence, such as a scan's age, is known only when it was verified once.
    let mut verify = true;
    loop {
        view.looking = true;
        view.at = Some((edge.clock)());
        views.send_replace(Arc::new(view.clone()));
        let before = watcher.known.clone();
        let changes = watcher.look((edge.clock)(), verify).await;
        if watcher.known != before {
            (edge.keep)(&watcher.known);
        }
        if let Some(go) = (edge.kept_go)() {
            watcher.last_go = Some(go);
        }
        let now = (edge.clock)();
        view.looking = false;
        view.at = Some(now);
        view.looked_at = Some(now);
        view.looks += 1;
        view.known = watcher.known.clone();
        view.last_go.clone_from(&watcher.last_go);
        view.changes.extend(changes.iter().cloned());
        while view.changes.len() > CHANGES {
            view.changes.pop_front();
        }
        views.send_replace(Arc::new(view.clone()));
        if changed.send(changes).await.is_err() {
            return;
        }
        verify = match next(&mut commands, &mut edge.pause).await {
            Some(verify) => verify,
            None => return,
        };
    }
}

/// Waits for the next look, and says whether it verifies; none where there will be no more.
async fn next<W: Future<Output = ()>>(
    commands: &mut mpsc::Receiver<Command>,
    mut pause: impl FnMut() -> W,
) -> Option<bool> {
    let mut rests = false;
    loop {
        tokio::select! {
            () = pause(), if !rests => return Some(false),
            command = commands.recv() => match command {
                Some(Command::Look) => return Some(false),
                Some(Command::Verify) => return Some(true),
                Some(Command::Rest) => rests = true,
                Some(Command::Quit) | None => return None,
            },
        }
    }
}
