//! What an image is made from.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// What an image is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipe {
    /// A Dockerfile, in a context of the repository.
    Dockerfile(PathBuf),
    /// A Dockerfile that is written inside of a bake file.
    Inline,
}

impl Recipe {
    /// The Dockerfile in the repository.
    pub fn dockerfile(&self) -> Option<&Path> {
        match self {
            Self::Dockerfile(file) => Some(file),
            Self::Inline => None,
        }
    }
}

impl Display for Recipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dockerfile(file) => write!(f, "{}", file.display()),
            Self::Inline => f.write_str("a Dockerfile that is written into it"),
        }
    }
}
