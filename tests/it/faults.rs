//! One registry misbehaves, the other is well: each fault is judged as what it is, and costs nothing else.

use std::time::{Duration, Instant};

use crate::image::{ImageSpec, push_index};
use crate::release::{Audit, Folder, configuration};
use exitbar::embedded::{Fault, Options, Registry, Trouble};

/// What the well registry alone decides.
const INTACT: [&str; 4] = ["multi_arch", "non_root_healthcheck", "size_budget", "oci_labels"];
/// Every request of the misbehaving registry's repository.
const EVERYTHING: &str = "/v2/acme/app/*";

/// The same good image in two registries.
struct Pair {
    well: Registry,
    bad: Registry,
    folder: Folder,
}

fn pair() -> Pair {
    let [well, bad] = [(); 2].map(|()| Registry::start(Options::default()).expect("a registry"));
    let repositories = [&well, &bad].map(|registry| format!("{}/acme/app", registry.host()));
    for repository in &repositories {
        push_index(repository, "0.2.0", &ImageSpec::good_pair());
    }
    let folder = Folder::with(&configuration(&repositories, "budget = \"1MB\""));
    Pair { well, bad, folder }
}

fn with_trouble(trouble: Trouble) -> Audit {
    let pair = pair();
    pair.bad.fault(Fault::on(EVERYTHING, trouble));
    let audit = pair.folder.audit().exits(1);
    assert_eq!(audit.statuses(&INTACT), INTACT.map(|key| (key, "COMPLETE")));
    assert_eq!(audit.status("published"), "PARTIAL", "{}", audit.item("published"));
    drop(pair.well);
    audit
}

fn unknown(trouble: Trouble, says: &str) {
    let audit = with_trouble(trouble);
    assert_eq!(audit.outcomes("published"), ["pass", "unknown"], "{}", audit.item("published"));
    audit.says("published", &[says]);
}

/// Nothing that a stranger can tell apart.
pub fn an_anonymous_401_or_403_is_missing_or_private() {
    for status in [401, 403] {
        let audit = with_trouble(Trouble::Status(status));
        assert_eq!(audit.outcomes("published"), ["pass", "absent"], "{status}");
        audit.says("published", &["missing or private"]);
    }
}

/// 500.
pub fn an_error_of_the_server_is_unknown() {
    unknown(Trouble::Status(500), "500");
}

/// `Retry-After: 3600`.
pub fn a_rate_limit_is_unknown_and_not_waited_for_an_hour() {
    unknown(Trouble::TooManyRequests(Some("3600".to_owned())), "3600");
}

/// Bounded in time and memory.
pub fn an_endless_answer_is_unknown_and_bounded() {
    unknown(Trouble::EndlessBody, "limit");
}

/// Half a manifest.
pub fn broken_json_is_unknown() {
    unknown(Trouble::BrokenJson, "");
}

/// The connection breaks in the middle of the body.
pub fn a_truncated_answer_is_unknown() {
    unknown(Trouble::TruncatedBody, "");
}

/// Never a different image's facts.
pub fn bytes_with_another_digest_are_unknown() {
    unknown(Trouble::WrongBytes, "digest");
}

/// No byte of an answer.
pub fn a_dropped_connection_is_unknown() {
    unknown(Trouble::Drop, "");
}

/// A connection that is refused.
pub fn a_registry_that_is_down_is_unknown() {
    let mut pair = pair();
    pair.bad.stop();
    let audit = pair.folder.audit().exits(1);
    assert_eq!(audit.outcomes("published"), ["pass", "unknown"], "{}", audit.item("published"));
    assert_eq!(audit.statuses(&INTACT), INTACT.map(|key| (key, "COMPLETE")));
}

/// Late is not wrong.
pub fn a_slow_registry_is_waited_for() {
    let pair = pair();
    pair.bad.fault(Fault::on(EVERYTHING, Trouble::Latency(Duration::from_millis(400))));
    let audit = pair.folder.audit().exits(1);
    assert_eq!(audit.status("published"), "COMPLETE");
    assert_eq!(audit.statuses(&INTACT), INTACT.map(|key| (key, "COMPLETE")));
}

/// `Retry-After: 1`, once.
pub fn a_short_rate_limit_is_waited_for() {
    let pair = pair();
    let limit = Trouble::TooManyRequests(Some("1".to_owned()));
    pair.bad.fault(Fault::on(EVERYTHING, limit).times(1));
    let audit = pair.folder.audit().exits(1);
    assert_eq!(audit.status("published"), "COMPLETE", "{}", audit.item("published"));
}

/// Older registries send no `Docker-Content-Digest`: the bytes tell.
pub fn a_registry_without_digest_headers_is_read() {
    let pair = pair();
    for registry in [&pair.well, &pair.bad] {
        registry.fault(Fault::on(EVERYTHING, Trouble::NoDigestHeader));
    }
    let audit = pair.folder.audit();
    assert_eq!(audit.statuses(&INTACT), INTACT.map(|key| (key, "COMPLETE")));
    assert_ne!(audit.status("published"), "FAILED", "{}", audit.item("published"));
}

/// One descriptor on a page.
pub fn paged_referrers_are_read_to_the_end() {
    let pair = pair();
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let digest = pair.bad.resolve("acme/app", &"0.2.0".parse().expect("a tag")).expect("it is there");
    for number in 0..3 {
        let referrer = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": manifest,
            "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "config": { "mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
                "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" },
            "layers": [],
            "annotations": { "number": number.to_string() },
            "subject": { "mediaType": manifest, "digest": digest, "size": 1 },
        });
        pair.bad.put_manifest("acme/app", None, manifest, referrer.to_string()).expect("room");
    }
    pair.bad.set_referrers_page(Some(1));
    let audit = pair.folder.audit().exits(1);
    let path = format!("/v2/acme/app/referrers/{digest}");
    let pages = pair.bad.requests().iter().filter(|request| request.path.starts_with(&path)).count();
    assert_eq!(pages, 3, "{}", audit.item("signed"));
    assert_ne!(audit.status("signed"), "COMPLETE");
}

/// Nothing could be seen, so nothing is decided.
pub fn both_registries_down_leave_nothing_decided_by_them() {
    let mut pair = pair();
    pair.well.stop();
    pair.bad.stop();
    let began = Instant::now();
    let audit = pair.folder.audit().exits(4);
    assert!(began.elapsed() < Duration::from_mins(1), "a refused connection is no reason to wait");
    assert_eq!(audit.json["undecided"], true);
    for key in ["published", "multi_arch", "non_root_healthcheck", "size_budget", "oci_labels"] {
        assert_eq!(audit.status(key), "UNKNOWN", "{}", audit.item(key));
    }
}
