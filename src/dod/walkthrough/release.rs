//! The second stage: the actions of a release, those that are done among them, in the order of release.

use crate::model::{
    Action, Doing, FactKey, Finding, Image, Item, Observed, PlanPart, Platform, Stage, Status, StepKey,
    StepState, WalkStep,
};

use super::{Walked, of_plan};
use crate::dod::stage::Standing;

/// Every action that this release needs.
pub(super) fn steps(walked: &Walked) -> Vec<WalkStep> {
    let actions = Action::RELEASE.into_iter().filter(|action| applies(walked, *action));
    actions.map(|action| step(walked, action)).collect()
}

/// Whether there is anything to do for this action, ever.
fn applies(walked: &Walked, action: Action) -> bool {
    let images = &walked.release.images;
    let counts = |item: Item| walked.assessment.finding(item).status != Status::Off;
    let planned = walked.planned(StepKey::Do(action)).is_some();
    planned
        || match action {
            Action::Build => images.iter().any(|image| image.build.is_some()),
            Action::RunVersion => counts(Item::VersionCommand) && images.iter().any(|i| i.version.is_some()),
            Action::RunExample => counts(Item::ExamplePipeline) && images.iter().any(|i| i.example.is_some()),
            Action::Sign => counts(Item::Signed),
            Action::AttestSbom => counts(Item::Sbom),
            Action::Scan => counts(Item::Vulnerabilities),
            _ => true,
        }
}

fn step(walked: &Walked, action: Action) -> WalkStep {
    let key = StepKey::Do(action);
    if let Some(planned) = walked.planned(key) {
        let step = of_plan(walked, planned, does(action), doing(walked, action));
        return WalkStep { state: open(walked, action), ..step };
    }
    let items = items(action);
    let (why, state) = match evidence(walked, action) {
        Some(evidence) => (why(action), StepState::Done(evidence)),
        None if walked.is_looking() => (why(action), StepState::Looking),
        None => {
            let note = &walked.assessment.finding(items[0]).note;
            (why(action), StepState::Waits(format!("what could not be seen: {note}")))
        }
    };
    WalkStep {
        key,
        part: PlanPart::BuildAndRelease,
        title: action.title().to_owned(),
        why: why.to_owned(),
        answers: walked.answers(items),
        does: does(action).to_owned(),
        commands: vec![action.command()],
        doing: doing(walked, action),
        points: None,
        time: walked.time(Some(action), PlanPart::BuildAndRelease),
        state,
    }
}

/// Where an image is built by something else, the operator builds it, and looking again shows it.
fn doing(walked: &Walked, action: Action) -> Doing {
    let ours = |image: &Image| image.build.is_some() && image.local.is_some();
    if action == Action::Build && !walked.release.images.iter().any(ours) {
        return Doing::ByHandThenLook;
    }
    Doing::Act(action)
}

/// What the plan still has is not done; a job that ended all the same fell short.
fn open(walked: &Walked, action: Action) -> StepState {
    walked.without_evidence(action, |attempt, line| {
        let note = &walked.assessment.finding(items(action)[0]).note;
        // Another build came after it, or the digests are others: then it is simply to be done again.
        let rebuilt = walked.attempt(Action::Build).is_some_and(|build| build.id > attempt.id);
        if rebuilt { StepState::Open } else { StepState::Failed(format!("{line}; still open: {note}")) }
    })
}

/// The items that an action is about, the first of them the one that shows it.
fn items(action: Action) -> &'static [Item] {
    match action {
        Action::Build => &[Item::MultiArch],
        Action::RunVersion => &[Item::VersionCommand],
        Action::RunExample => &[Item::ExamplePipeline],
        Action::Push => &[Item::MultiArch, Item::Published],
        Action::Sign => &[Item::Signed],
        Action::AttestSbom => &[Item::Sbom],
        Action::Scan => &[Item::Vulnerabilities],
        _ => &[Item::Published],
    }
}

/// Why an action belongs to a release at all.
fn why(action: Action) -> &'static str {
    match action {
        Action::Build => "what is released is built for every platform that is promised",
        Action::RunVersion => "a program that does not start, or is another version, must not go live",
        Action::RunExample => "the example shows that the images do what they are for",
        Action::Push => {
            "signatures, SBOMs and scans are of digests, and those have to be in the registries first"
        }
        Action::Sign => "whoever pulls has to be able to tell who made it",
        Action::AttestSbom => "whoever pulls has to be able to tell what is in it",
        Action::Scan => "nothing with a known vulnerability over the threshold may go live",
        _ => "people pull by tag; the tags come last, so that nobody ever pulls what is not signed",
    }
}

/// What an action does, for somebody who has never seen it.
fn does(action: Action) -> &'static str {
    match action {
        Action::Build => {
            "Builds every image for every platform, to where the configuration says. Nothing leaves this machine."
        }
        Action::RunVersion => {
            "Starts every image on every platform that can run here, and reads the version that it prints. What it \
             showed is kept as evidence of exactly these bytes."
        }
        Action::RunExample => {
            "Runs the example of the images that have one, with its inputs, and looks for the outputs. What it \
             showed is kept as evidence of exactly these bytes."
        }
        Action::Push => {
            "Copies what was built to every registry, by digest. No tag is set: nobody pulls it by its name yet."
        }
        Action::Sign => {
            "Signs the digests in every registry with the identity of the release, and reads the signatures back."
        }
        Action::AttestSbom => {
            "Makes or takes an SBOM of every platform, signs it, attaches it in every registry, and reads it back."
        }
        Action::Scan => {
            "Scans every platform by digest and counts what is at or over the threshold. The result stays here."
        }
        _ => {
            "Sets the version tags in every registry to the digests that were judged. From then on people pull them."
        }
    }
}

/// What shows that an action is done.
fn evidence(walked: &Walked, action: Action) -> Option<String> {
    match action {
        // What is wrong in the bytes is known only once everything has answered.
        Action::Build | Action::Push if walked.is_looking() => None,
        Action::Build => built(walked),
        Action::Push => staged(walked),
        Action::Publish => {
            let published = |stage: &Stage| matches!(stage, Stage::Published(_));
            let all = walked.assessment.stages.values().all(published);
            met(walked.assessment.finding(Item::Published)).filter(|_| all)
        }
        _ => met(walked.assessment.finding(items(action)[0])),
    }
}

fn met(finding: &Finding) -> Option<String> {
    matches!(finding.status, Status::Complete | Status::Waived).then(|| finding.note.clone())
}

/// Every image is in a registry, or here for every platform.
fn built(walked: &Walked) -> Option<String> {
    let words = walked.release.images.iter().map(|image| {
        if let Some(Stage::Staged(_) | Stage::Published(_)) = walked.assessment.stages.get(&image.name) {
            return Some(format!("{} is in a registry", image.name));
        }
        let local = walked.facts.local(&FactKey::Local(image.name.clone())).and_then(Observed::seen)?;
        let has = |platform: &Platform| local.images.iter().any(|found| found.platform == *platform);
        let all = image.platforms.iter().all(has);
        all.then(|| {
            format!("{} is built for {} platforms in {}", image.name, image.platforms.len(), local.source)
        })
    });
    words.collect::<Option<Vec<_>>>().filter(|words| !words.is_empty()).map(|words| words.join("; "))
}

/// Every image is in every registry by the same digest.
fn staged(walked: &Walked) -> Option<String> {
    let words = walked.release.images.iter().map(|image| {
        let held = Standing::of(image, walked.scope, walked.facts).held;
        let digest = held.first().and_then(|(_, holds)| holds.digest())?;
        let same = held.iter().all(|(_, holds)| holds.digest() == Some(digest));
        same.then(|| format!("{} {digest} is in every registry", image.name))
    });
    words.collect::<Option<Vec<_>>>().filter(|words| !words.is_empty()).map(|words| words.join("; "))
}
