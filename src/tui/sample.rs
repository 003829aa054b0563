//! States to draw: the sample report at 45/100, one that looks, one with jobs, one full of hostile text.

mod findings;
mod hostile;
mod jobs;
mod plan;
mod release;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::cockpit::{Round, State};
use crate::model::{
    Assessment, Class, Decision, Finding, Item, LogLine, Outcome, Platform, Policy, Risk, Scope, Score,
    Status, Symbol, Verdict,
};
use findings::{ROWS, cells, finding};
use plan::{blocker, plan_steps};
use release::{facts, release};

pub(super) use hostile::{HOSTILE, hostile, hostile_plan};
pub(super) use jobs::jobs;
pub(super) use plan::plan;

const IMAGES: [&str; 2] = ["runner", "full"];

const REGISTRIES: [&str; 2] = ["ghcr.io", "docker.io"];

fn now() -> Timestamp {
    "2025-01-20T12:00:00Z".parse().unwrap()
}

fn assessment() -> Assessment {
    let findings: Vec<Finding> = ROWS.iter().map(finding).collect();
    let open = findings.iter().filter(|finding| finding.class == Class::Must && !finding.proven);
    let reasons = open.map(|finding| format!("{} is {}", finding.item.title(), finding.status)).collect();
    let decision = Decision::NO_GO;
    Assessment {
        as_of: now(),
        readiness: Score { points: 45, looking: 0, counted: 10 },
        proven: Score { points: 0, looking: 0, counted: 10 },
        verdict: Some(Verdict { decision, conditional: false, undecided: false, reasons }),
        blockers: vec![
            blocker(
                Item::VersionCommand,
                "Version command issue",
                "`gl --version` exits 2 on linux/amd64: Error: No such option: --version",
                "make the program print the release's version and exit 0, and build again",
                "runner linux/amd64, engine unix:///run/docker.sock",
            ),
            blocker(
                Item::Published,
                "Registry publication not started",
                "no version tag is there in 4 repositories; release.yml:60 pushes",
                "stage and publish it, or push the git tag that starts release.yml:60",
                "ghcr.io/acme/greenlang-runner:0.2.0",
            ),
        ],
        plan: plan_steps(),
        risk: Risk::High,
        time_to_production: (120, 240),
        scans: Vec::new(),
        stages: BTreeMap::new(),
        warnings: vec!["the waiver of size_budget ended on 2025-01-01".to_owned()],
        nice_to_have: vec!["runner has a shell: a distroless base would be smaller".to_owned()],
        tags_read_at: Some(now()),
        stale: false,
        findings,
    }
}

fn state_of(assessment: Assessment) -> State {
    let policy = Policy { native: Platform::new("linux", "amd64", None), ..Policy::default() };
    State::of(Arc::new(release()), Arc::new(policy), Scope::default(), facts(), Arc::new(assessment))
}

fn line(at: Timestamp, text: &str) -> LogLine {
    LogLine { at, job: None, item: None, text: text.to_owned() }
}

/// The sample report: 45/100, NO_GO.
pub(super) fn report() -> State {
    let mut state = state_of(assessment());
    let at = state.facts.as_of;
    state.round = Round { id: 1, started: at, ended: Some(at), looking: 0 };
    state.log.push_back(line(at, "looking at greenlang 0.2.0"));
    state.log.push_back(line(at, "NO_GO, 45/100, proven 0"));
    state.requests = vec![("docker.io".to_owned(), 9), ("ghcr.io".to_owned(), 11)];
    state
}

/// Everything done: 100/100, GO.
pub(super) fn complete() -> State {
    let mut done = assessment();
    for finding in &mut done.findings {
        (finding.status, finding.points, finding.symbol) = (Status::Complete, Some(10), Symbol::Done);
        finding.cells = cells(finding.item, Outcome::Pass, "as it should be");
        "as it should be, everywhere".clone_into(&mut finding.note);
        finding.proven = true;
    }
    (done.readiness.points, done.proven.points, done.risk) = (100, 100, Risk::Low);
    let (decision, reasons) = (Decision::GO, Vec::new());
    done.verdict = Some(Verdict { decision, conditional: false, undecided: false, reasons });
    (done.blockers, done.plan, done.time_to_production) = (Vec::new(), Vec::new(), (0, 0));
    state_of(done)
}

/// Three items have not answered yet.
pub(super) fn looking() -> State {
    let mut some = assessment();
    for item in [Item::Published, Item::MultiArch, Item::Signed] {
        let finding = &mut some.findings[item.index()];
        (finding.status, finding.points, finding.symbol) = (Status::Pending, None, Symbol::Looking);
        finding.cells = cells(item, Outcome::Pending, "looking");
        finding.note = format!("looking: {0} of {0} cells to come", finding.cells.len());
    }
    some.readiness = Score { points: 40, looking: 3, counted: 10 };
    some.verdict = None;
    let mut state = state_of(some);
    state.round = Round { id: 1, started: now(), ended: None, looking: 11 };
    state
}
