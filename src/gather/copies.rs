//! Bytes that are read only to be written elsewhere.

use tokio::io::AsyncWriteExt as _;

use super::{World, access, answers, blocking};
use crate::model::{Answer, Digest, FactKey, Facts, Reason, ReasonKind, Repository};
use crate::registry::Method;

/// A blob of a repository, in a temporary file, with its digest checked.
///
/// # Errors
/// What came back instead, or `DigestMismatch`.
pub async fn blob_file(
    repository: &Repository,
    digest: &Digest,
    size: u64,
    facts: &Facts,
    world: &World,
) -> Result<tempfile::NamedTempFile, Reason> {
    let access = access::to(repository, facts, world).await;
    let stream = world.registries.blob_stream(repository, digest, access).await;
    let mut stream = stream.map_err(|exchange| {
        let text = format!("{repository} does not have {digest}");
        let otherwise = Reason::new(ReasonKind::Unreadable, text);
        answers::reason_of(&FactKey::Layer(digest.clone()), &[*exchange], otherwise)
    })?;
    let failed = |error: std::io::Error| {
        Reason::new(ReasonKind::ToolFailed, format!("the temporary file: {error}"))
            .cure("check the free space of the temporary folder")
    };
    let file = tempfile::NamedTempFile::new().map_err(failed)?;
    let mut to = tokio::fs::File::from_std(file.reopen().map_err(failed)?);
    // A registry that sends more than it announced is cut off one byte later, and the digest is wrong then.
    let mut limited = tokio::io::AsyncReadExt::take(&mut stream.reader, size.saturating_add(1));
    if let Err(error) = tokio::io::copy(&mut limited, &mut to).await {
        let reason = stream.trouble.reason();
        return Err(reason.unwrap_or_else(|| Reason::new(ReasonKind::Unreachable, error.to_string())));
    }
    to.flush().await.map_err(failed)?;
    let (path, wanted) = (file.path().to_owned(), digest.clone());
    let matches = blocking(move || file_matches(&path, &wanted)).await?.map_err(failed)?;
    if matches {
        return Ok(file);
    }
    let text = format!("{repository}: the bytes of {digest} have another digest");
    Err(Reason::new(ReasonKind::DigestMismatch, text))
}

/// Whether a file's bytes have this digest. Blocks.
///
/// # Errors
/// When the file cannot be read.
pub fn file_matches(path: &std::path::Path, digest: &Digest) -> std::io::Result<bool> {
    use sha2::{Digest as _, Sha256, Sha512};
    let file = std::fs::File::open(path)?;
    let found = if digest.algorithm() == "sha512" {
        Digest::from_sha512(&hashed(file, Sha512::new())?)
    } else {
        Digest::from_sha256(&hashed(file, Sha256::new())?)
    };
    Ok(found == *digest)
}

fn hashed<H: sha2::Digest>(mut file: std::fs::File, mut hash: H) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().to_vec()),
            length => hash.update(&buffer[..length]),
        }
    }
}

/// The bytes behind a tag as they are now; none where there is no such tag.
///
/// # Errors
/// What came back instead of a definite answer.
pub async fn tag_bytes(
    repository: &Repository,
    tag: &str,
    facts: &Facts,
    world: &World,
) -> Result<Option<std::sync::Arc<[u8]>>, Reason> {
    let access = access::to(repository, facts, world).await;
    let exchange = world.registries.manifest(repository, tag, Method::GET, access).await;
    match exchange.answer {
        Answer::Http(answer) if answer.status == 200 => Ok(Some(answer.body)),
        Answer::Http(answer) if answer.status == 404 => Ok(None),
        Answer::Http(answer) => Err(Reason::new(
            ReasonKind::ServerError,
            format!("{} answered {}", repository.registry(), answer.status),
        )),
        Answer::Failed(reason) => Err(reason),
        _ => Err(Reason::new(ReasonKind::Unreadable, "an answer of another kind")),
    }
}

/// The digest that a tag has now; none where there is no such tag.
///
/// # Errors
/// What came back instead of a definite answer.
pub async fn tag_digest(
    repository: &Repository,
    tag: &str,
    facts: &Facts,
    world: &World,
) -> Result<Option<Digest>, Reason> {
    Ok(tag_bytes(repository, tag, facts, world).await?.map(|bytes| Digest::of(&bytes)))
}
