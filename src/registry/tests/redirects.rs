//! Redirects: followed for reads, bounded, and never with credentials to another host.

use super::*;
use crate::model::{Access, Digest, ReasonKind};
use crate::registry::Method;

#[tokio::test]
async fn credentials_do_not_follow_to_another_host() {
    let cdn = Server::start(|_| Reply::new(200, "blob")).await;
    let target = format!("http://{}/blob?signature=s3cret", cdn.host);
    let server = Server::start(move |asked| match asked.header("authorization") {
        Some(_) => Reply::new(307, "").header("Location", target.clone()),
        None => Reply::new(401, "").header("WWW-Authenticate", "Basic"),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let registries = registries(with_password(&folder, &server.host));
    let digest = Digest::of(b"blob");
    let exchange = registries.blob(&server.repository("a/b"), &digest, 99, Access::Credentials).await;
    assert_eq!(&*http(&exchange).body, b"blob");
    assert_eq!(cdn.log()[0].header("authorization"), None);
    assert!(!format!("{exchange:?}").contains("s3cret"));
    assert_eq!(registries.requests().to(&cdn.host), 1);
}

#[tokio::test]
async fn credentials_follow_on_the_same_host() {
    let server = Server::start(|asked| match (asked.path(), asked.header("authorization")) {
        (_, None) => Reply::new(401, "").header("WWW-Authenticate", "Basic"),
        ("/elsewhere", Some(_)) => Reply::new(200, "blob"),
        _ => Reply::new(302, "").header("Location", "/elsewhere"),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let registries = registries(with_password(&folder, &server.host));
    let exchange =
        registries.blob(&server.repository("a/b"), &Digest::of(b"blob"), 99, Access::Credentials).await;
    assert_eq!(http(&exchange).status, 200);
}

#[tokio::test]
async fn redirects_are_bounded_and_stay_where_they_may() {
    for target in ["/v2/a/b/manifests/1", "http://registry.example.org/x", "ftp://127.0.0.1/x", "http://"] {
        let server = Server::start(move |_| Reply::new(302, "").header("Location", target)).await;
        let registries = registries(quick());
        let exchange =
            registries.manifest(&server.repository("a/b"), "1", Method::GET, Access::Anonymous).await;
        assert_eq!(reason(&exchange).kind, ReasonKind::ServerError, "{target}");
        assert!(registries.requests().total() <= 6, "{target}");
    }
}

#[tokio::test]
async fn a_trouble_behind_a_redirect_does_not_show_the_signed_address() {
    let server =
        Server::start(|_| Reply::new(302, "").header("Location", "http://127.0.0.1:1/blob?signature=s3cret"))
            .await;
    let registries = registries(quick());
    let exchange = registries.blob(&server.repository("a/b"), &Digest::of(b""), 99, Access::Anonymous).await;
    assert_eq!(reason(&exchange).kind, ReasonKind::Unreachable);
    assert!(!format!("{exchange:?}").contains("s3cret"));
}

#[tokio::test]
async fn another_host_neither_denies_nor_gets_credentials() {
    for status in [401, 403, 404] {
        let cdn = Server::start(move |asked| {
            let host = asked.header("host").unwrap_or_default();
            Reply::new(status, "").header("WWW-Authenticate", format!("Bearer realm=\"http://{host}/token\""))
        })
        .await;
        let target = format!("http://{}/blob", cdn.host);
        let server = Server::start(move |_| Reply::new(307, "").header("Location", target.clone())).await;
        let folder = tempfile::tempdir().unwrap();
        let registries = registries(with_password(&folder, &server.host));
        let exchange =
            registries.blob(&server.repository("a/b"), &Digest::of(b""), 99, Access::Credentials).await;
        assert_eq!(reason(&exchange).kind, ReasonKind::ServerError, "{status}");
        assert_eq!(cdn.lines(), ["GET /blob"]);
    }
}
