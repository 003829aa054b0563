//! Who signs: a key, or an identity by its token; and the services that take part.

use std::sync::Arc;

use super::{World, blocking};
use crate::config::{TokenSource, Wiring};
use crate::model::{Reason, ReasonKind};
use crate::sigstore::{SecretKey, Services, Signing};

/// The variable in which CI systems hand an identity token to Sigstore's clients.
const TOKEN: &str = "SIGSTORE_ID_TOKEN";
/// The variable in which cosign takes the password of a key.
const PASSWORD: &str = "COSIGN_PASSWORD";

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

impl World {
    /// Who signs for this release, ready to do so.
    ///
    /// # Errors
    /// What is missing, and where it may come from.
    pub async fn signing(&self) -> Result<Arc<Signing>, Reason> {
        let services = signing_services(&self.wiring)?;
        if let Some(key) = &self.wiring.signing.key {
            let file = self.wiring.path(key);
            let unusable = move |why: String| {
                Reason::new(ReasonKind::NotConfigured, format!("the key {}: {why}", file.display()))
                    .cure("check `key` of [signing], or --key")
            };
            let pem = std::fs::read_to_string(self.wiring.path(key))
                .map_err(|error| unusable(error.to_string()))?;
            let password = std::env::var(PASSWORD).unwrap_or_default();
            let opened = blocking(move || SecretKey::open(&pem, &password)).await?;
            let key = opened.map_err(|trouble| unusable(trouble.to_string()))?;
            let mut counting = Vec::new();
            for written in &self.wiring.trust.keys {
                counting.push(super::trust::public_key(written, &self.wiring.root)?);
            }
            return Ok(Arc::new(Signing::with_key(services, key).counting(&counting)));
        }
        Signing::keyless(services, &self.token().await?).map(Arc::new)
    }

    async fn token(&self) -> Result<String, Reason> {
        match &self.wiring.signing.token {
            Some(TokenSource::Given(token)) => return Ok(token.clone()),
            Some(TokenSource::File(file)) => {
                let file = self.wiring.path(file);
                return std::fs::read_to_string(&file).map_err(|error| {
                    let text = format!("the identity token {}: {error}", file.display());
                    Reason::new(ReasonKind::NotConfigured, text)
                        .cure("check `identity_token` of [signing], or --identity-token")
                });
            }
            None => {}
        }
        if let Ok(token) = std::env::var(TOKEN) {
            return Ok(token);
        }
        if let Some(token) = Signing::ambient_token().await? {
            return Ok(token);
        }
        let text = "nobody to sign as: this machine has no identity token of its own";
        Err(Reason::new(ReasonKind::NotConfigured, text).cure(
            "run `exitbar sign` at a terminal to log in; or give --identity-token FILE, SIGSTORE_ID_TOKEN, or --key FILE",
        ))
    }
}
