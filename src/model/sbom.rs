//! SBOMs that were read, as plain data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Descriptor, Digest, IN_TOTO_PREDICATE_TYPE, ImageManifest, ImageName, Platform};

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

impl Sbom {
    /// `SPDX 2.3 with 755 packages`.
    pub fn summary(&self) -> String {
        match self.packages {
            0 => format!("{} without a package", self.format),
            1 => format!("{} with one package", self.format),
            many => format!("{} with {many} packages", self.format),
        }
    }
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

/// The predicate type of an SPDX document in an attestation.
pub const SPDX_PREDICATE: &str = "https://spdx.dev/Document";
/// The predicate type of a CycloneDX document in an attestation.
pub const CYCLONEDX_PREDICATE: &str = "https://cyclonedx.org/bom";

/// Whether a predicate type is SPDX's or CycloneDX's; both are also written with a version behind them.
pub fn is_sbom_predicate(predicate: &str) -> bool {
    predicate.starts_with(SPDX_PREDICATE) || predicate.starts_with(CYCLONEDX_PREDICATE)
}

impl ImageManifest {
    /// The statements of an SBOM in one of BuildKit's attestation manifests, or in a referrer like it.
    pub fn sbom_statements(&self) -> impl Iterator<Item = &Descriptor> {
        let states_sbom = |layer: &&Descriptor| {
            layer.annotations.get(IN_TOTO_PREDICATE_TYPE).is_some_and(|stated| is_sbom_predicate(stated))
        };
        self.layers.iter().filter(states_sbom)
    }
}

/// Where the SBOM of a platform comes from when exitbar attests one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SbomSource {
    /// syft where it is installed, else what BuildKit put into the index.
    #[default]
    Auto,
    /// syft reads the image.
    Syft,
    /// The SBOM that BuildKit put into the index.
    BuildKit,
    /// A file that was made elsewhere, relative to the configuration. `{image}`, `{version}`, `{os}`,
    /// `{architecture}` and `{platform}` (`linux-amd64`) are filled in.
    File(String),
}

impl SbomSource {
    /// What can be filled in in the path of a file.
    pub const PLACEHOLDERS: [&str; 5] = ["{image}", "{version}", "{os}", "{architecture}", "{platform}"];
}

/// The path of a file with its placeholders filled in.
pub fn sbom_file(template: &str, image: &ImageName, version: &str, platform: &Platform) -> String {
    let variant = platform.variant().map(|variant| format!("-{variant}")).unwrap_or_default();
    let whole = format!("{}-{}{variant}", platform.os(), platform.architecture());
    let values = [image.as_str(), version, platform.os(), platform.architecture(), &whole];
    let filled = SbomSource::PLACEHOLDERS.iter().zip(values);
    filled.fold(template.to_owned(), |path, (placeholder, value)| path.replace(placeholder, value))
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

    #[test]
    fn the_path_of_a_file_names_the_image_and_the_platform() {
        let image: ImageName = "runner".parse().unwrap();
        let file = |template: &str| sbom_file(template, &image, "0.2.0", &"linux/arm/v7".parse().unwrap());
        assert_eq!(file("sboms/{image}-{version}-{platform}.json"), "sboms/runner-0.2.0-linux-arm-v7.json");
        assert_eq!(file("{os}/{architecture}.json"), "linux/arm.json");
    }
}
