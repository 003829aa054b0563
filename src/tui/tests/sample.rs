//! States to draw: the sample report at 45/100, one that looks, one with jobs, one full of hostile text.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::cockpit::{Job, PendingPlan, Round, Severity, State};
use crate::dod;
use crate::dod::testing::{Sample, sample};
use crate::model::{
    Action, ActionPlan, Digest, Effect, Facts, Item, ItemChange, JobOutcome, LogLine, Progress, Status,
};

/// What escapes, hides, turns round, is wide, and does not end.
pub(super) const HOSTILE: &str =
    "e\u{1b}[2Jv\u{7}il \u{202e}字字\u{200b} \u{9b}31m\u{1b}]0;title\u{7}\r\n\ttab ";

fn state_of(sample: Sample) -> State {
    let Sample { release, policy, scope, facts } = sample;
    let assessment = dod::judge(&release, &policy, &scope, &facts);
    State::of(Arc::new(release), Arc::new(policy), scope, facts, Arc::new(assessment))
}

fn line(at: Timestamp, text: &str) -> LogLine {
    LogLine { at, job: None, item: None, text: text.to_owned() }
}

/// The sample report: 45/100, NO_GO.
pub(super) fn report() -> State {
    let mut state = state_of(sample());
    let at = state.facts.as_of;
    state.round = Round { id: 1, started: at, ended: Some(at), looking: 0 };
    state.log.push_back(line(at, "looking at greenlang 0.2.0"));
    state.log.push_back(line(at, "NO_GO, 45/100, proven 0"));
    state.requests = vec![("docker.io".to_owned(), 9), ("ghcr.io".to_owned(), 11)];
    state
}

/// Everything done: 100/100, GO.
pub(super) fn complete() -> State {
    state_of(Sample::complete())
}

/// Nothing has answered yet.
pub(super) fn looking() -> State {
    let Sample { release, policy, scope, facts } = sample();
    let nothing = Facts::new(facts.as_of);
    let looking = dod::wants(&release, &policy, &scope, &nothing).len();
    let mut state = state_of(Sample { release, policy, scope, facts: nothing });
    state.round = Round { id: 1, started: state.facts.as_of, ended: None, looking };
    state
}

fn job(id: u32, action: Action, started: Timestamp) -> Job {
    Job { id, action, started: Some(started), ended: None, progress: None, output: VecDeque::new() }
}

/// One job done, one failed, one running, one waiting.
pub(super) fn jobs() -> State {
    let mut state = report();
    let now = state.facts.as_of;
    let ago = |seconds: i64| now - SignedDuration::from_secs(seconds);
    let mut done = job(1, Action::Build, ago(90));
    done.ended = Some((ago(60), JobOutcome::Done("2 images for 2 platforms".to_owned())));
    done.output = (1..=40).map(|step| format!("#{step} [runner linux/arm64] step {step} of 40")).collect();
    let mut failed = job(2, Action::RunVersion, ago(50));
    let why = "runner linux/amd64: exit 2, No such option: --version; mend the command, then build again";
    failed.ended = Some((ago(48), JobOutcome::Failed(why.to_owned())));
    failed.output = VecDeque::from(["Error: No such option: --version".to_owned()]);
    let mut running = job(3, Action::Push, ago(12));
    running.progress = Some(Progress { done: 3, total: 8, what: "ghcr.io/acme/greenlang-runner".to_owned() });
    running.output = VecDeque::from(["layer sha256:9f2c41d7 is already there".to_owned()]);
    let waiting = Job { started: None, ..job(4, Action::Publish, now) };
    state.jobs = vec![done, failed, running, waiting];
    state
}

/// A publication of two images that waits for its answer.
pub(super) fn plan() -> PendingPlan {
    let digest = |what: &str| Digest::of(what.as_bytes());
    let images = ["runner", "full"];
    let tag = |registry: &str, image: &str| {
        format!("tag {registry}/acme/greenlang-{image}:0.2.0 → {}", digest(image))
    };
    let change = |item, before, after| ItemChange { item, before, after };
    let plan = ActionPlan {
        action: Action::Publish,
        effect: Effect::Publishes,
        steps: images
            .iter()
            .flat_map(|image| ["ghcr.io", "docker.io"].map(|host| tag(host, image)))
            .collect(),
        digests: images.iter().map(|image| (image.parse().unwrap(), digest(image))).collect(),
        points: (75, 75),
        changes: vec![
            change(Item::Published, (Status::NotStarted, 0), (Status::Complete, 10)),
            change(Item::Signed, (Status::Configured, 5), (Status::NotStarted, 0)),
            change(Item::Sbom, (Status::Configured, 5), (Status::NotStarted, 0)),
        ],
        verdict_after: Some("NO_GO".to_owned()),
        warnings: vec![
            "nothing is signed yet: published now, people pull unsigned images; sign first, tags last"
                .to_owned(),
        ],
    };
    PendingPlan { id: 7, plan }
}

/// Hostile text wherever something comes from outside.
pub(super) fn hostile() -> State {
    let mut state = jobs();
    let evil = format!("{HOSTILE}{}", "x".repeat(300));
    let mut release = (*state.release).clone();
    release.name.clone_from(&evil);
    release.version.clone_from(&evil);
    state.release = Arc::new(release);
    let mut assessment = (*state.assessment).clone();
    for finding in &mut assessment.findings {
        finding.requirement.clone_from(&evil);
        finding.note.clone_from(&evil);
        finding.hard_stop = Some(evil.clone());
        finding.warnings = vec![evil.clone()];
        finding.caps = vec![evil.clone()];
        for cell in &mut finding.cells {
            cell.reason.clone_from(&evil);
        }
    }
    for blocker in &mut assessment.blockers {
        for text in [&mut blocker.title, &mut blocker.problem, &mut blocker.impact, &mut blocker.fix] {
            text.clone_from(&evil);
        }
        blocker.location = Some(evil.clone());
        blocker.actions = vec![evil.clone()];
    }
    for step in &mut assessment.plan {
        step.title.clone_from(&evil);
        step.why.clone_from(&evil);
        step.after = Some(evil.clone());
        step.commands = vec![evil.clone()];
    }
    assessment.warnings = vec![evil.clone()];
    assessment.nice_to_have = vec![evil.clone()];
    state.assessment = Arc::new(assessment);
    hostile_work(&mut state, &evil);
    state
}

fn hostile_work(state: &mut State, evil: &str) {
    for job in &mut state.jobs {
        job.output = VecDeque::from([evil.to_owned()]);
        if let Some((_, outcome)) = &mut job.ended {
            *outcome = JobOutcome::Failed(evil.to_owned());
        }
        if let Some(progress) = &mut job.progress {
            evil.clone_into(&mut progress.what);
        }
    }
    let at = state.facts.as_of;
    state.log = VecDeque::from([line(at, evil), line(at, "e\u{301}\u{302}\u{303} combining")]);
    state.notice = Some((Severity::Warning, evil.to_owned()));
    let facts: Vec<_> = state.facts.iter().map(|(key, entry)| (key.clone(), entry.clone())).collect();
    for (key, entry) in facts {
        let mut evidence = (*entry.evidence).clone();
        for text in [&mut evidence.subject, &mut evidence.source, &mut evidence.method] {
            evil.clone_into(text);
        }
        state.facts.insert(key, (*entry.fact).clone(), evidence);
    }
}

/// A plan full of hostile text.
pub(super) fn hostile_plan() -> PendingPlan {
    let evil = format!("{HOSTILE}{}", "x".repeat(300));
    let mut pending = plan();
    pending.plan.steps = vec![evil.clone()];
    pending.plan.warnings = vec![evil.clone()];
    pending.plan.verdict_after = Some(evil);
    pending
}
