//! The SBOMs that the demo's build writes beside its images (SPDX 2.3): no tool has to be there to make them.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::image::{CREATED, Recipe};

/// What the programs are made of. Before the fix one of them has a known vulnerability.
fn packages(recipe: &Recipe<'_>) -> Vec<(&'static str, String, &'static str, String)> {
    let expr = if recipe.mended { "1.2.1" } else { "1.2.0" };
    let mut packages = vec![
        (
            "greenlang",
            recipe.version.to_owned(),
            "MIT",
            format!("pkg:golang/example.com/acme/greenlang@{}", recipe.version),
        ),
        (
            "pipeline-expr",
            expr.to_owned(),
            "Apache-2.0",
            format!("pkg:golang/example.com/acme/pipeline-expr@{expr}"),
        ),
        ("yamlread", "3.0.1".to_owned(), "MIT", "pkg:golang/example.com/acme/yamlread@3.0.1".to_owned()),
    ];
    if recipe.name == "full" {
        let purl = "pkg:golang/example.com/acme/emission-factors@2025.1.0".to_owned();
        packages.push(("emission-factors", "2025.1.0".to_owned(), "CC-BY-4.0", purl));
    }
    packages
}

/// What is wrong with the first build, as OSV has it.
pub(super) fn advisory() -> Value {
    json!({
        "schema_version": "1.7.0",
        "id": "GHSA-demo-expr-0001",
        "modified": CREATED,
        "published": CREATED,
        "summary": "An expression can read files outside of the pipeline",
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N" }],
        "affected": [{
            "package": {
                "ecosystem": "Go",
                "name": "example.com/acme/pipeline-expr",
                "purl": "pkg:golang/example.com/acme/pipeline-expr",
            },
            "versions": ["1.2.0"],
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "1.2.0" }, { "fixed": "1.2.1" }] }],
        }],
    })
}

/// Writes `sbom/IMAGE-linux-ARCHITECTURE.spdx.json`.
pub(super) fn write(folder: &Path, recipe: &Recipe<'_>) -> io::Result<()> {
    let folder = folder.join("sbom");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{}-linux-{}.spdx.json", recipe.name, recipe.architecture.name()));
    fs::write(file, serde_json::to_vec_pretty(&document(recipe))?)
}

fn document(recipe: &Recipe<'_>) -> Value {
    let supplier = "Organization: Acme";
    let name = format!("greenlang-{}", recipe.name);
    let architecture = recipe.architecture.name();
    let root = json!({
        "SPDXID": "SPDXRef-image",
        "name": name,
        "versionInfo": recipe.version,
        "supplier": supplier,
        "downloadLocation": "NOASSERTION",
        "primaryPackagePurpose": "CONTAINER",
    });
    let mut packages = vec![root];
    let mut relationships = vec![related("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image")];
    for (name, version, license, purl) in self::packages(recipe) {
        let id = format!("SPDXRef-{name}");
        relationships.push(related("SPDXRef-image", "CONTAINS", &id));
        packages.push(json!({
            "SPDXID": id,
            "name": name,
            "versionInfo": version,
            "supplier": supplier,
            "downloadLocation": "NOASSERTION",
            "licenseDeclared": license,
            "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": format!("{purl}?arch={architecture}"),
            }],
        }));
    }
    json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": format!("https://acme.example/spdx/{name}-{}-{architecture}", recipe.version),
        "creationInfo": { "created": CREATED, "creators": ["Tool: greenlang-build", "Organization: Acme"] },
        "packages": packages,
        "relationships": relationships,
    })
}

fn related(from: &str, how: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": how, "relatedSpdxElement": to })
}
