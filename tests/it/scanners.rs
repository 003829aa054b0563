//! Item 5 against the scanners of this machine, through the binary.

use exitbar::model::Digest;
use serde_json::json;

use crate::release::Audit;
use crate::scanned::{ITEM, Scanned, ago, finding, prints};

pub fn the_scan_action_completes_item_5_and_a_later_audit_knows_it() {
    let scanned = Scanned::new();
    let path = scanned.trivy(&prints(&json!([])));
    let output = scanned.folder.run_with(&["scan", "--yes"], &[("PATH", &path)]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}{stderr}");
    assert!(said.contains("trivy scans app linux/amd64") && said.contains("2 scans were made"), "{said}");
    // The scanner is gone; what it saw is kept, with the age of its database.
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy 0.58.1: nothing at or over high; database"]);
    // A later scan takes its place.
    let path = scanned.trivy(&prints(&finding("CRITICAL")));
    scanned.folder.run_with(&["scan", "--yes"], &[("PATH", &path)]);
    assert_eq!(scanned.audit().status(ITEM), "FAILED");
    // Another source alone counts where the configuration says so.
    let attested = Scanned::with("sources = [\"attested\"]");
    let path = attested.trivy(&prints(&json!([])));
    let output = attested.folder.run_with(&["scan", "--yes"], &[("PATH", &path)]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
}

/// An audit that scans, with this scanner.
fn scanning(script: &str) -> (Scanned, Audit) {
    let scanned = Scanned::new();
    let path = scanned.trivy(script);
    let audit = scanned.folder.audit_in(&["--run", "scan"], &[("PATH", &path)]);
    (scanned, audit)
}

pub fn a_scanner_that_is_configured_and_not_there_is_unknown() {
    let scanned = Scanned::with("sources = [\"trivy\"]");
    let audit = scanned.audit_with(&["--run", "scan"]);
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy is not on PATH", "install trivy"]);
}

pub fn grype_is_asked_as_well_and_the_worst_counts() {
    use std::os::unix::fs::PermissionsExt as _;
    let scanned = Scanned::new();
    let path = scanned.trivy(&prints(&json!([])));
    let grype = scanned.bin().join("grype");
    let report = "#!/bin/sh\nfor last; do :; done\necho 'INFO found 1 vulnerability matches across 9 packages' >&2\n\
        cat <<EOF\n{\"matches\":[{\"vulnerability\":{\"id\":\"CVE-2024-3094\",\"severity\":\"Critical\"},\"artifact\":{\"name\":\"xz\",\"version\":\"5.6.0\"}}],\
        \"source\":{\"target\":{\"userInput\":\"$last\"}},\"descriptor\":{\"name\":\"grype\",\"version\":\"0.87.0\",\"timestamp\":\"TIME\"}}\nEOF\n";
    std::fs::write(&grype, report.replace("TIME", &ago(0))).expect("a program");
    std::fs::set_permissions(&grype, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let audit = scanned.folder.audit_in(&["--run", "scan"], &[("PATH", &path)]);
    assert_eq!(audit.status(ITEM), "FAILED", "{}", audit.item(ITEM));
    let scans = audit.json["exit_bar_results"][ITEM]["scans"].as_array().expect("scans").clone();
    let scanners: std::collections::BTreeSet<_> =
        scans.iter().filter_map(|scan| scan["scanner"].as_str()).collect();
    assert_eq!(scanners.into_iter().collect::<Vec<_>>(), ["grype 0.87.0", "trivy 0.58.1"], "{scans:?}");
    let found = scans.iter().find(|scan| scan["scanner"] == "grype 0.87.0").expect("grype's");
    assert_eq!(found["findings"][0]["id"], "CVE-2024-3094");
}

pub fn a_scanner_that_fails_is_unknown() {
    let (_scanned, audit) = scanning("echo 'Error: no such database' >&2; exit 1");
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["trivy failed with exit code 1: Error: no such database"]);
}

pub fn a_scanner_that_says_fatal_and_exits_with_0_is_unknown() {
    let fatal = "printf '2026-11-24\\tFATAL\\tFatal error: db is locked\\n' >&2";
    let (_scanned, audit) = scanning(&format!("{fatal}; exit 0"));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["db is locked"]);
    let (_scanned, audit) = scanning(&format!("{fatal}\n{}", prints(&json!([]))));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
}

pub fn a_scanner_that_catalogues_nothing_is_unknown() {
    let (_scanned, audit) = scanning(&prints(&json!([])).replace("{\"Name\":\"zlib\"}", ""));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["nothing was catalogued"]);
}

pub fn a_scanner_that_answers_about_another_image_is_unknown() {
    let other = format!("last=localhost/app@{}", Digest::of(b"other"));
    let (_scanned, audit) = scanning(&format!("{other}\n{}", prints(&json!([]))));
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["answered about"]);
}

pub fn an_audit_scans_only_where_it_is_asked() {
    let scanned = Scanned::new();
    let path = scanned.trivy(&prints(&json!([])));
    let audit = scanned.folder.audit_in(&[], &[("PATH", &path)]);
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    assert!(!scanned.bin().join("log").exists(), "nobody asked for a scan");
    let audit = scanned.folder.audit_in(&["--run", "scan"], &[("PATH", &path)]);
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
}

pub fn a_scanner_gets_no_secret_and_its_settings_hide_nothing() {
    let scanned = Scanned::new();
    scanned.folder.login(&scanned.host, "somebody", "hunter2");
    let path = scanned.trivy(&prints(&json!([])));
    let environment = [("PATH", path.as_str()), ("TRIVY_SEVERITY", "LOW"), ("TRIVY_IGNORE_UNFIXED", "true")];
    scanned.folder.audit_in(&["--run", "scan"], &environment);
    let log = std::fs::read_to_string(scanned.bin().join("log")).expect("its arguments");
    for child in &scanned.children {
        assert!(log.contains(&format!("{}@{child}", scanned.repository())), "{log}");
    }
    assert!(log.contains("--platform linux/arm64") && !log.contains("hunter2"), "{log}");
    let environment = std::fs::read_to_string(scanned.bin().join("log.env")).expect("its environment");
    assert!(
        !environment.contains("TRIVY_SEVERITY") && !environment.contains("TRIVY_IGNORE"),
        "{environment}"
    );
}
