//! SBOMs that were read, as plain data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Digest;

/// An SBOM that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sbom {
    /// `SPDX 2.3`, `CycloneDX 1.6`.
    pub format: String,
    /// How many packages it lists. What it only says about itself is none of them: the image that it describes,
    /// the operating system, the lock files that packages were found by.
    pub packages: u64,
    /// The architectures that it names (`arch=` of its purls); empty when none does.
    pub architectures: Vec<String>,
    /// The manifest or index that it says it is about, where that can be relied on: a digest in a statement
    /// around the document, or one with the repository that it is from. Where this is another digest, it is
    /// another image's SBOM.
    pub subject: Option<Digest>,
    /// The digest that its root names without saying where it is from. It may be one of no registry: syft makes
    /// a manifest of its own for an image out of a Docker daemon, and writes its digest here. So one that
    /// differs proves nothing.
    pub root: Option<Digest>,
    /// NTIA gaps and the like.
    pub warnings: Vec<String>,
    /// The packages, the first [`MAX_LISTED_PACKAGES`] of them, in the order of the document.
    pub listed: Vec<SbomPackage>,
    /// The purl of every package, sorted, each once. They are as written: some are in no canonical form.
    pub purls: Vec<String>,
    /// How many entries could not be read as packages.
    pub skipped: u64,
    /// When the document was made.
    pub created: Option<Timestamp>,
    /// What made it: `syft 1.18.1`.
    pub tools: Vec<String>,
    /// The licences that packages declare, each with the number of packages; what is no valid SPDX expression is
    /// here as well.
    pub licenses: BTreeMap<String, u64>,
}

/// How many packages of an SBOM are kept with everything that is said of them.
pub const MAX_LISTED_PACKAGES: usize = 20_000;

/// A package of an SBOM.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SbomPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its purl, as written.
    pub purl: Option<String>,
    /// Who supplies it: the supplier, else the originator, publisher or author.
    pub supplier: Option<String>,
    /// Its licence: the declared one, else the concluded one.
    pub license: Option<String>,
}

impl SbomPackage {
    /// The kind of package by its purl: `deb`, `npm`, `generic`.
    pub fn kind(&self) -> Option<&str> {
        let purl = self.purl.as_deref()?.strip_prefix("pkg:")?;
        purl.trim_start_matches('/').split('/').next().filter(|kind| !kind.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_package_is_its_purl_s() {
        let kind = |purl: Option<&str>| {
            let package = SbomPackage { purl: purl.map(str::to_owned), ..SbomPackage::default() };
            package.kind().map(str::to_owned)
        };
        assert_eq!(kind(Some("pkg:deb/debian/zlib1g@1.2")).as_deref(), Some("deb"));
        assert_eq!(kind(Some("pkg://npm/left-pad@1")).as_deref(), Some("npm"));
        assert_eq!((kind(Some("cpe:2.3:a")), kind(None)), (None, None));
    }
}
