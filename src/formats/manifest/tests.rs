use proptest::prelude::*;

use super::*;

fn entry(content: &[u8], rest: &str) -> String {
    format!(r#"{{"mediaType":"{OCI_MANIFEST}","digest":"{}","size":2{rest}}}"#, Digest::of(content))
}

#[test]
fn an_index_is_read_without_media_type_and_with_entries_without_platform() {
    let text = format!(
        r#"{{"schemaVersion":2,"annotations":null,"manifests":[{},{},{}]}}"#,
        entry(b"a", r#","platform":{"os":"linux","architecture":"arm64","variant":"v8"}"#),
        entry(b"b", ""),
        entry(b"c", r#","platform":{"os":"","architecture":""}"#)
    );
    let Manifest::Index(index) = parse(text.as_bytes()).unwrap() else { panic!("an index") };
    assert_eq!(index.media_type, OCI_INDEX);
    assert_eq!(index.manifests[0].platform, Some("linux/arm64".parse().unwrap()));
    assert!(index.manifests[1].platform.is_none() && index.manifests[2].platform.is_none());
}

#[test]
fn a_manifest_without_media_type_is_known_by_its_config() {
    let docker = format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"{}","size":1}},"layers":[]}}"#,
        Digest::of(b"c")
    );
    assert_eq!(media_type_of(&parse(docker.as_bytes()).unwrap()), DOCKER_MANIFEST);
    let oci = format!(r#"{{"schemaVersion":2,"config":{}}}"#, entry(b"c", ""));
    assert_eq!(media_type_of(&parse(oci.as_bytes()).unwrap()), OCI_MANIFEST);
}

#[test]
fn an_unknown_media_type_is_decided_by_shape() {
    let text = format!(r#"{{"mediaType":"application/x-new","manifests":[{}]}}"#, entry(b"a", ""));
    assert!(matches!(parse(text.as_bytes()), Ok(Manifest::Index(_))));
}

#[test]
fn what_could_be_taken_for_two_things_is_refused() {
    let both = format!(r#"{{"schemaVersion":2,"manifests":[],"config":{}}}"#, entry(b"a", ""));
    let lying = format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","manifests":[]}}"#);
    let twice = r#"{"schemaVersion":2,"manifests":[],"manifests":[]}"#.to_owned();
    for text in [both, lying, twice] {
        assert_eq!(parse(text.as_bytes()).unwrap_err().kind, ReasonKind::Unreadable, "{text}");
    }
}

#[test]
fn docker_schema_1_is_refused_by_name() {
    for text in [r#"{"schemaVersion":1,"name":"a","fsLayers":[]}"#, r#"{"fsLayers":[{"blobSum":"x"}]}"#] {
        let reason = parse(text.as_bytes()).unwrap_err();
        assert_eq!(reason.kind, ReasonKind::NotSupported);
        assert!(reason.text.contains("schema 1"), "{reason}");
    }
}

#[test]
fn limits_hold() {
    assert_eq!(parse(&vec![b' '; SIZE_LIMIT + 1]).unwrap_err().kind, ReasonKind::TooLarge);
    let many = vec![entry(b"a", ""); MAX_ENTRIES + 1].join(",");
    let many = format!(r#"{{"schemaVersion":2,"manifests":[{many}]}}"#);
    assert_eq!(parse(many.as_bytes()).unwrap_err().kind, ReasonKind::TooLarge);
}

#[test]
fn depth_costs_nothing_since_only_known_fields_are_read() {
    let (open, close) = ("[".repeat(1_000_000), "]".repeat(1_000_000));
    let unknown_field = format!(r#"{{"schemaVersion":2,"x":{open}{close},"manifests":[]}}"#);
    assert!(parse(unknown_field.as_bytes()).is_ok());
    let known_field = format!(r#"{{"schemaVersion":2,"config":{open}{close}}}"#);
    assert_eq!(parse(known_field.as_bytes()).unwrap_err().kind, ReasonKind::Unreadable);
}

#[test]
fn a_digest_of_another_algorithm_is_not_supported_and_a_broken_one_unreadable() {
    for (digest, kind) in [("blake3:00", ReasonKind::NotSupported), ("sha256:00", ReasonKind::Unreadable)] {
        let text = format!(r#"{{"manifests":[{{"digest":"{digest}","size":1}}]}}"#);
        assert_eq!(parse(text.as_bytes()).unwrap_err().kind, kind);
    }
}

#[test]
fn a_written_index_reads_as_what_it_was_made_of() {
    let descriptor = Descriptor {
        media_type: OCI_MANIFEST.to_owned(),
        digest: Digest::of(b"a"),
        size: 7,
        platform: Some("linux/arm/v7".parse().unwrap()),
        artifact_type: None,
        annotations: BTreeMap::new(),
    };
    let annotations = BTreeMap::from([("org.opencontainers.image.version".to_owned(), "0.2.0".to_owned())]);
    let bytes = write_index(std::slice::from_ref(&descriptor), &annotations);
    assert_eq!(bytes, write_index(std::slice::from_ref(&descriptor), &annotations));
    let Manifest::Index(index) = parse(&bytes).unwrap() else { panic!("an index") };
    assert_eq!((index.manifests, index.annotations), (vec![descriptor], annotations));
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_manifest_like_text_makes_the_parser_panic(
        text in r#"(\{|\}|\[|\]|,|:|"schemaVersion"|"manifests"|"config"|"layers"|"digest"|"size"|2|null|"sha256:"|"platform"){0,60}"#
    ) {
        let _ = parse(text.as_bytes());
        let _ = crate::formats::layout::index(text.as_bytes());
    }
}
