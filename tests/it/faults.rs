//! One registry misbehaves, the other is well: each fault is judged as what it is, and costs nothing else.

use std::time::{Duration, Instant};

use exitbar::embedded::{Fault, Registry, Trouble};
use libtest_mimic::Trial;

use crate::support::exitbar::Audit;
use crate::support::image::{ImageSpec, push_index};
use crate::support::parts::test;
use crate::support::project::Project;
use crate::support::transfer::Target;
use crate::support::{block_on, embedded};

/// What the well registry alone decides.
const INTACT: [&str; 4] = ["multi_arch", "non_root_healthcheck", "size_budget", "oci_labels"];
/// Every request of the misbehaving registry's repository.
const EVERYTHING: &str = "/v2/acme/app/*";

pub fn trials() -> Vec<Trial> {
    vec![
        test("faults::a_registry_that_is_down_is_unknown", a_registry_that_is_down_is_unknown),
        test("faults::a_slow_registry_is_waited_for", a_slow_registry_is_waited_for),
        test("faults::an_anonymous_401_or_403_is_missing_or_private", || {
            for status in [401, 403] {
                let audit = with_trouble(Trouble::Status(status));
                assert_eq!(cell_of_the_bad_one(&audit), "absent", "{status}");
                audit.says("published", &["missing or private"]);
            }
        }),
        test("faults::an_error_of_the_server_is_unknown", || unknown(Trouble::Status(500), "500")),
        test("faults::a_rate_limit_is_unknown_and_not_waited_for_an_hour", || {
            unknown(Trouble::TooManyRequests(Some("3600".to_owned())), "3600");
        }),
        test("faults::an_endless_answer_is_unknown_and_bounded", || unknown(Trouble::EndlessBody, "")),
        test("faults::broken_json_is_unknown", || unknown(Trouble::BrokenJson, "")),
        test("faults::a_truncated_answer_is_unknown", || unknown(Trouble::TruncatedBody, "")),
        test("faults::bytes_with_another_digest_are_unknown", || unknown(Trouble::WrongBytes, "digest")),
        test("faults::a_dropped_connection_is_unknown", || unknown(Trouble::Drop, "")),
        test("faults::a_short_rate_limit_is_waited_for", a_short_rate_limit_is_waited_for),
        test("faults::a_registry_without_digest_headers_is_read", a_registry_without_digest_headers_is_read),
        test("faults::paged_referrers_are_read_to_the_end", paged_referrers_are_read_to_the_end),
        test("faults::both_registries_down_leave_nothing_decided_by_them", both_down),
    ]
}

/// The same good image in two registries.
struct Pair {
    well: Registry,
    bad: Registry,
    project: Project,
}

fn pair() -> Pair {
    let (well, bad) = (embedded(), embedded());
    let targets = [&well, &bad].map(|registry| Target::new(registry.host(), "acme/app"));
    block_on(async {
        for target in &targets {
            push_index(target, "1.0.0", &ImageSpec::good_pair()).await;
        }
    });
    let names = targets.each_ref().map(Target::reference);
    let project = Project::of_image("1.0.0", &[&names[0], &names[1]], "budget = \"1MB\"");
    Pair { well, bad, project }
}

fn with_trouble(trouble: Trouble) -> Audit {
    let pair = pair();
    pair.bad.fault(Fault::on(EVERYTHING, trouble));
    let audit = pair.project.audit(&[]).exits(1).audit();
    assert_eq!(audit.statuses(&INTACT), INTACT.map(|key| (key, "COMPLETE")));
    assert_eq!(audit.status("published"), "PARTIAL", "{}", audit.item("published"));
    drop(pair.well);
    audit
}

/// The outcome of the second repository's cell of item 1.
fn cell_of_the_bad_one(audit: &Audit) -> String {
    let cells = audit.item("published")["cells"].as_array().expect("cells").clone();
    let outcomes: Vec<String> = cells
        .iter()
        .map(|cell| cell["outcome"].as_str().unwrap_or_default().to_owned())
        .filter(|outcome| outcome != "pass")
        .collect();
    assert_eq!(outcomes.len(), 1, "one cell does not pass: {cells:?}");
    outcomes[0].clone()
}

fn unknown(trouble: Trouble, says: &str) {
    let audit = with_trouble(trouble);
    assert_eq!(cell_of_the_bad_one(&audit), "unknown", "{}", audit.item("published"));
    audit.says("published", &[says]);
}

fn a_registry_that_is_down_is_unknown() {
    let mut pair = pair();
    pair.bad.stop();
    let audit = pair.project.audit(&[]).exits(1).audit();
    assert_eq!(cell_of_the_bad_one(&audit), "unknown");
    assert_eq!(audit.statuses(&INTACT), INTACT.map(|key| (key, "COMPLETE")));
}

fn a_slow_registry_is_waited_for() {
    let pair = pair();
    pair.bad.fault(Fault::on(EVERYTHING, Trouble::Latency(Duration::from_millis(400))));
    let audit = pair.project.audit(&[]).exits(1).audit();
    assert_eq!(audit.status("published"), "COMPLETE");
    assert_eq!(audit.statuses(&INTACT), INTACT.map(|key| (key, "COMPLETE")));
}

fn a_short_rate_limit_is_waited_for() {
    let pair = pair();
    let limit = Trouble::TooManyRequests(Some("1".to_owned()));
    pair.bad.fault(Fault::on(EVERYTHING, limit).times(1));
    let audit = pair.project.audit(&[]).exits(1).audit();
    assert_eq!(audit.status("published"), "COMPLETE", "{}", audit.item("published"));
}

fn a_registry_without_digest_headers_is_read() {
    let pair = pair();
    for registry in [&pair.well, &pair.bad] {
        registry.fault(Fault::on(EVERYTHING, Trouble::NoDigestHeader));
    }
    let audit = pair.project.audit(&[]).audit();
    assert_eq!(audit.statuses(&INTACT), INTACT.map(|key| (key, "COMPLETE")));
    assert_ne!(audit.status("published"), "FAILED", "{}", audit.item("published"));
}

fn paged_referrers_are_read_to_the_end() {
    let pair = pair();
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let digest = pair.bad.resolve("acme/app", &"1.0.0".parse().expect("a tag")).expect("it is there");
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
    let audit = pair.project.audit(&[]).exits(1).audit();
    let path = format!("/v2/acme/app/referrers/{digest}");
    let pages = pair.bad.requests().iter().filter(|request| request.path.starts_with(&path)).count();
    assert_eq!(pages, 3, "{}", audit.item("signed"));
    assert_ne!(audit.status("signed"), "COMPLETE");
}

fn both_down() {
    let mut pair = pair();
    pair.well.stop();
    pair.bad.stop();
    let began = Instant::now();
    let audit = pair.project.audit(&[]).exits(4).audit();
    assert!(began.elapsed() < Duration::from_secs(60), "a refused connection is no reason to wait");
    assert_eq!(audit.json["undecided"], true);
    for key in ["published", "multi_arch", "non_root_healthcheck", "size_budget", "oci_labels"] {
        assert_eq!(audit.status(key), "UNKNOWN", "{}", audit.item(key));
    }
}
