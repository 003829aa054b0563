//! SPDX 2.2 and 2.3 in JSON.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::document::{Document, Package, Role, parse_digest};
use super::lenient::{List, Part, Text};
use crate::model::{Reason, ReasonKind, SbomPackage};

const DOCUMENT: &str = "SPDXRef-DOCUMENT";

/// The document as it is written. Files and snippets are not read.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Raw {
    spdx_version: Text,
    creation_info: Part<CreationInfo>,
    packages: List<RawPackage>,
    relationships: List<Relationship>,
    document_describes: List<Text>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
struct CreationInfo {
    created: Text,
    creators: List<Text>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: Text,
    related_spdx_element: Text,
    relationship_type: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RawPackage {
    #[serde(rename = "SPDXID")]
    id: Text,
    name: Text,
    version_info: Text,
    supplier: Text,
    originator: Text,
    license_declared: Text,
    license_concluded: Text,
    primary_package_purpose: Text,
    external_refs: List<ExternalRef>,
    checksums: List<Checksum>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ExternalRef {
    reference_type: Text,
    reference_locator: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Checksum {
    algorithm: Text,
    checksum_value: Text,
}

impl Raw {
    pub(super) fn document(self) -> Result<Document, Reason> {
        let version = self.spdx_version.get().unwrap_or("SPDX-2");
        let number = version.strip_prefix("SPDX-").unwrap_or(version);
        if !(number == "2" || number.starts_with("2.")) {
            let text = format!("the SBOM is SPDX {number}; 2.x and 3.x are read");
            return Err(Reason::new(ReasonKind::NotSupported, text));
        }
        let roots = self.roots();
        let creators: Vec<&str> =
            self.creation_info.0.creators.items.iter().filter_map(Text::stated).collect();
        let tools = creators.iter().filter_map(|creator| after(creator, "Tool:")).map(str::to_owned);
        let mut skipped = self.packages.skipped;
        let mut packages = Vec::new();
        for raw in &self.packages.items {
            match raw.package(&roots) {
                Some(package) => packages.push(package),
                None => skipped += 1,
            }
        }
        Ok(Document {
            format: format!("SPDX {number}"),
            packages,
            skipped,
            created: self.creation_info.0.created.get().map(str::to_owned),
            tools: tools.collect(),
            has_author: !creators.is_empty(),
            has_root: !roots.is_empty(),
            has_relationships: self.relationships.items.iter().any(|related| !related.describes()),
        })
    }

    /// What the document is about, by either way of saying so.
    fn roots(&self) -> BTreeSet<&str> {
        let described = self.document_describes.items.iter().filter_map(Text::get);
        let related = self.relationships.items.iter().filter_map(Relationship::root);
        described.chain(related).filter(|id| *id != DOCUMENT).collect()
    }
}

impl Relationship {
    fn root(&self) -> Option<&str> {
        match self.relationship_type.get()? {
            "DESCRIBES" if self.spdx_element_id.is(DOCUMENT) => self.related_spdx_element.get(),
            "DESCRIBED_BY" if self.related_spdx_element.is(DOCUMENT) => self.spdx_element_id.get(),
            _ => None,
        }
    }

    fn describes(&self) -> bool {
        self.root().is_some()
    }
}

impl RawPackage {
    /// None where it has no name: nothing can be said of it then.
    fn package(&self, roots: &BTreeSet<&str>) -> Option<Package> {
        let name = self.name.get()?.to_owned();
        let located = |is: &dyn Fn(&str) -> bool| {
            let kind =
                |reference: &&ExternalRef| reference.reference_type.get().is_some_and(|kind| is(last(kind)));
            self.external_refs.items.iter().find(kind).and_then(|reference| reference.reference_locator.get())
        };
        let supplier = self.supplier.stated().or(self.originator.stated());
        let license = self.license_declared.stated().or(self.license_concluded.stated());
        let package = SbomPackage {
            name,
            version: self.version_info.stated().map(str::to_owned),
            purl: located(&|kind| kind == "purl").map(str::to_owned),
            supplier: supplier.map(|supplier| who(supplier).to_owned()),
            license: license.map(str::to_owned),
        };
        let other_id =
            located(&|kind| kind.starts_with("cpe") || matches!(kind, "swid" | "swh" | "gitoid")).is_some();
        let checksums = self.checksums.items.iter();
        let digests = checksums
            .filter_map(|checksum| parse_digest(checksum.algorithm.get()?, checksum.checksum_value.get()?));
        Some(Package {
            role: self.role(roots, &package, other_id),
            digests: digests.collect(),
            package,
            other_id,
        })
    }

    fn role(&self, roots: &BTreeSet<&str>, package: &SbomPackage, other_id: bool) -> Role {
        let id = self.id.get().unwrap_or_default();
        let is_a = |prefix: &str| id.strip_prefix("SPDXRef-").is_some_and(|id| id.starts_with(prefix));
        let purpose =
            self.primary_package_purpose.get().unwrap_or_default().replace('_', "-").to_ascii_uppercase();
        if is_a("OperatingSystem-") || purpose == "OPERATING-SYSTEM" {
            return Role::Pseudo;
        }
        // syft and Trivy name what they scanned so; older documents have no purpose.
        if is_a("DocumentRoot-Image")
            || is_a("ContainerImage-")
            || (purpose == "CONTAINER" && roots.contains(id))
        {
            return Role::Image;
        }
        if is_a("DocumentRoot-") || is_a("Filesystem-") || is_a("Repository-") {
            return Role::Pseudo;
        }
        if roots.contains(id) {
            return Role::Root;
        }
        let is_bare = package.version.is_none() && package.purl.is_none() && !other_id;
        // Trivy lists the lock files that it found packages by.
        let is_application = is_a("Application-") || purpose == "APPLICATION";
        if is_application && is_bare { Role::Pseudo } else { Role::Package }
    }
}

/// `http://spdx.org/rdf/references/purl` is `purl`.
fn last(kind: &str) -> &str {
    kind.rsplit('/').next().unwrap_or(kind)
}

fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.strip_prefix(prefix).map(str::trim).filter(|text| !text.is_empty())
}

/// `Organization: Debian (team@debian.org)` without its kind.
fn who(supplier: &str) -> &str {
    ["Organization:", "Person:"].iter().find_map(|kind| after(supplier, kind)).unwrap_or(supplier)
}
