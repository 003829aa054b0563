//! The private Sigstore over HTTP on loopback: Fulcio, Rekor, timestamp authority and issuer, as the real
//! services speak. One port has them all: their paths differ, and some clients drop a path before theirs.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request as Incoming, State};
use axum::http::request::Parts as Head;
use axum::http::{Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sigstore::crypto::sha256;

use super::key::certificate_pem;
use super::login::Logins;
use super::timestamp::Request as StampRequest;
use super::{Addresses, Error, Identity, PrivateSigstore, Result, fulcio, oidc, rekor};
use crate::embedded::answer::{self, Answer};
use crate::embedded::loopback::{Cut, Port, Server, lock};
use crate::embedded::traffic::Traffic;
use crate::embedded::{Fault, Request, Trouble};

/// The most bytes of a request; an envelope is as large as the SBOM in it.
const LARGEST: usize = 32 << 20;

/// A running private Sigstore. Its services stop, with all their connections, when this is dropped.
#[derive(Debug)]
pub struct Running {
    shared: Arc<Shared>,
    server: Server,
}

struct Shared {
    sigstore: PrivateSigstore,
    addresses: Addresses,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    logins: Mutex<Logins>,
    traffic: Traffic,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// A request that is refused.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) error: Error,
}

impl<E: Into<Error>> From<E> for Refusal {
    /// What was sent is to blame.
    fn from(error: E) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: error.into() }
    }
}

impl PrivateSigstore {
    /// Opens the services on a free port of `127.0.0.1`. `clock` says what time it is: certificates, entries
    /// and timestamps have it. Needs no runtime of the caller's.
    ///
    /// # Errors
    /// When no port or no thread can be had.
    pub fn start(&self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> io::Result<Running> {
        let port = Port::take()?;
        let base = format!("http://{}", port.host());
        let addresses = Addresses {
            fulcio: base.clone(),
            rekor: base.clone(),
            rekor_v2: base.clone(),
            tsa: format!("{base}/api/v1/timestamp"),
            oidc: format!("{base}/oidc"),
        };
        let shared = Arc::new(Shared {
            sigstore: self.clone(),
            addresses,
            clock: Box::new(clock),
            logins: Mutex::default(),
            traffic: Traffic::default(),
        });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let server = port.serve("sigstore", router)?;
        Ok(Running { shared, server })
    }
}

impl Running {
    /// Where the services answer.
    pub fn addresses(&self) -> &Addresses {
        &self.shared.addresses
    }

    /// `signing_config.json` with the addresses of these services.
    ///
    /// # Errors
    /// As [`PrivateSigstore::signing_config`].
    pub fn signing_config(&self) -> Result<Value> {
        self.shared.sigstore.signing_config(self.addresses())
    }

    /// An identity token, valid for ten minutes from now.
    ///
    /// # Errors
    /// As [`PrivateSigstore::token`].
    pub fn token(&self, identity: &Identity) -> Result<String> {
        self.shared.sigstore.token(identity, (self.shared.clock)())
    }

    /// Who logs in at the provider's page from now on; nobody refuses. At first it is `dev@acme.test`.
    pub fn at_the_page(&self, person: Option<Identity>) {
        lock(&self.shared.logins).person = person;
    }

    /// What was asked of the services since the start.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.traffic.requests()
    }

    /// Adds something that goes wrong from now on. The paths are the services' own: `/api/v2/signingCert`,
    /// `/api/v1/log/*`, `/api/v2/log/*`, `/api/v1/timestamp`, `/oidc/*`.
    pub fn fault(&self, fault: Fault) {
        self.shared.traffic.fault(fault);
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        self.shared.traffic.mend();
    }

    /// Stops at once and closes every connection; later connections are refused.
    pub fn stop(&mut self) {
        self.server.stop();
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    incoming: Incoming,
) -> Answer {
    let (head, body) = incoming.into_parts();
    let answer = |troubles: &[Trouble]| shared.answer(&head, body, troubles.contains(&Trouble::WrongAnswer));
    shared.traffic.exchange(&head, &cut, answer).await
}

impl Shared {
    async fn answer(&self, head: &Head, body: Body, wrong: bool) -> Answer {
        let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
            let why = "the body is too large, or its connection broke";
            return failed(&Refusal { status: StatusCode::PAYLOAD_TOO_LARGE, error: Error::refused(why) });
        };
        self.dispatch(head, &body, wrong).unwrap_or_else(|refusal| failed(&refusal))
    }

    fn dispatch(&self, head: &Head, body: &Bytes, wrong: bool) -> Result<Answer, Refusal> {
        let (sigstore, now) = (&self.sigstore, (self.clock)());
        let own_issuer = self.addresses.oidc.as_str();
        let document = || serde_json::from_slice::<Value>(body);
        let path = head.uri.path();
        let value = match (&head.method, path) {
            (&Method::POST, "/api/v2/signingCert") => {
                let bearer = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
                fulcio::signing_certificate(sigstore, &document()?, bearer, own_issuer, now, wrong)?
            }
            (&Method::GET, "/api/v2/configuration") => fulcio::configuration(own_issuer),
            (&Method::GET, "/api/v2/trustBundle") => fulcio::trust_bundle(sigstore)?,
            (&Method::POST, "/api/v1/log/entries") => {
                return Ok(created(&rekor::create(sigstore, &document()?, now, wrong)?));
            }
            (&Method::GET, "/api/v1/log/entries") => {
                rekor::by_index(&sigstore.log()?.v1, answer::query(head.uri.query(), "logIndex"))?
            }
            (&Method::GET, "/api/v1/log/publicKey") => {
                return Ok(plain("application/x-pem-file", sigstore.log()?.v1.key.pem()));
            }
            (&Method::GET, "/api/v1/log") => rekor::state(&sigstore.log()?.v1)?,
            (&Method::POST, "/api/v2/log/entries") => {
                return Ok(created(&rekor::create_v2(sigstore, &document()?, now, wrong)?));
            }
            (&Method::GET, "/api/v2/checkpoint") => {
                return Ok(plain("text/plain; charset=utf-8", rekor::checkpoint_v2(sigstore)?));
            }
            (&Method::POST, "/api/v1/timestamp") => return self.stamp(body, now, wrong),
            (&Method::GET, "/api/v1/timestamp/certchain") => {
                let authority = sigstore.timestamp_authority()?;
                let chain =
                    certificate_pem(&authority.leaf.der()?) + &certificate_pem(&authority.root.der()?);
                return Ok(plain("application/pem-certificate-chain", chain));
            }
            (&Method::GET, "/oidc/.well-known/openid-configuration") => oidc::discovery(own_issuer),
            (&Method::GET, "/oidc/auth") => return Ok(lock(&self.logins).authorize(head.uri.query())?),
            (&Method::POST, "/oidc/token") => {
                let token = lock(&self.logins).token(&sigstore.keys.issuer, body, now, wrong);
                return Ok(token_answer(token));
            }
            (&Method::GET, "/oidc/keys") => oidc::jwks(&sigstore.keys.issuer),
            (&Method::GET, _) if path.starts_with("/api/v1/log/entries/") => {
                let uuid = path.rsplit('/').next().unwrap_or_default();
                rekor::by_uuid(&sigstore.log()?.v1, uuid)?
            }
            _ => {
                let error = Error::refused(format!("{} {path}: no such service", head.method));
                return Err(Refusal { status: StatusCode::NOT_FOUND, error });
            }
        };
        Ok(answer::json(StatusCode::OK, "application/json", &value))
    }

    /// RFC 3161, section 3.4.
    fn stamp(&self, body: &[u8], now: Timestamp, wrong: bool) -> Result<Answer, Refusal> {
        let mut request = StampRequest::read(body)?;
        if wrong {
            request.digest = sha256(b"something else").as_bytes().to_vec();
        }
        let token = self.sigstore.timestamp_authority()?.stamp(&request, now)?;
        let mut answer = plain("application/timestamp-reply", token);
        *answer.status_mut() = StatusCode::CREATED;
        Ok(answer)
    }
}

fn created(value: &Value) -> Answer {
    answer::json(StatusCode::CREATED, "application/json", value)
}

fn plain(content_type: &str, body: impl Into<Body>) -> Answer {
    answer::with(Answer::new(body.into()), header::CONTENT_TYPE, content_type)
}

/// A token, or an error as OAuth tells it (RFC 6749, section 5.2).
fn token_answer(token: Result<Value>) -> Answer {
    let (status, value) = match token {
        Ok(value) => (StatusCode::OK, value),
        Err(error) => (
            StatusCode::BAD_REQUEST,
            json!({ "error": "invalid_grant", "error_description": error.to_string() }),
        ),
    };
    answer::json(status, "application/json", &value)
}

/// An error as Fulcio and Rekor tell it.
fn failed(refusal: &Refusal) -> Answer {
    let body = json!({ "code": refusal.status.as_u16(), "message": refusal.error.to_string() });
    answer::json(refusal.status, "application/json", &body)
}

/// The text at a JSON pointer (RFC 6901).
pub(super) fn field(value: &Value, pointer: &str) -> Result<String> {
    let text = value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| Error::refused(format!("the request has no text at {pointer}")))
}

pub(super) fn unbase64(text: &str) -> Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|error| Error::refused(format!("not base64: {error}")))
}
