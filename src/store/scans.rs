//! Scans that this machine made, by the manifest that was scanned, and records of vulnerability databases.

use super::{Kind, Store};
use crate::model::{Digest, FactKey, Reason, ReasonKind, StoredScan};

impl Store {
    /// The scans of this manifest that are kept.
    pub fn scans(&self, subject: &Digest) -> Vec<StoredScan> {
        let mut scans: Vec<StoredScan> = self.all(Kind::Scan, subject.as_str());
        scans.retain(|scan| matches!(&scan.key, FactKey::Scan { subject: of, .. } if of == subject));
        scans
    }

    /// Keeps a scan; a later scan of the same key takes its place.
    pub fn keep_scan(&self, scan: &StoredScan) -> Result<(), Reason> {
        let FactKey::Scan { subject, .. } = &scan.key else {
            return Err(Reason::new(ReasonKind::NotSupported, "only scans are kept as scans"));
        };
        let name = serde_json::to_vec(&scan.key)
            .map_err(|error| Reason::new(ReasonKind::ToolFailed, error.to_string()))?;
        self.put(Kind::Scan, subject.as_str(), Digest::of(&name).hex(), scan)
    }

    /// The record of this identifier as it was last changed at `modified`.
    pub fn advisory(&self, id: &str, modified: &str) -> Option<Vec<u8>> {
        let record: String = self.get(Kind::Advisory, id, modified)?;
        Some(record.into_bytes())
    }

    /// Keeps a record.
    pub fn keep_advisory(&self, id: &str, modified: &str, record: &[u8]) {
        self.try_put(Kind::Advisory, id, modified, &String::from_utf8_lossy(record));
    }
}
