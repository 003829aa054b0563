//! Referrers: every page, then the fallback tag after a 404 and only then.

use super::*;
use crate::model::{Access, Digest, ReasonKind};

fn subject() -> Digest {
    Digest::of(b"index")
}

async fn referrers(server: &Server) -> Vec<Exchange> {
    registries(quick()).referrers(&server.repository("a/b"), &subject(), Access::Anonymous).await
}

#[tokio::test]
async fn every_page_is_read() {
    let server = Server::start(|asked| {
        let path = asked.path().to_owned();
        match asked.target.split_once('?') {
            None => Reply::new(200, "1").header("Link", format!("<{path}?last=1>; rel=\"next\"")),
            Some(_) => Reply::new(200, "2"),
        }
    })
    .await;
    let pages = referrers(&server).await;
    let bodies: Vec<&[u8]> = pages.iter().map(|page| &*http(page).body).collect();
    assert_eq!(bodies, [b"1", b"2"]);
}

#[tokio::test]
async fn too_many_pages_and_pages_in_a_circle_end_in_a_reason() {
    let server = Server::start(|asked| {
        let next = asked.target.rsplit('=').next().and_then(|it| it.parse::<u32>().ok()).unwrap_or(0) + 1;
        Reply::new(200, "{}").header("Link", format!("<{}?last={next}>; rel=\"next\"", asked.path()))
    })
    .await;
    let pages = referrers(&server).await;
    assert_eq!(pages.len(), 4);
    assert_eq!(reason(&pages[3]).kind, ReasonKind::TooLarge);

    let server = Server::start(|asked| {
        Reply::new(200, "{}").header("Link", format!("<{}>; rel=\"next\"", asked.path()))
    })
    .await;
    let pages = referrers(&server).await;
    assert_eq!(pages.len(), 2);
    assert_eq!(reason(&pages[1]).kind, ReasonKind::ServerError);
}

#[tokio::test]
async fn the_fallback_tag_is_asked_after_a_404() {
    let server = Server::start(|asked| {
        if asked.path().contains("/referrers/") {
            Reply::new(404, "404 page not found")
        } else {
            Reply::new(200, "{}")
        }
    })
    .await;
    let pages = referrers(&server).await;
    assert_eq!(pages.len(), 2);
    assert_eq!(http(&pages[0]).status, 404);
    assert_eq!(http(&pages[1]).status, 200);
    let tag = format!("sha256-{}", subject().hex());
    assert!(pages[1].request.ends_with(&format!("/v2/a/b/manifests/{tag}")), "{}", pages[1].request);
}

#[tokio::test]
async fn no_other_answer_leads_to_the_fallback_tag() {
    for status in [401, 403, 405, 429] {
        let server = Server::start(move |_| Reply::new(status, "")).await;
        let pages = referrers(&server).await;
        assert_eq!(pages.len(), 1, "{status}");
        assert_eq!(http(&pages[0]).status, status);
    }
}
