//! A person's login in a browser: OpenID Connect's authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636), whose
//! answer comes to a port of this machine (RFC 8252), or is typed where the browser is on another one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use url::{Url, form_urlencoded};

use super::{Services, failed};
use crate::model::{Reason, ReasonKind, text};

/// The client that Sigstore's providers know.
const CLIENT: &str = "sigstore";
/// Where an answer that is typed is sent to: the provider shows it.
const TYPED: &str = "urn:ietf:wg:oauth:2.0:oob";
/// The path on this machine that the browser comes back to; the host is the name that Dex lets public clients use.
const PATH: &str = "/auth/callback";
/// How many letters lead to the provider: 66 random bits.
const WAY: usize = 11;
/// The longest that the provider may take for an answer.
const ANSWER: Duration = Duration::from_secs(30);
/// The most bytes of an answer.
const LARGEST: usize = 1 << 20;
/// How long the browser's page may take to be sent.
const PAGE: Duration = Duration::from_secs(2);

/// A login that was begun. It has no `Debug`: its secrets are worth a token.
pub struct Login {
    provider: String,
    token_endpoint: Url,
    client: reqwest::Client,
    address: String,
    redirect: String,
    verifier: String,
    state: String,
    nonce: String,
    here: Option<Here>,
}

/// The port of this machine that the browser comes back to.
struct Here {
    listener: TcpListener,
    /// The path of the way to the provider, which nobody can guess.
    way: String,
    port: u16,
}

/// What discovery tells (OpenID Connect Discovery 1.0).
#[derive(Deserialize)]
struct Provider {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
}

/// A token, or why there is none (RFC 6749, 5.1 and 5.2).
#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    nonce: Option<String>,
}

impl Login {
    /// Asks the provider where people log in, and waits on a port of this machine for the browser to come back.
    ///
    /// # Errors
    /// When the services name no provider, it does not answer as one, or there is no port.
    pub async fn here(services: &Services) -> Result<Self, Reason> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let port = listener.and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
        let (port, listener) =
            port.map_err(|error| failed("opening a port for the browser to come back to", &error))?;
        let login = Self::begin(services, format!("http://localhost:{port}{PATH}")).await?;
        let way = format!("/{}", &secret()?[..WAY]);
        Ok(Self { here: Some(Here { listener, way, port }), ..login })
    }

    /// The same where the browser is on another machine: the provider shows a code to type.
    ///
    /// # Errors
    /// As [`here`](Self::here).
    pub async fn elsewhere(services: &Services) -> Result<Self, Reason> {
        Self::begin(services, TYPED.to_owned()).await
    }

    async fn begin(services: &Services, redirect: String) -> Result<Self, Reason> {
        let Some(provider) = services.provider() else {
            let text = "the signing config names no identity provider to log in at";
            return Err(Reason::new(ReasonKind::NotConfigured, text).cure("give an --identity-token FILE"));
        };
        let tried = format!("logging in at {provider}");
        let client = reqwest::Client::builder().timeout(ANSWER).build();
        let client = client.map_err(|error| failed(&tried, &error))?;
        let wrong = |what: String| Reason::new(ReasonKind::Unreadable, format!("{tried}: {what}"));
        let base = provider.trim_end_matches('/');
        let request = client.get(format!("{base}/.well-known/openid-configuration"));
        let (status, body) = answer(request).await.map_err(|error| failed(&tried, &error))?;
        if !status.is_success() {
            return Err(wrong(format!("its description (OpenID discovery) ended with {status}")));
        }
        let found: Provider = serde_json::from_slice(&body)
            .map_err(|error| wrong(format!("its description (OpenID discovery) cannot be read: {error}")))?;
        if found.issuer.trim_end_matches('/') != base {
            return Err(wrong(format!("it calls itself {}", text::clean_line(&found.issuer))));
        }
        let endpoint = |given: &str| {
            let url = Url::parse(given).ok().filter(is_private);
            url.ok_or_else(|| wrong(format!("its endpoint {} is no https address", text::clean_line(given))))
        };
        let (verifier, state, nonce) = (secret()?, secret()?, secret()?);
        let mut address = endpoint(&found.authorization_endpoint)?;
        address
            .query_pairs_mut()
            .append_pair("client_id", CLIENT)
            .append_pair("redirect_uri", &redirect)
            .append_pair("response_type", "code")
            .append_pair("scope", "openid email")
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())))
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", &state)
            .append_pair("nonce", &nonce);
        Ok(Self {
            provider: provider.to_owned(),
            token_endpoint: endpoint(&found.token_endpoint)?,
            client,
            address: address.into(),
            redirect,
            verifier,
            state,
            nonce,
            here: None,
        })
    }

    /// The address to log in at, in a browser. No secret is in it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A short address of this machine that leads there, while the browser is waited for: one that fits a line. None where
    /// the browser is on another machine.
    pub fn short_address(&self) -> Option<String> {
        self.here.as_ref().map(|here| format!("http://localhost:{}{}", here.port, here.way))
    }

    /// The provider.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Waits so long for the browser to come back, and gives the identity token.
    ///
    /// # Errors
    /// When nobody came back, the login was refused, or the provider gave no token for it.
    pub async fn wait(mut self, patience: Duration) -> Result<String, Reason> {
        let Some(here) = self.here.take() else {
            return Err(self.wrong("the code that it shows is waited for by nobody"));
        };
        let back = came_back(here, self.address.clone(), self.state.clone());
        let code = tokio::time::timeout(patience, back).await;
        let Ok(code) = code else {
            let text = format!("nobody logged in at {} within {} s", self.provider, patience.as_secs());
            return Err(
                Reason::new(ReasonKind::TimedOut, text).cure("begin again; or give an --identity-token FILE")
            );
        };
        match code {
            Ok(code) => self.typed(&code).await,
            Err(why) => Err(self.wrong(&why)),
        }
    }

    /// Gives the identity token for the code that the provider gave.
    ///
    /// # Errors
    /// When the provider gives no token for it.
    pub async fn typed(self, code: &str) -> Result<String, Reason> {
        let tried = format!("logging in at {}", self.provider);
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("client_id", CLIENT)
            .append_pair("code", code.trim())
            .append_pair("redirect_uri", &self.redirect)
            .append_pair("code_verifier", &self.verifier)
            .finish();
        let request = self.client.post(self.token_endpoint.clone());
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let (status, body) = answer(request).await.map_err(|error| failed(&tried, &error))?;
        // What it says is told only as far as it is an error's: a token may be in all else.
        let tokens: Option<Tokens> = serde_json::from_slice(&body).ok();
        match tokens {
            Some(Tokens { id_token: Some(token), .. }) if status.is_success() => {
                let claims = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
                let claims = claims.and_then(|bytes| serde_json::from_slice::<Claims>(&bytes).ok());
                match claims.and_then(|claims| claims.nonce) {
                    Some(nonce) if nonce == self.nonce => Ok(token),
                    _ => Err(self.wrong("the token that it gave is of another login (nonce)")),
                }
            }
            Some(Tokens { error: Some(error), error_description, .. }) => {
                Err(self.wrong(&refusal(&error, error_description.as_deref())))
            }
            _ => Err(self.wrong(&format!("it gave no identity token; it answered with {status}"))),
        }
    }

    fn wrong(&self, what: &str) -> Reason {
        Reason::new(ReasonKind::ToolFailed, format!("logging in at {}: {what}", self.provider))
    }
}

/// A status and a bounded body.
async fn answer(request: reqwest::RequestBuilder) -> reqwest::Result<(StatusCode, Vec<u8>)> {
    let mut response = request.send().await?;
    let (status, mut body) = (response.status(), Vec::new());
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            body.clear();
            break;
        }
    }
    Ok((status, body))
}

/// Whether nobody else reads what is sent there.
fn is_private(url: &Url) -> bool {
    let is_loopback = || match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback())
}

/// 256 random bits.
fn secret() -> Result<String, Reason> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| failed("taking random numbers of this machine", &error))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn refusal(error: &str, description: Option<&str>) -> String {
    let said = description.map_or_else(|| error.to_owned(), |description| format!("{error}: {description}"));
    let said: String = text::clean_line(&said).chars().take(400).collect();
    format!("it was refused: {said}")
}

/// What the browser brings: the provider's code, or why there is none.
type Brought = Result<String, String>;

/// The one answer that is waited for, and who waits for it.
struct Waiting {
    state: String,
    waits: Mutex<Option<oneshot::Sender<Brought>>>,
}

/// Leads browsers to the provider, and serves the page that they come back to, until one comes back from this login.
async fn came_back(here: Here, address: String, state: String) -> Brought {
    let Here { listener, way, .. } = here;
    let (sender, receiver) = oneshot::channel();
    let waiting = Arc::new(Waiting { state, waits: Mutex::new(Some(sender)) });
    let there = async move || Redirect::to(&address);
    let router = Router::new().route(PATH, get(page)).with_state(waiting).route(&way, get(there));
    let (ends, ended) = oneshot::channel::<()>();
    let mut server = tokio::spawn(async move {
        let ended = async {
            let _ = ended.await;
        };
        let _ = axum::serve(listener, router).with_graceful_shutdown(ended).await;
    });
    let stop = Stop(server.abort_handle());
    let brought = receiver.await.unwrap_or_else(|_| Err("nobody waits for the browser any more".to_owned()));
    // The person is told before the port is closed.
    let _ = ends.send(());
    let _ = tokio::time::timeout(PAGE, &mut server).await;
    drop(stop);
    brought
}

/// Ends the server with who waits for it.
struct Stop(tokio::task::AbortHandle);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn page(State(waiting): State<Arc<Waiting>>, RawQuery(query): RawQuery) -> (StatusCode, &'static str) {
    let (mut code, mut state, mut error, mut description) = (None, None, None, None);
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let value = Some(value.into_owned());
        match &*name {
            "code" => code = value,
            "state" => state = value,
            "error" => error = value,
            "error_description" => description = value,
            _ => {}
        }
    }
    // Whoever else sends a browser here does not end this login.
    if state.as_deref() != Some(&*waiting.state) {
        return (
            StatusCode::BAD_REQUEST,
            "exitbar: this is the answer of another login. Nothing was done.\n",
        );
    }
    let brought = match (code, error) {
        (_, Some(error)) => Err(refusal(&error, description.as_deref())),
        (Some(code), None) => Ok(code),
        (None, None) => Err("it sent the browser back without a code".to_owned()),
    };
    let told = match &brought {
        Ok(_) => (StatusCode::OK, "exitbar: you are logged in. You can close this page.\n"),
        Err(_) => (StatusCode::BAD_REQUEST, "exitbar: the login was refused. Nothing was signed.\n"),
    };
    let waits = waiting.waits.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(waits) = waits {
        let _ = waits.send(brought);
    }
    told
}

#[cfg(test)]
mod tests;
