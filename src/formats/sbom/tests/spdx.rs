use super::*;

#[test]
fn a_real_document_of_syft_is_read_with_its_gaps() {
    let sbom = parse(&fixture("syft-busybox-amd64.spdx.json")).unwrap();
    assert_eq!((sbom.format.as_str(), sbom.packages, names(&sbom)), ("SPDX 2.3", 2, vec!["busybox", "gzip"]));
    assert_eq!(sbom.purls, ["pkg:generic/busybox@1.35.0", "pkg:generic/gzip@1.0"]);
    assert_eq!(sbom.tools, ["syft-1.18.1"]);
    assert_eq!(sbom.created, "2026-11-24T02:48:05Z".parse().ok());
    let digest = format!("sha256:{HEX}").parse().unwrap();
    assert_eq!((sbom.subject, sbom.root), (None, Some(digest)), "it does not say from which repository");
    insta::assert_debug_snapshot!(sbom.warnings, @r#"
    [
        "the SBOM names no supplier for 2 of 2 packages (100 %)",
        "the SBOM names no licence for 2 of 2 packages (100 %)",
    ]
    "#);
}

/// Trivy 2.2: no download location, no purposes, no checksums.
#[test]
fn what_the_schema_wants_and_documents_leave_out_is_not_missed() {
    let sbom = read(&json!({
        "SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.2",
        "creationInfo": { "created": "2022-09-14T08:00:00Z", "creators": ["Organization: aquasecurity", "Tool: trivy"] },
        "documentDescribes": ["SPDXRef-ContainerImage-1"],
        "packages": [
            { "SPDXID": "SPDXRef-ContainerImage-1", "name": "app:0.2.0" },
            { "SPDXID": "SPDXRef-OperatingSystem-2", "name": "debian", "versionInfo": "11.4" },
            { "SPDXID": "SPDXRef-Application-3", "name": "app/package-lock.json" },
            { "SPDXID": "SPDXRef-Package-4", "name": "adduser", "versionInfo": "3.118", "licenseDeclared": "GPL-2.0+",
              "externalRefs": [{ "referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl",
                                 "referenceLocator": "pkg:deb/debian/adduser@3.118?arch=all&distro=debian-11" }] },
            { "SPDXID": "SPDXRef-Package-5", "name": "apt", "versionInfo": "2.2.4", "licenseConcluded": "GPL-2.0",
              "externalRefs": [{ "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                 "referenceLocator": "pkg:deb/debian/apt@2.2.4?arch=amd64&distro=debian-11" }] },
        ],
        "relationships": [{ "spdxElementId": "SPDXRef-ContainerImage-1", "relatedSpdxElement": "SPDXRef-Package-5",
                            "relationshipType": "CONTAINS" }],
    }));
    assert_eq!((sbom.packages, names(&sbom)), (2, vec!["adduser", "apt"]));
    assert_eq!(sbom.architectures, ["amd64"], "`all` is no architecture");
    assert_eq!(sbom.licenses.keys().collect::<Vec<_>>(), ["GPL-2.0", "GPL-2.0+"]);
    assert_eq!((sbom.tools, sbom.warnings.len()), (vec!["trivy".to_owned()], 1));
}

#[test]
fn github_s_wrapper_null_lists_and_creators_that_are_no_text_are_read() {
    let sbom = read(&json!({ "sbom": {
        "SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3",
        "creationInfo": { "created": "2026-11-24T02:48:05Z", "creators": [{ "Tool": "x" }, "Tool: GitHub.com-Dependency-Graph", 7] },
        "documentDescribes": null, "files": null,
        "packages": [
            { "SPDXID": "SPDXRef-root", "name": "com.github.acme/app", "versionInfo": "", "externalRefs": null },
            { "SPDXID": "SPDXRef-a", "name": "npm:a", "versionInfo": "1.0", "supplier": "Organization: npm (a@b.c)" },
        ],
        "relationships": [{ "relationshipType": "DESCRIBES", "spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-root" }],
    }}));
    assert_eq!(
        (names(&sbom), sbom.tools.as_slice()),
        (vec!["npm:a"], ["GitHub.com-Dependency-Graph".to_owned()].as_slice())
    );
    assert_eq!(sbom.listed[0].supplier.as_deref(), Some("npm (a@b.c)"));
}

#[test]
fn what_is_no_package_is_counted_and_said() {
    let sbom = read(&spdx(&json!([{ "name": "a" }, null, 7, { "SPDXID": "SPDXRef-nameless" }, "b"])));
    assert_eq!((sbom.packages, sbom.skipped), (1, 4));
    assert!(warns(&sbom, "4 entries that could not be read"), "{:?}", sbom.warnings);
    let reason = refused(&spdx(&json!([null, { "SPDXID": "SPDXRef-nameless" }])));
    assert!(reason.text.contains("none of its 2 entries"), "{reason}");
}

#[test]
fn an_image_alone_is_no_package_and_a_program_alone_is_one() {
    let alone = |package: Value| {
        let mut document = spdx(&json!([package]));
        document["documentDescribes"] = json!(["SPDXRef-root"]);
        read(&document).packages
    };
    assert_eq!(
        alone(json!({ "SPDXID": "SPDXRef-root", "name": "app", "primaryPackagePurpose": "CONTAINER" })),
        0
    );
    let oci = json!([{ "referenceType": "purl", "referenceLocator": format!("pkg:oci/app@sha256:{HEX}") }]);
    assert_eq!(alone(json!({ "SPDXID": "SPDXRef-root", "name": "app", "externalRefs": oci })), 0);
    assert_eq!(alone(json!({ "SPDXID": "SPDXRef-root", "name": "gl", "versionInfo": "0.2.0" })), 1);
    assert_eq!(read(&spdx(&json!([]))).packages, 0);
    assert_eq!(read(&spdx(&Value::Null)).packages, 0);
}

#[test]
fn a_document_that_describes_each_of_its_packages_has_them_all() {
    let mut document =
        spdx(&json!([{ "SPDXID": "SPDXRef-a", "name": "a" }, { "SPDXID": "SPDXRef-b", "name": "b" }]));
    document["documentDescribes"] = json!(["SPDXRef-a", "SPDXRef-b"]);
    assert_eq!(names(&read(&document)), ["a", "b"]);
}

#[test]
fn a_root_s_digest_is_the_subject_only_with_the_repository_that_it_is_from() {
    let with = |purl: String| {
        let root = json!({ "SPDXID": "SPDXRef-root", "name": "app", "primaryPackagePurpose": "CONTAINER",
            "externalRefs": [{ "referenceType": "purl", "referenceLocator": purl }] });
        let mut document = spdx(&json!([root, { "SPDXID": "SPDXRef-a", "name": "a" }]));
        document["documentDescribes"] = json!(["SPDXRef-root"]);
        let sbom = read(&document);
        (sbom.subject.map(|it| it.to_string()), sbom.root.map(|it| it.to_string()), sbom.architectures)
    };
    let digest = Some(format!("sha256:{HEX}"));
    for at in [":", "%3A"] {
        let located =
            with(format!("pkg:oci/app@sha256{at}{HEX}?arch=amd64&repository_url=ghcr.io%2Facme%2Fapp"));
        assert_eq!(located, (digest.clone(), None, vec!["amd64".to_owned()]));
        // As syft writes it for an image out of a Docker daemon, with a namespace that the specification has not.
        for name in ["app", "acme/app"] {
            let bare = with(format!("pkg:oci/{name}@sha256{at}{HEX}?arch=arm64&tag=0.2.0"));
            assert_eq!(bare, (None, digest.clone(), vec!["arm64".to_owned()]));
        }
    }
    assert_eq!(
        with("pkg:oci/app@0.2.0?repository_url=ghcr.io/acme/app".to_owned()),
        (None, None, Vec::new())
    );
}

#[test]
fn versions_and_identifiers_may_be_missing_for_one_package_in_twenty() {
    let package = |number: usize| {
        json!({ "name": format!("p{number}"), "versionInfo": "1", "supplier": "Organization: x",
        "licenseDeclared": "MIT", "externalRefs": [{ "referenceType": "purl", "referenceLocator": format!("pkg:npm/p{number}@1") }] })
    };
    let lacking = |count: usize| {
        let mut packages: Vec<Value> = (0..20).map(package).collect();
        for bare in packages.iter_mut().take(count) {
            bare["versionInfo"] = json!("NOASSERTION");
            bare["externalRefs"] = Value::Null;
        }
        read(&spdx(&json!(packages)))
    };
    let enough = lacking(1);
    assert!(!warns(&enough, "version") && !warns(&enough, "purl"), "{:?}", enough.warnings);
    let short = lacking(2);
    assert!(warns(&short, "no version for 2 of 20 packages (10 %)"), "{:?}", short.warnings);
    assert!(warns(&short, "no purl or CPE for 2 of 20 packages (10 %)"), "{:?}", short.warnings);
    assert!(!warns(&short, "supplier") && !warns(&short, "licence"), "{:?}", short.warnings);
}

#[test]
fn who_when_what_and_how_it_belongs_together_are_asked_for() {
    let sbom = read(&json!({ "SPDXID": "SPDXRef-DOCUMENT", "packages": [{ "name": "a" }] }));
    assert_eq!(sbom.format, "SPDX 2");
    for text in ["who or what made it", "when it was made", "what it is about", "belong together"] {
        assert!(warns(&sbom, text), "{text}: {:?}", sbom.warnings);
    }
}
