//! OCI image layouts (OCI image-spec `image-layout.md`): what `index.json` lists.

use crate::model::{Descriptor, Manifest, Reason, ReasonKind};

use super::manifest;

/// Reads `index.json`. buildx, skopeo and buildah list one nested index or one manifest; ko, apko and nix
/// list manifests; cosign adds what is attached. What each is can only be told by opening it.
///
/// # Errors
/// When it is no index, or lists nothing.
pub fn index(bytes: &[u8]) -> Result<Vec<Descriptor>, Reason> {
    match manifest::parse(bytes)? {
        Manifest::Index(index) if index.manifests.is_empty() => {
            Err(Reason::new(ReasonKind::Unreadable, "it lists no image"))
        }
        Manifest::Index(index) => Ok(index.manifests),
        Manifest::Image(_) => {
            Err(Reason::new(ReasonKind::Unreadable, "it is an image manifest, not an index"))
        }
    }
}
