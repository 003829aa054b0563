//! Pushing: what is there is left alone, every error names what it is about.

use std::sync::Arc;

use super::*;
use crate::model::{Digest, ReasonKind};
use crate::registry::Content;
use crate::registry::testing::Asked;

fn bytes(content: &[u8]) -> Content {
    Content::Bytes(Arc::from(content))
}

/// A registry that has nothing and takes everything.
fn takes(asked: &Asked) -> Reply {
    match (asked.method.as_str(), asked.path()) {
        ("HEAD", _) => Reply::new(404, ""),
        ("POST", _) => Reply::new(202, "").header("Location", "/v2/a/b/blobs/uploads/7?state=x"),
        ("PUT", _) => Reply::new(201, ""),
        _ => Reply::new(405, ""),
    }
}

#[tokio::test]
async fn a_blob_is_pushed_in_three_requests() {
    let server = Server::start(takes).await;
    let digest = Digest::of(b"layer");
    registries(quick()).push_blob(&server.repository("a/b"), &digest, bytes(b"layer")).await.unwrap();
    let log = server.log();
    assert_eq!(log.len(), 3);
    assert_eq!(log[2].body, b"layer");
    let query = format!("state=x&digest=sha256%3A{}", digest.hex());
    assert_eq!(log[2].target, format!("/v2/a/b/blobs/uploads/7?{query}"));
}

#[tokio::test]
async fn a_file_is_pushed_as_a_stream_with_its_length() {
    let server = Server::start(takes).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("layer");
    std::fs::write(&file, vec![7; 300_000]).unwrap();
    let digest = Digest::of(&vec![7; 300_000]);
    registries(quick()).push_blob(&server.repository("a/b"), &digest, Content::File(file)).await.unwrap();
    let put = server.log().pop().unwrap();
    assert_eq!((put.header("content-length"), put.body.len()), (Some("300000"), 300_000));
}

#[tokio::test]
async fn a_blob_that_is_there_is_not_pushed() {
    let server = Server::start(|_| Reply::new(200, "")).await;
    registries(quick()).push_blob(&server.repository("a/b"), &Digest::of(b"x"), bytes(b"x")).await.unwrap();
    assert_eq!(server.log().len(), 1);
}

#[tokio::test]
async fn an_upload_without_an_address_is_an_error_that_names_it() {
    let server = Server::start(|asked| Reply::new(if asked.method == "HEAD" { 404 } else { 202 }, "")).await;
    let (repository, digest) = (server.repository("a/b"), Digest::of(b"x"));
    let reason = registries(quick()).push_blob(&repository, &digest, bytes(b"x")).await.unwrap_err();
    assert_eq!(reason.kind, ReasonKind::ServerError);
    assert!(reason.text.starts_with(&format!("{repository}@{digest}: ")), "{reason}");
}

#[tokio::test]
async fn another_hosts_upload_gets_no_credentials() {
    let storage = Server::start(takes).await;
    let target = format!("http://{}/upload", storage.host);
    let server = Server::start(move |asked| match (asked.header("authorization"), asked.method.as_str()) {
        (None, _) => Reply::new(401, "").header("WWW-Authenticate", "Basic"),
        (_, "HEAD") => Reply::new(404, ""),
        _ => Reply::new(202, "").header("Location", target.clone()),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let registries = registries(with_password(&folder, &server.host));
    registries.push_blob(&server.repository("a/b"), &Digest::of(b"x"), bytes(b"x")).await.unwrap();
    assert_eq!(storage.log()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_manifest_is_pushed_where_no_location_is_sent() {
    let server = Server::start(takes).await;
    let registries = registries(quick());
    let repository = server.repository("a/b");
    let digest = Digest::of(b"{}");
    for reference in [digest.as_str(), "0.2.0"] {
        registries.push_manifest(&repository, reference, "application/json", b"{}").await.unwrap();
    }
    assert_eq!(server.log()[1].header("content-type"), Some("application/json"));
    assert_eq!(server.log()[1].path(), "/v2/a/b/manifests/0.2.0");
}

#[tokio::test]
async fn a_registry_that_keeps_other_bytes_is_found_out() {
    let server =
        Server::start(|_| Reply::new(201, "").header("Docker-Content-Digest", Digest::of(b"other").as_str()))
            .await;
    let reason = registries(quick())
        .push_manifest(&server.repository("a/b"), "1", "application/json", b"{}")
        .await
        .unwrap_err();
    assert_eq!(reason.kind, ReasonKind::DigestMismatch);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let denied = r#"{"errors":[{"code":"DENIED","message":"requested access is denied"}]}"#;
    for (status, kind) in [
        (401, ReasonKind::NoCredentials),
        (403, ReasonKind::NoCredentials),
        (429, ReasonKind::RateLimited),
        (500, ReasonKind::ServerError),
        (413, ReasonKind::TooLarge),
    ] {
        let server = Server::start(move |_| Reply::new(status, denied)).await;
        let reason = registries(quick())
            .push_manifest(&server.repository("a/b"), "1", "application/json", b"{}")
            .await
            .unwrap_err();
        assert_eq!(reason.kind, kind, "{status}");
        assert!(reason.text.contains("a/b:1") && reason.text.contains("DENIED"), "{reason}");
    }
}

#[tokio::test]
async fn a_manifest_refused_while_a_blob_s_entry_is_written_is_pushed_once_more_and_no_further() {
    let invalid = r#"{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match"}]}"#;
    for (refusals, pushes) in [(1, true), (2, false)] {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let server = Server::start(move |_| {
            let before = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if before < refusals { Reply::new(400, invalid) } else { Reply::new(201, "") }
        })
        .await;
        let repository = server.repository("a/b");
        let pushed = registries(quick()).push_manifest(&repository, "1", "application/json", b"{}").await;
        assert_eq!((pushed.is_ok(), server.log().len()), (pushes, 2), "{pushed:?}");
    }
}

#[tokio::test]
async fn a_mount_is_true_only_where_the_registry_did_it() {
    let server = Server::start(|asked| {
        if asked.target.contains("from=have") {
            return Reply::new(201, "");
        }
        Reply::new(202, "").header("Location", "/upload")
    })
    .await;
    let registries = registries(quick());
    let (to, digest) = (server.repository("a/b"), Digest::of(b"x"));
    assert!(registries.mount_blob(&to, &server.repository("have"), &digest).await.unwrap());
    assert!(!registries.mount_blob(&to, &server.repository("lack"), &digest).await.unwrap());
    assert!(!registries.mount_blob(&to, &"ghcr.io/a/b".parse().unwrap(), &digest).await.unwrap());
}

#[tokio::test]
async fn nothing_is_pushed_read_only() {
    let server = Server::start(takes).await;
    let mut settings = quick();
    settings.readonly = true;
    let registries = registries(settings);
    let repository = server.repository("a/b");
    assert!(registries.push_blob(&repository, &Digest::of(b"x"), bytes(b"x")).await.is_err());
    assert!(registries.push_manifest(&repository, "1", "application/json", b"{}").await.is_err());
    assert!(server.log().is_empty());
}

#[tokio::test]
async fn a_large_upload_that_breaks_off_goes_on_where_it_was() {
    const SIZE: usize = 9 << 20;
    const HAS: usize = 4 << 20;
    let broken = std::sync::atomic::AtomicBool::new(false);
    let server = Server::start(move |asked| {
        let session = |range: String| {
            let reply = Reply::new(202, "").header("Location", "/v2/a/b/blobs/uploads/7?state=x");
            reply.header("Range", range)
        };
        match asked.method.as_str() {
            "HEAD" => Reply::new(404, ""),
            "POST" => session("0-0".to_owned()),
            "PATCH" if !broken.swap(true, std::sync::atomic::Ordering::SeqCst) => Reply::new(500, ""),
            "PATCH" => session(format!("0-{}", SIZE - 1)),
            "GET" => session(format!("0-{}", HAS - 1)),
            _ => Reply::new(201, ""),
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("layer");
    let content: Vec<u8> = (0..SIZE).map(|at| u8::try_from(at / HAS).unwrap()).collect();
    std::fs::write(&file, &content).unwrap();
    let digest = Digest::of(&content);
    registries(quick()).push_blob(&server.repository("a/b"), &digest, Content::File(file)).await.unwrap();
    let log = server.log();
    let patches: Vec<&Asked> = log.iter().filter(|asked| asked.method == "PATCH").collect();
    assert_eq!(patches.len(), 2);
    assert_eq!(patches[1].header("content-range"), Some(format!("{HAS}-{}", SIZE - 1).as_str()));
    assert_eq!(patches[1].body, content[HAS..]);
    let put = log.last().unwrap();
    assert_eq!(put.method, "PUT");
    assert!(put.target.contains(digest.hex()) && put.body.is_empty());
}
