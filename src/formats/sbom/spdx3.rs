//! SPDX 3 in JSON-LD: a graph of elements that name one another.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::document::{Document, Package, Role, parse_digest};
use super::lenient::{List, Text};
use crate::model::SbomPackage;

/// The document as it is written.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Raw {
    #[serde(rename = "@graph")]
    graph: List<Element>,
}

/// An element, read by the names of its properties without their profile (`software_packageVersion`).
struct Element {
    kind: String,
    id: Option<String>,
    properties: BTreeMap<String, Value>,
}

/// What is not read: files and their hashes are most of a large document.
const NOT_READ: [&str; 3] = ["File", "Snippet", "Annotation"];

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = serde_json::Map::<String, Value>::deserialize(deserializer)?;
        let text =
            |names: [&str; 2]| names.iter().find_map(|name| all.get(*name)?.as_str()).map(str::to_owned);
        let kind = text(["type", "@type"]).map(|kind| local(&kind).to_owned());
        let kind = kind.ok_or_else(|| serde::de::Error::missing_field("type"))?;
        let id = text(["spdxId", "@id"]);
        if NOT_READ.contains(&kind.as_str()) {
            return Ok(Self { kind, id, properties: BTreeMap::new() });
        }
        let properties = all.into_iter().map(|(name, value)| (local(&name).to_owned(), value)).collect();
        Ok(Self { kind, id, properties })
    }
}

/// `software_Package`, `software:Package` and the term's URL are `Package`.
fn local(name: &str) -> &str {
    name.rsplit(['/', '#', ':', '_']).next().unwrap_or(name)
}

impl Element {
    fn text(&self, name: &str) -> Text {
        self.properties.get(name).and_then(|value| Text::deserialize(value).ok()).unwrap_or_default()
    }

    fn list<T: serde::de::DeserializeOwned>(&self, name: &str) -> Vec<T> {
        self.properties.get(name).and_then(|value| List::deserialize(value).ok()).unwrap_or_default().items
    }

    /// The ids that a property names, one or many.
    fn ids(&self, name: &str) -> Vec<String> {
        self.list::<Text>(name).iter().filter_map(Text::get).map(str::to_owned).collect()
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Identifier {
    external_identifier_type: Text,
    identifier: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Hash {
    algorithm: Text,
    hash_value: Text,
}

/// What elements say of one another.
struct Graph<'a> {
    elements: BTreeMap<&'a str, &'a Element>,
    /// The ids that the document is about.
    roots: BTreeSet<String>,
    /// Licences by the package that they are of; the declared one before the concluded one.
    licenses: BTreeMap<String, String>,
}

impl Raw {
    pub(super) fn document(self) -> Document {
        let elements = &self.graph.items;
        let graph = Graph::of(elements);
        let mut document = Document { skipped: self.graph.skipped, ..Document::default() };
        for element in elements {
            match element.kind.as_str() {
                "Package" => match graph.package(element) {
                    Some(package) => document.packages.push(package),
                    None => document.skipped += 1,
                },
                "CreationInfo" => {
                    let version = element.text("specVersion");
                    document.format = format!("SPDX {}", version.get().unwrap_or("3"));
                    document.created = element.text("created").get().map(str::to_owned).or(document.created);
                    document.has_author |= !element.ids("createdBy").is_empty();
                    document.tools.extend(element.ids("createdUsing").iter().map(|id| graph.name(id)));
                }
                "Relationship" | "LifecycleScopedRelationship" => document.has_relationships = true,
                _ => {}
            }
        }
        document.tools.sort();
        document.tools.dedup();
        document.has_author |= !document.tools.is_empty();
        document.has_root = !graph.roots.is_empty();
        if document.format.is_empty() {
            "SPDX 3".clone_into(&mut document.format);
        }
        document
    }
}

impl<'a> Graph<'a> {
    fn of(elements: &'a [Element]) -> Self {
        let by_id = elements.iter().filter_map(|element| Some((element.id.as_deref()?, element)));
        let mut graph = Self { elements: by_id.collect(), roots: BTreeSet::new(), licenses: BTreeMap::new() };
        // The document's root is often an SBOM, whose root is the image.
        let tops = elements
            .iter()
            .filter(|element| matches!(element.kind.as_str(), "SpdxDocument" | "Sbom" | "Bom"));
        for id in tops.flat_map(|top| top.ids("rootElement")) {
            if !graph
                .elements
                .get(id.as_str())
                .is_some_and(|root| matches!(root.kind.as_str(), "Sbom" | "Bom"))
            {
                graph.roots.insert(id);
            }
        }
        for kind in ["hasConcludedLicense", "hasDeclaredLicense"] {
            for element in elements.iter().filter(|element| element.text("relationshipType").is(kind)) {
                let license = element.ids("to").iter().find_map(|id| graph.license(id));
                if let (Some(from), Some(license)) = (element.text("from").get(), license) {
                    graph.licenses.insert(from.to_owned(), license);
                }
            }
        }
        graph
    }

    /// The name of an element, else its id.
    fn name(&self, id: &str) -> String {
        let name = self.elements.get(id).map(|element| element.text("name"));
        name.as_ref().and_then(Text::get).unwrap_or(id).to_owned()
    }

    fn license(&self, id: &str) -> Option<String> {
        let Some(element) = self.elements.get(id) else {
            // A licence of the list may be named by its URL alone.
            return id.contains("spdx.org/licenses/").then(|| id.rsplit('/').next().unwrap_or(id).to_owned());
        };
        let (expression, name) = (element.text("licenseExpression"), element.text("name"));
        expression.stated().or(name.stated()).map(str::to_owned)
    }

    fn package(&self, element: &Element) -> Option<Package> {
        let name = element.text("name").get()?.to_owned();
        let identifiers: Vec<Identifier> = element.list("externalIdentifier");
        let identified = |is: &dyn Fn(&str) -> bool| {
            let ours =
                |one: &&Identifier| one.external_identifier_type.get().is_some_and(|kind| is(local(kind)));
            identifiers.iter().find(ours).and_then(|one| one.identifier.get()).map(str::to_owned)
        };
        let stated = element.text("packageUrl").get().map(str::to_owned);
        let suppliers = element.ids("suppliedBy").into_iter().chain(element.ids("originatedBy"));
        let supplier = suppliers.map(|id| self.name(&id)).find(|name| !name.ends_with("NoAssertionElement"));
        let package = SbomPackage {
            name,
            version: element.text("packageVersion").stated().map(str::to_owned),
            purl: stated.or_else(|| identified(&|kind| matches!(kind, "packageUrl" | "purl"))),
            supplier,
            license: element.id.as_ref().and_then(|id| self.licenses.get(id)).cloned(),
        };
        let hashes: Vec<Hash> = element.list("verifiedUsing");
        let digests = hashes
            .iter()
            .filter_map(|hash| parse_digest(local(hash.algorithm.get()?), hash.hash_value.get()?))
            .collect();
        let other_id =
            identified(&|kind| kind.starts_with("cpe") || matches!(kind, "swid" | "swhid" | "gitoid"));
        let role = self.role(element, &package, other_id.is_some());
        Some(Package { package, other_id: other_id.is_some(), role, digests })
    }

    fn role(&self, element: &Element, package: &SbomPackage, other_id: bool) -> Role {
        let purpose = element.text("primaryPurpose");
        let is_root = element.id.as_ref().is_some_and(|id| self.roots.contains(id));
        let is_bare = package.version.is_none() && package.purl.is_none() && !other_id;
        match purpose.get().map(local) {
            Some("operatingSystem") => Role::Pseudo,
            Some("container") if is_root => Role::Image,
            Some("application") if is_bare && !is_root => Role::Pseudo,
            _ if is_root => Role::Root,
            _ => Role::Package,
        }
    }
}
