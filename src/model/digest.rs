//! Content digests (OCI image-spec, `descriptor.md`, "Digests").

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// A content digest, `algorithm:hex`, checked when it is made.
///
/// Only the registered algorithms `sha256` and `sha512` are accepted: what
/// cannot be computed cannot be compared with the bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// Why a string is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no digest: expected sha256:<64 hex digits> or sha512:<128 hex digits>")]
pub struct InvalidDigest {
    /// What was given, without control characters.
    pub given: String,
}

impl Digest {
    /// The SHA-256 digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_sha256(&sha2::Sha256::digest(bytes))
    }

    /// A digest from the 32 bytes of a finished SHA-256.
    pub fn from_sha256(hash: &[u8]) -> Self {
        Self(format!("sha256:{}", hex(hash)))
    }

    /// A digest from the 64 bytes of a finished SHA-512.
    pub fn from_sha512(hash: &[u8]) -> Self {
        Self(format!("sha512:{}", hex(hash)))
    }

    /// Whether `bytes` have this digest, by its own algorithm.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        let actual = match self.algorithm() {
            "sha512" => hex(&sha2::Sha512::digest(bytes)),
            _ => hex(&sha2::Sha256::digest(bytes)),
        };
        actual == self.hex()
    }

    /// `sha256` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// The hexadecimal part.
    pub fn hex(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, hex)| hex)
    }

    /// The whole digest, `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve hexadecimal digits, for a screen.
    pub fn short(&self) -> &str {
        &self.hex()[..12]
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let length = match given.split_once(':') {
            Some(("sha256", hex)) => (hex, 64),
            Some(("sha512", hex)) => (hex, 128),
            _ => ("", 1),
        };
        let (hex, expected) = length;
        let lower_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if hex.len() == expected && hex.chars().all(lower_hex) {
            Ok(Self(given.to_owned()))
        } else {
            let given = given.chars().filter(|c| !c.is_control()).take(150).collect();
            Err(InvalidDigest { given })
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(given: String) -> Result<Self, Self::Error> {
        given.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_matches_only_the_bytes_that_it_was_made_of() {
        let digest = Digest::of(b"{}");
        assert_eq!(
            digest.as_str(),
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
        assert!(digest.matches(b"{}"));
        assert!(!digest.matches(b"{ }"));
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for given in ["", "sha256:", "sha256:abc", "md5:00", &format!("sha256:{}", "A".repeat(64))] {
            assert!(given.parse::<Digest>().is_err(), "{given}");
        }
    }
}
