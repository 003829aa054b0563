use proptest::prelude::*;

use super::*;
use crate::model::ReasonKind;

fn kind(bytes: &[u8]) -> ReasonKind {
    parse(bytes).unwrap_err().kind
}

#[test]
fn what_is_no_document_is_an_error_and_never_an_empty_sbom() {
    for no_sbom in
        ["", "{}", "[]", "null", "7", "\"text\"", "{\"name\":\"a\"}", "{\"predicate\":{}}", "{\"sbom\":null}"]
    {
        assert_eq!(kind(no_sbom.as_bytes()), ReasonKind::Unreadable, "{no_sbom}");
    }
    let whole = fixture("syft-busybox-amd64.spdx.json");
    for length in [1, 20, whole.len() / 2, whole.len() - 3] {
        assert_eq!(kind(&whole[..length]), ReasonKind::Unreadable, "{length}");
    }
    let packed = gzip(&whole);
    assert_eq!(kind(&packed[..packed.len() / 2]), ReasonKind::Unreadable);
    let twice = [whole.as_slice(), whole.as_slice()].concat();
    assert_eq!(kind(&twice), ReasonKind::Unreadable);
}

#[test]
fn other_formats_are_named_with_what_to_do() {
    for (other, word) in [
        ("SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", "tag-value"),
        ("<?xml version=\"1.0\"?><bom/>", "XML"),
        (r#"{"artifacts":[],"descriptor":{"name":"syft"},"schema":{"version":"16"}}"#, "syft's own"),
        (r#"{"spdxVersion":"SPDX-1.2"}"#, "SPDX 1.2"),
    ] {
        let reason = parse(other.as_bytes()).unwrap_err();
        assert_eq!(reason.kind, ReasonKind::NotSupported, "{other}");
        assert!(reason.text.contains(word), "{reason}");
    }
}

#[test]
fn a_document_is_read_only_so_far_and_so_deep() {
    let zeros = gzip(&vec![b' '; 65 << 20]);
    assert!(zeros.len() < 1 << 20);
    assert_eq!(kind(&zeros), ReasonKind::TooLarge);
    let deep =
        format!("{{\"spdxVersion\":\"SPDX-2.3\",\"packages\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(kind(deep.as_bytes()), ReasonKind::Unreadable);
    let wrapped = (0..10).fold(spdx(&json!([{ "name": "a" }])), |inner, _| json!({ "predicate": inner }));
    assert_eq!(refused(&wrapped).kind, ReasonKind::Unreadable);
}

#[test]
fn nothing_in_a_document_commands_a_terminal() {
    let evil = "a\u{1b}[2J\u{202e}b\nc";
    let sbom = read(
        &json!({ "spdxVersion": "SPDX-2.3", "packages": [{ "name": evil, "versionInfo": evil, "supplier": evil,
        "licenseDeclared": evil, "externalRefs": [{ "referenceType": "purl", "referenceLocator": evil }] }],
        "creationInfo": { "creators": [format!("Tool: {evil}")] } }),
    );
    let said = format!("{sbom:?}");
    assert!(!said.contains("u{1b}") && !said.contains("202e") && !said.contains("\\n"), "{said}");
    assert!(sbom.purls.is_empty() && sbom.listed[0].purl.is_none());
    let reason = refused(&json!({ "spdxVersion": evil }));
    assert!(!reason.text.contains('\u{1b}'), "{reason}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zA-Z0-9:/@. -]{0,12}".prop_map(Value::from),
        Just(json!("SPDXRef-DOCUMENT")),
        Just(json!("DESCRIBES")),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let key = prop::sample::select(vec![
            "spdxVersion",
            "packages",
            "name",
            "SPDXID",
            "relationships",
            "bomFormat",
            "components",
            "metadata",
            "tools",
            "@graph",
            "type",
            "predicate",
            "subject",
            "Data",
            "externalRefs",
            "licenses",
            "creationInfo",
            "digest",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|entries| entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_comes_is_an_sbom_or_an_error(document in any_json()) {
        let _ = parse(document.to_string().as_bytes());
    }

    #[test]
    fn nonsense_in_a_real_document_costs_at_most_what_it_replaces(at in 0..8_usize, nonsense in any_json()) {
        for name in ["syft-busybox-amd64.spdx.json", "syft-busybox-amd64.cdx.json"] {
            let mut document: Value = serde_json::from_slice(&fixture(name)).unwrap();
            let keys: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
            let key = &keys[at % keys.len()];
            if ["spdxVersion", "bomFormat", "packages", "components", "SPDXID"].contains(&key.as_str()) {
                continue;
            }
            document[key.as_str()] = nonsense.clone();
            let read = parse(document.to_string().as_bytes());
            prop_assert_eq!(read.map(|sbom| sbom.packages), Ok(2), "{}", key);
        }
    }

    #[test]
    fn bytes_are_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
        let _ = parse(&gzip(&bytes));
    }
}
