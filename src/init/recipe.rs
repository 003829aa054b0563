//! What an image is made from.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// What an image is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipe {
    /// A Dockerfile, in a context of the repository.
    Dockerfile(PathBuf),
    /// A Dockerfile, in a context that goreleaser puts together.
    Packaged(PathBuf),
    /// A Go package, by ko: its folder or import path, and what its program is called.
    Package { main: String, program: String },
    /// A Dockerfile that is written inside of a bake file.
    Inline,
}

impl Recipe {
    /// The Dockerfile in the repository.
    pub fn dockerfile(&self) -> Option<&Path> {
        match self {
            Self::Dockerfile(file) | Self::Packaged(file) => Some(file),
            Self::Package { .. } | Self::Inline => None,
        }
    }
}

impl Display for Recipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dockerfile(file) | Self::Packaged(file) => write!(f, "{}", file.display()),
            Self::Package { main, .. } => write!(f, "the Go package {main}"),
            Self::Inline => f.write_str("a Dockerfile that is written into it"),
        }
    }
}
