//! Runs of images, by the config digest that ran.

use super::{Kind, Store};
use crate::model::{Digest, FactKey, Reason, ReasonKind, StoredRun};

impl Store {
    /// The runs of this config that are kept.
    pub fn runs(&self, config: &Digest) -> Vec<StoredRun> {
        let mut runs: Vec<StoredRun> = self.all(Kind::Run, config.as_str());
        runs.retain(|run| matches!(&run.key, FactKey::Run { config: of, .. } if of == config));
        runs
    }

    /// Keeps a run; a later run of the same key takes its place.
    pub fn keep_run(&self, run: &StoredRun) -> Result<(), Reason> {
        let FactKey::Run { config, .. } = &run.key else {
            return Err(Reason::new(ReasonKind::NotSupported, "only runs are kept as runs"));
        };
        let name = serde_json::to_vec(&run.key)
            .map_err(|error| Reason::new(ReasonKind::ToolFailed, error.to_string()))?;
        self.put(Kind::Run, config.as_str(), Digest::of(&name).hex(), run)
    }
}
