//! What GitHub's answers mean: pages, rate limits, refusals.

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LINK, RETRY_AFTER};
use url::Url;

use crate::model::text::clean_line;
use crate::model::{Reason, ReasonKind};

/// The next page of a list (RFC 8288), where there is one on the same host.
pub(super) fn next_page(headers: &HeaderMap, asked: &Url) -> Option<Url> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let next = links.split(',').find_map(|link| {
        let (target, parameters) = link.split_once(';')?;
        let is_next = parameters.split(';').any(|it| matches!(it.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| target.trim().trim_start_matches('<').trim_end_matches('>'))
    })?;
    let next = asked.join(next).ok()?;
    (next.origin() == asked.origin()).then_some(next)
}

/// Why GitHub refused, and what to do about it.
pub(super) fn refused(
    asked: &str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Reason {
    let said = said(body);
    let with = |kind, text: &str| Reason::new(kind, format!("{asked}: {}: {text}{said}", status.as_u16()));
    if let Some(again) = limited(status, headers, &said, now) {
        let reason = with(ReasonKind::RateLimited, "the rate limit is used up");
        return reason.cure(format!("ask again {again}"));
    }
    match status {
        StatusCode::UNAUTHORIZED => with(ReasonKind::Denied, "the token was not accepted")
            .cure("set another GITHUB_TOKEN, or `gh auth login`"),
        StatusCode::FORBIDDEN => with(ReasonKind::Denied, "the token may not do that").cure(missing(headers)),
        StatusCode::NOT_FOUND => {
            with(ReasonKind::Denied, "it is not there, or the token cannot see it").cure(missing(headers))
        }
        status if status.is_server_error() => {
            with(ReasonKind::ServerError, "GitHub has trouble").cure("ask again later")
        }
        _ => with(ReasonKind::ServerError, "it was refused"),
    }
}

/// When a rate limit ends, in words; none where it is another refusal.
fn limited(status: StatusCode, headers: &HeaderMap, said: &str, now: Timestamp) -> Option<String> {
    if !matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
        return None;
    }
    let header = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(after) = headers.get(RETRY_AFTER).and_then(|after| after.to_str().ok()) {
        let seconds: Option<i64> = after.trim().parse().ok().filter(|after| (0..=86_400).contains(after));
        let at = seconds.and_then(|seconds| now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok());
        return Some(at.map_or_else(|| "later".to_owned(), |at| format!("at {}", whole(at))));
    }
    if header("x-ratelimit-remaining") == Some("0") {
        let reset = header("x-ratelimit-reset").and_then(|reset| reset.parse().ok());
        let reset = reset.and_then(|reset| Timestamp::from_second(reset).ok());
        return Some(reset.map_or_else(|| "later".to_owned(), |at| format!("at {}", whole(at))));
    }
    let secondary = status == StatusCode::TOO_MANY_REQUESTS || said.contains("rate limit");
    secondary.then(|| "in a minute or more".to_owned())
}

fn whole(at: Timestamp) -> String {
    at.round(jiff::Unit::Second).unwrap_or(at).to_string()
}

/// Which scope or permission the token lacks, as far as GitHub says it.
fn missing(headers: &HeaderMap) -> String {
    let header = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?.trim();
        (!value.is_empty()).then(|| clean_line(value).chars().take(120).collect::<String>())
    };
    if let Some(permission) = header("x-accepted-github-permissions") {
        return format!("give the token the permission {permission}");
    }
    match (header("x-accepted-oauth-scopes"), header("x-oauth-scopes")) {
        (Some(wanted), has) => {
            format!("give the token the scope {wanted}; it has {}", has.as_deref().unwrap_or("none"))
        }
        (None, _) => "check the repository's name and what the token may see".to_owned(),
    }
}

/// What GitHub says in the body of a refusal; empty where it says nothing.
fn said(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Said {
        #[serde(default)]
        message: String,
    }
    let Ok(said) = serde_json::from_slice::<Said>(body) else { return String::new() };
    let text: String = clean_line(&said.message).chars().take(200).collect();
    if text.is_empty() { text } else { format!(": {text}") }
}
