//! What an audit asks of the registries.

use std::collections::BTreeMap;

use crate::image::{ImageSpec, push_index};
use crate::release::{Folder, configuration};
use exitbar::embedded::{Options, Registry};

fn pair() -> ([Registry; 2], Folder) {
    let registries = [true, false]
        .map(|referrers| Registry::start(Options { referrers, ..Options::default() }).expect("a registry"));
    let repositories = registries.each_ref().map(|registry| format!("{}/acme/app", registry.host()));
    for (repository, registry) in repositories.iter().zip(&registries) {
        push_index(repository, "0.2.0", &ImageSpec::good_pair());
        registry.forget_requests();
    }
    let folder = Folder::with(&configuration(&repositories, ""));
    (registries, folder)
}

/// How often bytes were asked for, by the digest that names them, in all registries together. A GET of the tag
/// counts as one of the index behind it.
fn reads(registries: &[Registry]) -> BTreeMap<String, usize> {
    let mut reads = BTreeMap::new();
    for registry in registries {
        for request in registry.requests() {
            let path = request.path.rsplit_once('/').map_or("", |(_, last)| last);
            if request.method == "GET" && !request.path.contains("/referrers/") {
                let tag = "0.2.0".parse().expect("a tag");
                let index = registry.resolve("acme/app", &tag).expect("it is there").to_string();
                let named = if path == "0.2.0" { index } else { path.to_owned() };
                *reads.entry(format!("{} {named}", registry.host())).or_default() += 1;
            }
        }
    }
    reads
}

/// Nor any other request twice; and the report's count is the registries' own.
pub fn no_registry_is_asked_twice_for_the_same_bytes() {
    let (registries, folder) = pair();
    let audit = folder.audit().exits(1);
    assert_eq!(audit.status("published"), "COMPLETE");
    let reads = reads(&registries);
    assert!(!reads.is_empty());
    assert!(reads.values().all(|count| *count == 1), "{reads:#?}");
    // Configs and layers are read from one registry only.
    let mut blobs: Vec<&str> = Vec::new();
    let log: Vec<_> = registries.iter().flat_map(Registry::requests).collect();
    for request in &log {
        if request.method == "GET" && request.path.contains("/blobs/") {
            blobs.push(&request.path);
        }
    }
    let all = blobs.len();
    blobs.sort_unstable();
    blobs.dedup();
    assert_eq!(blobs.len(), all, "{blobs:#?}");
    // And every request at most once, whatever it is.
    for registry in &registries {
        let mut lines: Vec<String> = registry
            .requests()
            .iter()
            .map(|request| format!("{} {}", request.method, request.path))
            .collect();
        let all = lines.len();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), all, "{lines:#?}");
    }
    let counted: u64 = audit.json["requests"]
        .as_object()
        .expect("counts")
        .values()
        .filter_map(serde_json::Value::as_u64)
        .sum();
    assert_eq!(counted, log.len() as u64, "{}", audit.json["requests"]);
}

/// What is kept by digest is not asked for again.
pub fn a_second_audit_reads_no_bytes_again() {
    let (registries, folder) = pair();
    folder.audit().exits(1);
    for registry in &registries {
        registry.forget_requests();
    }
    let audit = folder.audit().exits(1);
    assert_eq!(audit.status("published"), "COMPLETE");
    let reads = reads(&registries);
    let blobs: Vec<_> = registries
        .iter()
        .flat_map(Registry::requests)
        .filter(|request| request.method == "GET" && request.path.contains("/blobs/"))
        .collect();
    assert!(blobs.is_empty(), "{reads:#?}");
}
