use super::super::bare;
use super::*;

fn inner() -> Value {
    spdx(&json!([{ "name": "a" }]))
}

/// As BuildKit attaches it: a statement that nobody signed.
fn statement(digests: &[&str], predicate: &Value) -> Value {
    let subjects: Vec<Value> = digests
        .iter()
        .map(|hex| json!({ "name": "pkg:docker/app@0.2.0", "digest": { "sha256": hex } }))
        .collect();
    json!({ "_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document",
        "subject": subjects, "predicate": predicate })
}

#[test]
fn a_statement_says_what_its_sbom_is_about() {
    let sbom = read(&statement(&[HEX, HEX], &inner()));
    assert_eq!(
        (names(&sbom), sbom.subject.as_ref().map(ToString::to_string)),
        (vec!["a"], Some(format!("sha256:{HEX}")))
    );
    let other = "0".repeat(64);
    let several = read(&statement(&[HEX, &other], &inner()));
    assert_eq!(several.subject, None);
    assert!(warns(&several, "names 2 digests"), "{:?}", several.warnings);
}

#[test]
fn cosign_s_older_predicates_hold_the_document_as_data_or_as_text() {
    let text = Value::from(inner().to_string());
    for predicate in [json!({ "Data": inner() }), json!({ "Data": text, "Timestamp": "x" }), text.clone()] {
        assert_eq!(names(&read(&statement(&[HEX], &predicate))), ["a"], "{predicate}");
        assert_eq!(names(&read(&predicate)), ["a"], "{predicate}");
    }
}

#[test]
fn a_compressed_document_and_one_with_a_byte_order_mark_are_read() {
    let plain = inner().to_string();
    assert_eq!(parse(&gzip(plain.as_bytes())).unwrap(), read(&inner()));
    assert_eq!(parse(format!("\u{feff}{plain}").as_bytes()).unwrap(), read(&inner()));
}

#[test]
fn two_documents_in_one_are_refused() {
    let two = json!({ "sbom": inner(), "predicate": inner() });
    assert!(refused(&two).text.contains("two documents"), "{}", refused(&two));
    let mut both = inner();
    both["bomFormat"] = json!("CycloneDX");
    assert!(refused(&both).text.contains("two formats"), "{}", refused(&both));
}

#[test]
fn what_is_attested_is_the_document_without_its_wrappers() {
    let document = serde_json::to_vec(&inner()).unwrap();
    for whole in
        [inner(), statement(&[HEX], &inner()), json!({ "sbom": inner() }), Value::from(inner().to_string())]
    {
        let bare = bare(&gzip(whole.to_string().as_bytes())).unwrap();
        assert_eq!(
            (bare.json.as_slice(), bare.predicate_type),
            (document.as_slice(), "https://spdx.dev/Document")
        );
    }
    let cyclonedx = bare(&fixture("syft-busybox-amd64.cdx.json")).unwrap();
    assert_eq!(cyclonedx.predicate_type, "https://cyclonedx.org/bom");
    assert_eq!(cyclonedx.json, fixture("syft-busybox-amd64.cdx.json"), "byte for byte");
    assert!(bare(b"{}").is_err());
}
