//! What fetches reach: registries, engine, folders, and what this machine keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};

use crate::config::{TokenSource, Wiring};
use crate::engine::Engines;
use crate::github::Github;
use crate::model::{Reason, ReasonKind, Release};
use crate::registry::{Registries, Settings};
use crate::sigstore::{Instance, Verifier};
use crate::store::Store;

/// How many layers are read at the same time: each costs a connection, a processor and memory.
const LAYERS_AT_ONCE: usize = 4;

/// The world of one release. Cheap to clone; every clone shares everything.
#[derive(Debug, Clone)]
pub struct World {
    /// What is to go live.
    pub release: Arc<Release>,
    /// How this machine reaches the world.
    pub wiring: Arc<Wiring>,
    /// The registries.
    pub registries: Registries,
    /// What this machine keeps.
    pub store: Store,
    /// The container engines.
    pub engines: Engines,
    /// The trust roots with their verifiers, once one is needed.
    pub(super) verifiers: Arc<Mutex<BTreeMap<Instance, Arc<Verifier>>>>,
    /// Turns for reading layers.
    pub(super) layers: Arc<Semaphore>,
    /// One scanner runs at a time: Trivy locks its cache, and each takes every processor.
    pub(super) scanner: Arc<Mutex<()>>,
    /// The GitHubs that were asked, by host: each keeps its token.
    githubs: Arc<std::sync::Mutex<BTreeMap<String, Github>>>,
    /// One image is saved at a time: who waits may find the result in the store.
    pub(super) saves: Arc<Mutex<()>>,
    /// The identity token of who logged in, kept as long as this process lives. Nothing shows it.
    pub(super) logged_in: Arc<Mutex<Option<TokenSource>>>,
}

impl World {
    /// The world that `wiring` reaches.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(release: Arc<Release>, wiring: Arc<Wiring>) -> Result<Self, Reason> {
        let settings = Settings::of(&wiring);
        Self::with(release, wiring, settings)
    }

    /// The same with other settings for registries, as tests want them.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn with(release: Arc<Release>, wiring: Arc<Wiring>, settings: Settings) -> Result<Self, Reason> {
        Ok(Self {
            registries: Registries::new(settings)?,
            store: store(&wiring)?,
            engines: Engines::of(&wiring.engines),
            verifiers: Arc::default(),
            layers: Arc::new(Semaphore::new(LAYERS_AT_ONCE)),
            scanner: Arc::default(),
            saves: Arc::default(),
            githubs: Arc::default(),
            logged_in: Arc::default(),
            release,
            wiring,
        })
    }

    /// The GitHub that the source's host names.
    ///
    /// # Errors
    /// When its address is none.
    pub fn github(&self, host: &str) -> Result<Github, Reason> {
        let mut githubs = self.githubs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = githubs.get(host) {
            return Ok(known.clone());
        }
        let github = Github::at(host, self.wiring.github.api.as_deref())?;
        githubs.insert(host.to_owned(), github.clone());
        Ok(github)
    }

    /// Gives the token for a host, in place of this machine's.
    ///
    /// # Panics
    /// When the host has no address.
    #[cfg(test)]
    pub fn give_token(&self, host: &str, token: &str) {
        let github = self.github(host).expect("an address").with_token(token);
        self.githubs.lock().expect("no panic").insert(host.to_owned(), github);
    }

    /// How many requests each registry got so far.
    pub fn request_counts(&self) -> Vec<(String, u64)> {
        self.registries.requests().hosts.into_iter().collect()
    }

    /// What went wrong beside the facts (a credential helper, a store that cannot be written)
    /// since this was last asked.
    pub fn take_warnings(&self) -> Vec<String> {
        let mut warnings = self.registries.take_warnings();
        warnings.extend(self.store.take_warnings());
        warnings
    }
}

fn store(wiring: &Wiring) -> Result<Store, Reason> {
    if !wiring.no_store {
        return Ok(Store::open(&wiring.store));
    }
    Store::temporary().map_err(|error| {
        Reason::new(ReasonKind::ToolFailed, format!("no temporary folder for what this run keeps: {error}"))
            .cure("check the free space of the temporary folder")
    })
}
