//! A transparency log: entries in a Merkle tree, signed checkpoints, and what proves that an entry is in it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::entry::hex;
use super::key::{Key, base64};
use super::merkle::{self, Hash};
use super::{Error, Result};

/// The most entries that a log takes; more are refused.
const ENTRIES: usize = 10_000;
/// How many entries of others are in a log from the start, so that every proof has a path.
const BEFORE: u8 = 3;
/// The first index of this part of the log, as in the public one: the index of an entry in the whole log is
/// not its index in the tree.
const OFFSET: usize = 4_163_431;
/// The identifier of the tree, before the hash in an entry's name.
const TREE: &str = "00000000000007e1";

/// Which interface a log has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Signed entry timestamps and proofs.
    V1,
    /// Proofs only; time comes from a timestamp authority.
    V2,
}

/// A log.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) key: Key,
    version: Version,
    /// The name of its checkpoints: in v1 with the tree's number after it.
    origin: &'static str,
    entries: Mutex<Vec<Kept>>,
}

/// What a log keeps of an entry.
#[derive(Debug, Clone)]
struct Kept {
    body: Vec<u8>,
    leaf: Hash,
    at: Timestamp,
}

/// An entry with its proofs as of when it was asked for.
#[derive(Debug, Clone)]
pub(super) struct LogEntry {
    version: Version,
    body: Vec<u8>,
    leaf: Hash,
    at: Timestamp,
    log: [u8; 32],
    index: usize,
    size: usize,
    root: Hash,
    path: Vec<Hash>,
    checkpoint: String,
    promise: Vec<u8>,
}

impl Log {
    pub(super) fn new(version: Version, now: Timestamp) -> Result<Self> {
        let origin = match version {
            Version::V1 => "rekor.private-sigstore.test - 2017",
            Version::V2 => "log2.private-sigstore.test",
        };
        let before = (0..BEFORE).map(|number| Kept::new(vec![number], now)).collect();
        Ok(Self { key: Key::generate()?, version, origin, entries: Mutex::new(before) })
    }

    /// Puts a body into the log, in canonical form (RFC 8785), as of `at`.
    pub(super) fn append(&self, body: &Value, at: Timestamp) -> Result<LogEntry> {
        let kept = Kept::new(serde_json_canonicalizer::to_vec(body)?, at);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= ENTRIES {
            return Err(Error::refused("the log is full"));
        }
        entries.push(kept);
        self.entry(&entries, entries.len() - 1)
    }

    /// The name of the entry with this body, when it is in the log.
    pub(super) fn uuid_of(&self, body: &Value) -> Result<Option<String>> {
        let leaf = merkle::leaf(&serde_json_canonicalizer::to_vec(body)?);
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(entries.iter().any(|kept| kept.leaf == leaf).then(|| uuid(&leaf)))
    }

    /// How many entries there are.
    pub(super) fn size(&self) -> usize {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The entry whose index in the whole log this is.
    pub(super) fn by_index(&self, index: usize) -> Option<Result<LogEntry>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let index = index.checked_sub(OFFSET)?;
        (index >= usize::from(BEFORE) && index < entries.len()).then(|| self.entry(&entries, index))
    }

    /// The entry with this name, with or without the tree's identifier before the hash.
    pub(super) fn by_uuid(&self, uuid: &str) -> Option<Result<LogEntry>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = uuid.strip_prefix(TREE).unwrap_or(uuid);
        let index = entries.iter().position(|kept| hex(&kept.leaf) == wanted)?;
        Some(self.entry(&entries, index))
    }

    /// The newest checkpoint.
    pub(super) fn checkpoint(&self) -> Result<String> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let leaves: Vec<Hash> = entries.iter().map(|kept| kept.leaf).collect();
        self.sign_checkpoint(leaves.len(), &merkle::root(&leaves))
    }

    fn entry(&self, entries: &[Kept], index: usize) -> Result<LogEntry> {
        let leaves: Vec<Hash> = entries.iter().map(|kept| kept.leaf).collect();
        let root = merkle::root(&leaves);
        let Kept { body, leaf, at } = entries[index].clone();
        let mut entry = LogEntry {
            version: self.version,
            body,
            leaf,
            at,
            log: self.key.id(),
            index,
            size: leaves.len(),
            root,
            path: merkle::path(&leaves, index),
            checkpoint: self.sign_checkpoint(leaves.len(), &root)?,
            promise: Vec::new(),
        };
        if self.version == Version::V1 {
            entry.promise = self.key.sign(&serde_json_canonicalizer::to_vec(&entry.promised())?)?;
        }
        Ok(entry)
    }

    /// A signed note (C2SP, `signed-note.md`, `tlog-checkpoint.md`). The signature's line carries the name
    /// only, and the first four bytes of the log's identifier as a hint at the key.
    fn sign_checkpoint(&self, size: usize, root: &Hash) -> Result<String> {
        let note = format!("{}\n{size}\n{}\n", self.origin, base64(root));
        let name = self.origin.split(' ').next().unwrap_or_default();
        let signature = [&self.key.id()[..4], &self.key.sign(note.as_bytes())?].concat();
        Ok(format!("{note}\n\u{2014} {name} {}\n", base64(signature)))
    }
}

/// The name of an entry: the tree's identifier and the hash of the leaf.
fn uuid(leaf: &Hash) -> String {
    format!("{TREE}{}", hex(leaf))
}

impl Kept {
    fn new(body: Vec<u8>, at: Timestamp) -> Self {
        Self { leaf: merkle::leaf(&body), body, at }
    }
}

impl LogEntry {
    /// What the signed entry timestamp covers; also the `Payload` of cosign's annotation.
    pub(super) fn promised(&self) -> Value {
        json!({
            "body": base64(&self.body),
            "integratedTime": self.at.as_second(),
            "logIndex": OFFSET + self.index,
            "logID": hex(&self.log),
        })
    }

    /// The signed entry timestamp, in base64.
    pub(super) fn promise(&self) -> String {
        base64(&self.promise)
    }

    /// As Rekor v1 answers: by its name, hashes in hex (rekor, `openapi.yaml`, `LogEntry`).
    pub(super) fn response(&self) -> Value {
        let mut entry = self.promised();
        let hashes: Vec<String> = self.path.iter().map(|hash| hex(hash)).collect();
        entry["verification"] = json!({
            "inclusionProof": {
                "checkpoint": self.checkpoint,
                "hashes": hashes,
                "logIndex": self.index,
                "rootHash": hex(&self.root),
                "treeSize": self.size,
            },
            "signedEntryTimestamp": self.promise(),
        });
        json!({ uuid(&self.leaf): entry })
    }

    /// As a bundle has it, and as Rekor v2 answers (protobuf-specs, `sigstore_rekor.proto`).
    pub(super) fn bundled(&self) -> Value {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let hashes: Vec<String> = self.path.iter().map(base64).collect();
        // Rekor v2 has no other index than the tree's.
        let index = if self.version == Version::V1 { OFFSET + self.index } else { self.index };
        let mut entry = json!({
            "logIndex": index.to_string(),
            "logId": { "keyId": base64(self.log) },
            "kindVersion": { "kind": body["kind"], "version": body["apiVersion"] },
            "inclusionProof": {
                "logIndex": self.index.to_string(),
                "rootHash": base64(self.root),
                "treeSize": self.size.to_string(),
                "hashes": hashes,
                "checkpoint": { "envelope": self.checkpoint },
            },
            "canonicalizedBody": base64(&self.body),
        });
        if self.version == Version::V1 {
            entry["integratedTime"] = json!(self.at.as_second().to_string());
            entry["inclusionPromise"] = json!({ "signedEntryTimestamp": self.promise() });
        }
        entry
    }
}
