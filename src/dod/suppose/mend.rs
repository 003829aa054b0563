//! What mending an image is meant to change in the cells of an item that are not well.

use crate::model::{
    Access, Cell, Fact, FactKey, Facts, Image, Item, Level, LocalImages, Observed, Outcome, Pass, Policy,
    Release, RunKind, TagFact,
};

use super::attach::clean;
use super::build::{UID, healthcheck, label};
use super::runs::passed;
use super::{put, settle};

/// The facts with what contradicts `item` mended in place, so that nothing but that changes: the program's run,
/// the config, the layers' size, the scan.
pub(in crate::dod) fn mend(
    item: Item,
    cells: &[Cell],
    release: &Release,
    policy: &Policy,
    facts: &Facts,
) -> Facts {
    let mut supposed = facts.clone();
    let bad = |cell: &&Cell| !cell.beyond && matches!(cell.outcome, Outcome::Fail | Outcome::Soft);
    for cell in cells.iter().filter(bad) {
        for key in &cell.because {
            if let Some((fact, level)) = mended(item, cell, key, release, policy, &supposed) {
                put(&mut supposed, key.clone(), fact, level);
                if let FactKey::Tag { repository, tag, access, .. } = key.clone() {
                    // The second look is at what the first one saw.
                    supposed.remove(&FactKey::Tag { repository, tag, access, pass: Pass::Last });
                }
            }
        }
        if item == Item::SizeBudget {
            shrink_in_engine(cell, release, &mut supposed);
        }
    }
    settle(release, policy, &mut supposed);
    supposed
}

fn mended(
    item: Item,
    cell: &Cell,
    key: &FactKey,
    release: &Release,
    policy: &Policy,
    facts: &Facts,
) -> Option<(Fact, Level)> {
    match (item, key) {
        (Item::VersionCommand, FactKey::Run { kind: kind @ RunKind::Version, .. })
        | (Item::NonRootHealthcheck, FactKey::Run { kind: kind @ RunKind::Healthcheck, .. })
        | (Item::ExamplePipeline, FactKey::Run { kind: kind @ RunKind::Example, .. }) => {
            let run =
                passed(*kind, release, release.image(&cell.image)?, cell.platform.as_ref()?, &policy.native);
            Some((Fact::Run(Observed::Seen(run)), Level::Verified))
        }
        // What credentials read, everybody reads.
        (Item::Published, FactKey::Tag { repository, tag, access: Access::Anonymous, pass: Pass::First }) => {
            let (repository, tag) = (repository.clone(), tag.clone());
            let key = FactKey::Tag { repository, tag, access: Access::Credentials, pass: Pass::First };
            let digest = facts.tag(&key)?.seen()?.digest.clone();
            Some((Fact::Tag(Observed::Seen(TagFact { digest })), Level::Registry))
        }
        (Item::NonRootHealthcheck, FactKey::Config(_)) => {
            let mut config = facts.config(key)?.seen()?.clone();
            UID.clone_into(&mut config.user);
            config.healthcheck = Some(healthcheck());
            Some((Fact::Config(Observed::Seen(config)), cell.level?))
        }
        (Item::OciLabels, FactKey::Config(_)) => {
            let mut config = facts.config(key)?.seen()?.clone();
            for required in &policy.labels.required {
                config.labels.insert(required.clone(), label(release, required, facts));
            }
            Some((Fact::Config(Observed::Seen(config)), cell.level?))
        }
        (Item::SizeBudget, FactKey::Layer(_)) => {
            let mut layer = facts.layer(key)?.seen()?.clone();
            layer.unpacked = 0;
            Some((Fact::Layer(Observed::Seen(layer)), cell.level?))
        }
        (Item::Vulnerabilities, FactKey::Scan { .. }) => {
            let mut scan = clean(facts);
            scan.signature.clone_from(&facts.scan(key)?.seen()?.signature);
            Some((Fact::Scan(Observed::Seen(scan)), Level::Verified))
        }
        _ => None,
    }
}

/// An engine says the size of an image itself.
fn shrink_in_engine(cell: &Cell, release: &Release, facts: &mut Facts) {
    let Some(image) = release.image(&cell.image) else { return };
    let key = FactKey::Local(image.name.clone());
    let Some(local) = facts.local(&key).and_then(Observed::seen) else { return };
    let local = within_budget(image, local.clone());
    put(facts, key, Fact::Local(Observed::Seen(local)), Level::Local);
}

fn within_budget(image: &Image, mut local: LocalImages) -> LocalImages {
    let allowed = image.budget.into_iter().chain(image.limit).min();
    for found in &mut local.images {
        found.size = found.size.map(|size| allowed.map_or(size, |allowed| size.min(allowed)));
    }
    local
}
