//! How registries are reached: addresses, times, limits, files with credentials.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::Wiring;

/// How registries are reached. Tests make the times short.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Hosts that are spoken to by plain HTTP, as `host` or `host:port`; loopback always is.
    pub plain_http: BTreeSet<String>,
    /// How long is waited.
    pub times: Times,
    /// How much is read.
    pub limits: Limits,
    /// How often a request is sent again after a connection error, a 5xx or a short `Retry-After`.
    pub retries: u32,
    /// How many requests one registry gets at the same time.
    pub at_once: usize,
    /// Where credentials are looked for.
    pub credentials: CredentialFiles,
    /// Whether pushing is refused.
    pub readonly: bool,
}

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer.
    pub idle: Duration,
    /// For a whole answer that is held in memory, with its retries and its token.
    pub answer: Duration,
    /// For a whole blob that is read or written as a stream.
    pub stream: Duration,
    /// Before the first retry; doubled for each further one, with jitter.
    pub retry: Duration,
    /// The longest `Retry-After` that is waited for; a longer one ends in "rate limited".
    pub retry_after: Duration,
    /// For a credential helper.
    pub helper: Duration,
}

/// How many bytes and pages are read at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of an index or manifest (distribution-spec: registries may refuse more than 4 MiB).
    pub manifest: u64,
    /// Bytes of an image config.
    pub config: u64,
    /// Bytes of one page of referrers.
    pub referrers: u64,
    /// Pages of referrers.
    pub pages: usize,
    /// Bytes of a token endpoint's answer.
    pub token: u64,
    /// Bytes kept of an error's body; the rest is left unread.
    pub error: u64,
    /// Redirects that are followed.
    pub redirects: usize,
}

/// The files in which credentials are looked for, in this order.
#[derive(Debug, Clone, Default)]
pub struct CredentialFiles {
    /// The files; those that do not exist are passed over.
    pub files: Vec<PathBuf>,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(20),
            answer: Duration::from_mins(1),
            stream: Duration::from_mins(30),
            retry: Duration::from_millis(250),
            retry_after: Duration::from_secs(5),
            helper: Duration::from_secs(10),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            manifest: 4 * MIB,
            config: 8 * MIB,
            referrers: 4 * MIB,
            pages: 100,
            token: MIB,
            error: MIB / 16,
            redirects: 5,
        }
    }
}

impl Default for Settings {
    /// Usual times and limits, no plain HTTP but loopback, no credentials.
    fn default() -> Self {
        Self {
            plain_http: BTreeSet::new(),
            times: Times::default(),
            limits: Limits::default(),
            retries: 2,
            at_once: 8,
            credentials: CredentialFiles::default(),
            readonly: false,
        }
    }
}

impl Settings {
    /// The settings of a wiring, with the credentials of this machine's user.
    pub fn of(wiring: &Wiring) -> Self {
        let plain = wiring.registries.iter().filter(|(_, registry)| registry.plain_http);
        Self {
            plain_http: plain.map(|(host, _)| host.clone()).collect(),
            credentials: CredentialFiles::of_user(),
            readonly: wiring.readonly,
            ..Self::default()
        }
    }
}

impl CredentialFiles {
    /// The files of this machine's user: `REGISTRY_AUTH_FILE`, Docker's `config.json` (in
    /// `DOCKER_CONFIG` or `~/.docker`), podman's `auth.json`.
    pub fn of_user() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        let docker = variable("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let runtime = variable("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json"));
        let config = home.map(|home| home.join(".config/containers/auth.json"));
        let files = [
            variable("REGISTRY_AUTH_FILE"),
            docker.map(|folder| folder.join("config.json")),
            runtime,
            config,
        ];
        Self { files: files.into_iter().flatten().collect() }
    }
}
