//! The golden cases: the sample report's state, every step after it by the design's numbers, and for each check
//! a fact taken away or contradicted.

use crate::model::{
    Action, Assessment, Catalogued, Decision, Fact, FactKey, Item, Observed, Outcome, Pass, Risk, Status,
    TagFact, Vulnerability,
};

use super::testing::{Sample, amd64, arm64, digest, sample};
use super::{judge, suppose};

impl Sample {
    fn judged(&self) -> Assessment {
        judge(&self.release, &self.policy, &self.scope, &self.facts)
    }

    fn score(&self) -> u8 {
        self.judged().readiness.points
    }

    fn status(&self, item: Item) -> Status {
        self.judged().finding(item).status
    }

    /// The same sample on the facts that `action` is meant to make true.
    fn supposing(&self, action: Action) -> Self {
        let facts = suppose(action, &self.release, &self.policy, &self.scope, &self.facts);
        Self { facts, ..self.clone() }
    }
}

fn statuses(assessment: &Assessment) -> Vec<(Status, u8, &'static str)> {
    let finding = assessment.findings.iter();
    finding.map(|finding| (finding.status, finding.points.unwrap(), finding.symbol.report())).collect()
}

fn words(assessment: &Assessment) -> &'static str {
    assessment.verdict.as_ref().unwrap().words()
}

#[test]
fn the_sample_report_has_its_ten_statuses_and_45_no_go() {
    let judged = sample().judged();
    assert_eq!(
        statuses(&judged),
        [
            (Status::NotStarted, 0, "❌"),
            (Status::NotTested, 0, "❌"),
            (Status::Configured, 5, "⚠️"),
            (Status::Configured, 5, "⚠️"),
            (Status::Configured, 5, "⚠️"),
            (Status::Complete, 10, "✅"),
            (Status::Failed, 0, "❌"),
            (Status::Partial, 5, "⚠️"),
            (Status::NotTested, 5, "❓"),
            (Status::Complete, 10, "✅"),
        ]
    );
    assert_eq!(judged.readiness.to_string(), "45/100");
    assert_eq!(judged.proven.points, 0);
    assert_eq!(words(&judged), "NO_GO");
    assert_eq!(judged.risk, Risk::High);
    assert_eq!(judged.time_to_production, (120, 240));
}

#[test]
fn the_steps_after_the_report_have_the_designs_numbers() {
    let mut sample = sample();
    sample.mend_version();
    assert_eq!(sample.score(), 55, "--version mended and nothing else");
    sample.run_example();
    assert_eq!(sample.score(), 60, "the example too");
    sample.build();
    sample.run_version();
    sample.run_example();
    assert_eq!(sample.score(), 70, "all built within budget, both run on what was built");
    sample.stage();
    assert_eq!(sample.score(), 75, "staged");
    sample.sign();
    sample.attest_sbom();
    sample.scan();
    assert_eq!(sample.score(), 90, "signed, SBOM, scanned");
    assert_eq!(words(&sample.judged()), "NO_GO");
    sample.publish();
    let judged = sample.judged();
    assert_eq!((judged.readiness.points, judged.proven.points), (100, 100), "tagged in both registries");
    assert_eq!(words(&judged), "GO");
    assert_eq!(judged.risk, Risk::Low);
    assert_eq!((judged.blockers.len(), judged.plan.len(), judged.time_to_production), (0, 0, (0, 0)));
}

#[test]
fn tagging_before_signing_stays_at_75_and_the_plan_says_so_beforehand() {
    let mut sample = Sample::staged();
    let plan = sample.judged().plan;
    let publish = plan.iter().find(|step| step.action == Some(Action::Publish)).unwrap();
    assert_eq!(publish.points, 0);
    assert!(publish.why.contains("item 1 +10, items 3 and 4 -5 each"), "{}", publish.why);
    assert_eq!(publish.after.as_deref(), Some("sign, attest SBOMs and scan"));
    assert_eq!(sample.supposing(Action::Publish).score(), 75);
    sample.publish();
    assert_eq!(sample.score(), 75);
    assert_eq!(sample.status(Item::Published), Status::Complete);
    assert_eq!(sample.status(Item::Signed), Status::NotStarted);
    assert_eq!(sample.status(Item::Sbom), Status::NotStarted);
    assert_eq!(sample.status(Item::Vulnerabilities), Status::NotTested);
}

/// The demo's way, where the host runs one platform, or both: the promise and what comes.
fn play(emulated: bool) -> Vec<(u8, u8)> {
    let mut sample = sample();
    // The demo audits with `run = ["version"]` at the start and on `a`, not after actions.
    sample.scope.run.clear();
    let mut scores = vec![(45, sample.score())];
    let mut step = |action: Action, sample: &mut Sample, done: fn(&mut Sample)| {
        let promised = sample.supposing(action).score();
        let plan = sample.judged();
        let named = plan.plan.iter().find(|step| step.action == Some(action)).unwrap().points;
        let now = i16::from(plan.readiness.points);
        assert_eq!(i16::from(promised), now + named, "{action}: the plan and the supposition agree");
        done(sample);
        scores.push((promised, sample.score()));
    };
    step(Action::Build, &mut sample, Sample::build);
    let run = if emulated { Sample::run_version } else { Sample::run_version_natively };
    step(Action::RunVersion, &mut sample, run);
    step(Action::RunExample, &mut sample, Sample::run_example);
    step(Action::Push, &mut sample, Sample::stage);
    step(Action::Publish, &mut sample, Sample::publish);
    scores
}

#[test]
fn what_the_plan_promises_comes_true_where_only_the_native_platform_runs() {
    let numbers = [45, 60, 60, 65, 70, 70];
    assert_eq!(play(false), numbers.map(|number| (number, number)));
}

#[test]
fn where_both_platforms_run_it_promises_the_native_one_until_it_has_seen_more() {
    assert_eq!(play(true), [(45, 45), (60, 60), (60, 65), (70, 70), (75, 75), (75, 75)]);
}

#[test]
fn a_platform_that_was_seen_to_run_emulated_is_promised() {
    let mut sample = Sample::staged();
    sample.scope.run.clear();
    // A new build of what ran on both platforms before.
    sample.nothing_published();
    let built = sample.supposing(Action::Build);
    assert_eq!(built.status(Item::VersionCommand), Status::NotTested);
    assert_eq!(built.supposing(Action::RunVersion).status(Item::VersionCommand), Status::Complete);
}

#[test]
fn the_plan_sums_up_to_what_can_be_had() {
    let judged = sample().judged();
    let build = judged.plan.iter().find(|step| step.action == Some(Action::Build)).unwrap();
    assert_eq!((build.points, build.after.clone()), (15, None));
    let mend = judged.plan.iter().find(|step| step.items == [Item::VersionCommand]).unwrap();
    assert_eq!((mend.points, mend.action), (10, None), "--version mended and nothing else");
    insta::assert_snapshot!(plan(&judged));
}

#[test]
fn the_plan_of_what_is_staged() {
    insta::assert_snapshot!(plan(&Sample::staged().judged()));
}

fn listed(commands: &[String]) -> String {
    commands.iter().flat_map(|command| ["\n    $ ", command]).collect()
}

fn plan(judged: &Assessment) -> String {
    let lines = judged.plan.iter().map(|step| {
        let after = step.after.as_ref().map_or(String::new(), |after| format!(" (after: {after})"));
        let commands = listed(&step.commands);
        format!("{:?} {:+} {}{after}: {}{commands}\n", step.part, step.points, step.title, step.why)
    });
    lines.collect()
}

#[test]
fn the_sample_has_the_reports_blockers() {
    let blockers = sample().judged().blockers;
    let lines = blockers.iter().map(|blocker| {
        let location = blocker.location.as_deref().unwrap_or("-");
        let actions = listed(&blocker.actions);
        format!(
            "{} {} {}\n  problem: {}\n  impact: {}\n  fix: {}\n  at: {location}{actions}\n",
            blocker.severity.word(),
            blocker.item,
            blocker.title,
            blocker.problem,
            blocker.impact,
            blocker.fix
        )
    });
    insta::assert_snapshot!(lines.collect::<String>());
}

/// The complete release with one thing changed.
fn changed(change: impl FnOnce(&mut Sample)) -> Sample {
    let mut sample = Sample::complete();
    change(&mut sample);
    sample
}

/// The status of `item` drops and the score with it, and GO is gone.
fn drops(item: Item, change: impl FnOnce(&mut Sample), to: Status) {
    let judged = changed(change).judged();
    let finding = judged.finding(item);
    assert_eq!(finding.status, to, "{}", finding.note);
    assert!(judged.readiness.points < 100);
    assert!(!finding.proven);
    assert_ne!(judged.verdict.map(|verdict| verdict.words()), Some("GO"));
}

fn without_tag(sample: &mut Sample) {
    for pass in [Pass::First, Pass::Last] {
        let key = sample.tag_key("runner", 1, crate::model::Access::Anonymous, pass);
        sample.put_absent(key, "404 from docker.io");
    }
}

fn other_digest(sample: &mut Sample) {
    let other = digest("another index");
    for pass in [Pass::First, Pass::Last] {
        let key = sample.tag_key("runner", 1, crate::model::Access::Anonymous, pass);
        sample.put(key, Fact::Tag(Observed::Seen(TagFact { digest: other.clone() })));
    }
    sample.unsee(&FactKey::Manifest(other.clone()));
    let repository = sample.repository("runner", 1);
    sample.present(&repository, &other);
}

#[test]
fn item_1_drops_without_a_tag_and_with_two_digests() {
    drops(Item::Published, without_tag, Status::Partial);
    drops(Item::Published, other_digest, Status::Failed);
    let judged = changed(other_digest).judged();
    assert_eq!(judged.risk, Risk::Critical);
    assert!(judged.finding(Item::Published).hard_stop.is_some());
    assert!(judged.verdict.unwrap().reasons[0].starts_with("hard stop"));
    assert_eq!(judged.blockers[0].severity, Risk::Critical);
}

#[test]
fn item_2_drops_without_a_platform_and_with_a_wrong_one() {
    let missing = |sample: &mut Sample| {
        sample.change_index("runner", |index| {
            index.manifests.pop();
        });
    };
    drops(Item::MultiArch, missing, Status::Failed);
    let wrong = |sample: &mut Sample| {
        sample.change_config("runner", &arm64(), |config| config.platform = amd64());
    };
    drops(Item::MultiArch, wrong, Status::Failed);
}

#[test]
fn items_3_and_4_drop_without_their_attachments() {
    let forget = |sample: &mut Sample| {
        let repository = sample.repository("runner", 0);
        for subject in [sample.index("runner"), sample.child("runner", &amd64())] {
            sample
                .forget(|key| matches!(key, FactKey::Signature { subject: found, .. } if *found == subject));
            for repository in [repository.clone(), sample.repository("runner", 1)] {
                sample.present(&repository, &subject);
            }
        }
    };
    drops(Item::Signed, forget, Status::Partial);
    drops(Item::Sbom, forget, Status::Partial);
}

#[test]
fn item_5_drops_without_a_scan_and_with_a_finding() {
    let forget = |sample: &mut Sample| sample.forget(|key| matches!(key, FactKey::Scan { .. }));
    drops(Item::Vulnerabilities, forget, Status::NotTested);
    let finding = |sample: &mut Sample| {
        let key = Sample::scan_key(&sample.child("full", &arm64()));
        let mut scan = sample.facts.scan(&key).and_then(Observed::seen).unwrap().clone();
        scan.findings.push(Vulnerability {
            id: "CVE-2025-0001".to_owned(),
            package: "openssl".to_owned(),
            installed: Some("3.0.0".to_owned()),
            severity: Some(crate::model::Severity::Critical),
            fixed_in: Some("3.0.1".to_owned()),
            ..Vulnerability::default()
        });
        sample.put(key, Fact::Scan(Observed::Seen(scan)));
    };
    drops(Item::Vulnerabilities, finding, Status::Failed);
    let nothing = |sample: &mut Sample| {
        let key = Sample::scan_key(&sample.child("full", &arm64()));
        let mut scan = sample.facts.scan(&key).and_then(Observed::seen).unwrap().clone();
        scan.catalogued = Catalogued::Nothing("no package was catalogued".to_owned());
        sample.put(key, Fact::Scan(Observed::Seen(scan)));
    };
    drops(Item::Vulnerabilities, nothing, Status::Partial);
}

#[test]
fn items_6_to_10_drop_when_their_facts_contradict() {
    let root = |sample: &mut Sample| {
        sample.change_config("runner", &amd64(), |config| config.user = "0".to_owned());
    };
    drops(Item::NonRootHealthcheck, root, Status::Failed);
    let no_healthcheck = |sample: &mut Sample| {
        sample.change_config("full", &arm64(), |config| config.healthcheck = None);
    };
    drops(Item::NonRootHealthcheck, no_healthcheck, Status::Failed);
    let other_version = |sample: &mut Sample| {
        let config = sample.config("runner", &arm64());
        sample.ran(&config, crate::model::RunKind::Version, &arm64(), 0, "gl 0.1.9\n", "");
    };
    drops(Item::VersionCommand, other_version, Status::Failed);
    let not_run = |sample: &mut Sample| {
        sample.scope.run.clear();
        sample.forget(|key| matches!(key, FactKey::Run { kind: crate::model::RunKind::Version, .. }));
    };
    drops(Item::VersionCommand, not_run, Status::NotTested);
    let fat = |sample: &mut Sample| {
        sample.change_layer("runner", &amd64(), |layer| layer.unpacked = 300_000_001);
    };
    drops(Item::SizeBudget, fat, Status::Partial);
    let no_example = |sample: &mut Sample| {
        sample.forget(|key| matches!(key, FactKey::Run { kind: crate::model::RunKind::Example, .. }));
    };
    drops(Item::ExamplePipeline, no_example, Status::NotTested);
    let no_vendor = |sample: &mut Sample| {
        sample.change_config("runner", &amd64(), |config| {
            config.labels.remove("org.opencontainers.image.vendor");
        });
    };
    drops(Item::OciLabels, no_vendor, Status::Failed);
}

#[test]
fn no_fact_that_could_not_be_looked_at_leaves_a_go_that_is_not_earned() {
    let complete = Sample::complete();
    let keys: Vec<FactKey> = complete.facts.iter().map(|(key, _)| key.clone()).collect();
    for key in keys {
        let judged = changed(|sample| sample.unsee(&key)).judged();
        let untouched = judged.findings.iter().all(|finding| finding.status == Status::Complete);
        let go =
            judged.verdict.is_some_and(|verdict| verdict.decision == Decision::GO && !verdict.conditional);
        assert_eq!(go, untouched, "{key:?}");
        let unknown = |finding: &crate::model::Finding| {
            finding.cells.iter().any(|cell| matches!(cell.outcome, Outcome::Unknown | Outcome::Pending))
        };
        for finding in judged.findings.iter().filter(|finding| unknown(finding)) {
            assert_ne!(finding.status, Status::Complete, "{key:?}");
        }
    }
}

#[test]
fn a_fact_that_goes_away_never_raises_the_score() {
    for stage in [sample(), Sample::staged(), Sample::complete()] {
        let before = stage.score();
        let keys: Vec<FactKey> = stage.facts.iter().map(|(key, _)| key.clone()).collect();
        for key in keys {
            let mut sample = stage.clone();
            sample.unsee(&key);
            assert!(sample.score() <= before, "{key:?}: {} > {before}", sample.score());
        }
    }
}
