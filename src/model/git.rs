//! What git says of the source: the checkout, and the release's tag.

use serde::{Deserialize, Serialize};

/// The git repository that the configuration lies in, as it is checked out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// The commit of HEAD; none before the first commit.
    pub head: Option<String>,
    /// The branch; none where HEAD is detached.
    pub branch: Option<String>,
    /// The branch that this one follows, as it was last fetched.
    pub upstream: Option<Upstream>,
    /// The tracked files that differ from HEAD: the first of them, and how many there are.
    pub changed: Changes,
    /// The files that git does not know and does not ignore, likewise.
    pub untracked: Changes,
    /// Whether the history was cut off: such a clone has no tags, and counts no commits.
    pub shallow: bool,
    /// The commit of the release's tag, where the tag is here.
    pub tag: Option<String>,
    /// Every tag of HEAD.
    pub head_tags: Vec<String>,
    /// The remote that tags are pushed to: the upstream's, else `origin`, else the only one.
    pub remote: Option<GitRemote>,
}

/// A branch on a remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Its name: `origin/main`.
    pub name: String,
    /// Commits that only the branch here has.
    pub ahead: u64,
    /// Commits that only the upstream has.
    pub behind: u64,
}

/// Files that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// How many.
    pub count: usize,
    /// The first of them.
    pub first: Vec<String>,
}

/// A remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitRemote {
    /// Its name: `origin`.
    pub name: String,
    /// Its URL, without credentials.
    pub url: String,
}

impl std::fmt::Display for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.first.join(", "))?;
        match self.count.saturating_sub(self.first.len()) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
