//! What registries answer (distribution-spec 1.1) → facts.

use super::{Read, absent, evidence, level, seen, unanswered, unknown};
use crate::formats::{image_config, manifest};
use crate::model::{
    AbsenceKind, Answer, Digest, Exchange, Fact, FactKey, HttpAnswer, Manifest, Observed, Place, Reason,
    ReasonKind, Referrers, ReferrersVia, TagFact,
};

/// What an HTTP answer means before anybody looks at its body.
enum Meaning<'a> {
    Good(&'a HttpAnswer),
    Absent(AbsenceKind, String),
    Trouble(Reason),
}

fn host(exchange: &Exchange) -> &str {
    match &exchange.place {
        Place::Registry(repository) => repository.registry(),
        _ => "here",
    }
}

fn meaning<'a>(exchange: &'a Exchange, http: &'a HttpAnswer) -> Meaning<'a> {
    let (host, status) = (host(exchange), http.status);
    match status {
        200..=299 => Meaning::Good(http),
        404 => {
            let how = if exchange.credentials { "" } else { " without credentials" };
            Meaning::Absent(AbsenceKind::NotFound, format!("404 from {host}{how}"))
        }
        401 | 403 if !exchange.credentials => Meaning::Absent(
            AbsenceKind::MissingOrPrivate,
            format!("missing or private: {status} from {host} without credentials"),
        ),
        401 | 403 => Meaning::Trouble(
            Reason::new(
                ReasonKind::Denied,
                format!("{host} refused the credentials: {status} to {}", exchange.request),
            )
            .cure(format!("log in again: docker login {host}")),
        ),
        429 => {
            let wait = http
                .retry_after
                .as_deref()
                .map(|after| format!(", Retry-After: {after}"))
                .unwrap_or_default();
            Meaning::Trouble(
                Reason::new(
                    ReasonKind::RateLimited,
                    format!("{host} limits requests: 429 to {}{wait}", exchange.request),
                )
                .cure("wait and audit again, or log in for a higher limit"),
            )
        }
        _ => Meaning::Trouble(Reason::new(
            ReasonKind::ServerError,
            format!("{host} answered {status} to {}{}", exchange.request, error_text(&http.body)),
        )),
    }
}

/// The first error of a registry's answer, made safe to show.
fn error_text(body: &[u8]) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_slice(&body[..body.len().min(64 << 10)]).ok();
    let error = parsed.as_ref().and_then(|parsed| parsed.get("errors")?.get(0));
    let part = |name| error.and_then(|error| error.get(name)?.as_str()).unwrap_or_default();
    let text = format!("{} {}", part("code"), part("message"));
    let text: String = crate::model::text::clean_line(text.trim()).chars().take(200).collect();
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// The last exchange that says something definite; a failure only when nothing else is there.
fn definite(exchanges: &[Exchange]) -> Option<&Exchange> {
    exchanges.iter().rev().find(|exchange| !matches!(exchange.answer, Answer::Failed(_)))
}

fn mismatch(exchange: &Exchange, expected: &Digest, bytes: &[u8]) -> Reason {
    let actual = Digest::of(bytes);
    let text = format!("{} gave bytes with the digest {actual}, not {expected}", exchange.request);
    Reason::new(ReasonKind::DigestMismatch, text)
        .cure("something between the registry and this machine changes content; do not release through it")
}

pub(super) fn tag(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let Some(exchange) = definite(exchanges) else { return vec![unanswered(key, exchanges)] };
    let Answer::Http(http) = &exchange.answer else { return vec![unanswered(key, exchanges)] };
    let http = match meaning(exchange, http) {
        Meaning::Good(http) => http,
        Meaning::Absent(kind, text) => return vec![absent(key, exchange, kind, text)],
        Meaning::Trouble(reason) => return vec![unknown(key, exchanges, reason)],
    };
    match resolved(exchange, http) {
        Ok(digest) => {
            let mut read = also(exchange, http, &digest);
            read.push(seen(key, exchange, Fact::Tag, TagFact { digest }));
            read
        }
        Err(reason) => vec![unknown(key, exchanges, reason)],
    }
}

/// The digest behind a tag: of the bytes where there are some, else as the header says.
fn resolved(exchange: &Exchange, http: &HttpAnswer) -> Result<Digest, Reason> {
    let header = http.docker_content_digest.as_deref();
    let said = header.map(str::parse::<Digest>).transpose();
    let said =
        said.map_err(|error| Reason::new(ReasonKind::ServerError, format!("{}: {error}", exchange.request)))?;
    match (said, http.body.is_empty()) {
        (Some(said), true) => Ok(said),
        (None, true) => {
            let text = format!("{} answered without a digest", exchange.request);
            Err(Reason::new(ReasonKind::ServerError, text))
        }
        (Some(said), false) if !said.matches(&http.body) => Err(mismatch(exchange, &said, &http.body)),
        (Some(said), false) => Ok(said),
        (None, false) => Ok(Digest::of(&http.body)),
    }
}

/// What a manifest that came along tells: its content, and that the repository has it.
fn also(exchange: &Exchange, http: &HttpAnswer, digest: &Digest) -> Vec<Read> {
    let mut read = Vec::new();
    if let Place::Registry(repository) = &exchange.place {
        let present = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
        read.push(seen(&present, exchange, Fact::Present, ()));
    }
    if !http.body.is_empty() {
        let content = FactKey::Manifest(digest.clone());
        match manifest::parse(&http.body) {
            Ok(parsed) => read.push(with_raw(seen(&content, exchange, Fact::Manifest, parsed), digest)),
            Err(reason) => read.push((
                content.clone(),
                Fact::unknown(&content, reason),
                evidence(exchange, level(exchange)),
            )),
        }
    }
    read
}

fn with_raw(mut read: Read, digest: &Digest) -> Read {
    read.2.raw = vec![digest.clone()];
    read
}

/// The bytes of a digest, from wherever they came, checked against it.
fn bytes<'a>(
    key: &FactKey,
    digest: &Digest,
    exchanges: &'a [Exchange],
) -> Result<(&'a Exchange, &'a [u8]), Box<Read>> {
    let mut said = None;
    for exchange in exchanges.iter().rev() {
        let found: &[u8] = match &exchange.answer {
            Answer::Bytes(found) => found,
            Answer::Http(http) => match meaning(exchange, http) {
                Meaning::Good(http) => &http.body,
                Meaning::Absent(kind, text) => {
                    said.get_or_insert_with(|| absent(key, exchange, kind, text));
                    continue;
                }
                Meaning::Trouble(reason) => {
                    said = Some(unknown(key, exchanges, reason));
                    continue;
                }
            },
            Answer::Missing(text) => {
                said.get_or_insert_with(|| absent(key, exchange, AbsenceKind::NotFound, text.clone()));
                continue;
            }
            _ => continue,
        };
        if digest.matches(found) {
            return Ok((exchange, found));
        }
        said = Some(unknown(key, exchanges, mismatch(exchange, digest, found)));
    }
    // One place that could not be read leaves open whether it has the bytes.
    let failed = exchanges.iter().any(|exchange| matches!(exchange.answer, Answer::Failed(_)));
    Err(Box::new(match said {
        Some(said) if !(failed && said.1.is_absent()) => said,
        _ => unanswered(key, exchanges),
    }))
}

pub(super) fn manifest(key: &FactKey, digest: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    let (exchange, found) = match bytes(key, digest, exchanges) {
        Ok(found) => found,
        Err(read) => return vec![*read],
    };
    let mut read = Vec::new();
    if let Place::Registry(repository) = &exchange.place {
        let present = FactKey::Present { repository: repository.clone(), digest: digest.clone() };
        read.push(seen(&present, exchange, Fact::Present, ()));
    }
    read.push(match manifest::parse(found) {
        Ok(parsed) => with_raw(seen(key, exchange, Fact::Manifest, parsed), digest),
        Err(reason) => unknown(key, exchanges, reason),
    });
    read
}

pub(super) fn config(key: &FactKey, digest: &Digest, exchanges: &[Exchange]) -> Vec<Read> {
    let (exchange, found) = match bytes(key, digest, exchanges) {
        Ok(found) => found,
        Err(read) => return vec![*read],
    };
    vec![match image_config::parse(found) {
        Ok(parsed) => with_raw(seen(key, exchange, Fact::Config, parsed), digest),
        Err(reason) => unknown(key, exchanges, reason),
    }]
}

pub(super) fn present(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let Some(exchange) = definite(exchanges) else { return vec![unanswered(key, exchanges)] };
    let Answer::Http(http) = &exchange.answer else { return vec![unanswered(key, exchanges)] };
    vec![match meaning(exchange, http) {
        Meaning::Good(_) => seen(key, exchange, Fact::Present, ()),
        Meaning::Absent(kind, text) => absent(key, exchange, kind, text),
        Meaning::Trouble(reason) => unknown(key, exchanges, reason),
    }]
}

pub(super) fn classic_tag(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let Some(exchange) = definite(exchanges) else { return vec![unanswered(key, exchanges)] };
    let Answer::Http(http) = &exchange.answer else { return vec![unanswered(key, exchanges)] };
    match meaning(exchange, http) {
        Meaning::Good(http) => match resolved(exchange, http) {
            Ok(digest) => {
                let mut read = also(exchange, http, &digest);
                read.push(seen(key, exchange, Fact::ClassicTag, TagFact { digest }));
                read
            }
            Err(reason) => vec![unknown(key, exchanges, reason)],
        },
        Meaning::Absent(kind, text) => vec![absent(key, exchange, kind, text)],
        Meaning::Trouble(reason) => vec![unknown(key, exchanges, reason)],
    }
}

/// The pages of the referrers API, or its 404 and then the fallback tag. Every one of them has to
/// answer: half a list is no list.
pub(super) fn referrers(key: &FactKey, exchanges: &[Exchange]) -> Vec<Read> {
    let mut manifests = Vec::new();
    let mut via = ReferrersVia::Api;
    for exchange in exchanges {
        let Answer::Http(http) = &exchange.answer else { return vec![unanswered(key, exchanges)] };
        let http = match meaning(exchange, http) {
            Meaning::Good(http) => http,
            Meaning::Absent(AbsenceKind::NotFound, _) => {
                via = ReferrersVia::FallbackTag;
                continue;
            }
            Meaning::Absent(kind, text) => return vec![absent(key, exchange, kind, text)],
            Meaning::Trouble(reason) => return vec![unknown(key, exchanges, reason)],
        };
        match manifest::parse(&http.body) {
            Ok(Manifest::Index(index)) => manifests.extend(index.manifests),
            // "If the fallback is no index, the client must behave as if it were not there."
            _ if via == ReferrersVia::FallbackTag => {}
            Ok(Manifest::Image(_)) => {
                let text = format!("{} answered with no image index", exchange.request);
                return vec![unknown(key, exchanges, Reason::new(ReasonKind::ServerError, text))];
            }
            Err(reason) => return vec![unknown(key, exchanges, reason)],
        }
    }
    let Some(last) = exchanges.last() else { return vec![unanswered(key, exchanges)] };
    let mut known = std::collections::BTreeSet::new();
    manifests.retain(|descriptor| known.insert(descriptor.digest.clone()));
    let fact = Fact::Referrers(Observed::Seen(Referrers { via, manifests }));
    vec![(key.clone(), fact, evidence(last, level(last)))]
}
