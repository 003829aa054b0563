//! What the release must satisfy: the operator's settings for the ten items.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::{SignedDuration, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Class, ImageName, Item, Platform, ScanSource, Severity};

/// The policy that a release is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What was set for single items; an item without an entry has its default class.
    pub items: BTreeMap<Item, ItemPolicy>,
    /// Who has to have signed the images.
    pub signature: SignaturePolicy,
    /// Who has to have signed SBOMs, scans and test results, where that is somebody else.
    pub attestations: Option<SignaturePolicy>,
    /// What a vulnerability scan may find.
    pub vulnerabilities: VulnerabilityPolicy,
    /// Which labels an image needs.
    pub labels: LabelPolicy,
    /// Exceptions that end on a day.
    pub waivers: Vec<Waiver>,
    /// How long a verdict is fresh after its tags were read.
    pub fresh_for: SignedDuration,
    /// The platform on which this machine runs programs without emulation.
    pub native: Platform,
}

/// What was set for one item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemPolicy {
    /// MUST or SHOULD, where it differs from the item's default.
    pub class: Option<Class>,
    /// Why the item does not count, where it is off.
    pub off: Option<String>,
}

/// Who has to have signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignaturePolicy {
    /// The rule for the certificate's identity (SAN).
    pub identity: Option<IdentityRule>,
    /// The exact issuer of the identity.
    pub issuer: Option<String>,
    /// A public key, as a path or PEM, in place of an identity.
    pub key: Option<String>,
    /// Whether platform manifests need a signature of their own.
    pub recursive: bool,
}

/// How a certificate's identity is matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityRule {
    /// The identity, to the letter.
    Exact(String),
    /// A regular expression that searches, as cosign takes it.
    Regexp(String),
}

/// What a vulnerability scan may find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VulnerabilityPolicy {
    /// A finding of this severity or more fails the item.
    pub threshold: Severity,
    /// Whether only findings that a newer version mends count.
    pub fixable_only: bool,
    /// Findings that are accepted.
    pub ignore: Vec<IgnoredVulnerability>,
    /// VEX documents (OpenVEX), relative to the configuration.
    pub vex: Vec<PathBuf>,
    /// Scan reports, relative to the configuration.
    pub scans: Vec<PathBuf>,
    /// The sources that count; none where that was not set: attestations, files and the scanners on PATH, and OSV
    /// where there is no scanner.
    pub sources: Option<BTreeSet<ScanKind>>,
    /// Older scans cap the verdict at conditional.
    pub scan_max_age: SignedDuration,
    /// The scanner's database must not be older than this when it scanned.
    pub database_max_age: SignedDuration,
}

/// A finding that is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoredVulnerability {
    /// `CVE-…`, `GHSA-…`.
    pub id: String,
    /// The last day on which it is, until 24:00 UTC; for good where it is not set.
    pub until: Option<Date>,
    /// Why, for the report.
    pub reason: Option<String>,
}

/// A kind of source of scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanKind {
    /// Attestations in the repositories.
    Attested,
    /// Reports in files.
    Files,
    /// Trivy, on PATH.
    Trivy,
    /// Grype, on PATH.
    Grype,
    /// OSV, asked about the packages of the SBOM.
    Osv,
}

impl ScanKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Attested, Self::Files, Self::Trivy, Self::Grype, Self::Osv];
    /// The scanners that are run.
    pub const SCANNERS: [Self; 2] = [Self::Trivy, Self::Grype];

    /// The word for it, as in `sources = ["attested"]`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Attested => "attested",
            Self::Files => "files",
            Self::Trivy => "trivy",
            Self::Grype => "grype",
            Self::Osv => "osv",
        }
    }

    /// The kind of a source; none for a scanner that is not known.
    pub fn of(source: &ScanSource) -> Option<Self> {
        match source {
            ScanSource::Attested { .. } => Some(Self::Attested),
            ScanSource::File(_) => Some(Self::Files),
            ScanSource::Osv { .. } => Some(Self::Osv),
            ScanSource::Scanner(name) => Self::SCANNERS.into_iter().find(|kind| kind.word() == name),
        }
    }
}

impl VulnerabilityPolicy {
    /// Whether scans of this kind count.
    pub fn counts(&self, kind: ScanKind) -> bool {
        self.sources.as_ref().is_none_or(|sources| sources.contains(&kind))
    }
}

/// Which labels an image needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelPolicy {
    /// The keys, such as `org.opencontainers.image.title`.
    pub required: Vec<String>,
}

/// The labels of the default profile (image-spec, `annotations.md`; the specification requires none).
pub const DEFAULT_LABELS: [&str; 8] = [
    "org.opencontainers.image.title",
    "org.opencontainers.image.description",
    "org.opencontainers.image.version",
    "org.opencontainers.image.created",
    "org.opencontainers.image.revision",
    "org.opencontainers.image.source",
    "org.opencontainers.image.licenses",
    "org.opencontainers.image.vendor",
];

/// An exception for one item that ends on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The item that is excused.
    pub item: Item,
    /// Only this image; every image when not set.
    pub image: Option<ImageName>,
    /// Only this platform; every platform when not set.
    pub platform: Option<Platform>,
    /// The last day on which it holds, until 24:00 UTC.
    pub until: Date,
    /// Why, for the report.
    pub reason: Option<String>,
}

impl Waiver {
    /// What stands in place of a reason in lines that are proposed: it is no reason, and says what to do.
    pub const FILL_IN: &str = "FILL IN: why, and who agreed";

    /// Whether a text says why something is excused: it is not the one that asks for it, nor empty.
    pub fn is_a_reason(text: &str) -> bool {
        let text = text.trim();
        !text.is_empty() && !text.to_uppercase().starts_with("FILL IN")
    }
}

impl Policy {
    /// Who has to have signed SBOMs, scans and test results: whoever `[attestations]` names, else who signs the images.
    pub fn for_attestations(&self) -> &SignaturePolicy {
        self.attestations.as_ref().unwrap_or(&self.signature)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            items: BTreeMap::new(),
            signature: SignaturePolicy::default(),
            attestations: None,
            vulnerabilities: VulnerabilityPolicy::default(),
            labels: LabelPolicy::default(),
            waivers: Vec::new(),
            fresh_for: SignedDuration::from_mins(15),
            native: Platform::host(),
        }
    }
}

impl Default for VulnerabilityPolicy {
    fn default() -> Self {
        Self {
            threshold: Severity::High,
            fixable_only: false,
            ignore: Vec::new(),
            vex: Vec::new(),
            scans: Vec::new(),
            sources: None,
            scan_max_age: SignedDuration::from_hours(7 * 24),
            database_max_age: SignedDuration::from_hours(24),
        }
    }
}

impl Default for LabelPolicy {
    fn default() -> Self {
        Self { required: DEFAULT_LABELS.map(str::to_owned).to_vec() }
    }
}

impl Policy {
    /// The class of `item`: as set, else its default.
    pub fn class(&self, item: Item) -> Class {
        self.items.get(&item).and_then(|set| set.class).unwrap_or(item.default_class())
    }

    /// Why `item` does not count, where it is off.
    pub fn off(&self, item: Item) -> Option<&str> {
        self.items.get(&item).and_then(|set| set.off.as_deref())
    }
}
