//! Builds one image for one platform with the BuildKit in a Docker Engine: `POST /build` with
//! `version=2` (Docker Engine API 1.39 and later, so Docker 18.09). No buildx is needed.

mod context;
mod dial;
mod failure;
mod machine;
mod session;
#[cfg(test)]
mod tests;
mod trace;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bollard::body_try_stream;
use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters::{
    BuildImageOptions, BuildImageOptionsBuilder, BuilderVersion, RemoveImageOptions, TagImageOptions,
};
use futures_util::StreamExt as _;

use super::{Engine, EngineImage, Kind, in_words};
use crate::model::{BuildSecret, Platform, Reason, ReasonKind};

pub use failure::BuildFailure;
pub use trace::BuildEvent;

use context::Context;
use session::{Secrets, Session};
use trace::Trace;

/// How long the engine may take to answer a build at all; what it builds may take as long as it likes.
const BUILD_BEGINS: Duration = Duration::from_mins(10);

/// One image to build for one platform.
#[derive(Debug, Clone)]
pub struct BuildSpec {
    /// The platform that it is built for.
    pub platform: Platform,
    /// The name with a tag that the image gets once it is built and is what it should be.
    pub name: String,
    /// The folder that is the build context.
    pub context: PathBuf,
    /// The Dockerfile, inside the context or not.
    pub dockerfile: PathBuf,
    /// The stage to build; the last one when not set.
    pub target: Option<String>,
    /// Build arguments. They stay in the image's history: nothing secret.
    pub args: BTreeMap<String, String>,
    /// Labels, over those of the Dockerfile.
    pub labels: BTreeMap<String, String>,
    /// Secrets by their id, for `RUN --mount=type=secret`. Paths are taken as they are.
    pub secrets: BTreeMap<String, BuildSecret>,
    /// Images whose inline cache may be used.
    pub cache_from: Vec<String>,
    /// Whether every step is done again.
    pub no_cache: bool,
    /// `SOURCE_DATE_EPOCH` in seconds: no file of the context is younger, and the build is told
    /// (reproducible-builds.org/specs/source-date-epoch).
    pub source_date_epoch: Option<u64>,
}

/// An image that was built, checked, and named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The image.
    pub image: EngineImage,
    /// Its name with its tag.
    pub name: String,
}

impl Engine {
    /// Whether images can be built here.
    ///
    /// # Errors
    /// Why not, and what to do instead.
    pub fn builds(&self) -> Result<(), Reason> {
        match self.kind {
            Kind::Docker => Ok(()),
            Kind::Podman => Err(failure::no_buildkit(self)),
        }
    }

    /// Builds an image; `event` gets what happens as it happens. The image gets its name only when it is of
    /// the platform that was asked for, so that a build that fails leaves an older image as it is. Dropping
    /// the future stops the build in the engine as well.
    ///
    /// # Errors
    /// What failed: the context, the engine, or a step, with the step's last lines.
    pub async fn build(
        &self,
        spec: &BuildSpec,
        mut event: impl FnMut(BuildEvent) + Send,
    ) -> Result<Built, BuildFailure> {
        self.builds()?;
        let read = {
            let (folder, dockerfile) = (spec.context.clone(), spec.dockerfile.clone());
            let (latest, secrets) = (spec.source_date_epoch, spec.secrets.clone());
            tokio::task::spawn_blocking(move || {
                Ok((Context::open(&folder, &dockerfile, latest)?, Secrets::read(&secrets)?))
            })
        };
        let (context, secrets) = read.await.unwrap_or_else(|error| {
            Err(Reason::new(ReasonKind::ToolFailed, format!("reading the context: {error}")))
        })?;
        let id = self.solve(spec, context, secrets, &mut event).await?;
        let image = self.inspect(&id).await?.ok_or_else(|| {
            let text = format!("engine {}: it built {id} and does not have it", self.address);
            Reason::new(ReasonKind::ToolFailed, text).cure("build again")
        })?;
        if let Some(refused) = self.refused(spec, &image, &id).await? {
            self.remove_nameless(&id).await;
            return Err(refused.into());
        }
        self.name_image(&id, &spec.name).await?;
        Ok(Built { image, name: spec.name.clone() })
    }

    /// Sends the context and follows the build to its end; the image's id.
    async fn solve(
        &self,
        spec: &BuildSpec,
        context: Context,
        secrets: Secrets,
        event: &mut (impl FnMut(BuildEvent) + Send),
    ) -> Result<String, BuildFailure> {
        let docker = self.docker.clone().with_timeout(BUILD_BEGINS);
        let session = session_id();
        let (_session, named) = if secrets.is_empty() {
            (None, session)
        } else {
            let named = format!("client:{session}");
            (Some(Session::open(self, &session, secrets.clone()).await?), named)
        };
        let options = options(spec, context.dockerfile(), &named);
        let mut answers = docker.build_image(options, None, Some(body_try_stream(context.stream())));
        let (mut trace, mut id) = (Trace::new(secrets), None);
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(BuildInfo { aux: Some(BuildInfoAux::BuildKit(status)), .. }) => {
                    trace.apply(&status).into_iter().for_each(&mut *event);
                }
                Ok(BuildInfo { aux: Some(BuildInfoAux::Default(image)), .. }) => id = image.id.or(id),
                Ok(BuildInfo { stream: Some(text), .. }) => {
                    event(BuildEvent::Note(trace.cleaned(text.as_bytes())));
                }
                Ok(_) => {}
                Err(error) => return Err(failure::of(&error, in_words(&error), &trace, spec, &self.address)),
            }
        }
        id.ok_or_else(|| failure::broken_off(&self.address, spec).into())
    }

    /// Why the image is not what was asked for, if so.
    async fn refused(
        &self,
        spec: &BuildSpec,
        image: &EngineImage,
        id: &str,
    ) -> Result<Option<Reason>, Reason> {
        if image.platform != spec.platform {
            return Ok(Some(failure::other_platform(spec, "it", &image.platform.to_string())));
        }
        let foreign = machine::foreign_program(self, id, &spec.platform).await?;
        Ok(foreign.map(|(path, machine)| failure::other_platform(spec, &path, &machine)))
    }

    /// Removes an image that nobody named. The same content may have a name already: that stays.
    async fn remove_nameless(&self, id: &str) {
        let image = self.docker.inspect_image(id).await;
        if image.is_ok_and(|image| image.repo_tags.is_none_or(|names| names.is_empty())) {
            let _ = self.docker.remove_image(id, None::<RemoveImageOptions>, None).await;
        }
    }

    async fn name_image(&self, id: &str, name: &str) -> Result<(), Reason> {
        let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "latest"));
        let options = TagImageOptions { repo: Some(repository.to_owned()), tag: Some(tag.to_owned()) };
        let named = self.docker.tag_image(id, Some(options)).await;
        named.map_err(|error| self.trouble(&format!("name the image {name}"), &error))
    }
}

fn options(spec: &BuildSpec, dockerfile: &str, session: &str) -> BuildImageOptions {
    let mut args: HashMap<String, String> = spec.args.clone().into_iter().collect();
    if let Some(epoch) = spec.source_date_epoch {
        args.entry("SOURCE_DATE_EPOCH".to_owned()).or_insert_with(|| epoch.to_string());
    }
    let labels: HashMap<String, String> = spec.labels.clone().into_iter().collect();
    let options = BuildImageOptionsBuilder::default()
        .dockerfile(dockerfile)
        .platform(&spec.platform.to_string())
        .target(spec.target.as_deref().unwrap_or_default())
        .buildargs(&args)
        .labels(&labels)
        .nocache(spec.no_cache)
        .cachefrom(&spec.cache_from)
        .version(BuilderVersion::BuilderBuildKit)
        .session(session);
    options.build()
}

/// A name for a session that no other of this machine has.
fn session_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("exitbar-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
