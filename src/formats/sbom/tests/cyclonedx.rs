use super::*;

#[test]
fn a_real_document_of_syft_has_the_packages_of_its_spdx_twin() {
    let sbom = parse(&fixture("syft-busybox-amd64.cdx.json")).unwrap();
    let twin = parse(&fixture("syft-busybox-amd64.spdx.json")).unwrap();
    assert_eq!(sbom.format, "CycloneDX 1.6");
    assert_eq!((sbom.packages, &sbom.purls, &sbom.listed), (2, &twin.purls, &twin.listed));
    assert_eq!(sbom.tools, ["syft 1.18.1"]);
    assert_eq!(sbom.created, "2026-11-24T02:48:07Z".parse().ok());
    assert!(warns(&sbom, "no supplier for 2 of 2"), "{:?}", sbom.warnings);
}

fn document(components: &Value) -> Value {
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.4",
        "metadata": { "timestamp": "2026-11-24T02:48:07Z", "tools": [{ "vendor": "aqua", "name": "trivy", "version": "0.50" }] },
        "components": components })
}

#[test]
fn tools_are_a_list_until_1_4_and_an_object_since() {
    let mut old = document(&json!([{ "type": "library", "name": "a" }]));
    assert_eq!(read(&old).tools, ["trivy 0.50"]);
    old["metadata"]["tools"] =
        json!({ "components": [{ "name": "syft", "version": "1" }], "services": null });
    assert_eq!(read(&old).tools, ["syft 1"]);
    old["metadata"] = Value::Null;
    let bare = read(&old);
    assert!(bare.tools.is_empty() && warns(&bare, "who or what made it"), "{:?}", bare.warnings);
}

#[test]
fn components_lie_in_components_and_systems_files_and_lock_files_are_none() {
    let sbom = read(&document(&json!([
        { "type": "operating-system", "name": "debian", "version": "12" },
        { "type": "application", "name": "package-lock.json" },
        { "type": "file", "name": "/bin/sh" },
        { "type": "framework", "group": "@acme", "name": "web", "version": "2", "components": [
            { "type": "library", "name": "inner", "version": "1", "publisher": "Acme",
              "licenses": [{ "license": { "id": "MIT" } }, { "expression": "Apache-2.0" }] }] },
        { "type": "application", "name": "busybox", "cpe": "cpe:2.3:a:busybox:busybox:1.35.0:*:*:*:*:*:*:*" },
    ])));
    assert_eq!(names(&sbom), ["@acme/web", "inner", "busybox"]);
    assert_eq!(sbom.listed[1].supplier.as_deref(), Some("Acme"));
    assert_eq!(sbom.licenses, [("MIT AND Apache-2.0".to_owned(), 1)].into());
    assert!(!warns(&sbom, "belong together"), "what lies in another belongs to it");
}

#[test]
fn the_root_is_no_package_but_alone_and_no_image() {
    let with = |root: Value, components: Value| {
        let mut document = document(&components);
        document["metadata"]["component"] = root;
        read(&document)
    };
    let image =
        with(json!({ "type": "container", "name": "app", "version": format!("sha256:{HEX}") }), json!([]));
    assert_eq!((image.packages, image.root.map(|it| it.to_string())), (0, Some(format!("sha256:{HEX}"))));
    let program = json!({ "type": "application", "name": "gl", "version": "0.2.0", "purl": "pkg:golang/acme/gl@0.2.0" });
    assert_eq!(with(program.clone(), json!([])).packages, 1);
    assert_eq!(names(&with(program, json!([{ "type": "library", "name": "a" }]))), ["a"]);
    let located =
        format!("pkg:oci/app@sha256%3A{HEX}?arch=amd64&repository_url=index.docker.io%2Facme%2Fapp");
    let located =
        with(json!({ "type": "container", "name": "app", "purl": located }), json!([{ "name": "a" }]));
    assert_eq!(located.subject.map(|it| it.to_string()), Some(format!("sha256:{HEX}")));
}

#[test]
fn another_bom_format_is_not_supported() {
    let mut other = document(&json!([]));
    other["bomFormat"] = json!("OtherBOM");
    assert_eq!(refused(&other).kind, crate::model::ReasonKind::NotSupported);
}
