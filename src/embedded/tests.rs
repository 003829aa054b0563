//! The registry over real HTTP.

use std::time::Duration;

use oci_distribution::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_distribution::manifest::{
    IMAGE_MANIFEST_MEDIA_TYPE, ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OciImageIndex,
};
use oci_distribution::secrets::RegistryAuth;
use oci_distribution::{Client, Reference};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::model::{Digest, Tag};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn start(options: Options) -> Registry {
    Registry::start(options).unwrap()
}

async fn ask(registry: &Registry, method: Method, path: &str, body: &'static str) -> Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("http://{}{path}", registry.host());
    client.request(method, url).header("content-type", MANIFEST).body(body).send().await.unwrap()
}

async fn get(registry: &Registry, path: &str) -> Response {
    ask(registry, Method::GET, path, "").await
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn tag(name: &str) -> Tag {
    name.parse().unwrap()
}

/// A manifest that needs nothing else, and one that names it as its subject.
fn with_subject(registry: &Registry, kind: &str) -> (Digest, Digest) {
    let image = registry.put_manifest("a/b", Some(&tag("1")), MANIFEST, "{}").unwrap();
    let referrer =
        json!({ "artifactType": kind, "subject": { "digest": image.as_str() }, "annotations": { "k": "v" } });
    let referrer = registry.put_manifest("a/b", None, MANIFEST, referrer.to_string()).unwrap();
    (image, referrer)
}

#[tokio::test]
async fn oci_client_pushes_and_pulls_an_index() {
    let registry = start(Options::default());
    let config = ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() };
    let client = Client::try_from(config).unwrap();
    let image: Reference = format!("{}/acme/nested/app:child", registry.host()).parse().unwrap();
    let layer = ImageLayer::oci_v1(b"layer".to_vec(), None);
    let config = Config::oci_v1(b"{}".to_vec(), None);
    client.push(&image, &[layer], config, &RegistryAuth::Anonymous, None).await.unwrap();
    let (manifest, digest) = client
        .pull_manifest_raw(&image, &RegistryAuth::Anonymous, &[IMAGE_MANIFEST_MEDIA_TYPE])
        .await
        .unwrap();
    let index = OciImageIndex {
        schema_version: 2,
        media_type: Some(OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned()),
        manifests: vec![ImageIndexEntry {
            media_type: IMAGE_MANIFEST_MEDIA_TYPE.to_owned(),
            digest: digest.clone(),
            size: i64::try_from(manifest.len()).unwrap(),
            platform: None,
            artifact_type: None,
            annotations: None,
        }],
        artifact_type: None,
        annotations: None,
    };
    let reference: Reference = format!("{}/acme/nested/app:1.0", registry.host()).parse().unwrap();
    client.push_manifest_list(&reference, &RegistryAuth::Anonymous, index).await.unwrap();
    let (pulled, digest) = client
        .pull_manifest_raw(&reference, &RegistryAuth::Anonymous, &[OCI_IMAGE_INDEX_MEDIA_TYPE])
        .await
        .unwrap();
    assert_eq!(digest, Digest::of(&pulled).as_str());
    assert_eq!(registry.resolve("acme/nested/app", &tag("1.0")).unwrap().as_str(), digest);
    let listed = get(&registry, "/v2/acme/nested/app/tags/list").await.json::<Value>().await.unwrap();
    assert_eq!(listed["tags"], json!(["1.0", "child"]));
}

#[tokio::test]
async fn manifests_keep_their_type_and_name_only_what_is_there() {
    let registry = start(Options::default());
    let absent = r#"{"manifests":[{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}]}"#;
    let refused = ask(&registry, Method::PUT, "/v2/a/b/manifests/1", absent).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let error: Value = refused.json().await.unwrap();
    assert_eq!(error["errors"][0]["code"], "MANIFEST_BLOB_UNKNOWN");

    let created = ask(&registry, Method::PUT, "/v2/a/b/manifests/1", "{}").await;
    let digest = Digest::of(b"{}");
    assert_eq!(created.status(), StatusCode::CREATED);
    assert_eq!(header(&created, "location"), format!("/v2/a/b/manifests/{digest}"));
    let created = ask(&registry, Method::PUT, "/v2/a/b/manifests/1", absent).await;
    assert_eq!(created.status(), StatusCode::CREATED, "the child is there now");

    let head = ask(&registry, Method::HEAD, &format!("/v2/a/b/manifests/{digest}"), "").await;
    assert_eq!((head.status(), header(&head, "content-length")), (StatusCode::OK, "2"));
    assert_eq!(header(&head, "content-type"), MANIFEST);
    assert_eq!(header(&head, "docker-content-digest"), digest.as_str());

    let path = format!("/v2/a/b/manifests/{digest}");
    assert_eq!(ask(&registry, Method::DELETE, &path, "").await.status(), StatusCode::ACCEPTED);
    assert_eq!(get(&registry, &path).await.status(), StatusCode::NOT_FOUND);
    let other: Value = get(&registry, "/v2/never/pushed/manifests/1").await.json().await.unwrap();
    assert_eq!(other["errors"][0]["code"], "NAME_UNKNOWN");
}

#[tokio::test]
async fn blobs_come_in_chunks_with_their_digest_checked_and_go_in_ranges() {
    let registry = start(Options::default());
    let begun = ask(&registry, Method::POST, "/v2/a/blobs/uploads/", "").await;
    assert_eq!(begun.status(), StatusCode::ACCEPTED);
    let upload = header(&begun, "location").to_owned();
    let chunk = ask(&registry, Method::PATCH, &upload, "hello ").await;
    assert_eq!((chunk.status(), header(&chunk, "range")), (StatusCode::ACCEPTED, "0-5"));
    let digest = Digest::of(b"hello world");
    let done = ask(&registry, Method::PUT, &format!("{upload}?digest={digest}"), "world").await;
    assert_eq!(done.status(), StatusCode::CREATED);

    let blob = format!("/v2/a/blobs/{digest}");
    let client = reqwest::Client::new();
    let url = format!("http://{}{blob}", registry.host());
    let part = client.get(&url).header("range", "bytes=6-").send().await.unwrap();
    assert_eq!(
        (part.status(), header(&part, "content-range")),
        (StatusCode::PARTIAL_CONTENT, "bytes 6-10/11")
    );
    assert_eq!(part.text().await.unwrap(), "world");

    let mounted = format!("/v2/b/blobs/uploads/?mount={digest}&from=a");
    assert_eq!(ask(&registry, Method::POST, &mounted, "").await.status(), StatusCode::CREATED);
    let wrong = format!("/v2/a/blobs/uploads/?digest={}", Digest::of(b"other"));
    assert_eq!(ask(&registry, Method::POST, &wrong, "this").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_full_registry_refuses_instead_of_growing() {
    let registry = start(Options { memory: 8, ..Options::default() });
    let digest = Digest::of(b"123456789");
    let refused =
        ask(&registry, Method::POST, &format!("/v2/a/blobs/uploads/?digest={digest}"), "123456789").await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn referrers_are_listed_filtered_and_paged_when_switched_on() {
    let registry = start(Options { referrers_page: Some(1), ..Options::default() });
    let (image, first) = with_subject(&registry, "application/x-one");
    let (_, second) = with_subject(&registry, "application/x-two");
    let path = format!("/v2/a/b/referrers/{image}");
    let page = get(&registry, &path).await;
    let link = header(&page, "link").to_owned();
    let page: Value = page.json().await.unwrap();
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    let last = get(&registry, next).await;
    assert_eq!(header(&last, "link"), "");
    let last: Value = last.json().await.unwrap();
    let mut listed = [&page["manifests"][0]["digest"], &last["manifests"][0]["digest"]];
    listed.sort_by_key(|digest| digest.as_str());
    let mut expected = [json!(first.as_str()), json!(second.as_str())];
    expected.sort_by_key(|digest| digest.as_str().map(str::to_owned));
    assert_eq!(listed, [&expected[0], &expected[1]]);

    let filtered = get(&registry, &format!("{path}?artifactType=application/x-two")).await;
    assert_eq!(header(&filtered, "oci-filters-applied"), "artifactType");
    let filtered: Value = filtered.json().await.unwrap();
    assert_eq!(filtered["manifests"].as_array().unwrap().len(), 1);
    assert_eq!(filtered["manifests"][0]["annotations"]["k"], "v");

    let subject =
        r#"{"subject":{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}}"#;
    let pushed = ask(&registry, Method::PUT, "/v2/a/b/manifests/s", subject).await;
    assert!(header(&pushed, "oci-subject").starts_with("sha256:4413"));
    registry.set_referrers(false);
    assert_eq!(get(&registry, &path).await.status(), StatusCode::NOT_FOUND);
    let pushed = ask(&registry, Method::PUT, "/v2/a/b/manifests/s", subject).await;
    assert_eq!((pushed.status(), header(&pushed, "oci-subject")), (StatusCode::CREATED, ""));
}

async fn anonymous_token(registry: &Registry, repository: &str) -> Response {
    get(registry, &format!("/token?service=embedded&scope=repository:{repository}:pull")).await
}

async fn with_token(registry: &Registry, path: &str, token: &str) -> Response {
    let url = format!("http://{}{path}", registry.host());
    reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap()
}

#[tokio::test]
async fn bearer_gives_strangers_only_what_is_public() {
    let mut accounts = Accounts::one("ann", "pass");
    accounts.private = vec!["secret/*".to_owned()];
    let registry = start(Options { auth: Auth::Bearer(accounts.clone()), ..Options::default() });
    for repository in ["open/app", "secret/app"] {
        registry.put_manifest(repository, Some(&tag("1")), MANIFEST, "{}").unwrap();
    }
    let challenged = get(&registry, "/v2/open/app/manifests/1").await;
    assert_eq!(challenged.status(), StatusCode::UNAUTHORIZED);
    let expected = format!(
        "Bearer realm=\"http://{}/token\",service=\"embedded\",scope=\"repository:open/app:pull\"",
        registry.host()
    );
    assert_eq!(header(&challenged, "www-authenticate"), expected);

    let token: Value = anonymous_token(&registry, "open/app").await.json().await.unwrap();
    let token = token["token"].as_str().unwrap().to_owned();
    assert_eq!(with_token(&registry, "/v2/open/app/manifests/1", &token).await.status(), StatusCode::OK);
    let refused = with_token(&registry, "/v2/secret/app/manifests/1", &token).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);

    let url = format!("http://{}/token?scope=repository:secret/app:pull", registry.host());
    let client = reqwest::Client::new();
    let token: Value =
        client.get(&url).basic_auth("ann", Some("pass")).send().await.unwrap().json().await.unwrap();
    let token = token["token"].as_str().unwrap().to_owned();
    assert_eq!(with_token(&registry, "/v2/secret/app/manifests/1", &token).await.status(), StatusCode::OK);
    let wrong = client.get(&url).basic_auth("ann", Some("guess")).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);

    for (refusal, status) in [(Refusal::TokenUnauthorized, 401), (Refusal::TokenForbidden, 403)] {
        registry.set_auth(Auth::Bearer(Accounts { refusal, ..accounts.clone() }));
        assert_eq!(anonymous_token(&registry, "secret/app").await.status().as_u16(), status);
    }
    registry.set_auth(Auth::Bearer(Accounts { refusal: Refusal::Forbidden, ..accounts }));
    let token: Value = anonymous_token(&registry, "secret/app").await.json().await.unwrap();
    let token = token["token"].as_str().unwrap().to_owned();
    let refused = with_token(&registry, "/v2/secret/app/manifests/1", &token).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn basic_asks_for_an_account_where_the_repository_is_private() {
    let registry = start(Options { auth: Auth::Basic(Accounts::one("ann", "pass")), ..Options::default() });
    registry.put_manifest("a", Some(&tag("1")), MANIFEST, "{}").unwrap();
    let refused = get(&registry, "/v2/a/manifests/1").await;
    assert_eq!(header(&refused, "www-authenticate"), "Basic realm=\"embedded\"");
    let url = format!("http://{}/v2/a/manifests/1", registry.host());
    let read = reqwest::Client::new().get(url).basic_auth("ann", Some("pass")).send().await.unwrap();
    assert_eq!(read.status(), StatusCode::OK);
    let log = registry.requests();
    assert_eq!(log.iter().map(|request| request.authorized).collect::<Vec<_>>(), [false, true]);
    assert_eq!(log.iter().map(|request| request.status).collect::<Vec<_>>(), [Some(401), Some(200)]);
}

#[tokio::test]
async fn faults_happen_where_and_as_often_as_they_were_told() {
    let registry = start(Options::default());
    registry.put_manifest("a", Some(&tag("1")), MANIFEST, r#"{"schemaVersion":2}"#).unwrap();
    let path = "/v2/a/manifests/1";
    registry.fault(Fault::on("*/manifests/*", Trouble::TooManyRequests(Some("7".to_owned()))).times(1));
    let limited = get(&registry, path).await;
    assert_eq!((limited.status().as_u16(), header(&limited, "retry-after")), (429, "7"));
    assert_eq!(get(&registry, path).await.status(), StatusCode::OK);

    registry.fault(Fault::on("*", Trouble::Status(500)).method("HEAD"));
    assert_eq!(ask(&registry, Method::HEAD, path, "").await.status().as_u16(), 500);
    registry.mend();

    registry.fault(Fault::on("*", Trouble::WrongBytes));
    let wrong = get(&registry, path).await;
    let claimed: Digest = header(&wrong, "docker-content-digest").parse().unwrap();
    assert!(!claimed.matches(&wrong.bytes().await.unwrap()));
    registry.mend();

    registry.fault(Fault::on("*", Trouble::BrokenJson));
    assert!(get(&registry, path).await.json::<Value>().await.is_err());
    registry.mend();

    registry.fault(Fault::on("*", Trouble::TruncatedBody));
    let url = format!("http://{}{path}", registry.host());
    let cut = async { reqwest::get(&url).await?.bytes().await };
    assert!(cut.await.is_err());
    registry.mend();

    registry.fault(Fault::on("*", Trouble::NoDigestHeader));
    assert_eq!(header(&get(&registry, path).await, "docker-content-digest"), "");
    registry.mend();

    registry.fault(Fault::on("*", Trouble::Redirect("http://127.0.0.1:9".to_owned())));
    let moved = get(&registry, path).await;
    assert_eq!(
        (moved.status().as_u16(), header(&moved, "location")),
        (307, "http://127.0.0.1:9/v2/a/manifests/1")
    );
}

#[tokio::test]
async fn a_dropped_connection_brings_no_byte_and_is_logged_without_a_status() {
    let registry = start(Options::default());
    registry.fault(Fault::on("*", Trouble::Drop));
    let url = format!("http://{}/v2/", registry.host());
    assert!(reqwest::get(&url).await.is_err());
    let dropped = registry.requests();
    assert!(!dropped.is_empty() && dropped.iter().all(|request| request.status.is_none()));
    registry.mend();
    assert_eq!(reqwest::get(&url).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn an_endless_body_goes_on_until_the_reader_leaves() {
    let mut registry = start(Options::default());
    registry.fault(Fault::on("*", Trouble::EndlessBody));
    let mut endless = get(&registry, "/v2/").await;
    let mut seen = 0;
    while seen < 1 << 20 {
        seen += endless.chunk().await.unwrap().unwrap().len();
    }
    registry.stop();
    let rest = tokio::time::timeout(Duration::from_secs(30), async {
        while let Ok(Some(_)) = endless.chunk().await {}
    });
    rest.await.expect("stopping closes the connection");
    assert!(reqwest::get(format!("http://{}/v2/", registry.host())).await.is_err());
}
