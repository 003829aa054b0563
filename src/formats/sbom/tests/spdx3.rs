use super::*;

fn document() -> Value {
    json!({ "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
        { "type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2026-11-24T02:48:05Z",
          "createdBy": ["urn:acme"], "createdUsing": ["urn:tool"] },
        { "type": "Organization", "spdxId": "urn:acme", "name": "Acme", "creationInfo": "_:c" },
        { "type": "Tool", "spdxId": "urn:tool", "name": "maker 1.0", "creationInfo": "_:c" },
        { "type": "SpdxDocument", "spdxId": "urn:doc", "rootElement": ["urn:sbom"] },
        { "type": "software_Sbom", "spdxId": "urn:sbom", "rootElement": ["urn:image"] },
        { "type": "software_Package", "spdxId": "urn:image", "name": "app", "software_primaryPurpose": "container",
          "verifiedUsing": [{ "type": "Hash", "algorithm": "sha256", "hashValue": HEX }] },
        { "type": "software_Package", "spdxId": "urn:zlib", "name": "zlib1g", "software_packageVersion": "1.2",
          "software_packageUrl": "pkg:deb/debian/zlib1g@1.2?arch=arm64", "suppliedBy": "urn:acme" },
        { "type": "software_Package", "spdxId": "urn:curl", "name": "curl",
          "externalIdentifier": [{ "type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": "pkg:generic/curl@8" }] },
        { "type": "software_Package", "spdxId": "urn:os", "name": "debian", "software_primaryPurpose": "operatingSystem" },
        { "type": "software_File", "spdxId": "urn:file", "name": "/bin/sh" },
        { "type": "Relationship", "spdxId": "urn:r1", "from": "urn:image", "to": ["urn:zlib"], "relationshipType": "contains" },
        { "type": "Relationship", "spdxId": "urn:r2", "from": "urn:zlib", "to": ["urn:license"], "relationshipType": "hasDeclaredLicense" },
        { "type": "simplelicensing_LicenseExpression", "spdxId": "urn:license", "simplelicensing_licenseExpression": "Zlib" },
    ]})
}

#[test]
fn a_graph_is_read_by_what_its_elements_say_of_one_another() {
    let sbom = read(&document());
    assert_eq!((sbom.format.as_str(), names(&sbom)), ("SPDX 3.0.1", vec!["zlib1g", "curl"]));
    assert_eq!(
        (sbom.tools.as_slice(), sbom.architectures.as_slice()),
        (["maker 1.0".to_owned()].as_slice(), ["arm64".to_owned()].as_slice())
    );
    assert_eq!(sbom.purls, ["pkg:deb/debian/zlib1g@1.2?arch=arm64", "pkg:generic/curl@8"]);
    let zlib = &sbom.listed[0];
    assert_eq!((zlib.supplier.as_deref(), zlib.license.as_deref()), (Some("Acme"), Some("Zlib")));
    assert_eq!(sbom.root.as_ref().map(ToString::to_string), Some(format!("sha256:{HEX}")));
    assert!(warns(&sbom, "no version for 1 of 2 packages (50 %)"), "{:?}", sbom.warnings);
    assert!(!warns(&sbom, "does not say"), "{:?}", sbom.warnings);
}

#[test]
fn an_element_without_a_type_is_counted() {
    let mut document = document();
    document["@graph"].as_array_mut().unwrap().extend([json!({ "name": "?" }), json!(7)]);
    assert_eq!(read(&document).skipped, 2);
}

#[test]
fn terms_may_be_written_as_urls() {
    let sbom = read(&json!({ "@graph": [
        { "@type": "https://spdx.org/rdf/3.0.1/terms/Software/Package", "@id": "urn:a", "name": "a", "software:packageVersion": "1" },
    ]}));
    assert_eq!((names(&sbom), sbom.listed[0].version.as_deref()), (vec!["a"], Some("1")));
}
