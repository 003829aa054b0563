use jiff::Timestamp;
use unicode_width::UnicodeWidthStr as _;

use super::*;
use crate::dod;
use crate::dod::testing::{Sample, sample};
use crate::model::{
    Absence, AbsenceKind, Evidence, Fact, FactKey, Item, ItemPolicy, Level, Policy, Reason, ReasonKind, Scope,
};

fn at() -> Timestamp {
    "2025-01-20T12:00:00Z".parse().unwrap()
}

fn render<T>(sample: &Sample, report: impl Fn(&Input) -> T) -> T {
    let assessment = dod::judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    let requests = [("docker.io".to_owned(), 4), ("ghcr.io".to_owned(), 4)];
    report(&Input {
        release: &sample.release,
        policy: &sample.policy,
        facts: &sample.facts,
        assessment: &assessment,
        requests: &requests,
        started: at(),
        finished: Some(at()),
        kept: None,
    })
}

/// The sample's release without a fact but that nothing is in any registry, and no source to read.
fn nothing() -> Sample {
    let mut sample = sample();
    sample.release.images.truncate(1);
    sample.release.images[0].build = None;
    sample.release.images[0].local = None;
    sample.facts = Facts::new(at());
    loop {
        let wanted = dod::wants(&sample.release, &sample.policy, &Scope::default(), &sample.facts);
        if wanted.is_empty() {
            return sample;
        }
        for key in wanted.into_keys() {
            let absence = Absence { kind: AbsenceKind::NotFound, text: "404 from ghcr.io".to_owned() };
            let fact = Fact::absent(&key, absence);
            sample.facts.insert(key, fact, evidence("GET"));
        }
    }
}

fn evidence(method: &str) -> Evidence {
    Evidence {
        subject: "ghcr.io/acme/app".to_owned(),
        source: "ghcr.io".to_owned(),
        method: method.to_owned(),
        level: Level::Registry,
        at: at(),
        exit: None,
        raw: Vec::new(),
    }
}

fn folded(width: usize) -> Look {
    Look { colors: false, width: Some(width) }
}

/// Without the version of this program, which changes with each release.
fn generated(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn the_text_of_the_sample_report() {
    insta::assert_snapshot!(render(&sample(), |input| text(input, Look::PLAIN)));
}

#[test]
fn the_text_of_the_sample_report_at_80_columns() {
    insta::assert_snapshot!(render(&sample(), |input| text(input, folded(80))));
}

#[test]
fn the_text_of_a_complete_release() {
    insta::assert_snapshot!(render(&Sample::complete(), |input| text(input, Look::PLAIN)));
}

#[test]
fn text_keeps_to_the_width_but_for_commands_that_are_to_be_copied() {
    let report = render(&sample(), |input| text(input, folded(60)));
    let wide: Vec<&str> = report.lines().filter(|line| line.width() > 60).collect();
    let commands = ["docker ", "exitbar ", "git ", "cosign ", "syft ", "trivy "];
    let is_command = |line: &str| commands.iter().any(|program| line.trim_start().starts_with(program));
    let foldable = |line: &&&str| line.trim().contains(' ') && !is_command(line);
    assert_eq!(wide.iter().filter(foldable).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn colours_add_nothing_but_colour() {
    let plain = render(&sample(), |input| text(input, folded(80)));
    let coloured = render(&sample(), |input| text(input, Look { colors: true, width: Some(80) }));
    assert!(coloured.contains("\u{1b}[1;31mNO_GO\u{1b}[0m"));
    assert_eq!(crate::model::text::clean(&coloured), plain);
}

#[test]
fn the_json_of_the_sample_report() {
    insta::assert_snapshot!(render(&sample(), json));
}

#[test]
fn the_json_of_a_complete_release() {
    insta::assert_snapshot!(render(&Sample::complete(), json));
}

#[test]
fn the_json_keeps_the_field_names_of_the_contract() {
    let document: serde_json::Value = serde_json::from_str(&render(&sample(), json)).unwrap();
    let keys =
        |value: &serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let has = |value: &serde_json::Value, names: &str| {
        let keys = keys(value);
        let missing: Vec<&str> =
            names.split(' ').filter(|name| !keys.iter().any(|key| key == name)).collect();
        assert!(missing.is_empty(), "{missing:?} are missing among {keys:?}");
    };
    has(
        &document,
        "status conditional undecided release_version readiness_score proven_score exit_bar_results \
         blocking_issues warnings go_live_checklist risk_assessment recommended_action images started_at \
         finished_at requests",
    );
    let items = &document["exit_bar_results"];
    assert_eq!(keys(items), Item::ALL.map(Item::key));
    for item in Item::ALL {
        has(&items[item.key()], "number requirement status symbol points class notes level cells evidence");
    }
    has(&document["blocking_issues"][0], "item issue severity impact remediation location actions");
    has(&document["images"][0]["repositories"][0], "reference digest platforms");
    assert_eq!(items["published"]["status"], "NOT STARTED");
    assert_eq!((&document["status"], &document["readiness_score"]), (&"NO_GO".into(), &45.into()));
    let checklist = document["go_live_checklist"].as_array().unwrap();
    let begins = ["[BLOCKED] ", "[READY] ", "[DONE] "];
    assert!(checklist.iter().all(|line| begins.iter().any(|one| line.as_str().unwrap().starts_with(one))));
}

#[test]
fn the_markdown_of_the_sample_report() {
    insta::assert_snapshot!(generated(&render(&sample(), markdown)));
}

#[test]
fn the_markdown_of_a_complete_release() {
    insta::assert_snapshot!(generated(&render(&Sample::complete(), markdown)));
}

#[test]
fn the_markdown_has_every_section_of_the_sample_report_in_its_order() {
    const SECTIONS: [&str; 21] = [
        "**Status: ",
        "**Readiness Score: ",
        "**Release Version: ",
        "**Date: ",
        "## Executive Summary",
        "**Estimated Time to Production: ",
        "## Definition of Done Compliance",
        "## Critical Blockers",
        "## Infrastructure Assessment",
        "## Current State vs Required State",
        "### What's Working",
        "### What's Not Working",
        "## Action Plan for Go-Live",
        "### Immediate Actions",
        "### Build & Release Actions",
        "### Post-Release Validation",
        "## Risk Assessment",
        "## Recommendations",
        "## Conclusion",
        "**Final Verdict**: ",
        "*Generated by exitbar",
    ];
    for sample in [sample(), Sample::complete(), nothing()] {
        let report = render(&sample, markdown);
        let mut rest = report.as_str();
        for section in SECTIONS {
            let Some((_, after)) = rest.split_once(section) else { panic!("{section} is missing\n{report}") };
            rest = after;
        }
    }
}

#[test]
fn a_section_without_evidence_says_what_was_not_looked_at() {
    let mut sample = nothing();
    sample.facts.remove(&FactKey::Workflows);
    let key = FactKey::Workflows;
    let reason = Reason::new(ReasonKind::Unreadable, "release.yml: line 3 is no YAML").cure("mend it");
    sample.facts.insert(key.clone(), Fact::unknown(&key, reason), evidence("read"));
    let report = render(&sample, markdown);
    assert!(report.contains("### ❓ Not Looked At"), "{report}");
    assert!(report.contains("Dockerfile of runner: none is configured"), "{report}");
    assert!(report.contains("release.yml: line 3 is no YAML; mend it"), "{report}");
}

#[test]
fn an_item_that_is_off_is_told_with_its_reason() {
    let mut sample = sample();
    let off = ItemPolicy { class: None, off: Some("the image is a library".to_owned()) };
    sample.policy.items.insert(Item::ExamplePipeline, off);
    for report in [render(&sample, |input| text(input, Look::PLAIN)), render(&sample, markdown)] {
        assert!(report.contains("OFF") && report.contains("the image is a library"), "{report}");
    }
}

#[test]
fn what_comes_from_outside_commands_neither_a_terminal_nor_markdown() {
    let mut sample = sample();
    let hostile = "a\u{1b}[2J|b<script>\u{202e}`c`\u{9b}31m";
    sample.release.name = hostile.to_owned();
    sample.release.version = hostile.to_owned();
    let off = ItemPolicy { class: None, off: Some(hostile.to_owned()) };
    sample.policy = Policy { items: [(Item::OciLabels, off)].into(), ..sample.policy };
    for report in
        [render(&sample, |input| text(input, Look::PLAIN)), render(&sample, markdown), render(&sample, json)]
    {
        let armed = ["\u{1b}", "\u{202e}", "\u{9b}", "\\u001b", "\\u202e"];
        assert!(!armed.iter().any(|sequence| report.contains(sequence)), "{report}");
    }
    let report = render(&sample, markdown);
    // In code it is shown as it is; everywhere else it is escaped.
    let outside: String = report.split("```").step_by(2).collect();
    let mut prose = outside.lines().filter(|line| !line.contains(". `"));
    assert!(prose.all(|line| !line.contains("<script>")), "{outside}");
    let table = report.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #"));
    for row in table {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
    }
}

fn kept(sample: &Sample, minutes: i64) -> crate::model::Audit {
    let assessment = dod::judge(&sample.release, &sample.policy, &sample.scope, &sample.facts);
    let finished = at() + jiff::SignedDuration::from_mins(minutes);
    let times = crate::model::AuditTimes { started: at(), finished };
    let judged = (&sample.release, &sample.policy, &sample.scope);
    crate::model::Audit::of(judged, sample.facts.clone(), assessment, Vec::new(), times).unwrap()
}

fn history() -> Vec<crate::model::AuditSummary> {
    let mut next = sample();
    next.release.version = "0.3.0-日本語\u{1b}[31m".to_owned();
    let audits =
        [kept(&next, 90), kept(&Sample::complete(), 60), kept(&Sample::staged(), 30), kept(&sample(), 0)];
    let mut list: Vec<_> = audits.into_iter().map(|audit| audit.summary).collect();
    list[1].times = 3;
    list[1].last_seen = at() + jiff::SignedDuration::from_mins(80);
    list
}

#[test]
fn the_history_as_text() {
    insta::assert_snapshot!(history_text(&history(), 3, Look::PLAIN));
    let coloured = history_text(&history(), 3, Look { colors: true, width: None });
    assert_eq!(crate::model::text::clean(&coloured), history_text(&history(), 3, Look::PLAIN));
}

#[test]
fn a_history_without_audits_says_how_one_is_made() {
    assert!(history_text(&[], 3, Look::PLAIN).contains("exitbar audit"));
}

#[test]
fn the_history_as_json_has_what_changed() {
    let json: serde_json::Value = serde_json::from_str(&history_json(&history(), 2)).unwrap();
    assert_eq!(json["kept"], 4);
    assert_eq!(json["runs"].as_array().unwrap().len(), 2);
    assert_eq!(json["runs"][1]["status"], "GO");
    assert_eq!(json["runs"][1]["changes"][0], serde_json::json!({ "item": "published", "points": 10 }));
    assert_eq!(json["releases"].as_array().unwrap().len(), 2);
    assert!(!json.to_string().contains("\\u001b"));
}

#[test]
fn what_moved_as_text() {
    let diff = crate::diff::diff(&kept(&Sample::staged(), 0), &kept(&Sample::complete(), 30));
    insta::assert_snapshot!(diff_text(&diff, Look::PLAIN));
    let json: serde_json::Value = serde_json::from_str(&diff_json(&diff)).unwrap();
    assert_eq!(json["same"], false);
    assert_eq!(json["items"][0]["change"], "better");
}

#[test]
fn a_kept_go_is_of_then_in_every_format() {
    let audit = kept(&Sample::complete(), 30);
    let input = Input::of_kept(&audit);
    let text = text(&input, Look::PLAIN);
    assert!(text.contains("GO at 2025-01-20 12:30 UTC, stale: "), "{text}");
    assert!(text.contains(&format!("Kept audit {}", audit.summary.id)), "{text}");
    let markdown = markdown(&input);
    assert!(markdown.contains("**Status: GO at 2025-01-20 12:30 UTC, stale**"), "{markdown}");
    assert!(markdown.contains("**Final Verdict**: GO at 2025-01-20 12:30 UTC, stale"), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&json(&input)).unwrap();
    assert_eq!(json["kept"]["stale"], true);
    assert_ne!(json["recommended_action"], "go live");
}

#[test]
fn facts_of_a_file_are_judged_the_same_and_a_file_that_was_changed_is_refused() {
    let audit = kept(&Sample::complete(), 30);
    let written = facts(&audit).unwrap();
    assert_eq!(read_facts(written.as_bytes()).unwrap(), audit);
    let compact = serde_json::from_str::<serde_json::Value>(&written).unwrap().to_string();
    assert_eq!(read_facts(compact.as_bytes()).unwrap(), audit, "another layout is the same file");
    let changed = written.replacen("\"COMPLETE\"", "\"FAILED\"", 1);
    assert!(matches!(read_facts(changed.as_bytes()), Err(NotFacts::Changed { .. })));
    let other = written.replacen("exitbar facts 1", "exitbar facts 2", 1);
    assert!(matches!(read_facts(other.as_bytes()), Err(NotFacts::Format { .. })));
    assert_eq!(read_facts(b"{}"), Err(NotFacts::Other));
    assert!(matches!(read_facts(b"GO"), Err(NotFacts::NotJson(_))));
}
