//! What a registry's answer means before anybody looks at its body (distribution-spec 1.1).

use crate::model::text::clean_line;
use crate::model::{AbsenceKind, Digest, Exchange, HttpAnswer, Place, Reason, ReasonKind};

/// What an HTTP answer means.
pub(super) enum Meaning {
    /// The body is what was asked for.
    Good,
    /// It is not there.
    Absent(AbsenceKind, String),
    /// It could not be looked at.
    Trouble(Reason),
}

pub(super) fn meaning(exchange: &Exchange, http: &HttpAnswer) -> Meaning {
    let (host, status) = (host(exchange), http.status);
    let trouble = |kind, text: String| Reason::new(kind, format!("{text}{}", error_text(&http.body)));
    match status {
        200..=299 => Meaning::Good,
        404 => {
            let how = if exchange.credentials { "" } else { " without credentials" };
            Meaning::Absent(AbsenceKind::NotFound, format!("404 from {host}{how}"))
        }
        401 | 403 if !exchange.credentials => Meaning::Absent(
            AbsenceKind::MissingOrPrivate,
            format!("missing or private: {status} from {host} without credentials"),
        ),
        401 | 403 => {
            let text = format!("{host} refused the credentials: {status} to {}", exchange.request);
            let cure = format!("log in again: docker login {host}");
            Meaning::Trouble(trouble(ReasonKind::Denied, text).cure(cure))
        }
        429 => {
            let wait = http.retry_after.as_deref().map(|after| short(after, 60));
            let wait = wait.map(|wait| format!(", Retry-After: {wait}")).unwrap_or_default();
            let text = format!("{host} limits requests: 429 to {}{wait}", exchange.request);
            let cure = "wait and audit again, or log in for a higher limit";
            Meaning::Trouble(trouble(ReasonKind::RateLimited, text).cure(cure))
        }
        _ => {
            let text = format!("{host} answered {status} to {}", exchange.request);
            Meaning::Trouble(trouble(ReasonKind::ServerError, text))
        }
    }
}

fn host(exchange: &Exchange) -> &str {
    match &exchange.place {
        Place::Registry(repository) => repository.registry(),
        _ => "the server",
    }
}

/// The first error of a registry's answer, made safe to show.
fn error_text(body: &[u8]) -> String {
    if body.len() > 64 << 10 {
        return String::new();
    }
    let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let error = parsed.as_ref().and_then(|parsed| parsed.get("errors")?.get(0));
    let part = |name| error.and_then(|error| error.get(name)?.as_str()).unwrap_or_default();
    let text = format!("{} {}", part("code"), part("message"));
    let text = short(text.trim(), 200);
    if text.is_empty() { text } else { format!(": {text}") }
}

fn short(text: &str, length: usize) -> String {
    clean_line(text).chars().take(length).collect()
}

/// The digest that the registry's header claims, checked against the bytes where there are some.
pub(super) fn claimed(exchange: &Exchange, http: &HttpAnswer) -> Result<Option<Digest>, Reason> {
    let Some(header) = http.docker_content_digest.as_deref() else { return Ok(None) };
    let claimed: Digest = header.parse().map_err(|error| {
        Reason::new(ReasonKind::ServerError, format!("{}: Docker-Content-Digest: {error}", exchange.request))
    })?;
    if !http.body.is_empty() && !claimed.matches(&http.body) {
        return Err(mismatch(exchange, &claimed, &http.body));
    }
    Ok(Some(claimed))
}

pub(super) fn mismatch(exchange: &Exchange, expected: &Digest, bytes: &[u8]) -> Reason {
    let actual = Digest::of(bytes);
    let text = format!("{} brought bytes with the digest {actual}, not {expected}", exchange.request);
    let reason = Reason::new(ReasonKind::DigestMismatch, text);
    match exchange.place {
        Place::Registry(_) => reason.cure(
            "something between the registry and this machine changes content; do not release through it",
        ),
        _ => reason.cure("the files were changed or damaged; build the image again"),
    }
}
