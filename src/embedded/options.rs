//! How a registry starts; everything but the memory limit can be changed while it runs.

use super::{Auth, Fault};

/// How an embedded registry behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether it has the referrers API (distribution-spec 1.1, "Listing Referrers"). Without it, it answers
    /// as docker-registry 2.8.2 does: 404 to the query, and no `OCI-Subject` to a push.
    pub referrers: bool,
    /// How many descriptors a page of referrers holds; all on one page when none.
    pub referrers_page: Option<usize>,
    /// How many tags a page holds when the client names no number; all on one page when none.
    pub tags_page: Option<usize>,
    /// Who may read and write what.
    pub auth: Auth,
    /// What goes wrong, from the start.
    pub faults: Vec<Fault>,
    /// The most bytes of blobs, manifests and unfinished uploads together; a push beyond it is refused (413).
    pub memory: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            referrers: true,
            referrers_page: None,
            tags_page: None,
            auth: Auth::None,
            faults: Vec::new(),
            memory: 256 << 20,
        }
    }
}
