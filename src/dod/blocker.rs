//! What stands in the way of GO, worst first: problem, impact, fix, location, actions, from the evidence.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::model::{
    Access, Action, Blocker, Cell, Class, Fact, FactKey, Finding, Item, Outcome, ReasonKind, Risk, Status,
    StepKind,
};

use super::checks::listed;
use super::commands;
use super::context::Context;
use super::github;
use super::judge::{Judged, is_published};
use super::start;
use super::verdict::{SHOULD_SHARE, should_share};
use super::workflows;

/// The blockers of a judgement, worst first.
///
/// What only waits for the publication, because a step or a local build promises it, is the impact of that
/// blocker and none of its own.
pub(super) fn blockers(context: &Context, judged: &[Judged]) -> Vec<Blocker> {
    let findings: Vec<&Finding> = judged.iter().map(|judged| &judged.finding).collect();
    let unpublished = findings.iter().any(|finding| finding.item == Item::Published && is_open(finding));
    let stands = |finding: &&&Finding| {
        let waits = finding.status == Status::Configured && unpublished;
        finding.hard_stop.is_some() || (finding.class == Class::Must && is_open(finding) && !waits)
    };
    let mut standing: Vec<&Finding> = findings.iter().filter(stands).copied().collect();
    standing
        .sort_by_key(|finding| (Reverse(severity(finding)), finding.status != Status::Failed, finding.item));
    let mut blockers: Vec<Blocker> =
        standing.into_iter().map(|finding| of_item(context, finding, &findings)).collect();
    blockers.extend(unpublished_by_itself(context, &findings).filter(|_| !unpublished));
    blockers.extend(no_credentials(context));
    blockers.extend(github::blockers(context).into_iter().filter(|_| unpublished));
    blockers.extend(workflows::lacks_permissions(context).filter(|_| unpublished));
    blockers.extend(too_few_should_points(context, &findings));
    blockers.sort_by_key(|blocker| Reverse(blocker.severity));
    blockers
}

/// Whether an item is neither there nor excused nor still being looked at.
pub(super) fn is_open(finding: &Finding) -> bool {
    !matches!(finding.status, Status::Complete | Status::Waived | Status::Off | Status::Pending)
}

/// A hard stop; what contradicts or lacks the requirement; what nobody has seen or tried.
fn severity(finding: &Finding) -> Risk {
    let undecided = |cell: &Cell| matches!(cell.outcome, Outcome::Pass | Outcome::Unknown | Outcome::Untried);
    let counted: Vec<&Cell> = finding.cells.iter().filter(|cell| !cell.beyond).collect();
    if finding.hard_stop.is_some() {
        Risk::Critical
    } else if !counted.is_empty() && counted.iter().all(|cell| undecided(cell)) {
        Risk::Medium
    } else {
        Risk::High
    }
}

fn of_item(context: &Context, finding: &Finding, all: &[&Finding]) -> Blocker {
    Blocker {
        item: finding.item,
        title: title(finding).to_owned(),
        severity: severity(finding),
        problem: finding.hard_stop.clone().unwrap_or_else(|| problem(finding)),
        impact: impact(context, finding, all),
        fix: fix(context, finding),
        location: location(context, finding),
        actions: actions(context, finding),
    }
}

/// What is wrong: what the first failing cell says, in full, else the note.
fn problem(finding: &Finding) -> String {
    let bad = finding.cells.iter().find(|cell| !cell.beyond && cell.outcome == Outcome::Fail);
    bad.map_or_else(|| finding.note.clone(), |cell| cell.reason.clone())
}

fn title(finding: &Finding) -> &'static str {
    if finding.status == Status::Unknown {
        return match finding.item {
            Item::Published => "Registries could not be read",
            Item::MultiArch => "Image index could not be judged",
            Item::Signed => "Signatures could not be judged",
            Item::Sbom => "SBOMs could not be judged",
            Item::Vulnerabilities => "Scans could not be judged",
            Item::NonRootHealthcheck => "User and healthcheck could not be seen",
            Item::VersionCommand => "Version command could not be run",
            Item::SizeBudget => "Sizes could not be measured",
            Item::ExamplePipeline => "Example could not be run",
            Item::OciLabels => "Labels could not be read",
        };
    }
    match finding.item {
        Item::Published if finding.status == Status::NotStarted => "Registry publication not started",
        Item::Published if finding.hard_stop.is_some() => "Registries do not agree",
        Item::Published => "Registry publication incomplete",
        Item::MultiArch => "Multi-architecture not validated",
        Item::Signed if finding.hard_stop.is_some() => "A signature that must not be trusted",
        Item::Signed => "Images not signed as the policy wants",
        Item::Sbom => "SBOM not attested",
        Item::Vulnerabilities if finding.status == Status::Failed => "Vulnerabilities over the threshold",
        Item::Vulnerabilities => "Vulnerability scan missing",
        Item::NonRootHealthcheck => "Runs as root or without a healthcheck",
        Item::VersionCommand if finding.status == Status::Failed => "Version command issue",
        Item::VersionCommand => "Version command not proven",
        Item::SizeBudget => "Size budget exceeded",
        Item::ExamplePipeline => "Example pipeline not proven",
        Item::OciLabels => "OCI labels missing or wrong",
    }
}

/// What follows: for the publication, what waits for it; for a hard stop, that nothing may go live.
fn impact(context: &Context, finding: &Finding, all: &[&Finding]) -> String {
    let requirement = format!("requirement {} ({}) is not met", finding.item.number(), class(finding.class));
    if finding.hard_stop.is_some() {
        return format!("a hard stop: {requirement}, whatever the score");
    }
    let waiting: Vec<String> = all
        .iter()
        .filter(|other| other.status == Status::Configured)
        .map(|other| other.item.number().to_string())
        .collect();
    match finding.item {
        Item::Published if !waiting.is_empty() => {
            let items = if waiting.len() == 1 { "item" } else { "items" };
            format!("{requirement}; {items} {} cannot be verified before it is", listed(&waiting))
        }
        Item::Published => format!("{requirement}: not everybody can pull the release"),
        Item::MultiArch => match untested(context).as_slice() {
            [] => requirement,
            untested => format!("{requirement}; untested: {}", listed(untested)),
        },
        Item::Vulnerabilities if finding.status == Status::Failed => {
            format!("{requirement}: whoever runs the image is exposed")
        }
        _ => requirement,
    }
}

/// The required platforms of which nothing is built and nothing is in a registry, of any image.
fn untested(context: &Context) -> Vec<String> {
    let (mut there, mut required) = (BTreeSet::new(), BTreeSet::new());
    for image in &context.release.images {
        for platform in &image.platforms {
            let seen = context.there(image, platform).seen();
            if seen.is_some_and(|there| !there.subjects().is_empty()) {
                there.insert(platform.to_string());
            }
            required.insert(platform.to_string());
        }
    }
    required.difference(&there).cloned().collect()
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Must => "MUST",
        Class::Should => "SHOULD",
    }
}

/// What to do about it.
fn fix(context: &Context, finding: &Finding) -> String {
    if finding.status == Status::Unknown {
        let cell = finding.cells.iter().find(|cell| cell.outcome == Outcome::Unknown);
        let reason = cell.map_or_else(|| finding.note.clone(), |cell| cell.reason.clone());
        return format!("make it visible and audit again: {reason}");
    }
    let text = match finding.item {
        Item::Published if finding.hard_stop.is_some() => {
            "find out who moved the tag, then set it to one digest in every registry"
        }
        Item::Published if finding.status == Status::Failed => {
            "make the package public, or mark the image as private in exitbar.toml"
        }
        Item::Published => {
            return match context.declared(StepKind::Push) {
                Some(by) => match start::how(context).first() {
                    Some(how) => format!("stage and publish it, or {} {}", how.words, by.at),
                    None => format!("stage and publish it, or let {} do it", by.at),
                },
                None => "build, stage by digest, sign, then set the tags".to_owned(),
            };
        }
        Item::MultiArch if finding.status == Status::Failed => {
            "build the index again with every platform as it should be"
        }
        Item::MultiArch => "build every required platform and push one index of them",
        Item::Signed if finding.hard_stop.is_some() => {
            "find out who signed, remove that signature, sign again with the release's own identity"
        }
        Item::Signed => "sign the index in every registry with the identity that the policy names",
        Item::Sbom => "make an SBOM of every platform and attest it with the release's identity",
        Item::Vulnerabilities if finding.status == Status::Failed => {
            "update what is vulnerable and build again, or clear it by VEX or an ignore with a reason"
        }
        Item::Vulnerabilities => "scan every platform by digest",
        Item::NonRootHealthcheck => "set a numeric USER other than 0 and a HEALTHCHECK in the final stage",
        Item::VersionCommand if finding.status == Status::Failed => {
            "make the program print the release's version and exit 0, and build again"
        }
        Item::VersionCommand => "run it on every platform",
        Item::SizeBudget => "make the image smaller, or raise its budget with a reason",
        Item::ExamplePipeline => "run the example pipeline, and mend it where it fails",
        Item::OciLabels => "set the labels in the Dockerfile or at build time",
    };
    text.to_owned()
}

/// The steps of the fix.
fn actions(context: &Context, finding: &Finding) -> Vec<String> {
    let own = |command: &str| vec![command.to_owned()];
    match finding.item {
        _ if finding.status == Status::Unknown => own("exitbar audit"),
        Item::Published => publication(context),
        Item::MultiArch => commands::build(context),
        Item::Signed if finding.hard_stop.is_some() => {
            commands::clean(context).into_iter().chain(own("exitbar sign")).collect()
        }
        Item::Signed => own("exitbar sign"),
        Item::Sbom => vec![Action::AttestSbom.command()],
        Item::Vulnerabilities => own("exitbar scan"),
        Item::VersionCommand if finding.status == Status::Failed => {
            let by_hand =
                context.release.images.iter().filter_map(|image| commands::try_version(context, image));
            commands::build(context).into_iter().chain(by_hand).chain(own("exitbar run-version")).collect()
        }
        Item::VersionCommand => own("exitbar run-version"),
        Item::ExamplePipeline => own("exitbar example"),
        Item::NonRootHealthcheck | Item::SizeBudget | Item::OciLabels => commands::build(context),
    }
}

fn publication(context: &Context) -> Vec<String> {
    let mut actions: Vec<String> =
        unknown_credentials(context).iter().map(|registry| commands::log_in(registry)).collect();
    if context.nothing_staged {
        actions.extend(commands::build(context));
        actions.push("exitbar push".to_owned());
    }
    actions.push("exitbar publish".to_owned());
    if let Some(by) = context.declared(StepKind::Push).filter(|_| context.nothing_staged) {
        let starts: Vec<String> = start::how(context).into_iter().map(|how| how.command).collect();
        let start = if starts.is_empty() { String::new() } else { format!(": {}", starts.join(", or ")) };
        actions.push(format!("or let {} do it{start}", by.at));
    }
    actions
}

/// Where the trouble is: the step that declares it, the tag, the file, the run.
fn location(context: &Context, finding: &Finding) -> Option<String> {
    let worst = |outcome: Outcome| finding.cells.iter().find(|cell| !cell.beyond && cell.outcome == outcome);
    let order = [Outcome::Fail, Outcome::Absent, Outcome::Soft, Outcome::Unknown, Outcome::Untried];
    let cell = order.into_iter().find_map(worst);
    let mut keys = cell.iter().flat_map(|cell| &cell.because).chain(&finding.because);
    keys.find_map(|key| place_of(context, finding, key))
}

fn place_of(context: &Context, finding: &Finding, key: &FactKey) -> Option<String> {
    match key {
        FactKey::Tag { repository, tag, .. } => Some(repository.tagged(tag)),
        FactKey::Referrers { repository, subject } | FactKey::Signature { repository, subject, .. } => {
            Some(repository.pinned(subject))
        }
        FactKey::Present { repository, digest } => Some(repository.pinned(digest)),
        FactKey::Local(_) => context.facts.local(key)?.seen().map(|local| local.source.clone()),
        FactKey::Dockerfile(_) => {
            let dockerfile = context.facts.dockerfile(key)?.seen()?;
            Some(dockerfile.file.display().to_string())
        }
        FactKey::Workflows => {
            let kinds = [StepKind::Push, StepKind::Sign, StepKind::Sbom, StepKind::Scan];
            let kind = kinds.into_iter().find(|kind| kind.item() == finding.item)?;
            Some(context.declared(kind)?.at.to_string())
        }
        FactKey::Run { .. } => {
            let evidence = context.facts.evidence(key)?;
            Some(format!("{}, {}", evidence.subject, evidence.source))
        }
        FactKey::Manifest(_) | FactKey::Config(_) | FactKey::Layer(_) | FactKey::Scan { .. } => {
            Some(context.facts.evidence(key)?.subject.clone())
        }
        _ => None,
    }
}

/// Where item 1 does not say so itself: what is COMPLETE counts on a published digest only.
fn unpublished_by_itself(context: &Context, findings: &[&Finding]) -> Option<Blocker> {
    let elsewhere = |finding: &&&Finding| {
        let published = |cell: &Cell| cell.in_registry && is_published(context, &cell.image);
        finding.class == Class::Must
            && finding.status == Status::Complete
            && !finding.cells.iter().filter(|cell| !cell.beyond).all(published)
    };
    let first = findings.iter().find(elsewhere)?;
    Some(Blocker {
        item: first.item,
        title: "Not on a published digest".to_owned(),
        severity: Risk::High,
        problem: format!(
            "{} is COMPLETE, and no version tag resolves to what was judged",
            first.item.title()
        ),
        impact: "nothing that others can pull was judged".to_owned(),
        fix: "publish what is staged".to_owned(),
        location: location(context, first),
        actions: publication(context),
    })
}

/// The registries for which this machine was seen to have no credentials that work.
pub(super) fn unknown_credentials(context: &Context) -> Vec<String> {
    let mut registries = BTreeSet::new();
    for (key, entry) in context.facts.iter() {
        let (FactKey::Tag { repository, access: Access::Credentials, .. }, Fact::Tag(tag)) =
            (key, entry.fact.as_ref())
        else {
            continue;
        };
        let refused = tag
            .unknown()
            .is_some_and(|reason| matches!(reason.kind, ReasonKind::NoCredentials | ReasonKind::Denied));
        if refused && context.release.repositories().any(|(_, ours)| ours == repository) {
            registries.insert(repository.registry().to_owned());
        }
    }
    registries.into_iter().collect()
}

/// Credentials that are missing stand in the way only of what still has to be pushed or read.
fn no_credentials(context: &Context) -> Option<Blocker> {
    let registries = unknown_credentials(context);
    if registries.is_empty() {
        return None;
    }
    let names = listed(&registries);
    Some(Blocker {
        item: Item::Published,
        title: "Registry credentials not configured".to_owned(),
        severity: Risk::High,
        problem: format!("this machine has no credentials for {names} that work"),
        impact: "nothing can be pushed there from here, and what is private cannot be read".to_owned(),
        fix: "log in, or give the release workflow its secrets".to_owned(),
        location: Some(names),
        actions: registries.iter().map(|registry| commands::log_in(registry)).collect(),
    })
}

/// SHOULD items that together have too few points, as one blocker, named by the worst of them.
fn too_few_should_points(context: &Context, findings: &[&Finding]) -> Option<Blocker> {
    let share = should_share(
        findings.iter().map(|finding| (finding.class, finding.status, finding.points.unwrap_or(0))),
    )?;
    let mut short: Vec<&&Finding> =
        findings.iter().filter(|finding| finding.class == Class::Should && is_open(finding)).collect();
    let pending = findings.iter().any(|finding| finding.status == Status::Pending);
    short.sort_by_key(|finding| finding.points);
    let worst = short.first().filter(|_| share < SHOULD_SHARE && !pending)?;
    let notes: Vec<String> =
        short.iter().map(|finding| format!("{}: {}", finding.item.title(), finding.note)).collect();
    Some(Blocker {
        item: worst.item,
        title: "Too few SHOULD points".to_owned(),
        severity: Risk::Medium,
        problem: notes.join("; "),
        impact: format!("the SHOULD items have {share} % of their points, a release needs {SHOULD_SHARE} %"),
        fix: short.iter().map(|finding| fix(context, finding)).collect::<Vec<_>>().join("; "),
        location: location(context, worst),
        actions: short.iter().fold(Vec::new(), |mut all, finding| {
            let new = actions(context, finding);
            all.extend(new.into_iter().filter(|action| !all.contains(action)).collect::<Vec<_>>());
            all
        }),
    })
}

#[cfg(test)]
mod tests;
