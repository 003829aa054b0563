//! Layers, read in one streaming pass with limits: sizes, both digests, every path, what executables are.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use sha2::{Digest as _, Sha256, Sha512};

use super::program;
use crate::model::text::clean_line;
use crate::model::{Digest, EntryKind, LayerEntry, LayerIndex, Reason, ReasonKind};

/// How far a layer may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most bytes as stored.
    pub compressed: u64,
    /// Most bytes after decompression.
    pub unpacked: u64,
    /// Most bytes after decompression for each byte as stored; counted from [`RATIO_FROM`] on.
    pub ratio: u64,
    /// Most paths.
    pub entries: usize,
    /// The longest path, in bytes.
    pub path: usize,
}

/// Where the ratio of decompression begins to count: small layers of zeros are no attack.
pub const RATIO_FROM: u64 = 256 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self { compressed: 16 << 30, unpacked: 64 << 30, ratio: 200, entries: 2_000_000, path: 4096 }
    }
}

/// Files whose text matters to a check.
const TEXTS: [&str; 4] = ["etc/passwd", "etc/group", "etc/os-release", "usr/lib/os-release"];
const TEXT_LIMIT: u64 = 64 << 10;
/// What the headers before one entry may take: long names and PAX records are held in memory.
const HEADERS: u64 = 4 << 20;

/// Reads a layer to its end, in one pass: gzip (also of many members), zstd or plain, as its bytes say.
///
/// # Errors
/// `DigestMismatch` where the bytes are not those of `expected`, `Unreadable` where they end too early or
/// are no tar archive, `TooLarge` beyond a limit; what the reader itself failed with.
pub fn index(mut reader: impl Read, expected: &Digest, limits: &Limits) -> Result<LayerIndex, Reason> {
    let stored = Rc::new(RefCell::new(Meter::new(limits.compressed, expected.algorithm() == "sha512")));
    let unpacked = Rc::new(RefCell::new(Meter::new(limits.unpacked, false)));
    let entries = {
        let source = Metered { inner: &mut reader, meter: Rc::clone(&stored), against: None };
        decoder(source).and_then(|inner| {
            let against = Some((Rc::clone(&stored), limits.ratio));
            let mut decoded = Metered { inner, meter: Rc::clone(&unpacked), against };
            let entries = entries(&mut decoded, &unpacked, limits)?;
            drain(&mut decoded).map(|()| entries)
        })
    };
    let broken = match entries {
        Ok(entries) => Ok(entries),
        // Bytes that are not the right ones explain a broken archive; an early end explains itself.
        Err(error) if is_of_the_content(&error) => {
            drain(&mut Metered { inner: &mut reader, meter: Rc::clone(&stored), against: None })
                .map_err(|error| trouble(&error))?;
            Err(error)
        }
        Err(error) => return Err(trouble(&error)),
    };
    let (stored, unpacked) = (stored.borrow(), unpacked.borrow());
    let digest = stored.digest();
    if digest != *expected {
        let text = format!("the layer's bytes have the digest {digest}, not {expected}");
        return Err(Reason::new(ReasonKind::DigestMismatch, text));
    }
    Ok(LayerIndex {
        digest,
        diff_id: unpacked.digest(),
        compressed: stored.bytes,
        unpacked: unpacked.bytes,
        entries: broken.map_err(|error| trouble(&error))?,
    })
}

/// Whether an error tells of bytes that make no sense, and not of their early end or of the reader.
fn is_of_the_content(error: &io::Error) -> bool {
    let text = error.to_string();
    let is_early_end = text.contains("EOF") || text.contains("entire block") || text.contains("whole buffer");
    let kinds = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput, io::ErrorKind::Other];
    kinds.contains(&error.kind()) && !is_early_end
}

fn trouble(error: &io::Error) -> Reason {
    let kind = match error.kind() {
        io::ErrorKind::FileTooLarge => ReasonKind::TooLarge,
        io::ErrorKind::TimedOut => ReasonKind::TimedOut,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionRefused
        | io::ErrorKind::NotConnected => ReasonKind::Unreachable,
        _ => ReasonKind::Unreadable,
    };
    let error: String = clean_line(&error.to_string()).chars().take(300).collect();
    Reason::new(kind, format!("the layer could not be read: {error}"))
}

fn too_large(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}

/// Counts and hashes what passes, up to a limit.
struct Meter {
    bytes: u64,
    limit: u64,
    /// A nearer limit for the time being, with what lies beyond it.
    ceiling: Option<u64>,
    hash: Hash,
}

enum Hash {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Meter {
    fn new(limit: u64, sha512: bool) -> Self {
        let hash = if sha512 { Hash::Sha512(Sha512::new()) } else { Hash::Sha256(Sha256::new()) };
        Self { bytes: 0, limit, ceiling: None, hash }
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limit {
            return Err(too_large(format!("more than {} bytes", self.limit)));
        }
        if self.ceiling.is_some_and(|ceiling| self.bytes > ceiling) {
            return Err(too_large(format!("more than {HEADERS} bytes of names and attributes of one path")));
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
    /// What the bytes were made of, and how many may come of each of those.
    against: Option<(Rc<RefCell<Meter>>, u64)>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.meter.borrow_mut().take(&buffer[..length])?;
        if let Some((stored, ratio)) = &self.against {
            let (bytes, stored) = (self.meter.borrow().bytes, stored.borrow().bytes);
            if bytes > RATIO_FROM && bytes / ratio > stored {
                return Err(too_large(format!("{bytes} bytes out of {stored}: more than {ratio} to one")));
            }
        }
        Ok(length)
    }
}

/// What a layer's bytes are unpacked: gzip, zstd or plain, as they say themselves.
///
/// # Errors
/// Where its first bytes cannot be read.
pub fn unpacked<'a>(source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    decoder(source)
}

/// Decompresses by what the bytes are, not by what a media type says.
fn decoder<'a>(mut source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    // A network may bring fewer than four bytes at first.
    let mut start = Vec::with_capacity(4);
    source.by_ref().take(4).read_to_end(&mut start)?;
    let magic = start.clone();
    let source = BufReader::with_capacity(64 << 10, io::Cursor::new(start).chain(source));
    Ok(match magic.as_slice() {
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

fn entries(
    reader: &mut impl Read,
    unpacked: &RefCell<Meter>,
    limits: &Limits,
) -> io::Result<BTreeMap<String, LayerEntry>> {
    let mut archive = tar::Archive::new(reader);
    let mut entries = BTreeMap::new();
    let mut archived = archive.entries()?;
    // Where the content of the entry before ends: what comes then, up to the next entry, is held in memory.
    let mut end = 0_u64;
    loop {
        unpacked.borrow_mut().ceiling = Some(end.saturating_add(HEADERS));
        let Some(entry) = archived.next() else { break };
        unpacked.borrow_mut().ceiling = None;
        let mut entry = entry?;
        if entries.len() >= limits.entries {
            return Err(too_large(format!("more than {} paths", limits.entries)));
        }
        let path = normal(&entry.path_bytes());
        if path.len() > limits.path {
            return Err(too_large(format!(
                "a path of {} bytes; at most {} are kept",
                path.len(),
                limits.path
            )));
        }
        end = end_of(&entry);
        let indexed = read_entry(&path, &mut entry)?;
        if !path.is_empty() {
            entries.insert(path, indexed);
        }
    }
    unpacked.borrow_mut().ceiling = None;
    Ok(entries)
}

/// Where the content of an entry ends in the archive, before it is padded.
fn end_of(entry: &tar::Entry<'_, impl Read>) -> u64 {
    let header = entry.header();
    let stored = if header.entry_type().is_gnu_sparse() { header.entry_size().ok() } else { None };
    entry.raw_file_position().saturating_add(stored.unwrap_or(entry.size()))
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
            } else if mode & 0o111 != 0 || is_windows_program(path) {
                indexed.program = Some(program::read(entry)?);
            }
        }
        tar::EntryType::Directory => indexed.kind = EntryKind::Directory,
        tar::EntryType::Symlink => indexed.kind = EntryKind::Symlink(link(entry)),
        tar::EntryType::Link => indexed.kind = EntryKind::Hardlink(normal(link(entry).as_bytes())),
        _ => {}
    }
    Ok(indexed)
}

/// Windows has no executable bit: its layers mark programs by their names.
fn is_windows_program(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("exe"))
}

/// A path without a leading slash, `.` or a trailing slash. `..` stays: it never names a file of the image.
fn normal(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path);
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
