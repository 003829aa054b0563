//! What jobs printed where that is more than a screen keeps: a file each, the oldest of which go.

use std::path::PathBuf;

use super::Store;
use crate::model::text;

/// How many are kept.
const MOST: usize = 50;

impl Store {
    /// Where the whole output of a job of this name is written; its folder is made, and has room for one more.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn output_path(&self, name: &str) -> std::io::Result<PathBuf> {
        let folder = self.path(&["outputs"]);
        std::fs::create_dir_all(&folder)?;
        let mut kept: Vec<PathBuf> =
            std::fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        // Their names begin with their time.
        kept.sort();
        let old = (kept.len() + 1).saturating_sub(MOST);
        for path in &kept[..old] {
            let _ = std::fs::remove_file(path);
        }
        Ok(folder.join(text::clean_line(name).replace('/', "-")))
    }
}
