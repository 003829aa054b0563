//! Signs: keyless with an identity token, or with a key pair; what comes out is a Sigstore bundle (v0.3), or what
//! cosign before version 3 keeps in annotations.

mod classic;
mod expected;
mod log;
mod login;
mod secret_key;
mod services;
#[cfg(test)]
mod tests;

use sigstore_sign::bundle::{BundleV03, VerificationMaterialV03};
use sigstore_sign::oidc::IdentityToken;
use sigstore_sign::{SigningContext, SigningServices};
use sigstore_types::{Bundle, DsseEnvelope, DsseSignature, KeyId, PayloadBytes, SignatureContent};

use super::PublicKey;
use crate::model::{Reason, ReasonKind, Signer, text};

pub use classic::ClassicSignature;
pub use login::Login;
pub use secret_key::{KeyTrouble, SecretKey};
pub use services::{Services, ServicesError};

/// The payload type of in-toto statements in a DSSE envelope.
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// Who signs, and by which services. It has no `Debug`: a secret is in it.
pub struct Signing {
    services: Services,
    by: By,
    /// Whether signatures of this key are among those that count.
    key_counts: bool,
}

enum By {
    Identity(Box<IdentityToken>),
    Key(Box<SecretKey>),
}

impl Signing {
    /// Signs keyless, as whom this identity token names. Fulcio decides whether that is so.
    ///
    /// # Errors
    /// When it is no JSON Web Token, or has expired.
    pub fn keyless(services: Services, token: &str) -> Result<Self, Reason> {
        let refused = |text: String| {
            Reason::new(ReasonKind::NotConfigured, text)
                .cure("get a new identity token with the audience `sigstore`")
        };
        let token = IdentityToken::from_jwt(token.trim())
            .map_err(|error| refused(format!("the identity token cannot be read: {error}")))?;
        if token.is_expired() {
            return Err(refused(format!("the identity token expired at {}", token.expiration())));
        }
        Ok(Self { services, by: By::Identity(Box::new(token)), key_counts: false })
    }

    /// Signs with a key of the operator's own.
    pub fn with_key(services: Services, key: SecretKey) -> Self {
        Self { services, by: By::Key(Box::new(key)), key_counts: false }
    }

    /// The same, where signatures of these keys count.
    #[must_use]
    pub fn counting(self, keys: &[PublicKey]) -> Self {
        let key_counts = matches!(&self.by, By::Key(key) if keys.contains(key.public()));
        Self { key_counts, ..self }
    }

    /// Asks for the token that the machine has by itself: on GitHub Actions, GitLab, Buildkite and the like.
    ///
    /// # Errors
    /// When there should be one and it could not be had.
    pub async fn ambient_token() -> Result<Option<String>, Reason> {
        match IdentityToken::detect_ambient().await {
            Ok(token) => Ok(token.map(|token| token.expose_secret().to_owned())),
            Err(error) => Err(failed("asking this CI for an identity token", &error)
                .cure("give the job the permission `id-token: write`")),
        }
    }

    /// Who will have signed, in words.
    pub fn who(&self) -> String {
        match &self.by {
            By::Identity(token) => {
                text::clean_line(&format!("{} ({})", token.identity(), token.issuer())).into_owned()
            }
            By::Key(key) => format!("the key {}", key.public().fingerprint()),
        }
    }

    /// Who a verifier will see, as far as a token tells before Fulcio has decided (`fulcio/docs/oidc.md`): none where
    /// that cannot be told.
    pub fn signer(&self) -> Option<Signer> {
        match &self.by {
            By::Identity(token) => expected::signer(token).map(Signer::Certificate),
            By::Key(key) => {
                Some(Signer::Key { fingerprint: key.public().fingerprint(), configured: self.key_counts })
            }
        }
    }

    /// Its services.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Signs a statement: a bundle, as JSON.
    ///
    /// # Errors
    /// Which service refused or could not be reached, and what it said.
    pub async fn bundle(&self, statement: &[u8]) -> Result<Vec<u8>, Reason> {
        let bundle = self.signed(self.services.library(), statement).await?;
        serde_json::to_vec(&bundle)
            .map_err(|error| Reason::new(ReasonKind::ToolFailed, format!("writing the bundle: {error}")))
    }

    /// Signs a statement by these services.
    async fn signed(&self, services: SigningServices, statement: &[u8]) -> Result<Bundle, Reason> {
        match &self.by {
            By::Identity(token) => {
                let signer = SigningContext::new(services).signer(token.as_ref().clone());
                let signed = signer.sign_raw_statement(statement).await;
                signed.map_err(|error| self.refused(&error))
            }
            By::Key(key) => by_key(key, &services, statement).await,
        }
    }

    fn refused(&self, error: &sigstore_sign::Error) -> Reason {
        failed(&format!("signing by {}", self.services), error)
    }
}

async fn by_key(key: &SecretKey, services: &SigningServices, statement: &[u8]) -> Result<Bundle, Reason> {
    let payload = PayloadBytes::new(statement.to_vec());
    let signed = sigstore_types::pae(IN_TOTO, statement);
    let signature = key.sign(&signed)?;
    let envelope =
        DsseEnvelope::new(IN_TOTO, payload, DsseSignature::new(signature.clone(), KeyId::default()));
    let entry = log::statement(services, &envelope, &signed, &signature, key).await?;
    let material = VerificationMaterialV03::PublicKey { hint: key.hint() };
    let mut bundle =
        BundleV03::new(material, SignatureContent::DsseEnvelope(envelope)).with_tlog_entry(entry);
    if let Some(stamp) = log::stamp(services, &signature).await? {
        bundle = bundle.with_rfc3161_timestamp(stamp);
    }
    Ok(bundle.into_bundle())
}

/// What was tried, and everything that the error says of it. A token is in none of them.
fn failed(tried: &str, error: &dyn std::error::Error) -> Reason {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let words = error.to_string();
        if !said.iter().any(|said| said.contains(&words)) {
            said.push(words);
        }
        next = error.source();
    }
    let words = text::clean_line(&said.join(": ")).into_owned();
    Reason::new(ReasonKind::ToolFailed, format!("{tried}: {words}"))
}
