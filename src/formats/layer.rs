//! Layers, read in one streaming pass with limits: sizes, both digests, every path, what executables are.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use sha2::{Digest as _, Sha256, Sha512};

use super::program;
use crate::model::{Digest, EntryKind, LayerEntry, LayerIndex, Reason, ReasonKind};

/// How far a layer may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most bytes as stored.
    pub compressed: u64,
    /// Most bytes after decompression.
    pub unpacked: u64,
    /// Most paths.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { compressed: 16 << 30, unpacked: 64 << 30, entries: 2_000_000 }
    }
}

/// Files whose text matters to a check.
const TEXTS: [&str; 4] = ["etc/passwd", "etc/group", "etc/os-release", "usr/lib/os-release"];
const TEXT_LIMIT: u64 = 64 << 10;
const PATH_LIMIT: usize = 4096;

/// Reads a layer to its end.
///
/// # Errors
/// When the bytes are not those of `expected`, are no tar archive, end too early, or go beyond a limit.
pub fn index(reader: impl Read, expected: &Digest, limits: &Limits) -> Result<LayerIndex, Reason> {
    let stored = Rc::new(RefCell::new(Meter::new(limits.compressed, expected.algorithm() == "sha512")));
    let unpacked = Rc::new(RefCell::new(Meter::new(limits.unpacked, false)));
    let source = Shared(Rc::new(RefCell::new(Metered { inner: reader, meter: Rc::clone(&stored) })));
    let read = unpack(source.clone(), Rc::clone(&unpacked), limits);
    let entries = match read {
        Ok(entries) => entries,
        // Bytes that are not the right ones explain whatever is wrong with the archive.
        Err(error) if error.kind() != io::ErrorKind::FileTooLarge && drain(&mut source.clone()).is_ok() => {
            matching(&stored.borrow().digest(), expected)?;
            return Err(trouble(&error));
        }
        Err(error) => return Err(trouble(&error)),
    };
    let (stored, unpacked) = (stored.borrow(), unpacked.borrow());
    let digest = stored.digest();
    matching(&digest, expected)?;
    Ok(LayerIndex {
        digest,
        diff_id: unpacked.digest(),
        compressed: stored.bytes,
        unpacked: unpacked.bytes,
        entries,
    })
}

fn matching(digest: &Digest, expected: &Digest) -> Result<(), Reason> {
    if digest == expected {
        return Ok(());
    }
    let text = format!("the layer's bytes have the digest {digest}, not {expected}");
    Err(Reason::new(ReasonKind::DigestMismatch, text))
}

fn unpack(
    source: impl Read,
    unpacked: Rc<RefCell<Meter>>,
    limits: &Limits,
) -> io::Result<BTreeMap<String, LayerEntry>> {
    let mut decoded = Metered { inner: decoder(source)?, meter: unpacked };
    let entries = entries(&mut decoded, limits)?;
    drain(&mut decoded)?;
    Ok(entries)
}

/// A reader that several may read from, one after the other.
struct Shared<R>(Rc<RefCell<R>>);

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<R: Read> Read for Shared<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

fn trouble(error: &io::Error) -> Reason {
    let kind = match error.kind() {
        io::ErrorKind::FileTooLarge => ReasonKind::TooLarge,
        io::ErrorKind::TimedOut => ReasonKind::TimedOut,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => ReasonKind::Unreachable,
        _ => ReasonKind::Unreadable,
    };
    Reason::new(kind, format!("the layer could not be read: {error}"))
}

fn too_large(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}

/// Counts and hashes what passes, up to a limit.
struct Meter {
    bytes: u64,
    limit: u64,
    hash: Hash,
}

enum Hash {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Meter {
    fn new(limit: u64, sha512: bool) -> Self {
        let hash = if sha512 { Hash::Sha512(Sha512::new()) } else { Hash::Sha256(Sha256::new()) };
        Self { bytes: 0, limit, hash }
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limit {
            return Err(too_large(format!("more than {} bytes", self.limit)));
        }
        match &mut self.hash {
            Hash::Sha256(hash) => hash.update(bytes),
            Hash::Sha512(hash) => hash.update(bytes),
        }
        Ok(())
    }

    fn digest(&self) -> Digest {
        match &self.hash {
            Hash::Sha256(hash) => Digest::from_sha256(&hash.clone().finalize()),
            Hash::Sha512(hash) => Digest::from_sha512(&hash.clone().finalize()),
        }
    }
}

struct Metered<R> {
    inner: R,
    meter: Rc<RefCell<Meter>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.meter.borrow_mut().take(&buffer[..length])?;
        Ok(length)
    }
}

/// Decompresses by what the bytes are, not by what a media type says.
fn decoder<'a>(source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut source = BufReader::with_capacity(64 << 10, source);
    let start = source.fill_buf()?;
    Ok(match start.get(..4).unwrap_or_default() {
        // Many members in a row are one stream: eStargz layers have thousands.
        [0x1f, 0x8b, ..] => Box::new(Whole(flate2::bufread::MultiGzDecoder::new(source))),
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
            Box::new(Frames { source: Some(source), frame: None })
        }
        _ => Box::new(source),
    })
}

/// A gzip reader that reads what follows the last member as well, so that the digest is of all bytes.
struct Whole<R: BufRead>(flate2::bufread::MultiGzDecoder<R>);

impl<R: BufRead> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        if length == 0 && !buffer.is_empty() {
            io::copy(self.0.get_mut(), &mut io::sink())?;
        }
        Ok(length)
    }
}

type Frame<R> = ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>;

/// A zstd reader over every frame in a row, skippable ones left out (RFC 8878, section 3.1): zstd:chunked
/// layers have many.
struct Frames<R: BufRead> {
    source: Option<R>,
    frame: Option<Frame<R>>,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let length = frame.read(buffer)?;
                if length > 0 || buffer.is_empty() {
                    return Ok(length);
                }
                self.source = self.frame.take().map(Frame::into_inner);
            }
            let Some(mut source) = self.source.take() else { return Ok(0) };
            if source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = source.fill_buf()? {
                skip_frame(&mut source)?;
                self.source = Some(source);
                continue;
            }
            self.frame = Some(Frame::new(source).map_err(io::Error::other)?);
        }
    }
}

fn skip_frame(source: &mut impl Read) -> io::Result<()> {
    let mut header = [0; 8];
    source.read_exact(&mut header)?;
    let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    io::copy(&mut source.take(u64::from(length)), &mut io::sink()).map(|_| ())
}

fn drain(reader: &mut impl Read) -> io::Result<()> {
    io::copy(reader, &mut io::sink()).map(|_| ())
}

fn entries(reader: &mut impl Read, limits: &Limits) -> io::Result<BTreeMap<String, LayerEntry>> {
    let mut archive = tar::Archive::new(reader);
    let mut entries = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entries.len() >= limits.entries {
            return Err(too_large(format!("more than {} paths", limits.entries)));
        }
        let path = normal(&entry.path_bytes());
        if path.len() > PATH_LIMIT {
            return Err(too_large(format!("a path of {} bytes", path.len())));
        }
        let indexed = read_entry(&path, &mut entry)?;
        if !path.is_empty() {
            entries.insert(path, indexed);
        }
    }
    Ok(entries)
}

fn read_entry(path: &str, entry: &mut tar::Entry<'_, impl Read>) -> io::Result<LayerEntry> {
    let kind = entry.header().entry_type();
    let mode = entry.header().mode().unwrap_or(0) & 0o7777;
    let size = entry.size();
    let link = |entry: &tar::Entry<'_, _>| {
        entry
            .link_name_bytes()
            .map(|target| String::from_utf8_lossy(&target).into_owned())
            .unwrap_or_default()
    };
    let mut indexed = LayerEntry { kind: EntryKind::Other, size: 0, mode, program: None, text: None };
    match kind {
        tar::EntryType::Regular | tar::EntryType::Continuous | tar::EntryType::GNUSparse => {
            indexed.kind = EntryKind::File;
            indexed.size = size;
            if TEXTS.contains(&path) && size <= TEXT_LIMIT {
                let mut text = Vec::new();
                entry.take(TEXT_LIMIT).read_to_end(&mut text)?;
                indexed.text = Some(String::from_utf8_lossy(&text).into_owned());
            } else if mode & 0o111 != 0 {
                let mut head = Vec::new();
                entry.take(program::HEAD as u64).read_to_end(&mut head)?;
                indexed.program = Some(program::of(&head));
            }
        }
        tar::EntryType::Directory => indexed.kind = EntryKind::Directory,
        tar::EntryType::Symlink => indexed.kind = EntryKind::Symlink(link(entry)),
        tar::EntryType::Link => indexed.kind = EntryKind::Hardlink(normal(link(entry).as_bytes())),
        _ => {}
    }
    Ok(indexed)
}

/// A path without a leading slash, `.` or a trailing slash. `..` stays: it never names a file of the image.
fn normal(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path);
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}
