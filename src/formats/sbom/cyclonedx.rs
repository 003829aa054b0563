//! CycloneDX 1.2 to 1.7 in JSON.

use serde::Deserialize;

use super::document::{Document, Package, Role};
use super::lenient::{List, Part, Text};
use crate::model::{Digest, Reason, ReasonKind, SbomPackage};

/// How deep components may lie in one another; the JSON reader has a limit of its own as well.
const DEPTH: usize = 32;

/// The document as it is written.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Raw {
    bom_format: Text,
    spec_version: Text,
    metadata: Part<Metadata>,
    components: List<Component>,
    dependencies: List<Dependency>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    timestamp: Text,
    tools: Tools,
    authors: List<Named>,
    supplier: Part<Named>,
    manufacturer: Part<Named>,
    manufacture: Part<Named>,
    component: Option<Part<Component>>,
}

/// Until 1.4 a list, since 1.5 an object of lists.
#[derive(Default)]
struct Tools(Vec<Named>);

impl<'de> Deserialize<'de> for Tools {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Either {
            #[serde(flatten)]
            named: Named,
            components: List<Named>,
            services: List<Named>,
        }
        let mut tools = Vec::new();
        for either in List::<Either>::deserialize(deserializer)?.items {
            tools.push(either.named);
            tools.extend(either.components.items);
            tools.extend(either.services.items);
        }
        tools.retain(|tool| tool.name.get().is_some());
        Ok(Self(tools))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    name: Text,
    version: Text,
    email: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Dependency {
    depends_on: List<Text>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Component {
    #[serde(rename = "type")]
    kind: Text,
    group: Text,
    name: Text,
    version: Text,
    purl: Text,
    cpe: Text,
    swid: Option<Part<Swid>>,
    supplier: Part<Named>,
    manufacturer: Part<Named>,
    publisher: Text,
    author: Text,
    authors: List<Named>,
    licenses: List<Choice>,
    components: List<Self>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Swid {
    tag_id: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Choice {
    expression: Text,
    license: Part<License>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct License {
    id: Text,
    name: Text,
}

impl Raw {
    pub(super) fn document(self) -> Result<Document, Reason> {
        if self.bom_format.get().is_some_and(|format| !format.eq_ignore_ascii_case("CycloneDX")) {
            let text =
                format!("bomFormat is {:?}; CycloneDX is read", self.bom_format.get().unwrap_or_default());
            return Err(Reason::new(ReasonKind::NotSupported, text));
        }
        let metadata = &self.metadata.0;
        let named = |who: &Named| who.name.stated().or(who.email.stated()).is_some();
        let has_author = !metadata.tools.0.is_empty()
            || metadata.authors.items.iter().any(named)
            || [&metadata.supplier, &metadata.manufacturer, &metadata.manufacture]
                .iter()
                .any(|who| named(&who.0));
        let mut document = Document {
            format: format!("CycloneDX {}", self.spec_version.get().unwrap_or("without a version")),
            created: metadata.timestamp.get().map(str::to_owned),
            tools: metadata.tools.0.iter().filter_map(tool).collect(),
            has_author,
            has_relationships: self.dependencies.items.iter().any(|one| !one.depends_on.items.is_empty()),
            ..Document::default()
        };
        if let Some(root) = metadata.component.as_ref().and_then(|root| root.0.root()) {
            document.has_root = true;
            document.packages.push(root);
        }
        add(&mut document, &self.components, DEPTH);
        Ok(document)
    }
}

/// Components, and those that lie in them.
fn add(document: &mut Document, components: &List<Component>, depth: usize) {
    document.skipped += components.skipped;
    for component in &components.items {
        match component.package() {
            Some(package) => document.packages.push(package),
            None => document.skipped += 1,
        }
        if component.components.items.is_empty() {
            continue;
        }
        document.has_relationships = true;
        if depth > 0 {
            add(document, &component.components, depth - 1);
        } else {
            document.skipped += component.components.items.len() as u64;
        }
    }
}

fn tool(tool: &Named) -> Option<String> {
    let name = tool.name.get()?;
    Some(tool.version.get().map_or_else(|| name.to_owned(), |version| format!("{name} {version}")))
}

impl Component {
    fn root(&self) -> Option<Package> {
        let mut root = self.package()?;
        root.role = match self.kind.get() {
            Some("container") => Role::Image,
            Some("operating-system" | "file" | "device") => Role::Pseudo,
            _ => Role::Root,
        };
        // syft writes the digest of an image's manifest as its version, where no label gives one.
        root.digests.extend(self.version.get().and_then(|version| version.parse::<Digest>().ok()));
        Some(root)
    }

    fn package(&self) -> Option<Package> {
        let name = self.name.get()?;
        let text = |text: Option<&str>| text.map(str::to_owned);
        let authors = || self.authors.items.iter().find_map(|author| author.name.stated());
        let supplier = (self.supplier.0.name.stated())
            .or(self.manufacturer.0.name.stated())
            .or(self.publisher.stated())
            .or(self.author.stated())
            .or_else(authors);
        let package = SbomPackage {
            name: self.group.get().map_or_else(|| name.to_owned(), |group| format!("{group}/{name}")),
            version: text(self.version.stated()),
            purl: text(self.purl.get()),
            supplier: text(supplier),
            license: self.license(),
        };
        let other_id =
            self.cpe.get().is_some() || self.swid.as_ref().is_some_and(|swid| swid.0.tag_id.get().is_some());
        let is_bare = package.version.is_none() && package.purl.is_none() && !other_id;
        let role = match self.kind.get() {
            Some("operating-system" | "file" | "data" | "cryptographic-asset") => Role::Pseudo,
            // Trivy lists the lock files that it found packages by.
            Some("application") if is_bare => Role::Pseudo,
            _ => Role::Package,
        };
        Some(Package { package, other_id, role, digests: Vec::new() })
    }

    fn license(&self) -> Option<String> {
        let of = |choice: &Choice| {
            let license = &choice.license.0;
            choice.expression.stated().or(license.id.stated()).or(license.name.stated()).map(str::to_owned)
        };
        let licenses: Vec<String> = self.licenses.items.iter().filter_map(of).collect();
        (!licenses.is_empty()).then(|| licenses.join(" AND "))
    }
}
