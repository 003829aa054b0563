use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Dockerfile {
    parse(Path::new("Dockerfile"), text, None, &BTreeMap::new())
}

fn user(dockerfile: &Dockerfile) -> Option<(&str, u32)> {
    dockerfile.user.as_ref().map(|user| (user.value.as_str(), user.at.line))
}

#[test]
fn the_final_stage_counts_with_its_lines() {
    let read =
        read("FROM golang AS build\nUSER root\nFROM scratch\nUSER 10001:10001\nENTRYPOINT [\"/app\"]\n");
    assert_eq!(user(&read), Some(("10001:10001", 4)));
    assert_eq!(read.entrypoint.unwrap().value, ["/app"]);
    let bases: Vec<_> =
        read.bases.iter().map(|base| (base.value.reference.as_str(), base.value.pinned)).collect();
    assert_eq!(bases, [("golang", false), ("scratch", true)]);
}

#[test]
fn a_stage_from_a_stage_inherits_what_it_does_not_set() {
    let read = read(
        "FROM alpine AS base\nUSER app\nLABEL a=1\nHEALTHCHECK CMD curl -f localhost\nFROM base\nLABEL b=2\n",
    );
    assert_eq!(user(&read), Some(("app", 2)));
    assert_eq!(read.healthcheck.unwrap().value, ["CMD-SHELL", "curl -f localhost"]);
    let labels: Vec<_> =
        read.labels.iter().map(|(key, value)| (key.as_str(), value.value.as_str())).collect();
    assert_eq!(labels, [("a", "1"), ("b", "2")]);
}

#[test]
fn a_target_may_be_named_or_numbered_and_must_exist() {
    let text = "FROM a AS one\nUSER 1\nFROM b AS two\nUSER 2\n";
    let target = |target| parse(Path::new("Dockerfile"), text, Some(target), &BTreeMap::new());
    assert_eq!(user(&target("one")), Some(("1", 2)));
    assert_eq!(user(&target("1")), Some(("2", 4)));
    assert!(target("three").troubles[0].value.contains("three"));
}

#[test]
fn args_reach_a_stage_only_where_it_declares_them() {
    let text = "ARG UID=10001\nFROM scratch\nUSER ${UID:-nobody}\nARG UID\nLABEL uid=$UID\n";
    let read = read(text);
    assert_eq!(user(&read), Some(("nobody", 3)));
    assert_eq!(read.labels["uid"].value, "10001");
    let given = BTreeMap::from([("UID".to_owned(), "7".to_owned())]);
    assert_eq!(parse(Path::new("Dockerfile"), text, None, &given).labels["uid"].value, "7");
}

#[test]
fn continuations_comments_heredocs_and_the_escape_directive_are_no_instructions() {
    let text =
        "FROM scratch\nRUN <<EOF\nUSER root\nEOF\nLABEL a=\"x y\" \\\n  # a comment\n\n  b=z\nUSER 1\n";
    let heredoc = read(text);
    assert_eq!(user(&heredoc), Some(("1", 9)));
    assert_eq!(heredoc.labels["a"].value, "x y");
    assert_eq!(heredoc.labels["b"].value, "z");
    assert!(heredoc.troubles.is_empty(), "{:?}", heredoc.troubles);
    let escaped = read("# escape=`\nFROM scratch\nLABEL a=1 `\n  b=2\n");
    assert_eq!(escaped.labels.len(), 2);
}

#[test]
fn an_error_costs_its_own_instruction_and_is_said_with_its_line() {
    let read = read("\u{feff}FROM scratch\r\nHEALTHCHECK sometimes\r\nUSER ${x!y}\r\nUSER 5\r\nFRMO x\r\n");
    assert_eq!(user(&read), Some(("5", 4)));
    let lines: Vec<u32> = read.troubles.iter().map(|trouble| trouble.at.line).collect();
    assert_eq!(lines, [2, 3, 5]);
}

#[test]
fn healthchecks_are_kept_as_a_config_holds_them() {
    let test = |line: &str| read(&format!("FROM a\n{line}\n")).healthcheck.map(|check| check.value);
    assert_eq!(test("HEALTHCHECK NONE"), Some(vec!["NONE".to_owned()]));
    let exec = test("HEALTHCHECK --interval=5s CMD [\"/app\", \"check\"]").unwrap();
    assert_eq!(exec, ["CMD", "/app", "check"]);
}

#[test]
fn variables_expand_as_buildkit_does() {
    let scope = [("x", "foo.tar.gz"), ("empty", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let scope = Scope::from(scope);
    for (word, expected) in [
        ("$x", "foo.tar.gz"),
        ("${x}y", "foo.tar.gzy"),
        ("${none:-d}", "d"),
        ("${empty:-d}", "d"),
        ("${empty-d}", ""),
        ("${x:+set}", "set"),
        ("${none:+set}", ""),
        ("${x#*.}", "tar.gz"),
        ("${x##*.}", "gz"),
        ("${x%.*}", "foo.tar"),
        ("${x%%.*}", "foo"),
        ("${x/o/0}", "f0o.tar.gz"),
        ("${x//o/0}", "f00.tar.gz"),
        ("'$x'", "$x"),
        ("\"$x\"", "foo.tar.gz"),
        ("\\$x", "$x"),
        ("${none:-${x}}", "foo.tar.gz"),
    ] {
        assert_eq!(expand::word(word, &scope, '\\').as_deref(), Ok(expected), "{word}");
    }
    assert!(expand::word("${none:?needed}", &scope, '\\').unwrap_err().contains("needed"));
    assert!(expand::word("${x", &scope, '\\').is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[A-Z]{0,4}[ -~\n\\\\`$\\{\\}<\"']{0,200}") {
        read(&text);
        read(&format!("FROM a\n{text}"));
    }
}
