//! A small OSV inside the process: the advisories that it is given, asked as the real one is
//! (<https://google.github.io/osv.dev/api/>), and faults on demand.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request as Incoming, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::loopback::{Cut, Port, Server};
use super::traffic::Traffic;
use super::{Fault, Request};

/// The most bytes of a request.
const LARGEST: usize = 32 << 20;
/// The most queries of one batch, as OSV allows.
const BATCH: usize = 1000;

/// A running OSV. It stops, with all its connections, when this is dropped.
#[derive(Debug)]
pub struct Osv {
    shared: Arc<Shared>,
    host: String,
    _server: Server,
}

#[derive(Debug)]
struct Shared {
    advisories: Vec<Value>,
    page: Option<usize>,
    traffic: Traffic,
}

impl Osv {
    /// Answers on a free port of `127.0.0.1` with these advisories (OSV's records). An advisory is about the versions
    /// that it lists; about every version where it lists none. `page`: how many are on one page of an answer.
    ///
    /// # Errors
    /// When no port or no thread can be had.
    pub fn start(advisories: Vec<Value>, page: Option<usize>) -> io::Result<Self> {
        let port = Port::take()?;
        let host = port.host().to_owned();
        let shared = Arc::new(Shared { advisories, page, traffic: Traffic::default() });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        Ok(Self { _server: port.serve("osv", router)?, shared, host })
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.host)
    }

    /// What was asked since the start.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.traffic.requests()
    }

    /// Adds something that goes wrong from now on, on `/v1/querybatch` or `/v1/vulns/*`.
    pub fn fault(&self, fault: Fault) {
        self.shared.traffic.fault(fault);
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        self.shared.traffic.mend();
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    incoming: Incoming,
) -> Answer {
    let (head, body) = incoming.into_parts();
    shared.traffic.exchange(&head, &cut, |_| shared.answer(&head, body)).await
}

impl Shared {
    async fn answer(&self, head: &Parts, body: Body) -> Answer {
        let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large");
        };
        match (&head.method, head.uri.path()) {
            (&Method::POST, "/v1/querybatch") => match serde_json::from_slice(&body) {
                Ok(batch) => self.batch(&batch),
                Err(error) => refused(StatusCode::BAD_REQUEST, &error.to_string()),
            },
            (&Method::GET, path) if path.starts_with("/v1/vulns/") => {
                let id = path.trim_start_matches("/v1/vulns/");
                match self.advisories.iter().find(|advisory| advisory["id"] == id) {
                    Some(advisory) => answer::json(StatusCode::OK, "application/json", advisory),
                    None => refused(StatusCode::NOT_FOUND, "Bug not found."),
                }
            }
            _ => refused(StatusCode::NOT_FOUND, "no such method"),
        }
    }

    fn batch(&self, batch: &Value) -> Answer {
        let Some(queries) = batch["queries"].as_array() else {
            return refused(StatusCode::BAD_REQUEST, "no queries");
        };
        if queries.len() > BATCH {
            return refused(StatusCode::BAD_REQUEST, "Too many queries.");
        }
        let results: Vec<Value> = queries.iter().map(|query| self.query(query)).collect();
        answer::json(StatusCode::OK, "application/json", &json!({ "results": results }))
    }

    /// `{}` where nothing is known.
    fn query(&self, query: &Value) -> Value {
        let found: Vec<Value> = self
            .advisories
            .iter()
            .filter(|advisory| is_about(advisory, query))
            .map(|advisory| json!({ "id": advisory["id"], "modified": advisory["modified"] }))
            .collect();
        let first: usize = query["page_token"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0);
        let size = self.page.unwrap_or(usize::MAX);
        let page: Vec<&Value> = found.iter().skip(first).take(size).collect();
        if page.is_empty() {
            return json!({});
        }
        let next = first.saturating_add(size);
        if next < found.len() {
            return json!({ "vulns": page, "next_page_token": next.to_string() });
        }
        json!({ "vulns": page })
    }
}

fn is_about(advisory: &Value, query: &Value) -> bool {
    let affected = advisory["affected"].as_array().into_iter().flatten();
    let mut ours = affected.filter(|affected| {
        let (theirs, asked) = (&affected["package"], &query["package"]);
        theirs["ecosystem"] == asked["ecosystem"] && theirs["name"] == asked["name"]
    });
    ours.any(|affected| match affected["versions"].as_array() {
        Some(versions) => versions.contains(&query["version"]),
        None => true,
    })
}

fn refused(status: StatusCode, message: &str) -> Answer {
    answer::json(status, "application/json", &json!({ "code": status.as_u16(), "message": message }))
}
