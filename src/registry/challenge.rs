//! `WWW-Authenticate` (RFC 9110 section 11.6.1): what a registry demands.

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use url::Url;

/// What a registry demands before it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A user name and password.
    Basic,
    /// A token of this endpoint (distribution-spec, token authentication).
    Bearer {
        /// The token endpoint.
        realm: Url,
        /// The service that the token is for.
        service: Option<String>,
    },
}

impl Challenge {
    /// The challenge of an answer; a token is preferred where both are offered.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut basic = None;
        for value in headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()) {
            for (scheme, parameters) in challenges(value) {
                if scheme.eq_ignore_ascii_case("basic") {
                    basic = Some(Self::Basic);
                } else if scheme.eq_ignore_ascii_case("bearer")
                    && let Some(bearer) = bearer(&parameters)
                {
                    return Some(bearer);
                }
            }
        }
        basic
    }
}

fn bearer(parameters: &[(String, String)]) -> Option<Challenge> {
    let value = |name: &str| {
        parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    };
    let realm = Url::parse(&value("realm")?).ok()?;
    realm.has_host().then(|| Challenge::Bearer { realm, service: value("service") })
}

/// Schemes with their parameters: `Bearer realm="…",service="…", Basic realm="…"`.
fn challenges(value: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            return found;
        }
        if let Some(after) = after.trim_start().strip_prefix('=')
            && let Some((_, parameters)) = found.last_mut()
        {
            let (value, after) = parameter(after.trim_start());
            parameters.push((word.to_owned(), value));
            rest = after;
        } else {
            found.push((word.to_owned(), Vec::new()));
            // A stray `=` would stop the walk for ever.
            rest = after.trim_start_matches('=');
        }
    }
}

/// A token or a quoted string, and what follows it.
fn parameter(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, character) in quoted.char_indices() {
        match character {
            _ if escaped => (value.push(character), escaped = false).1,
            '\\' => escaped = true,
            '"' => return (value, &quoted[at + 1..]),
            _ => value.push(character),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        Challenge::of(&headers)
    }

    #[test]
    fn a_token_endpoint_is_found() {
        let value = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#;
        let Some(Challenge::Bearer { realm, service }) = of(&[value]) else { panic!() };
        assert_eq!(realm.as_str(), "https://auth.docker.io/token");
        assert_eq!(service.as_deref(), Some("registry.docker.io"));
    }

    #[test]
    fn a_token_is_preferred_to_a_password() {
        let both = r#"Basic realm="r, \"x\"", bearer Realm = "https://a/t" , service=s"#;
        let Some(Challenge::Bearer { service, .. }) = of(&[both]) else { panic!() };
        assert_eq!(service.as_deref(), Some("s"));
        assert!(matches!(of(&["Basic", r#"Bearer realm="https://a/t""#]), Some(Challenge::Bearer { .. })));
        assert_eq!(of(&["Basic realm=\"x\""]), Some(Challenge::Basic));
    }

    #[test]
    fn other_demands_are_none() {
        for value in ["", "Negotiate", "Bearer", "Bearer realm=\"/token\"", "=,=", "Bearer =x"] {
            assert_eq!(of(&[value]), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(value in "[ -~]{0,80}") {
            let _ = of(&[&value]);
        }
    }
}
