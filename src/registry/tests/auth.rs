//! Tokens and passwords: demanded, fetched once, never mixed, never shown.

use super::*;
use crate::model::{Access, ReasonKind};
use crate::registry::Method;
use crate::registry::testing::Asked;

/// A registry whose token endpoint gives `user` tokens to those with the password, and `public`
/// tokens to strangers.
fn guarded(asked: &Asked) -> Reply {
    let host = asked.header("host").unwrap_or_default();
    if asked.path() == "/token" {
        return match asked.header("authorization") {
            Some("Basic Z2FuZGFsZjptZWxsb24=") => Reply::new(200, r#"{"access_token": "user"}"#),
            Some(_) => Reply::new(401, r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#),
            None => Reply::new(200, r#"{"token": "public", "expires_in": 300}"#),
        };
    }
    let demand = format!(r#"Bearer realm="http://{host}/token",service="reg""#);
    match asked.header("authorization") {
        Some("Bearer user") => Reply::new(200, "private"),
        Some("Bearer public") if !asked.path().contains("/secret/") => Reply::new(200, "public"),
        Some("Bearer public") => Reply::new(403, ""),
        _ => Reply::new(401, "").header("WWW-Authenticate", demand),
    }
}

async fn get(registries: &Registries, server: &Server, path: &str, access: Access) -> Exchange {
    registries.manifest(&server.repository(path), "1", Method::GET, access).await
}

#[tokio::test]
async fn a_token_is_fetched_once_for_a_scope() {
    let server = Server::start(guarded).await;
    let registries = registries(quick());
    for _ in 0..2 {
        let exchange = get(&registries, &server, "open/app", Access::Anonymous).await;
        assert_eq!(&*http(&exchange).body, b"public");
        assert!(!exchange.credentials);
    }
    let other = get(&registries, &server, "open/other", Access::Anonymous).await;
    assert_eq!(http(&other).status, 200);

    let asked: Vec<String> = server.log().iter().map(|asked| asked.target.clone()).collect();
    assert_eq!(
        asked,
        [
            "/v2/open/app/manifests/1",
            "/token?service=reg&scope=repository%3Aopen%2Fapp%3Apull",
            "/v2/open/app/manifests/1",
            "/v2/open/app/manifests/1",
            "/token?service=reg&scope=repository%3Aopen%2Fother%3Apull",
            "/v2/open/other/manifests/1",
        ]
    );
    assert_eq!(registries.requests().total(), 6);
}

#[tokio::test]
async fn many_requests_at_once_fetch_one_token() {
    let server = Server::start(guarded).await;
    let registries = registries(quick());
    let many = (0..6).map(|_| get(&registries, &server, "open/app", Access::Anonymous));
    for exchange in futures_util::future::join_all(many).await {
        assert_eq!(http(&exchange).status, 200);
    }
    assert_eq!(server.lines().iter().filter(|line| line.ends_with("/token")).count(), 1);
}

#[tokio::test]
async fn strangers_and_users_never_share_a_token() {
    let server = Server::start(guarded).await;
    let folder = tempfile::tempdir().unwrap();
    let registries = registries(with_password(&folder, &server.host));
    let user = get(&registries, &server, "secret/app", Access::Credentials).await;
    assert_eq!(&*http(&user).body, b"private");
    assert!(user.credentials);
    let stranger = get(&registries, &server, "secret/app", Access::Anonymous).await;
    assert_eq!(http(&stranger).status, 403);
    assert!(!stranger.credentials);
    let again = get(&registries, &server, "secret/app", Access::Credentials).await;
    assert_eq!(&*http(&again).body, b"private");
}

#[tokio::test]
async fn no_secret_is_in_what_is_shown() {
    let server = Server::start(guarded).await;
    let folder = tempfile::tempdir().unwrap();
    let registries = registries(with_password(&folder, &server.host));
    let exchange = get(&registries, &server, "secret/app", Access::Credentials).await;
    let shown = format!("{exchange:?} {registries:?}");
    for secret in ["mellon", "Z2FuZGFsZjptZWxsb24", "Bearer user"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn a_refused_login_is_the_answer() {
    let server = Server::start(guarded).await;
    let folder = tempfile::tempdir().unwrap();
    // gandalf:wrong
    let config = format!(r#"{{"auths": {{"{}": {{"auth": "Z2FuZGFsZjp3cm9uZw=="}}}}}}"#, server.host);
    let registries = registries(with_config(&folder, &config));
    let exchange = get(&registries, &server, "secret/app", Access::Credentials).await;
    assert_eq!(http(&exchange).status, 401);
    assert!(exchange.credentials);
    assert_eq!(server.lines(), ["GET /v2/secret/app/manifests/1", "GET /token"]);
}

#[tokio::test]
async fn a_password_is_sent_where_one_is_demanded() {
    let server = Server::start(|asked| match asked.header("authorization") {
        Some("Basic Z2FuZGFsZjptZWxsb24=") => Reply::new(200, "{}"),
        _ => Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"reg\""),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let registries = registries(with_password(&folder, &server.host));
    let stranger = get(&registries, &server, "a/b", Access::Anonymous).await;
    assert_eq!((http(&stranger).status, stranger.credentials), (401, false));
    for _ in 0..2 {
        let user = get(&registries, &server, "a/b", Access::Credentials).await;
        assert_eq!((http(&user).status, user.credentials), (200, true));
    }
    // The demand was remembered: no further 401.
    assert_eq!(registries.requests().total(), 3);
}

#[tokio::test]
async fn without_credentials_nothing_is_asked_with_them() {
    let server = Server::start(guarded).await;
    let registries = registries(quick());
    let exchange = get(&registries, &server, "a/b", Access::Credentials).await;
    let reason = reason(&exchange);
    assert_eq!(reason.kind, ReasonKind::NoCredentials);
    assert!(reason.cure.as_deref().unwrap().starts_with("run `docker login 127.0.0.1:"));
    assert!(server.log().is_empty());
}

#[tokio::test]
async fn a_token_that_was_revoked_is_fetched_anew_once() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |asked| {
        let host = asked.header("host").unwrap_or_default();
        if asked.path() == "/token" {
            let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            return Reply::new(200, format!(r#"{{"token": "t{number}"}}"#));
        }
        let good = if asked.path().ends_with("/late") { "Bearer t1" } else { "Bearer t0" };
        if asked.header("authorization") == Some(good) {
            return Reply::new(200, "{}");
        }
        Reply::new(401, "").header("WWW-Authenticate", format!("Bearer realm=\"http://{host}/token\""))
    })
    .await;
    let registries = registries(quick());
    let repository = server.repository("a/b");
    for reference in ["early", "late"] {
        let exchange = registries.manifest(&repository, reference, Method::GET, Access::Anonymous).await;
        assert_eq!(http(&exchange).status, 200, "{reference}");
    }
    let exchange = registries.manifest(&repository, "early", Method::GET, Access::Anonymous).await;
    assert_eq!(http(&exchange).status, 401);
}

#[tokio::test]
async fn a_token_endpoint_in_trouble_is_no_absence() {
    for (reply, status) in
        [(Reply::new(429, "").header("Retry-After", "99"), 429), (Reply::new(500, ""), 500)]
    {
        let server = token_answers(reply).await;
        let exchange = get(&registries(quick()), &server, "a/b", Access::Anonymous).await;
        assert_eq!(http(&exchange).status, status);
    }
    for reply in [
        Reply::new(404, "gone"),
        Reply::new(200, "{"),
        Reply::new(200, r#"{"token": ""}"#),
        Reply::new(200, r#"{"token": "a\nb"}"#),
    ] {
        let server = token_answers(reply).await;
        let exchange = get(&registries(quick()), &server, "a/b", Access::Anonymous).await;
        assert_eq!(reason(&exchange).kind, ReasonKind::ServerError);
    }
}

async fn token_answers(reply: Reply) -> Server {
    Server::start(move |asked| {
        let host = asked.header("host").unwrap_or_default();
        if asked.path() == "/token" {
            return reply.clone();
        }
        Reply::new(401, "").header("WWW-Authenticate", format!("Bearer realm=\"http://{host}/token\""))
    })
    .await
}

#[tokio::test]
async fn a_token_endpoint_without_tls_gets_nothing() {
    let server = Server::start(|_| {
        Reply::new(401, "").header("WWW-Authenticate", "Bearer realm=\"http://auth.example.org/token\"")
    })
    .await;
    let exchange = get(&registries(quick()), &server, "a/b", Access::Anonymous).await;
    assert!(reason(&exchange).text.contains("without TLS"), "{}", reason(&exchange));
}

#[tokio::test]
async fn an_identity_token_is_exchanged_by_the_oauth_form() {
    let server = Server::start(|asked| {
        let host = asked.header("host").unwrap_or_default();
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        match (asked.method.as_str(), asked.path()) {
            ("POST", "/token")
                if body.contains("refresh_token=mithril&") || body.ends_with("refresh_token=mithril") =>
            {
                Reply::new(200, r#"{"access_token": "user"}"#)
            }
            ("GET", _) if asked.header("authorization") == Some("Bearer user") => Reply::new(200, "{}"),
            _ => Reply::new(401, "")
                .header("WWW-Authenticate", format!("Bearer realm=\"http://{host}/token\",service=\"s\"")),
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let config = format!(r#"{{"auths": {{"{}": {{"identitytoken": "mithril"}}}}}}"#, server.host);
    let registries = registries(with_config(&folder, &config));
    let exchange = get(&registries, &server, "a/b", Access::Credentials).await;
    assert_eq!(http(&exchange).status, 200);
    assert!(!format!("{registries:?}").contains("mithril"));
}
