//! The ten checks: from facts to cells, one file per item (design, section 2, "Per item").

mod attested_runs;
mod dockerfile;
mod example_pipeline;
mod healthcheck_run;
#[cfg(test)]
mod journey;
mod judgement;
mod multi_arch;
mod non_root_healthcheck;
mod oci_labels;
mod platforms;
mod published;
mod runs;
mod sbom;
mod scans;
mod signatures;
mod signed;
mod size_budget;
mod version_command;
mod vulnerabilities;

pub(super) use platforms::listed;
pub(super) use size_budget::si;

use crate::model::{
    Cell, FactKey, Image, Item, JudgedScan, Location, Outcome, Run, RunKind, Status, StepKind, Symbol,
};

use super::context::Context;

/// What a check makes of its item, before the status table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Checked {
    /// The cells; those beyond what is required last.
    pub cells: Vec<Cell>,
    /// Further facts that the status rests on (what a step or a Dockerfile declares).
    pub because: Vec<FactKey>,
    /// The one line that matters.
    pub note: String,
    /// What does not count and should be known all the same.
    pub warnings: Vec<String>,
    /// What keeps the verdict at conditional: trouble of platforms beyond the required ones, scans that get old.
    pub caps: Vec<String>,
    /// What the last column of the item's row puts in place of the lines 3 to 10 of the status table;
    /// none where the cells (also of local images) decide.
    pub instead: Option<Instead>,
    /// The scans that count.
    pub scans: Vec<JudgedScan>,
    /// The armed step that declares the item, for line 7.
    pub declared: Option<DeclaredBy>,
}

/// A status that the last column of an item's row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instead {
    /// The status.
    pub status: Status,
    /// Its points.
    pub points: u8,
    /// Its symbol.
    pub symbol: Symbol,
    /// Why, in a line.
    pub note: String,
}

/// An armed step that declares an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeclaredBy {
    /// What it promises.
    pub step: StepKind,
    /// Its name, or what it runs.
    pub name: String,
    /// Where it stands.
    pub at: Location,
}

/// Judges one item.
pub(super) fn check(item: Item, context: &Context) -> Checked {
    match item {
        Item::Published => published::check(context),
        Item::MultiArch => multi_arch::check(context),
        Item::Signed => signed::check(context),
        Item::Sbom => sbom::check(context),
        Item::Vulnerabilities => vulnerabilities::check(context),
        Item::NonRootHealthcheck => non_root_healthcheck::check(context),
        Item::VersionCommand => version_command::check(context),
        Item::SizeBudget => size_budget::check(context),
        Item::ExamplePipeline => example_pipeline::check(context),
        Item::OciLabels => oci_labels::check(context),
    }
}

/// Whether a run shows what the release asks of it: what it shows, or why not.
pub(super) fn shows(context: &Context, image: &Image, kind: RunKind, run: &Run) -> Result<String, String> {
    let judged = match (kind, &image.version, &image.example) {
        (RunKind::Version, Some(version), _) => {
            let command = runs::command_line(&version.command, "--version");
            version_command::ran(context, image, run, &command)
        }
        (RunKind::Example, _, Some(example)) => example_pipeline::ran(example, run),
        _ => return Err("it is not asked for".to_owned()),
    };
    if judged.outcome == Outcome::Pass { Ok(judged.reason) } else { Err(judged.reason) }
}
