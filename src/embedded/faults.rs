//! Servers that misbehave: what goes wrong, and on which requests.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use futures_util::{StreamExt as _, stream};

use super::answer::{self, Answer};
use super::log::{Log, Request};
use super::loopback::{Cut, lock};
use crate::model::wildcard;

/// Something that goes wrong on some requests.
#[derive(Debug, Clone)]
pub struct Fault {
    /// On which path: `*` stands for any run of characters, as in `*/blobs/*`.
    pub path: String,
    /// With which method; with any when none.
    pub method: Option<String>,
    /// How many times it still happens; for ever when none.
    pub times: Option<u32>,
    /// What happens.
    pub trouble: Trouble,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// An error with this status instead of the answer.
    Status(u16),
    /// 429, with this `Retry-After` when there is one.
    TooManyRequests(Option<String>),
    /// The answer, this much later.
    Latency(Duration),
    /// The answer's head and then bytes without an end (white space, which JSON allows).
    EndlessBody,
    /// The head announces the whole body; half of it comes, then the connection breaks.
    TruncatedBody,
    /// Half of the body, announced as if it were all.
    BrokenJson,
    /// One byte more than the body has (a line feed): JSON stays valid, the digest does not.
    WrongBytes,
    /// 307 to the same path at this base address (`http://127.0.0.1:1`).
    Redirect(String),
    /// The connection breaks before a byte of the answer.
    Drop,
    /// The answer without `Docker-Content-Digest`.
    NoDigestHeader,
    /// A well-formed answer to another request: a certificate for another key, the log entry of another
    /// signature, a timestamp of other bytes. Only the services of the private Sigstore know it.
    WrongAnswer,
}

impl Fault {
    /// A fault on every request of a path.
    pub fn on(path: &str, trouble: Trouble) -> Self {
        Self { path: path.to_owned(), method: None, times: None, trouble }
    }

    /// The same, with one method only.
    #[must_use]
    pub fn method(self, method: &str) -> Self {
        Self { method: Some(method.to_owned()), ..self }
    }

    /// The same, only so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }
}

/// Takes what goes wrong with this request, and counts it.
pub(super) fn take(faults: &mut [Fault], method: &str, path: &str) -> Vec<Trouble> {
    let mut taken = Vec::new();
    for fault in faults {
        let method_fits = fault.method.as_deref().is_none_or(|wanted| wanted == method);
        if !method_fits || fault.times == Some(0) || !wildcard::matches(&fault.path, path) {
            continue;
        }
        fault.times = fault.times.map(|times| times - 1);
        taken.push(fault.trouble.clone());
    }
    taken
}

/// Answers a request with what goes wrong on it, and logs both.
pub(super) async fn exchange(
    head: &Parts,
    troubles: &[Trouble],
    cut: &Cut,
    log: &Mutex<Log>,
    answer: impl Future<Output = Answer>,
) -> Answer {
    let mut request = Request {
        method: head.method.to_string(),
        authorized: head.headers.contains_key(header::AUTHORIZATION),
        path: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        status: None,
    };
    let answer = play(troubles, cut, &request.path, answer).await;
    request.status = answer.as_ref().map(|answer| answer.status().as_u16());
    lock(log).add(request);
    answer.unwrap_or_else(|| answer::empty(StatusCode::OK))
}

/// Gives an answer with what goes wrong on the request; none when the connection breaks before it.
async fn play(
    troubles: &[Trouble],
    cut: &Cut,
    path_and_query: &str,
    answer: impl Future<Output = Answer>,
) -> Option<Answer> {
    for trouble in troubles {
        if let Trouble::Latency(latency) = trouble {
            tokio::time::sleep(*latency).await;
        }
    }
    if troubles.contains(&Trouble::Drop) {
        cut.now();
        return None;
    }
    let mut answer = match troubles.iter().find_map(|trouble| instead(trouble, path_and_query)) {
        Some(answer) => answer,
        None => answer.await,
    };
    for trouble in troubles {
        answer = spoil(trouble, answer).await;
    }
    Some(answer)
}

/// The answer that a fault gives instead of the server's.
fn instead(trouble: &Trouble, path_and_query: &str) -> Option<Answer> {
    match trouble {
        Trouble::Status(status) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Some(answer::error(status, code(status), "this server was told to answer so"))
        }
        Trouble::TooManyRequests(after) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let refused = answer::error(status, code(status), "too many requests, slow down");
            Some(match after {
                Some(after) => answer::with(refused, header::RETRY_AFTER, after),
                None => refused,
            })
        }
        Trouble::Redirect(base) => {
            let moved = answer::empty(StatusCode::TEMPORARY_REDIRECT);
            Some(answer::with(moved, header::LOCATION, &format!("{base}{path_and_query}")))
        }
        _ => None,
    }
}

fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "UNAUTHORIZED",
        StatusCode::FORBIDDEN => "DENIED",
        StatusCode::NOT_FOUND => "MANIFEST_UNKNOWN",
        StatusCode::TOO_MANY_REQUESTS => "TOOMANYREQUESTS",
        _ => "UNKNOWN",
    }
}

/// Spoils an answer.
async fn spoil(trouble: &Trouble, answer: Answer) -> Answer {
    let (mut head, body) = answer.into_parts();
    // Every body of these servers is in memory already, so reading it cannot fail or grow.
    let body = match trouble {
        Trouble::EndlessBody | Trouble::TruncatedBody | Trouble::BrokenJson | Trouble::WrongBytes => {
            axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default()
        }
        Trouble::NoDigestHeader => {
            head.headers.remove(answer::CONTENT_DIGEST);
            return Answer::from_parts(head, body);
        }
        _ => return Answer::from_parts(head, body),
    };
    let half = body.slice(..body.len() / 2);
    let body = match trouble {
        Trouble::EndlessBody => {
            head.headers.remove(header::CONTENT_LENGTH);
            endless()
        }
        Trouble::TruncatedBody => {
            head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len().max(1)));
            let broken = Err(io::Error::other("cut"));
            Body::from_stream(stream::iter([Ok(half), broken]))
        }
        Trouble::BrokenJson => {
            head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(half.len()));
            Body::from(half)
        }
        _ => {
            let longer = [&body[..], b"\n"].concat();
            head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(longer.len()));
            Body::from(longer)
        }
    };
    Answer::from_parts(head, body)
}

fn endless() -> Body {
    let chunk = Bytes::from_static(&[b' '; 16 << 10]);
    Body::from_stream(stream::repeat(chunk).map(Ok::<_, Infallible>))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_as_often_as_it_says() {
        let mut faults = [Fault::on("*", Trouble::Drop).times(1).method("GET")];
        assert!(take(&mut faults, "HEAD", "/v2/").is_empty());
        assert_eq!(take(&mut faults, "GET", "/v2/"), [Trouble::Drop]);
        assert!(take(&mut faults, "GET", "/v2/").is_empty());
    }
}
