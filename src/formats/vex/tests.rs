use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn objects_and_the_strings_of_older_documents_are_read() {
    let hex = "a".repeat(64);
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "author": "Acme", "timestamp": "2026-11-01T00:00:00Z",
        "statements": [
            { "vulnerability": { "name": "CVE-2024-2", "aliases": ["GHSA-1"], "@id": "https://nvd.nist.gov/vuln/detail/CVE-2024-2" },
              "products": [{ "@id": "pkg:oci/app", "hashes": { "sha-256": hex }, "subcomponents": [{ "@id": "pkg:apk/alpine/zlib" }] }],
              "status": "not_affected", "justification": "vulnerable_code_not_present", "timestamp": "2026-11-02T00:00:00Z" },
            { "vulnerability": "CVE-2024-1", "products": ["pkg:oci/app"], "subcomponents": ["pkg:a/b"], "status": "affected" },
        ],
    });
    let vex = parse(document.to_string().as_bytes()).unwrap();
    // The older statement comes first.
    assert_eq!(vex.statements[0].vulnerability, ["CVE-2024-1"]);
    assert_eq!(vex.statements[0].products[0].subcomponents, ["pkg:a/b"]);
    assert!(!vex.statements[0].status.clears() && vex.statements[1].status.clears());
    assert_eq!(vex.statements[1].vulnerability[..2], ["CVE-2024-2", "CVE-2024-2"]);
    assert_eq!(vex.statements[1].products[0].digests[0].hex(), "a".repeat(64));
    assert_eq!(vex.statements[1].because.as_deref(), Some("vulnerable_code_not_present"));
}

#[test]
fn what_is_no_openvex_is_refused() {
    for text in [
        "",
        "{}",
        r#"{"@context":"https://openvex.dev/ns/v0.2.0"}"#,
        r#"{"@context":"https://openvex.dev/ns","statements":[{"status":"fine"}]}"#,
        r#"{"@context":"https://cyclonedx.org","statements":[]}"#,
    ] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(status in "[a-z_]{0,20}", body in r#"[\[\]{}":,a-z0-9@]{0,80}"#) {
        let _ = parse(body.as_bytes());
        let text = format!(r#"{{"@context":"openvex","statements":[{{"status":"{status}","products":[{body}]}}]}}"#);
        let _ = parse(text.as_bytes());
    }
}
