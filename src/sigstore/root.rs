//! Trust roots: whose certificates, logs and timestamps count (`trusted_root.json`, protobuf-specs
//! `sigstore_trustroot.proto`).

mod json;
mod refresh;

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use sigstore_trust_root::{SigstoreInstance, TrustedRoot};

use crate::model::{Digest, text};

pub use refresh::Refresh;

/// The largest trust root that is read, in bytes. The public one has 7 kB.
const MAX_ROOT: usize = 1 << 20;

/// The Sigstore instances whose roots are built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instance {
    /// Sigstore's public-good instance.
    PublicGood,
    /// GitHub's own, for the attestations of private repositories: it has no logs, only timestamps.
    GitHub,
    /// Sigstore's staging instance.
    Staging,
}

impl Instance {
    pub(super) fn library(self) -> SigstoreInstance {
        match self {
            Self::PublicGood => SigstoreInstance::PublicGood,
            Self::GitHub => SigstoreInstance::GitHub,
            Self::Staging => SigstoreInstance::Staging,
        }
    }
}

/// Where a trust root comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootSource {
    /// The snapshot that this build carries; newer log shards are not in it.
    Embedded(Instance),
    /// A file that was given.
    File(PathBuf),
    /// A TUF repository.
    Tuf {
        /// The repository's URL.
        url: String,
        /// When it was last read with success.
        at: Timestamp,
    },
}

impl fmt::Display for RootSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(Instance::PublicGood) => {
                f.write_str("Sigstore's public-good instance, as this build carries it")
            }
            Self::Embedded(Instance::GitHub) => f.write_str("GitHub's instance, as this build carries it"),
            Self::Embedded(Instance::Staging) => {
                f.write_str("Sigstore's staging instance, as this build carries it")
            }
            Self::File(file) => f.write_str(&text::clean_line(&file.display().to_string())),
            Self::Tuf { url, at } => write!(f, "{}, read at {at}", text::clean_line(url)),
        }
    }
}

/// A trust root, checked and ready.
#[derive(Debug, Clone)]
pub struct TrustMaterial {
    source: RootSource,
    digest: Digest,
    root: TrustedRoot,
    stale: Option<String>,
}

/// Why there is no trust root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootError {
    /// The file could not be read.
    #[error("cannot read the trust root {file}: {why}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        why: String,
    },
    /// It is larger than any trust root.
    #[error("the trust root {file} is larger than {limit} bytes, and was not read")]
    TooLarge {
        /// The file.
        file: String,
        /// The limit.
        limit: usize,
    },
    /// It is no trust root.
    #[error("{file} is no Sigstore trust root: {why}; expected a trusted_root.json")]
    Invalid {
        /// The file, or what it was read from.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The TUF repository could not be read, and nothing stands in for it.
    #[error("cannot refresh the trust root from {url}: {why}; give one with --trusted-root FILE")]
    Tuf {
        /// The repository.
        url: String,
        /// What came back.
        why: String,
    },
}

impl TrustMaterial {
    /// The built-in root of the public-good instance.
    ///
    /// # Errors
    /// Never with an unchanged build; a test holds that.
    pub fn public_good() -> Result<Self, RootError> {
        Self::embedded(Instance::PublicGood)
    }

    /// The built-in root of GitHub's instance.
    ///
    /// # Errors
    /// Never with an unchanged build.
    pub fn github() -> Result<Self, RootError> {
        Self::embedded(Instance::GitHub)
    }

    /// The built-in root of the staging instance.
    ///
    /// # Errors
    /// Never with an unchanged build.
    pub fn staging() -> Result<Self, RootError> {
        Self::embedded(Instance::Staging)
    }

    /// The built-in root of an instance.
    ///
    /// # Errors
    /// Never with an unchanged build.
    pub fn embedded(instance: Instance) -> Result<Self, RootError> {
        let json = instance.library().embedded_trusted_root_json();
        Self::parse(
            json.as_bytes(),
            RootSource::Embedded(instance),
            &format!("the built-in {instance:?} root"),
        )
    }

    /// Reads a `trusted_root.json`. Protobuf JSON may leave out what is empty; that is accepted.
    ///
    /// # Errors
    /// When the file cannot be read, is too large or is no trust root; the error names it.
    pub fn from_file(file: &Path) -> Result<Self, RootError> {
        use std::io::Read as _;
        let name = text::clean_line(&file.display().to_string()).into_owned();
        let failed = |error: std::io::Error| RootError::Read { file: name.clone(), why: error.to_string() };
        let opened = std::fs::File::open(file).map_err(failed)?;
        let mut bytes = Vec::new();
        opened.take(MAX_ROOT as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        Self::parse(&bytes, RootSource::File(file.to_owned()), &name)
    }

    /// Takes the bytes of a `trusted_root.json`; `name` is said in errors.
    ///
    /// # Errors
    /// When they are too large or no trust root.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, RootError> {
        Self::parse(bytes, RootSource::File(PathBuf::from(name)), name)
    }

    fn parse(bytes: &[u8], source: RootSource, name: &str) -> Result<Self, RootError> {
        if bytes.len() > MAX_ROOT {
            return Err(RootError::TooLarge { file: name.to_owned(), limit: MAX_ROOT });
        }
        let invalid = |why: String| RootError::Invalid {
            file: name.to_owned(),
            why: text::clean_line(&why).into_owned(),
        };
        let root = json::parse(bytes).map_err(&invalid)?;
        if root.certificate_authorities.is_empty()
            && root.tlogs.is_empty()
            && root.timestamp_authorities.is_empty()
        {
            return Err(invalid(
                "it names no certificate authority, no log and no timestamp authority".to_owned(),
            ));
        }
        // Malformed keys and certificates are the root's fault, and not that of a signature.
        sigstore::Verifier::new(&root).map_err(|error| invalid(error.to_string()))?;
        Ok(Self { source, digest: Digest::of(bytes), root, stale: None })
    }

    /// Where it comes from.
    pub fn source(&self) -> &RootSource {
        &self.source
    }

    /// The digest of its bytes.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Why it is not fresh, where a refresh was asked for and was not had.
    pub fn stale(&self) -> Option<&str> {
        self.stale.as_deref()
    }

    /// How old it is; none for one that has no date (built in, or a file).
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        match &self.source {
            RootSource::Tuf { at, .. } => Some(now.duration_since(*at)),
            RootSource::Embedded(_) | RootSource::File(_) => None,
        }
    }

    /// Whether certificates need an SCT.
    pub fn has_ct_log(&self) -> bool {
        !self.root.ctlogs.is_empty()
    }

    /// Whether signatures need a log entry.
    pub fn has_transparency_log(&self) -> bool {
        !self.root.tlogs.is_empty()
    }

    /// Whether it can verify RFC 3161 timestamps.
    pub fn has_timestamp_authority(&self) -> bool {
        !self.root.timestamp_authorities.is_empty()
    }

    pub(super) fn root(&self) -> &TrustedRoot {
        &self.root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_roots_say_what_they_ask_for() {
        let has = |root: TrustMaterial| {
            (root.has_ct_log(), root.has_transparency_log(), root.has_timestamp_authority())
        };
        assert_eq!(has(TrustMaterial::public_good().unwrap()), (true, true, true));
        assert_eq!(has(TrustMaterial::staging().unwrap()), (true, true, true));
        assert_eq!(has(TrustMaterial::github().unwrap()), (false, false, true));
    }

    #[test]
    fn a_root_that_is_none_is_refused_with_its_file() {
        for (bytes, why) in [
            (&b"{"[..], "EOF"),
            (b"{}", "names no certificate authority"),
            (b"[]", "no JSON object"),
            (b"{\"tlogs\": 1}", "expected a sequence"),
        ] {
            let error = TrustMaterial::from_bytes(bytes, "my/root.json").unwrap_err().to_string();
            assert!(error.contains("my/root.json") && error.contains(why), "{error}");
        }
        let large = vec![b' '; MAX_ROOT + 1];
        assert!(matches!(TrustMaterial::from_bytes(&large, "r"), Err(RootError::TooLarge { .. })));
        let error = TrustMaterial::from_file(Path::new("/nowhere/root.json")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/root.json"), "{error}");
    }
}
