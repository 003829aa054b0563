//! This machine's credentials: Docker's `config.json` (`auths`, `credHelpers`, `credsStore`) and
//! podman's `auth.json`, read by the crate `docker_credential`.
//!
//! Trouble here never ends an audit: a helper that is missing or broken is a warning, and what
//! needs no credentials is read without.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use docker_credential::{CredentialRetrievalError, DockerCredential};
use reqwest::header::HeaderValue;
use tokio::sync::OnceCell;

use super::secret::Secret;
use super::settings::CredentialFiles;
use crate::model::{DOCKER_HUB, Reason, ReasonKind, Repository};

/// The key under which Docker keeps Docker Hub's credentials.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// A configuration larger than this is none.
const FILE_LIMIT: u64 = 4 * 1024 * 1024;

/// Credentials for a registry. `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Credential {
    /// A user name and password.
    Password {
        /// The user name.
        user: String,
        /// The password, or a token in its place.
        password: Secret,
    },
    /// An OAuth 2 refresh token (`identitytoken`), for token endpoints only.
    IdentityToken(Secret),
}

impl Credential {
    /// The header for basic authentication; an identity token has none.
    pub(super) fn basic(&self) -> Option<HeaderValue> {
        match self {
            Self::Password { user, password } => password.basic(user),
            Self::IdentityToken(_) => None,
        }
    }
}

type Found = Result<Arc<Credential>, Reason>;

/// Looks credentials up, each once.
#[derive(Debug)]
pub(super) struct Credentials {
    files: CredentialFiles,
    helper_time: Duration,
    found: Mutex<HashMap<String, Arc<OnceCell<Found>>>>,
    warnings: Arc<Mutex<Vec<String>>>,
}

impl Credentials {
    pub(super) fn new(files: CredentialFiles, helper_time: Duration) -> Self {
        Self { files, helper_time, found: Mutex::default(), warnings: Arc::default() }
    }

    /// The credentials for a repository, or why there are none.
    pub(super) async fn find(&self, repository: &Repository) -> Found {
        let cell = match self.found.lock() {
            Ok(mut found) => Arc::clone(found.entry(repository.to_string()).or_default()),
            Err(_) => Arc::default(),
        };
        cell.get_or_init(|| self.look(repository)).await.clone()
    }

    pub(super) fn take_warnings(&self) -> Vec<String> {
        self.warnings.lock().map(|mut warnings| std::mem::take(&mut *warnings)).unwrap_or_default()
    }

    async fn look(&self, repository: &Repository) -> Found {
        let mut trouble = None;
        for file in &self.files.files {
            match self.look_in(file, repository).await {
                Ok(Some(credential)) => return Ok(Arc::new(credential)),
                Ok(None) => {}
                Err(text) => {
                    self.warn(&text);
                    trouble.get_or_insert(text);
                }
            }
        }
        let registry = repository.registry();
        let text = match trouble {
            Some(trouble) => format!("no credentials for {registry}: {trouble}"),
            None => format!("no credentials for {registry} on this machine"),
        };
        Err(Reason::new(ReasonKind::NoCredentials, text).cure(format!("run `docker login {registry}`")))
    }

    /// Reads a file and asks its helper, on a thread of its own: a helper may hang for ever, and
    /// a blocked thread of the runtime's pool would hold up the end of the program.
    async fn look_in(&self, file: &Path, repository: &Repository) -> Result<Option<Credential>, String> {
        let (send, answer) = tokio::sync::oneshot::channel();
        let (path, repository) = (file.to_owned(), repository.clone());
        std::thread::Builder::new()
            .name("credentials".to_owned())
            .spawn(move || {
                let _ = send.send(read(&path, &repository));
            })
            .map_err(|error| format!("{}: {error}", file.display()))?;
        match tokio::time::timeout(self.helper_time, answer).await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) => Err(format!("{}: reading the credentials failed", file.display())),
            Err(_) => Err(format!(
                "the credential helper of {} did not answer within {} s",
                file.display(),
                self.helper_time.as_secs_f32()
            )),
        }
    }

    fn warn(&self, text: &str) {
        if let Ok(mut warnings) = self.warnings.lock()
            && !warnings.iter().any(|warning| warning == text)
        {
            warnings.push(text.to_owned());
        }
    }
}

/// The credentials that `file` has for `repository`; the error never holds what a helper printed.
fn read(file: &PathBuf, repository: &Repository) -> Result<Option<Credential>, String> {
    let size = match std::fs::metadata(file) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", file.display())),
    };
    if size > FILE_LIMIT {
        return Err(format!("{} is too large for a file of credentials", file.display()));
    }
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let config: Config = serde_json::from_slice(&bytes).map_err(|error| {
        format!("{} is not valid JSON (line {}): its credentials are not used", file.display(), error.line())
    })?;
    let server = config.key_for(repository);
    let helper = config.helper_for(&server).map(str::to_owned);
    match docker_credential::get_credential_from_reader(bytes.as_slice(), &server) {
        Ok(DockerCredential::UsernamePassword(user, secret)) if user.is_empty() && secret.is_empty() => {
            Ok(None)
        }
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(Credential::Password { user, password: Secret::new(password) }))
        }
        Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Credential::IdentityToken(Secret::new(token)))),
        Err(error) => explain(error, file, helper.as_deref()),
    }
}

fn explain(
    error: CredentialRetrievalError,
    file: &Path,
    helper: Option<&str>,
) -> Result<Option<Credential>, String> {
    let helper = helper.map(|name| format!("docker-credential-{name}")).unwrap_or_default();
    let from = file.display();
    match error {
        CredentialRetrievalError::NoCredentialConfigured => Ok(None),
        // The helper protocol's way to say "none".
        CredentialRetrievalError::HelperFailure { stdout, stderr, .. }
            if stdout.contains("credentials not found") || stderr.contains("credentials not found") =>
        {
            Ok(None)
        }
        CredentialRetrievalError::HelperCommunicationError => {
            Err(format!("the credential helper {helper} that {from} names could not be run"))
        }
        CredentialRetrievalError::HelperFailure { .. } => {
            Err(format!("the credential helper {helper} that {from} names failed"))
        }
        CredentialRetrievalError::MalformedHelperResponse => {
            Err(format!("the answer of the credential helper {helper} that {from} names could not be read"))
        }
        _ => Err(format!("the credentials in {from} could not be read")),
    }
}

/// The keys of a file of credentials: enough to know under which one a repository's are.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    #[serde(default)]
    auths: Option<HashMap<String, serde_json::Value>>,
    #[serde(default)]
    cred_helpers: Option<HashMap<String, String>>,
    #[serde(default)]
    creds_store: Option<String>,
}

impl Config {
    /// The most specific key: podman's files may name a path below a registry, Docker Hub has four names.
    fn key_for(&self, repository: &Repository) -> String {
        let registry = repository.registry();
        let is_hub = registry == DOCKER_HUB;
        let mut keys = Vec::new();
        let mut path = repository.path();
        while !path.is_empty() {
            keys.push(format!("{registry}/{path}"));
            path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        let hub = [DOCKER_HUB_KEY, DOCKER_HUB, "index.docker.io", "registry-1.docker.io"];
        keys.extend(if is_hub { hub.map(str::to_owned).to_vec() } else { vec![registry.to_owned()] });
        let known = keys.iter().find(|key| self.has(key)).cloned();
        let usual = if is_hub { DOCKER_HUB_KEY } else { registry };
        known.unwrap_or_else(|| usual.to_owned())
    }

    fn has(&self, key: &str) -> bool {
        self.auths.as_ref().is_some_and(|auths| auths.contains_key(key))
            || self.cred_helpers.as_ref().is_some_and(|helpers| helpers.contains_key(key))
    }

    fn helper_for(&self, key: &str) -> Option<&str> {
        let own = self.cred_helpers.as_ref().and_then(|helpers| helpers.get(key));
        own.or(self.creds_store.as_ref()).map(String::as_str)
    }
}
