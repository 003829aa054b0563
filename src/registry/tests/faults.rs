//! Registries in trouble: each ends in its own reason, in bounded time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;

use super::*;
use crate::model::{Access, Digest, ReasonKind};
use crate::registry::Method;

async fn ask(
    reply: impl Fn(&crate::registry::testing::Asked) -> Reply + Send + Sync + 'static,
) -> (Exchange, u64) {
    let server = Server::start(reply).await;
    let registries = registries(quick());
    let repository = server.repository("acme/app");
    let began = Instant::now();
    let exchange = registries.manifest(&repository, "1", Method::GET, Access::Anonymous).await;
    assert!(began.elapsed() < Duration::from_secs(4), "it took {:?}", began.elapsed());
    (exchange, registries.requests().total())
}

#[tokio::test]
async fn a_registry_that_is_down_is_unreachable() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let repository = format!("127.0.0.1:{port}/acme/app").parse().unwrap();
    let registries = registries(quick());
    let exchange = registries.manifest(&repository, "1", Method::GET, Access::Anonymous).await;
    let reason = reason(&exchange);
    assert_eq!(reason.kind, ReasonKind::Unreachable);
    assert!(reason.text.contains("refused") && reason.text.contains("3 attempts"), "{reason}");
    assert_eq!(registries.requests().total(), 3);
}

#[tokio::test]
async fn a_registry_that_never_answers_times_out_and_is_not_asked_again() {
    let (exchange, requests) = ask(|_| Reply::hang()).await;
    assert_eq!(reason(&exchange).kind, ReasonKind::TimedOut);
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn a_body_that_falls_silent_times_out() {
    let (exchange, _) = ask(|_| Reply::new(200, vec![b' '; 1_000]).silent()).await;
    assert_eq!(reason(&exchange).kind, ReasonKind::TimedOut);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_unreadable() {
    let (exchange, _) = ask(|_| Reply::new(200, vec![b' '; 1_000]).truncated()).await;
    assert_eq!(reason(&exchange).kind, ReasonKind::Unreadable, "{}", reason(&exchange));
}

#[tokio::test]
async fn an_endless_body_is_too_large() {
    let (exchange, _) = ask(|_| Reply::new(200, "").endless()).await;
    assert_eq!(reason(&exchange).kind, ReasonKind::TooLarge);
}

#[tokio::test]
async fn a_body_that_announces_too_much_is_not_read() {
    let (exchange, _) = ask(|_| Reply::new(200, vec![b' '; 65 * 1024])).await;
    assert_eq!(reason(&exchange).kind, ReasonKind::TooLarge);
}

#[tokio::test]
async fn the_status_of_an_error_counts_whatever_its_body_does() {
    for reply in [Reply::new(404, "").endless(), Reply::new(404, "some text").truncated()] {
        let (exchange, requests) = ask(move |_| reply.clone()).await;
        assert_eq!((http(&exchange).status, requests), (404, 1));
    }
    let (exchange, _) = ask(|_| Reply::new(404, "some text").silent()).await;
    assert_eq!(http(&exchange).status, 404);
}

#[tokio::test]
async fn definite_answers_are_not_asked_for_again() {
    for status in [400, 401, 403, 404, 405] {
        let (exchange, requests) = ask(move |_| Reply::new(status, "")).await;
        assert_eq!((http(&exchange).status, requests), (status, 1));
    }
}

#[tokio::test]
async fn a_server_error_is_asked_again_twice() {
    let (exchange, requests) = ask(|_| Reply::new(500, "")).await;
    assert_eq!((http(&exchange).status, requests), (500, 3));
    let count = AtomicUsize::new(0);
    let (exchange, requests) = ask(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::new(503, ""),
        _ => Reply::new(200, "{}"),
    })
    .await;
    assert_eq!((http(&exchange).status, requests), (200, 2));
}

#[tokio::test]
async fn only_a_short_retry_after_is_waited_for() {
    let (exchange, requests) = ask(|_| Reply::new(429, "").header("Retry-After", "35.852µs")).await;
    assert_eq!((http(&exchange).status, requests), (429, 3));
    let (exchange, requests) = ask(|_| Reply::new(429, "").header("Retry-After", "120")).await;
    assert_eq!((http(&exchange).status, requests), (429, 1));
    assert_eq!(http(&exchange).retry_after.as_deref(), Some("120"));
    let (_, requests) = ask(|_| Reply::new(429, "")).await;
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn a_stream_says_why_it_broke() {
    let digest = Digest::of(b"");
    for (reply, kind) in [
        (Reply::new(200, vec![0; 9_000]).truncated(), ReasonKind::Unreadable),
        (Reply::new(200, vec![0; 9_000]).silent(), ReasonKind::TimedOut),
    ] {
        let server = Server::start(move |_| reply.clone()).await;
        let registries = registries(quick());
        let repository = server.repository("acme/app");
        let Ok(mut stream) = registries.blob_stream(&repository, &digest, Access::Anonymous).await else {
            panic!("no stream");
        };
        assert!(stream.reader.read_to_end(&mut Vec::new()).await.is_err());
        assert_eq!(stream.trouble.reason().unwrap().kind, kind);
    }
}

#[tokio::test]
async fn a_stream_that_is_refused_is_an_exchange() {
    let server = Server::start(|_| Reply::new(404, "{}")).await;
    let registries = registries(quick());
    let digest = Digest::of(b"");
    let Err(exchange) = registries.blob_stream(&server.repository("a/b"), &digest, Access::Anonymous).await
    else {
        panic!("a stream");
    };
    assert_eq!(http(&exchange).status, 404);
}

#[tokio::test]
async fn a_registry_gets_a_bounded_number_of_requests_at_once() {
    let server = Server::start(|_| Reply::hang()).await;
    let mut settings = quick();
    settings.at_once = 2;
    let registries = registries(settings);
    let repository = server.repository("a/b");
    let asked = async {
        let many = (0..5).map(|_| registries.manifest(&repository, "1", Method::GET, Access::Anonymous));
        futures_util::future::join_all(many).await
    };
    // Nobody is answered within this time, so only those that had their turn were sent.
    let _ = tokio::time::timeout(Duration::from_millis(100), asked).await;
    assert_eq!(registries.requests().total(), 2);
}
