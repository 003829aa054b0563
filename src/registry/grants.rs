//! Leave to ask: what is sent as `Authorization`, and for how long it holds
//! (distribution-spec, token authentication; OAuth 2 for identity tokens).
//!
//! Nothing is sent before a registry demands it. What it demanded once is remembered, and a token
//! is fetched once for each registry, scope and access: anonymous and credentialed never mix.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::address::{authority, is_allowed};
use super::challenge::Challenge;
use super::credentials::Credential;
use super::secret::Secret;
use super::transport::{Ask, Call, Heard, Payload, Transport};
use super::trouble;
use crate::model::{Access, Reason, ReasonKind};

/// A token without `expires_in` holds this long (distribution-spec).
const USUAL_LIFE: Duration = Duration::from_mins(1);

/// A token is not used in its last seconds.
const MARGIN: Duration = Duration::from_secs(5);

/// What is sent as `Authorization`.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) header: HeaderValue,
    /// Whether it was fetched just now, so that a refusal is final.
    pub(super) fresh: bool,
}

/// What asking for leave came to.
pub(super) enum Leave {
    Given(Grant),
    /// The token endpoint's answer: 401, 403, 429 or 5xx.
    Refused(Heard),
    /// There is nothing to send: a password is demanded from a stranger.
    Nothing,
}

/// What registries demanded, and the tokens.
#[derive(Debug, Default)]
pub(super) struct Grants {
    demanded: Mutex<HashMap<String, Challenge>>,
    tokens: Mutex<HashMap<(String, String, Access), Slot>>,
}

/// One token; the lock is held while it is fetched, so that many requests fetch one.
type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

#[derive(Debug)]
struct Token {
    secret: Secret,
    until: Instant,
}

impl Grants {
    /// What a registry demanded when it was last asked.
    pub(super) fn demanded(&self, registry: &str) -> Option<Challenge> {
        self.demanded.lock().ok()?.get(registry).cloned()
    }

    pub(super) fn demands(&self, registry: &str, challenge: &Challenge) {
        if let Ok(mut demanded) = self.demanded.lock() {
            demanded.insert(registry.to_owned(), challenge.clone());
        }
    }

    fn slot(&self, registry: &str, scopes: &[String], access: Access) -> Slot {
        match self.tokens.lock() {
            Ok(mut tokens) => {
                Arc::clone(tokens.entry((registry.to_owned(), scopes.join(" "), access)).or_default())
            }
            Err(_) => Slot::default(),
        }
    }
}

impl Transport {
    /// Leave to ask, by what `challenge` demands. `stale` is what was refused.
    pub(super) async fn leave(
        &self,
        challenge: &Challenge,
        ask: &Ask<'_>,
        credential: Option<&Credential>,
        stale: Option<&Grant>,
    ) -> Result<Leave, Reason> {
        let Challenge::Bearer { realm, service } = challenge else { return basic(ask, credential, stale) };
        let slot = self.grants.slot(ask.repository.registry(), &ask.scopes, ask.access);
        let mut kept = slot.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.until > Instant::now())
            && let Some(header) = token.secret.bearer()
            && stale.is_none_or(|stale| stale.header != header)
        {
            return Ok(Leave::Given(Grant { header, fresh: false }));
        }
        *kept = None;
        match self.fetch_token(realm, service.as_deref(), ask, credential).await? {
            Ok(token) => {
                let header = token.secret.bearer().ok_or_else(|| no_token(realm))?;
                *kept = Some(token);
                Ok(Leave::Given(Grant { header, fresh: true }))
            }
            Err(refusal) => Ok(Leave::Refused(refusal)),
        }
    }

    async fn fetch_token(
        &self,
        realm: &Url,
        service: Option<&str>,
        ask: &Ask<'_>,
        credential: Option<&Credential>,
    ) -> Result<Result<Token, Heard>, Reason> {
        // The registry itself may be plain: then so may its token endpoint, where the same rules let it.
        if !is_allowed(realm, &self.settings.plain_http) {
            return Err(trouble::outside_protocol(format!(
                "{} names a token endpoint without TLS, {}: no credentials are sent there",
                ask.repository.registry(),
                authority(realm)
            )));
        }
        let call = token_call(realm, service, &ask.scopes, credential);
        let response = self.retried(&call).await?;
        let heard = self.hear(response, self.settings.limits.token).await?;
        match heard.status {
            status if status.is_success() => read_token(realm, &heard.body).map(Ok),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
                Ok(Err(heard))
            }
            status if status.is_server_error() => Ok(Err(heard)),
            status => {
                let said = trouble::told(&heard.body);
                let text = format!("the token endpoint {} answered {status} {said}", authority(realm));
                Err(trouble::outside_protocol(text.trim_end()))
            }
        }
    }
}

fn basic(ask: &Ask<'_>, credential: Option<&Credential>, stale: Option<&Grant>) -> Result<Leave, Reason> {
    let Some(credential) = credential else { return Ok(Leave::Nothing) };
    let Some(header) = credential.basic() else {
        let registry = ask.repository.registry();
        let text = format!("{registry} demands a password, but only an identity token is kept for it");
        let cure = format!("run `docker login {registry}` with a user name and password");
        return Err(Reason::new(ReasonKind::NotSupported, text).cure(cure));
    };
    if stale.is_some_and(|stale| stale.header == header) {
        return Ok(Leave::Nothing);
    }
    Ok(Leave::Given(Grant { header, fresh: true }))
}

/// `GET realm?service=…&scope=…`, with the password where there is one; for an identity token the
/// OAuth 2 form (`grant_type=refresh_token`).
fn token_call(
    realm: &Url,
    service: Option<&str>,
    scopes: &[String],
    credential: Option<&Credential>,
) -> Call {
    let mut call = Call::new(Method::GET, realm.clone());
    call.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(Credential::IdentityToken(token)) = credential {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token").append_pair("client_id", "exitbar");
        form.append_pair("service", service.unwrap_or_default());
        form.append_pair("scope", &scopes.join(" ")).append_pair("refresh_token", token.reveal());
        call.method = Method::POST;
        call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        call.payload = Payload::Bytes(form.finish().into_bytes().into());
        return call;
    }
    {
        let mut query = call.url.query_pairs_mut();
        if let Some(service) = service {
            query.append_pair("service", service);
        }
        for scope in scopes {
            query.append_pair("scope", scope);
        }
    }
    if let Some(header) = credential.and_then(Credential::basic) {
        call.headers.insert(AUTHORIZATION, header);
    }
    call
}

fn read_token(realm: &Url, body: &[u8]) -> Result<Token, Reason> {
    #[derive(serde::Deserialize)]
    struct Answer {
        token: Option<String>,
        access_token: Option<String>,
        expires_in: Option<u64>,
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| no_token(realm))?;
    let token = answer.token.filter(|token| !token.is_empty()).or(answer.access_token);
    let secret = token.filter(|token| !token.is_empty()).map(Secret::new).ok_or_else(|| no_token(realm))?;
    // A day is long enough for any token; more would overflow the clock.
    let life = answer.expires_in.map_or(USUAL_LIFE, |life| Duration::from_secs(life.min(86_400)));
    Ok(Token { secret, until: Instant::now() + life.saturating_sub(MARGIN) })
}

fn no_token(realm: &Url) -> Reason {
    trouble::outside_protocol(format!(
        "the token endpoint {} sent no token that can be read",
        authority(realm)
    ))
}
