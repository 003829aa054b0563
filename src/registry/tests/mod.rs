//! The clients against a registry that says exactly what a test wants.

mod auth;
mod credentials;
mod faults;
mod paging;
mod pushing;
mod redirects;

use super::testing::{Reply, Server, quick};
use super::{Registries, Settings};
use crate::model::{Answer, Exchange, HttpAnswer, Reason};

fn registries(settings: Settings) -> Registries {
    Registries::new(settings).unwrap()
}

fn http(exchange: &Exchange) -> &HttpAnswer {
    match &exchange.answer {
        Answer::Http(answer) => answer,
        other => panic!("no HTTP answer: {other:?}"),
    }
}

fn reason(exchange: &Exchange) -> &Reason {
    match &exchange.answer {
        Answer::Failed(reason) => reason,
        other => panic!("an answer: {other:?}"),
    }
}

/// Settings with a file of credentials, as Docker writes it.
fn with_config(folder: &tempfile::TempDir, json: &str) -> Settings {
    let file = folder.path().join("config.json");
    std::fs::write(&file, json).unwrap();
    let mut settings = quick();
    settings.credentials.files = vec![file];
    settings
}

/// Settings with a user's password for one host.
fn with_password(folder: &tempfile::TempDir, host: &str) -> Settings {
    // gandalf:mellon
    with_config(folder, &format!(r#"{{"auths": {{"{host}": {{"auth": "Z2FuZGFsZjptZWxsb24="}}}}}}"#))
}

#[tokio::test]
async fn a_registry_that_demands_nothing_is_asked_once() {
    let server = Server::start(|_| {
        Reply::new(200, "{}")
            .header("Docker-Content-Digest", "sha256:44")
            .header("Content-Type", "application/vnd.oci.image.index.v1+json; charset=utf-8")
    })
    .await;
    let registries = registries(quick());
    let repository = server.repository("acme/app");
    let exchange =
        registries.manifest(&repository, "0.2.0", super::Method::GET, super::super::model::Access::Anonymous);
    let exchange = exchange.await;

    let answer = http(&exchange);
    assert_eq!((answer.status, &*answer.body), (200, b"{}".as_slice()));
    assert_eq!(answer.docker_content_digest.as_deref(), Some("sha256:44"));
    assert_eq!(answer.content_type.as_deref(), Some("application/vnd.oci.image.index.v1+json"));
    assert!(!exchange.credentials);
    assert_eq!(exchange.request, format!("GET http://{}/v2/acme/app/manifests/0.2.0", server.host));
    assert_eq!(server.lines(), ["GET /v2/acme/app/manifests/0.2.0"]);
    let accept = server.log()[0].header("accept").unwrap().to_owned();
    assert_eq!(accept.split(',').count(), 4);
    assert_eq!(registries.requests().to(&server.host), 1);
}
