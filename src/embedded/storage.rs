//! What a registry keeps, in memory and bounded.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::body::Bytes;

use crate::model::Digest;

/// The most uploads that may be open at once.
const OPEN_UPLOADS: usize = 64;

/// Blobs, manifests, tags and unfinished uploads of every repository.
#[derive(Debug, Default)]
pub(super) struct Storage {
    limit: usize,
    used: usize,
    blobs: HashMap<Digest, Bytes>,
    repositories: BTreeMap<String, Repository>,
    uploads: BTreeMap<String, Upload>,
    next_upload: u64,
}

#[derive(Debug, Default)]
struct Repository {
    blobs: BTreeSet<Digest>,
    manifests: BTreeMap<Digest, Stored>,
    tags: BTreeMap<String, Digest>,
}

/// A manifest as it was pushed.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
}

#[derive(Debug)]
struct Upload {
    repository: String,
    bytes: Vec<u8>,
}

/// Why something was not kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The memory limit, or too many open uploads.
    Full,
    /// No such upload in this repository.
    UploadUnknown,
    /// A chunk that does not begin where the last one ended.
    OutOfOrder,
    /// The bytes have another digest.
    DigestInvalid,
}

impl Storage {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// How many more bytes fit.
    pub(super) fn room(&self) -> usize {
        self.limit.saturating_sub(self.used)
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.repositories.contains_key(name)
    }

    pub(super) fn blob(&self, name: &str, digest: &Digest) -> Option<Bytes> {
        let held = self.repositories.get(name)?.blobs.contains(digest);
        held.then(|| self.blobs.get(digest).cloned()).flatten()
    }

    pub(super) fn keep_blob(&mut self, name: &str, digest: &Digest, bytes: Bytes) -> Result<(), Refused> {
        if !self.blobs.contains_key(digest) {
            self.reserve(bytes.len())?;
            self.blobs.insert(digest.clone(), bytes);
        }
        self.repositories.entry(name.to_owned()).or_default().blobs.insert(digest.clone());
        Ok(())
    }

    /// Makes a blob of one repository known in another; whether it could.
    pub(super) fn mount(&mut self, name: &str, from: &str, digest: &Digest) -> bool {
        if self.blob(from, digest).is_none() {
            return false;
        }
        self.repositories.entry(name.to_owned()).or_default().blobs.insert(digest.clone());
        true
    }

    pub(super) fn forget_blob(&mut self, name: &str, digest: &Digest) -> bool {
        let Some(repository) = self.repositories.get_mut(name) else { return false };
        if !repository.blobs.remove(digest) {
            return false;
        }
        if !self.repositories.values().any(|other| other.blobs.contains(digest)) {
            let freed = self.blobs.remove(digest).map_or(0, |bytes| bytes.len());
            self.used -= freed;
        }
        true
    }

    /// The manifest behind a tag or digest.
    pub(super) fn manifest(&self, name: &str, reference: &str) -> Option<(Digest, Stored)> {
        let repository = self.repositories.get(name)?;
        let digest = match reference.parse::<Digest>() {
            Ok(digest) => digest,
            Err(_) => repository.tags.get(reference)?.clone(),
        };
        let stored = repository.manifests.get(&digest)?.clone();
        Some((digest, stored))
    }

    pub(super) fn keep_manifest(
        &mut self,
        name: &str,
        digest: &Digest,
        tag: Option<&str>,
        stored: Stored,
    ) -> Result<(), Refused> {
        let old = self.repositories.get(name).and_then(|repository| repository.manifests.get(digest));
        let old = old.map_or(0, |old| old.bytes.len());
        self.reserve(stored.bytes.len().saturating_sub(old))?;
        let repository = self.repositories.entry(name.to_owned()).or_default();
        repository.manifests.insert(digest.clone(), stored);
        if let Some(tag) = tag {
            repository.tags.insert(tag.to_owned(), digest.clone());
        }
        Ok(())
    }

    /// Forgets a tag, or a manifest with every tag that points to it; whether it was there.
    pub(super) fn forget_manifest(&mut self, name: &str, reference: &str) -> bool {
        let Some(repository) = self.repositories.get_mut(name) else { return false };
        let Ok(digest) = reference.parse::<Digest>() else {
            return repository.tags.remove(reference).is_some();
        };
        let Some(old) = repository.manifests.remove(&digest) else { return false };
        repository.tags.retain(|_, target| *target != digest);
        self.used -= old.bytes.len();
        true
    }

    /// The tags of a repository, sorted.
    pub(super) fn tags(&self, name: &str) -> Option<Vec<String>> {
        Some(self.repositories.get(name)?.tags.keys().cloned().collect())
    }

    /// Every manifest of a repository, by digest.
    pub(super) fn manifests(&self, name: &str) -> Vec<(Digest, Stored)> {
        let manifests = self.repositories.get(name).map(|repository| &repository.manifests);
        manifests.into_iter().flatten().map(|(digest, stored)| (digest.clone(), stored.clone())).collect()
    }

    pub(super) fn begin_upload(&mut self, name: &str) -> Result<String, Refused> {
        if self.uploads.len() >= OPEN_UPLOADS {
            return Err(Refused::Full);
        }
        self.next_upload += 1;
        let id = format!("{:016x}", self.next_upload);
        self.uploads.insert(id.clone(), Upload { repository: name.to_owned(), bytes: Vec::new() });
        Ok(id)
    }

    fn upload(&mut self, name: &str, id: &str) -> Result<&mut Upload, Refused> {
        let upload = self.uploads.get_mut(id).filter(|upload| upload.repository == name);
        upload.ok_or(Refused::UploadUnknown)
    }

    /// How many bytes of an upload have come.
    pub(super) fn uploaded(&mut self, name: &str, id: &str) -> Result<usize, Refused> {
        Ok(self.upload(name, id)?.bytes.len())
    }

    /// Adds a chunk that says that it begins at `start`; the new length.
    pub(super) fn append(
        &mut self,
        name: &str,
        id: &str,
        start: Option<usize>,
        chunk: &[u8],
    ) -> Result<usize, Refused> {
        let length = self.uploaded(name, id)?;
        if start.is_some_and(|start| start != length) {
            return Err(Refused::OutOfOrder);
        }
        self.reserve(chunk.len())?;
        let upload = self.upload(name, id)?;
        upload.bytes.extend_from_slice(chunk);
        Ok(upload.bytes.len())
    }

    /// Ends an upload: its bytes become a blob when they have the digest, and are forgotten otherwise.
    pub(super) fn finish_upload(&mut self, name: &str, id: &str, digest: &Digest) -> Result<(), Refused> {
        self.upload(name, id)?;
        let Some(upload) = self.uploads.remove(id) else { return Err(Refused::UploadUnknown) };
        self.used -= upload.bytes.len();
        if !digest.matches(&upload.bytes) {
            return Err(Refused::DigestInvalid);
        }
        self.keep_blob(name, digest, upload.bytes.into())
    }

    pub(super) fn cancel_upload(&mut self, name: &str, id: &str) -> Result<(), Refused> {
        self.upload(name, id)?;
        if let Some(upload) = self.uploads.remove(id) {
            self.used -= upload.bytes.len();
        }
        Ok(())
    }

    fn reserve(&mut self, bytes: usize) -> Result<(), Refused> {
        if bytes > self.room() {
            return Err(Refused::Full);
        }
        self.used += bytes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_limit_counts_uploads_and_gives_back_what_is_forgotten() {
        let mut storage = Storage::new(10);
        let id = storage.begin_upload("a").unwrap();
        assert_eq!(storage.append("a", &id, None, b"12345678"), Ok(8));
        assert_eq!(storage.append("a", &id, Some(8), b"90a"), Err(Refused::Full));
        assert_eq!(storage.append("a", &id, Some(3), b"9"), Err(Refused::OutOfOrder));
        let digest = Digest::of(b"12345678");
        storage.finish_upload("a", &id, &digest).unwrap();
        assert_eq!(storage.room(), 2);
        assert!(storage.mount("b", "a", &digest));
        assert!(storage.forget_blob("a", &digest));
        assert_eq!(storage.room(), 2, "another repository still holds it");
        assert!(storage.forget_blob("b", &digest));
        assert_eq!(storage.room(), 10);
    }

    #[test]
    fn an_upload_belongs_to_its_repository_and_its_digest_is_checked() {
        let mut storage = Storage::new(100);
        let id = storage.begin_upload("a").unwrap();
        assert_eq!(storage.append("b", &id, None, b"x"), Err(Refused::UploadUnknown));
        storage.append("a", &id, None, b"x").unwrap();
        assert_eq!(storage.finish_upload("a", &id, &Digest::of(b"y")), Err(Refused::DigestInvalid));
        assert_eq!(storage.room(), 100);
    }
}
