use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::{Platform, Severity};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/scans").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(value: &Value) -> Scan {
    parse(value.to_string().as_bytes()).unwrap()
}

/// How many findings of each severity, the unrated first.
fn counts(scan: &Scan) -> Vec<(Option<Severity>, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for finding in &scan.findings {
        *counts.entry(finding.severity).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

fn nothing(scan: &Scan) -> &str {
    match &scan.catalogued {
        Catalogued::Nothing(why) => why,
        Catalogued::Something => panic!("taken for a scan: {scan:?}"),
    }
}

#[test]
fn trivy_s_reports_have_the_counts_that_they_hold() {
    for (name, severity, count) in [
        ("trivy-alpine-310.json", Severity::Medium, 4),
        ("trivy-alpine-39-high-critical.json", Severity::Critical, 2),
        ("trivy-alpine-distroless.json", Severity::Medium, 1),
    ] {
        let scan = parse(&fixture(name)).unwrap();
        assert_eq!(counts(&scan), [(Some(severity), count)], "{name}");
        assert_eq!(scan.scanner, "trivy dev");
        assert_eq!(scan.scanned_at.unwrap().to_string(), "2021-08-25T12:20:30.000000005Z");
        assert!(
            scan.target.config.is_some() && scan.target.digests.is_empty(),
            "{name}: it names no manifest"
        );
        assert_eq!(scan.target.platform, Some(Platform::new("linux", "amd64", None)));
    }
    let scan = parse(&fixture("trivy-alpine-distroless.json")).unwrap();
    let git = &scan.findings[0];
    assert_eq!((git.id.as_str(), git.package_version().as_str()), ("CVE-2022-24765", "git 2.35.1-r2"));
    assert_eq!((git.fixed_in.as_deref(), git.kind.as_deref()), (Some("2.35.2-r0"), Some("alpine")));
    assert_eq!(git.purl.as_deref(), Some("pkg:apk/alpine/git@2.35.1-r2?arch=x86_64&distro=3.16"));
    assert_eq!(scan.catalogued, Catalogued::Something);
}

#[test]
fn an_end_of_life_distribution_is_no_clean_scan() {
    let scan = parse(&fixture("trivy-alpine-310.json")).unwrap();
    assert_eq!(nothing(&scan), "alpine 3.10.2 is past its end of life: nobody tells of its vulnerabilities");
}

#[test]
fn grype_s_report_is_read_and_names_manifest_and_config() {
    let scan = parse(&fixture("grype-image.json")).unwrap();
    assert_eq!(counts(&scan), [(Some(Severity::Low), 1), (Some(Severity::Critical), 1)]);
    assert_eq!((scan.scanner.as_str(), scan.scanned_at, scan.database_at), ("grype", None, None));
    assert!(scan.target.digests[0].as_str().starts_with("sha256:ca738abb"));
    assert!(scan.target.config.unwrap().as_str().starts_with("sha256:ab5608d6"));
    assert_eq!(scan.findings[0].fixed_in.as_deref(), Some("1.2.1, 2.1.3, 3.4.0"));
    assert_eq!(scan.findings[1].fixed_in, None);
}

#[test]
fn grype_tells_its_time_its_database_and_what_it_ignored() {
    let scan = read(&json!({
        "matches": [],
        "ignoredMatches": [{
            "vulnerability": { "id": "CVE-2024-1", "severity": "High" },
            "artifact": { "name": "zlib", "version": "1.2" },
            "appliedIgnoreRules": [{ "vex-status": "not_affected", "reason": "no code" }],
        }],
        "source": { "target": { "userInput": "ghcr.io/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "os": "linux", "architecture": "arm64" } },
        "distro": { "name": "debian", "version": "12" },
        "descriptor": { "name": "grype", "version": "0.87.0", "timestamp": "2026-11-24T10:00:00.5Z",
            "db": { "status": { "built": "2026-11-24T01:30:00Z" } } },
    }));
    assert_eq!(scan.scanner, "grype 0.87.0");
    assert_eq!(scan.database_at.unwrap().to_string(), "2026-11-24T01:30:00Z");
    assert_eq!(scan.findings[0].suppressed.as_deref(), Some("grype: not_affected: no code"));
    assert_eq!((scan.catalogued, scan.target.digests.len()), (Catalogued::Something, 1));
}

#[test]
fn sarif_has_the_scanners_words_and_not_the_score() {
    let scan = parse(&fixture("grype-image.sarif")).unwrap();
    assert_eq!(counts(&scan), [(Some(Severity::Low), 1), (Some(Severity::Critical), 1)]);
    assert_eq!(scan.findings[0].package_version(), "package-1 1.1.1");
    assert_eq!(scan.findings[0].id, "CVE-1999-0001");
    assert_eq!((scan.scanned_at, scan.target.digests.len()), (None, 0));
    let scan = parse(&fixture("trivy-alpine-310.sarif")).unwrap();
    assert_eq!(counts(&scan), [(Some(Severity::Medium), 4)]);
    assert_eq!(scan.findings[0].package_version(), "libcrypto1.1 1.1.1c-r0");
    assert_eq!(scan.findings[0].fixed_in.as_deref(), Some("1.1.1d-r0"));
    assert!(scan.target.config.unwrap().as_str().starts_with("sha256:96176967"));
}

#[test]
fn an_empty_sarif_does_not_show_that_anything_was_looked_at() {
    let report =
        json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "Trivy" } }, "results": [] }] });
    assert!(nothing(&read(&report)).starts_with("no finding"));
    let report = json!({ "version": "2.1.0", "runs": [{ "results": null }] });
    assert_eq!(nothing(&read(&report)), "no run has a list of results");
}

#[test]
fn a_null_result_and_the_year_1_are_unknown_and_not_clean() {
    let scan = attested(&fixture("cosign-vuln-predicate.json")).unwrap();
    assert_eq!(nothing(&scan), "the attestation's result is `null`");
    assert_eq!(scan.scanned_at.unwrap().to_string(), "2022-04-12T00:10:00Z");
    let scan = parse(&fixture("cosign-vuln-statement.json")).unwrap();
    assert_eq!((scan.scanned_at, scan.database_at), (None, None));
    assert!(scan.target.digests[0].as_str().starts_with("sha256:3c19aa98"));
    assert!(nothing(&scan).contains("null"));
}

#[test]
fn a_predicate_of_cosign_holds_a_scanner_s_own_report() {
    let report: Value = serde_json::from_slice(&fixture("trivy-alpine-distroless.json")).unwrap();
    let predicate = json!({
        "scanner": { "uri": "pkg:github/aquasecurity/trivy@0.58.1", "db": { "lastUpdate": "2026-11-24T01:00:00Z" }, "result": report },
        "metadata": { "scanFinishedOn": "2026-11-24T02:00:00Z" },
    });
    let scan = attested(predicate.to_string().as_bytes()).unwrap();
    assert_eq!(scan.scanned_at.unwrap().to_string(), "2026-11-24T02:00:00Z");
    assert_eq!(scan.database_at.unwrap().to_string(), "2026-11-24T01:00:00Z");
    assert_eq!((scan.findings.len(), scan.scanner.as_str()), (1, "trivy dev"));
    let odd = json!({ "scanner": { "uri": "x", "result": { "what": 1 } } });
    assert!(nothing(&attested(odd.to_string().as_bytes()).unwrap()).contains("no scan report"));
    let nested = json!({ "scanner": { "result": { "scanner": { "result": [] } } } });
    assert!(nothing(&attested(nested.to_string().as_bytes()).unwrap()).contains("no scan report"));
}

#[test]
fn in_toto_s_list_has_scores_that_are_words_numbers_or_vectors() {
    let vector = "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    let found = json!([
        { "id": "CVE-1", "severity": [{ "method": "nvd", "score": "medium" }, { "method": "cvss_score", "score": "5.2" }] },
        { "id": "CVE-2", "severity": [{ "method": "cvss31", "score": vector }] },
        { "vulnerability": { "id": "CVE-3", "severity": [{ "method": "cvss", "score": 7.5 }] } },
        { "id": "CVE-4", "severity": [], "annotations": [{ "package": "zlib" }] },
        { "severity": [{ "method": "nvd", "score": "what" }] },
    ]);
    let predicate = json!({
        "scanner": { "uri": "pkg:github/aquasecurity/trivy", "version": "0.19.2", "result": found,
            "db": { "lastUpdate": "2026-11-24T01:00:00Z" } },
        "metadata": { "scanStartedOn": "2026-11-24T02:00:00Z", "scanFinishedOn": "0001-01-01T00:00:00Z" },
    });
    let scan = attested(predicate.to_string().as_bytes()).unwrap();
    let severities: Vec<_> = scan.findings.iter().map(|finding| finding.severity).collect();
    assert_eq!(
        severities,
        [Some(Severity::Medium), Some(Severity::Critical), Some(Severity::High), None, None]
    );
    assert_eq!(scan.findings[4].id, "a finding without an identifier");
    assert_eq!((scan.scanner.as_str(), scan.findings[3].package.as_str()), ("trivy 0.19.2", "zlib"));
    assert_eq!(scan.scanned_at.unwrap().to_string(), "2026-11-24T02:00:00Z");
    let clean = json!({ "scanner": { "uri": "x", "result": [] } });
    assert_eq!(attested(clean.to_string().as_bytes()).unwrap().catalogued, Catalogued::Something);
}

#[test]
fn trivy_without_packages_is_no_clean_scan() {
    let report = |results: Value| {
        read(
            &json!({ "SchemaVersion": 2, "ArtifactName": "a", "CreatedAt": "2026-11-24T02:00:00Z", "Results": results }),
        )
    };
    assert!(nothing(&report(Value::Null)).contains("no results"));
    assert!(nothing(&read(&json!({ "SchemaVersion": 2, "ArtifactName": "a" }))).contains("no results"));
    assert!(nothing(&report(json!([]))).contains("no package"));
    assert!(nothing(&report(json!([{ "Class": "secret" }]))).contains("no package"));
    assert!(nothing(&report(json!([{ "Class": "os-pkgs", "Packages": [] }]))).contains("no package"));
    assert_eq!(report(json!([{ "Class": "os-pkgs" }])).catalogued, Catalogued::Something);
    assert_eq!(report(json!([{ "Packages": [{ "Name": "a" }] }])).catalogued, Catalogued::Something);
}

#[test]
fn what_trivy_s_vex_suppressed_is_kept_and_says_why() {
    let scan = read(&json!({
        "SchemaVersion": 2, "ArtifactName": "a",
        "Results": [{ "Class": "os-pkgs", "ExperimentalModifiedFindings": [
            { "Type": "vulnerability", "Status": "not_affected", "Statement": "no such code", "Source": "vex.json",
              "Finding": { "VulnerabilityID": "CVE-2024-1", "PkgName": "zlib", "Severity": "CRITICAL" } },
            { "Type": "secret", "Finding": {} },
        ] }],
    }));
    assert_eq!(scan.findings.len(), 1);
    assert_eq!(scan.findings[0].suppressed.as_deref(), Some("trivy: not_affected by vex.json: no such code"));
}

#[test]
fn trivy_s_unknown_severity_is_taken_from_the_scores() {
    let scan = read(&json!({
        "SchemaVersion": 2, "ArtifactName": "a",
        "Results": [{ "Vulnerabilities": [
            { "VulnerabilityID": "A", "PkgName": "p", "Severity": "UNKNOWN", "CVSS": { "nvd": { "V3Score": 9.8 }, "redhat": { "V3Score": 5.0 } } },
            { "VulnerabilityID": "B", "PkgName": "p", "Severity": "UNKNOWN" },
        ] }],
    }));
    assert_eq!(counts(&scan), [(None, 1), (Some(Severity::Critical), 1)]);
}

#[test]
fn vectors_of_every_version_have_a_severity_and_an_incomplete_one_has_none() {
    for (vector, expected) in [
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", Some(Severity::Critical)),
        ("CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", Some(Severity::Low)),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(Severity::Critical)),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some(Severity::Critical)),
        ("CVSS:3.1/AV:N/AC:L", None),
        ("CVSS:3.1/", None),
        ("nonsense", None),
    ] {
        assert_eq!(severity::of_vector(vector), expected, "{vector}");
    }
    assert_eq!(severity::of_score(0.0), Some(Severity::Negligible));
    assert_eq!(severity::of_score(f64::NAN), None);
    assert_eq!(severity::of_word("Important"), Some(Severity::High));
    assert_eq!(severity::of_word("UNKNOWN"), None);
}

#[test]
fn what_is_no_report_is_refused_and_says_what_would_be_one() {
    for text in ["", "{", "[]", "{}", "FATAL error", "{\"SchemaVersion\": 2}"] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
    let refused = parse(b"{\"a\": 1}").unwrap_err();
    assert!(refused.to_string().contains("--format json"), "{refused}");
}

#[test]
fn countless_tiny_values_do_not_fill_the_memory() {
    let report = format!("[{}0]", "0,".repeat(MOST_VALUES));
    assert_eq!(parse(report.as_bytes()).unwrap_err().kind, ReasonKind::TooLarge);
    let marked = [b"\xef\xbb\xbf".as_slice(), &fixture("grype-image.json")].concat();
    assert!(parse(&marked).is_ok(), "a byte order mark is no trouble");
}

#[test]
fn escape_sequences_do_not_come_through() {
    let scan = read(&json!({
        "SchemaVersion": 2, "ArtifactName": "a",
        "Results": [{ "Vulnerabilities": [{ "VulnerabilityID": "CVE-\u{1b}[31m1", "PkgName": "p\u{202e}q" }] }],
    }));
    let finding = &scan.findings[0];
    assert!(!format!("{}{}", finding.id, finding.package).contains(['\u{1b}', '\u{202e}']));
}

const FIXTURES: [&str; 8] = [
    "trivy-alpine-310.json",
    "trivy-alpine-39-high-critical.json",
    "trivy-alpine-distroless.json",
    "trivy-alpine-310.sarif",
    "grype-image.json",
    "grype-image.sarif",
    "cosign-vuln-predicate.json",
    "cosign-vuln-statement.json",
];

/// Puts something else in a place of a document that is chosen by numbers.
fn broken(value: &mut Value, way: &[usize], with: &Value) {
    let children: Vec<&mut Value> = match value {
        Value::Array(list) => list.iter_mut().collect(),
        Value::Object(map) => map.values_mut().collect(),
        _ => Vec::new(),
    };
    let count = children.len();
    match way.split_first() {
        Some((first, rest)) if count > 0 => {
            if let Some(child) = children.into_iter().nth(first % count) {
                broken(child, rest, with);
            }
        }
        _ => *value = with.clone(),
    }
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!(true)),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,20}".prop_map(|text| json!(text)),
        Just(json!([null, 1, "x", {}])),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (parse(&bytes), attested(&bytes));
    }

    #[test]
    fn no_broken_report_makes_it_panic(
        which in 0..FIXTURES.len(), way in prop::collection::vec(0_usize..40, 1..7), with in anything()
    ) {
        let mut value: Value = serde_json::from_slice(&fixture(FIXTURES[which])).unwrap();
        broken(&mut value, &way, &with);
        let bytes = value.to_string();
        let _ = (parse(bytes.as_bytes()), attested(bytes.as_bytes()));
    }

    #[test]
    fn no_score_makes_it_panic(method in ".{0,12}", score in "[A-Z0-9:./a-z]{0,60}") {
        let _ = (severity::of_anything(&method, &score), severity::of_vector(&score));
    }
}
