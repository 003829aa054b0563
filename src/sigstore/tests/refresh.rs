//! A TUF repository on this machine, signed for the test.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sigstore::crypto::KeyPair;

use super::*;
use crate::sigstore::{Instance, Refresh, RootError, RootSource};

/// A repository with one key for all roles: its files by path.
fn repository(target: &[u8], expires: &str) -> BTreeMap<String, Vec<u8>> {
    let pair = KeyPair::generate_ecdsa_p256().unwrap();
    let id = Digest::of(b"the one key").hex().to_owned();
    let sealed = |signed: Value| {
        // TUF's canonical JSON escapes no line breaks; RFC 8785 does.
        let canonical =
            serde_json_canonicalizer::to_string(&signed).unwrap().replace("\\n", "\n").replace("\\r", "\r");
        let signature = pair.sign(canonical.as_bytes()).unwrap();
        let hex = sigstore_types::DigestBytes::new(signature.as_bytes().to_vec()).to_hex();
        json!({ "signed": signed, "signatures": [{ "keyid": id, "sig": hex }] }).to_string().into_bytes()
    };
    let meta = |bytes: &[u8]| json!({ "version": 1, "length": bytes.len(), "hashes": { "sha256": Digest::of(bytes).hex() } });
    let role = |kind: &str, expires: &str, more: (&str, Value)| {
        let mut signed = json!({ "_type": kind, "spec_version": "1.0.0", "version": 1, "expires": expires });
        signed[more.0] = more.1;
        signed
    };
    let far = "2999-01-01T00:00:00Z";
    let listed = json!({ "trusted_root.json": {
        "length": target.len(), "hashes": { "sha256": Digest::of(target).hex() },
    } });
    let targets = sealed(role("targets", far, ("targets", listed)));
    let snapshot = sealed(role("snapshot", far, ("meta", json!({ "targets.json": meta(&targets) }))));
    let timestamp = sealed(role("timestamp", expires, ("meta", json!({ "snapshot.json": meta(&snapshot) }))));
    let one = json!({ "keyids": [id], "threshold": 1 });
    let key = json!({
        "keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256",
        "keyval": { "public": pair.public_key_der().unwrap().to_pem() },
    });
    let mut root = role("root", far, ("consistent_snapshot", json!(false)));
    root["keys"] = json!({ id.clone(): key });
    root["roles"] = json!({ "root": one, "timestamp": one, "snapshot": one, "targets": one });
    BTreeMap::from([
        ("1.root.json".to_owned(), sealed(root)),
        ("timestamp.json".to_owned(), timestamp),
        ("snapshot.json".to_owned(), snapshot),
        ("targets.json".to_owned(), targets),
        ("targets/trusted_root.json".to_owned(), target.to_vec()),
    ])
}

/// Serves files until it is dropped.
struct Server {
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(files: BTreeMap<String, Vec<u8>>) -> Self {
        let files = Arc::new(files);
        let app = axum::Router::new().fallback(move |uri: axum::http::Uri| {
            let file = files.get(uri.path().trim_start_matches('/')).cloned();
            async move { file.ok_or(axum::http::StatusCode::NOT_FOUND) }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn target() -> Vec<u8> {
    sigstore_trust_root::SIGSTORE_STAGING_TRUSTED_ROOT.as_bytes().to_vec()
}

#[tokio::test]
async fn a_refreshed_root_is_cached_with_its_age_and_serves_offline_after_its_metadata_expired() {
    let files = repository(&target(), "2026-12-01T00:00:00Z");
    let bootstrap = files["1.root.json"].clone();
    let server = Server::start(files).await;
    let cache = tempfile::tempdir().unwrap();
    let refresh = Refresh::from_repository(&server.url, &bootstrap, cache.path());

    let fresh = TrustMaterial::refresh(&refresh, now()).await.unwrap();
    assert_eq!((fresh.digest(), fresh.stale()), (&Digest::of(&target()), None));

    let later = now() + SignedDuration::from_hours(24 * 30);
    let cached = TrustMaterial::refresh(&refresh.clone().offline(true), later).await.unwrap();
    assert_eq!((cached.digest(), cached.stale()), (fresh.digest(), Some("offline")));
    assert_eq!(cached.age(later), Some(SignedDuration::from_hours(24 * 30)));

    drop(server);
    let expired = TrustMaterial::refresh(&refresh, later).await.unwrap();
    assert!(expired.stale().is_some_and(|why| why != "offline"), "{:?}", expired.stale());
}

#[tokio::test]
async fn a_cache_that_was_tampered_with_is_not_used() {
    let files = repository(&target(), "2026-12-01T00:00:00Z");
    let bootstrap = files["1.root.json"].clone();
    let server = Server::start(files).await;
    let cache = tempfile::tempdir().unwrap();
    let refresh = Refresh::from_repository(&server.url, &bootstrap, cache.path());
    TrustMaterial::refresh(&refresh, now()).await.unwrap();
    let file = cache.path().join("targets/trusted_root.json");
    std::fs::write(&file, fixture("keyless-private-sigstore.trusted_root.json")).unwrap();
    let refused = TrustMaterial::refresh(&refresh.offline(true), now()).await;
    assert!(matches!(refused, Err(RootError::Tuf { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_repository_signed_by_another_key_is_refused_with_its_address() {
    let server = Server::start(repository(&target(), "2026-12-01T00:00:00Z")).await;
    let stranger = repository(&target(), "2026-12-01T00:00:00Z")["1.root.json"].clone();
    let cache = tempfile::tempdir().unwrap();
    let refresh = Refresh::from_repository(&server.url, &stranger, cache.path());
    let error = TrustMaterial::refresh(&refresh, now()).await.unwrap_err().to_string();
    assert!(error.contains(&server.url) && error.contains("--trusted-root"), "{error}");
}

#[tokio::test]
async fn offline_without_a_cache_the_built_in_root_stands_in_and_says_so() {
    let cache = tempfile::tempdir().unwrap();
    let refresh = Refresh::of(Instance::PublicGood, cache.path()).offline(true);
    let material = TrustMaterial::refresh(&refresh, now()).await.unwrap();
    assert_eq!(material.source(), &RootSource::Embedded(Instance::PublicGood));
    assert!(material.stale().is_some_and(|why| why.starts_with("offline; nothing is cached")));
    assert_eq!(material.age(now()), None);
}
