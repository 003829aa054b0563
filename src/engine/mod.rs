//! Container engines (Docker, podman), through their Docker-compatible API: which ones, what images
//! they hold, which platforms they run.

mod build;
mod candidates;
mod engines;
mod load;
mod owned;
mod probe;
mod reaper;
mod saved;
mod temporary;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bollard::query_parameters::ListImagesOptions;
use bollard::{API_DEFAULT_VERSION, Docker, errors::Error};
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt as _;

use crate::config::EngineWiring;
use crate::model::{Digest, LocalImage, Platform, Reason, ReasonKind};

pub use build::{BuildEvent, BuildFailure, BuildSpec, Built};
pub use engines::{Assigned, Engines};
pub use load::{Blob, BlobReader};
pub use owned::{Leftover, Owned};
pub use reaper::reap;
pub use saved::{Saved, SavedImage, SavedLayer};
pub use temporary::Usable;

use candidates::{Candidate, Surroundings};
use reaper::Reaper;
use temporary::Temporaries;

/// How long an engine may take to say who it is, and to answer a question.
const CONNECT_TIME: Duration = Duration::from_secs(5);
const ANSWER_TIME: Duration = Duration::from_mins(1);

/// How long an engine may take to begin to save an image, and to go on with it.
const SAVE_BEGINS: Duration = Duration::from_mins(10);
const SAVE_IDLE: Duration = Duration::from_mins(1);

/// A saved image larger than this is not looked at.
const SAVE_LIMIT: u64 = 64 * 1024 * 1024 * 1024;

/// An engine that answered. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    docker: Docker,
    address: String,
    version: String,
    platform: Platform,
    kind: Kind,
    tls: Option<PathBuf>,
    reaper: Arc<Reaper>,
    temporaries: Arc<Temporaries>,
}

/// What an engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Docker Engine, or what behaves like it.
    Docker,
    /// podman, through its Docker-compatible socket.
    Podman,
}

/// An engine's image, as the engine describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineImage {
    /// Its id: the digest of its config or, with containerd's image store, of its manifest.
    pub id: Digest,
    /// Whether the id is the config's digest.
    pub id_is_config: bool,
    /// Its platform.
    pub platform: Platform,
    /// Its unpacked size in bytes, as the engine counts it.
    pub size: Option<u64>,
    /// Its names with their tags.
    pub names: Vec<String>,
}

impl Engine {
    /// The engine that `wiring` names, or the one that the `docker` command would use:
    /// `DOCKER_HOST`, the current context, the default socket, rootless and podman sockets.
    ///
    /// # Errors
    /// `NoEngine`, with everything that was tried and what to do.
    pub async fn connect(wiring: &EngineWiring) -> Result<Self, Reason> {
        Self::connect_from(wiring, &Surroundings::of_user()).await
    }

    async fn connect_from(wiring: &EngineWiring, surroundings: &Surroundings) -> Result<Self, Reason> {
        let mut tried = Vec::new();
        for candidate in candidates::of(wiring, surroundings)? {
            match Self::reach(&candidate).await {
                Ok(engine) => return Ok(engine),
                Err(why) => tried.push(format!("{} ({}): {why}", candidate.address, candidate.from)),
            }
        }
        let text = format!("no container engine answers; tried {}", tried.join(", "));
        Err(Reason::new(ReasonKind::NoEngine, text)
            .cure("start Docker or podman's socket, or set DOCKER_HOST to where it listens"))
    }

    async fn reach(candidate: &Candidate) -> Result<Self, String> {
        let docker = client(candidate).map_err(|error| in_words(&error))?;
        // Both steps: an engine may take the connection and then say nothing.
        let negotiated = async {
            let docker = docker.negotiate_version().await?;
            let version = docker.version().await?;
            Ok::<_, Error>((docker, version))
        };
        match tokio::time::timeout(CONNECT_TIME, negotiated).await {
            Ok(Ok((docker, version))) => Ok(Self {
                docker: docker.with_timeout(ANSWER_TIME),
                address: candidate.address.clone(),
                kind: kind_of(&version),
                platform: Platform::new(
                    version.os.as_deref().unwrap_or("linux"),
                    version.arch.as_deref().unwrap_or(std::env::consts::ARCH),
                    None,
                ),
                version: version.version.unwrap_or_default(),
                tls: candidate.tls.clone(),
                reaper: Arc::default(),
                temporaries: Arc::default(),
            }),
            Ok(Err(error)) => Err(in_words(&error)),
            Err(_) => Err(format!("no answer within {} s", CONNECT_TIME.as_secs())),
        }
    }

    /// Where it listens: `unix:///var/run/docker.sock`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The version that it says it has.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The platform that it runs without emulation.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The client itself, for what runs containers.
    pub fn client(&self) -> &Docker {
        &self.docker
    }

    /// Who removes what is left here when exitbar is killed.
    fn reaper(&self) -> &Reaper {
        &self.reaper
    }

    /// What the engine says of an image; none where it has no such image.
    pub async fn inspect(&self, reference: &str) -> Result<Option<EngineImage>, Reason> {
        let image = match self.docker.inspect_image(reference).await {
            Ok(image) => image,
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
            Err(error) => return Err(self.trouble(&format!("inspect {reference}"), &error)),
        };
        let id = image.id.unwrap_or_default();
        let id = if id.contains(':') { id } else { format!("sha256:{id}") };
        let unreadable = |what| {
            Reason::new(ReasonKind::Unreadable, format!("{}: {reference} has no {what}", self.address))
        };
        let id: Digest = id.parse().map_err(|_| unreadable("id that is a digest"))?;
        let (Some(os), Some(architecture)) = (image.os, image.architecture) else {
            return Err(unreadable("platform"));
        };
        let of_manifest = image.descriptor.and_then(|descriptor| descriptor.digest);
        Ok(Some(EngineImage {
            id_is_config: of_manifest.is_none_or(|manifest| manifest != id.as_str()),
            id,
            platform: Platform::new(&os, &architecture, image.variant.as_deref()),
            names: image.repo_tags.unwrap_or_default(),
            size: image.size.and_then(|size| u64::try_from(size).ok()),
        }))
    }

    /// The names with their tags, and the sizes, of every image.
    ///
    /// # Errors
    /// What the engine says instead.
    pub async fn images(&self) -> Result<Vec<(String, Option<u64>)>, Reason> {
        let images = self.docker.list_images(None::<ListImagesOptions>).await;
        let images = images.map_err(|error| self.trouble("list its images", &error))?;
        let named = |image: bollard::models::ImageSummary| {
            let size = u64::try_from(image.size).ok();
            image.repo_tags.into_iter().filter(|name| !name.contains("<none>")).map(move |name| (name, size))
        };
        Ok(images.into_iter().flat_map(named).collect())
    }

    /// A local image, where its id is its config's digest; with containerd's image store only the
    /// saved image tells, see [`Engine::save`].
    pub fn local_image(image: &EngineImage) -> LocalImage {
        LocalImage {
            platform: image.platform.clone(),
            manifest: None,
            config: image.id.clone(),
            size: image.size,
        }
    }

    /// Saves an image to a temporary file, as `docker save` does, and lists what is in it: the
    /// only way to an engine's config as bytes, and to its layers.
    pub async fn save(&self, reference: &str) -> Result<Saved, Reason> {
        let what = format!("save {reference}");
        let failed = |error: std::io::Error| {
            Reason::new(ReasonKind::ToolFailed, format!("{what}: the temporary file: {error}"))
                .cure("check the free space of the temporary folder")
        };
        let mut file = tempfile::tempfile().map(tokio::fs::File::from_std).map_err(failed)?;
        let docker = self.docker.clone().with_timeout(SAVE_BEGINS);
        let mut chunks = docker.export_image(reference);
        let (mut size, mut longest) = (0, SAVE_BEGINS);
        loop {
            let chunk = match tokio::time::timeout(longest, chunks.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(Some(Err(error))) => return Err(self.trouble(&what, &error)),
                Ok(None) => break,
                Err(_) => {
                    let text = format!("{}: {what} stood still for {} s", self.address, longest.as_secs());
                    return Err(Reason::new(ReasonKind::TimedOut, text));
                }
            };
            longest = SAVE_IDLE;
            size += chunk.len() as u64;
            if size > SAVE_LIMIT {
                let text = format!("{what}: larger than the limit of {SAVE_LIMIT} bytes");
                return Err(Reason::new(ReasonKind::TooLarge, text));
            }
            file.write_all(&chunk).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        let file = file.into_std().await;
        let listed = tokio::task::spawn_blocking(move || Saved::list(file)).await;
        listed
            .unwrap_or_else(|error| Err(Reason::new(ReasonKind::ToolFailed, error.to_string())))
            .map_err(|reason| Reason { text: format!("{}: {what}: {}", self.address, reason.text), ..reason })
    }

    /// What an error of the client says, with the engine and what was tried.
    pub fn trouble(&self, what: &str, error: &Error) -> Reason {
        let kind = match error {
            Error::RequestTimeoutError => ReasonKind::TimedOut,
            Error::DockerResponseServerError { .. } => ReasonKind::ToolFailed,
            Error::JsonDataError { .. } | Error::JsonSerdeError { .. } => ReasonKind::Unreadable,
            _ => ReasonKind::NoEngine,
        };
        self.reason_of(kind, what, &in_words(error))
    }

    /// The same of what the engine says in the middle of an answer.
    fn reason_of(&self, kind: ReasonKind, what: &str, said: &str) -> Reason {
        let reason = Reason::new(kind, format!("engine {}: {what}: {said}", self.address));
        if is_full(said) { reason.cure(FULL) } else { reason }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({} {})", self.address, self.version)
    }
}

fn kind_of(version: &bollard::models::SystemVersion) -> Kind {
    let components = version.components.iter().flatten();
    if components.map(|component| component.name.as_str()).any(|name| name.contains("Podman")) {
        Kind::Podman
    } else {
        Kind::Docker
    }
}

fn client(candidate: &Candidate) -> Result<Docker, Error> {
    let seconds = CONNECT_TIME.as_secs();
    match (&candidate.tls, candidate.address.split_once("://")) {
        (Some(tls), Some(("tcp" | "https", _))) => {
            let file = |name| tls.join(name);
            let (key, certificate, authority) = (file("key.pem"), file("cert.pem"), file("ca.pem"));
            Docker::connect_with_ssl(
                &candidate.address,
                &key,
                &certificate,
                &authority,
                seconds,
                API_DEFAULT_VERSION,
            )
        }
        (_, Some(("unix", path))) if !Path::new(path).exists() => {
            Err(Error::SocketNotFoundError(path.to_owned()))
        }
        (_, Some(("ssh", _))) => {
            Docker::connect_with_ssh(&candidate.address, seconds, API_DEFAULT_VERSION, None)
        }
        (_, Some(("unix" | "npipe" | "tcp" | "http" | "https", _))) => {
            Docker::connect_with_host(&candidate.address)
        }
        _ => Err(Error::UnsupportedURISchemeError { uri: candidate.address.clone() }),
    }
}

/// What to do where [`is_full`].
const FULL: &str = "the engine's disk is full: free some, for example with `docker builder prune`";

/// Whether this says that a disk is full.
fn is_full(said: &str) -> bool {
    said.to_ascii_lowercase().contains("no space left on device")
}

/// The innermost cause, short and without control characters.
fn in_words(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = match error {
        Error::SocketNotFoundError(_) => "no such socket".to_owned(),
        Error::UnsupportedURISchemeError { .. } => "this kind of address is not supported".to_owned(),
        Error::DockerResponseServerError { message, .. } => message.clone(),
        _ => cause.to_string(),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}
