//! Item 5 where no scanner is there: OSV is asked about the SBOMs that the release's identity attested.

use exitbar::embedded::sigstore::Identity;
use exitbar::embedded::{Fault, Osv, Trouble};
use serde_json::json;

use crate::scanned::{ITEM, Scanned, TOOLS};
use crate::signing::{ours, stranger};

/// A release, and an OSV that knows an advisory of jinja2 2.4.1.
fn with_osv() -> (Scanned, Osv) {
    let advisory = json!({
        "id": "GHSA-462w-v97r-4m45", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2019-10906"],
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N" }],
        "affected": [{ "package": { "ecosystem": "PyPI", "name": "jinja2" }, "versions": ["2.4.1"],
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "2.10.1" }] }] }],
    });
    let osv = Osv::start(vec![advisory], None).expect("an OSV");
    let scanned = Scanned::with(&format!("osv = \"{}\"", osv.url()));
    (scanned, osv)
}

/// The same, where the SBOM of each platform names these packages.
fn asking_osv(who: &Identity, purls: &[&str]) -> (Scanned, Osv) {
    let (scanned, osv) = with_osv();
    scanned.attest_sbom(who, purls);
    (scanned, osv)
}

pub fn without_a_scanner_osv_is_asked_about_the_attested_sbom() {
    let (scanned, osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@3.1.0", "pkg:npm/left-pad@1.3.0"]);
    assert_eq!(scanned.audit().status(ITEM), "NOT STARTED", "nobody asked for a scan");
    assert!(osv.requests().is_empty());
    let output = scanned.folder.run_with(&["scan", "--yes"], &[("PATH", TOOLS)]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("ask OSV at"), "{said}");
    let audit = scanned.audit();
    assert_eq!(audit.status(ITEM), "COMPLETE", "{}", audit.item(ITEM));
    audit.says(ITEM, &["OSV: nothing at or over high"]);
}

pub fn what_osv_knows_of_a_package_fails_and_its_record_is_asked_for_once() {
    let (scanned, osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@2.4.1"]);
    for _ in 0..2 {
        let audit = scanned.audit_with(&["--run", "scan"]);
        assert_eq!(audit.status(ITEM), "FAILED", "{}", audit.item(ITEM));
        audit.says(ITEM, &["GHSA-462w-v97r-4m45 (high) in jinja2 2.4.1, fixed in 2.10.1"]);
    }
    let records = osv.requests().iter().filter(|request| request.path.contains("/v1/vulns/")).count();
    assert!(records <= 2, "the record is kept: {records}");
    scanned.folder.run_with(&["scan", "--yes"], &[("PATH", TOOLS)]);
    let again = osv.requests().iter().filter(|request| request.path.contains("/v1/vulns/")).count();
    assert_eq!(records, again, "the record is kept");
}

pub fn osv_that_limits_fails_or_breaks_off_is_unknown() {
    for trouble in [
        Trouble::TooManyRequests(Some("60".to_owned())),
        Trouble::Status(503),
        Trouble::Drop,
        Trouble::BrokenJson,
    ] {
        let (scanned, osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@2.4.1"]);
        osv.fault(Fault::on("/v1/querybatch", trouble.clone()));
        let audit = scanned.audit_with(&["--run", "scan"]);
        assert_eq!(audit.status(ITEM), "UNKNOWN", "{trouble:?}: {}", audit.item(ITEM));
        osv.mend();
        osv.fault(Fault::on("/v1/vulns/*", trouble.clone()));
        let audit = scanned.audit_with(&["--run", "scan"]);
        assert_eq!(audit.status(ITEM), "UNKNOWN", "{trouble:?}: {}", audit.item(ITEM));
    }
}

pub fn packages_that_osv_cannot_be_asked_about_are_unknown() {
    let (scanned, _osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@3.1.0", "pkg:generic/openssl@3.0.1"]);
    let audit = scanned.audit_with(&["--run", "scan"]);
    assert_eq!(audit.status(ITEM), "UNKNOWN", "{}", audit.item(ITEM));
    audit.says(ITEM, &["1 of 2 packages", "pkg:generic/openssl@3.0.1"]);
    let (scanned, _osv) = asking_osv(&ours(), &["pkg:pypi/jinja2@2.4.1", "pkg:generic/openssl@3.0.1"]);
    assert_eq!(scanned.audit_with(&["--run", "scan"]).status(ITEM), "FAILED", "what was found was found");
}

pub fn osv_is_not_asked_about_a_stranger_s_sbom() {
    let (scanned, osv) = asking_osv(&stranger(), &["pkg:pypi/jinja2@3.1.0"]);
    let audit = scanned.audit_with(&["--run", "scan"]);
    assert_eq!(audit.status(ITEM), "NOT STARTED", "{}", audit.item(ITEM));
    assert!(osv.requests().is_empty());
    let output = scanned.folder.run_with(&["scan", "--yes"], &[("PATH", TOOLS)]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("install trivy or grype"), "{stderr}");
}

pub fn an_sbom_attested_on_the_index_is_asked_about_for_the_platforms_that_its_packages_cover() {
    let scan = |who: &Identity, purls: &[&str]| {
        let (scanned, osv) = with_osv();
        scanned.attest_sbom_of_index(who, purls);
        let audit = scanned.audit_with(&["--run", "scan"]);
        let outcomes: Vec<String> = audit.outcomes(ITEM).into_iter().map(str::to_owned).collect();
        (outcomes, osv.requests().len(), audit)
    };
    let [first, second] = ["pkg:pypi/jinja2@3.1.0?arch=x86_64", "pkg:pypi/jinja2@3.1.0?arch=aarch64"];
    let (outcomes, asked, audit) = scan(&ours(), &[first]);
    assert_eq!(outcomes, ["pass", "absent"], "{}", audit.item(ITEM));
    assert!(asked > 0);
    let (outcomes, _, audit) = scan(&ours(), &[first, second]);
    assert_eq!(outcomes, ["pass", "pass"], "{}", audit.item(ITEM));
    let (outcomes, ..) = scan(&ours(), &[first, second, "pkg:pypi/jinja2@2.4.1"]);
    assert_eq!(outcomes, ["fail", "fail"]);
    // One that names no platform's packages covers no platform of several; a stranger's none at all.
    for (who, purls) in [(ours(), &["pkg:pypi/jinja2@3.1.0"][..]), (stranger(), &[first, second])] {
        let (outcomes, asked, audit) = scan(&who, purls);
        assert_eq!(outcomes, ["absent", "absent"], "{}", audit.item(ITEM));
        assert_eq!(asked, 0);
    }
    // Kept, it is evidence for as long as its SBOM is attested.
    let (scanned, _osv) = with_osv();
    scanned.attest_sbom_of_index(&ours(), &[first, second]);
    let output = scanned.folder.run_with(&["scan", "--yes"], &[("PATH", TOOLS)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(scanned.audit().status(ITEM), "COMPLETE");
    scanned.lose_referrers();
    assert_eq!(scanned.audit().outcomes(ITEM), ["absent", "absent"]);
}
