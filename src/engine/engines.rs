//! Which engine builds and runs which platform: one that is native for it, else one that emulates it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::Mutex;

use super::reaper::Reaper;
use super::{Engine, probe};
use crate::config::EngineWiring;
use crate::model::{Platform, Reason, ReasonKind};

/// By address and platform: that it runs there, or why not.
type Probed = BTreeMap<(String, Platform), Result<(), Reason>>;

/// The engines of a release. Cheap to clone; every clone shares the connections.
#[derive(Debug, Clone)]
pub struct Engines {
    wiring: Arc<Vec<EngineWiring>>,
    open: Arc<Vec<Mutex<Option<Engine>>>>,
    /// What probes found: an address, a platform, and why it does not run there, if so.
    probed: Arc<Mutex<Probed>>,
    reaper: Arc<Reaper>,
}

/// The engine of a platform.
#[derive(Debug, Clone)]
pub struct Assigned {
    /// The engine.
    pub engine: Engine,
    /// Whether it emulates the platform.
    pub emulated: bool,
}

impl Engines {
    /// The engines of a wiring. None is asked before it is needed.
    pub fn of(wiring: &[EngineWiring]) -> Self {
        let open = wiring.iter().map(|_| Mutex::new(None)).collect();
        Self {
            wiring: Arc::new(wiring.to_vec()),
            open: Arc::new(open),
            probed: Arc::default(),
            reaper: Arc::default(),
        }
    }

    /// Every engine, in the order of the configuration, with the platforms that it shall serve.
    pub async fn all(&self) -> Vec<(&[Platform], Result<Engine, Reason>)> {
        let asked = self
            .wiring
            .iter()
            .enumerate()
            .map(|(at, wiring)| async move { (wiring.platforms.as_slice(), self.at(at).await) });
        join_all(asked).await
    }

    /// Every engine that answers.
    ///
    /// # Errors
    /// When none does: why, for each.
    pub async fn answering(&self) -> Result<Vec<Engine>, Reason> {
        let (mut engines, mut reasons) = (Vec::new(), Vec::new());
        for (_, engine) in self.all().await {
            match engine {
                Ok(engine) => engines.push(engine),
                Err(reason) => reasons.push(reason),
            }
        }
        if engines.is_empty() { Err(none(reasons)) } else { Ok(engines) }
    }

    /// The engine that runs `platform`.
    ///
    /// # Errors
    /// `NoEngine` where none answers, `NoEmulation` where none runs it, with what to do.
    pub async fn for_platform(&self, platform: &Platform) -> Result<Assigned, Reason> {
        self.assign(platform, |_| Ok(())).await
    }

    /// The engine that builds `platform`: not every engine that runs it can.
    ///
    /// # Errors
    /// As [`Engines::for_platform`], and `NotSupported` where none that runs it builds.
    pub async fn to_build(&self, platform: &Platform) -> Result<Assigned, Reason> {
        self.assign(platform, Engine::builds).await
    }

    async fn assign(
        &self,
        platform: &Platform,
        serves: impl Fn(&Engine) -> Result<(), Reason>,
    ) -> Result<Assigned, Reason> {
        let mut reasons = Vec::new();
        let mut others = Vec::new();
        for (platforms, engine) in self.all().await {
            if !platforms.is_empty() && !platforms.contains(platform) {
                continue;
            }
            let engine = engine.and_then(|engine| serves(&engine).map(|()| engine));
            match engine {
                Ok(engine) if engine.platform() == platform => {
                    return Ok(Assigned { engine, emulated: false });
                }
                // One that somebody named for it is asked before one that serves everything.
                Ok(engine) if platforms.is_empty() => others.push(engine),
                Ok(engine) => others.insert(0, engine),
                Err(reason) => reasons.push(reason),
            }
        }
        for engine in others {
            match self.runs(&engine, platform).await {
                Ok(()) => return Ok(Assigned { engine, emulated: true }),
                Err(reason) => reasons.push(reason),
            }
        }
        Err(none(reasons))
    }

    /// Whether an engine runs programs of a platform. Asked once: by running one.
    pub async fn runs(&self, engine: &Engine, platform: &Platform) -> Result<(), Reason> {
        let key = (engine.address().to_owned(), platform.clone());
        let mut probed = self.probed.lock().await;
        if let Some(found) = probed.get(&key) {
            return found.clone();
        }
        let found = probe::run(engine, platform).await;
        // What the engine itself could not do now may go well the next time.
        if found.as_ref().err().is_none_or(|reason| reason.kind == ReasonKind::NoEmulation) {
            probed.insert(key, found.clone());
        }
        found
    }

    /// One that did not answer is asked again the next time.
    async fn at(&self, at: usize) -> Result<Engine, Reason> {
        let mut open = self.open[at].lock().await;
        if let Some(engine) = open.as_ref() {
            return Ok(engine.clone());
        }
        // One process cleans up after all of them.
        let found = Engine { reaper: Arc::clone(&self.reaper), ..Engine::connect(&self.wiring[at]).await? };
        Ok(open.insert(found).clone())
    }
}

fn none(mut reasons: Vec<Reason>) -> Reason {
    match reasons.len() {
        0 => Reason::new(ReasonKind::NoEngine, "no container engine is configured for this platform")
            .cure("name the platform in `platforms` of an [[engine]]"),
        1 => reasons.remove(0),
        _ => {
            let kind = reasons[0].kind;
            let text: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
            let reason = Reason::new(kind, text.join("; "));
            match reasons.iter().find_map(|reason| reason.cure.clone()) {
                Some(cure) => reason.cure(cure),
                None => reason,
            }
        }
    }
}
