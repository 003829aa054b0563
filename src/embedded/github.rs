//! A small GitHub inside the process: what its REST API answers about one repository, in the shapes of its OpenAPI
//! description, with workflow runs that go on a step each time they are looked at, and faults on demand.

mod runs;
mod shapes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request as Incoming, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::answer::{self, Answer, query};
use super::loopback::{Cut, Port, Server, lock};
use super::traffic::Traffic;
use super::{Fault, Request};
use runs::Run;
pub use runs::{Fate, Started};

/// The token that it takes.
pub const TOKEN: &str = "ghp_planted0token0that0must0not0come0out";

/// What each variable holds: nobody asked for it.
pub const VARIABLE: &str = "planted0value0that0must0not0come0out";

/// A running GitHub. It stops, with all its connections, when this is dropped.
#[derive(Debug)]
pub struct Github {
    shared: Arc<Shared>,
    host: String,
    _server: Server,
    _logs: Server,
}

/// What it holds.
#[derive(Debug, Clone, Default)]
pub struct Holds {
    /// The repository: `acme/greenlang`.
    pub repository: String,
    /// Names of secrets and variables, by the path below the repository that lists them: `actions/secrets`.
    pub names: BTreeMap<String, Vec<String>>,
    /// Visibility of packages, by name.
    pub packages: BTreeMap<String, String>,
    /// How many entries a page has.
    pub page: Option<usize>,
    /// Whether a dispatch is answered without its run, as older ones do.
    pub silent_dispatch: bool,
    /// How runs that are dispatched go.
    pub fate: Fate,
    /// The commit that dispatched runs get.
    pub commit: String,
}

#[derive(Debug)]
struct Shared {
    base: String,
    logs: String,
    holds: Mutex<Holds>,
    runs: Mutex<Vec<Run>>,
    /// What was dispatched: the bodies.
    dispatched: Mutex<Vec<Value>>,
    traffic: Traffic,
    /// Of the host that keeps the logs.
    log_traffic: Traffic,
}

impl Github {
    /// Answers on a free port of `127.0.0.1`; logs of jobs lie on another one.
    ///
    /// # Errors
    /// When no port or no thread can be had.
    pub fn start(holds: Holds) -> io::Result<Self> {
        let (port, logs) = (Port::take()?, Port::take()?);
        let host = port.host().to_owned();
        let shared = Arc::new(Shared {
            base: format!("http://{host}"),
            logs: format!("http://{}", logs.host()),
            holds: Mutex::new(holds),
            runs: Mutex::default(),
            dispatched: Mutex::default(),
            traffic: Traffic::default(),
            log_traffic: Traffic::default(),
        });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let of_logs = Router::new().fallback(handle_log).with_state(Arc::clone(&shared));
        let (server, logs) = (port.serve("github", router)?, logs.serve("github-logs", of_logs)?);
        Ok(Self { _server: server, _logs: logs, shared, host })
    }

    /// The base URL of its API.
    pub fn url(&self) -> String {
        format!("http://{}", self.host)
    }

    /// What was asked since the start.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.traffic.requests()
    }

    /// What was asked of the host that keeps the logs.
    pub fn log_requests(&self) -> Vec<Request> {
        self.shared.log_traffic.requests()
    }

    /// What was dispatched.
    pub fn dispatched(&self) -> Vec<Value> {
        lock(&self.shared.dispatched).clone()
    }

    /// Changes what it holds.
    pub fn change(&self, change: impl FnOnce(&mut Holds)) {
        change(&mut lock(&self.shared.holds));
    }

    /// Adds a run that is there already; its number.
    pub fn add_run(&self, started: Started) -> u64 {
        let mut runs = lock(&self.shared.runs);
        let run = Run::new(runs.len(), started);
        let id = run.id;
        runs.push(run);
        id
    }

    /// Adds something that goes wrong from now on.
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

async fn handle_log(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    incoming: Incoming,
) -> Answer {
    let (head, _) = incoming.into_parts();
    let text = "2026-11-27T10:00:00.0000000Z + docker push ghcr.io/acme/greenlang\n\
                2026-11-27T10:00:01.0000000Z ##[error]denied: permission_denied\n\
                2026-11-27T10:00:02.0000000Z Cleaning up\n";
    shared.log_traffic.exchange(&head, &cut, |_| async { Answer::new(Body::from(text)) }).await
}

impl Shared {
    async fn answer(&self, head: &Parts, body: Body) -> Answer {
        let authorized = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if authorized != Some(&format!("Bearer {TOKEN}")) {
            return refused(StatusCode::UNAUTHORIZED, "Bad credentials");
        }
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let repository = lock(&self.holds).repository.clone();
        let path = head.uri.path().trim_start_matches('/');
        let below = path.strip_prefix(&format!("repos/{repository}/"));
        match (&head.method, below) {
            (&Method::GET, Some(below)) => self.get(head, below),
            (&Method::POST, Some(below)) => self.post(below, &body),
            (&Method::GET, None) if path == "user" => found(&json!({ "login": "octocat", "id": 1 })),
            (&Method::GET, None) => self.package(path),
            _ => refused(StatusCode::NOT_FOUND, "Not Found"),
        }
    }

    fn get(&self, head: &Parts, below: &str) -> Answer {
        let query_of = |name: &str| query(head.uri.query(), name);
        let parts: Vec<&str> = below.split('/').collect();
        match parts.as_slice() {
            ["actions", "workflows", file, "runs"] => {
                let runs = lock(&self.runs);
                let fits = |run: &&Run| run.fits(file, query_of);
                let repository = lock(&self.holds).repository.clone();
                let found_runs: Vec<Value> =
                    runs.iter().rev().filter(fits).map(|run| run.json(&self.base, &repository)).collect();
                found(&json!({ "total_count": found_runs.len(), "workflow_runs": found_runs }))
            }
            ["actions", "runs", id] => self.of_run(head, id, |run, repository| {
                run.go_on();
                (run.json(&self.base, repository), false)
            }),
            ["actions", "runs", id, "jobs"] => {
                let number = |name: &str| query_of(name).and_then(|number| number.parse().ok());
                let size = number("per_page").unwrap_or(30);
                let page = number("page").unwrap_or(1).max(1);
                self.of_run(head, id, |run, repository| run.jobs(&self.base, repository, page, size))
            }
            ["actions", "jobs", id, "logs"] => {
                let moved = answer::empty(StatusCode::FOUND);
                answer::with(moved, header::LOCATION, &format!("{}/logs/{id}?sig=signed", self.logs))
            }
            _ => self.names(head, below),
        }
    }

    /// `read` says what is answered, and whether another page follows.
    fn of_run(&self, head: &Parts, id: &str, read: impl FnOnce(&mut Run, &str) -> (Value, bool)) -> Answer {
        let repository = lock(&self.holds).repository.clone();
        let mut runs = lock(&self.runs);
        let Some(run) = runs.iter_mut().find(|run| run.id.to_string() == id) else {
            return refused(StatusCode::NOT_FOUND, "Not Found");
        };
        let (value, has_more) = read(run, &repository);
        let etag = format!("W/\"{}\"", crate::model::Digest::of(value.to_string().as_bytes()));
        let same = head.headers.get(header::IF_NONE_MATCH).and_then(|etag| etag.to_str().ok());
        if same == Some(&etag) {
            return answer::empty(StatusCode::NOT_MODIFIED);
        }
        let answered = answer::with(found(&value), header::ETAG, &etag);
        if has_more { answer::with(answered, header::LINK, &self.next_page(head)) } else { answered }
    }

    /// The `Link` to the page after the one that is asked for.
    fn next_page(&self, head: &Parts) -> String {
        let asked = |name: &str| query(head.uri.query(), name);
        let page: usize = asked("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        let size = asked("per_page").map_or_else(String::new, |size| format!("per_page={size}&"));
        format!("<{}{}?{size}page={}>; rel=\"next\"", self.base, head.uri.path(), page + 1)
    }

    fn names(&self, head: &Parts, below: &str) -> Answer {
        let holds = lock(&self.holds);
        let kind = if below.ends_with("secrets") { "secrets" } else { "variables" };
        let Some(names) = holds.names.get(below) else { return refused(StatusCode::NOT_FOUND, "Not Found") };
        let size = holds.page.unwrap_or(100);
        let page: usize = query(head.uri.query(), "page").and_then(|page| page.parse().ok()).unwrap_or(1);
        let dated = |name: &String| {
            let at = "2019-08-10T14:59:22Z";
            let mut dated = json!({ "name": name, "created_at": at, "updated_at": at });
            if kind == "variables" {
                dated["value"] = json!(VARIABLE);
            }
            dated
        };
        let listed: Vec<Value> = names.iter().skip((page - 1) * size).take(size).map(dated).collect();
        let answered = found(&json!({ "total_count": names.len(), kind: listed }));
        if page * size >= names.len() {
            return answered;
        }
        answer::with(answered, header::LINK, &self.next_page(head))
    }

    fn package(&self, path: &str) -> Answer {
        let holds = lock(&self.holds);
        let owner = holds.repository.split('/').next().unwrap_or_default();
        let name = path.strip_prefix(&format!("orgs/{owner}/packages/container/"));
        let Some((name, visibility)) = name.and_then(|name| holds.packages.get_key_value(name)) else {
            return refused(StatusCode::NOT_FOUND, "Not Found");
        };
        let url = format!("{}/{path}", self.base);
        found(&json!({
            "id": 197, "name": name, "package_type": "container", "visibility": visibility, "url": url,
            "html_url": url, "version_count": 1, "created_at": "2026-11-27T10:00:00Z", "updated_at": "2026-11-27T10:00:00Z",
        }))
    }

    fn post(&self, below: &str, body: &Value) -> Answer {
        let parts: Vec<&str> = below.split('/').collect();
        match parts.as_slice() {
            ["actions", "workflows", file, "dispatches"] => self.dispatch(file, body),
            ["actions", "runs", id, what] => {
                let mut runs = lock(&self.runs);
                let Some(run) = runs.iter_mut().find(|run| run.id.to_string() == *id) else {
                    return refused(StatusCode::NOT_FOUND, "Not Found");
                };
                match *what {
                    "cancel" if run.cancel() => json_of(StatusCode::ACCEPTED, &json!({})),
                    "cancel" => {
                        refused(StatusCode::CONFLICT, "Cannot cancel a workflow run that is completed.")
                    }
                    "rerun-failed-jobs" => {
                        run.again(Fate::Succeeds);
                        json_of(StatusCode::CREATED, &json!({}))
                    }
                    _ => refused(StatusCode::NOT_FOUND, "Not Found"),
                }
            }
            _ => refused(StatusCode::NOT_FOUND, "Not Found"),
        }
    }

    fn dispatch(&self, file: &str, body: &Value) -> Answer {
        lock(&self.dispatched).push(body.clone());
        let holds = lock(&self.holds).clone();
        let started = Started {
            workflow: file.to_owned(),
            event: "workflow_dispatch".to_owned(),
            branch: body["ref"].as_str().unwrap_or_default().to_owned(),
            commit: holds.commit,
            fate: holds.fate,
            ..Started::default()
        };
        let mut runs = lock(&self.runs);
        let run = Run::new(runs.len(), started);
        let id = run.id;
        runs.push(run);
        if holds.silent_dispatch {
            return answer::empty(StatusCode::NO_CONTENT);
        }
        let url = format!("{}/repos/{}/actions/runs/{id}", self.base, holds.repository);
        found(&json!({ "workflow_run_id": id, "run_url": url, "html_url": url }))
    }
}

fn found(value: &Value) -> Answer {
    json_of(StatusCode::OK, value)
}

fn json_of(status: StatusCode, value: &Value) -> Answer {
    answer::json(status, "application/json; charset=utf-8", value)
}

fn refused(status: StatusCode, message: &str) -> Answer {
    let documentation = "https://docs.github.com/rest";
    let body = json!({ "message": message, "documentation_url": documentation, "status": status.as_str() });
    json_of(status, &body)
}
