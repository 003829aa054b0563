//! The whole login, with an HTTP client in the place of the browser.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use url::Url;

use super::*;
use crate::embedded::sigstore::{PrivateSigstore, Running};
use crate::embedded::{Fault, Trouble};
use crate::sigstore::Signing;

const LONG: Duration = Duration::from_secs(30);

struct Provider {
    running: Running,
    folder: tempfile::TempDir,
}

impl Provider {
    fn new() -> Self {
        let sigstore = PrivateSigstore::new(Timestamp::now()).unwrap();
        let running = sigstore.start(Timestamp::now).unwrap();
        Self { running, folder: tempfile::tempdir().unwrap() }
    }

    fn services(&self) -> Services {
        let file = self.folder.path().join("signing_config.json");
        std::fs::write(&file, self.running.signing_config().unwrap().to_string()).unwrap();
        Services::from_file(&file).unwrap()
    }

    async fn login(&self) -> Login {
        Login::here(&self.services()).await.unwrap_or_else(|reason| panic!("{reason}"))
    }
}

/// A browser that follows no redirect by itself.
fn browser() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Where the provider's page sends the browser.
async fn sent_back(address: &str) -> Url {
    let answer = browser().get(address).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()["location"].to_str().unwrap().parse().unwrap()
}

/// The address with another value of a parameter.
fn with(url: &Url, name: &str, value: &str) -> Url {
    let pairs = url.query_pairs().map(|(key, old)| {
        let value = if key == name { value.to_owned() } else { old.into_owned() };
        (key.into_owned(), value)
    });
    let pairs: Vec<_> = pairs.collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed
}

fn refusal(waited: Result<String, Reason>) -> Reason {
    match waited {
        Ok(_) => panic!("a token was given"),
        Err(reason) => {
            assert!(!reason.to_string().contains("eyJ"), "a token is told: {reason}");
            reason
        }
    }
}

#[tokio::test]
async fn who_logs_in_is_who_signs() {
    let provider = Provider::new();
    let login = provider.login().await;
    let address: Url = login.address().parse().unwrap();
    let asked: std::collections::BTreeMap<_, _> = address.query_pairs().into_owned().collect();
    assert_eq!((&*asked["code_challenge_method"], &*asked["scope"]), ("S256", "openid email"));
    assert!(asked["redirect_uri"].starts_with("http://localhost:"));
    let verifier = login.verifier.clone();
    assert!(!login.address().contains(&verifier), "the verifier is a secret");
    let short = login.short_address().unwrap();
    assert!(short.len() < 60, "{short}");
    let (waited, page) = tokio::join!(login.wait(LONG), async {
        assert_eq!(sent_back(&short).await, address);
        browser().get(sent_back(address.as_str()).await).send().await.unwrap().text().await.unwrap()
    });
    let token = waited.unwrap();
    assert!(page.contains("logged in") && !page.contains(&token), "{page}");
    assert!(Signing::keyless(provider.services(), &token).unwrap().who().starts_with("dev@acme.test ("));
    let asked = provider.running.requests();
    let paths: Vec<_> = asked.iter().filter_map(|asked| asked.path.split('?').next()).collect();
    assert_eq!(paths, ["/oidc/.well-known/openid-configuration", "/oidc/auth", "/oidc/token"]);
}

#[tokio::test]
async fn the_answer_of_another_login_is_turned_away_and_ends_nothing() {
    let provider = Provider::new();
    let login = provider.login().await;
    let address = login.address().to_owned();
    let (waited, ()) = tokio::join!(login.wait(LONG), async {
        let back = sent_back(&address).await;
        for url in [with(&back, "state", "another"), with(&back, "state", ""), {
            let mut bare = back.clone();
            bare.set_query(None);
            bare
        }] {
            let answer = browser().get(url).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
            assert!(answer.text().await.unwrap().contains("another login"));
        }
        let used = provider.running.requests().iter().any(|asked| asked.path == "/oidc/token");
        assert!(!used, "no code was used");
        browser().get(back).send().await.unwrap();
    });
    assert!(waited.is_ok());
}

#[tokio::test]
async fn a_login_that_the_provider_refuses_is_told_with_its_words() {
    let provider = Provider::new();
    provider.running.at_the_page(None);
    let login = provider.login().await;
    let address = login.address().to_owned();
    let (waited, page) = tokio::join!(login.wait(LONG), async {
        browser().get(sent_back(&address).await).send().await.unwrap().text().await.unwrap()
    });
    let reason = refusal(waited);
    assert!(reason.text.contains("access_denied: the person said no"), "{reason}");
    assert!(page.contains("refused"), "{page}");
}

#[tokio::test]
async fn a_token_of_another_login_or_none_is_refused() {
    let provider = Provider::new();
    for (trouble, words) in [
        (Trouble::WrongAnswer, "of another login (nonce)"),
        (Trouble::Status(503), "503"),
        (Trouble::BrokenJson, "no identity token"),
        (Trouble::EndlessBody, "no identity token"),
        (Trouble::Drop, "logging in at"),
    ] {
        provider.running.fault(Fault::on("/oidc/token", trouble.clone()));
        let login = provider.login().await;
        let address = login.address().to_owned();
        let (waited, _) = tokio::join!(login.wait(LONG), async {
            browser().get(sent_back(&address).await).send().await.unwrap()
        });
        let reason = refusal(waited);
        assert!(reason.text.contains(words), "{trouble:?}: {reason}");
        provider.running.mend();
    }
    // A code is good once, and for who asked for it.
    let login = provider.login().await;
    let other = provider.login().await;
    let code = sent_back(login.address()).await;
    let code = code.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    assert!(refusal(other.typed(&code).await).text.contains("invalid_grant"));
    assert!(refusal(login.typed(&code).await).text.contains("used before"));
}

#[tokio::test]
async fn a_provider_that_is_down_or_none_is_named() {
    let mut provider = Provider::new();
    let services = provider.services();
    let begin = async || match Login::here(&services).await {
        Ok(_) => panic!("it began"),
        Err(reason) => reason.to_string(),
    };
    for (trouble, words) in [
        (Trouble::Status(404), "404"),
        (Trouble::BrokenJson, "cannot be read"),
        (Trouble::EndlessBody, "cannot be read"),
    ] {
        provider.running.fault(Fault::on("/oidc/.well-known/*", trouble));
        let said = begin().await;
        assert!(said.contains(words) && said.contains("127.0.0.1"), "{said}");
        provider.running.mend();
    }
    provider.running.stop();
    let said = begin().await;
    assert!(said.contains("logging in at http://127.0.0.1"), "{said}");
}

#[tokio::test]
async fn nobody_is_waited_for_for_ever_and_the_port_is_closed() {
    let provider = Provider::new();
    let login = provider.login().await;
    let back = login.redirect.clone();
    let reason = refusal(login.wait(Duration::from_millis(50)).await);
    assert_eq!(reason.kind, ReasonKind::TimedOut, "{reason}");
    assert!(browser().get(back).send().await.is_err(), "the port is closed");
}

#[tokio::test]
async fn a_code_is_typed_where_the_browser_is_on_another_machine() {
    let provider = Provider::new();
    let login = Login::elsewhere(&provider.services()).await.unwrap_or_else(|reason| panic!("{reason}"));
    let page = browser().get(login.address()).send().await.unwrap().text().await.unwrap();
    let code = page.strip_prefix("code: ").unwrap().to_owned();
    assert!(login.typed(&format!("{code}\n")).await.is_ok());
    let login = Login::elsewhere(&provider.services()).await.unwrap_or_else(|reason| panic!("{reason}"));
    assert!(refusal(login.typed("nonsense").await).text.contains("invalid_grant"));
}

#[test]
fn secrets_go_over_https_or_to_this_machine() {
    for (url, private) in [
        ("https://oauth2.sigstore.dev/auth/token", true),
        ("http://127.0.0.1:5556/token", true),
        ("http://[::1]:5556/token", true),
        ("http://localhost:5556/token", true),
        ("http://oauth2.sigstore.dev/token", false),
        ("http://localhost.evil.example/token", false),
        ("ftp://localhost/token", false),
    ] {
        assert_eq!(is_private(&url.parse().unwrap()), private, "{url}");
    }
}
