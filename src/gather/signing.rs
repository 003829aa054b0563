//! Who signs: a key, or an identity by its token; and the services that take part.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{World, blocking};
use crate::config::{TokenSource, Wiring};
use crate::model::{Reason, ReasonKind};
use crate::sigstore::{Login, SecretKey, Services, Signing};

/// The variable in which CI systems hand an identity token to Sigstore's clients.
const TOKEN: &str = "SIGSTORE_ID_TOKEN";
/// The variable in which cosign takes the password of a key.
const PASSWORD: &str = "COSIGN_PASSWORD";

/// How long somebody who logs in is waited for.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// The services that take part in signing.
///
/// # Errors
/// When the configured signing config is none.
pub fn signing_services(wiring: &Wiring) -> Result<Services, Reason> {
    let services = match &wiring.signing.config {
        Some(file) => Services::from_file(&wiring.path(file)),
        None => Services::public_good(),
    };
    services.map_err(|error| {
        Reason::new(ReasonKind::NotConfigured, error.to_string())
            .cure("check `config` of [signing], or --signing-config")
    })
}

/// Who signs for this release.
pub enum Who {
    /// A key, or whom a token names.
    Known(Arc<Signing>),
    /// Whoever logs in with a browser, while the job runs.
    WhoLogsIn(Box<Services>),
}

impl World {
    /// Who signs for this release.
    ///
    /// # Errors
    /// What is missing, and where it may come from.
    pub async fn who_signs(&self) -> Result<Who, Reason> {
        let services = signing_services(&self.wiring)?;
        if let Some(key) = &self.wiring.signing.key {
            return self.with_key(services, key).await.map(Who::Known);
        }
        if let Some(token) = self.token().await? {
            return Signing::keyless(services, &token).map(Arc::new).map(Who::Known);
        }
        if let Some(TokenSource::Given(token)) = &*self.logged_in.lock().await
            && let Ok(signing) = Signing::keyless(services.clone(), token)
        {
            return Ok(Who::Known(Arc::new(signing)));
        }
        if self.wiring.signing.login && services.provider().is_some() {
            return Ok(Who::WhoLogsIn(Box::new(services)));
        }
        let text = "nobody to sign as: this machine has no identity token of its own";
        Err(Reason::new(ReasonKind::NotConfigured, text).cure(
            "run `exitbar sign` at a terminal to log in; or give --identity-token FILE, SIGSTORE_ID_TOKEN, or --key FILE",
        ))
    }

    /// Waits until somebody came back from the login, and signs as that person until the token expires.
    ///
    /// # Errors
    /// Why nobody is logged in.
    pub async fn log_in(&self, services: Services, login: Login) -> Result<Arc<Signing>, Reason> {
        let token = login.wait(PATIENCE).await?;
        let signing = Signing::keyless(services, &token)?;
        *self.logged_in.lock().await = Some(TokenSource::Given(token));
        Ok(Arc::new(signing))
    }

    async fn with_key(&self, services: Services, key: &Path) -> Result<Arc<Signing>, Reason> {
        let file = self.wiring.path(key);
        let unusable = move |why: String| {
            Reason::new(ReasonKind::NotConfigured, format!("the key {}: {why}", file.display()))
                .cure("check `key` of [signing], or --key")
        };
        let pem =
            std::fs::read_to_string(self.wiring.path(key)).map_err(|error| unusable(error.to_string()))?;
        let password = std::env::var(PASSWORD).unwrap_or_default();
        let opened = blocking(move || SecretKey::open(&pem, &password)).await?;
        let key = opened.map_err(|trouble| unusable(trouble.to_string()))?;
        let mut counting = Vec::new();
        for written in &self.wiring.trust.keys {
            counting.push(super::trust::public_key(written, &self.wiring.root)?);
        }
        Ok(Arc::new(Signing::with_key(services, key).counting(&counting)))
    }

    /// The token that was given, or that this machine has by itself.
    async fn token(&self) -> Result<Option<String>, Reason> {
        match &self.wiring.signing.token {
            Some(TokenSource::Given(token)) => return Ok(Some(token.clone())),
            Some(TokenSource::File(file)) => {
                let file = self.wiring.path(file);
                let read = std::fs::read_to_string(&file).map_err(|error| {
                    let text = format!("the identity token {}: {error}", file.display());
                    Reason::new(ReasonKind::NotConfigured, text)
                        .cure("check `identity_token` of [signing], or --identity-token")
                });
                return read.map(Some);
            }
            None => {}
        }
        match std::env::var(TOKEN) {
            Ok(token) => Ok(Some(token)),
            Err(_) => Signing::ambient_token().await,
        }
    }
}
