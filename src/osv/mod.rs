//! The API of OSV (<https://google.github.io/osv.dev/api/>): which vulnerabilities are known of a package, and what
//! is known of them. It knows nothing of images or items.

#[cfg(test)]
mod tests;

use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::model::{Reason, ReasonKind, text};

/// The most queries of one batch, as OSV allows.
const BATCH: usize = 1000;
/// The most pages of the answers to one batch.
const PAGES: usize = 50;
/// The longest that one request may take.
const REQUEST: Duration = Duration::from_mins(1);
/// The most bytes of an answer.
const ANSWER: usize = 32 << 20;

/// The name of a package in an ecosystem, with the installed version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Such as `PyPI` or `Debian:12`.
    pub ecosystem: String,
    /// The name there.
    pub name: String,
    /// The version.
    pub version: String,
}

/// What is known of a package: the identifier of a record, and when it was last changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Known {
    /// The identifier.
    pub id: String,
    /// When it was changed, as OSV writes it.
    #[serde(default)]
    pub modified: String,
}

/// OSV, or what speaks as it does.
#[derive(Debug, Clone)]
pub struct Osv {
    client: Client,
    base: Url,
}

#[derive(Deserialize)]
struct Batch {
    /// `{}` is a clean one; `null` is no answer.
    results: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    vulns: Vec<Known>,
    #[serde(default)]
    next_page_token: Option<String>,
}

impl Osv {
    /// OSV at a base URL.
    ///
    /// # Errors
    /// When that is no URL, or TLS cannot be set up.
    pub fn at(base: &str) -> Result<Self, Reason> {
        let base = Url::parse(&format!("{}/", base.trim_end_matches('/'))).map_err(|error| {
            Reason::new(ReasonKind::NotConfigured, format!("OSV's base URL {base} is none: {error}"))
        })?;
        let builder = Client::builder()
            .user_agent(concat!("exitbar/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(REQUEST)
            .redirect(reqwest::redirect::Policy::none());
        // A proxy has another loopback than this machine.
        let builder = if base.scheme() == "http" { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| {
            Reason::new(ReasonKind::ToolFailed, format!("HTTPS could not be set up: {error}"))
        })?;
        Ok(Self { client, base })
    }

    /// What is known of each package, in their order.
    ///
    /// # Errors
    /// The first request that brought no answer: half an answer is none.
    pub async fn known(&self, packages: &[Query]) -> Result<Vec<Vec<Known>>, Reason> {
        let mut known = vec![Vec::new(); packages.len()];
        for (number, batch) in packages.chunks(BATCH).enumerate() {
            let first = number * BATCH;
            let mut open: Vec<(usize, Option<String>)> =
                (0..batch.len()).map(|place| (first + place, None)).collect();
            let mut pages = 0;
            while !open.is_empty() {
                pages += 1;
                if pages > PAGES {
                    let text = format!("OSV answered with more than {PAGES} pages");
                    return Err(Reason::new(ReasonKind::TooLarge, text));
                }
                open = self.page(packages, &open, &mut known).await?;
            }
        }
        Ok(known)
    }

    /// Asks one page of each open query; gives those that have another page.
    async fn page(
        &self,
        packages: &[Query],
        open: &[(usize, Option<String>)],
        known: &mut [Vec<Known>],
    ) -> Result<Vec<(usize, Option<String>)>, Reason> {
        let query = |(place, token): &(usize, Option<String>)| {
            let Query { ecosystem, name, version } = &packages[*place];
            let mut query =
                json!({ "package": { "ecosystem": ecosystem, "name": name }, "version": version });
            if let Some(token) = token {
                query["page_token"] = json!(token);
            }
            query
        };
        let body = json!({ "queries": open.iter().map(query).collect::<Vec<_>>() });
        let url = self.url("v1/querybatch")?;
        let asked = self.client.post(url).json(&body).send().await;
        let bytes = self.hear("POST v1/querybatch", asked).await?;
        let batch: Batch = serde_json::from_slice(&bytes).map_err(|error| self.unreadable(&error))?;
        if batch.results.len() != open.len() {
            let text =
                format!("OSV was asked {} questions and gave {} answers", open.len(), batch.results.len());
            return Err(Reason::new(ReasonKind::ServerError, text));
        }
        let mut more = Vec::new();
        for ((place, _), answer) in open.iter().zip(batch.results) {
            known[*place].extend(answer.vulns);
            if let Some(token) = answer.next_page_token.filter(|token| !token.is_empty()) {
                more.push((*place, Some(token)));
            }
        }
        Ok(more)
    }

    /// The record of an identifier, as it came.
    ///
    /// # Errors
    /// Why it did not come.
    pub async fn record(&self, id: &str) -> Result<Vec<u8>, Reason> {
        let mut url = self.url("v1/vulns/")?;
        // An identifier is one segment, whatever is in it.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(id);
        }
        let asked = self.client.get(url).send().await;
        self.hear(&format!("GET v1/vulns/{}", text::clean_line(id)), asked).await
    }

    fn url(&self, path: &str) -> Result<Url, Reason> {
        self.base.join(path).map_err(|error| Reason::new(ReasonKind::NotConfigured, error.to_string()))
    }

    fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The body of a good answer within its limit.
    async fn hear(&self, request: &str, asked: reqwest::Result<Response>) -> Result<Vec<u8>, Reason> {
        let host = self.host();
        let mut response = asked.map_err(|error| self.not_sent(request, &error))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(refused(&host, request, status));
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER => body.extend_from_slice(&chunk),
                Ok(Some(_)) => {
                    let text = format!("{host}: {request}: the answer is larger than {ANSWER} bytes");
                    return Err(Reason::new(ReasonKind::TooLarge, text));
                }
                Ok(None) => return Ok(body),
                Err(error) => return Err(self.not_sent(request, &error)),
            }
        }
    }

    fn not_sent(&self, request: &str, error: &reqwest::Error) -> Reason {
        let (kind, what) = if error.is_timeout() {
            (ReasonKind::TimedOut, "did not answer in time".to_owned())
        } else {
            let mut cause: &dyn std::error::Error = error;
            while let Some(inner) = cause.source() {
                cause = inner;
            }
            (ReasonKind::Unreachable, format!("could not be asked: {}", text::clean_line(&cause.to_string())))
        };
        Reason::new(kind, format!("{}: {request}: OSV {what}", self.host()))
            .cure("check the network, or install trivy or grype")
    }

    fn unreadable(&self, error: &serde_json::Error) -> Reason {
        Reason::new(
            ReasonKind::Unreadable,
            format!("{}: OSV's answer is no list of results: {error}", self.host()),
        )
    }
}

fn refused(host: &str, request: &str, status: StatusCode) -> Reason {
    let kind = match status {
        StatusCode::TOO_MANY_REQUESTS => ReasonKind::RateLimited,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ReasonKind::Denied,
        _ => ReasonKind::ServerError,
    };
    Reason::new(kind, format!("{host}: {request}: OSV answered {status}")).cure("scan again later")
}
