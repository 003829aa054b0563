//! OCI image layouts (image-spec, `image-layout.md`): what `index.json` lists.
//!
//! buildah and skopeo list one manifest or index under a name; buildx lists the one index of all
//! platforms; ko and apko list an index, or the manifests themselves with their platforms; nix's tools and
//! cosign list manifests without either. What is behind a descriptor only its own bytes say.

use std::collections::BTreeSet;

use super::manifest;
use crate::model::{Descriptor, Manifest, Reason, ReasonKind};

/// What an `index.json` lists, in its order, each digest once: manifests, indexes, attached artifacts.
///
/// # Errors
/// As [`manifest::parse`]; `Unreadable` where it is no index or lists nothing.
pub fn index(bytes: &[u8]) -> Result<Vec<Descriptor>, Reason> {
    let unreadable = |text| Err(Reason::new(ReasonKind::Unreadable, text));
    match manifest::parse(bytes)? {
        Manifest::Index(index) if index.manifests.is_empty() => unreadable("it lists no image"),
        Manifest::Index(index) => {
            let mut seen = BTreeSet::new();
            Ok(index.manifests.into_iter().filter(|entry| seen.insert(entry.digest.clone())).collect())
        }
        Manifest::Image(_) => unreadable("it is an image manifest, not the index of a layout"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    fn entry(digest: &Digest, rest: &str) -> String {
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":2{rest}}}"#
        )
    }

    fn layout(entries: &[String]) -> Vec<u8> {
        format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(",")).into_bytes()
    }

    #[test]
    fn entries_come_with_or_without_platform_and_name_each_once() {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        let named = r#","annotations":{"org.opencontainers.image.ref.name":"0.2.0"}"#;
        let placed = r#","platform":{"os":"linux","architecture":"arm64"}"#;
        let listed = index(&layout(&[entry(&a, named), entry(&b, placed), entry(&a, "")])).unwrap();
        assert_eq!(listed.iter().map(|entry| &entry.digest).collect::<Vec<_>>(), [&a, &b]);
        assert_eq!(listed[0].annotations["org.opencontainers.image.ref.name"], "0.2.0");
        assert_eq!(listed[1].platform, Some("linux/arm64".parse().unwrap()));
    }

    #[test]
    fn what_lists_nothing_or_is_no_index_is_unreadable() {
        let manifest = format!(r#"{{"schemaVersion":2,"config":{}}}"#, entry(&Digest::of(b"a"), ""));
        for bytes in [layout(&[]), manifest.into_bytes(), b"[]".to_vec()] {
            assert_eq!(index(&bytes).unwrap_err().kind, ReasonKind::Unreadable);
        }
    }
}
