use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::model::{
    AbsenceKind, Access, Answer, Digest, EntryKind, Exchange, Fact, FactKey, HttpAnswer, Level, Manifest,
    Observed, Pass, Place, Program, Reason, ReasonKind, Repository,
};

fn fixture(digest: &str) -> Vec<u8> {
    let layout = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/index-attested");
    std::fs::read(layout.join("blobs").join(digest.replace(':', "/"))).unwrap()
}

const INDEX: &str = "sha256:e0a0a765d690a5104331cfbac88ebbbf01736c1f87aaa3cd455c516a5ea586a5";

fn repository() -> Repository {
    "ghcr.io/acme/app".parse().unwrap()
}

fn http(status: u16, body: &[u8], credentials: bool) -> Exchange {
    exchange(
        Answer::Http(HttpAnswer {
            status,
            content_type: None,
            docker_content_digest: None,
            retry_after: Some("60".to_owned()),
            body: body.into(),
        }),
        credentials,
    )
}

fn exchange(answer: Answer, credentials: bool) -> Exchange {
    Exchange {
        place: Place::Registry(repository()),
        request: "GET /v2/acme/app/manifests/0.2.0".to_owned(),
        credentials,
        at: "2025-01-20T12:00:00Z".parse().unwrap(),
        answer,
    }
}

fn tag_key() -> FactKey {
    FactKey::Tag {
        repository: repository(),
        tag: "0.2.0".parse().unwrap(),
        access: Access::Anonymous,
        pass: Pass::First,
    }
}

fn of(key: &FactKey, exchanges: &[Exchange]) -> Fact {
    read(key, exchanges).into_iter().find(|(found, ..)| found == key).map(|(_, fact, _)| fact).unwrap()
}

#[test]
fn a_real_index_names_one_platform_and_sets_the_attestation_aside() {
    let Manifest::Index(index) = manifest::parse(&fixture(INDEX)).unwrap() else { panic!("an index") };
    let (aside, platforms): (Vec<_>, Vec<_>) =
        index.manifests.iter().partition(|entry| entry.buildkit_attestation_of().is_some());
    assert_eq!((aside.len(), platforms.len()), (1, 1));
    assert_eq!(platforms[0].platform.as_ref().unwrap().to_string(), "linux/amd64");
    let Manifest::Image(image) = manifest::parse(&fixture(platforms[0].digest.as_str())).unwrap() else {
        panic!()
    };
    let config = image_config::parse(&fixture(image.config.digest.as_str())).unwrap();
    assert_eq!(config.user, "0");
    assert!(config.healthcheck.is_none());
    assert!(!config.labels.contains_key("org.opencontainers.image.vendor"));
    let mut unpacked = 0;
    for (layer, diff_id) in image.layers.iter().zip(&config.diff_ids) {
        let read = layer::index(
            Cursor::new(fixture(layer.digest.as_str())),
            &layer.digest,
            &layer::Limits::default(),
        );
        let read = read.unwrap();
        assert_eq!(&read.diff_id, diff_id, "the config's diff_id is what came out of decompression");
        assert_eq!(read.compressed, layer.size);
        unpacked += read.unpacked;
    }
    assert!(unpacked > 0);
}

#[test]
fn an_index_that_is_written_is_read_as_the_same_and_always_the_same_bytes() {
    let Manifest::Index(index) = manifest::parse(&fixture(INDEX)).unwrap() else { panic!("an index") };
    let written = manifest::write_index(&index.manifests, &index.annotations);
    let Manifest::Index(again) = manifest::parse(&written).unwrap() else { panic!("an index") };
    assert_eq!(again.manifests, index.manifests);
    assert_eq!(written, manifest::write_index(&again.manifests, &again.annotations));
}

#[test]
fn docker_s_old_manifests_and_what_is_none_are_refused_with_their_reason() {
    let kind = |bytes: &[u8]| manifest::parse(bytes).unwrap_err().kind;
    assert_eq!(kind(b"{\"schemaVersion\": 1, \"fsLayers\": []}"), ReasonKind::NotSupported);
    assert_eq!(kind(b"{}"), ReasonKind::Unreadable);
    assert_eq!(kind(b"<html>"), ReasonKind::Unreadable);
    assert_eq!(kind(&vec![b' '; manifest::SIZE_LIMIT + 1]), ReasonKind::TooLarge);
}

fn tarball() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut put = |path: &str, mode: u32, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        tar.append_data(&mut header, path, bytes).unwrap();
    };
    put("etc/passwd", 0o644, b"app:x:10001:10001::/:/bin/false\n");
    put("usr/bin/run", 0o755, b"#!/usr/bin/env python3\nprint()\n");
    put(&format!("deep/{}", "long/".repeat(40) + "name"), 0o644, b"x");
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    tar.append_link(&mut link, "bin/run", "../usr/bin/run").unwrap();
    tar.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn indexed(bytes: &[u8]) -> Result<crate::model::LayerIndex, Reason> {
    layer::index(Cursor::new(bytes), &Digest::of(bytes), &layer::Limits::default())
}

#[test]
fn a_layer_is_read_in_one_pass_whatever_its_compression() {
    let tar = tarball();
    let (first, second) = tar.split_at(700);
    let members = [gzipped(first), gzipped(second)].concat();
    let zstd = ruzstd::encoding::compress_to_vec(&tar[..], ruzstd::encoding::CompressionLevel::Fastest);
    for bytes in [tar.clone(), gzipped(&tar), members, zstd] {
        let read = indexed(&bytes).unwrap();
        assert_eq!(read.diff_id, Digest::of(&tar));
        assert_eq!((read.compressed, read.unpacked), (bytes.len() as u64, tar.len() as u64));
        assert!(read.entries["etc/passwd"].text.as_ref().unwrap().contains("10001"));
        assert_eq!(read.entries["bin/run"].kind, EntryKind::Symlink("../usr/bin/run".to_owned()));
        let script = Program::Script { interpreter: vec!["/usr/bin/env".to_owned(), "python3".to_owned()] };
        assert_eq!(read.entries["usr/bin/run"].program, Some(script));
        assert!(read.entries.keys().any(|path| path.len() > 200), "long names are read whole");
    }
}

#[test]
fn a_layer_that_is_not_what_it_should_be_says_so() {
    let bytes = gzipped(&tarball());
    let other = layer::index(Cursor::new(&bytes), &Digest::of(b"other"), &layer::Limits::default());
    assert_eq!(other.unwrap_err().kind, ReasonKind::DigestMismatch);
    let cut = &bytes[..bytes.len() / 2];
    assert_eq!(indexed(cut).unwrap_err().kind, ReasonKind::Unreadable);
    let small = layer::Limits { unpacked: 1_000, ..layer::Limits::default() };
    let bomb = gzipped(&vec![0; 10 << 20]);
    assert_eq!(
        layer::index(Cursor::new(&bomb), &Digest::of(&bomb), &small).unwrap_err().kind,
        ReasonKind::TooLarge
    );
}

#[test]
fn absence_is_authoritative_only_where_the_answer_means_it() {
    let key = tag_key();
    let kind = |exchange: Exchange| match of(&key, &[exchange]) {
        Fact::Tag(Observed::Absent(absence)) => Ok(absence.kind),
        Fact::Tag(Observed::Unknown(reason)) => Err(reason.kind),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(http(404, b"", false)), Ok(AbsenceKind::NotFound));
    assert_eq!(kind(http(401, b"", false)), Ok(AbsenceKind::MissingOrPrivate));
    assert_eq!(kind(http(403, b"", false)), Ok(AbsenceKind::MissingOrPrivate));
    assert_eq!(kind(http(401, b"", true)), Err(ReasonKind::Denied));
    assert_eq!(kind(http(429, b"", false)), Err(ReasonKind::RateLimited));
    assert_eq!(kind(http(503, b"", false)), Err(ReasonKind::ServerError));
    let failed = exchange(Answer::Failed(Reason::new(ReasonKind::TimedOut, "too slow")), false);
    assert_eq!(kind(failed), Err(ReasonKind::TimedOut));
}

#[test]
fn a_tag_brings_its_manifest_and_that_the_repository_has_it() {
    let digest: Digest = INDEX.parse().unwrap();
    let found = read(&tag_key(), &[http(200, &fixture(INDEX), false)]);
    let keys: Vec<&FactKey> = found.iter().map(|(key, ..)| key).collect();
    let present = FactKey::Present { repository: repository(), digest: digest.clone() };
    assert!(keys.contains(&&FactKey::Manifest(digest.clone())) && keys.contains(&&present));
    let Fact::Tag(Observed::Seen(tag)) = of(&tag_key(), &[http(200, &fixture(INDEX), false)]) else {
        panic!()
    };
    assert_eq!(tag.digest, digest);
    assert!(found.iter().all(|(.., evidence)| evidence.level == Level::Registry));
}

#[test]
fn bytes_with_another_digest_are_no_manifest() {
    let key = FactKey::Manifest(Digest::of(b"other"));
    let Fact::Manifest(Observed::Unknown(reason)) = of(&key, &[http(200, &fixture(INDEX), false)]) else {
        panic!()
    };
    assert_eq!(reason.kind, ReasonKind::DigestMismatch);
}

#[test]
fn one_place_that_failed_leaves_open_what_another_does_not_have() {
    let key = FactKey::Manifest(Digest::of(b"x"));
    let failed = exchange(Answer::Failed(Reason::new(ReasonKind::Unreachable, "down")), false);
    let Fact::Manifest(Observed::Unknown(reason)) = of(&key, &[failed, http(404, b"", false)]) else {
        panic!()
    };
    assert_eq!(reason.kind, ReasonKind::Unreachable);
    assert!(of(&key, &[http(404, b"", false)]).is_absent());
}

#[test]
fn referrers_are_known_only_when_every_page_answered() {
    let key = FactKey::Referrers { repository: repository(), subject: Digest::of(b"x") };
    let empty = br#"{"schemaVersion":2,"manifests":[]}"#;
    let index = fixture(INDEX);
    let count = |exchanges: &[Exchange]| match of(&key, exchanges) {
        Fact::Referrers(Observed::Seen(referrers)) => Some(referrers.manifests.len()),
        _ => None,
    };
    assert_eq!(count(&[http(200, empty, false)]), Some(0));
    assert_eq!(
        count(&[http(200, &index, false), http(200, &index, false)]),
        Some(2),
        "duplicates are dropped"
    );
    assert_eq!(
        count(&[http(404, b"", false), http(404, b"", false)]),
        Some(0),
        "neither API nor fallback tag"
    );
    assert_eq!(count(&[http(404, b"", false), http(200, &index, false)]), Some(2));
    assert_eq!(
        count(&[http(404, b"", false), http(200, b"{}", false)]),
        Some(0),
        "a fallback that is no index is none"
    );
    assert_eq!(count(&[http(200, &index, false), http(500, b"", false)]), None);
    assert_eq!(count(&[http(404, b"", false), http(429, b"", false)]), None);
    assert_eq!(count(&[http(200, b"nonsense", false)]), None);
}

#[test]
fn what_a_registry_says_of_its_error_is_cleaned() {
    let body = b"{\"errors\":[{\"code\":\"UNKNOWN\",\"message\":\"a\\u001b[2Jb\"}]}";
    let Fact::Tag(Observed::Unknown(reason)) = of(&tag_key(), &[http(500, body, false)]) else { panic!() };
    assert!(reason.text.contains("UNKNOWN ab"), "{}", reason.text);
}

fn answer() -> impl Strategy<Value = Answer> {
    let body = proptest::collection::vec(any::<u8>(), 0..200);
    let http =
        (any::<u16>(), body, proptest::option::of("[ -~]{0,80}")).prop_map(|(status, body, digest)| {
            Answer::Http(HttpAnswer {
                status,
                content_type: None,
                docker_content_digest: digest,
                retry_after: None,
                body: body.into(),
            })
        });
    prop_oneof![
        http,
        Just(Answer::Missing("not there".to_owned())),
        Just(Answer::Failed(Reason::new(ReasonKind::TimedOut, "slow"))),
        Just(Answer::StoredRuns(Vec::new())),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = manifest::parse(&bytes);
        let _ = image_config::parse(&bytes);
        let _ = layout::index(&bytes);
        let _ = indexed(&bytes);
        program::of(&bytes);
        program::of(&[b"\x7fELF\x02\x01".as_slice(), &bytes].concat());
        program::of(&[b"MZ".as_slice(), &bytes].concat());
    }

    #[test]
    fn every_key_gets_its_fact_whatever_was_exchanged(answers in proptest::collection::vec((answer(), any::<bool>()), 0..4)) {
        let exchanges: Vec<Exchange> = answers.into_iter().map(|(answer, with)| exchange(answer, with)).collect();
        let digest = Digest::of(b"x");
        let (repository, subject) = (repository(), digest.clone());
        for key in [
            tag_key(),
            FactKey::Manifest(digest.clone()),
            FactKey::Present { repository: repository.clone(), digest: digest.clone() },
            FactKey::Config(digest.clone()),
            FactKey::Layer(digest.clone()),
            FactKey::Referrers { repository, subject },
            FactKey::StoredRuns(digest),
            FactKey::Workflows,
            FactKey::Local("app".parse().unwrap()),
        ] {
            let found = read(&key, &exchanges);
            prop_assert!(found.iter().any(|(found, ..)| *found == key));
            prop_assert!(found.iter().all(|(key, fact, _)| fact.fits(key)));
        }
    }
}

#[test]
fn a_run_is_kept_with_its_exit_code_and_level() {
    let run = crate::model::Run {
        platform: "linux/amd64".parse().unwrap(),
        how: "process of this host, without a container".to_owned(),
        emulated: false,
        ended: crate::model::RunEnd::Exited(2),
        stdout: String::new(),
        stderr: "No such option".to_owned(),
        millis: 3,
        outputs: Vec::new(),
        raw: Vec::new(),
        pulled: Vec::new(),
    };
    let key =
        FactKey::Run { config: Digest::of(b"c"), kind: crate::model::RunKind::Version, argv: Vec::new() };
    let mut exchange = exchange(Answer::Run(run), false);
    exchange.place = Place::Layout(PathBuf::from("dist/app"));
    let (_, _, evidence) = read(&key, &[exchange]).pop().unwrap();
    assert_eq!((evidence.exit, evidence.level), (Some(2), Level::Local));
    assert_eq!(BTreeMap::from([(evidence.source, 1)]).len(), 1);
}
