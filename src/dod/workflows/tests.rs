use std::path::PathBuf;

use super::super::testing::{Sample, amd64, arm64, sample};
use crate::model::{
    Assessment, DeclaredBuild, DeclaredRun, DeclaredVerification, Fact, FactKey, Item, LackingPermission,
    Located, Location, Observed, Platform, Reason, ReasonKind, ScanGate, Severity, StepKind, Workflows,
};

fn at(line: u32) -> Location {
    Location { file: PathBuf::from(".github/workflows/release.yml"), line }
}

/// The sample with other workflows.
fn with(change: impl FnOnce(&mut Workflows)) -> Sample {
    let mut sample = sample();
    put(&mut sample, change);
    sample
}

fn put(sample: &mut Sample, change: impl FnOnce(&mut Workflows)) {
    let mut workflows =
        sample.facts.workflows(&FactKey::Workflows).and_then(Observed::seen).cloned().unwrap();
    change(&mut workflows);
    sample.put(FactKey::Workflows, Fact::Workflows(Observed::Seen(workflows)));
}

fn judged(sample: &Sample) -> Assessment {
    super::super::judge(&sample.release, &sample.policy, &sample.scope, &sample.facts)
}

fn warnings(sample: &Sample, item: Item) -> Vec<String> {
    judged(sample).finding(item).warnings.clone()
}

/// The warnings of an item that the plain sample has not.
fn new(sample: &Sample, item: Item) -> Vec<String> {
    let old = warnings(&super::super::testing::sample(), item);
    warnings(sample, item).into_iter().filter(|warning| !old.contains(warning)).collect()
}

fn lacks_identity(workflows: &mut Workflows) {
    workflows.lacking.push(LackingPermission {
        step: StepKind::Sign,
        name: "Sign images".to_owned(),
        at: at(71),
        permission: "id-token: write".to_owned(),
        declared: Some(at(12)),
    });
}

#[test]
fn a_permission_that_a_step_lacks_is_said_and_blocks_until_it_is_released() {
    let sample = with(lacks_identity);
    let said = "release.yml:71: `Sign images` needs `id-token: write`, which the `permissions` in line 12 do not give";
    assert_eq!(new(&sample, Item::Signed), [said]);
    let assessment = judged(&sample);
    let blocker = assessment.blockers.iter().find(|blocker| blocker.title.contains("permissions")).unwrap();
    assert_eq!((blocker.item, blocker.problem.as_str()), (Item::Signed, said));
    assert_eq!(blocker.fix, "add `id-token: write` to the `permissions` of the job");
    assert_eq!(blocker.location.as_deref(), Some(".github/workflows/release.yml:12"));
    assert_eq!(
        assessment.readiness,
        judged(&super::super::testing::sample()).readiness,
        "it is armed all the same"
    );
    let mut released = Sample::complete();
    put(&mut released, lacks_identity);
    assert!(!judged(&released).blockers.iter().any(|blocker| blocker.title.contains("permissions")));
}

#[test]
fn a_registry_that_nobody_logs_in_at_is_named() {
    let only_ghcr = |workflows: &mut Workflows| workflows.logins.truncate(1);
    let said =
        "release.yml:60: `Build and push` pushes, and no step logs in at docker.io, where the release goes";
    assert_eq!(new(&with(only_ghcr), Item::Published), [said]);
    let unclear: [fn(&mut Workflows); 4] = [
        |workflows| workflows.logins.push(Located { value: None, at: at(55) }),
        |workflows| workflows.opaque.push(at(30)),
        |workflows| workflows.troubles.push(Located { value: "no shell".to_owned(), at: at(30) }),
        |workflows| workflows.steps.retain(|step| step.step != StepKind::Push),
    ];
    for change in unclear {
        let sample = with(|workflows| {
            only_ghcr(workflows);
            change(workflows);
        });
        assert_eq!(new(&sample, Item::Published), [""; 0]);
    }
    let mut released = Sample::complete();
    put(&mut released, only_ghcr);
    assert!(!warnings(&released, Item::Published).iter().any(|warning| warning.contains("logs in")));
    assert!(
        super::is_local("localhost:5000")
            && super::is_local("127.0.0.1:5000")
            && super::is_local("[::1]:5000")
    );
    assert!(!super::is_local("ghcr.io"));
}

#[test]
fn a_rule_for_identities_that_accepts_strangers_is_named_with_its_flaw() {
    let said = |rule: &str, has_issuer: bool| {
        let verification = DeclaredVerification {
            step: StepKind::Sign,
            name: "cosign verify".to_owned(),
            at: at(95),
            rule: rule.to_owned(),
            has_issuer,
        };
        new(&with(|workflows| workflows.verifications.push(verification)), Item::Signed)
    };
    assert_eq!(said("^https://github\\.com/acme/greenlang/", true), [""; 0]);
    assert_eq!(
        said("^https://github\\.com/acme/greenlang", true),
        [
            "release.yml:95: `cosign verify` by '^https://github\\.com/acme/greenlang': https://github.com/acme/greenlang has no slash after the repository, so https://github.com/acme/greenlang-evil matches: write https://github.com/acme/greenlang/"
        ]
    );
    assert!(said("acme/greenlang/", true)[0].contains("does not begin with ^"));
    assert!(said("^https://github\\.com/acme/greenlang/", false)[0].contains("no issuer"));
    assert_eq!(said(".*", true), [""; 0], "it is named where it is read");
}

fn gate(severities: &[Severity], fixed_only: bool) -> impl FnOnce(&mut Workflows) {
    let gate = ScanGate { severities: severities.iter().copied().collect(), fixed_only };
    move |workflows| {
        let scan = workflows.steps.iter_mut().find(|step| step.step == StepKind::Scan).unwrap();
        scan.gate = Some(Located { value: gate, at: at(88) });
    }
}

#[test]
fn a_scan_that_lets_pass_what_the_policy_does_not_is_named() {
    use Severity::{Critical, High, Low, Medium};
    let said =
        |severities: &[Severity], fixed_only| new(&with(gate(severities, fixed_only)), Item::Vulnerabilities);
    assert_eq!(said(&[High, Critical], false), [""; 0]);
    assert_eq!(said(&[Low, Medium, High, Critical], false), [""; 0]);
    assert_eq!(
        said(&[Critical], true),
        [
            "release.yml:88: `Scan images` lets HIGH and findings without a fix pass; the policy's threshold is HIGH, fixed or not"
        ]
    );
    assert_eq!(
        said(&[High, Critical], true),
        [
            "release.yml:88: `Scan images` lets findings without a fix pass; the policy's threshold is HIGH, fixed or not"
        ]
    );
    let mut stricter = with(gate(&[High, Critical], false));
    stricter.policy.vulnerabilities.threshold = Low;
    let warnings = warnings(&stricter, Item::Vulnerabilities);
    assert!(warnings.iter().any(|warning| warning.contains("lets LOW and MEDIUM pass")), "{warnings:?}");
    let mut disarmed = with(gate(&[Critical], false));
    put(&mut disarmed, |workflows| {
        workflows.steps[3].disarmed = Some(Located { value: "|| true".to_owned(), at: at(84) });
    });
    assert!(!new(&disarmed, Item::Vulnerabilities).iter().any(|warning| warning.contains("lets")));
}

fn build(file: Option<&str>, platforms: Option<&[Platform]>, unemulated: &[Platform]) -> DeclaredBuild {
    DeclaredBuild {
        name: "Build and push".to_owned(),
        at: at(62),
        dockerfile: file.map(PathBuf::from),
        platforms: platforms.map(|platforms| platforms.iter().cloned().collect()),
        unemulated: unemulated.iter().cloned().collect(),
    }
}

fn builds(builds: &[DeclaredBuild]) -> Vec<String> {
    new(&with(|workflows| workflows.builds = builds.to_vec()), Item::MultiArch)
}

#[test]
fn a_platform_that_no_step_builds_is_named_for_each_image() {
    let both = [amd64(), arm64()];
    assert_eq!(builds(&[build(None, Some(&both), &[])]), [""; 0]);
    let of_image = |image: &str| {
        format!("release.yml:62: `Build and push` builds {image} for linux/amd64 only, without linux/arm64")
    };
    assert_eq!(builds(&[build(None, Some(&[amd64()]), &[])]), [of_image("runner"), of_image("full")]);
    assert_eq!(
        builds(&[build(None, Some(&[amd64()]), &[]), build(None, Some(&[arm64()]), &[])]),
        [""; 0],
        "each platform by a step of its own"
    );
    let of_full = [
        build(Some("Dockerfile.runner"), Some(&both), &[]),
        build(Some("Dockerfile.full"), Some(&[amd64()]), &[]),
    ];
    assert_eq!(builds(&of_full), [of_image("full")]);
    assert_eq!(
        builds(&[build(None, Some(&[amd64()]), &[]), build(None, None, &[])]),
        [""; 0],
        "nobody can tell"
    );
    assert_eq!(builds(&[]), [""; 0]);
}

#[test]
fn a_platform_that_the_machine_cannot_run_is_named() {
    let both = [amd64(), arm64()];
    let said = builds(&[build(None, Some(&both), &[arm64()])]);
    assert_eq!(said.len(), 1, "once for all images: {said:?}");
    assert!(
        said[0].starts_with("release.yml:62: `Build and push` builds linux/arm64 on a machine that no step"),
        "{said:?}"
    );
}

#[test]
fn what_a_registry_shows_needs_no_promise() {
    let mut sample = Sample::complete();
    put(&mut sample, |workflows| workflows.builds = vec![build(None, Some(&[amd64()]), &[arm64()])]);
    assert_eq!(warnings(&sample, Item::MultiArch), [""; 0]);
}

fn run(line: u32, command: &[&str], disarmed: bool) -> DeclaredRun {
    DeclaredRun {
        name: "Try it".to_owned(),
        at: at(line),
        disarmed: disarmed.then(|| Located { value: "|| true".to_owned(), at: at(line) }),
        image: "ghcr.io/acme/greenlang".to_owned(),
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        platform: None,
    }
}

#[test]
fn a_trial_that_stops_nothing_is_named_at_its_item() {
    let runs = |runs: Vec<DeclaredRun>| with(|workflows| workflows.runs = runs);
    let sample = runs(vec![run(90, &["--version"], true), run(91, &["gl", "run", "demo.yaml"], true)]);
    let said = |line| {
        vec![format!(
            "release.yml:{line}: `Try it` cannot stop a release (|| true at release.yml:{line}): it tries nothing"
        )]
    };
    assert_eq!(
        (new(&sample, Item::VersionCommand), new(&sample, Item::ExamplePipeline)),
        (said(90), said(91))
    );
    let armed = runs(vec![
        run(90, &["--version"], false),
        run(91, &["run", "demo.yaml"], false),
        run(92, &["sh"], true),
    ]);
    assert_eq!((new(&armed, Item::VersionCommand), new(&armed, Item::ExamplePipeline)), (vec![], vec![]));
}

#[test]
fn what_the_workflow_never_tries_would_be_nice_to_have() {
    let nice = |sample: &Sample| -> Vec<String> {
        judged(sample).nice_to_have.into_iter().filter(|line| line.contains("before it publishes")).collect()
    };
    let line = |what: &str| [format!("let release.yml run {what} in the image before it publishes")];
    assert_eq!(nice(&sample()), line("the version command and the example"));
    let with_runs = |runs: &[DeclaredRun]| with(|workflows| workflows.runs = runs.to_vec());
    let (version, example) = (run(90, &["gl", "--version"], false), run(91, &["run", "demo.yaml"], false));
    assert_eq!(nice(&with_runs(std::slice::from_ref(&version))), line("the example"));
    assert_eq!(nice(&with_runs(&[version, example])), [""; 0]);
    assert_eq!(
        nice(&with_runs(&[run(90, &["--version"], true)])),
        line("the version command and the example")
    );
    assert_eq!(nice(&with(|workflows| workflows.opaque.push(at(30)))), [""; 0], "that may try it");
    let mut unread = sample();
    let reason = Reason::new(ReasonKind::Unreadable, "no");
    unread.put(FactKey::Workflows, Fact::Workflows(Observed::Unknown(reason)));
    assert_eq!(nice(&unread), [""; 0]);
}

#[test]
fn a_step_that_was_not_looked_into_is_named_where_no_armed_one_is_known() {
    let note = |lines: &[u32]| {
        let sample = with(|workflows| {
            workflows.steps.retain(|step| step.step != StepKind::Sign);
            workflows.opaque = lines.iter().map(|line| at(*line)).collect();
        });
        judged(&sample).finding(Item::Signed).note.clone()
    };
    let said = "nothing is published yet, and no armed step signs";
    assert_eq!(note(&[]), said);
    assert_eq!(note(&[22]), format!("{said}; what release.yml:22 does was not looked into"));
    assert_eq!(note(&[22, 30, 31]), format!("{said}; what release.yml:22 and 2 more do was not looked into"));
}
