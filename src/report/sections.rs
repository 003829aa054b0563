//! What several reports say in the same words.

use std::collections::BTreeSet;

use crate::model::{FactKey, Finding};

/// The facts behind a finding, each once, in a stable order.
pub(super) fn keys(finding: &Finding) -> Vec<&FactKey> {
    let of_cells = finding.cells.iter().flat_map(|cell| &cell.because);
    let all: BTreeSet<&FactKey> = of_cells.chain(&finding.because).collect();
    all.into_iter().collect()
}
