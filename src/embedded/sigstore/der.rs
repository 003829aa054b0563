//! The few shapes of DER (X.690) for which no type is at hand: timestamps, SCTs and their surroundings.

use x509_cert::der::Encode as _;
use x509_cert::spki::ObjectIdentifier;

use super::Result;

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
/// `[0]`, constructed.
pub(super) const CONTEXT_0: u8 = 0xa0;

/// A value with its tag and length.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    if let [short @ ..=0x7f] = significant {
        out.push(*short);
    } else {
        // At most the eight bytes of a length in memory.
        out.push(0x80 | significant.len().to_le_bytes()[0]);
        out.extend(significant);
    }
    out.extend(content);
    out
}

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, &parts.concat())
}

pub(super) fn oid(oid: ObjectIdentifier) -> Result<Vec<u8>> {
    Ok(oid.to_der()?)
}

/// A non-negative INTEGER.
pub(super) fn integer(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// An INTEGER from its bytes, the most significant first, without a sign.
pub(super) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0);
    let mut content = Vec::new();
    // A set top bit would make it negative; zero is one byte.
    if first.is_none_or(|first| bytes[first] & 0x80 != 0) {
        content.push(0);
    }
    content.extend(&bytes[first.unwrap_or(bytes.len())..]);
    tlv(INTEGER, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_minimal() {
        assert_eq!(tlv(4, &[]), [4, 0]);
        assert_eq!(tlv(4, &[7; 127])[..2], [4, 127]);
        assert_eq!(tlv(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(tlv(4, &[7; 256])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn integers_are_not_negative() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(127), [2, 1, 127]);
        assert_eq!(integer(128), [2, 2, 0, 128]);
    }
}
