use std::path::PathBuf;

use clap::{CommandFactory as _, Parser as _};
use jiff::Timestamp;

use super::args::{Cli, Color, Command, Executed, Format};
use super::{ask, exit, headless};
use crate::cockpit::{Event, Severity, Stamped};
use crate::model::{
    Action, ActionPlan, Decision, Effect, Evidence, Fact, FactKey, ImageName, Item, ItemChange, JobEvent,
    JobOutcome, Level, Reason, ReasonKind, RunKind, Status, StepKey, Verdict,
};

fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once(&"exitbar").chain(arguments))
}

fn help(path: &[&str]) -> String {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut found = &mut command;
    for name in path {
        found = found.find_subcommand_mut(name).unwrap();
    }
    found.render_long_help().to_string()
}

#[test]
fn the_definitions_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn the_help_of_the_program() {
    insta::assert_snapshot!(help(&[]));
}

#[test]
fn the_help_of_an_audit() {
    insta::assert_snapshot!(help(&["audit"]));
}

#[test]
fn the_help_of_an_action() {
    insta::assert_snapshot!(help(&["publish"]));
}

#[test]
fn the_help_of_the_demo() {
    insta::assert_snapshot!(help(&["demo"]));
}

#[test]
fn the_help_of_init() {
    insta::assert_snapshot!(help(&["init"]));
}

#[test]
fn only_what_is_built_is_offered() {
    let offered: Vec<String> = Cli::command()
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name().to_owned())
        .collect();
    assert_eq!(
        offered,
        [
            "init",
            "audit",
            "build",
            "push",
            "sign",
            "attest",
            "publish",
            "go-live",
            "promote",
            "doctor",
            "run-version",
            "example",
            "scan",
            "tag",
            "history",
            "report",
            "replay",
            "dispatch",
            "verify",
            "watch",
            "verify-bundle",
            "demo"
        ]
    );
}

#[test]
fn without_a_command_it_is_the_cockpit() {
    let cli = parse(&[]).unwrap();
    assert!(cli.command.is_none() && cli.global.color == Color::Auto && !cli.global.readonly);
}

#[test]
fn the_flags_of_an_audit_are_read() {
    let digest = format!("runner=sha256:{}", "a".repeat(64));
    let cli = parse(&[
        "audit",
        "--format",
        "markdown",
        "--output",
        "r.md",
        "--run",
        "version,example",
        "--accept-conditional",
        "--digest",
        &digest,
        "--config",
        "x.toml",
        "--color",
        "never",
        "-q",
        "-v",
    ])
    .unwrap();
    let Some(Command::Audit(audit)) = cli.command else { panic!("no audit") };
    assert_eq!((audit.format, audit.output), (Format::Markdown, Some(PathBuf::from("r.md"))));
    assert_eq!(audit.run, [Executed::Run(RunKind::Version), Executed::Run(RunKind::Example)]);
    assert!(audit.accept_conditional && cli.global.quiet && cli.global.verbose);
    assert_eq!(cli.global.digest[0].0, "runner".parse::<ImageName>().unwrap());
}

#[test]
fn bad_flags_are_refused_with_what_was_expected() {
    let said = |arguments: &[&str]| parse(arguments).unwrap_err().to_string();
    assert!(said(&["audit", "--digest", "runner"]).contains("expected IMAGE=sha256:"));
    assert!(said(&["audit", "--digest", "runner=sha256:abc"]).contains("is no digest"));
    assert!(said(&["audit", "--run", "tests"]).contains("expected version, example, healthcheck or scan"));
    assert!(said(&["audit", "--format", "xml"]).contains("possible values: text, json, markdown"));
    assert!(said(&["audit", "--formt", "json"]).contains("--format"));
}

fn code(decision: Decision, conditional: bool, undecided: bool, accept_conditional: bool) -> u8 {
    let verdict = Verdict { decision, conditional, undecided, reasons: Vec::new() };
    exit::of_verdict(Some(&verdict), accept_conditional)
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    assert_eq!(code(Decision::GO, false, false, false), 0);
    assert_eq!(code(Decision::NO_GO, false, false, false), 1);
    assert_eq!(code(Decision::GO, true, false, false), 3);
    assert_eq!(code(Decision::GO, true, false, true), 0);
    assert_eq!(code(Decision::NO_GO, false, true, false), 4);
    assert_eq!(code(Decision::NO_GO, false, true, true), 4);
    assert_eq!(exit::of_verdict(None, true), 4);
    assert_eq!((exit::USAGE, exit::OWN_FAILURE), (2, 70));
}

fn stamped(event: Event) -> Stamped {
    Stamped { seq: 1, at: Timestamp::UNIX_EPOCH, event }
}

fn fact(reason: Option<Reason>) -> Event {
    let key = FactKey::Workflows;
    let absence = crate::model::Absence {
        kind: crate::model::AbsenceKind::NotFound,
        text: "no such folder".to_owned(),
    };
    let fact = reason.map_or_else(|| Fact::absent(&key, absence), |reason| Fact::unknown(&key, reason));
    let evidence = Evidence {
        subject: ".github/workflows".to_owned(),
        source: "folder .github/workflows".to_owned(),
        method: "read".to_owned(),
        level: Level::Declared,
        at: Timestamp::UNIX_EPOCH,
        exit: None,
        raw: Vec::new(),
    };
    Event::Fact(0, key, Box::new(fact), Box::new(evidence))
}

#[test]
fn progress_says_what_could_not_be_seen_and_how_jobs_end() {
    let hostile =
        Reason::new(ReasonKind::TimedOut, "ghcr.io\u{1b}[2J did not answer\nin 30 s").cure("try again");
    let events = [
        Event::Began(1, crate::model::Scope::default()),
        fact(None),
        fact(Some(hostile)),
        Event::Clock,
        Event::Job(1, JobEvent::Queued(Action::Push)),
        Event::Job(1, JobEvent::Output("layer\u{202e} 1 of 3".to_owned())),
        Event::Job(1, JobEvent::Ended(JobOutcome::Failed("ghcr.io answered 403".to_owned()))),
        Event::Notice(Severity::Warning, "the credential helper is broken".to_owned()),
        Event::Ended(1),
    ];
    let lines = |verbose: bool| {
        let lines: Vec<String> =
            events.iter().filter_map(|event| headless::line(&stamped(event.clone()), verbose)).collect();
        lines.join("\n")
    };
    assert!(!lines(true).contains(['\u{1b}', '\u{202e}']));
    insta::assert_snapshot!(format!("{}\n--- verbose\n{}", lines(false), lines(true)));
}

#[test]
fn a_plan_says_what_it_does_and_what_it_costs() {
    let plan = ActionPlan {
        second_question: None,
        action: Action::Publish,
        effect: Effect::Publishes,
        steps: vec!["set ghcr.io/acme/app:0.2.0".to_owned(), "set docker.io/acme/app:0.2.0\u{7}".to_owned()],
        digests: vec![("runner".parse().unwrap(), crate::model::Digest::of(b"index"))],
        points: (75, 75),
        changes: vec![ItemChange {
            item: Item::Signed,
            before: (Status::Configured, 5),
            after: (Status::NotStarted, 0),
        }],
        verdict_after: Some("NO_GO".to_owned()),
        warnings: vec!["strangers would pull what nobody signed".to_owned()],
    };
    insta::assert_snapshot!(ask::words(&plan));
}

#[test]
fn the_help_of_verify() {
    insta::assert_snapshot!(help(&["verify"]));
}

#[test]
fn the_help_of_watch() {
    insta::assert_snapshot!(help(&["watch"]));
}

#[test]
fn the_help_of_the_walkthrough() {
    insta::assert_snapshot!(help(&["go-live"]));
}

#[test]
fn a_step_is_skipped_by_its_key_and_for_a_reason() {
    let cli =
        parse(&["go-live", "--yes", "--skip", "scan=no scanner here", "--done", "mend-size_budget"]).unwrap();
    let Some(Command::GoLive(args)) = cli.command else { panic!("no walkthrough") };
    assert_eq!(args.skip, [(StepKey::Do(Action::Scan), "no scanner here".to_owned())]);
    assert_eq!(args.done, [StepKey::Mend(Item::SizeBudget)]);
    let said = |arguments: &[&str]| parse(arguments).unwrap_err().to_string();
    assert!(said(&["go-live", "--skip", "scan"]).contains("expected STEP=REASON"));
    assert!(said(&["go-live", "--skip", "scan= "]).contains("for a reason"));
    assert!(said(&["go-live", "--skip", "fly=because"]).contains("names no step"));
}
