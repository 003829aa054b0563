//! States to draw: the sample report at 45/100, one that looks, one with jobs, one full of hostile text.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::cockpit::{Job, PendingPlan, Round, Severity, State};
use crate::model::{
    Absence, AbsenceKind, Access, Action, ActionPlan, Assessment, Blocker, Cell, Class, Decision, Digest,
    Effect, Evidence, Fact, FactKey, Facts, Finding, Image, ImageName, Item, ItemChange, JobOutcome, Level,
    LogLine, Observed, Outcome, Pass, PlanPart, PlanStep, Platform, Policy, Progress, Reason, ReasonKind,
    Release, Repository, Risk, RunKind, Scope, Score, Status, Symbol, Verdict,
};

/// What escapes, hides, turns round, is wide, and does not end.
pub(in crate::tui) const HOSTILE: &str =
    "e\u{1b}[2Jv\u{7}il \u{202e}字字\u{200b} \u{9b}31m\u{1b}]0;title\u{7}\r\n\ttab ";

const IMAGES: [&str; 2] = ["runner", "full"];
const REGISTRIES: [&str; 2] = ["ghcr.io", "docker.io"];

fn now() -> Timestamp {
    "2025-01-20T12:00:00Z".parse().unwrap()
}

fn repository(registry: &str, image: &str) -> Repository {
    format!("{registry}/acme/greenlang-{image}").parse().unwrap()
}

fn platforms() -> Vec<Platform> {
    ["amd64", "arm64"].map(|architecture| Platform::new("linux", architecture, None)).to_vec()
}

fn release() -> Release {
    let image = |image: &str| Image {
        name: image.parse().unwrap(),
        repositories: REGISTRIES.iter().map(|registry| repository(registry, image)).collect(),
        tag: "0.2.0".parse().unwrap(),
        moving_tags: Vec::new(),
        platforms: platforms(),
        local: None,
        build: None,
        budget: None,
        limit: None,
        version: None,
        example: None,
        healthcheck: None,
        private: false,
    };
    let images = IMAGES.map(image).to_vec();
    Release {
        name: "greenlang".to_owned(),
        version: "0.2.0".to_owned(),
        source: None,
        revision: None,
        tag: None,
        images,
    }
}

fn tag_key(image: &str, registry: &str) -> FactKey {
    let (repository, tag) = (repository(registry, image), "0.2.0".parse().unwrap());
    FactKey::Tag { repository, tag, access: Access::Anonymous, pass: Pass::First }
}

fn run_key() -> FactKey {
    FactKey::Run { config: Digest::of(b"config"), kind: RunKind::Version, argv: Vec::new() }
}

fn evidence(subject: &str, source: &str, method: &str, level: Level, age: SignedDuration) -> Evidence {
    let (subject, source, method) = (subject.to_owned(), source.to_owned(), method.to_owned());
    Evidence { subject, source, method, level, at: now() - age, exit: None, raw: Vec::new() }
}

/// Three tags not there, one registry that did not answer, one run of yesterday.
fn facts() -> Facts {
    let mut facts = Facts::new(now());
    for image in IMAGES {
        for registry in REGISTRIES {
            let subject = format!("{}:0.2.0", repository(registry, image));
            let method = format!("GET https://{registry}/v2/acme/greenlang-{image}/manifests/0.2.0");
            let evidence = evidence(&subject, registry, &method, Level::Registry, SignedDuration::ZERO);
            let fact = if (image, registry) == ("full", "docker.io") {
                let reason = Reason::new(ReasonKind::TimedOut, "no answer from docker.io within 30 s");
                Fact::Tag(Observed::Unknown(reason.cure("look again with a")))
            } else {
                let text = format!("404 from {registry}");
                Fact::Tag(Observed::Absent(Absence { kind: AbsenceKind::NotFound, text }))
            };
            facts.insert(tag_key(image, registry), fact, evidence);
        }
    }
    let reason = Reason::new(ReasonKind::ToolFailed, "Error: No such option: --version");
    let subject = format!("runner linux/amd64, config {}", Digest::of(b"config"));
    let (source, method) = ("engine unix:///run/docker.sock", "run gl --version");
    let mut ran = evidence(&subject, source, method, Level::Verified, SignedDuration::from_hours(26));
    ran.exit = Some(2);
    facts.insert(run_key(), Fact::Run(Observed::Unknown(reason)), ran);
    facts
}

/// Item, requirement, status, points, symbol, note.
type Row = (Item, &'static str, Status, u8, Symbol, &'static str);

/// The table of the sample report.
const ROWS: [Row; 10] = [
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

fn cell(
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
fn cells(item: Item, outcome: Outcome, reason: &str) -> Vec<Cell> {
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

fn finding(row: &Row) -> Finding {
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

fn step(part: PlanPart, action: Option<Action>, title: &str, items: &[Item], points: i16) -> PlanStep {
    let commands = action.map(|action| format!("exitbar {}", action.name())).into_iter().collect();
    let (title, why) = (title.to_owned(), "the audit of 2025-01-20 found it missing".to_owned());
    let key = crate::model::StepKey::Do(action.unwrap_or(Action::Build));
    PlanStep { key, part, action, title, why, commands, items: items.to_vec(), points, after: None }
}

fn plan_steps() -> Vec<PlanStep> {
    let built = [Item::MultiArch, Item::VersionCommand, Item::SizeBudget];
    let build = Some(Action::Build);
    let mut steps = vec![
        step(PlanPart::Immediate, None, "Mend the version command", &[Item::VersionCommand], 10),
        step(PlanPart::BuildAndRelease, build, Action::Build.title(), &built, 15),
    ];
    let later = [
        (Action::RunExample, vec![Item::ExamplePipeline], 5, "build"),
        (Action::Push, vec![Item::MultiArch], 5, "build"),
        (Action::Publish, vec![Item::Published], 10, "sign"),
    ];
    for (action, items, points, after) in later {
        let mut step = step(PlanPart::BuildAndRelease, Some(action), action.title(), &items, points);
        step.after = Some(after.to_owned());
        steps.push(step);
    }
    let mut verify = step(PlanPart::Validation, None, "Verify what was published", &Item::ALL, 0);
    let digest = Digest::of(b"runner");
    verify.commands = vec![format!(
        "cosign verify --certificate-identity https://github.com/acme/greenlang/.github/workflows/release.yml@refs/tags/v0.2.0 --certificate-oidc-issuer https://token.actions.githubusercontent.com ghcr.io/acme/greenlang-runner@{digest}"
    )];
    verify.after = Some("publish".to_owned());
    steps.push(verify);
    steps
}

fn blocker(item: Item, title: &str, problem: &str, fix: &str, location: &str) -> Blocker {
    Blocker {
        item,
        title: title.to_owned(),
        severity: Risk::High,
        problem: problem.to_owned(),
        impact: format!("requirement {} (MUST) is not met", item.number()),
        fix: fix.to_owned(),
        location: Some(location.to_owned()),
        actions: vec!["exitbar build".to_owned(), "exitbar run-version".to_owned()],
    }
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
pub(in crate::tui) fn report() -> State {
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
        finding.note = "as it should be, everywhere".to_owned();
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

fn job(id: u32, action: Action, started: Timestamp) -> Job {
    Job {
        id,
        action,
        started: Some(started),
        ended: None,
        progress: None,
        output: VecDeque::new(),
        dropped: 0,
    }
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
        second_question: None,
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
