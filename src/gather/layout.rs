//! Files of an OCI image layout (image-spec, `image-layout.md`).

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{World, blocking, local_exchange};
use crate::model::{Answer, Digest, Exchange, Place, Reason, ReasonKind};

/// Where a layout keeps a blob.
pub(super) fn blob(folder: &Path, digest: &Digest) -> PathBuf {
    folder.join("blobs").join(digest.algorithm()).join(digest.hex())
}

/// A blob of at most `limit` bytes.
pub(super) async fn content(folder: &Path, digest: &Digest, limit: u64, world: &World) -> Exchange {
    let path = blob(&world.wiring.path(folder), digest);
    let request = format!("read {}", path.display());
    let answer = match blocking(move || read(&path, limit)).await {
        Ok(Ok(bytes)) => Answer::Bytes(bytes.into()),
        Ok(Err(not_read)) => not_read.into(),
        Err(reason) => Answer::Failed(reason),
    };
    local_exchange(Place::Layout(folder.to_owned()), request, answer)
}

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum NotRead {
    /// It is not there; what, in words.
    Missing(String),
    /// It is there, or may be, and could not be read.
    Failed(Reason),
}

impl From<NotRead> for Answer {
    fn from(not_read: NotRead) -> Self {
        match not_read {
            NotRead::Missing(text) => Self::Missing(text),
            NotRead::Failed(reason) => Self::Failed(reason),
        }
    }
}

/// A file of at most `limit` bytes. Blocks.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, NotRead> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| not_read(path, &error))?;
    let read = file.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| not_read(path, &error))?;
    if bytes.len() as u64 > limit {
        let text = format!("{} is larger than the limit of {limit} bytes", path.display());
        return Err(NotRead::Failed(Reason::new(ReasonKind::TooLarge, text)));
    }
    Ok(bytes)
}

/// A file that is not there is missing; every other trouble is a reason.
pub(super) fn not_read(path: &Path, error: &io::Error) -> NotRead {
    let text = format!("{}: {error}", path.display());
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            NotRead::Missing(format!("{} is not there", path.display()))
        }
        _ => NotRead::Failed(Reason::new(ReasonKind::Unreadable, text)),
    }
}
