//! Manifests and tags (distribution-spec, "Pulling Manifests", "Pushing Manifests", "Listing Tags").

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::referrers;
use super::storage::{Storage, Stored};
use crate::model::{Digest, Tag};

/// The largest manifest that is taken (distribution-spec asks for at least 4 MiB).
pub(super) const LARGEST: usize = 4 << 20;

/// Answers GET, HEAD and DELETE; PUT has a body and is [`put`].
pub(super) fn handle(storage: &mut Storage, method: &Method, name: &str, reference: &str) -> Answer {
    match *method {
        Method::GET | Method::HEAD => get(storage, name, reference),
        Method::DELETE if storage.forget_manifest(name, reference) => answer::empty(StatusCode::ACCEPTED),
        Method::DELETE => unknown(storage, name),
        _ => answer::error(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "method not supported"),
    }
}

fn get(storage: &Storage, name: &str, reference: &str) -> Answer {
    let Some((digest, stored)) = storage.manifest(name, reference) else {
        return unknown(storage, name);
    };
    let length = stored.bytes.len().to_string();
    let answer = Answer::new(Body::from(stored.bytes));
    let answer = answer::with(answer, header::CONTENT_TYPE, &stored.media_type);
    let answer = answer::with(answer, header::CONTENT_LENGTH, &length);
    answer::with(answer, answer::CONTENT_DIGEST, digest.as_str())
}

fn unknown(storage: &Storage, name: &str) -> Answer {
    if storage.knows(name) {
        answer::error(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "manifest unknown")
    } else {
        answer::error(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "repository name not known to registry")
    }
}

/// Takes a manifest whose parts are all there.
pub(super) fn put(
    storage: &mut Storage,
    name: &str,
    reference: &str,
    headers: &HeaderMap,
    bytes: Bytes,
    has_referrers: bool,
) -> Answer {
    let invalid = |code, why: &str| answer::error(StatusCode::BAD_REQUEST, code, why);
    let (digest, tag) = match reference.parse::<Digest>() {
        Ok(digest) if digest.matches(&bytes) => (digest, None),
        Ok(_) => return invalid("DIGEST_INVALID", "the body has another digest"),
        Err(_) if reference.parse::<Tag>().is_ok() => (Digest::of(&bytes), Some(reference)),
        Err(_) => return invalid("TAG_INVALID", "neither a tag nor a digest"),
    };
    let Ok(manifest) = serde_json::from_slice::<Value>(&bytes) else {
        return invalid("MANIFEST_INVALID", "the manifest is not JSON");
    };
    if !manifest.is_object() {
        return invalid("MANIFEST_INVALID", "the manifest is not a JSON object");
    }
    if let Some(missing) = missing_part(storage, name, &manifest) {
        return invalid("MANIFEST_BLOB_UNKNOWN", &format!("{missing} is not in this repository"));
    }
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.or(manifest["mediaType"].as_str()).unwrap_or_default().to_owned();
    if storage.keep_manifest(name, &digest, tag, Stored { media_type, bytes }).is_err() {
        return answer::error(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", "this registry is full");
    }
    let created = answer::empty(StatusCode::CREATED);
    let created = answer::with(created, header::LOCATION, &format!("/v2/{name}/manifests/{digest}"));
    let created = answer::with(created, answer::CONTENT_DIGEST, digest.as_str());
    match referrers::subject(&manifest) {
        Some(subject) if has_referrers => answer::with(created, answer::SUBJECT, subject),
        _ => created,
    }
}

/// The first child, config or layer that is not there; parts with addresses elsewhere need not be.
fn missing_part<'a>(storage: &Storage, name: &str, manifest: &'a Value) -> Option<&'a str> {
    let list = |key: &str| manifest[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let child = |found: &&str| storage.manifest(name, found).is_some();
    let blob = |found: &&str| {
        found.parse::<Digest>().is_ok_and(|digest| {
            storage.blob(name, &digest).is_some() || storage.manifest(name, found).is_some()
        })
    };
    let children = list("manifests").iter().filter_map(|child| child["digest"].as_str());
    if let Some(missing) = children.into_iter().find(|digest| !child(digest)) {
        return Some(missing);
    }
    let foreign = |part: &&Value| part["urls"].as_array().is_none_or(Vec::is_empty);
    let parts = std::iter::once(&manifest["config"]).chain(list("layers"));
    parts.filter(foreign).filter_map(|part| part["digest"].as_str()).find(|digest| !blob(digest))
}

/// The tags of a repository, a page at a time.
pub(super) fn tags(storage: &Storage, name: &str, query: Option<&str>, page: Option<usize>) -> Answer {
    let Some(mut tags) = storage.tags(name) else {
        return unknown(storage, name);
    };
    if let Some(last) = answer::query(query, "last") {
        tags.retain(|tag| *tag > last);
    }
    let page = answer::query(query, "n").and_then(|n| n.parse().ok()).or(page);
    let mut link = None;
    if let Some(page) = page.filter(|page| tags.len() > *page) {
        tags.truncate(page);
        link = tags.last().map(|last| format!("</v2/{name}/tags/list?n={page}&last={last}>; rel=\"next\""));
    }
    let body = json!({ "name": name, "tags": tags });
    let answer = answer::json(StatusCode::OK, "application/json", &body);
    match link {
        Some(link) => answer::with(answer, header::LINK, &link),
        None => answer,
    }
}
