//! Pushing blobs and manifests (distribution-spec, "Pushing a blob monolithically", "Pushing
//! manifests").
//!
//! Not with oci-client, for what its 0.18 does here: a manifest pushed by digest to a registry that
//! sends no `Location` panics; an empty blob is refused; every upload asks `/v2/` and the token
//! endpoint again, uncounted; a refused login is swallowed and the upload goes on without one; a
//! mount's token does not name its source; nothing is retried. The transport for reading already
//! has all of that, so an upload is three requests on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode};
use tokio_util::bytes::Bytes;
use url::Url;

use super::address::{authority, endpoint, is_allowed, same_origin};
use super::answer::text;
use super::manifests::MANIFEST_TYPES;
use super::transport::{Ask, Call, Heard, Payload};
use super::upload::RESUMABLE;
use super::{Registries, trouble};
use crate::model::{Access, Digest, Reason, ReasonKind, Repository};

/// The bytes of a blob.
#[derive(Debug, Clone)]
pub enum Content {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// In a file, which is sent as a stream.
    File(PathBuf),
}

/// How long a registry is given that is just writing the entry of a blob.
const ENTRY_WRITTEN: Duration = Duration::from_millis(150);

impl Registries {
    /// Whether a repository has a blob.
    pub async fn blob_exists(&self, repository: &Repository, digest: &Digest) -> Result<bool, Reason> {
        self.exists(
            repository,
            digest,
            Call::new(Method::HEAD, self.at(repository, &format!("blobs/{digest}"))?),
        )
        .await
    }

    /// Whether a repository has an index or manifest, asked with the right to push.
    pub async fn manifest_exists(&self, repository: &Repository, digest: &Digest) -> Result<bool, Reason> {
        let mut call = Call::new(Method::HEAD, self.at(repository, &format!("manifests/{digest}"))?);
        call.headers.insert(ACCEPT, HeaderValue::from_static(MANIFEST_TYPES));
        self.exists(repository, digest, call).await
    }

    async fn exists(&self, repository: &Repository, digest: &Digest, call: Call) -> Result<bool, Reason> {
        let what = Target { repository, name: digest.as_str() };
        let (heard, access) = self.write(repository, call, Vec::new()).await.map_err(|it| what.named(it))?;
        match heard.status {
            status if status.is_success() => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(what.refused("looking for it", &heard, access)),
        }
    }

    /// Pushes a blob; one that is there already is left as it is.
    pub async fn push_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        content: Content,
    ) -> Result<(), Reason> {
        self.may_push()?;
        if self.blob_exists(repository, digest).await? {
            return Ok(());
        }
        let what = Target { repository, name: digest.as_str() };
        let payload = payload(content).await.map_err(|it| what.named(it))?;
        // An upload that broke off leaves nothing behind: it is begun anew, with a new session.
        let mut attempt = 0;
        loop {
            match self.upload(&what, digest, payload.clone()).await {
                Err(reason)
                    if reason.kind == ReasonKind::Unreachable
                        && attempt < self.transport.settings.retries =>
                {
                    attempt += 1;
                }
                done => return done,
            }
        }
    }

    /// Lets a repository share a blob that another repository of the same registry has. False
    /// where the registry would rather have it pushed, or the two are on different registries.
    pub async fn mount_blob(
        &self,
        repository: &Repository,
        from: &Repository,
        digest: &Digest,
    ) -> Result<bool, Reason> {
        self.may_push()?;
        if repository.registry() != from.registry() {
            return Ok(false);
        }
        let what = Target { repository, name: digest.as_str() };
        let mut url = self.at(repository, "blobs/uploads/")?;
        url.query_pairs_mut().append_pair("mount", digest.as_str()).append_pair("from", from.path());
        let call = empty(Call::new(Method::POST, url));
        let scopes = vec![format!("repository:{}:pull", from.path())];
        let (heard, access) = self.write(repository, call, scopes).await.map_err(|it| what.named(it))?;
        match heard.status {
            StatusCode::CREATED => Ok(true),
            status if status.is_success() => Ok(false),
            _ => Err(what.refused("mounting it", &heard, access)),
        }
    }

    /// Pushes an index or manifest under `reference`, a tag or its own digest. Pushing what is
    /// there already changes nothing. Answers whether the registry lists it at its subject by itself
    /// (`OCI-Subject`); where it has a subject and that is false, the fallback tag has to be kept.
    pub async fn push_manifest(
        &self,
        repository: &Repository,
        reference: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<bool, Reason> {
        let pushed = self.put_manifest(repository, reference, media_type, bytes).await;
        // The digest is right. docker-registry says so as well when it reads a blob's entry that somebody else who pushes
        // the same blob is just writing: a config that says nothing is in many manifests.
        if pushed.as_ref().is_err_and(|reason| reason.text.contains("DIGEST_INVALID")) {
            tokio::time::sleep(ENTRY_WRITTEN).await;
            return self.put_manifest(repository, reference, media_type, bytes).await;
        }
        pushed
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        reference: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<bool, Reason> {
        self.may_push()?;
        let what = Target { repository, name: reference };
        let mut call = Call::new(Method::PUT, self.at(repository, &format!("manifests/{reference}"))?);
        let media_type = HeaderValue::from_str(media_type).map_err(|_| {
            what.named(Reason::new(
                ReasonKind::Unreadable,
                "its media type has characters that no header may have",
            ))
        })?;
        call.headers.insert(CONTENT_TYPE, media_type);
        call.payload = Payload::Bytes(Bytes::copy_from_slice(bytes));
        let (heard, access) = self.write(repository, call, Vec::new()).await.map_err(|it| what.named(it))?;
        if !heard.status.is_success() {
            return Err(what.refused("the manifest", &heard, access));
        }
        let kept =
            text(&heard.headers, "docker-content-digest").and_then(|digest| digest.parse::<Digest>().ok());
        match kept {
            Some(kept) if !kept.matches(bytes) => Err(what.named(Reason::new(
                ReasonKind::DigestMismatch,
                format!("the registry keeps it as {kept}, which is not what was sent"),
            ))),
            _ => Ok(heard.headers.contains_key("oci-subject")),
        }
    }

    /// `POST` for a session, then everything in one `PUT`.
    async fn upload(&self, what: &Target<'_>, digest: &Digest, payload: Payload) -> Result<(), Reason> {
        let repository = what.repository;
        let begin = empty(Call::new(Method::POST, self.at(repository, "blobs/uploads/")?));
        let (base, sent) = (begin.url.clone(), self.write(repository, begin, Vec::new()).await);
        let (heard, access) = sent.map_err(|it| what.named(it))?;
        if heard.status != StatusCode::ACCEPTED {
            return Err(what.refused("an upload", &heard, access));
        }
        let mut session = self.session(what, &base, &heard)?;
        let foreign = !same_origin(&base, &session);
        if let Payload::File { path, size, .. } = &payload
            && *size >= RESUMABLE
            && !foreign
        {
            return self.resume(what, session, path, *size, digest).await;
        }
        session.query_pairs_mut().append_pair("digest", digest.as_str());
        let mut call = Call::new(Method::PUT, session);
        call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        call.payload = payload;
        // What another host was named for takes the upload by the address alone.
        let sent = if foreign {
            let times = self.transport.settings.times;
            let whole = async {
                let response = self.transport.retried(&call).await?;
                self.transport.hear(response, self.transport.settings.limits.error).await
            };
            let sent = tokio::time::timeout(times.stream, whole).await;
            let late =
                |_| Err(trouble::timed_out(&authority(&call.url), "the upload did not end", times.stream));
            sent.unwrap_or_else(late).map(|heard| (heard, Access::Anonymous))
        } else {
            self.write(repository, call, Vec::new()).await
        };
        let (heard, access) = sent.map_err(|it| what.named(it))?;
        if heard.status.is_success() { Ok(()) } else { Err(what.refused("the upload", &heard, access)) }
    }

    pub(super) fn session(&self, what: &Target<'_>, base: &Url, heard: &Heard) -> Result<Url, Reason> {
        let location = text_of(heard).and_then(|location| base.join(&location).ok()).filter(Url::has_host);
        let Some(location) = location else {
            let text = "the registry began an upload without saying where (no `Location`)";
            return Err(what.named(trouble::outside_protocol(text)));
        };
        let downgrade = base.scheme() == "https" && location.scheme() != "https";
        if downgrade || !is_allowed(&location, &self.transport.settings.plain_http) {
            let text = format!("the registry wants the upload at {} without TLS", authority(&location));
            return Err(what.named(trouble::outside_protocol(text)));
        }
        Ok(location)
    }

    /// Sends with the right to push, and with credentials where there are any.
    pub(super) async fn write(
        &self,
        repository: &Repository,
        call: Call,
        further: Vec<String>,
    ) -> Result<(Heard, Access), Reason> {
        let access =
            if self.has_credentials(repository).await { Access::Credentials } else { Access::Anonymous };
        let mut scopes = vec![format!("repository:{}:pull,push", repository.path())];
        scopes.extend(further);
        let ask = Ask { repository, call, access, scopes };
        let settings = &self.transport.settings;
        let longest = match &ask.call.payload {
            Payload::Nothing => settings.times.answer,
            Payload::Bytes(_) | Payload::File { .. } => settings.times.stream,
        };
        let (heard, _) = self.transport.ask_within(&ask, settings.limits.error, longest).await?;
        Ok((heard, access))
    }

    fn at(&self, repository: &Repository, rest: &str) -> Result<Url, Reason> {
        endpoint(repository, rest, &self.transport.settings.plain_http)
    }

    fn may_push(&self) -> Result<(), Reason> {
        if !self.transport.settings.readonly {
            return Ok(());
        }
        Err(Reason::new(ReasonKind::Denied, "pushing is refused: exitbar was started read-only")
            .cure("start it without --readonly"))
    }
}

fn text_of(heard: &Heard) -> Option<String> {
    heard.headers.get(LOCATION)?.to_str().ok().map(str::to_owned)
}

/// Some registries demand a length even of an empty body.
pub(super) fn empty(mut call: Call) -> Call {
    call.headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    call
}

async fn payload(content: Content) -> Result<Payload, Reason> {
    match content {
        Content::Bytes(bytes) => Ok(Payload::Bytes(Bytes::copy_from_slice(&bytes))),
        Content::File(path) => match tokio::fs::metadata(&path).await {
            Ok(metadata) => Ok(Payload::File { path, from: 0, size: metadata.len() }),
            Err(error) => Err(Reason::new(ReasonKind::Unreadable, format!("{}: {error}", path.display()))),
        },
    }
}

/// What is pushed, and where to: every error names both.
pub(super) struct Target<'a> {
    pub(super) repository: &'a Repository,
    pub(super) name: &'a str,
}

impl Target<'_> {
    pub(super) fn named(&self, reason: Reason) -> Reason {
        let separator = if self.name.contains(':') { '@' } else { ':' };
        Reason { text: format!("{}{separator}{}: {}", self.repository, self.name, reason.text), ..reason }
    }

    pub(super) fn refused(&self, what: &str, heard: &Heard, access: Access) -> Reason {
        let registry = self.repository.registry();
        let said = trouble::told(&heard.body);
        let said = if said.is_empty() { said } else { format!(" ({said})") };
        let text = format!("{registry} refused {what}: {}{said}", heard.status);
        let login = format!("run `docker login {registry}`");
        let reason = match (heard.status, access) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Access::Anonymous) => {
                Reason::new(ReasonKind::NoCredentials, text).cure(login)
            }
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Access::Credentials) => {
                let cure = format!("the credentials must be allowed to push; {login} again");
                Reason::new(ReasonKind::Denied, text).cure(cure)
            }
            (StatusCode::TOO_MANY_REQUESTS, _) => {
                let wait = text_after(heard).map_or_else(String::new, |wait| format!(", Retry-After {wait}"));
                Reason::new(ReasonKind::RateLimited, text + &wait).cure("push again later")
            }
            (StatusCode::PAYLOAD_TOO_LARGE, _) => Reason::new(ReasonKind::TooLarge, text),
            _ => Reason::new(ReasonKind::ServerError, text),
        };
        self.named(reason)
    }
}

fn text_after(heard: &Heard) -> Option<String> {
    text(&heard.headers, "retry-after")
}
