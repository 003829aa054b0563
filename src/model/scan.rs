//! Vulnerability scans and what clears their findings, as plain data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Digest, FactKey, ImageName, Platform, Repository, Signature};

/// Where a scan comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanSource {
    /// A signed attestation in a repository; `signature` in the scan says by whom.
    Attested {
        /// Where it was found.
        repository: Repository,
        /// The blob that holds the attestation.
        artifact: Digest,
    },
    /// A scanner on PATH.
    Scanner(String),
    /// A file that was given.
    File(String),
    /// OSV, asked about the packages of an SBOM.
    Osv {
        /// The SBOM's document.
        sbom: Digest,
    },
}

impl ScanSource {
    /// Where it comes from, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Attested { repository, .. } => format!("attested in {repository}"),
            Self::Scanner(name) => name.clone(),
            Self::File(file) => format!("file {file}"),
            Self::Osv { .. } => "OSV".to_owned(),
        }
    }
}

/// A vulnerability scan of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// The scanner and its version.
    pub scanner: String,
    /// When it scanned; none where it does not say.
    pub scanned_at: Option<Timestamp>,
    /// How old its database was, where it says so.
    pub database_at: Option<Timestamp>,
    /// What was catalogued; zero packages are no clean scan.
    pub catalogued: Catalogued,
    /// What it found.
    pub findings: Vec<Vulnerability>,
    /// The signature that it came with, where it was attested.
    pub signature: Option<Box<Signature>>,
    /// Which image it says that it is of.
    #[serde(default)]
    pub target: ScanTarget,
}

/// Which image a scan says that it is of. Scanners name an image by its config, its manifest, or the index behind
/// a tag; what is empty was not said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanTarget {
    /// The name that it was given.
    pub name: Option<String>,
    /// Digests of manifests or indexes.
    pub digests: Vec<Digest>,
    /// The digest of the image config ("image ID").
    pub config: Option<Digest>,
    /// The platform.
    pub platform: Option<Platform>,
}

/// A scan as it was judged for one image on one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedScan {
    /// The image.
    pub image: ImageName,
    /// The platform.
    pub platform: Platform,
    /// The scan: a `FactKey::Scan`.
    pub scan: FactKey,
    /// Why its findings do not count, by their place in the scan; one that is not here counts.
    pub set_aside: BTreeMap<usize, String>,
}

/// Whether a scan looked at anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Catalogued {
    /// It catalogued packages, or says itself that nothing was found.
    Something,
    /// Why it cannot be taken for a scan: nothing catalogued, a `null` result list, an end-of-life distribution.
    Nothing(String),
}

/// One finding of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// `CVE-…`, `GHSA-…`.
    pub id: String,
    /// Other names of the same.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The package.
    pub package: String,
    /// Its version in the image.
    #[serde(default)]
    pub installed: Option<String>,
    /// The kind of package: `deb`, `apk`, `npm`.
    #[serde(default)]
    pub kind: Option<String>,
    /// The package's purl, as written.
    #[serde(default)]
    pub purl: Option<String>,
    /// The severity; none where no source gives one.
    pub severity: Option<Severity>,
    /// The version that mends it.
    pub fixed_in: Option<String>,
    /// Why it does not count, where the scanner itself says so.
    pub suppressed: Option<String>,
}

impl Vulnerability {
    /// The package with its version.
    pub fn package_version(&self) -> String {
        match &self.installed {
            Some(version) => format!("{} {version}", self.package),
            None => self.package.clone(),
        }
    }

    /// Whether it has this identifier, or an alias of it.
    pub fn is_called(&self, id: &str) -> bool {
        self.id.eq_ignore_ascii_case(id) || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(id))
    }
}

/// Severities, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Negligible.
    Negligible,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// All of them, lowest first.
    pub const ALL: [Self; 5] = [Self::Negligible, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A VEX document (OpenVEX): which findings do not affect which products.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vex {
    /// Who says so.
    pub author: Option<String>,
    /// The statements, oldest first: a later one takes an earlier one's place.
    pub statements: Vec<VexStatement>,
}

/// One statement of a VEX document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VexStatement {
    /// The names of the vulnerability, the first one first.
    pub vulnerability: Vec<String>,
    /// The products that it is about.
    pub products: Vec<VexProduct>,
    /// What it says.
    pub status: VexStatus,
    /// Why, in the document's words.
    pub because: Option<String>,
    /// When it was said.
    pub at: Option<Timestamp>,
}

/// A product of a VEX statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VexProduct {
    /// Its identifiers: purls and whatever else it is called.
    pub ids: Vec<String>,
    /// Its digests.
    pub digests: Vec<Digest>,
    /// The components of it that the statement is about; all of it when empty.
    pub subcomponents: Vec<String>,
}

/// What a VEX statement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VexStatus {
    /// The vulnerability does not affect the product.
    NotAffected,
    /// It does.
    Affected,
    /// The product has the fix.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl VexStatus {
    /// Whether a finding of this status does not count.
    pub fn clears(self) -> bool {
        matches!(self, Self::NotAffected | Self::Fixed)
    }

    /// The word for it, as OpenVEX writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
        }
    }
}

/// A scan that this machine made and keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredScan {
    /// The key that it is kept under: a `FactKey::Scan`.
    pub key: FactKey,
    /// The scan.
    pub scan: Scan,
    /// Its evidence, as it was when it was made.
    pub evidence: super::Evidence,
}
