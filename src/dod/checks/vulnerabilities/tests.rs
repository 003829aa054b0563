use jiff::SignedDuration;

use crate::model::{
    Catalogued, Cell, Classic, Fact, FactKey, IgnoredVulnerability, Item, Observed, Outcome, ReasonKind,
    Scan, ScanKind, ScanSource, ScanTarget, Severity, Signature, SignatureOutcome, Signer, Status, Vex,
    VexProduct, VexStatement, VexStatus, Vulnerability, Workflows,
};

use super::super::super::testing::{Sample, amd64, arm64, digest, own_certificate, sample, signature};

const VULN: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";

/// The cell of the runner for amd64.
fn first(sample: &Sample) -> Cell {
    sample.checked(Item::Vulnerabilities).cells.remove(0)
}

/// Everything done, with `change` done to the scan of the runner for amd64.
fn scanned(change: impl FnOnce(&mut Scan)) -> Sample {
    let mut sample = Sample::complete();
    let key = Sample::scan_key(&sample.child("runner", &amd64()));
    let mut scan = sample.facts.scan(&key).and_then(Observed::seen).cloned().unwrap();
    change(&mut scan);
    sample.put(key, Fact::Scan(Observed::Seen(scan)));
    sample
}

fn unscanned() -> Sample {
    let mut sample = Sample::complete();
    let key = Sample::scan_key(&sample.child("runner", &amd64()));
    sample.facts.remove(&key);
    sample
}

fn finding(severity: Option<Severity>) -> Vulnerability {
    Vulnerability {
        id: "CVE-2024-3094".to_owned(),
        package: "xz".to_owned(),
        installed: Some("5.6.0".to_owned()),
        severity,
        fixed_in: Some("5.6.2".to_owned()),
        ..Vulnerability::default()
    }
}

fn ignored(until: Option<&str>) -> IgnoredVulnerability {
    let until = until.map(|until| until.parse().unwrap());
    IgnoredVulnerability { id: "CVE-2024-3094".to_owned(), until, reason: Some("not reachable".to_owned()) }
}

fn attested(sample: &mut Sample, signature: Option<Signature>) {
    let clean = Sample::complete();
    let child = sample.child("runner", &amd64());
    let scan = clean.facts.scan(&Sample::scan_key(&child)).and_then(Observed::seen).cloned().unwrap();
    let key = FactKey::Scan {
        subject: child,
        source: ScanSource::Attested { repository: sample.repository("runner", 0), artifact: digest("scan") },
    };
    sample.put(key, Fact::Scan(Observed::Seen(Scan { signature: signature.map(Box::new), ..scan })));
}

#[test]
fn a_clean_scan_with_a_fresh_database_passes() {
    assert_eq!(Sample::complete().outcomes(Item::Vulnerabilities), [Outcome::Pass].into());
    let cell = first(&Sample::complete());
    assert!(cell.in_registry && cell.cap.is_none());
    assert_eq!(cell.reason, "trivy 0.58.1: nothing at or over high; database 4 h old when it scanned");
}

#[test]
fn a_finding_at_or_over_the_threshold_fails() {
    let mut sample = scanned(|scan| scan.findings = vec![finding(Some(Severity::High))]);
    let cell = first(&sample);
    assert_eq!(cell.outcome, Outcome::Fail);
    assert_eq!(cell.reason, "CVE-2024-3094 (high) in xz 5.6.0, fixed in 5.6.2");
    sample.policy.vulnerabilities.threshold = Severity::Critical;
    assert_eq!(first(&sample).outcome, Outcome::Pass);
}

#[test]
fn what_is_ignored_or_cleared_is_shown_and_not_counted() {
    let mut sample = scanned(|scan| scan.findings = vec![finding(Some(Severity::Critical))]);
    sample.policy.vulnerabilities.ignore = vec![ignored(None)];
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    assert!(sample.checked(Item::Vulnerabilities).warnings[0].contains("ignored or cleared by VEX"));
    let cleared = scanned(|scan| {
        let suppressed = Some("vulnerable code not present".to_owned());
        scan.findings = vec![Vulnerability { suppressed, ..finding(Some(Severity::Critical)) }];
    });
    assert_eq!(first(&cleared).outcome, Outcome::Pass);
}

#[test]
fn findings_without_severity_and_an_old_database_are_soft() {
    assert_eq!(first(&scanned(|scan| scan.findings = vec![finding(None)])).outcome, Outcome::Soft);
    let old =
        scanned(|scan| scan.database_at = scan.scanned_at.map(|at| at - SignedDuration::from_hours(25)));
    assert_eq!(first(&old).outcome, Outcome::Soft);
    let both = scanned(|scan| {
        scan.database_at = scan.scanned_at.map(|at| at - SignedDuration::from_hours(25));
        scan.findings = vec![finding(Some(Severity::Critical))];
    });
    assert_eq!(first(&both).outcome, Outcome::Fail);
}

#[test]
fn without_a_database_date_the_scan_s_own_time_counts_and_that_is_said() {
    let cell = first(&scanned(|scan| scan.database_at = None));
    assert_eq!(cell.outcome, Outcome::Pass);
    assert!(cell.reason.contains("no database date"), "{}", cell.reason);
}

#[test]
fn an_old_scan_passes_and_caps_the_verdict() {
    let sample = scanned(|scan| {
        scan.scanned_at = scan.scanned_at.map(|at| at - SignedDuration::from_hours(8 * 24));
        scan.database_at = scan.scanned_at;
    });
    let cell = first(&sample);
    assert_eq!(cell.outcome, Outcome::Pass);
    assert_eq!(cell.cap.as_deref(), Some("the scan is 8 days old, more than 7 days"));
    assert_eq!(sample.checked(Item::Vulnerabilities).caps.len(), 1);
}

#[test]
fn a_scan_that_looked_at_nothing_is_unknown() {
    let sample = scanned(|scan| scan.catalogued = Catalogued::Nothing("nothing was catalogued".to_owned()));
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
}

#[test]
fn a_scanner_that_failed_is_unknown() {
    let mut sample = Sample::complete();
    let key = Sample::scan_key(&sample.child("runner", &amd64()));
    sample.put_unknown(key, ReasonKind::ToolFailed, "trivy exits 1");
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
}

#[test]
fn the_worst_source_counts_and_an_unread_one_is_worse_than_a_soft_one() {
    let grype = |sample: &Sample| FactKey::Scan {
        subject: sample.child("runner", &amd64()),
        source: ScanSource::Scanner("grype".to_owned()),
    };
    let mut sample = scanned(|scan| scan.findings = vec![finding(None)]);
    sample.put_unknown(grype(&sample), ReasonKind::ToolFailed, "grype exits 1");
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    let mut sample = scanned(|scan| scan.findings = vec![finding(Some(Severity::Critical))]);
    sample.put_unknown(grype(&sample), ReasonKind::ToolFailed, "grype exits 1");
    assert_eq!(first(&sample).outcome, Outcome::Fail);
}

#[test]
fn an_attested_scan_counts_by_the_release_s_identity_and_a_stranger_s_is_shown_only() {
    let mut sample = unscanned();
    attested(&mut sample, Some(signature(Signer::Certificate(own_certificate()), VULN, None)));
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    let mut evil = own_certificate();
    evil.identity = "https://github.com/evil/x".to_owned();
    attested(&mut sample, Some(signature(Signer::Certificate(evil), VULN, None)));
    assert_eq!(first(&sample).outcome, Outcome::Untried);
    let warnings = sample.checked(Item::Vulnerabilities).warnings;
    assert!(warnings.iter().any(|warning| warning.contains("shown, not counted")), "{warnings:?}");
    attested(&mut sample, None);
    assert_eq!(first(&sample).outcome, Outcome::Untried);
    let unsupported = SignatureOutcome::Unsupported("intoto 0.0.1".to_owned());
    let signed = signature(Signer::Certificate(own_certificate()), VULN, None);
    attested(&mut sample, Some(Signature { outcome: unsupported, ..signed }));
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
}

#[test]
fn without_a_scan_it_is_untried_where_an_armed_step_declares_one_and_else_absent() {
    let mut sample = unscanned();
    let cell = first(&sample);
    assert_eq!(cell.outcome, Outcome::Untried);
    assert_eq!(cell.reason, "runner linux/amd64 was not scanned yet; release.yml:84 does");
    sample.put(FactKey::Workflows, Fact::Workflows(Observed::Seen(Workflows::default())));
    assert_eq!(first(&sample).outcome, Outcome::Absent);
}

#[test]
fn an_attested_scan_that_nobody_verified_or_a_list_that_cannot_be_read_is_unknown() {
    let mut sample = unscanned();
    let (repository, child) = (sample.repository("runner", 0), sample.child("runner", &amd64()));
    sample.list_bundle(&repository, &child, "scan", VULN);
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    let mut sample = unscanned();
    let key = FactKey::ClassicTag { repository, subject: child, kind: Classic::Attestation };
    sample.unsee(&key);
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    sample.facts.remove(&key);
    assert_eq!(first(&sample).outcome, Outcome::Pending);
}

#[test]
fn before_staging_an_armed_step_makes_it_configured() {
    let mut sample = sample();
    let checked = sample.checked(Item::Vulnerabilities);
    assert_eq!(checked.instead.unwrap().note, "release.yml:84 scans; nothing is published yet");
    sample.put(FactKey::Workflows, Fact::Workflows(Observed::Seen(Workflows::default())));
    assert_eq!(sample.checked(Item::Vulnerabilities).instead.unwrap().status, Status::NotStarted);
}

#[test]
fn an_image_not_staged_beside_staged_ones_is_untried() {
    let mut sample = Sample::staged();
    sample.put_absent(FactKey::Staged("full".parse().unwrap()), "not staged");
    sample.put(FactKey::Workflows, Fact::Workflows(Observed::Seen(Workflows::default())));
    let cells = sample.checked(Item::Vulnerabilities).cells;
    let full = cells.iter().filter(|cell| cell.image.as_str() == "full");
    assert!(full.clone().all(|cell| cell.outcome == Outcome::Untried));
    assert_eq!(full.count(), 2);
}

/// The key of a scan of the runner for amd64 in this file.
fn in_file(sample: &Sample, file: &str) -> FactKey {
    let source = ScanSource::File(file.to_owned());
    FactKey::Scan { subject: sample.child("runner", &amd64()), source }
}

/// A clean scan that names this image.
fn clean_of(sample: &Sample, target: ScanTarget) -> Scan {
    let clean = Sample::complete();
    let key = Sample::scan_key(&sample.child("runner", &amd64()));
    let scan = clean.facts.scan(&key).and_then(Observed::seen).cloned().unwrap();
    Scan { target, ..scan }
}

fn named(digests: Vec<crate::model::Digest>) -> ScanTarget {
    ScanTarget { digests, ..ScanTarget::default() }
}

/// No scan but a clean one in a file, with this target.
fn filed(target: impl FnOnce(&Sample) -> ScanTarget) -> Sample {
    let mut sample = unscanned();
    sample.policy.vulnerabilities.scans = vec!["scan.json".into()];
    let scan = clean_of(&sample, target(&sample));
    for subject in
        ["runner", "full"].map(|image| [amd64(), arm64()].map(|platform| sample.child(image, &platform)))
    {
        for subject in subject {
            let source = ScanSource::File("scan.json".to_owned());
            sample.put(FactKey::Scan { subject, source }, Fact::Scan(Observed::Seen(scan.clone())));
        }
    }
    sample
}

#[test]
fn a_report_counts_for_the_image_that_it_names_by_config_manifest_or_index_with_platform() {
    let config = |sample: &Sample| sample.local("runner").images[0].config.clone();
    let by_config = filed(|sample| ScanTarget { config: Some(config(sample)), ..ScanTarget::default() });
    assert_eq!(first(&by_config).outcome, Outcome::Pass);
    assert_eq!(first(&filed(|sample| named(vec![sample.child("runner", &amd64())]))).outcome, Outcome::Pass);
    let index = |sample: &Sample| sample.local("runner").index.unwrap();
    assert_eq!(first(&filed(|sample| named(vec![index(sample)]))).outcome, Outcome::Untried);
    let with =
        |platform| filed(|sample| ScanTarget { platform: Some(platform), ..named(vec![index(sample)]) });
    assert_eq!(first(&with(amd64())).outcome, Outcome::Pass);
    assert_eq!(first(&with(arm64())).outcome, Outcome::Untried);
    // The index may be ours: the config says that it is another platform's.
    let other = filed(|sample| ScanTarget { config: Some(digest("other")), ..named(vec![index(sample)]) });
    assert_eq!(first(&other).outcome, Outcome::Untried);
}

#[test]
fn a_report_of_no_image_of_ours_is_shown_once_and_not_counted() {
    for target in [ScanTarget::default(), named(vec![digest("other")])] {
        let sample = filed(|_| target);
        assert_eq!(first(&sample).outcome, Outcome::Untried);
        let warnings = sample.checked(Item::Vulnerabilities).warnings;
        let told = warnings.iter().filter(|warning| warning.contains("scan.json")).count();
        assert_eq!(told, 1, "{warnings:?}");
    }
}

#[test]
fn of_a_source_the_newest_counts_and_of_several_the_worst() {
    let mut sample = unscanned();
    let target = named(vec![sample.child("runner", &amd64())]);
    let newest = clean_of(&sample, target.clone());
    let hours = SignedDuration::from_hours(2);
    let older = Scan {
        scanned_at: newest.scanned_at.map(|at| at - hours),
        findings: vec![finding(Some(Severity::Critical))],
        ..newest.clone()
    };
    sample.put(in_file(&sample, "a.json"), Fact::Scan(Observed::Seen(older.clone())));
    sample.put(in_file(&sample, "b.json"), Fact::Scan(Observed::Seen(newest)));
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    let grype = Scan { scanner: "grype 0.87".to_owned(), ..older.clone() };
    sample.put(in_file(&sample, "c.json"), Fact::Scan(Observed::Seen(grype)));
    assert_eq!(first(&sample).outcome, Outcome::Fail);
    // One that does not say when it was made is neither older nor newer.
    sample.facts.remove(&in_file(&sample, "c.json"));
    let untimed = Scan { scanned_at: None, ..older };
    sample.put(in_file(&sample, "d.json"), Fact::Scan(Observed::Seen(untimed)));
    assert_eq!(first(&sample).outcome, Outcome::Fail);
}

#[test]
fn a_scan_without_a_time_or_from_the_future_is_unknown() {
    assert_eq!(first(&scanned(|scan| scan.scanned_at = None)).outcome, Outcome::Unknown);
    let later =
        |scan: &mut Scan| scan.scanned_at = scan.scanned_at.map(|at| at + SignedDuration::from_hours(24));
    assert_eq!(first(&scanned(later)).outcome, Outcome::Unknown);
}

#[test]
fn an_end_of_life_distribution_with_a_finding_fails_all_the_same() {
    let sample = scanned(|scan| {
        scan.catalogued = Catalogued::Nothing("past its end of life".to_owned());
        scan.findings = vec![finding(Some(Severity::Critical))];
    });
    assert_eq!(first(&sample).outcome, Outcome::Fail);
}

#[test]
fn a_source_that_the_policy_leaves_out_does_not_count() {
    let mut sample = Sample::complete();
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    sample.policy.vulnerabilities.sources = Some([ScanKind::Attested].into());
    assert_eq!(first(&sample).outcome, Outcome::Untried);
}

#[test]
fn an_exception_ends_at_midnight_utc_of_its_day() {
    let mut sample = scanned(|scan| scan.findings = vec![finding(Some(Severity::Critical))]);
    sample.policy.vulnerabilities.ignore = vec![ignored(Some("2025-01-20"))];
    assert_eq!(first(&sample).outcome, Outcome::Pass);
    sample.policy.vulnerabilities.ignore = vec![ignored(Some("2025-01-19"))];
    assert_eq!(first(&sample).outcome, Outcome::Fail);
    let warnings = sample.checked(Item::Vulnerabilities).warnings;
    assert!(warnings.iter().any(|warning| warning.contains("it counts again")), "{warnings:?}");
}

#[test]
fn the_last_statement_of_vex_counts_and_another_product_s_does_not() {
    let mut sample = scanned(|scan| {
        let purl = Some("pkg:deb/debian/xz@5.6.0?arch=amd64".to_owned());
        scan.findings = vec![Vulnerability { purl, ..finding(Some(Severity::Critical)) }];
    });
    sample.policy.vulnerabilities.vex = vec!["vex.json".into()];
    let statement = |status, ids: &[&str], subcomponents: &[&str]| VexStatement {
        vulnerability: vec!["CVE-2024-3094".to_owned()],
        products: vec![VexProduct {
            ids: ids.iter().map(ToString::to_string).collect(),
            digests: Vec::new(),
            subcomponents: subcomponents.iter().map(ToString::to_string).collect(),
        }],
        status,
        because: None,
        at: None,
    };
    let (clears, affects) = (VexStatus::NotAffected, VexStatus::Affected);
    let ours = "pkg:oci/greenlang-runner?repository_url=ghcr.io/acme/greenlang-runner";
    let cases = [
        (vec![statement(clears, &[ours], &[])], Outcome::Pass),
        (vec![statement(clears, &[ours], &["pkg:deb/debian/xz"])], Outcome::Pass),
        (vec![statement(clears, &[ours], &["pkg:deb/debian/zlib"])], Outcome::Fail),
        (vec![statement(clears, &["pkg:deb/debian/xz@5.6.0"], &[])], Outcome::Pass),
        (vec![statement(clears, &["pkg:deb/debian/xz@5.6.2"], &[])], Outcome::Fail),
        (vec![statement(clears, &["pkg:oci/other"], &[])], Outcome::Fail),
        (vec![statement(clears, &["pkg:oci/greenlang-runner@0.2.0"], &[])], Outcome::Fail),
        (vec![statement(clears, &[ours], &[]), statement(affects, &[ours], &[])], Outcome::Fail),
        (vec![statement(affects, &[ours], &[]), statement(VexStatus::Fixed, &[ours], &[])], Outcome::Pass),
    ];
    for (place, (statements, expected)) in cases.into_iter().enumerate() {
        let vex = Vex { author: None, statements };
        sample.put(FactKey::Vex("vex.json".into()), Fact::Vex(Observed::Seen(vex)));
        assert_eq!(first(&sample).outcome, expected, "case {place}");
    }
    sample.put_unknown(FactKey::Vex("vex.json".into()), ReasonKind::Unreadable, "no VEX");
    assert_eq!(first(&sample).outcome, Outcome::Unknown);
    sample.facts.remove(&FactKey::Vex("vex.json".into()));
    assert_eq!(first(&sample).outcome, Outcome::Pending);
}
