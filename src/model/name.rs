//! Names: of a repository on a registry, of a tag, of an image of the release.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Digest;

/// The registry that a name without a host means.
pub const DOCKER_HUB: &str = "docker.io";

/// A repository on a registry, as distribution's reference grammar has it.
/// Docker Hub is always `docker.io`, its official images always `library/…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository {
    registry: String,
    path: String,
}

/// Why a string is no repository, tag or image name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {what}: {why}")]
pub struct InvalidName {
    /// What was expected: "repository", "tag", "image name".
    pub what: &'static str,
    /// What was given, without control characters.
    pub given: String,
    /// The rule that it breaks.
    pub why: &'static str,
}

impl InvalidName {
    fn new(what: &'static str, given: &str, why: &'static str) -> Self {
        let given = given.chars().filter(|c| !c.is_control()).take(150).collect();
        Self { what, given, why }
    }
}

impl Repository {
    /// The registry's host and port, as users write it (`docker.io`, not `registry-1.docker.io`).
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository's name on the registry, `library/…` included.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// `registry/path:tag`.
    pub fn tagged(&self, tag: &Tag) -> String {
        format!("{self}:{tag}")
    }

    /// `registry/path@digest`.
    pub fn pinned(&self, digest: &Digest) -> String {
        format!("{self}@{digest}")
    }
}

impl FromStr for Repository {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let invalid = |why| Err(InvalidName::new("repository", given, why));
        if given.contains("://") {
            return invalid("leave out the scheme, as in ghcr.io/acme/app");
        }
        if given.contains('@') {
            return invalid("leave out the digest");
        }
        if given.rsplit('/').next().is_some_and(|last| last.contains(':')) {
            return invalid("leave out the tag");
        }
        let Ok(reference) = given.parse::<oci_distribution::Reference>() else {
            return invalid("expected host/path in lower case, as in ghcr.io/acme/app");
        };
        Ok(Self { registry: reference.registry().to_owned(), path: reference.repository().to_owned() })
    }
}

impl TryFrom<String> for Repository {
    type Error = InvalidName;

    fn try_from(given: String) -> Result<Self, Self::Error> {
        given.parse()
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.to_string()
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.path)
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A tag (distribution-spec: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

impl Tag {
    /// The tag itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag under which registries without the referrers API keep the referrers of `subject`
    /// (distribution-spec, "Referrers Tag Schema").
    pub fn referrers_fallback(subject: &Digest) -> Self {
        Self(format!("{}-{}", subject.algorithm(), &subject.hex()[..64]))
    }

    /// The tag under which cosign before version 3 keeps what it attached to `subject`.
    pub fn classic(subject: &Digest, suffix: super::Classic) -> Self {
        Self(format!("{}-{}.{}", subject.algorithm(), &subject.hex()[..64], suffix.suffix()))
    }
}

impl FromStr for Tag {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let rest = |c: char| first(c) || c == '.' || c == '-';
        if given.len() <= 128 && given.starts_with(first) && given.chars().all(rest) {
            Ok(Self(given.to_owned()))
        } else {
            let why = "expected up to 128 of A-Z a-z 0-9 _ . - (a `+` of a version is written `-`)";
            Err(InvalidName::new("tag", given, why))
        }
    }
}

impl TryFrom<String> for Tag {
    type Error = InvalidName;

    fn try_from(given: String) -> Result<Self, Self::Error> {
        given.parse()
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of an image of the release, such as `runner`: the operator's own word, short.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageName(String);

impl ImageName {
    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageName {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !given.is_empty() && given.len() <= 64 && given.chars().all(allowed) {
            Ok(Self(given.to_owned()))
        } else {
            let why = "expected up to 64 letters, digits, `_`, `-` or `.`";
            Err(InvalidName::new("image name", given, why))
        }
    }
}

impl TryFrom<String> for ImageName {
    type Error = InvalidName;

    fn try_from(given: String) -> Result<Self, Self::Error> {
        given.parse()
    }
}

impl From<ImageName> for String {
    fn from(name: ImageName) -> Self {
        name.0
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_hub_names_are_completed() {
        let official: Repository = "alpine".parse().unwrap();
        assert_eq!(official.to_string(), "docker.io/library/alpine");
        let index_host: Repository = "index.docker.io/acme/app".parse().unwrap();
        assert_eq!(index_host.to_string(), "docker.io/acme/app");
        let port: Repository = "localhost:5000/acme/app".parse().unwrap();
        assert_eq!((port.registry(), port.path()), ("localhost:5000", "acme/app"));
    }

    #[test]
    fn a_repository_is_neither_tagged_nor_pinned_nor_a_url() {
        for given in
            ["ghcr.io/acme/app:1", "https://ghcr.io/acme/app", "ghcr.io/Acme/app", "ghcr.io/a@sha256:00"]
        {
            assert!(given.parse::<Repository>().is_err(), "{given}");
        }
    }

    #[test]
    fn tags_follow_the_grammar() {
        assert!("0.2.0-rc.1".parse::<Tag>().is_ok());
        for given in ["", "0.2.0+5", ".hidden", "a b", &"x".repeat(129)] {
            assert!(given.parse::<Tag>().is_err(), "{given}");
        }
    }
}
