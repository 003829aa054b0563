//! Registries (OCI distribution-spec 1.1): the transport for reading facts, credentials, pushing.
//!
//! The transport is our own, on reqwest: a verdict needs the true error, headers, `Retry-After`,
//! every page, a limit on every answer, and few requests. Nothing here knows of items or releases.

mod address;
mod answer;
mod blobs;
mod challenge;
mod credentials;
mod grants;
mod manifests;
mod push;
mod referrers;
mod requests;
mod retry;
mod secret;
mod settings;
mod transport;
mod trouble;
mod upload;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::{Reason, Repository};

pub use blobs::BlobStream;
pub use push::Content;
pub use requests::Requests;
pub use reqwest::Method;
pub use retry::retry_after;
pub(crate) use secret::Secret;
pub use settings::{CredentialFiles, Limits, Settings, Times};

use transport::Transport;

/// The registries that this machine reaches. Cheap to clone; every clone shares connections,
/// tokens, limits and counters.
#[derive(Debug, Clone)]
pub struct Registries {
    transport: Arc<Transport>,
}

impl Registries {
    /// The registries as `settings` reach them. Nothing is sent yet.
    ///
    /// # Errors
    /// When no HTTP client can be made (TLS could not be set up).
    pub fn new(settings: Settings) -> Result<Self, Reason> {
        Ok(Self { transport: Arc::new(Transport::new(settings)?) })
    }

    /// How many HTTP requests were sent so far, to token endpoints and redirect targets too.
    pub fn requests(&self) -> Requests {
        self.transport.counter.so_far()
    }

    /// Whether this machine has credentials for a repository. Asks a credential helper at most once.
    pub async fn has_credentials(&self, repository: &Repository) -> bool {
        self.transport.credentials.find(repository).await.is_ok()
    }

    /// Whether a repository's registry is spoken to without TLS.
    pub fn is_plain_http(&self, repository: &Repository) -> bool {
        let url = address::endpoint(repository, "", &self.transport.settings.plain_http);
        url.is_ok_and(|url| url.scheme() == "http")
    }

    /// What went wrong with credentials since this was last asked, each trouble once: a helper
    /// that is missing or broken costs the credentials, not the audit.
    pub fn take_warnings(&self) -> Vec<String> {
        self.transport.credentials.take_warnings()
    }
}

/// The time as clients of the world read it; what is exchanged is stamped with it.
pub fn now() -> Timestamp {
    Timestamp::now()
}
