//! What clears findings of item 5: exceptions that end on a day, VEX documents, that there is no fix.

use serde_json::json;

use crate::scanned::{ITEM, Scanned, finding};

pub fn an_ignored_finding_does_not_count_until_its_day() {
    let ignore = |until: &str| {
        format!(
            "[[vulnerabilities.ignore]]\nid = \"CVE-2024-3094\"\nuntil = {until}\nreason = \"not reached\""
        )
    };
    let audit = Scanned::with(&ignore("2999-12-31")).audit_files(&finding("CRITICAL"));
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["1 findings are ignored"]);
    let audit = Scanned::with(&ignore("2020-12-31")).audit_files(&finding("CRITICAL"));
    assert_eq!(audit.status(ITEM), "FAILED", "{}", audit.item(ITEM));
    audit.says(ITEM, &["it counts again"]);
}

pub fn what_vex_clears_does_not_count() {
    let scanned = Scanned::with("vex = [\"vex.json\"]");
    let vex = |product: &str, status: &str| {
        let vex = json!({
            "@context": "https://openvex.dev/ns/v0.2.0", "author": "Acme", "timestamp": "2026-11-01T00:00:00Z",
            "statements": [{ "vulnerability": { "name": "CVE-2024-3094" }, "status": status,
                "justification": "vulnerable_code_not_in_execute_path",
                "products": [{ "@id": product, "subcomponents": [{ "@id": "pkg:deb/debian/xz@5.6.0" }] }] }],
        });
        std::fs::write(scanned.folder.path().join("vex.json"), vex.to_string()).expect("a document");
        scanned.audit_files(&finding("CRITICAL"))
    };
    let ours = format!("pkg:oci/app?repository_url={}", scanned.repository().replace('/', "%2F"));
    let audit = vex(&ours, "not_affected");
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["cleared by VEX"]);
    assert_eq!(vex(&ours, "affected").status(ITEM), "FAILED");
    assert_eq!(vex("pkg:oci/app?repository_url=ghcr.io/mallory/app", "not_affected").status(ITEM), "FAILED");
    // One platform's digest clears that platform only.
    let first = format!("pkg:oci/app@{}", scanned.children[0].as_str().replace(':', "%3A"));
    assert_eq!(vex(&first, "not_affected").outcomes(ITEM), ["pass", "fail"]);
}

pub fn a_vex_document_that_cannot_be_read_clears_nothing_and_fails_nothing() {
    let scanned = Scanned::with("vex = [\"vex.json\"]");
    std::fs::write(scanned.folder.path().join("vex.json"), "{").expect("a file");
    let audit = scanned.audit_files(&finding("CRITICAL"));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["vex.json"]);
    assert_eq!(scanned.audit_files(&json!([])).status(ITEM), "COMPLETE");
}

pub fn only_findings_with_a_fix_count_where_that_is_asked() {
    let scanned = Scanned::with("fixable_only = true");
    let mut unfixed = finding("CRITICAL");
    unfixed[0].as_object_mut().expect("a finding").remove("FixedVersion");
    assert_eq!(scanned.audit_files(&unfixed).status(ITEM), "COMPLETE");
    assert_eq!(scanned.audit_files(&finding("CRITICAL")).status(ITEM), "FAILED");
}
