use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::Store;
use crate::model::{
    Digest, Evidence, FactKey, LayerIndex, Level, Platform, Release, Repository, Run, RunEnd, RunKind,
    Staged, StoredRun, Tag,
};

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    (folder, store)
}

fn release(version: &str) -> Release {
    let name = "greenlang".to_owned();
    Release { name, version: version.to_owned(), source: None, revision: None, images: Vec::new() }
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
        missing_outputs: Vec::new(),
        raw: Vec::new(),
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

#[test]
fn a_layer_comes_back_and_damage_of_any_byte_is_seen() {
    let (folder, store) = store();
    let layer = layer();
    assert_eq!(store.layer(&layer.digest), None);
    store.keep_layer(&layer);
    assert_eq!(store.layer(&layer.digest), Some(layer.clone()));

    let file = files(folder.path()).remove(0);
    let whole = std::fs::read(&file).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x01;
        std::fs::write(&file, &damaged).unwrap();
        assert_eq!(store.layer(&layer.digest), None, "byte {at}");
        std::fs::write(&file, &whole[..at]).unwrap();
        assert_eq!(store.layer(&layer.digest), None, "cut at {at}");
    }
    store.keep_layer(&layer);
    assert_eq!(store.layer(&layer.digest), Some(layer));
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
fn a_damaged_run_costs_only_itself() {
    let (folder, store) = store();
    let config = Digest::of(b"config");
    store.keep_run(&run(&config, "a")).unwrap();
    store.keep_run(&run(&config, "b")).unwrap();
    std::fs::write(&files(folder.path())[0], b"not this").unwrap();
    assert_eq!(store.runs(&config).len(), 1);
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
