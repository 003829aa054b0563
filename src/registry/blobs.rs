//! Blobs: configs in memory, layers as streams.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures_util::Stream;
use reqwest::{Method, Response};
use tokio::io::AsyncRead;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio_util::bytes::Bytes;
use tokio_util::io::StreamReader;

use super::address::authority;
use super::answer::{exchange, words};
use super::settings::Times;
use super::transport::Outcome;
use super::{Registries, trouble};
use crate::model::{Access, Digest, Exchange, Reason, ReasonKind, Repository};

/// A blob that is being read. Its reader ends in an error where the registry breaks off, falls
/// silent or takes longer than its limit; [`BlobStream::trouble`] then says why.
pub struct BlobStream {
    /// What was asked, in words.
    pub request: String,
    /// Whether credentials were sent.
    pub credentials: bool,
    /// How long the registry says that it is, in bytes.
    pub length: Option<u64>,
    /// The bytes.
    pub reader: Pin<Box<dyn AsyncRead + Send>>,
    /// Why the reader ended in an error, once it did.
    pub trouble: Trouble,
}

/// Why a reader ended in an error: an `io::Error` alone would lose its kind.
#[derive(Debug, Clone, Default)]
pub struct Trouble(Arc<Mutex<Option<Reason>>>);

impl Trouble {
    /// The reason, once there is one.
    pub fn reason(&self) -> Option<Reason> {
        self.0.lock().ok()?.clone()
    }

    fn is(&self, reason: Reason) -> io::Error {
        let error = io::Error::other(reason.text.clone());
        if let Ok(mut kept) = self.0.lock() {
            *kept = Some(reason);
        }
        error
    }
}

impl Registries {
    /// Asks for a whole blob of at most `limit` bytes, such as a config.
    pub async fn blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        limit: u64,
        access: Access,
    ) -> Exchange {
        let rest = format!("blobs/{digest}");
        let ask = match self.pull(repository, &rest, Method::GET, access, "*/*") {
            Ok(ask) => ask,
            Err(reason) => return exchange(repository, rest, access, Err(reason)),
        };
        let request = words(&ask.call);
        exchange(repository, request, access, self.transport.ask(&ask, limit).await)
    }

    /// Asks for a blob as a stream, such as a layer.
    ///
    /// # Errors
    /// The exchange that came in its place: an HTTP error, or no answer.
    pub async fn blob_stream(
        &self,
        repository: &Repository,
        digest: &Digest,
        access: Access,
    ) -> Result<BlobStream, Box<Exchange>> {
        let rest = format!("blobs/{digest}");
        let failed = |request, heard| Box::new(exchange(repository, request, access, heard));
        let ask = self.pull(repository, &rest, Method::GET, access, "*/*");
        let ask = ask.map_err(|reason| failed(rest, Err(reason)))?;
        let request = words(&ask.call);
        let turn = self.transport.turn(repository.registry()).await;
        let longest = self.transport.settings.times.answer;
        let sent = tokio::time::timeout(longest, self.transport.send(&ask)).await;
        let sent =
            sent.unwrap_or_else(|_| Err(trouble::timed_out(repository.registry(), "no answer", longest)));
        let (response, credentials) = match sent {
            Err(reason) => return Err(failed(request, Err(reason))),
            Ok(Outcome::Refused { heard, credentials }) => {
                return Err(failed(request, Ok((heard, credentials))));
            }
            Ok(Outcome::Answer { response, credentials }) => (response, credentials),
        };
        if !response.status().is_success() {
            let limit = self.transport.settings.limits.error;
            let heard = self.transport.hear(response, limit).await.map(|heard| (heard, credentials));
            return Err(failed(request, heard));
        }
        let trouble = Trouble::default();
        let length = response.content_length();
        let chunks = chunks(response, turn, self.transport.settings.times, trouble.clone());
        let reader = Box::pin(StreamReader::new(Box::pin(chunks)));
        Ok(BlobStream { request, credentials, length, reader, trouble })
    }
}

/// The chunks of a body. The registry's turn is held until the last one.
fn chunks(
    response: Response,
    turn: Option<OwnedSemaphorePermit>,
    times: Times,
    trouble: Trouble,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let host = authority(response.url());
    let end = Instant::now() + times.stream;
    let start = (response, turn, host, trouble, 0_u64);
    futures_util::stream::try_unfold(start, move |(mut response, turn, host, trouble, read)| async move {
        let until = end.min(Instant::now() + times.idle);
        match tokio::time::timeout_at(until, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let read = read + chunk.len() as u64;
                Ok(Some((chunk, (response, turn, host, trouble, read))))
            }
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) => Err(trouble.is(trouble::broken_body(&host, read, &error))),
            Err(_) => {
                let text = format!("{host} stopped sending, or was too slow, after {read} bytes");
                Err(trouble.is(Reason::new(ReasonKind::TimedOut, text)))
            }
        }
    })
}
