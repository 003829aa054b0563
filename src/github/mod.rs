//! GitHub's REST API (<https://docs.github.com/rest>): what a repository holds and how its workflows run. It knows
//! nothing of images or items.
//!
//! The token goes to the API's own host and to no other; without one nothing is asked.

mod answer;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, LOCATION};
use reqwest::{Client, Method, Response, StatusCode};
use tokio::sync::OnceCell;
use url::{Host, Url};

use crate::model::{Reason, ReasonKind, text};
use crate::registry::{Secret, now};

/// The longest that one answer may take.
const REQUEST: Duration = Duration::from_secs(30);
/// The most bytes of an answer.
const ANSWER: usize = 8 << 20;
/// The most pages of a list.
const PAGES: usize = 20;
/// How often a read is sent again after a broken connection or a 5xx.
const RETRIES: u32 = 2;

/// A GitHub: github.com, a company's own, or what speaks as they do.
#[derive(Debug, Clone)]
pub struct Github {
    client: Client,
    base: Url,
    /// The host whose token is asked for.
    host: String,
    token: Arc<OnceCell<Result<Secret, Reason>>>,
}

/// The state in which something was read last.
#[derive(Debug, Default)]
pub struct Etag(Option<HeaderValue>);

/// A whole answer.
#[derive(Debug)]
struct Heard {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Github {
    /// The API of the GitHub at `host`, by its usual address or at `api`.
    ///
    /// # Errors
    /// When `api` is no URL, or one without TLS that is not this machine's own.
    pub fn at(host: &str, api: Option<&str>) -> Result<Self, Reason> {
        let base = api.map_or_else(|| usual_api(host), str::to_owned);
        let invalid = |why: &str| {
            Reason::new(ReasonKind::NotConfigured, format!("[github] api = \"{base}\": {why}"))
                .cure("expected a URL such as \"https://github.example.com/api/v3\"")
        };
        let url = Url::parse(&format!("{}/", base.trim_end_matches('/')));
        let url = url.map_err(|error| invalid(&error.to_string()))?;
        if !is_allowed(&url) {
            return Err(invalid("a token is sent by HTTPS only, or to this machine itself"));
        }
        let builder = Client::builder()
            .user_agent(concat!("exitbar/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(REQUEST)
            .redirect(reqwest::redirect::Policy::none());
        // A proxy has another loopback than this machine.
        let builder = if is_loopback(&url) { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| {
            Reason::new(ReasonKind::ToolFailed, format!("HTTPS could not be set up: {error}"))
        })?;
        Ok(Self { client, base: url, host: host.to_owned(), token: Arc::default() })
    }

    /// The same with a token that is given, in place of this machine's.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        Self { token: Arc::new(OnceCell::new_with(Some(Ok(Secret::new(token.to_owned()))))), ..self }
    }

    /// Reads what is at `path` (`repos/acme/app/actions/runs/1`).
    ///
    /// # Errors
    /// No token, no answer, or why GitHub refused.
    pub async fn get(&self, path: &str) -> Result<Vec<u8>, Reason> {
        let url = self.url(path)?;
        self.good(&Method::GET, &url, None).await.map(|heard| heard.body)
    }

    /// Reads what is at `path` where it is not as it was: nothing else counts against the rate limit.
    ///
    /// # Errors
    /// As [`Github::get`].
    pub async fn get_if_changed(&self, path: &str, etag: &mut Etag) -> Result<Option<Vec<u8>>, Reason> {
        let url = self.url(path)?;
        let heard = self.send(&Method::GET, &url, None, etag.0.as_ref()).await?;
        if heard.status == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let heard = self.judged(heard, &Method::GET, &url)?;
        etag.0 = heard.headers.get(ETAG).cloned();
        Ok(Some(heard.body))
    }

    /// Reads every page of a list.
    ///
    /// # Errors
    /// As [`Github::get`], of any page: half a list is none.
    pub async fn pages(&self, path: &str) -> Result<Vec<Vec<u8>>, Reason> {
        let mut next = Some(self.url(path)?);
        let mut pages = Vec::new();
        while let Some(url) = next {
            if pages.len() == PAGES {
                let text = format!("{}: {path} has more than {PAGES} pages", self.shown());
                return Err(Reason::new(ReasonKind::TooLarge, text));
            }
            let heard = self.good(&Method::GET, &url, None).await?;
            next = answer::next_page(&heard.headers, &url);
            pages.push(heard.body);
        }
        Ok(pages)
    }

    /// Sends `body` to `path`. Never sent twice.
    ///
    /// # Errors
    /// As [`Github::get`].
    pub async fn post(&self, path: &str, body: &serde_json::Value) -> Result<Vec<u8>, Reason> {
        let url = self.url(path)?;
        self.good(&Method::POST, &url, Some(body)).await.map(|heard| heard.body)
    }

    /// Reads a log, which lies at another host: that one gets no token. Only the last part of a long one is kept.
    ///
    /// # Errors
    /// As [`Github::get`].
    pub async fn log(&self, path: &str) -> Result<String, Reason> {
        let url = self.url(path)?;
        let heard = self.send(&Method::GET, &url, None, None).await?;
        let body = if heard.status.is_redirection() {
            let target = heard.headers.get(LOCATION).and_then(|target| target.to_str().ok());
            let target = target.and_then(|target| url.join(target).ok()).filter(is_allowed);
            let Some(target) = target else {
                let text = format!("{}: GET {path} leads to no address", self.shown());
                return Err(Reason::new(ReasonKind::ServerError, text));
            };
            let sent = self.client.get(target.clone()).send().await;
            let what = format!("the log at {}", target.host_str().unwrap_or_default());
            let heard = hear(sent.map_err(|error| not_sent(&what, &error))?, &what).await?;
            if !heard.status.is_success() {
                let text = format!("{what} could not be read: {}", heard.status);
                return Err(Reason::new(ReasonKind::ServerError, text));
            }
            heard.body
        } else {
            self.judged(heard, &Method::GET, &url)?.body
        };
        Ok(text::clean(&String::from_utf8_lossy(&body)).into_owned())
    }

    async fn good(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&serde_json::Value>,
    ) -> Result<Heard, Reason> {
        let mut attempt = 0;
        loop {
            let heard = self.send(method, url, body, None).await;
            let again = match &heard {
                Ok(heard) => heard.status.is_server_error(),
                Err(reason) => reason.kind == ReasonKind::Unreachable,
            };
            if !again || *method != Method::GET || attempt == RETRIES {
                return self.judged(heard?, method, url);
            }
            tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
            attempt += 1;
        }
    }

    fn judged(&self, heard: Heard, method: &Method, url: &Url) -> Result<Heard, Reason> {
        if heard.status.is_success() {
            return Ok(heard);
        }
        let asked = format!("{}: {method} {}", self.shown(), url.path());
        Err(answer::refused(&asked, heard.status, &heard.headers, &heard.body, now()))
    }

    async fn send(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&serde_json::Value>,
        etag: Option<&HeaderValue>,
    ) -> Result<Heard, Reason> {
        let token = self.token.get_or_init(|| token::find(&self.host)).await.clone()?;
        let Some(bearer) = token.bearer() else {
            let text = format!("the token for {} holds characters that no token has", self.host);
            return Err(Reason::new(ReasonKind::NoCredentials, text));
        };
        let request = self
            .client
            .request(method.clone(), url.clone())
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28");
        let request = match etag {
            Some(etag) => request.header(IF_NONE_MATCH, etag),
            None => request,
        };
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let what = format!("{}: {method} {}", self.shown(), url.path());
        let response = request.send().await.map_err(|error| not_sent(&what, &error))?;
        hear(response, &what).await
    }

    /// A path of the API; never leaves its host.
    fn url(&self, path: &str) -> Result<Url, Reason> {
        let url = self.base.join(path);
        let url = url.ok().filter(|url| url.as_str().starts_with(self.base.as_str()));
        url.ok_or_else(|| {
            Reason::new(
                ReasonKind::NotConfigured,
                format!("{} is no path of GitHub's API", text::clean_line(path)),
            )
        })
    }

    /// The API's host, and its port where it has one.
    pub fn shown(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// Where the API of a GitHub usually is.
fn usual_api(host: &str) -> String {
    match host {
        "github.com" => "https://api.github.com".to_owned(),
        cloud if cloud.ends_with(".ghe.com") => format!("https://api.{cloud}"),
        own => format!("https://{own}/api/v3"),
    }
}

fn is_allowed(url: &Url) -> bool {
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The whole answer within its limit.
async fn hear(mut response: Response, what: &str) -> Result<Heard, Reason> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| not_sent(what, &error))? {
        if body.len() + chunk.len() > ANSWER {
            let text = format!("{what}: the answer is larger than {ANSWER} bytes");
            return Err(Reason::new(ReasonKind::TooLarge, text));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Heard { status, headers, body })
}

/// Why no answer came. The URL stays out of it: that of a log is signed.
fn not_sent(what: &str, error: &reqwest::Error) -> Reason {
    if error.is_timeout() {
        return Reason::new(ReasonKind::TimedOut, format!("{what}: no answer in time"));
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let cause =
        if std::error::Error::source(error).is_none() { "broken answer".into() } else { cause.to_string() };
    Reason::new(ReasonKind::Unreachable, format!("{what}: {}", text::clean_line(&cause)))
        .cure("check the network; --offline asks nobody")
}
