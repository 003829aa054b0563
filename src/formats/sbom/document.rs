//! What every format amounts to before it is an [`Sbom`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::purl::{self, Purl};
use super::{ntia, unreadable};
use crate::model::{Digest, MAX_LISTED_PACKAGES, Reason, Sbom, SbomPackage};

/// How many different licences and tools are kept.
const MOST_LICENSES: usize = 1000;
const MOST_TOOLS: usize = 10;

/// A document of any format.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) format: String,
    pub(super) packages: Vec<Package>,
    /// Entries of the list of packages that are none.
    pub(super) skipped: u64,
    pub(super) created: Option<String>,
    pub(super) tools: Vec<String>,
    /// Whether anybody is named who made it, a person, an organisation or a tool.
    pub(super) has_author: bool,
    /// Whether it says what it is about.
    pub(super) has_root: bool,
    /// Whether it relates anything to anything.
    pub(super) has_relationships: bool,
}

/// An entry of the list of packages, or the root.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) package: SbomPackage,
    /// Whether a CPE or another identifier than a purl is there.
    pub(super) other_id: bool,
    pub(super) role: Role,
    /// The digests that are stated of it.
    pub(super) digests: Vec<Digest>,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// A package.
    #[default]
    Package,
    /// What the document is about; a package like others where nothing else is listed, and it is no image.
    Root,
    /// An image, or the files, which the document is about: never a package of it.
    Image,
    /// An operating system, or a lock file that others were found by: no package.
    Pseudo,
}

/// A digest that a root names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) digest: Digest,
    /// Whether the repository that it is from is named as well.
    pub(super) located: bool,
}

/// A package's facts that are in its purl.
struct Seen<'a> {
    entry: &'a Package,
    purl: Option<Purl>,
}

impl Document {
    /// The SBOM. `subject` are the digests of a statement around it, if there is one.
    pub(super) fn into_sbom(self, subject: Option<Vec<Digest>>) -> Result<Sbom, Reason> {
        let seen: Vec<Seen> = self
            .packages
            .iter()
            .map(|entry| Seen { entry, purl: entry.package.purl.as_deref().and_then(purl::parse) })
            .collect();
        let counted: Vec<&Seen> = counted(&seen);
        if counted.is_empty() && self.skipped > 0 {
            let text = format!("none of its {} entries could be read as a package", self.skipped);
            return Err(unreadable(&text));
        }
        let mut warnings = ntia::gaps(&self, &gaps(&counted));
        let claims = claims(&seen);
        let subject = match subject.as_deref() {
            None => claims.iter().find(|claim| claim.located).map(|claim| claim.digest.clone()),
            Some([one]) => Some(one.clone()),
            Some(several) => {
                let about = several.len();
                warnings.push(format!("its statement names {about} digests, so it is bound to none of them"));
                None
            }
        };
        Ok(Sbom {
            packages: counted.len() as u64,
            architectures: architectures(&seen),
            root: claims.into_iter().find(|claim| !claim.located).map(|claim| claim.digest),
            subject,
            warnings,
            purls: purls(&counted),
            licenses: licenses(&counted),
            listed: counted.iter().take(MAX_LISTED_PACKAGES).map(|seen| listed(seen)).collect(),
            skipped: self.skipped,
            created: self.created.as_deref().and_then(|created| created.parse::<Timestamp>().ok()),
            tools: self.tools.into_iter().take(MOST_TOOLS).collect(),
            format: self.format,
        })
    }
}

/// The entries that count as packages.
fn counted<'a, 'b>(seen: &'b [Seen<'a>]) -> Vec<&'b Seen<'a>> {
    let is_image = |seen: &Seen| {
        seen.entry.role == Role::Image
            || (seen.entry.role == Role::Root && seen.purl.as_ref().is_some_and(Purl::is_image))
    };
    let roots = seen.iter().filter(|seen| seen.entry.role == Role::Root).count();
    let packages = seen.iter().any(|seen| seen.entry.role == Role::Package);
    // Some documents describe every package that they list: those are no roots.
    let roots_count = roots > 1 || !packages;
    let counts = |seen: &&Seen| match seen.entry.role {
        Role::Package => true,
        Role::Root => roots_count && !is_image(seen),
        Role::Image | Role::Pseudo => false,
    };
    seen.iter().filter(counts).collect()
}

fn listed(seen: &Seen) -> SbomPackage {
    // What is no purl is not passed on as one.
    let purl = seen.entry.package.purl.clone().filter(|_| seen.purl.is_some());
    SbomPackage { purl, ..seen.entry.package.clone() }
}

fn gaps(counted: &[&Seen]) -> ntia::Gaps {
    let lack = |lacks: &dyn Fn(&Seen) -> bool| counted.iter().filter(|seen| lacks(seen)).count();
    ntia::Gaps {
        packages: counted.len(),
        version: lack(&|seen| seen.entry.package.version.is_none()),
        id: lack(&|seen| seen.purl.is_none() && !seen.entry.other_id),
        supplier: lack(&|seen| seen.entry.package.supplier.is_none()),
        license: lack(&|seen| seen.entry.package.license.is_none()),
    }
}

/// What roots say about the digest of the image. The checksum of one that is no image is a file's or an archive's.
fn claims(seen: &[Seen]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for seen in seen {
        let by_purl = seen.purl.as_ref().filter(|purl| purl.is_image()).and_then(|purl| purl.claim.clone());
        match seen.entry.role {
            Role::Image => {
                claims.extend(by_purl);
                claims.extend(
                    seen.entry.digests.iter().map(|digest| Claim { digest: digest.clone(), located: false }),
                );
            }
            Role::Root => claims.extend(by_purl),
            Role::Package | Role::Pseudo => {}
        }
    }
    claims
}

fn architectures(seen: &[Seen]) -> Vec<String> {
    let named = seen.iter().filter_map(|seen| seen.purl.as_ref()?.architecture.clone());
    named.collect::<BTreeSet<_>>().into_iter().collect()
}

fn purls(counted: &[&Seen]) -> Vec<String> {
    let known = counted.iter().filter(|seen| seen.purl.is_some());
    let purls: BTreeSet<&String> = known.filter_map(|seen| seen.entry.package.purl.as_ref()).collect();
    purls.into_iter().cloned().collect()
}

fn licenses(counted: &[&Seen]) -> BTreeMap<String, u64> {
    let mut licenses = BTreeMap::new();
    for license in counted.iter().filter_map(|seen| seen.entry.package.license.as_ref()) {
        if licenses.len() < MOST_LICENSES || licenses.contains_key(license) {
            *licenses.entry(license.clone()).or_default() += 1;
        }
    }
    licenses
}

/// A digest of its algorithm and hexadecimal form, as documents write them (`SHA256`, upper case).
pub(super) fn parse_digest(algorithm: &str, hex: &str) -> Option<Digest> {
    let algorithm: String = algorithm.chars().filter(char::is_ascii_alphanumeric).collect();
    let hex = hex.trim_start_matches("sha256:").trim_start_matches("sha512:");
    format!("{}:{}", algorithm.to_ascii_lowercase(), hex.to_ascii_lowercase()).parse().ok()
}
