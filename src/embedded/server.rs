//! The registry's server: one handler, and the handle that tests and the demo hold.

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request as Incoming, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};

use super::answer::{self, Answer};
use super::auth::{self, Intent, Tokens};
use super::loopback::{Cut, Port, Server, lock};
use super::route::Route;
use super::storage::{Storage, Stored};
use super::traffic::Traffic;
use super::{Auth, Fault, Options, Request, Trouble, blobs, manifests, referrers};
use crate::model::{Digest, Tag};

/// A running registry. It stops, with all its connections, when this is dropped.
#[derive(Debug)]
pub struct Registry {
    host: String,
    shared: Arc<Shared>,
    server: Server,
}

/// What the handler and the handle share; every lock is held for one step only, never across an await.
#[derive(Debug)]
struct Shared {
    host: String,
    options: Mutex<Options>,
    storage: Mutex<Storage>,
    tokens: Mutex<Tokens>,
    traffic: Traffic,
}

impl Registry {
    /// Starts a registry on a free port of `127.0.0.1`. Needs no runtime of the caller's.
    ///
    /// # Errors
    /// When no port or no thread can be had.
    pub fn start(mut options: Options) -> io::Result<Self> {
        let port = Port::take()?;
        let host = port.host().to_owned();
        let shared = Arc::new(Shared {
            host: host.clone(),
            storage: Mutex::new(Storage::new(options.memory)),
            traffic: Traffic::with(std::mem::take(&mut options.faults)),
            options: Mutex::new(options),
            tokens: Mutex::default(),
        });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let server = port.serve("registry", router)?;
        Ok(Self { host, shared, server })
    }

    /// Its host and port: `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What was asked of it since the start or the last [`forget_requests`](Self::forget_requests).
    pub fn requests(&self) -> Vec<Request> {
        self.shared.traffic.requests()
    }

    /// Begins counting anew.
    pub fn forget_requests(&self) {
        self.shared.traffic.forget_requests();
    }

    /// Switches the referrers API on or off.
    pub fn set_referrers(&self, on: bool) {
        lock(&self.shared.options).referrers = on;
    }

    /// Sets how many descriptors a page of referrers holds.
    pub fn set_referrers_page(&self, page: Option<usize>) {
        lock(&self.shared.options).referrers_page = page;
    }

    /// Sets who may read and write; tokens that were given out are worth nothing any more.
    pub fn set_auth(&self, auth: Auth) {
        lock(&self.shared.options).auth = auth;
        lock(&self.shared.tokens).revoke();
    }

    /// Adds something that goes wrong from now on.
    pub fn fault(&self, fault: Fault) {
        self.shared.traffic.fault(fault);
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        self.shared.traffic.mend();
    }

    /// Puts a blob there without a request; its digest.
    ///
    /// # Errors
    /// When the registry is full.
    pub fn put_blob(&self, repository: &str, bytes: impl Into<Bytes>) -> io::Result<Digest> {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        let kept = lock(&self.shared.storage).keep_blob(repository, &digest, bytes);
        kept.map(|()| digest).map_err(|_| io::Error::other("the registry is full"))
    }

    /// Puts a manifest there without a request and without checking its parts, under a tag or by its digest
    /// only; its digest.
    ///
    /// # Errors
    /// When the registry is full.
    pub fn put_manifest(
        &self,
        repository: &str,
        tag: Option<&Tag>,
        media_type: &str,
        bytes: impl Into<Bytes>,
    ) -> io::Result<Digest> {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        let stored = Stored { media_type: media_type.to_owned(), bytes };
        let tag = tag.map(Tag::as_str);
        let kept = lock(&self.shared.storage).keep_manifest(repository, &digest, tag, stored);
        kept.map(|()| digest).map_err(|_| io::Error::other("the registry is full"))
    }

    /// The digest that a tag resolves to.
    pub fn resolve(&self, repository: &str, tag: &Tag) -> Option<Digest> {
        lock(&self.shared.storage).manifest(repository, tag.as_str()).map(|(digest, _)| digest)
    }

    /// Removes a tag without a request; whether it was there.
    pub fn remove_tag(&self, repository: &str, tag: &Tag) -> bool {
        lock(&self.shared.storage).forget_manifest(repository, tag.as_str())
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
    let answer = |_: &[Trouble]| shared.answer(&head.method, &head.uri, &head.headers, body);
    shared.traffic.exchange(&head, &cut, answer).await
}

impl Shared {
    async fn answer(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: axum::body::Body,
    ) -> Answer {
        let route = Route::of(uri.path());
        if let Some(refused) = self.refusal(method, headers, &route) {
            return refused;
        }
        let limit = match route {
            Route::Manifest { .. } => manifests::LARGEST,
            _ => lock(&self.storage).room(),
        };
        let Ok(body) = axum::body::to_bytes(body, limit).await else {
            let why = "the body is too large, or its connection broke";
            return answer::error(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", why);
        };
        self.dispatch(method, uri, headers, &route, body)
    }

    fn refusal(&self, method: &Method, headers: &HeaderMap, route: &Route<'_>) -> Option<Answer> {
        if matches!(route, Route::Token | Route::Nothing) {
            return None;
        }
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let intent = if reads { Intent::Pull } else { Intent::Push };
        let auth = lock(&self.options).auth.clone();
        let tokens = lock(&self.tokens);
        auth::refusal(&auth, &tokens, headers, &self.host, route.name(), intent)
    }

    fn dispatch(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        route: &Route<'_>,
        body: Bytes,
    ) -> Answer {
        let options = lock(&self.options).clone();
        let mut storage = lock(&self.storage);
        let query = uri.query();
        match *route {
            Route::Base => answer::json(StatusCode::OK, "application/json", &serde_json::json!({})),
            Route::Token => auth::token(&options.auth, &mut lock(&self.tokens), headers, query),
            Route::Manifest { name, reference } if *method == Method::PUT => {
                manifests::put(&mut storage, name, reference, headers, body, options.referrers)
            }
            Route::Manifest { name, reference } => manifests::handle(&mut storage, method, name, reference),
            Route::Blob { name, digest } => blobs::handle(&mut storage, method, headers, name, digest),
            Route::Uploads { name } if *method == Method::POST => {
                blobs::begin(&mut storage, name, query, body)
            }
            Route::Upload { name, id } => {
                blobs::proceed(&mut storage, method, headers, (name, id), query, &body)
            }
            Route::Tags { name } if *method == Method::GET => {
                manifests::tags(&storage, name, query, options.tags_page)
            }
            Route::Referrers { name, digest } if *method == Method::GET && options.referrers => {
                referrers::list(&storage, name, digest, query, options.referrers_page)
            }
            _ => {
                let mut nothing = Answer::new("404 page not found\n".into());
                *nothing.status_mut() = StatusCode::NOT_FOUND;
                answer::with(nothing, header::CONTENT_TYPE, "text/plain; charset=utf-8")
            }
        }
    }
}
