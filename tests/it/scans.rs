//! Item 5 against scans that are attested, and against reports in files, through the binary.

use exitbar::model::Digest;
use serde_json::{Value, json};

use crate::pushing::Client;
use crate::scanned::{ITEM, Scanned, VULN, finding, predicate};
use crate::signing::{ours, statement, stranger};

pub fn a_release_without_a_scan_is_not_started() {
    let audit = Scanned::new().audit();
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
}

pub fn a_clean_newest_attested_scan_completes_item_5() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &finding("CRITICAL")), 48, 50));
    assert_eq!(scanned.audit().status(ITEM), "FAILED");
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy 0.58.1: nothing at or over high; database 3 h old"]);
}

pub fn a_finding_at_or_over_the_threshold_fails() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &finding("HIGH")), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "FAILED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["CVE-2024-3094 (high) in xz 5.6.0, fixed in 5.6.2"]);
    let lenient = Scanned::with("threshold = \"critical\"");
    lenient.attest(&ours(), |child| predicate(&lenient.report(child, &finding("HIGH")), 2, 5));
    assert_eq!(lenient.audit().status(ITEM), "COMPLETE");
}

pub fn an_old_database_is_soft() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &json!([])), 2, 30));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "PARTIAL", "{}", audit.item(ITEM));
    audit.says(ITEM, &["more than 24 h"]);
}

pub fn an_old_scan_is_conditional() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |child| predicate(&scanned.report(child, &json!([])), 8 * 24, 8 * 24));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["the scan is 8 days old, more than 7 days"]);
}

pub fn a_stranger_s_scan_is_shown_and_not_counted() {
    let scanned = Scanned::new();
    scanned.attest(&stranger(), |child| predicate(&scanned.report(child, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["shown, not counted", "mallory/app"]);
}

pub fn an_attested_scan_of_another_image_does_not_count() {
    let scanned = Scanned::new();
    let other = Digest::of(b"another image");
    scanned.attest(&ours(), |_| predicate(&scanned.report(&other, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["a scan of something else", other.as_str()]);
}

pub fn a_scan_attested_to_another_digest_does_not_count() {
    let scanned = Scanned::new();
    let other = Digest::of(b"another image");
    for child in &scanned.children {
        let clean = predicate(&scanned.report(child, &json!([])), 2, 5);
        scanned.attach(&ours(), VULN, child, &statement(&other, VULN, &clean));
    }
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    assert!(
        audit.json["warnings"].to_string().contains("attestation is invalid"),
        "{}",
        audit.json["warnings"]
    );
}

pub fn a_scan_that_looked_at_nothing_is_unknown() {
    let nothing = |change: fn(&mut Value), why: &str| {
        let scanned = Scanned::new();
        scanned.attest(&ours(), |child| {
            let mut report = scanned.report(child, &json!([]));
            change(&mut report);
            predicate(&report, 2, 5)
        });
        let audit = scanned.audit();
        assert_eq!(audit.status(ITEM), "UNKNOWN", "{why}: {}", audit.item(ITEM));
        audit.says(ITEM, &[why]);
    };
    nothing(|report| report["Results"][0]["Packages"] = json!([]), "nothing was catalogued");
    nothing(|report| report["Results"] = Value::Null, "nothing was catalogued");
    let old = |report: &mut Value| {
        report["Metadata"]["OS"] = json!({ "Family": "alpine", "Name": "3.10.2", "EOSL": true });
    };
    nothing(old, "alpine 3.10.2 is past its end of life");
}

pub fn a_null_result_is_unknown() {
    let scanned = Scanned::new();
    scanned.attest(&ours(), |_| predicate(&Value::Null, 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["`null`"]);
}

pub fn a_report_in_a_file_counts_for_the_platform_that_it_names() {
    let scanned = Scanned::new();
    let files = scanned.files(&json!([]));
    let audit = scanned.audit_with(&[files[0].as_str(), files[1].as_str()]);
    assert_eq!(audit.outcomes(ITEM), ["pass", "absent"], "{}", audit.item(ITEM));
    let audit = scanned.audit_files(&json!([]));
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    assert_eq!(scanned.audit_files(&finding("CRITICAL")).status(ITEM), "FAILED");
}

pub fn a_report_of_another_image_is_shown_and_not_counted() {
    let scanned = Scanned::new();
    let fixture = crate::release::fixture("scans/trivy-alpine-distroless.json");
    let audit = scanned.audit_with(&["--scan", fixture.to_str().expect("a path")]);
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy-alpine-distroless.json", "shown, not counted", "22848737"]);
    let audit = scanned.audit_with(&["--scan", "nowhere.json"]);
    assert_eq!(audit.status(ITEM), "NOT STARTED");
    audit.says(ITEM, &["nowhere.json"]);
}

pub fn a_report_that_cannot_be_read_is_unknown() {
    let scanned = Scanned::new();
    std::fs::write(scanned.folder.path().join("scan.json"), "2026 FATAL no database").expect("a file");
    let audit = scanned.audit_with(&["--scan", "scan.json"]);
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["scan.json"]);
}

pub fn a_scan_attested_on_the_index_counts_for_the_platforms_that_it_names() {
    let scanned = Scanned::new();
    let index = Client::of(&scanned.repository()).digest("0.2.0").expect("an index");
    let index: Digest = index.parse().expect("a digest");
    let first = predicate(&scanned.report(&scanned.children[0], &json!([])), 2, 5);
    scanned.attest_one(&ours(), &index, &first);
    let audit = scanned.audit();
    assert_eq!(audit.outcomes(ITEM), ["pass", "absent"], "{}", audit.item(ITEM));
    assert!(!audit.item(ITEM).contains("not counted"), "it counts: {}", audit.item(ITEM));
    let scanned = Scanned::new();
    scanned.attest_one(&ours(), &index, &predicate(&scanned.report(&index, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.outcomes(ITEM), ["absent", "absent"], "{}", audit.item(ITEM));
    audit.says(ITEM, &["names no platform: shown, not counted"]);
}

pub fn a_real_registry_takes_and_gives_attested_scans() {
    let registry = crate::pushing::DockerRegistry::start();
    let scanned = Scanned::in_registry(registry.host().to_owned(), None, "");
    scanned.attest_classic(&ours(), |child| predicate(&scanned.report(child, &json!([])), 2, 5));
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
}
