//! A trust root kept fresh by TUF, cached in a folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sigstore_trust_root::{TRUSTED_ROOT_TARGET, TrustedRoot, TufBootstrap, TufConfig};

use super::{Instance, RootError, RootSource, TrustMaterial};
use crate::model::text;

/// The file of the cache that says when it was last refreshed with success.
const REFRESHED: &str = "refreshed.json";
/// A repository that does not answer shall not hold an audit.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Where to refresh a trust root from, and where to keep it.
#[derive(Debug, Clone)]
pub struct Refresh {
    url: String,
    bootstrap: Vec<u8>,
    instance: Option<Instance>,
    cache: PathBuf,
    offline: bool,
}

#[derive(Serialize, Deserialize)]
struct Refreshed {
    at: Timestamp,
}

impl Refresh {
    /// Refreshes an instance's root. `cache` is a folder of its own, for this instance only.
    pub fn of(instance: Instance, cache: &Path) -> Self {
        Self {
            url: instance.library().tuf_url().to_owned(),
            bootstrap: instance.library().tuf_root().to_vec(),
            instance: Some(instance),
            cache: cache.to_owned(),
            offline: false,
        }
    }

    /// Refreshes from another TUF repository, trusting its `root.json` as it is given.
    pub fn from_repository(url: &str, root_json: &[u8], cache: &Path) -> Self {
        Self {
            url: url.to_owned(),
            bootstrap: root_json.to_vec(),
            instance: None,
            cache: cache.to_owned(),
            offline: false,
        }
    }

    /// Takes the cache, else what is built in; asks nobody.
    #[must_use]
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = offline;
        self
    }

    fn config(&self) -> TufConfig {
        TufConfig::custom(&self.url, TufBootstrap::trusted(&self.bootstrap))
            .with_cache_dir(self.cache.clone())
    }
}

impl TrustMaterial {
    /// The newest root of a TUF repository; without it (offline, unreachable, expired) the cached one, verified
    /// again as of its last refresh; without that the built-in one. What is not fresh says why
    /// ([`Self::stale`]).
    ///
    /// # Errors
    /// Only when nothing stands in: the repository is no built-in instance and nothing usable is cached.
    pub async fn refresh(refresh: &Refresh, now: Timestamp) -> Result<Self, RootError> {
        let why = if refresh.offline {
            "offline".to_owned()
        } else {
            match online(refresh, now).await {
                Ok(material) => return Ok(material),
                Err(why) => why,
            }
        };
        let why_not_cached = match cached(refresh).await {
            Ok(material) => return Ok(Self { stale: Some(why), ..material }),
            Err(why) => why,
        };
        match refresh.instance {
            Some(instance) => {
                Ok(Self { stale: Some(format!("{why}; {why_not_cached}")), ..Self::embedded(instance)? })
            }
            None => Err(RootError::Tuf {
                url: text::clean_line(&refresh.url).into_owned(),
                why: format!("{why}; {why_not_cached}"),
            }),
        }
    }
}

async fn online(refresh: &Refresh, now: Timestamp) -> Result<TrustMaterial, String> {
    let client = sigstore_trust_root::reqwest::Client::builder()
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| error.to_string())?;
    let root = TrustedRoot::from_tuf_at(refresh.config().with_http_client(client), library(now)?)
        .await
        .map_err(words)?;
    let written = serde_json::to_vec(&Refreshed { at: now }).map_err(|error| error.to_string())?;
    // A cache that cannot be written costs its age, and not the root that was read.
    let _ = tokio::fs::write(refresh.cache.join(REFRESHED), written).await;
    material(refresh, &root, now).await
}

async fn cached(refresh: &Refresh) -> Result<TrustMaterial, String> {
    let marker = tokio::fs::read(refresh.cache.join(REFRESHED)).await;
    let Refreshed { at } = marker
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| format!("nothing is cached in {}", refresh.cache.display()))?;
    // Everything is verified again; only the expiry of the metadata is taken as of the last refresh, else a
    // machine without a network would lose its root within a week.
    let root = TrustedRoot::from_tuf_at(refresh.config().offline(), library(at)?).await.map_err(words)?;
    material(refresh, &root, at).await
}

/// The bytes are read from the cache, for their digest; what counts is what was verified.
async fn material(refresh: &Refresh, verified: &TrustedRoot, at: Timestamp) -> Result<TrustMaterial, String> {
    let source = RootSource::Tuf { url: refresh.url.clone(), at };
    let file = refresh.cache.join("targets").join(TRUSTED_ROOT_TARGET);
    let as_verified = serde_json::to_vec(verified).map_err(|error| error.to_string())?;
    let bytes = match tokio::fs::read(&file).await {
        Ok(bytes) if is(&bytes, &as_verified) => bytes,
        _ => as_verified,
    };
    TrustMaterial::parse(&bytes, source, &refresh.url).map_err(|error| error.to_string())
}

fn is(bytes: &[u8], verified: &[u8]) -> bool {
    super::json::parse(bytes)
        .ok()
        .and_then(|root| serde_json::to_vec(&root).ok())
        .is_some_and(|same| same == verified)
}

/// The library has a `jiff` of its own.
fn library<T: std::str::FromStr<Err: std::fmt::Display>>(at: Timestamp) -> Result<T, String> {
    at.to_string().parse().map_err(|error: T::Err| error.to_string())
}

fn words(error: sigstore_trust_root::Error) -> String {
    text::clean_line(&error.to_string()).into_owned()
}
