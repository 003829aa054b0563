use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn named(purl: &str) -> Option<(String, String, String)> {
    package(purl).map(|package| (package.ecosystem, package.name, package.version))
}

#[test]
fn packages_are_named_as_osv_names_them() {
    for (purl, ecosystem, name, version) in [
        ("pkg:npm/%40angular/core@17.0.0", "npm", "@angular/core", "17.0.0"),
        ("pkg:pypi/jinja2@2.4.1", "PyPI", "jinja2", "2.4.1"),
        ("pkg:golang/github.com/acme/x@v1.2.3", "Go", "github.com/acme/x", "1.2.3"),
        ("pkg:maven/org.acme/lib@1.0", "Maven", "org.acme:lib", "1.0"),
        (
            "pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&upstream=openssl&distro=debian-12",
            "Debian:12",
            "openssl",
            "3.0.1-1",
        ),
        (
            "pkg:deb/debian/perl-base@5.36?upstream=perl%405.36&distro=debian-12.5",
            "Debian:12",
            "perl",
            "5.36",
        ),
        ("pkg:deb/ubuntu/zlib1g@1:1.2?distro=ubuntu-22.04", "Ubuntu:22.04:LTS", "zlib1g", "1:1.2"),
        ("pkg:apk/alpine/git@2.35.1-r2?arch=x86_64&distro=alpine-3.16.2", "Alpine:v3.16", "git", "2.35.1-r2"),
        ("pkg:apk/alpine/git@2.35.1-r2?arch=x86_64&distro=3.16", "Alpine:v3.16", "git", "2.35.1-r2"),
    ] {
        assert_eq!(named(purl), Some((ecosystem.to_owned(), name.to_owned(), version.to_owned())), "{purl}");
    }
}

#[test]
fn what_osv_cannot_be_asked_about_is_no_guess() {
    for purl in [
        "pkg:generic/openssl@3",
        "pkg:deb/debian/libssl3@3.0.1-1",
        "pkg:deb/mint/libssl3@3?distro=mint-21",
        "pkg:rpm/redhat/openssl@3?distro=rhel-9",
        "pkg:pypi/jinja2",
        "no purl",
    ] {
        assert_eq!(named(purl), None, "{purl}");
    }
}

const JINJA: &str = "pkg:pypi/jinja2@2.4.1";

fn record(id: &str, more: &Value) -> (String, Arc<[u8]>) {
    let mut record = json!({ "id": id, "modified": "2026-01-01T00:00:00Z" });
    for (key, value) in more.as_object().unwrap() {
        record[key] = value.clone();
    }
    (id.to_owned(), Arc::from(record.to_string().into_bytes()))
}

fn answers(records: Vec<(String, Arc<[u8]>)>) -> OsvAnswers {
    let ids = records.iter().map(|(id, _)| id.clone()).collect();
    OsvAnswers {
        found: [(JINJA.to_owned(), ids)].into(),
        records: records.into_iter().collect(),
        unmapped: Vec::new(),
    }
}

fn scanned(answers: &OsvAnswers) -> Scan {
    scan(answers, Timestamp::UNIX_EPOCH).unwrap()
}

#[test]
fn records_become_findings_with_severity_and_fix() {
    let affected = json!([{ "package": { "ecosystem": "PyPI", "name": "jinja2" },
        "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "2.10.1" }] }] }]);
    let scan = scanned(&answers(vec![
        record(
            "GHSA-1",
            &json!({ "affected": affected, "aliases": ["CVE-2019-1"],
            "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }] }),
        ),
        record("GHSA-2", &json!({ "affected": affected, "database_specific": { "severity": "MODERATE" } })),
        record("GHSA-3", &json!({ "affected": affected, "withdrawn": "2026-01-02T00:00:00Z" })),
    ]));
    assert_eq!(scan.findings.len(), 2);
    let first = &scan.findings[0];
    assert_eq!((first.severity, first.fixed_in.as_deref()), (Some(Severity::Critical), Some("2.10.1")));
    assert!(first.is_called("CVE-2019-1"));
    assert_eq!(scan.findings[1].severity, Some(Severity::Medium));
    assert_eq!(scan.catalogued, Catalogued::Something);
}

#[test]
fn the_same_under_two_names_is_one_finding_with_the_higher_severity() {
    let high = json!({ "aliases": ["CVE-2019-1"], "database_specific": { "severity": "HIGH" } });
    let scan = scanned(&answers(vec![
        record("GHSA-1", &high),
        record("PYSEC-1", &json!({ "aliases": ["CVE-2019-1"] })),
    ]));
    assert_eq!(scan.findings.len(), 1);
    assert_eq!(scan.findings[0].severity, Some(Severity::High));
    assert!(scan.findings[0].is_called("PYSEC-1"));
}

#[test]
fn an_advisory_of_several_vulnerabilities_is_called_by_none_of_them() {
    let scan = scanned(&answers(vec![record("DSA-1", &json!({ "upstream": ["CVE-1-1", "CVE-1-2"] }))]));
    assert!(!scan.findings[0].is_called("CVE-1-1"));
    let scan = scanned(&answers(vec![record("DEBIAN-CVE-1-1", &json!({ "upstream": ["CVE-1-1"] }))]));
    assert!(scan.findings[0].is_called("CVE-1-1"));
}

#[test]
fn unmapped_packages_and_no_package_at_all_are_no_clean_scan() {
    let unmapped = OsvAnswers { unmapped: vec!["pkg:generic/x@1".to_owned()], ..answers(Vec::new()) };
    let Catalogued::Nothing(why) = scanned(&unmapped).catalogued else { panic!() };
    assert!(why.starts_with("1 of 2 packages"), "{why}");
    let none = OsvAnswers { found: BTreeMap::new(), ..answers(Vec::new()) };
    assert!(matches!(scanned(&none).catalogued, Catalogued::Nothing(_)));
}

#[test]
fn a_record_that_is_missing_or_broken_is_an_error() {
    let mut missing = answers(vec![record("GHSA-1", &json!({}))]);
    missing.records.clear();
    assert!(scan(&missing, Timestamp::UNIX_EPOCH).is_err());
    missing.records.insert("GHSA-1".to_owned(), Arc::from(&b"{}"[..]));
    assert!(scan(&missing, Timestamp::UNIX_EPOCH).is_err());
}

proptest! {
    #[test]
    fn no_purl_makes_it_panic(purl in "pkg:[a-z]{1,6}/.{0,40}", text in ".{0,40}") {
        let _ = (package(&purl), package(&text));
    }

    #[test]
    fn no_record_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut answers = answers(vec![record("GHSA-1", &json!({}))]);
        answers.records.insert("GHSA-1".to_owned(), Arc::from(bytes));
        let _ = scan(&answers, Timestamp::UNIX_EPOCH);
    }
}

#[test]
fn packages_of_a_distribution_past_its_end_of_life_are_no_clean_scan() {
    let purl = "pkg:deb/debian/zlib1g@1.2.11?distro=debian-10";
    let old = OsvAnswers { found: [(purl.to_owned(), Vec::new())].into(), ..answers(Vec::new()) };
    let at = |day: &str| scan(&old, day.parse().unwrap()).unwrap().catalogued;
    assert_eq!(at("2024-01-01T00:00:00Z"), Catalogued::Something);
    let Catalogued::Nothing(why) = at("2026-11-24T00:00:00Z") else { panic!() };
    assert!(why.starts_with("Debian:10 is past its end of life"), "{why}");
}
