mod audits;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::{Compressed, Store};
use crate::model::{
    Action, Catalogued, Digest, Evidence, FactKey, LayerIndex, Level, Platform, Release, Repository, Run,
    RunEnd, RunKind, Scan, ScanSource, ScanTarget, Staged, StepKey, StoredRun, StoredScan, Tag,
    Vulnerability, Walk, WalkProgress,
};

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    (folder, store)
}

fn release(version: &str) -> Release {
    let name = "greenlang".to_owned();
    Release { name, version: version.to_owned(), source: None, revision: None, tag: None, images: Vec::new() }
}

fn layer() -> LayerIndex {
    LayerIndex {
        digest: Digest::of(b"stored"),
        diff_id: Digest::of(b"unpacked"),
        compressed: 6,
        unpacked: 8,
        entries: BTreeMap::new(),
    }
}

fn run(config: &Digest, argv: &str) -> StoredRun {
    let key = FactKey::Run { config: config.clone(), kind: RunKind::Version, argv: vec![argv.to_owned()] };
    let run = Run {
        platform: Platform::host(),
        how: "host process".to_owned(),
        emulated: false,
        ended: RunEnd::Exited(0),
        stdout: "0.2.0".to_owned(),
        stderr: String::new(),
        millis: 3,
        outputs: Vec::new(),
        raw: Vec::new(),
        pulled: Vec::new(),
    };
    let evidence = Evidence {
        subject: argv.to_owned(),
        source: "host".to_owned(),
        method: "run".to_owned(),
        level: Level::Local,
        at: Timestamp::UNIX_EPOCH,
        exit: Some(0),
        raw: Vec::new(),
    };
    StoredRun { key, run, evidence }
}

fn scan(subject: &Digest, scanner: &str, found: usize) -> StoredScan {
    let key = FactKey::Scan { subject: subject.clone(), source: ScanSource::Scanner(scanner.to_owned()) };
    let scan = Scan {
        scanner: scanner.to_owned(),
        scanned_at: Some(Timestamp::UNIX_EPOCH),
        database_at: None,
        catalogued: Catalogued::Something,
        findings: vec![Vulnerability::default(); found],
        signature: None,
        target: ScanTarget::default(),
    };
    StoredScan { key, scan, evidence: run(subject, scanner).evidence }
}

#[test]
fn a_scan_is_kept_for_its_manifest_until_a_later_one_of_the_same_scanner() {
    let (_folder, store) = store();
    let (ours, other) = (Digest::of(b"ours"), Digest::of(b"other"));
    for kept in
        [scan(&ours, "trivy", 1), scan(&ours, "grype", 2), scan(&other, "trivy", 3), scan(&ours, "trivy", 4)]
    {
        store.keep_scan(&kept).unwrap();
    }
    let mut found: Vec<usize> = store.scans(&ours).iter().map(|kept| kept.scan.findings.len()).collect();
    found.sort_unstable();
    assert_eq!(found, [2, 4]);
    assert!(store.scans(&Digest::of(b"never")).is_empty());
    assert!(store.keep_scan(&StoredScan { key: FactKey::Workflows, ..scan(&ours, "trivy", 1) }).is_err());
}

#[test]
fn a_record_is_kept_for_the_time_of_its_last_change() {
    let (_folder, store) = store();
    store.keep_advisory("GHSA-1", "2026-01-01T00:00:00Z", b"{}");
    assert_eq!(store.advisory("GHSA-1", "2026-01-01T00:00:00Z").as_deref(), Some(b"{}".as_slice()));
    assert_eq!(store.advisory("GHSA-1", "2026-01-02T00:00:00Z"), None);
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

#[test]
fn content_comes_back_byte_for_byte() {
    let (_folder, store) = store();
    let digest = Digest::of(b"{}");
    assert_eq!(store.content(&digest), None);
    store.keep_content(&digest, b"{}");
    assert!(store.has_content(&digest));
    assert_eq!(store.content(&digest).as_deref(), Some(b"{}".as_slice()));
}

#[test]
fn bytes_of_another_digest_are_not_kept() {
    let (_folder, store) = store();
    let digest = Digest::of(b"{}");
    store.keep_content(&digest, b"[]");
    assert!(!store.has_content(&digest));
}

#[test]
fn damaged_content_is_as_if_absent_and_is_replaced() {
    let (folder, store) = store();
    let digest = Digest::of(b"{}");
    store.keep_content(&digest, b"{}");
    std::fs::write(&files(folder.path())[0], b"{ ").unwrap();
    assert_eq!(store.content(&digest), None);
    store.keep_content(&digest, b"{}");
    assert_eq!(store.content(&digest).as_deref(), Some(b"{}".as_slice()));
}

/// The database's file.
fn database(store: &Store) -> std::path::PathBuf {
    store.folder().join("evidence.db")
}

#[test]
fn a_layer_comes_back_from_another_process_as_well() {
    let (folder, store) = store();
    let layer = layer();
    assert_eq!(store.layer(&layer.digest), None);
    store.keep_layer(&layer);
    assert_eq!(store.layer(&layer.digest), Some(layer.clone()));
    assert_eq!(Store::open(folder.path()).layer(&layer.digest), Some(layer));
}

#[test]
fn damaged_json_of_a_row_is_as_if_it_had_never_been_there() {
    let (_folder, store) = store();
    let layer = layer();
    store.keep_layer(&layer);
    let other = rusqlite::Connection::open(database(&store)).unwrap();
    let changed = other.execute("UPDATE kept SET json = replace(CAST(json AS TEXT), '8', '9')", []);
    assert_eq!(changed.unwrap(), 1);
    assert_eq!(store.layer(&layer.digest), None);
    store.keep_layer(&layer);
    assert_eq!(store.layer(&layer.digest), Some(layer));
}

#[test]
fn a_damaged_file_is_set_aside_with_a_message_and_everything_goes_on() {
    let (folder, store) = store();
    let layer = layer();
    store.keep_layer(&layer);
    drop(store);
    let file = folder.path().join(super::VERSION).join("evidence.db");
    for beside in ["evidence.db-wal", "evidence.db-shm"] {
        let _ = std::fs::remove_file(file.with_file_name(beside));
    }
    std::fs::write(&file, b"this is no database, and it is long enough to be taken for one".repeat(40))
        .unwrap();

    let store = Store::open(folder.path());
    assert_eq!(store.layer(&layer.digest), None);
    let warnings = store.take_warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("set aside as"), "{warnings:?}");
    let aside = file.with_file_name("evidence.db.damaged-1");
    assert!(std::fs::read(&aside).unwrap().starts_with(b"this is no database"));
    store.keep_layer(&layer);
    assert_eq!(store.layer(&layer.digest), Some(layer));
    assert!(store.take_warnings().is_empty());
}

#[test]
fn two_stores_in_one_folder_write_at_once_and_lose_nothing() {
    let (folder, _store) = store();
    let config = Digest::of(b"config");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (store, config) = (Store::open(folder.path()), config.clone());
            scope.spawn(move || {
                for number in 0..25 {
                    store.keep_run(&run(&config, &format!("{writer}.{number}"))).unwrap();
                }
                assert!(store.take_warnings().is_empty());
            });
        }
    });
    assert_eq!(Store::open(folder.path()).runs(&config).len(), 100);
}

#[test]
fn a_temporary_store_keeps_while_it_lives_and_leaves_nothing() {
    let store = Store::temporary().unwrap();
    let folder = store.folder().to_owned();
    let clone = store.clone();
    store.keep_layer(&layer());
    drop(store);
    assert_eq!(clone.layer(&layer().digest), Some(layer()));
    drop(clone);
    assert!(!folder.exists());
}

#[test]
fn what_a_layer_is_when_compressed_is_remembered_for_what_compressed_it() {
    let (_folder, store) = store();
    let diff_id = Digest::of(b"unpacked");
    let compressed = Compressed { by: "gzip 1".to_owned(), digest: Digest::of(b"packed"), size: 6 };
    store.keep_compressed(&diff_id, &compressed);
    assert_eq!(store.compressed(&diff_id, "gzip 1"), Some(compressed));
    assert_eq!(store.compressed(&diff_id, "gzip 2"), None);
}

#[test]
fn runs_are_kept_by_config_and_a_later_run_replaces_an_earlier_one() {
    let (_folder, store) = store();
    let (ours, other) = (Digest::of(b"ours"), Digest::of(b"other"));
    store.keep_run(&run(&ours, "a")).unwrap();
    store.keep_run(&run(&ours, "b")).unwrap();
    store.keep_run(&run(&other, "a")).unwrap();
    let mut again = run(&ours, "a");
    again.run.millis = 7;
    store.keep_run(&again).unwrap();

    let runs = store.runs(&ours);
    assert_eq!(runs.len(), 2);
    assert!(runs.contains(&again));
    assert_eq!(store.runs(&other).len(), 1);
    assert!(store.runs(&Digest::of(b"none")).is_empty());
}

#[test]
fn staged_digests_belong_to_a_version() {
    let (_folder, store) = store();
    let image = "runner".parse().unwrap();
    let staged = Staged { digest: Digest::of(b"index"), at: Some(Timestamp::UNIX_EPOCH) };
    store.keep_staged(&release("0.2.0"), &image, &staged).unwrap();
    assert_eq!(store.staged(&release("0.2.0"), &image), Some(staged));
    assert_eq!(store.staged(&release("0.2.1"), &image), None);
    store.forget_staged(&release("0.2.0"), &image).unwrap();
    store.forget_staged(&release("0.2.0"), &image).unwrap();
    assert_eq!(store.staged(&release("0.2.0"), &image), None);
}

#[test]
fn what_was_said_in_a_walkthrough_belongs_to_a_version_and_outlives_the_process() {
    let (folder, store) = store();
    let skip = Walk::Skip(StepKey::Do(Action::Scan), "no scanner here".to_owned());
    let progress = WalkProgress::begun("ada", Timestamp::UNIX_EPOCH);
    let progress = progress.after(&skip, "ada", Timestamp::UNIX_EPOCH);
    store.keep_walk_progress(&release("0.2.0"), &progress).unwrap();
    let again = Store::open(folder.path());
    assert_eq!(again.walk_progress(&release("0.2.0")), Some(progress));
    assert_eq!(again.walk_progress(&release("0.2.1")), None);
}

#[test]
fn the_last_duration_of_an_action_is_that_of_any_version() {
    let (_folder, store) = store();
    store.keep_duration(&release("0.2.0"), Action::Build, 60);
    store.keep_duration(&release("0.2.1"), Action::Build, 70);
    store.keep_duration(&release("0.2.1"), Action::AttestSbom, 5);
    store.keep_duration(&release("0.2.1"), Action::AttestScan, 6);
    let durations = store.durations(&release("0.3.0"));
    assert_eq!(
        durations.into_iter().collect::<Vec<_>>(),
        [(Action::Build, 70), (Action::AttestSbom, 5), (Action::AttestScan, 6),]
    );
}

#[test]
fn the_last_digest_of_a_tag_is_remembered() {
    let (_folder, store) = store();
    let repository: Repository = "ghcr.io/acme/app".parse().unwrap();
    let tag: Tag = "0.2.0".parse().unwrap();
    assert_eq!(store.last_seen(&repository, &tag), None);
    store.keep_last_seen(&repository, &tag, &Digest::of(b"1"));
    store.keep_last_seen(&repository, &tag, &Digest::of(b"2"));
    assert_eq!(store.last_seen(&repository, &tag), Some(Digest::of(b"2")));
}

#[test]
fn a_folder_that_cannot_be_written_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let store = Store::open(&file);
    store.keep_content(&Digest::of(b"{}"), b"{}");
    store.keep_content(&Digest::of(b"[]"), b"[]");
    assert_eq!(store.take_warnings().len(), 1);
    assert!(store.take_warnings().is_empty());
    let kept = store.keep_staged(
        &release("1"),
        &"runner".parse().unwrap(),
        &Staged { digest: Digest::of(b"x"), at: None },
    );
    assert!(kept.is_err());
}
