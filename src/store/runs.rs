//! Runs of images, by the config digest that ran.

use std::path::PathBuf;

use super::{Store, files};
use crate::model::{Digest, FactKey, Reason, ReasonKind, StoredRun};

impl Store {
    /// The runs of this config that are kept, in the order of their file names.
    pub fn runs(&self, config: &Digest) -> Vec<StoredRun> {
        let Ok(folder) = std::fs::read_dir(self.runs_folder(config)) else { return Vec::new() };
        let mut files: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files
            .iter()
            .filter_map(|file| files::read_sealed::<StoredRun>(file))
            .filter(|run| matches!(&run.key, FactKey::Run { config: of, .. } if of == config))
            .collect()
    }

    /// Keeps a run; a later run of the same key takes its place.
    pub fn keep_run(&self, run: &StoredRun) -> Result<(), Reason> {
        let FactKey::Run { config, .. } = &run.key else {
            return Err(Reason::new(ReasonKind::NotSupported, "only runs are kept as runs"));
        };
        let name = serde_json::to_vec(&run.key).map_err(|error| files::not_kept(self.folder(), &error))?;
        let file = format!("{}.json", Digest::of(&name).hex());
        files::write_sealed(&self.runs_folder(config).join(file), run)
    }

    fn runs_folder(&self, config: &Digest) -> PathBuf {
        self.path(&["runs", config.algorithm(), config.hex()])
    }
}
