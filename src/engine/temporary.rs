//! Images that are in an engine only for runs: shared by the runs of one config, gone with the last of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bollard::query_parameters::{RemoveImageOptionsBuilder, TagImageOptions};

use super::Engine;
use crate::model::{Digest, Platform, Reason};

/// What every temporary image is called; its tag says of what, and whose it is.
const NAME: &str = "exitbar-run:";

/// How many runs use an image now.
type Users = Arc<tokio::sync::Mutex<usize>>;

/// The temporary images of an engine, by the config of the image.
#[derive(Default)]
pub(super) struct Temporaries {
    users: Mutex<BTreeMap<Digest, Users>>,
}

impl Temporaries {
    fn of(&self, config: &Digest) -> Users {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(users.entry(config.clone()).or_default())
    }
}

/// An image as a run may use it.
pub struct Usable {
    engine: Engine,
    reference: String,
    /// None where the image was there before, and stays.
    users: Option<Users>,
}

impl Usable {
    /// An image that is there whoever runs it.
    pub fn lasting(engine: &Engine, reference: String) -> Self {
        Self { engine: engine.clone(), reference, users: None }
    }

    /// What the engine calls it.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// This run needs it no more: the last one removes it.
    pub async fn release(mut self) {
        if let Some(users) = self.users.take() {
            no_more(&self.engine, &self.reference, &users).await;
        }
    }
}

impl Drop for Usable {
    /// Its run was cancelled.
    fn drop(&mut self) {
        let Some(users) = self.users.take() else { return };
        let (engine, reference) = (self.engine.clone(), self.reference.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { no_more(&engine, &reference, &users).await });
        }
    }
}

async fn no_more(engine: &Engine, reference: &str, users: &Users) {
    let mut users = users.lock().await;
    *users = users.saturating_sub(1);
    // The container of a cancelled run may still hold it.
    if *users == 0 && engine.untag_soon(reference).await {
        engine.reaper().release_image(engine, reference);
    }
}

impl Engine {
    /// The image of `config`: the one that is there, or one that `load` brings under the name that it is given,
    /// for as long as runs need it. Runs of one config that come together load it once.
    ///
    /// # Errors
    /// What the engine says, or `load`.
    pub async fn usable(
        &self,
        config: &Digest,
        platform: &Platform,
        load: impl AsyncFnOnce(&str) -> Result<(), Reason>,
    ) -> Result<Usable, Reason> {
        // A name per process: two exitbars that run the same image do not take it from each other.
        let (short, process) = (config.short(), std::process::id());
        let name = format!("{NAME}{short}-{}-{process}", platform.architecture());
        let shared = self.temporaries.of(config);
        let mut users = shared.lock().await;
        if *users == 0 || self.inspect(&name).await?.is_none() {
            let there = self.inspect(config.as_str()).await?.filter(|image| image.id == *config);
            let lasts = there.as_ref().is_some_and(|image| !is_temporary(&image.names));
            if lasts {
                return Ok(Usable::lasting(self, config.to_string()));
            }
            self.reaper().watch_image(self, &name);
            // Another exitbar removes its name when it is done; this one keeps the image, if it is there still.
            let kept = there.is_some() && self.name_temporary(config, &name).await.is_ok();
            let brought = if kept { Ok(()) } else { load(&name).await };
            if let Err(reason) = brought {
                if self.untag(&name).await {
                    self.reaper().release_image(self, &name);
                }
                return Err(reason);
            }
        }
        *users += 1;
        drop(users);
        Ok(Usable { engine: self.clone(), reference: name, users: Some(shared) })
    }

    async fn name_temporary(&self, config: &Digest, name: &str) -> Result<(), Reason> {
        let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "latest"));
        let options = TagImageOptions { repo: Some(repository.to_owned()), tag: Some(tag.to_owned()) };
        let named = self.client().tag_image(config.as_str(), Some(options)).await;
        named.map_err(|error| self.trouble(&format!("name the image {name}"), &error))
    }

    /// Removes an image's name, and the image with its last name. One that is not there is no trouble; says
    /// whether it is gone.
    pub async fn untag(&self, tag: &str) -> bool {
        let options = RemoveImageOptionsBuilder::default().force(false).build();
        match self.client().remove_image(tag, Some(options), None).await {
            Ok(_) | Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => true,
            Err(_) => false,
        }
    }
}

/// Whether nobody but exitbars gave it a name. One without any is somebody's.
fn is_temporary(names: &[String]) -> bool {
    let ours = |name: &String| name.strip_prefix("localhost/").unwrap_or(name).starts_with(NAME);
    !names.is_empty() && names.iter().all(ours)
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_an_image_that_has_no_other_name_is_temporary() {
        let is_temporary =
            |names: &[&str]| super::is_temporary(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(is_temporary(&["exitbar-run:0a1b-amd64-7"]));
        assert!(is_temporary(&["localhost/exitbar-run:0a1b-amd64-7", "exitbar-run:0a1b-amd64-8"]));
        assert!(!is_temporary(&["exitbar-run:0a1b-amd64-7", "app:0.2.0"]));
        assert!(!is_temporary(&["acme/exitbar-run:1"]));
        assert!(!is_temporary(&[]), "an image that nobody named may be somebody's");
    }
}
