//! What a run prints: shown line by line, kept within limits.

use crate::model::{Digest, text};

/// How much of an output is kept whole; of a longer one the first and the last half.
const KEPT: usize = 16 << 10;

/// Which of the two a chunk came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Everything that was printed so far.
#[derive(Debug, Default)]
pub(super) struct Printed {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl Printed {
    /// Keeps a chunk and shows its lines.
    pub(super) fn take(&mut self, stream: Stream, bytes: &[u8], show: &mut impl FnMut(&str)) {
        for line in String::from_utf8_lossy(bytes).lines() {
            show(&text::clean_line(line));
        }
        match stream {
            Stream::Out => self.stdout.extend_from_slice(bytes),
            Stream::Err => self.stderr.extend_from_slice(bytes),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.stdout.len() + self.stderr.len()
    }

    /// The digests of both outputs, whole.
    pub(super) fn digests(&self) -> Vec<Digest> {
        vec![Digest::of(&self.stdout), Digest::of(&self.stderr)]
    }
}

/// What is kept of an output: control sequences taken out, the middle of a long one left out.
pub(super) fn shorten(bytes: &[u8]) -> String {
    if bytes.len() <= KEPT {
        return text::clean(&String::from_utf8_lossy(bytes)).into_owned();
    }
    let first = String::from_utf8_lossy(&bytes[..KEPT / 2]);
    let last = String::from_utf8_lossy(&bytes[bytes.len() - KEPT / 2..]);
    let left_out = bytes.len() - KEPT;
    format!("{}\n… {left_out} bytes left out …\n{}", text::clean(&first), text::clean(&last))
}
