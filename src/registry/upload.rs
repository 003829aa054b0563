//! Uploads of large blobs that go on where they broke off (distribution-spec, "Pushing a blob in chunks"):
//! `POST` for a session, `PATCH` with the bytes, `PUT` with the digest. After a break the session
//! says how much it has, and gets the rest.

use std::path::Path;

use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderValue, RANGE};
use reqwest::{Method, StatusCode};
use url::Url;

use super::Registries;
use super::answer::text;
use super::push::{Target, empty};
use super::transport::{Call, Heard, Payload};
use crate::model::{Access, Digest, Reason, ReasonKind};

/// Blobs from this size on are uploaded so; smaller ones take two requests and begin anew.
pub(super) const RESUMABLE: u64 = 8 << 20;

impl Registries {
    /// Uploads a file within a session that has begun.
    pub(super) async fn resume(
        &self,
        what: &Target<'_>,
        mut session: Url,
        file: &Path,
        size: u64,
        digest: &Digest,
    ) -> Result<(), Reason> {
        let (mut sent, mut attempt) = (0, 0);
        loop {
            match self.append(what, &session, file, sent, size).await {
                Ok((heard, _)) if heard.status == StatusCode::ACCEPTED => {
                    session = self.session(what, &session, &heard)?;
                    // A registry may take less than it was sent.
                    let has = received(&heard).unwrap_or(size);
                    if has >= size {
                        break;
                    }
                    sent = has;
                }
                Ok((heard, _)) if heard.status == StatusCode::NOT_FOUND => {
                    return Err(lost(what));
                }
                Ok((heard, _))
                    if heard.status.is_server_error()
                        || heard.status == StatusCode::RANGE_NOT_SATISFIABLE => {}
                Ok((heard, access)) => return Err(what.refused("the upload", &heard, access)),
                Err(reason) if is_a_break(&reason) => {}
                Err(reason) => return Err(what.named(reason)),
            }
            let before = sent;
            (session, sent) = self.received(what, &session).await?;
            // Who gets on may try as often as it takes.
            attempt = if sent > before { 0 } else { attempt + 1 };
            if attempt > self.transport.settings.retries {
                let text = format!("the upload broke off at {sent} of {size} bytes again and again");
                return Err(what.named(Reason::new(ReasonKind::Unreachable, text).cure("push again")));
            }
        }
        session.query_pairs_mut().append_pair("digest", digest.as_str());
        let mut call = empty(Call::new(Method::PUT, session));
        call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        let (heard, access) =
            self.write(what.repository, call, Vec::new()).await.map_err(|it| what.named(it))?;
        if heard.status.is_success() { Ok(()) } else { Err(what.refused("the upload", &heard, access)) }
    }

    async fn append(
        &self,
        what: &Target<'_>,
        session: &Url,
        file: &Path,
        from: u64,
        size: u64,
    ) -> Result<(Heard, Access), Reason> {
        let mut call = Call::new(Method::PATCH, session.clone());
        call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        if from > 0 {
            let range = HeaderValue::from_str(&format!("{from}-{}", size.saturating_sub(1)));
            call.headers.extend(range.ok().map(|range| (CONTENT_RANGE, range)));
        }
        call.payload = Payload::File { path: file.to_owned(), from, size: size - from };
        self.write(what.repository, call, Vec::new()).await
    }

    /// How much a session has, and where it goes on.
    async fn received(&self, what: &Target<'_>, session: &Url) -> Result<(Url, u64), Reason> {
        let call = Call::new(Method::GET, session.clone());
        let (heard, access) =
            self.write(what.repository, call, Vec::new()).await.map_err(|it| what.named(it))?;
        match heard.status {
            status if status.is_success() => {
                let next = self.session(what, session, &heard).unwrap_or_else(|_| session.clone());
                Ok((next, received(&heard).unwrap_or(0)))
            }
            StatusCode::NOT_FOUND => Err(lost(what)),
            _ => Err(what.refused("to go on with the upload", &heard, access)),
        }
    }
}

/// A break in the middle of a body has many names, all of which mean: ask how much arrived.
fn is_a_break(reason: &Reason) -> bool {
    matches!(reason.kind, ReasonKind::Unreachable | ReasonKind::TimedOut | ReasonKind::ServerError)
}

/// The session is gone: the upload has to begin anew.
fn lost(what: &Target<'_>) -> Reason {
    what.named(
        Reason::new(ReasonKind::Unreachable, "the registry has forgotten the upload").cure("push again"),
    )
}

/// `Range: 0-1023` is 1024 bytes; `0-0` is nothing, as registries say it of a new session.
fn received(heard: &Heard) -> Option<u64> {
    let range = text(&heard.headers, RANGE.as_str())?;
    let (_, last) = range.trim().trim_start_matches("bytes=").split_once('-')?;
    let last: u64 = last.trim().parse().ok()?;
    Some(if last == 0 { 0 } else { last + 1 })
}
