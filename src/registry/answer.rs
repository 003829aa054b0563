//! What came back, as an exchange that can be read, kept and judged again.

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use url::Url;

use super::transport::{Call, Heard};
use crate::model::{Access, Answer, Exchange, HttpAnswer, Place, Reason, Repository};

/// One attempt with its answer. Where nothing came back, `access` says what would have been sent.
pub(super) fn exchange(
    repository: &Repository,
    request: String,
    access: Access,
    heard: Result<(Heard, bool), Reason>,
) -> Exchange {
    let (answer, credentials) = match heard {
        Ok((heard, credentials)) => (Answer::Http(http(heard)), credentials),
        Err(reason) => (Answer::Failed(reason), access == Access::Credentials),
    };
    Exchange { place: Place::Registry(repository.clone()), request, credentials, at: super::now(), answer }
}

/// What is asked, in words: method and URL, before any redirect.
pub(super) fn words(call: &Call) -> String {
    format!("{} {}", call.method, shown(&call.url))
}

/// A URL without its query, which may hold what a registry signed.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

fn http(heard: Heard) -> HttpAnswer {
    let media_type = text(&heard.headers, CONTENT_TYPE.as_str());
    HttpAnswer {
        status: heard.status.as_u16(),
        content_type: media_type.map(|it| it.split(';').next().unwrap_or_default().trim().to_owned()),
        docker_content_digest: text(&heard.headers, "docker-content-digest"),
        retry_after: text(&heard.headers, RETRY_AFTER.as_str()),
        body: heard.body.into(),
    }
}

/// The beginning of a header's text. Not only ASCII: `Retry-After: 35.852µs` is out there.
pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    Some(value.trim().chars().filter(|c| !c.is_control()).take(300).collect())
}
