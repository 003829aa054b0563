//! The provider at which a person logs in: the authorization code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636), as
//! Dex speaks it for Sigstore. Its page asks nothing: who sits before it was said beforehand.

use std::collections::BTreeMap;

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sigstore::crypto::sha256;
use url::Url;

use super::certificate::LEAF_LIFETIME;
use super::key::Key;
use super::{Error, Identity, Result, oidc};
use crate::embedded::answer::{self, Answer};

/// The client that it knows.
const CLIENT: &str = "sigstore";
/// The redirect for codes that a person types.
const TYPED: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Who sits before the provider's page, and the logins that were begun.
#[derive(Debug)]
pub(super) struct Logins {
    /// Who logs in; nobody refuses.
    pub person: Option<Identity>,
    begun: BTreeMap<String, Begun>,
    count: u64,
}

impl Default for Logins {
    fn default() -> Self {
        Self { person: Some(Identity::email("dev@acme.test")), begun: BTreeMap::new(), count: 0 }
    }
}

/// A login whose code was given.
#[derive(Debug)]
struct Begun {
    person: Identity,
    redirect: String,
    challenge: String,
    nonce: Option<String>,
}

impl Logins {
    /// The authorization endpoint: sends the browser back with a code, or shows it.
    pub fn authorize(&mut self, query: Option<&str>) -> Result<Answer> {
        let given = |name: &str| {
            answer::query(query, name).ok_or_else(|| Error::refused(format!("the request has no {name}")))
        };
        for (name, wanted) in
            [("client_id", CLIENT), ("response_type", "code"), ("code_challenge_method", "S256")]
        {
            if given(name)? != wanted {
                return Err(Error::refused(format!("{name} is not {wanted}")));
            }
        }
        if !given("scope")?.split(' ').any(|scope| scope == "openid") {
            return Err(Error::refused("the scope has no openid"));
        }
        let (redirect, state, challenge) =
            (given("redirect_uri")?, given("state")?, given("code_challenge")?);
        let Some(person) = self.person.clone() else {
            let refused = [("error", "access_denied"), ("error_description", "the person said no")];
            return back(&redirect, &state, &refused);
        };
        self.count += 1;
        let code = URL_SAFE_NO_PAD.encode(sha256(format!("{} {challenge}", self.count).as_bytes()));
        let nonce = answer::query(query, "nonce");
        self.begun.insert(code.clone(), Begun { person, redirect: redirect.clone(), challenge, nonce });
        back(&redirect, &state, &[("code", &code)])
    }

    /// The token endpoint: an identity token for a code, once. `another` gives the token of another login.
    pub fn token(&mut self, key: &Key, form: &[u8], now: Timestamp, another: bool) -> Result<Value> {
        let form = std::str::from_utf8(form).ok();
        let given = |name: &str| answer::query(form, name).unwrap_or_default();
        let refused = || Error::refused("the code is none, or was used before");
        let begun = self.begun.remove(&given("code")).ok_or_else(refused)?;
        let challenge = URL_SAFE_NO_PAD.encode(sha256(given("code_verifier").as_bytes()));
        let fits = given("grant_type") == "authorization_code"
            && given("client_id") == CLIENT
            && given("redirect_uri") == begun.redirect
            && challenge == begun.challenge;
        if !fits {
            return Err(Error::refused("the code is another client's, or its verifier is wrong"));
        }
        let nonce = if another { Some("another login's".to_owned()) } else { begun.nonce };
        let token = oidc::token_of_login(key, &begun.person, now, LEAF_LIFETIME, nonce.as_deref())?;
        Ok(
            json!({ "access_token": "nobody needs it", "token_type": "bearer", "expires_in": 600, "id_token": token }),
        )
    }
}

/// Sends the browser back to who sent it; a person who types gets a page instead.
fn back(redirect: &str, state: &str, said: &[(&str, &str)]) -> Result<Answer> {
    if redirect == TYPED {
        let shown: Vec<String> = said.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        return Ok(Answer::new(axum::body::Body::from(shown.join("\n"))));
    }
    let url = Url::parse(redirect).ok().filter(|url| {
        url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
    });
    let mut url = url.ok_or_else(|| Error::refused("the redirect leads to no port of this machine"))?;
    url.query_pairs_mut().extend_pairs(said).append_pair("state", state);
    Ok(answer::with(answer::empty(StatusCode::SEE_OTHER), header::LOCATION, url.as_str()))
}
