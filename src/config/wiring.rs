//! How this machine reaches the world: registries, engine, folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::{ImageName, Platform, SbomSource, text};

/// How this machine reaches the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wiring {
    /// The folder of the configuration: every relative path starts here.
    pub root: PathBuf,
    /// Settings of single registries, by host and port.
    pub registries: BTreeMap<String, RegistryWiring>,
    /// The container engines; the one that the `docker` command would use where none is configured.
    pub engines: Vec<EngineWiring>,
    /// Whether, and for which platforms, a program of a local image may run as a process of this
    /// host, without a container. Off unless the configuration says so.
    pub host_process: Option<HostProcess>,
    /// What signatures are held against.
    pub trust: TrustWiring,
    /// Who signs, and by which services.
    pub signing: SigningWiring,
    /// The scanners that the configuration names: one that is not there is a trouble then.
    pub scanners: Vec<String>,
    /// The base URL of OSV.
    pub osv: String,
    /// Where SBOMs come from.
    pub sbom: SbomWiring,
    /// The folder of the release workflows, relative to `root`.
    pub workflows: PathBuf,
    /// The file in it that releases; the ones that push images where none is named.
    pub release_workflow: Option<PathBuf>,
    /// How GitHub is asked.
    pub github: GithubWiring,
    /// What this machine keeps: layers read, runs, staged digests.
    pub store: PathBuf,
    /// Whether nothing is kept longer than this process lives (`--no-store`).
    pub no_store: bool,
    /// Whether everything but reading is refused.
    pub readonly: bool,
    /// Who sits here: the name of the user, for what is said in a walkthrough.
    pub operator: String,
}

/// What signatures are held against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustWiring {
    /// A `trusted_root.json`; the public-good instance's where none is named.
    pub root: Option<PathBuf>,
    /// Public keys, as paths or PEM.
    pub keys: Vec<String>,
    /// Whether nobody is asked for a newer trust root (`--offline`).
    pub offline: bool,
    /// Where refreshed trust roots are kept.
    pub cache: PathBuf,
}

/// Who signs, and by which services.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SigningWiring {
    /// A `signing_config.json`; the public-good instance's services where none is named.
    pub config: Option<PathBuf>,
    /// Where the identity token is; the one that this CI has by itself where none is named.
    pub token: Option<TokenSource>,
    /// A private key that signs in place of an identity.
    pub key: Option<PathBuf>,
    /// Whether the tags of cosign before version 3 are written as well.
    pub classic: bool,
    /// Whether somebody is there who can log in with a browser while a job waits: before a screen.
    pub login: bool,
}

/// Where an identity token is.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// In a file, read anew each time.
    File(PathBuf),
    /// Given: of a login.
    Given(String),
}

impl std::fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => write!(f, "File({})", file.display()),
            Self::Given(_) => f.write_str("Given(…)"),
        }
    }
}

/// Where SBOMs come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbomWiring {
    /// Of every image that has no word of its own.
    pub source: SbomSource,
    /// Of single images.
    pub images: BTreeMap<ImageName, SbomSource>,
    /// The program of syft, looked up on the PATH.
    pub syft: PathBuf,
}

impl Default for SbomWiring {
    fn default() -> Self {
        Self { source: SbomSource::Auto, images: BTreeMap::new(), syft: PathBuf::from("syft") }
    }
}

impl SbomWiring {
    /// Where the SBOMs of an image come from.
    pub fn of(&self, image: &ImageName) -> &SbomSource {
        self.images.get(image).unwrap_or(&self.source)
    }
}

/// How GitHub is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubWiring {
    /// The base URL of its API, where that is not the usual one of the source's host.
    pub api: Option<String>,
    /// How long a run may take until it starts.
    pub start_within: Duration,
}

impl Default for GithubWiring {
    fn default() -> Self {
        Self { api: None, start_within: Duration::from_mins(10) }
    }
}

/// Settings of one registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryWiring {
    /// Whether to speak plain HTTP; loopback addresses always do.
    pub plain_http: bool,
}

/// Settings of a container engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineWiring {
    /// Its address (`unix://…`, `tcp://…`, `ssh://…`); by default `DOCKER_HOST`, the current Docker
    /// context, the default socket, then rootless and podman sockets.
    pub host: Option<String>,
    /// The platforms that it shall build and run; whatever it can where this is empty.
    pub platforms: Vec<Platform>,
    /// A folder with `ca.pem`, `cert.pem` and `key.pem`, for `tcp://` with TLS.
    pub tls: Option<PathBuf>,
}

/// Runs as processes of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostProcess {
    /// The platforms that are tried; every platform of the image when empty.
    pub platforms: Vec<Platform>,
}

impl Wiring {
    /// The wiring of a folder without any settings.
    pub fn of(root: &Path, store: &Path) -> Self {
        Self {
            root: root.to_owned(),
            registries: BTreeMap::new(),
            engines: vec![EngineWiring::default()],
            host_process: None,
            trust: TrustWiring { cache: store.join("trust"), ..TrustWiring::default() },
            signing: SigningWiring::default(),
            scanners: Vec::new(),
            osv: "https://api.osv.dev".to_owned(),
            sbom: SbomWiring::default(),
            workflows: PathBuf::from(".github/workflows"),
            release_workflow: None,
            github: GithubWiring::default(),
            store: store.to_owned(),
            no_store: false,
            readonly: false,
            operator: operator(),
        }
    }

    /// A path of the configuration, from where it starts.
    pub fn path(&self, relative: &Path) -> PathBuf {
        self.root.join(relative)
    }
}

/// The user's name, as the environment says it.
fn operator() -> String {
    let said = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let said = said.map(|name| text::clean_line(&name).into_owned()).filter(|name| !name.is_empty());
    said.unwrap_or_else(|| "somebody".to_owned())
}
