//! What the facts amount to: the ten findings, the scores, the verdict, what stands in the way and what to do.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{
    Assessment, Cell, FactKey, Facts, Finding, ImageName, Item, Level, Outcome, Place, PlanPart, PlanStep,
    Policy, Release, Risk, Scope, Stage, Status, Verdict, Waiver,
};

use super::checks::{Checked, check};
use super::context::Context;
use super::status::status;
use super::{agreement, blocker, nice_to_have, plan, requirement, score, verdict, waiver, wants};

/// One item: what its check saw, and what that comes to.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    /// The finding.
    pub finding: Finding,
    /// What the check saw.
    pub checked: Checked,
}

/// Judges a release on the facts. Pure: `facts.as_of` is the only clock.
///
/// While a cell is pending there is no verdict and no plan.
pub fn judge(release: &Release, policy: &Policy, scope: &Scope, facts: &Facts) -> Assessment {
    let release = &*agreement::with_commit(release, facts);
    let wanted = wants(release, policy, scope, facts);
    let context = Context::new(release, policy, scope, facts, &wanted);
    let judged = items(&context);
    let findings: Vec<Finding> = judged.iter().map(|judged| judged.finding.clone()).collect();
    let readiness = score::readiness(&findings);
    let verdict = verdict::verdict(&context, &judged);
    let plan = if readiness.looking == 0 { plan::plan(&context, &judged) } else { Vec::new() };
    let tags_read_at = tags_read_at(release, facts);
    let age = tags_read_at.map(|at| facts.as_of.duration_since(at));
    Assessment {
        as_of: facts.as_of,
        proven: score::proven(&findings),
        readiness,
        blockers: blocker::blockers(&context, &judged),
        risk: risk(&findings, verdict.as_ref()),
        verdict,
        time_to_production: time_to_production(&plan),
        plan,
        scans: judged[Item::Vulnerabilities.index()].checked.scans.clone(),
        stages: context.stages.clone(),
        warnings: [waiver::expired(policy, facts.as_of), agreement::about_the_checkout(&context)].concat(),
        nice_to_have: nice_to_have::seen(&context),
        tags_read_at,
        stale: age.is_some_and(|age| age > policy.fresh_for),
        findings,
    }
}

/// The findings on these facts and nothing else: what a plan counts with.
pub(super) fn findings(release: &Release, policy: &Policy, scope: &Scope, facts: &Facts) -> Vec<Finding> {
    let release = &*agreement::with_commit(release, facts);
    let wanted: BTreeMap<FactKey, Vec<Place>> = wants(release, policy, scope, facts);
    let context = Context::new(release, policy, scope, facts, &wanted);
    items(&context).into_iter().map(|judged| judged.finding).collect()
}

/// The ten items, in order.
fn items(context: &Context) -> Vec<Judged> {
    Item::ALL.into_iter().map(|item| judge_item(item, context)).collect()
}

fn judge_item(item: Item, context: &Context) -> Judged {
    let checked = check(item, context);
    let policy = context.policy;
    let off = policy.off(item);
    let (status, points, symbol) = status(
        off,
        &checked,
        |cell| covering(context, item, cell).is_some(),
        item != Item::Published && context.release_is_ahead(),
    );
    let stop = checked.counted().find(|cell| cell.outcome == Outcome::Fail && cell.hard_stop);
    let stop = stop.map(|cell| cell.reason.clone());
    let mut warnings = checked.warnings.clone();
    warnings.extend(agreement::warnings(item, context));
    if let Some(stop) = stop.as_ref().filter(|_| off.is_some()) {
        warnings.push(format!("it would be a hard stop, were it not off: {stop}"));
    }
    let finding = Finding {
        item,
        requirement: requirement::sentence(item, context.release, policy),
        class: policy.class(item),
        status,
        points,
        symbol,
        note: note(context, item, status, &checked),
        cells: checked.cells.clone(),
        because: checked.because.clone(),
        hard_stop: stop.filter(|_| off.is_none()),
        proven: status == Status::Complete && checked.counted().all(|cell| cell.in_registry),
        level: level(item, status, &checked),
        warnings,
        caps: checked.caps.clone(),
    };
    Judged { finding, checked }
}

/// The live waiver that covers a cell.
pub(super) fn covering<'p>(context: &Context<'p>, item: Item, cell: &Cell) -> Option<&'p Waiver> {
    waiver::covering(context.policy, item, cell, context.facts.as_of, |image| is_published(context, image))
}

/// Whether an image has a published digest.
pub(super) fn is_published(context: &Context, image: &ImageName) -> bool {
    matches!(context.stages.get(image), Some(Stage::Published(_)))
}

/// The one line that matters: why the item is off, what excuses it, else what the check says.
fn note(context: &Context, item: Item, status: Status, checked: &Checked) -> String {
    match status {
        Status::Off => context.policy.off(item).unwrap_or_default().to_owned(),
        Status::Waived => {
            let short = checked.counted().filter(|cell| cell.outcome != Outcome::Pass);
            let waiver =
                short.filter_map(|cell| covering(context, item, cell)).min_by_key(|found| found.until);
            let Some(waiver) = waiver else { return checked.note.clone() };
            let reason = waiver.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
            format!("{}; waived until {}{reason}", checked.note, waiver.until)
        }
        _ => checked.note.clone(),
    }
}

/// The highest level of evidence among the cells that pass; of what is CONFIGURED, who says so.
fn level(item: Item, status: Status, checked: &Checked) -> Option<Level> {
    let passing = checked.counted().filter(|cell| cell.outcome == Outcome::Pass);
    let seen = passing.filter_map(|cell| cell.level).max();
    seen.or(match (status, item) {
        // The last column of item 2 speaks of local images, every other one of what the source says.
        (Status::Configured, Item::MultiArch) => Some(Level::Local),
        (Status::Configured, _) => Some(Level::Declared),
        _ => None,
    })
}

/// When the oldest of the version tags was last read; a tag that could not be read was not.
fn tags_read_at(release: &Release, facts: &Facts) -> Option<Timestamp> {
    let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
    for (key, entry) in facts.iter() {
        let FactKey::Tag { repository, tag, .. } = key else { continue };
        let ours = release.repositories().any(|(image, ours)| ours == repository && image.tag == *tag);
        if !ours || entry.fact.reason().is_some() {
            continue;
        }
        let at = last.entry(repository.tagged(tag)).or_insert(entry.evidence.at);
        *at = entry.evidence.at.max(*at);
    }
    last.into_values().min()
}

/// The risk of going live now; while there is no verdict nobody can call it low.
fn risk(findings: &[Finding], verdict: Option<&Verdict>) -> Risk {
    if findings.iter().any(|finding| finding.hard_stop.is_some()) {
        return Risk::Critical;
    }
    match verdict {
        Some(verdict) => verdict::risk(verdict),
        None => Risk::Medium,
    }
}

/// From the longest stage's minimum to the sum of the maxima, of the parts that have something to do.
fn time_to_production(plan: &[PlanStep]) -> (u32, u32) {
    let parts = PlanPart::ALL.into_iter().filter(|part| plan.iter().any(|step| step.part == *part));
    parts
        .map(PlanPart::minutes)
        .fold((0, 0), |(least, most), (minimum, maximum)| (least.max(minimum), most + maximum))
}
