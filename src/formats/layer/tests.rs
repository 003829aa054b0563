use std::io::Write;

use proptest::prelude::*;

use super::*;
use crate::model::Program;

fn header(kind: tar::EntryType, size: u64, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header
}

fn archive(fill: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    fill(&mut builder);
    builder.into_inner().unwrap()
}

fn file(builder: &mut tar::Builder<Vec<u8>>, path: &str, mode: u32, content: &[u8]) {
    let mut header = header(tar::EntryType::Regular, content.len() as u64, mode);
    builder.append_data(&mut header, path, content).unwrap();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn read(bytes: &[u8]) -> Result<LayerIndex, Reason> {
    index(bytes, &Digest::of(bytes), &Limits::default())
}

fn sample() -> Vec<u8> {
    archive(|builder| {
        file(builder, "./app/run", 0o755, b"#!/bin/sh\n");
        file(builder, "etc/passwd", 0o644, b"root:x:0:0::/root:/bin/sh\n");
        file(builder, "etc/motd", 0o644, b"hello");
        let mut link = header(tar::EntryType::Symlink, 0, 0o777);
        builder.append_link(&mut link, "bin/sh", "/bin/busybox").unwrap();
        let mut hard = header(tar::EntryType::Link, 0, 0o755);
        builder.append_link(&mut hard, "bin/ash", "bin/busybox").unwrap();
        file(builder, "tmp/.wh.old", 0, b"");
        file(builder, &format!("{}/deep", "long/".repeat(60)), 0o644, b"x");
    })
}

/// Gives one byte at a time, as a slow network may.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn every_path_is_indexed_with_what_matters_of_it() {
    let index = read(&sample()).unwrap();
    assert_eq!(
        index.entries["app/run"].program,
        Some(Program::Script { interpreter: vec!["/bin/sh".to_owned()] })
    );
    assert_eq!(index.entries["etc/passwd"].text.as_deref(), Some("root:x:0:0::/root:/bin/sh\n"));
    assert!(index.entries["etc/motd"].text.is_none() && index.entries["etc/motd"].program.is_none());
    assert_eq!(index.entries["bin/sh"].kind, EntryKind::Symlink("/bin/busybox".to_owned()));
    assert_eq!(index.entries["bin/ash"].kind, EntryKind::Hardlink("bin/busybox".to_owned()));
    assert!(index.entries.contains_key("tmp/.wh.old"));
    assert!(index.entries.contains_key(&format!("{}deep", "long/".repeat(60))));
}

#[test]
fn compression_is_told_by_the_bytes_and_both_digests_are_of_all_of_them() {
    let plain = sample();
    let (front, back) = plain.split_at(700);
    let members = [gzip(front), gzip(back)].concat();
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(front), &zstd(back)].concat();
    for stored in [plain.clone(), gzip(&plain), members, zstd(&plain), skippable] {
        let found = index(Trickle(&stored), &Digest::of(&stored), &Limits::default()).unwrap();
        assert_eq!(found.digest, Digest::of(&stored));
        assert_eq!(found.diff_id, Digest::of(&plain));
        assert_eq!((found.compressed, found.unpacked), (stored.len() as u64, plain.len() as u64));
        assert_eq!(found.entries.len(), 7);
    }
}

#[test]
fn other_bytes_are_a_mismatch_whether_they_can_be_read_or_not() {
    let expected = Digest::of(b"something else");
    for stored in [sample(), gzip(&sample()), b"no tar archive, but long enough to be a header".repeat(30)] {
        let reason = index(stored.as_slice(), &expected, &Limits::default()).unwrap_err();
        assert_eq!(reason.kind, ReasonKind::DigestMismatch, "{reason}");
    }
}

#[test]
fn what_ends_too_early_is_unreadable() {
    let plain = sample();
    for (stored, end) in [(plain.clone(), 700), (plain.clone(), 600), (gzip(&plain), 60), (zstd(&plain), 60)]
    {
        let reason = index(&stored[..end], &Digest::of(&stored), &Limits::default()).unwrap_err();
        assert_eq!(reason.kind, ReasonKind::Unreadable, "{reason}");
    }
}

#[test]
fn right_bytes_that_are_no_archive_are_unreadable() {
    let reason = read(&b"no tar archive, but long enough to be a header".repeat(30)).unwrap_err();
    assert_eq!(reason.kind, ReasonKind::Unreadable, "{reason}");
    let mut broken = gzip(&sample());
    let end = broken.len() - 6;
    broken[end] ^= 0xff;
    assert_eq!(read(&broken).unwrap_err().kind, ReasonKind::Unreadable);
}

#[test]
fn limits_hold() {
    let stored = gzip(&sample());
    let with = |limits: Limits| index(stored.as_slice(), &Digest::of(&stored), &limits).unwrap_err().kind;
    assert_eq!(with(Limits { compressed: 50, ..Limits::default() }), ReasonKind::TooLarge);
    assert_eq!(with(Limits { unpacked: 1000, ..Limits::default() }), ReasonKind::TooLarge);
    assert_eq!(with(Limits { entries: 3, ..Limits::default() }), ReasonKind::TooLarge);
    assert_eq!(with(Limits { path: 100, ..Limits::default() }), ReasonKind::TooLarge);
}

#[test]
fn a_bomb_stops_at_the_ratio() {
    let mut zeros = header(tar::EntryType::Regular, 400 << 20, 0o644);
    zeros.set_path("zeros").unwrap();
    zeros.set_cksum();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(zeros.as_bytes()).unwrap();
    io::copy(&mut io::repeat(0).take(400 << 20), &mut encoder).unwrap();
    let reason = read(&encoder.finish().unwrap()).unwrap_err();
    assert_eq!(reason.kind, ReasonKind::TooLarge);
    assert!(reason.text.contains("to one"), "{reason}");
}

#[test]
fn an_endless_name_is_not_held_in_memory() {
    let mut header = header(tar::EntryType::GNULongName, 64 << 20, 0);
    header.set_path("././@LongLink").unwrap();
    header.set_cksum();
    let stored = [header.as_bytes().to_vec(), vec![b'a'; 64 << 20]].concat();
    let reason = read(&stored).unwrap_err();
    assert_eq!(reason.kind, ReasonKind::TooLarge);
    assert!(reason.text.contains("names"), "{reason}");
}

#[test]
fn pax_paths_and_sizes_hold() {
    let long = format!("{}/end", "p".repeat(200));
    let stored = archive(|builder| {
        builder.append_pax_extensions([("path", long.as_bytes())]).unwrap();
        file(builder, "short", 0o644, b"content");
        file(builder, "next", 0o644, b"");
    });
    let index = read(&stored).unwrap();
    assert_eq!(index.entries.keys().collect::<Vec<_>>(), ["next", &long]);
    assert_eq!(index.entries[&long].size, 7);
}

#[test]
fn a_windows_program_needs_no_executable_bit() {
    let stored = archive(|builder| file(builder, "Files/app.EXE", 0o644, b"MZ"));
    assert_eq!(read(&stored).unwrap().entries["Files/app.EXE"].program, Some(Program::Other));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(start in 0..4_usize, bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
        let magic: [&[u8]; 4] = [b"", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18"];
        let _ = read(&[magic[start], &bytes].concat());
    }

    #[test]
    fn no_mutated_archive_makes_the_reader_panic(at in 0..5000_usize, byte in any::<u8>()) {
        let mut bytes = sample();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read(&bytes);
    }
}
