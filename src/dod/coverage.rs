//! What an SBOM's document says for one platform, whoever attested it and wherever it is attached.

use crate::model::{Digest, Facts, Platform, Sbom};

use super::listing;

/// One platform's manifest in its index.
#[derive(Debug, Clone, Copy)]
pub(super) struct InIndex<'a> {
    /// The index, or the manifest itself where there is none.
    pub index: &'a Digest,
    /// The manifest.
    pub manifest: &'a Digest,
    /// Its platform.
    pub platform: &'a Platform,
    /// How many platforms the index lists.
    pub platforms: usize,
}

/// What a document says for a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coverage<'a> {
    /// It is the platform's SBOM.
    Covers,
    /// It is about this other image.
    AnotherImage(&'a Digest),
    /// It names no package.
    NoPackage,
    /// It is attached to the index, and names packages of other platforms only; or none of any, in an index of several.
    AnotherPlatform,
}

impl<'a> InIndex<'a> {
    /// The place of a manifest in the index that lists it; without one it is its own.
    pub fn of(
        facts: &Facts,
        index: Option<&'a Digest>,
        manifest: &'a Digest,
        platform: &'a Platform,
    ) -> Self {
        let index = index.unwrap_or(manifest);
        let platforms = listing::list(facts, index).seen().map_or(0, |listing| listing.platforms.len());
        Self { index, manifest, platform, platforms }
    }

    /// What `sbom` says for this platform; `on_index` where it is attached to the index.
    pub fn coverage<'s>(&self, sbom: &'s Sbom, on_index: bool) -> Coverage<'s> {
        let is_another = |named: &&Digest| *named != self.manifest && *named != self.index;
        if let Some(another) = sbom.subject.as_ref().filter(is_another) {
            return Coverage::AnotherImage(another);
        }
        if sbom.packages == 0 {
            return Coverage::NoPackage;
        }
        let covers = !on_index
            || self.manifest == self.index
            || match sbom.architectures.as_slice() {
                [] => self.platforms == 1,
                named => named.iter().any(|named| same_architecture(named, self.platform)),
            };
        if covers { Coverage::Covers } else { Coverage::AnotherPlatform }
    }
}

/// Whether a purl's `arch=` means this platform's architecture, as distributions spell it.
fn same_architecture(named: &str, platform: &Platform) -> bool {
    let named = match named {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "i386" | "i486" | "i586" | "i686" | "x86" => "386",
        "armhf" | "armv7" | "armv7l" | "armv7hl" | "armel" | "armv6hl" => "arm",
        "ppc64el" => "ppc64le",
        other => other,
    };
    named == platform.architecture()
}
