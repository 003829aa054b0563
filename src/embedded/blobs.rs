//! Blobs and uploads (distribution-spec, "Pulling Blobs", "Pushing Blobs").

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};

use super::answer::{self, Answer};
use super::storage::{Refused, Storage};
use crate::model::Digest;

const UPLOAD_ID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// Answers GET (also of a range), HEAD and DELETE of a blob.
pub(super) fn handle(
    storage: &mut Storage,
    method: &Method,
    headers: &HeaderMap,
    name: &str,
    digest: &str,
) -> Answer {
    let Ok(digest) = digest.parse::<Digest>() else { return digest_invalid("not a digest") };
    match *method {
        Method::GET | Method::HEAD => match storage.blob(name, &digest) {
            Some(bytes) => {
                let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
                answer::with(content(bytes, range), answer::CONTENT_DIGEST, digest.as_str())
            }
            None => unknown(),
        },
        Method::DELETE if storage.forget_blob(name, &digest) => answer::empty(StatusCode::ACCEPTED),
        Method::DELETE => unknown(),
        _ => unsupported(),
    }
}

/// The bytes, or the range of them that was asked for (RFC 9110, one range; others are ignored).
fn content(bytes: Bytes, range: Option<&str>) -> Answer {
    let whole = bytes.len();
    let asked = range.and_then(|range| range.strip_prefix("bytes=")).filter(|range| !range.contains(','));
    let (mut answer, length) = match asked.map(|range| span(range, whole)) {
        None => (Answer::new(Body::from(bytes)), whole),
        Some(Some((first, last))) => {
            let mut part = Answer::new(Body::from(bytes.slice(first..=last)));
            *part.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {first}-{last}/{whole}");
            (answer::with(part, header::CONTENT_RANGE, &range), last + 1 - first)
        }
        Some(None) => {
            let refused = answer::empty(StatusCode::RANGE_NOT_SATISFIABLE);
            return answer::with(refused, header::CONTENT_RANGE, &format!("bytes */{whole}"));
        }
    };
    answer = answer::with(answer, header::CONTENT_LENGTH, &length.to_string());
    answer = answer::with(answer, header::ACCEPT_RANGES, "bytes");
    answer::with(answer, header::CONTENT_TYPE, "application/octet-stream")
}

/// First and last byte of `a-b`, `a-` or `-n`, when there are such bytes.
fn span(range: &str, whole: usize) -> Option<(usize, usize)> {
    let (first, last) = range.split_once('-')?;
    let (first, last) = match (first, last) {
        ("", count) => (whole.saturating_sub(count.parse().ok()?), whole.checked_sub(1)?),
        (first, "") => (first.parse().ok()?, whole.checked_sub(1)?),
        (first, last) => (first.parse().ok()?, last.parse::<usize>().ok()?.min(whole.checked_sub(1)?)),
    };
    (first <= last && last < whole).then_some((first, last))
}

/// Begins an upload: in pieces, in one (`?digest=`), or not at all where a mount (`?mount=&from=`) does.
pub(super) fn begin(storage: &mut Storage, name: &str, query: Option<&str>, body: Bytes) -> Answer {
    let mount = answer::query(query, "mount").and_then(|digest| digest.parse::<Digest>().ok());
    if let (Some(digest), Some(from)) = (mount, answer::query(query, "from"))
        && storage.mount(name, &from, &digest)
    {
        return created(name, &digest);
    }
    if let Some(digest) = answer::query(query, "digest") {
        return match digest.parse::<Digest>() {
            Ok(digest) if digest.matches(&body) => match storage.keep_blob(name, &digest, body) {
                Ok(()) => created(name, &digest),
                Err(refused) => refuse(&refused),
            },
            _ => digest_invalid("the body has another digest"),
        };
    }
    match storage.begin_upload(name) {
        Ok(id) => progress(StatusCode::ACCEPTED, name, &id, 0),
        Err(refused) => refuse(&refused),
    }
}

/// Goes on with an upload: status, a chunk, its end or its cancelling.
pub(super) fn proceed(
    storage: &mut Storage,
    method: &Method,
    headers: &HeaderMap,
    (name, id): (&str, &str),
    query: Option<&str>,
    body: &[u8],
) -> Answer {
    let done = match *method {
        Method::GET | Method::HEAD => {
            storage.uploaded(name, id).map(|length| progress(StatusCode::NO_CONTENT, name, id, length))
        }
        Method::PATCH => storage
            .append(name, id, chunk_start(headers), body)
            .map(|length| progress(StatusCode::ACCEPTED, name, id, length)),
        Method::PUT => {
            let digest = answer::query(query, "digest").and_then(|digest| digest.parse::<Digest>().ok());
            let Some(digest) = digest else { return digest_invalid("the query has no digest") };
            storage
                .append(name, id, chunk_start(headers), body)
                .and_then(|_| storage.finish_upload(name, id, &digest))
                .map(|()| created(name, &digest))
        }
        Method::DELETE => storage.cancel_upload(name, id).map(|()| answer::empty(StatusCode::NO_CONTENT)),
        _ => return unsupported(),
    };
    done.unwrap_or_else(|refused| refuse(&refused))
}

/// Where a chunk says that it begins: `Content-Range: 0-1023`, no unit.
fn chunk_start(headers: &HeaderMap) -> Option<usize> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.trim_start_matches("bytes ").split_once('-')?.0.parse().ok()
}

fn created(name: &str, digest: &Digest) -> Answer {
    let created = answer::empty(StatusCode::CREATED);
    let created = answer::with(created, header::LOCATION, &format!("/v2/{name}/blobs/{digest}"));
    answer::with(created, answer::CONTENT_DIGEST, digest.as_str())
}

fn progress(status: StatusCode, name: &str, id: &str, length: usize) -> Answer {
    let answer =
        answer::with(answer::empty(status), header::LOCATION, &format!("/v2/{name}/blobs/uploads/{id}"));
    let answer = answer::with(answer, header::RANGE, &format!("0-{}", length.saturating_sub(1)));
    answer::with(answer, UPLOAD_ID, id)
}

pub(super) fn refuse(refused: &Refused) -> Answer {
    match refused {
        Refused::Full => {
            answer::error(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", "this registry is full")
        }
        Refused::UploadUnknown => {
            answer::error(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        }
        Refused::OutOfOrder => {
            let why = "the chunk does not begin where the last one ended";
            answer::error(StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID", why)
        }
        Refused::DigestInvalid => digest_invalid("the uploaded bytes have another digest"),
    }
}

fn digest_invalid(why: &str) -> Answer {
    answer::error(StatusCode::BAD_REQUEST, "DIGEST_INVALID", why)
}

fn unknown() -> Answer {
    answer::error(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "blob unknown to registry")
}

fn unsupported() -> Answer {
    answer::error(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "method not supported")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_writes_them() {
        assert_eq!(span("0-3", 10), Some((0, 3)));
        assert_eq!(span("4-", 10), Some((4, 9)));
        assert_eq!(span("-3", 10), Some((7, 9)));
        assert_eq!(span("8-99", 10), Some((8, 9)));
        for (range, whole) in [("10-", 10), ("5-4", 10), ("0-0", 0), ("-0", 10), ("x-y", 10)] {
            assert_eq!(span(range, whole), None, "{range}");
        }
    }
}
