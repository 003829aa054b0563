//! What exitbar makes in an engine carries its labels, so that it is found again.

use std::collections::HashMap;

use bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::StreamExt as _;

use super::Engine;
use crate::model::{Reason, ReasonKind};

/// The label of every container that exitbar makes: what it is for.
const RUN_LABEL: &str = "io.exitbar.run";

/// The label that says which exitbar made it: `host/process id`.
const OWNER_LABEL: &str = "io.exitbar.owner";

/// The labels of a container that is for `run`.
fn labels(run: &str) -> HashMap<String, String> {
    [(RUN_LABEL.to_owned(), run.to_owned()), (OWNER_LABEL.to_owned(), owner())].into()
}

/// How long the engine may take to make a container that nobody waits for any more.
const ATTEMPTS: u32 = 20;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(250);

/// Who makes containers now: this process on this host.
fn owner() -> String {
    format!("{}/{}", host(), std::process::id())
}

/// A name for a container that nobody else gives: known before the container is made, so that it can be
/// removed even when exitbar is killed while the engine makes it.
fn container_name(run: &str) -> String {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    // Every `RandomState` is seeded anew.
    let random = RandomState::new().build_hasher().finish();
    format!("exitbar-{run}-{}-{random:016x}", std::process::id())
}

fn host() -> String {
    let read = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = read.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    name.trim().to_owned()
}

/// A container that is removed however its use ends: also when that is while the engine makes it, and, by the
/// reaper, when exitbar is killed.
pub struct Owned {
    engine: Engine,
    run: &'static str,
    name: String,
    gone: bool,
}

impl Owned {
    /// The name that the container must be made with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The labels that it must be made with.
    pub fn labels(&self) -> HashMap<String, String> {
        labels(self.run)
    }

    /// Removes it now.
    pub async fn remove(&mut self) {
        if self.engine.remove_container(&self.name).await.is_ok() {
            self.gone = true;
            self.engine.reaper().release(&self.engine, &self.name);
        }
    }
}

impl Drop for Owned {
    /// Its use was dropped half-way: cancelled, or exitbar ends.
    fn drop(&mut self) {
        if self.gone {
            return;
        }
        let (engine, name) = (self.engine.clone(), self.name.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // The engine may still be making it.
                if engine.remove_soon(&name).await {
                    engine.reaper().release(&engine, &name);
                }
            });
        }
    }
}

/// A container that an exitbar made and that is there still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub run: String,
    /// Who made it.
    pub owner: String,
    /// Its state, as the engine says it (`running`, `exited`).
    pub state: String,
}

impl Leftover {
    /// Whether the exitbar that made it is gone: a process of this host that runs no more. Of another
    /// host nobody here can tell.
    pub fn is_orphan(&self) -> bool {
        let Some((of, process)) = self.owner.rsplit_once('/') else { return true };
        of == host() && !std::path::Path::new("/proc").join(process).exists()
    }
}

impl Engine {
    /// A container to be made for `run`.
    pub fn own(&self, run: &'static str) -> Owned {
        let name = container_name(run);
        self.reaper().watch(self, &name);
        Owned { engine: self.clone(), run, name, gone: false }
    }

    /// Every container that an exitbar made here.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn leftovers(&self) -> Result<Vec<Leftover>, Reason> {
        let filters = HashMap::from([("label", vec![RUN_LABEL])]);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        let containers = self.client().list_containers(Some(options)).await;
        let containers = containers.map_err(|error| self.trouble("list containers", &error))?;
        let leftover = |container: bollard::models::ContainerSummary| {
            let labels = container.labels.unwrap_or_default();
            let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
            Some(Leftover {
                id: container.id?,
                run: label(RUN_LABEL),
                owner: label(OWNER_LABEL),
                state: container.state.map(|state| state.to_string()).unwrap_or_default(),
            })
        };
        Ok(containers.into_iter().filter_map(leftover).collect())
    }

    /// Removes a container with its volumes, running or not. One that is not there is no error.
    pub async fn remove_container(&self, id: &str) -> Result<(), Reason> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.client().remove_container(id, Some(options)).await {
            Ok(()) => Ok(()),
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(()),
            Err(error) => Err(self.trouble(&format!("remove the container {id}"), &error)),
        }
    }

    /// Waits until a container has ended; its exit code.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn ended(&self, id: &str) -> Result<i64, Reason> {
        // `next-exit` would wait for ever where the program has ended already.
        let options = WaitContainerOptionsBuilder::default().condition("not-running").build();
        match self.client().wait_container(id, Some(options)).next().await {
            Some(Ok(response)) => Ok(response.status_code),
            // The client's name for every code but 0.
            Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => Ok(code),
            Some(Err(error)) => Err(self.trouble("wait for the container", &error)),
            None => {
                let text = "the engine ended without saying how the program did";
                Err(Reason::new(ReasonKind::ToolFailed, text))
            }
        }
    }

    /// Removes a container that may still be being made.
    /// Says whether it was there and is gone.
    pub async fn remove_soon(&self, name: &str) -> bool {
        for _ in 0..ATTEMPTS {
            let there = self.client().inspect_container(name, None).await.is_ok();
            let removed = self.remove_container(name).await.is_ok();
            if there && removed {
                return true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        false
    }

    /// Removes the name of an image that may still be being loaded, or be held by a container that goes.
    /// Says whether it was there and is gone.
    pub(super) async fn untag_soon(&self, name: &str) -> bool {
        for _ in 0..ATTEMPTS {
            let there = self.client().inspect_image(name).await.is_ok();
            let removed = self.untag(name).await;
            if there && removed {
                return true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        false
    }
}
