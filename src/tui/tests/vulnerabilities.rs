use std::collections::BTreeMap;
use std::sync::Arc;

use super::sample::report;
use super::*;
use crate::model::{
    Catalogued, Digest, Evidence, Fact, FactKey, JudgedScan, Level, Observed, Platform, Scan, ScanSource,
    ScanTarget, Severity, Vulnerability,
};

const SCANS: usize = 4;

fn finding(id: &str, package: &str, severity: Option<Severity>) -> Vulnerability {
    Vulnerability {
        id: id.to_owned(),
        package: package.to_owned(),
        installed: Some("1.2.3".to_owned()),
        fixed_in: severity.map(|_| "1.2.4".to_owned()),
        severity,
        ..Vulnerability::default()
    }
}

fn scanned() -> State {
    let mut state = report();
    let key = FactKey::Scan { subject: Digest::of(b"app"), source: ScanSource::Scanner("trivy".to_owned()) };
    let scan = Scan {
        scanner: "trivy 0.58.1".to_owned(),
        scanned_at: None,
        database_at: None,
        catalogued: Catalogued::Something,
        findings: vec![
            finding("CVE-2024-0002", "zlib", Some(Severity::Low)),
            finding("CVE-2024-0001", "openssl", Some(Severity::Critical)),
            finding("CVE-2024-0004", "curl", Some(Severity::Critical)),
            finding("CVE-2024-0003", "busybox", None),
        ],
        signature: None,
        target: ScanTarget::default(),
    };
    let evidence = Evidence {
        subject: String::new(),
        source: "store".to_owned(),
        method: "trivy".to_owned(),
        level: Level::Verified,
        at: jiff::Timestamp::UNIX_EPOCH,
        exit: None,
        raw: Vec::new(),
    };
    state.facts.insert(key.clone(), Fact::Scan(Observed::Seen(scan)), evidence);
    let mut assessment = state.assessment.as_ref().clone();
    assessment.scans = vec![JudgedScan {
        image: "runner".parse().unwrap(),
        platform: Platform::new("linux", "amd64", None),
        scan: key,
        set_aside: BTreeMap::from([(2, "not_affected by vex.json".to_owned())]),
    }];
    state.assessment = Arc::new(assessment);
    state
}

fn opened(state: &State) -> Console {
    let mut console = console();
    console.ui.open(Screen::Item);
    console.ui.focus = SCANS;
    assert_eq!(console.on_key(&key(KeyCode::Enter), state), Some(Reaction::Draw));
    assert_eq!(console.ui.screen(), Screen::Vulnerabilities);
    console
}

/// The identifiers on the screen, from top to bottom.
fn ids(state: &State, console: &Console) -> Vec<String> {
    let text = drawn(state, console, 120, 24);
    let id = |line: &str| line.split_whitespace().find(|word| word.starts_with("CVE-")).map(str::to_owned);
    text.lines().filter_map(id).collect()
}

#[test]
fn the_table_at_three_sizes() {
    let state = scanned();
    let console = opened(&state);
    for (width, height) in [(60, 20), (80, 24), (120, 35), (200, 60)] {
        insta::assert_snapshot!(
            format!("vulnerabilities-{width}x{height}"),
            drawn(&state, &console, width, height)
        );
    }
}

#[test]
fn the_worst_comes_first_and_what_does_not_count_last() {
    let state = scanned();
    let mut console = opened(&state);
    assert_eq!(ids(&state, &console), ["CVE-2024-0001", "CVE-2024-0002", "CVE-2024-0003", "CVE-2024-0004"]);
    console.on_key(&key(KeyCode::Enter), &state);
    assert_eq!(ids(&state, &console), ["CVE-2024-0004", "CVE-2024-0003", "CVE-2024-0002", "CVE-2024-0001"]);
    console.on_key(&key(KeyCode::Enter), &state);
    console.on_key(&key(KeyCode::Right), &state);
    console.on_key(&key(KeyCode::Right), &state);
    assert_eq!(ids(&state, &console), ["CVE-2024-0003", "CVE-2024-0004", "CVE-2024-0001", "CVE-2024-0002"]);
}

#[test]
fn a_search_finds_what_it_is_about_and_why_it_does_not_count() {
    let state = scanned();
    for (search, found) in [("OPENSSL", "CVE-2024-0001"), ("vex.json", "CVE-2024-0004")] {
        let mut console = opened(&state);
        for c in format!("/{search}").chars() {
            assert_eq!(console.on_key(&key(KeyCode::Char(c)), &state), Some(Reaction::Draw), "{c}");
        }
        assert_eq!(ids(&state, &console), [found]);
        console.on_key(&key(KeyCode::Esc), &state);
        assert_eq!(ids(&state, &console).len(), 4);
    }
}

#[test]
fn what_is_shown_is_copied_with_tabs_and_nothing_where_there_is_no_table() {
    let state = scanned();
    let mut console = opened(&state);
    for c in "/zlib".chars() {
        console.on_key(&key(KeyCode::Char(c)), &state);
    }
    console.on_key(&key(KeyCode::Enter), &state);
    let row = "low\tCVE-2024-0002\tzlib\t1.2.3\t1.2.4\trunner linux/amd64\ttrivy 0.58.1, trivy\n";
    assert_eq!(console.on_key(&key(KeyCode::Char('y')), &state), Some(Reaction::Copy(row.to_owned())));
    assert_eq!(console.ui.note.as_deref(), Some("1 findings were copied"));
    console.ui.open(Screen::Cockpit);
    assert_eq!(console.on_key(&key(KeyCode::Char('y')), &state), None);
}

#[test]
fn it_opens_from_item_5_with_scans_only_and_esc_goes_back_to_the_item() {
    let mut none = console();
    none.ui.open(Screen::Item);
    none.ui.focus = SCANS;
    none.on_key(&key(KeyCode::Enter), &report());
    assert_eq!(none.ui.screen(), Screen::Item);
    let state = scanned();
    let mut console = opened(&state);
    console.on_key(&key(KeyCode::Esc), &state);
    assert_eq!((console.ui.screen(), console.ui.focus), (Screen::Item, SCANS));
    assert!(drawn(&state, &console, 80, 24).contains("⏎ findings"));
}

#[test]
fn scans_that_looked_at_nothing_are_no_clean_report() {
    let first = |state: &State| drawn(state, &opened(state), 80, 24);
    let mut state = scanned();
    let key = state.assessment.scans[0].scan.clone();
    let Some(Observed::Seen(scan)) = state.facts.scan(&key).cloned() else { panic!("a scan") };
    let blind =
        Scan { catalogued: Catalogued::Nothing("no packages".to_owned()), findings: Vec::new(), ..scan };
    let evidence = state.facts.get(&key).unwrap().evidence.as_ref().clone();
    state.facts.insert(key, Fact::Scan(Observed::Seen(blind)), evidence);
    assert!(
        first(&state).contains("nothing was found by 1 scan; 1 scan looked at nothing"),
        "{}",
        first(&state)
    );
    let mut assessment = state.assessment.as_ref().clone();
    assessment.scans.clear();
    state.assessment = Arc::new(assessment);
    let mut console = console();
    console.ui.open(Screen::Vulnerabilities);
    assert!(drawn(&state, &console, 80, 24).contains(" no scan was seen "));
}
