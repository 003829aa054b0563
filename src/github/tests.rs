use super::*;
use crate::embedded::github::{Fate, Github as Server, Holds, Started, TOKEN};
use crate::embedded::{Fault, Trouble};

fn server(change: impl FnOnce(&mut Holds)) -> Server {
    let mut holds = Holds { repository: "acme/greenlang".to_owned(), ..Holds::default() };
    change(&mut holds);
    Server::start(holds).unwrap()
}

fn client(server: &Server) -> Github {
    Github::at("github.com", Some(&server.url())).unwrap().with_token(TOKEN)
}

const SECRETS: &str = "repos/acme/greenlang/actions/secrets?per_page=100";

fn with_secrets(names: &[&str]) -> Server {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    server(|holds| {
        holds.names.insert("actions/secrets".to_owned(), names);
        holds.page = Some(2);
    })
}

#[tokio::test]
async fn every_page_is_read() {
    let server = with_secrets(&["A", "B", "C", "D", "E"]);
    let pages = client(&server).pages(SECRETS).await.unwrap();
    assert_eq!(pages.len(), 3);
    assert!(server.requests().iter().all(|request| request.authorized && request.status == Some(200)));
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_no_absence_and_is_named_by_its_cure() {
    let server = with_secrets(&[]);
    let other = Github::at("github.com", Some(&server.url())).unwrap().with_token("ghp_stale");
    let reason = other.pages(SECRETS).await.unwrap_err();
    assert_eq!(reason.kind, ReasonKind::Denied);
    let said = reason.to_string();
    assert!(
        said.contains("401") && said.contains("Bad credentials") && said.contains("gh auth login"),
        "{said}"
    );
    assert!(!said.contains("ghp_stale") && !format!("{other:?}").contains("ghp_stale"), "{said}");
}

#[tokio::test]
async fn refusals_say_what_they_are() {
    for (trouble, kind, words) in [
        (Trouble::Status(403), ReasonKind::Denied, "403"),
        (Trouble::Status(404), ReasonKind::Denied, "the token cannot see it"),
        (Trouble::Status(500), ReasonKind::ServerError, "500"),
        (Trouble::TooManyRequests(Some("60".to_owned())), ReasonKind::RateLimited, "ask again at 20"),
        (Trouble::TooManyRequests(None), ReasonKind::RateLimited, "in a minute"),
        (Trouble::Drop, ReasonKind::Unreachable, "check the network"),
        (Trouble::EndlessBody, ReasonKind::TooLarge, "larger than"),
    ] {
        let server = with_secrets(&["A"]);
        server.fault(Fault::on("*", trouble.clone()));
        let reason = client(&server).pages(SECRETS).await.unwrap_err();
        assert_eq!(reason.kind, kind, "{trouble:?}: {reason}");
        assert!(reason.to_string().contains(words), "{trouble:?}: {reason}");
        assert!(!reason.to_string().contains(TOKEN), "{reason}");
    }
}

#[tokio::test]
async fn a_server_that_stumbles_once_is_asked_again_and_a_post_never_is() {
    let server = with_secrets(&["A"]);
    server.fault(Fault::on("*", Trouble::Status(502)).times(1));
    assert_eq!(client(&server).pages(SECRETS).await.unwrap().len(), 1);
    let path = "repos/acme/greenlang/actions/workflows/release.yml/dispatches";
    server.fault(Fault::on("*", Trouble::Status(502)));
    let before = server.requests().len();
    assert!(client(&server).post(path, &serde_json::json!({ "ref": "main" })).await.is_err());
    assert_eq!(server.requests().len(), before + 1);
}

#[tokio::test]
async fn the_token_does_not_follow_to_the_host_of_the_logs() {
    let server = server(|_| {});
    server.add_run(Started { fate: Fate::Fails, over: true, ..Started::default() });
    let log = client(&server).log("repos/acme/greenlang/actions/jobs/1/logs").await.unwrap();
    assert!(log.contains("##[error]denied"), "{log}");
    let asked = server.log_requests();
    assert!(asked.len() == 1 && !asked[0].authorized, "{asked:?}");
}

#[tokio::test]
async fn what_has_not_changed_is_not_read_again() {
    let server = server(|_| {});
    let run = server.add_run(Started { fate: Fate::NeverStarts, ..Started::default() });
    let (client, mut etag) = (client(&server), Etag::default());
    let path = format!("repos/acme/greenlang/actions/runs/{run}");
    assert!(client.get_if_changed(&path, &mut etag).await.unwrap().is_some());
    assert!(client.get_if_changed(&path, &mut etag).await.unwrap().is_none());
}

#[test]
fn a_token_goes_by_https_only_or_to_this_machine_and_stays_below_the_api() {
    assert!(Github::at("github.com", Some("http://github.example.com/api/v3")).is_err());
    assert!(Github::at("github.com", Some("ftp://x")).is_err());
    for (host, api) in [
        ("github.com", "https://api.github.com/"),
        ("acme.ghe.com", "https://api.acme.ghe.com/"),
        ("github.acme.example", "https://github.acme.example/api/v3/"),
    ] {
        let github = Github::at(host, None).unwrap();
        assert_eq!(github.base.as_str(), api);
        assert!(github.url("repos/a/b").is_ok());
        for path in ["https://evil.example/x", "//evil.example/x"] {
            assert!(github.url(path).is_err(), "{path}");
        }
    }
}

#[test]
fn a_rate_limit_says_when_it_ends_and_a_missing_scope_which_it_is() {
    let now = "2026-11-27T10:00:00Z".parse().unwrap();
    let of = |status: u16, headers: &[(&'static str, &'static str)], body: &str| {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        answer::refused("asked", StatusCode::from_u16(status).unwrap(), &map, body.as_bytes(), now)
    };
    let primary = of(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795773600")], "{}");
    assert_eq!(primary.kind, ReasonKind::RateLimited);
    assert!(primary.to_string().contains("ask again at 2026-11-27T"), "{primary}");
    let secondary = of(403, &[], r#"{"message":"You have exceeded a secondary rate limit."}"#);
    assert_eq!(secondary.kind, ReasonKind::RateLimited);
    let waits = of(403, &[("retry-after", "60")], "{}");
    assert!(waits.to_string().ends_with("ask again at 2026-11-27T10:01:00Z"), "{waits}");
    let scopes = of(403, &[("x-accepted-oauth-scopes", "repo"), ("x-oauth-scopes", "read:org")], "{}");
    assert!(scopes.to_string().contains("the scope repo; it has read:org"), "{scopes}");
    let permission = of(403, &[("x-accepted-github-permissions", "secrets=read")], "{}");
    assert!(permission.to_string().contains("the permission secrets=read"), "{permission}");
    let hostile = of(422, &[], "{\"message\":\"a\\u001b[31mb\"}");
    assert!(!hostile.to_string().contains('\u{1b}'), "{hostile:?}");
}
