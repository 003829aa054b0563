//! Sends requests: connections, redirects, retries, time-outs, limits. Everything that leaves for
//! a registry goes through here, so that it is counted, bounded and explained alike.

use std::collections::HashMap;
use std::io::SeekFrom;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, COOKIE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Body, Client, Method, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::bytes::Bytes;
use tokio_util::io::ReaderStream;
use url::Url;

use super::address::{authority, is_allowed, is_loopback, same_origin};
use super::challenge::Challenge;
use super::credentials::Credentials;
use super::grants::{Grant, Grants, Leave};
use super::requests::Counter;
use super::settings::Settings;
use super::{answer, retry, trouble};
use crate::model::{Access, Reason, ReasonKind, Repository};

/// What is asked of a registry.
pub(super) struct Ask<'a> {
    pub(super) repository: &'a Repository,
    pub(super) call: Call,
    pub(super) access: Access,
    /// The scopes of the token, where one is demanded.
    pub(super) scopes: Vec<String>,
}

/// One request, which can be sent more than once.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) payload: Payload,
}

/// What is sent along.
#[derive(Debug, Clone)]
pub(super) enum Payload {
    Nothing,
    Bytes(Bytes),
    /// So many bytes of a file from an offset on, as a stream.
    File {
        path: PathBuf,
        from: u64,
        size: u64,
    },
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// An answer whose body was not read yet, or the refusal of a token endpoint.
pub(super) enum Outcome {
    Answer { response: Response, credentials: bool },
    Refused { heard: Heard, credentials: bool },
}

/// The one way to registries.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) settings: Settings,
    pub(super) credentials: Credentials,
    pub(super) grants: Grants,
    pub(super) counter: Counter,
    client: Client,
    /// For loopback: a proxy has another loopback than this machine.
    direct: Client,
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Call {
    pub(super) fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), payload: Payload::Nothing }
    }
}

impl Transport {
    pub(super) fn new(settings: Settings) -> Result<Self, Reason> {
        let builder = || {
            Client::builder()
                .user_agent(concat!("exitbar/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(settings.times.connect)
                .redirect(reqwest::redirect::Policy::none())
        };
        let no_client = |error: reqwest::Error| {
            Reason::new(ReasonKind::ToolFailed, format!("HTTPS could not be set up: {error}"))
                .cure("check the machine's certificates")
        };
        let client = builder().build().map_err(no_client)?;
        let direct = builder().no_proxy().build().map_err(no_client)?;
        let credentials = Credentials::new(settings.credentials.clone(), settings.times.helper);
        Ok(Self {
            settings,
            credentials,
            grants: Grants::default(),
            counter: Counter::default(),
            client,
            direct,
            turns: Mutex::default(),
        })
    }

    /// Waits until this registry may get one more request.
    pub(super) async fn turn(&self, registry: &str) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut turns = self.turns.lock().ok()?;
            let new = || Arc::new(Semaphore::new(self.settings.at_once.max(1)));
            Arc::clone(turns.entry(registry.to_owned()).or_insert_with(new))
        };
        turns.acquire_owned().await.ok()
    }

    /// Asks, and reads an answer of at most `limit` bytes; says whether credentials were sent.
    pub(super) async fn ask(&self, ask: &Ask<'_>, limit: u64) -> Result<(Heard, bool), Reason> {
        self.ask_within(ask, limit, self.settings.times.answer).await
    }

    /// The same, with another limit of time for all of it.
    pub(super) async fn ask_within(
        &self,
        ask: &Ask<'_>,
        limit: u64,
        longest: Duration,
    ) -> Result<(Heard, bool), Reason> {
        let _turn = self.turn(ask.repository.registry()).await;
        let whole = async {
            match self.send(ask).await? {
                Outcome::Refused { heard, credentials } => Ok((heard, credentials)),
                Outcome::Answer { response, credentials } => {
                    Ok((self.hear(response, limit).await?, credentials))
                }
            }
        };
        match tokio::time::timeout(longest, whole).await {
            Ok(heard) => heard,
            Err(_) => Err(trouble::timed_out(ask.repository.registry(), "no whole answer", longest)),
        }
    }

    /// Sends a request with what its registry demands, and no more.
    pub(super) async fn send(&self, ask: &Ask<'_>) -> Result<Outcome, Reason> {
        let registry = ask.repository.registry();
        let credential = match ask.access {
            Access::Anonymous => None,
            Access::Credentials => Some(self.credentials.find(ask.repository).await?),
        };
        let credential = credential.as_deref();
        let (mut grant, mut refused) = (None, None);
        if let Some(challenge) = self.grants.demanded(registry) {
            match self.leave(&challenge, ask, credential, None).await? {
                Leave::Given(given) => grant = Some(given),
                Leave::Refused(heard) => refused = Some(heard),
                Leave::Nothing => {}
            }
        }
        let response = self.send_with(ask, grant.as_ref()).await?;
        let answered = |response, grant: Option<&Grant>| Outcome::Answer {
            response,
            credentials: grant.is_some() && credential.is_some(),
        };
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(answered(response, grant.as_ref()));
        }
        if let Some(heard) = refused {
            return Ok(Outcome::Refused { heard, credentials: credential.is_some() });
        }
        let Some(challenge) = Challenge::of(response.headers()) else {
            return Ok(answered(response, grant.as_ref()));
        };
        self.grants.demands(registry, &challenge);
        if grant.as_ref().is_some_and(|grant| grant.fresh) {
            return Ok(answered(response, grant.as_ref()));
        }
        match self.leave(&challenge, ask, credential, grant.as_ref()).await? {
            Leave::Given(given) => Ok(answered(self.send_with(ask, Some(&given)).await?, Some(&given))),
            Leave::Refused(heard) => Ok(Outcome::Refused { heard, credentials: credential.is_some() }),
            Leave::Nothing => Ok(answered(response, grant.as_ref())),
        }
    }

    async fn send_with(&self, ask: &Ask<'_>, grant: Option<&Grant>) -> Result<Response, Reason> {
        let mut call = ask.call.clone();
        if let Some(grant) = grant {
            call.headers.insert(AUTHORIZATION, grant.header.clone());
        }
        let response = self.retried(&call).await?;
        // Only the registry says what is absent or denied, and who gets credentials: not the host
        // that it redirected to.
        let status = response.status();
        let says_no =
            matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
        if says_no && !same_origin(&call.url, response.url()) {
            let (registry, host) = (authority(&call.url), authority(response.url()));
            let text = format!("{registry} redirected to {host}, which answered {status}");
            return Err(trouble::outside_protocol(text));
        }
        Ok(response)
    }

    /// Sends again after a connection error, a 5xx or a 429 that asks for a short pause; never
    /// after a definite answer, and never after a time-out.
    pub(super) async fn retried(&self, call: &Call) -> Result<Response, Reason> {
        let mut attempt = 0;
        // What was appended in part must not be appended again: who sends it asks how much arrived.
        if call.method == Method::PATCH {
            return self.followed(call, 1).await;
        }
        loop {
            let sent = self.followed(call, attempt + 1).await;
            let pause = match &sent {
                Ok(response) => self.pause_after(response, attempt),
                Err(reason) if reason.kind == ReasonKind::Unreachable => {
                    Some(retry::pause(self.settings.times.retry, attempt))
                }
                Err(_) => None,
            };
            match pause {
                Some(pause) if attempt < self.settings.retries => tokio::time::sleep(pause).await,
                _ => return sent,
            }
            attempt += 1;
        }
    }

    fn pause_after(&self, response: &Response, attempt: u32) -> Option<Duration> {
        let times = self.settings.times;
        let asked = answer::text(response.headers(), RETRY_AFTER.as_str());
        let asked = asked.and_then(|value| retry::retry_after(&value, super::now()));
        // Who asks for microseconds gets a pause all the same.
        let asked = asked.map(|wait| wait.max(retry::pause(times.retry, attempt)));
        match response.status() {
            StatusCode::TOO_MANY_REQUESTS => asked.filter(|wait| *wait <= times.retry_after),
            status if status.is_server_error() => {
                let pause = asked.unwrap_or_else(|| retry::pause(times.retry, attempt));
                (pause <= times.retry_after).then_some(pause)
            }
            _ => None,
        }
    }

    /// Follows the redirects of a read. Another host gets no `Authorization`, and never without TLS
    /// what was asked for with it.
    async fn followed(&self, call: &Call, attempts: u32) -> Result<Response, Reason> {
        let mut call = call.clone();
        let reads = matches!(call.method, Method::GET | Method::HEAD);
        for _ in 0..=self.settings.limits.redirects {
            let response = self.once(&call, attempts).await?;
            let target = response.headers().get(LOCATION);
            if !reads || !response.status().is_redirection() || target.is_none() {
                return Ok(response);
            }
            let target = target.and_then(|target| target.to_str().ok());
            call.url = self.redirected(&call, target)?;
            if !same_origin(response.url(), &call.url) {
                call.headers.remove(AUTHORIZATION);
                call.headers.remove(COOKIE);
            }
        }
        let text =
            format!("{} redirects more than {} times", authority(&call.url), self.settings.limits.redirects);
        Err(trouble::outside_protocol(text))
    }

    fn redirected(&self, call: &Call, target: Option<&str>) -> Result<Url, Reason> {
        let host = authority(&call.url);
        let target = target.and_then(|target| call.url.join(target).ok()).filter(Url::has_host);
        let Some(target) = target else {
            return Err(trouble::outside_protocol(format!("{host} redirects to what is no address")));
        };
        let downgrade = call.url.scheme() == "https" && target.scheme() != "https";
        if downgrade || !is_allowed(&target, &self.settings.plain_http) {
            let text = format!("{host} redirects to {} without TLS: not followed", authority(&target));
            return Err(trouble::outside_protocol(text));
        }
        Ok(target)
    }

    /// Sends once and waits for the head of the answer.
    async fn once(&self, call: &Call, attempts: u32) -> Result<Response, Reason> {
        let client = if is_loopback(&call.url) { &self.direct } else { &self.client };
        let request = client.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        let times = self.settings.times;
        let (request, longest) = match &call.payload {
            Payload::Nothing => (request, times.connect + times.idle),
            Payload::Bytes(bytes) => (request.body(bytes.clone()), times.stream),
            Payload::File { path, from, size } => {
                let unreadable = |error: std::io::Error| {
                    Reason::new(ReasonKind::Unreadable, format!("{}: {error}", path.display()))
                };
                let mut file = tokio::fs::File::open(path).await.map_err(unreadable)?;
                file.seek(SeekFrom::Start(*from)).await.map_err(unreadable)?;
                let file = file.take(*size);
                let body = Body::wrap_stream(ReaderStream::with_capacity(file, 64 * 1024));
                (request.header(CONTENT_LENGTH, *size).body(body), times.stream)
            }
        };
        self.counter.count(authority(&call.url));
        match tokio::time::timeout(longest, request.send()).await {
            Ok(sent) => sent.map_err(|error| trouble::not_sent(&call.url, &error, attempts)),
            Err(_) => Err(trouble::timed_out(&authority(&call.url), "no answer", longest)),
        }
    }

    /// Reads a body of at most `limit` bytes. Of an error only the beginning is read: its status
    /// is the answer, whatever becomes of its body.
    pub(super) async fn hear(&self, mut response: Response, limit: u64) -> Result<Heard, Reason> {
        let host = authority(response.url());
        let (status, headers) = (response.status(), response.headers().clone());
        let definite = !status.is_success();
        let limit = if definite { limit.min(self.settings.limits.error) } else { limit };
        if !definite && response.content_length().is_some_and(|length| length > limit) {
            return Err(trouble::too_large(&host, limit));
        }
        let (mut body, began) = (Vec::new(), Instant::now());
        loop {
            let idle = self.settings.times.idle;
            let idle = if definite { idle.saturating_sub(began.elapsed()) } else { idle };
            let chunk = match tokio::time::timeout(idle, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                _ if definite => break,
                Ok(Err(error)) => return Err(trouble::broken_body(&host, body.len() as u64, &error)),
                Err(_) => return Err(trouble::timed_out(&host, "no further bytes", idle)),
            };
            let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(body.len());
            if chunk.len() > room {
                if definite {
                    body.extend_from_slice(&chunk[..room]);
                    break;
                }
                return Err(trouble::too_large(&host, limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Heard { status, headers, body })
    }
}
