use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::dod;
use crate::model::{
    Absence, AbsenceKind, Access, Evidence, Fact, FactKey, Image, ImageName, Level, Pass, Platform, Policy,
    Scope, VersionCommand,
};

fn at() -> Timestamp {
    "2025-01-20T12:00:00Z".parse().unwrap()
}

/// A release of which nothing is there, with a name that tries to break every format.
fn nothing(name: &str) -> (Release, Policy, Facts) {
    let image = Image {
        name: "runner".parse::<ImageName>().unwrap(),
        repositories: vec!["ghcr.io/acme/app".parse().unwrap()],
        tag: "0.2.0".parse().unwrap(),
        moving_tags: Vec::new(),
        platforms: vec![Platform::new("linux", "amd64", None)],
        local: None,
        build: None,
        budget: Some(300_000_000),
        limit: None,
        version: Some(VersionCommand { command: Vec::new(), pattern: None }),
        example: None,
        private: false,
    };
    let release = Release {
        name: name.to_owned(),
        version: "0.2.0".to_owned(),
        source: None,
        revision: None,
        images: vec![image],
    };
    let policy = Policy { native: Platform::new("linux", "amd64", None), ..Policy::default() };
    let mut facts = Facts::new(at());
    loop {
        let wanted = dod::wants(&release, &policy, &Scope::default(), &facts);
        if wanted.is_empty() {
            break;
        }
        for key in wanted.into_keys() {
            let absence = Absence {
                kind: AbsenceKind::NotFound,
                text: "404 from ghcr.io without credentials".to_owned(),
            };
            let evidence = Evidence {
                subject: "ghcr.io/acme/app".to_owned(),
                source: "ghcr.io".to_owned(),
                method: "GET".to_owned(),
                level: Level::Registry,
                at: at(),
                exit: None,
                raw: Vec::new(),
            };
            facts.insert(key.clone(), Fact::absent(&key, absence), evidence);
        }
    }
    let key = FactKey::Tag {
        repository: "ghcr.io/acme/app".parse().unwrap(),
        tag: "0.2.0".parse().unwrap(),
        access: Access::Anonymous,
        pass: Pass::First,
    };
    assert!(facts.get(&key).is_some());
    (release, policy, facts)
}

fn render(name: &str, report: impl Fn(&Input) -> String) -> String {
    let (release, policy, facts) = nothing(name);
    let assessment = dod::judge(&release, &policy, &Scope::default(), &facts);
    let requests = [("ghcr.io".to_owned(), 1)];
    report(&Input {
        release: &release,
        policy: &policy,
        facts: &facts,
        assessment: &assessment,
        requests: &requests,
        started: at(),
        finished: Some(at()),
    })
}

fn generated(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn the_text_of_a_release_of_which_nothing_is_there() {
    insta::assert_snapshot!(render("app", |input| text(input, false)));
}

#[test]
fn the_json_keeps_the_field_names_of_the_contract() {
    insta::assert_snapshot!(render("app", json));
}

#[test]
fn the_markdown_has_every_section_of_the_audit_report() {
    let report = render("app", markdown);
    for section in [
        "## Executive Summary",
        "## Definition of Done Compliance",
        "## Critical Blockers",
        "## Infrastructure Assessment",
        "## Current State vs Required State",
        "## Action Plan for Go-Live",
        "### Immediate Actions",
        "### Build & Release Actions",
        "### Post-Release Validation",
        "## Risk Assessment",
        "## Recommendations",
        "## Conclusion",
    ] {
        assert!(report.contains(section), "{section} is missing");
    }
    insta::assert_snapshot!(generated(&report));
}

#[test]
fn what_comes_from_outside_commands_neither_a_terminal_nor_markdown() {
    let hostile = "a\u{1b}[2J|b<script>\u{202e}`c`";
    for report in [render(hostile, |input| text(input, false)), render(hostile, markdown)] {
        assert!(!report.contains('\u{1b}') && !report.contains('\u{202e}'), "{report}");
    }
    assert!(!render(hostile, markdown).contains("<script>"));
    let parsed: BTreeMap<String, serde_json::Value> = serde_json::from_str(&render(hostile, json)).unwrap();
    assert!(parsed.contains_key("exit_bar_results"));
}
