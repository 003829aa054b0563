//! Finished audits of this release, as this machine keeps them.

use super::World;
use crate::model::{Audit, AuditId, AuditSummary, Reason};

impl World {
    /// Keeps a finished audit; gives what a list says of it. This waits for the disk: no work for a loop.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, audit: &Audit) -> Result<AuditSummary, Reason> {
        self.store.keep_audit(audit).map(|kept| kept.summary().clone())
    }

    /// The finished audits of every version of this release, newest first.
    pub fn history(&self) -> Vec<AuditSummary> {
        self.store.audits(Some(&self.release.name))
    }

    /// A finished audit, whole.
    ///
    /// # Errors
    /// When it is not kept, or damaged.
    pub fn recall(&self, id: &AuditId) -> Result<Audit, Reason> {
        self.store.audit(id)
    }
}
