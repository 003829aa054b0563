//! What went wrong between this machine and a registry, as a reason with its kind.

use std::error::Error as _;
use std::time::Duration;

use url::Url;

use super::address::authority;
use crate::model::{Reason, ReasonKind};

/// Why no answer came: the connection, TLS, or a time-out. The URL is left out of the text: a
/// redirect target may carry a signature in its query.
pub(super) fn not_sent(url: &Url, error: &reqwest::Error, attempts: u32) -> Reason {
    let host = authority(url);
    let tried = if attempts > 1 { format!(" ({attempts} attempts)") } else { String::new() };
    if error.is_timeout() {
        return Reason::new(ReasonKind::TimedOut, format!("{host} did not answer in time{tried}"));
    }
    let cause = root_cause(error);
    if error.is_connect() {
        let text = format!("{host} could not be reached by {}: {cause}{tried}", url.scheme());
        return Reason::new(ReasonKind::Unreachable, text).cure(format!(
            "check the name and the network; for a registry without TLS set [registry.\"{host}\"] plain_http = true"
        ));
    }
    Reason::new(ReasonKind::Unreachable, format!("{host} closed the connection: {cause}{tried}"))
}

/// Why the body of an answer could not be read to its end.
pub(super) fn broken_body(host: &str, read: u64, error: &reqwest::Error) -> Reason {
    if error.is_timeout() {
        return Reason::new(ReasonKind::TimedOut, format!("{host} stopped sending after {read} bytes"));
    }
    let cause = root_cause(error);
    Reason::new(ReasonKind::Unreadable, format!("the answer of {host} broke off after {read} bytes: {cause}"))
}

/// No (further) bytes in time.
pub(super) fn timed_out(host: &str, what: &str, after: Duration) -> Reason {
    Reason::new(ReasonKind::TimedOut, format!("{host}: {what} within {}", seconds(after)))
        .cure("ask again when the registry is less busy")
}

/// More bytes than an answer of its kind may have.
pub(super) fn too_large(host: &str, limit: u64) -> Reason {
    Reason::new(
        ReasonKind::TooLarge,
        format!("the answer of {host} is larger than the limit of {limit} bytes"),
    )
}

/// An answer outside the protocol.
pub(super) fn outside_protocol(text: impl Into<String>) -> Reason {
    Reason::new(ReasonKind::ServerError, text)
}

/// What a registry says in the body of an error (distribution-spec, "Error Codes"), short and
/// without control characters; empty where it says nothing.
pub(super) fn told(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Errors {
        errors: Vec<Told>,
    }
    #[derive(serde::Deserialize)]
    struct Told {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let text = match serde_json::from_slice::<Errors>(body) {
        Ok(Errors { errors }) => match errors.into_iter().next() {
            Some(Told { code, message }) => format!("{code} {message}"),
            None => String::new(),
        },
        Err(_) => String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned(),
    };
    let text: String = text.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

/// Whether a character shows as itself: no control, no change of direction, no invisible one.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The innermost cause, which names what really happened (`Connection refused`).
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = if error.source().is_none() { error_without_url(error) } else { cause.to_string() };
    text.chars().filter(|c| is_plain(*c)).take(300).collect()
}

/// reqwest's own text ends in the URL; without one it is only the kind of the error.
fn error_without_url(error: &reqwest::Error) -> String {
    let text = error.to_string();
    text.split(" for url").next().unwrap_or_default().to_owned()
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_tells_is_short_and_plain() {
        assert_eq!(
            told(br#"{"errors":[{"code":"DENIED","message":"no\u001b[31m \u202eway"}]}"#),
            "DENIED no [31m way"
        );
        assert_eq!(told(b"<html>\x1b]0;x\x07 gone"), "<html> ]0;x gone");
        assert_eq!(told(br#"{"errors":[]}"#), "");
        assert_eq!(told(&[b'a'; 1_000]).len(), 200);
    }
}
