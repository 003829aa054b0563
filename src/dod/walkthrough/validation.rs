//! The third stage: what was published is looked at from outside, with evidence that is newer than the tags, and
//! the report is written.

use jiff::Timestamp;

use crate::model::{
    Action, Assessment, Check, Decision, Digest, Doing, FactKey, Finding, Image, Item, JobOutcome, Observed,
    PlanPart, RunKind, Stage, Status, StepKey, StepState, WalkStep,
};

use super::Walked;
use super::state::settled;
use crate::dod::commands;
use crate::dod::listing;
use crate::dod::runnable;
use crate::dod::sight::Sight;
use crate::dod::stage::Standing;

/// Adds the checks of what was published, and the report.
pub(super) fn add(walked: &Walked, steps: &mut Vec<WalkStep>) {
    let checks = Check::ALL.into_iter().filter(|check| applies(walked, *check));
    for key in checks.map(StepKey::Check).chain([StepKey::Report]) {
        let state = match key {
            StepKey::Check(check) => checked(walked, check),
            _ => reported(walked),
        };
        let mut step = step(walked, key);
        step.state = state;
        // What was not published from here, by the steps before, has nothing to be checked.
        let published = steps
            .iter()
            .any(|step| step.key == StepKey::Do(Action::Publish) && matches!(step.state, StepState::Done(_)));
        if !published && matches!(key, StepKey::Check(_)) && matches!(step.state, StepState::Done(_)) {
            step.state = StepState::Open;
        }
        step.state = settled(walked, &step, steps);
        steps.push(step);
    }
}

fn applies(walked: &Walked, check: Check) -> bool {
    let counts = |item: Item| walked.assessment.finding(item).status != Status::Off;
    match check {
        Check::Signatures => counts(Item::Signed),
        Check::Version => {
            counts(Item::VersionCommand) && walked.release.images.iter().any(|image| image.version.is_some())
        }
        _ => true,
    }
}

fn step(walked: &Walked, key: StepKey) -> WalkStep {
    let words = words(key);
    let action = match words.doing {
        Doing::Act(action) => Some(action),
        _ => None,
    };
    WalkStep {
        key,
        part: PlanPart::Validation,
        title: words.title.to_owned(),
        why: words.why.to_owned(),
        answers: walked.answers(words.items),
        does: words.does.to_owned(),
        commands: match key {
            StepKey::Check(Check::Signatures) => commands::verify_signatures(walked.release, walked.policy),
            StepKey::Check(Check::Version) => vec![Action::RunPublished.command()],
            StepKey::Report => vec!["exitbar audit --format markdown --output exitbar-report.md".to_owned()],
            _ => vec!["exitbar audit".to_owned()],
        },
        doing: words.doing,
        points: None,
        time: walked.time(action, PlanPart::Validation),
        state: StepState::Open,
    }
}

/// What is said of a check.
struct Words {
    title: &'static str,
    why: &'static str,
    does: &'static str,
    items: &'static [Item],
    doing: Doing,
}

fn words(key: StepKey) -> Words {
    match key {
        StepKey::Check(Check::Tags) => Words {
            title: "Read every tag again",
            why: "what people pull is what the tag says now, and not what was set",
            does: "Reads every version tag in every registry as strangers do, without credentials.",
            items: &[Item::Published],
            doing: Doing::Look,
        },
        StepKey::Check(Check::Digests) => Words {
            title: "Compare the digests in every registry",
            why: "every registry has to give the same bytes, for every platform",
            does: "Asks every registry for the index and for every platform's manifest by digest.",
            items: &[Item::Published, Item::MultiArch],
            doing: Doing::Look,
        },
        StepKey::Check(Check::Signatures) => Words {
            title: "Verify the signatures from outside",
            why: "a signature counts when whoever pulls can verify it",
            does: "Reads the trust root anew, lists what is attached in every registry, and verifies each signature \
                   and attestation again.",
            items: &[Item::Signed, Item::Sbom],
            doing: Doing::Verify,
        },
        StepKey::Check(Check::Version) => Words {
            title: "Run --version of what was published",
            why: "so far the program ran from this machine's own copy; people run what the registry gives",
            does: "Pulls the config and every layer of each platform from every registry by digest, starts it in a \
                   container, and reads the version that it prints.",
            items: &[Item::VersionCommand],
            doing: Doing::Act(Action::RunPublished),
        },
        StepKey::Check(Check::Audit) => Words {
            title: "Audit once more",
            why: "the verdict has to stand on evidence that is newer than the publication",
            does: "Looks at everything again that can have changed, and judges it: the verdict.",
            items: &[],
            doing: Doing::Look,
        },
        _ => Words {
            title: "Write the report",
            why: "who was not here has to be able to read what was seen, and what was decided",
            does: "Writes the audit as Markdown beside the configuration, with every item, its evidence, and what \
                   was left open.",
            items: &[],
            doing: Doing::Write,
        },
    }
}

/// When this machine set the tags, as far as it knows.
fn published_at(walked: &Walked) -> Option<Timestamp> {
    let here = walked.attempts.iter().filter(|attempt| attempt.action == Action::Publish);
    let here = here.filter_map(|attempt| match &attempt.ended {
        Some((at, JobOutcome::Done(_))) => Some(*at),
        _ => None,
    });
    here.chain(walked.progress.and_then(|progress| progress.published)).max()
}

fn checked(walked: &Walked, check: Check) -> StepState {
    if walked.is_looking() {
        return StepState::Looking;
    }
    let since = published_at(walked);
    let seen = match check {
        Check::Tags => tags(walked, since),
        Check::Digests => digests(walked, since),
        Check::Signatures => signatures(walked, since),
        Check::Version => version(walked),
        Check::Audit => return audited(walked, since),
    };
    match (seen, words(StepKey::Check(check)).doing) {
        (Some(evidence), _) => StepState::Done(evidence),
        (None, Doing::Act(action)) => walked.without_evidence(action, |_, line| {
            StepState::Failed(format!("{line}; not every registry gave every platform, to be run"))
        }),
        (None, _) => StepState::Open,
    }
}

fn is_newer(at: Timestamp, since: Option<Timestamp>) -> bool {
    since.is_none_or(|since| at > since)
}

fn is_met(finding: &Finding) -> bool {
    matches!(finding.status, Status::Complete | Status::Waived)
}

/// Every tag was read after it was set, and resolves to one digest.
fn tags(walked: &Walked, since: Option<Timestamp>) -> Option<String> {
    let Assessment { tags_read_at, stale, .. } = walked.assessment;
    let at = tags_read_at.filter(|at| is_newer(*at, since) && !stale)?;
    let finding = walked.assessment.finding(Item::Published);
    is_met(finding).then(|| format!("read at {}: {}", at.strftime("%H:%M:%SZ"), finding.note))
}

/// Every repository has the index by its tag, and every platform's manifest by its digest.
fn digests(walked: &Walked, since: Option<Timestamp>) -> Option<String> {
    let images = walked.release.images.iter();
    let words = images.map(|image| same_everywhere(walked, image, since)).collect::<Option<Vec<_>>>()?;
    Some(words.join("; "))
}

fn same_everywhere(walked: &Walked, image: &Image, since: Option<Timestamp>) -> Option<String> {
    let Stage::Published(digests) = walked.assessment.stages.get(&image.name)? else { return None };
    let [index] = digests.as_slice() else { return None };
    let held = Standing::of(image, walked.scope, walked.facts).held;
    let all = held.iter().all(|(_, holds)| holds.digest() == Some(index));
    let Sight::Seen(listed) = listing::list(walked.facts, index) else { return None };
    let newer = |key: &FactKey| {
        let seen = walked.facts.present(key).is_some_and(|present| present.seen().is_some());
        seen && walked.facts.evidence(key).is_some_and(|evidence| is_newer(evidence.at, since))
    };
    let there = listed.platforms.iter().filter(|listed| listed.manifest != *index).all(|listed| {
        held.iter().all(|(repository, _)| {
            newer(&FactKey::Present { repository: repository.clone(), digest: listed.manifest.clone() })
        })
    });
    let (count, registries) = (listed.platforms.len(), held.len());
    (all && there)
        .then(|| format!("{} {index} and {count} platforms are in {registries} registries", image.name))
}

/// What item 3 rests on was listed and verified after the tags were set.
fn signatures(walked: &Walked, since: Option<Timestamp>) -> Option<String> {
    let finding = walked.assessment.finding(Item::Signed);
    if !is_met(finding) {
        return None;
    }
    let because = finding.cells.iter().flat_map(|cell| &cell.because);
    let attached = |key: &&FactKey| matches!(key, FactKey::Referrers { .. } | FactKey::Signature { .. });
    let times = because.filter(attached).map(|key| walked.facts.evidence(key).map(|evidence| evidence.at));
    let times = times.collect::<Option<Vec<_>>>()?;
    let oldest = times.into_iter().min().filter(|oldest| is_newer(*oldest, since))?;
    Some(format!("verified at {}: {}", oldest.strftime("%H:%M:%SZ"), finding.note))
}

/// `--version` passed, and each run was of bytes that every registry gave.
fn version(walked: &Walked) -> Option<String> {
    let finding = walked.assessment.finding(Item::VersionCommand);
    let mut ran = 0;
    for image in &walked.release.images {
        let Some(version) = &image.version else { continue };
        for platform in &image.platforms {
            let Walked { release, policy, scope, facts, .. } = *walked;
            let configs = runnable::configs(image, platform, release, policy, scope, facts);
            if configs.is_empty()
                || !configs.iter().all(|config| of_registry(walked, image, config, &version.command))
            {
                return None;
            }
            ran += configs.len();
        }
    }
    is_met(finding).then(|| format!("{ran} images were pulled from every registry and ran: {}", finding.note))
}

/// Whether every repository of the image gave the bytes that ran.
fn of_registry(walked: &Walked, image: &Image, config: &Digest, argv: &[String]) -> bool {
    let key = FactKey::Run { config: config.clone(), kind: RunKind::Version, argv: argv.to_vec() };
    let Some(run) = walked.facts.run(&key).and_then(Observed::seen) else { return false };
    image.repositories.iter().all(|repository| run.pulled.contains(repository))
}

/// Whether everything was looked at since the tags were set.
fn is_audited(walked: &Walked, since: Option<Timestamp>) -> bool {
    let (began, ended) = walked.round;
    ended.is_some() && is_newer(began, since)
}

fn audited(walked: &Walked, since: Option<Timestamp>) -> StepState {
    let Some(verdict) = walked.assessment.verdict.as_ref().filter(|_| is_audited(walked, since)) else {
        return StepState::Open;
    };
    let Assessment { readiness, proven, stale, .. } = walked.assessment;
    if *stale {
        return StepState::Open;
    }
    let words = format!("{}, {readiness}, proven {}", verdict.words(), proven.points);
    match verdict.decision {
        Decision::GO => StepState::Done(words),
        Decision::NO_GO => StepState::Failed(format!("{words}: {}", verdict.reasons.join("; "))),
    }
}

/// The report counts when it was written after the last look.
fn reported(walked: &Walked) -> StepState {
    let report = walked.progress.and_then(|progress| progress.report.as_ref());
    if walked.is_looking() {
        return StepState::Looking;
    }
    let audited = is_audited(walked, published_at(walked));
    match report.filter(|report| walked.round.1.is_some_and(|ended| report.at >= ended)) {
        _ if !audited => StepState::Waits(StepKey::Check(Check::Audit).to_string()),
        Some(report) => {
            StepState::Done(format!("written to {} at {}", report.reason, report.at.strftime("%H:%M:%SZ")))
        }
        None => StepState::Open,
    }
}
