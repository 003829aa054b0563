//! Who may read and write: Basic, or Bearer with a token service of its own (distribution's "Token
//! Authentication Specification").

use std::collections::{BTreeMap, VecDeque};

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;

use super::answer::{self, Answer};
use crate::model::wildcard;

/// Where the token service answers.
pub(super) const TOKEN_PATH: &str = "/token";
/// The most tokens that are remembered; the oldest is forgotten first.
const TOKENS: usize = 1_000;

/// How a registry asks who is there.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// It does not.
    #[default]
    None,
    /// User and password with every request. Public repositories are read without.
    Basic(Accounts),
    /// A token for every request, also for public repositories, as Docker Hub and GHCR want it.
    Bearer(Accounts),
}

/// Who there is, and what they alone may read. Anybody with an account may read and write everything.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// Passwords by user.
    pub users: BTreeMap<String, String>,
    /// Repositories that nobody reads without an account; `*` stands for any run of characters.
    pub private: Vec<String>,
    /// How a stranger is turned away from them.
    pub refusal: Refusal,
}

/// How a stranger is turned away from a private repository.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refusal {
    /// 401 where the manifest or blob is asked for (Docker Hub; the token grants nothing).
    #[default]
    Unauthorized,
    /// 403 `DENIED` there.
    Forbidden,
    /// 401 already at the token service. With Basic: as `Unauthorized`.
    TokenUnauthorized,
    /// 403 already at the token service (GHCR). With Basic: as `Forbidden`.
    TokenForbidden,
}

impl Accounts {
    /// One account, everything private.
    pub fn one(user: &str, password: &str) -> Self {
        let users = BTreeMap::from([(user.to_owned(), password.to_owned())]);
        Self { users, private: vec!["*".to_owned()], refusal: Refusal::default() }
    }

    fn is_private(&self, name: &str) -> bool {
        self.private.iter().any(|pattern| wildcard::matches(pattern, name))
    }

    fn knows(&self, (user, password): &(String, String)) -> bool {
        self.users.get(user) == Some(password)
    }
}

/// Whether a request reads or changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    Pull,
    Push,
}

/// The tokens that were given out.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    given: VecDeque<(String, Grant)>,
    count: u64,
}

/// What a token allows.
#[derive(Debug, Clone)]
enum Grant {
    /// Everything: an account's.
    All,
    /// To read these repositories.
    Pull(Vec<String>),
}

impl Tokens {
    fn give(&mut self, grant: Grant) -> String {
        if self.given.len() == TOKENS {
            self.given.pop_front();
        }
        self.count += 1;
        let token = format!("embedded-{:08}", self.count);
        self.given.push_back((token.clone(), grant));
        token
    }

    fn grant(&self, token: &str) -> Option<&Grant> {
        self.given.iter().find(|(given, _)| given == token).map(|(_, grant)| grant)
    }

    pub(super) fn revoke(&mut self) {
        self.given.clear();
    }
}

/// How a request is turned away; none lets it through.
pub(super) fn refusal(
    auth: &Auth,
    tokens: &Tokens,
    headers: &HeaderMap,
    host: &str,
    name: Option<&str>,
    intent: Intent,
) -> Option<Answer> {
    match auth {
        Auth::None => None,
        Auth::Basic(accounts) => refuse_basic(accounts, headers, name, intent),
        Auth::Bearer(accounts) => refuse_bearer(accounts, tokens, headers, host, name, intent),
    }
}

fn refuse_basic(
    accounts: &Accounts,
    headers: &HeaderMap,
    name: Option<&str>,
    intent: Intent,
) -> Option<Answer> {
    let challenge = || answer::with(unauthorized(), header::WWW_AUTHENTICATE, "Basic realm=\"embedded\"");
    match basic(headers) {
        Some(given) if accounts.knows(&given) => None,
        Some(_) => Some(challenge()),
        None => match name {
            Some(name) if intent == Intent::Pull && !accounts.is_private(name) => None,
            Some(_) if matches!(accounts.refusal, Refusal::Forbidden | Refusal::TokenForbidden) => {
                Some(denied())
            }
            _ => Some(challenge()),
        },
    }
}

fn refuse_bearer(
    accounts: &Accounts,
    tokens: &Tokens,
    headers: &HeaderMap,
    host: &str,
    name: Option<&str>,
    intent: Intent,
) -> Option<Answer> {
    let token = header_text(headers).and_then(|text| text.strip_prefix("Bearer "));
    let grant = token.and_then(|token| tokens.grant(token));
    let allowed = match (grant, name) {
        (Some(Grant::All), _) | (Some(_), None) => true,
        (Some(Grant::Pull(names)), Some(name)) => {
            intent == Intent::Pull && names.iter().any(|given| given == name)
        }
        (None, _) => false,
    };
    if allowed {
        return None;
    }
    if grant.is_some() && accounts.refusal == Refusal::Forbidden {
        return Some(denied());
    }
    let actions = if intent == Intent::Pull { "pull" } else { "pull,push" };
    let scope = name.map(|name| format!(",scope=\"repository:{name}:{actions}\"")).unwrap_or_default();
    let error = if grant.is_some() { ",error=\"insufficient_scope\"" } else { "" };
    let challenge = format!("Bearer realm=\"http://{host}{TOKEN_PATH}\",service=\"embedded\"{scope}{error}");
    Some(answer::with(unauthorized(), header::WWW_AUTHENTICATE, &challenge))
}

/// The token service: everything to an account, to a stranger what is public. Nothing granted is no error
/// here, unless the refusal says so.
pub(super) fn token(auth: &Auth, tokens: &mut Tokens, headers: &HeaderMap, query: Option<&str>) -> Answer {
    let Auth::Bearer(accounts) = auth else {
        return answer::error(StatusCode::NOT_FOUND, "UNSUPPORTED", "no token service here");
    };
    let grant = match basic(headers) {
        Some(given) if accounts.knows(&given) => Grant::All,
        Some(_) => return unauthorized(),
        None => {
            let asked = answer::query_all(query, "scope");
            let asked = asked.iter().flat_map(|scope| scope.split(' ')).filter_map(pulled);
            let (private, public): (Vec<_>, Vec<_>) = asked.partition(|name| accounts.is_private(name));
            match accounts.refusal {
                Refusal::TokenUnauthorized if !private.is_empty() => return unauthorized(),
                Refusal::TokenForbidden if !private.is_empty() => return denied(),
                _ => Grant::Pull(public),
            }
        }
    };
    let token = tokens.give(grant);
    let body = serde_json::json!({ "token": token, "access_token": token, "expires_in": 300 });
    answer::json(StatusCode::OK, "application/json", &body)
}

/// The repository of a scope that asks to pull: `repository:acme/app:pull,push`.
fn pulled(scope: &str) -> Option<String> {
    let (name, actions) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
    actions.split(',').any(|action| action == "pull").then(|| name.to_owned())
}

fn header_text(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = header_text(headers)?.strip_prefix("Basic ")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn unauthorized() -> Answer {
    answer::error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "authentication required")
}

fn denied() -> Answer {
    answer::error(StatusCode::FORBIDDEN, "DENIED", "requested access to the resource is denied")
}
