//! The referrers API (distribution-spec 1.1, "Listing Referrers").

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::storage::{Storage, Stored};
use crate::model::Digest;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The descriptors of what names `digest` as its subject, a page at a time.
pub(super) fn list(
    storage: &Storage,
    name: &str,
    digest: &str,
    query: Option<&str>,
    page: Option<usize>,
) -> Answer {
    let Ok(subject) = digest.parse::<Digest>() else {
        return answer::error(StatusCode::BAD_REQUEST, "DIGEST_INVALID", "not a digest");
    };
    let wanted = answer::query(query, "artifactType");
    let after = answer::query(query, "last");
    let mut found: Vec<Value> = storage
        .manifests(name)
        .iter()
        .filter_map(|(digest, stored)| descriptor(digest, stored, &subject))
        .filter(|found| wanted.as_deref().is_none_or(|wanted| found["artifactType"] == wanted))
        .filter(|found| after.as_deref().is_none_or(|after| found["digest"].as_str() > Some(after)))
        .collect();
    let mut link = None;
    if let Some(page) = page.filter(|page| found.len() > *page) {
        found.truncate(page.max(1));
        link = found.last().and_then(|last| last["digest"].as_str()).map(|last| {
            let filter = wanted.as_deref().map(encoded).unwrap_or_default();
            format!("</v2/{name}/referrers/{subject}?last={last}{filter}>; rel=\"next\"")
        });
    }
    let body = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": found });
    let mut answer = answer::json(StatusCode::OK, INDEX, &body);
    if wanted.is_some() {
        answer = answer::with(answer, answer::FILTERS, "artifactType");
    }
    match link {
        Some(link) => answer::with(answer, header::LINK, &link),
        None => answer,
    }
}

fn encoded(artifact_type: &str) -> String {
    let value: String = url::form_urlencoded::byte_serialize(artifact_type.as_bytes()).collect();
    format!("&artifactType={value}")
}

/// The subject that a manifest names.
pub(super) fn subject(manifest: &Value) -> Option<&str> {
    manifest["subject"]["digest"].as_str()
}

fn descriptor(digest: &Digest, stored: &Stored, of: &Digest) -> Option<Value> {
    let manifest: Value = serde_json::from_slice(&stored.bytes).ok()?;
    if subject(&manifest)? != of.as_str() {
        return None;
    }
    let artifact_type = manifest["artifactType"].as_str().or(manifest["config"]["mediaType"].as_str());
    let mut found = json!({
        "mediaType": stored.media_type,
        "digest": digest.as_str(),
        "size": stored.bytes.len(),
    });
    if let Some(artifact_type) = artifact_type {
        found["artifactType"] = artifact_type.into();
    }
    if manifest["annotations"].is_object() {
        found["annotations"] = manifest["annotations"].clone();
    }
    Some(found)
}
