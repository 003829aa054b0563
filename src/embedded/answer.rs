//! Answers and errors in the form of the distribution specification ("Error Codes").

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};

/// What every handler returns.
pub(super) type Answer = Response<Body>;

pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
pub(super) const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
pub(super) const FILTERS: HeaderName = HeaderName::from_static("oci-filters-applied");

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Answer::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

/// An answer with a JSON body.
pub(super) fn json(status: StatusCode, content_type: &'static str, value: &serde_json::Value) -> Answer {
    let mut answer = Answer::new(Body::from(value.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// An error as registries tell it.
pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    let body = serde_json::json!({ "errors": [{ "code": code, "message": message }] });
    json(status, "application/json", &body)
}

/// The same answer with one more header; a value that no header can carry is left out.
pub(super) fn with(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

/// The value of `name` in a query string.
pub(super) fn query(query: Option<&str>, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// All values of `name` in a query string.
pub(super) fn query_all(query: Option<&str>, name: &str) -> Vec<String> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}
