//! The ten findings of the sample report.

use super::release::{platforms, repository, run_key, tag_key};
use super::{IMAGES, REGISTRIES};
use crate::model::{Cell, Finding, ImageName, Item, Level, Outcome, Platform, Status, Symbol};

/// Item, requirement, status, points, symbol, note.
pub(super) type Row = (Item, &'static str, Status, u8, Symbol, &'static str);

/// The table of the sample report.
pub(super) const ROWS: [Row; 10] = [
    (
        Item::Published,
        "Published to ghcr.io and docker.io",
        Status::NotStarted,
        0,
        Symbol::Not,
        "no version tag is there in 4 repositories; release.yml:60 pushes",
    ),
    (
        Item::MultiArch,
        "Multi-arch image index (linux/amd64, linux/arm64)",
        Status::NotTested,
        0,
        Symbol::Not,
        "only linux/amd64 built locally",
    ),
    (
        Item::Signed,
        "Signed with cosign (keyless OIDC)",
        Status::Configured,
        5,
        Symbol::Partly,
        "release.yml:71 signs; nothing is published yet",
    ),
    (
        Item::Sbom,
        "SBOM generated and attached",
        Status::Configured,
        5,
        Symbol::Partly,
        "release.yml:78 makes an SBOM; nothing is published yet",
    ),
    (
        Item::Vulnerabilities,
        "Vulnerability scan passes",
        Status::Configured,
        5,
        Symbol::Partly,
        "release.yml:84 scans; nothing is published yet",
    ),
    (
        Item::NonRootHealthcheck,
        "Non-root user and healthcheck",
        Status::Complete,
        10,
        Symbol::Done,
        "UID 10001, healthcheck defined",
    ),
    (
        Item::VersionCommand,
        "`gl --version` works, on every platform",
        Status::Failed,
        0,
        Symbol::Not,
        "`gl --version` exits 2 on linux/amd64: Error: No such option: --version",
    ),
    (
        Item::SizeBudget,
        "Size budgets (runner 300 MB, full 1 GB)",
        Status::Partial,
        5,
        Symbol::Partly,
        "runner 367 MB exceeds 300 MB; full was never built",
    ),
    (
        Item::ExamplePipeline,
        "Example pipeline executes in the container",
        Status::NotTested,
        5,
        Symbol::Question,
        "the example was not run yet",
    ),
    (Item::OciLabels, "OCI labels present", Status::Complete, 10, Symbol::Done, "all 8 labels are there"),
];

pub(super) fn cell(
    image: &str,
    registry: Option<&str>,
    platform: Option<Platform>,
    outcome: Outcome,
    reason: &str,
) -> Cell {
    Cell {
        image: image.parse::<ImageName>().unwrap(),
        repository: registry.map(|registry| repository(registry, image)),
        platform,
        outcome,
        reason: reason.to_owned(),
        because: registry.map(|registry| tag_key(image, registry)).into_iter().collect(),
        level: None,
        in_registry: registry.is_some(),
        hard_stop: false,
        beyond: false,
        cap: None,
    }
}

/// The cells of an item: of its repositories, its platforms, or both.
pub(super) fn cells(item: Item, outcome: Outcome, reason: &str) -> Vec<Cell> {
    let by_registry = matches!(item, Item::Published | Item::Signed | Item::Sbom);
    let by_platform = !matches!(item, Item::Published | Item::Signed);
    let registries: Vec<Option<&str>> = if by_registry { REGISTRIES.map(Some).to_vec() } else { vec![None] };
    let platforms: Vec<Option<Platform>> =
        if by_platform { platforms().into_iter().map(Some).collect() } else { vec![None] };
    let mut cells = Vec::new();
    for image in IMAGES {
        for registry in &registries {
            for platform in &platforms {
                cells.push(cell(image, *registry, platform.clone(), outcome, reason));
            }
        }
    }
    cells
}

pub(super) fn finding(row: &Row) -> Finding {
    let (item, requirement, status, points, symbol, note) = *row;
    let built = |outcome| {
        let mut cell = cell("runner", None, platforms().first().cloned(), outcome, note);
        cell.level = Some(Level::Local);
        vec![cell]
    };
    let (cells, because) = match status {
        Status::Complete => (built(Outcome::Pass), Vec::new()),
        Status::Partial => (built(Outcome::Soft), Vec::new()),
        Status::Failed => (built(Outcome::Fail), vec![run_key()]),
        Status::NotTested if item == Item::ExamplePipeline => (built(Outcome::Untried), Vec::new()),
        _ => (cells(item, Outcome::Absent, note), Vec::new()),
    };
    Finding {
        item,
        requirement: requirement.to_owned(),
        class: item.default_class(),
        status,
        points: Some(points),
        symbol,
        note: note.to_owned(),
        cells,
        because,
        hard_stop: None,
        proven: false,
        level: (status == Status::Complete).then_some(Level::Local),
        warnings: Vec::new(),
        caps: Vec::new(),
    }
}
