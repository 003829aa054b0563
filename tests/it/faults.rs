//! Registries that misbehave: each is judged as the design says, the other's results stay intact.

use std::time::{Duration, Instant};

use exitbar::demo;
use exitbar::embedded::{Accounts, Auth, Fault, Options, Registry, Trouble};

use crate::pushing::push_layout;
use crate::release::{Audit, Folder, configuration};

/// Two embedded registries that both have the demo's mended runner under its version tag.
struct Two {
    first: Registry,
    second: Registry,
    folder: Folder,
}

fn two() -> Two {
    let first = Registry::start(Options::default()).expect("a registry");
    let second = Registry::start(Options { referrers: false, ..Options::default() }).expect("a registry");
    let built = tempfile::tempdir().expect("a folder");
    demo::build(built.path()).expect("images");
    let repositories = [&first, &second].map(|registry| format!("{}/acme/app", registry.host()));
    for repository in &repositories {
        push_layout(&built.path().join("dist/runner"), repository, "0.2.0");
    }
    let folder = Folder::with(&configuration(&repositories, "budget = \"10MB\""));
    first.forget_requests();
    second.forget_requests();
    Two { first, second, folder }
}

/// Items that need only one registry that can be read.
fn others_are_intact(audit: &Audit) {
    for item in ["multi_arch", "non_root_healthcheck", "size_budget", "oci_labels"] {
        assert_eq!(audit.status(item), "COMPLETE", "{item}: {}", audit.item(item));
    }
}

/// A connection that is refused.
pub fn a_registry_that_is_down_leaves_the_other_s_results_intact() {
    let mut two = two();
    two.second.stop();
    let audit = two.folder.audit();
    others_are_intact(&audit);
    assert_eq!(audit.outcomes("published"), ["pass", "unknown"], "{}", audit.item("published"));
    assert_ne!(audit.status("published"), "COMPLETE");
}

/// 403, 429 and 500 at the tag.
pub fn each_answer_is_judged_as_what_it_is() {
    let cases = [
        (Trouble::Status(403), "absent", "missing or private"),
        (Trouble::Status(401), "absent", "missing or private"),
        (Trouble::TooManyRequests(Some("3600".to_owned())), "unknown", "429"),
        (Trouble::Status(500), "unknown", "500"),
        (Trouble::Drop, "unknown", ""),
    ];
    for (trouble, outcome, said) in cases {
        let two = two();
        two.second.fault(Fault::on("*", trouble.clone()));
        let audit = two.folder.audit();
        others_are_intact(&audit);
        assert_eq!(
            audit.outcomes("published"),
            ["pass", outcome],
            "{trouble:?}: {}",
            audit.item("published")
        );
        assert!(audit.item("published").contains(said), "{trouble:?}: {}", audit.item("published"));
    }
}

/// They end in bounded time and memory.
pub fn endless_and_broken_answers_end_in_unknown() {
    for trouble in [Trouble::EndlessBody, Trouble::BrokenJson, Trouble::TruncatedBody, Trouble::WrongBytes] {
        let two = two();
        two.second.fault(Fault::on("*/manifests/*", trouble.clone()));
        let started = Instant::now();
        let audit = two.folder.audit();
        assert!(started.elapsed() < Duration::from_mins(1), "{trouble:?} took {:?}", started.elapsed());
        let published = audit.outcomes("published");
        assert_ne!(audit.status("published"), "FAILED", "{trouble:?}: {}", audit.item("published"));
        assert_eq!(published.first(), Some(&"pass"), "{trouble:?}: {}", audit.item("published"));
        others_are_intact(&audit);
    }
}

/// Every GET of a path is there once, at each registry.
pub fn an_audit_asks_no_registry_twice_for_the_same_bytes() {
    let two = two();
    let audit = two.folder.audit();
    others_are_intact(&audit);
    for registry in [&two.first, &two.second] {
        let mut gets: Vec<String> =
            registry.requests().iter().filter(|it| it.method == "GET").map(|it| it.path.clone()).collect();
        gets.sort();
        let all = gets.len();
        gets.dedup();
        assert_eq!(gets.len(), all, "asked twice: {gets:?}");
        // The child manifests that the tag's index names are bytes too: not by tag and by digest both.
        registry.forget_requests();
    }
    let again = two.folder.audit();
    others_are_intact(&again);
    for registry in [&two.first, &two.second] {
        let blobs = registry.requests().iter().filter(|it| it.path.contains("/blobs/")).count();
        assert_eq!(blobs, 0, "kept by digest, so not asked again");
    }
}

/// Pulls need a login that nobody has here.
pub fn a_package_that_is_private_by_mistake_is_missing_or_private() {
    let two = two();
    let accounts = Accounts::one("operator", "correct horse");
    two.second.set_auth(Auth::Bearer(accounts));
    let audit = two.folder.audit();
    assert_eq!(audit.outcomes("published"), ["pass", "absent"], "{}", audit.item("published"));
    assert!(audit.item("published").contains("missing or private"), "{}", audit.item("published"));
    assert!(!audit.stderr.contains("correct horse"));
}

/// A login in Docker's configuration: the package is found to be private by mistake, or fine where it is meant to be.
pub fn what_only_credentials_read_is_a_finding_unless_it_is_meant_so() {
    let two = two();
    two.second.set_auth(Auth::Basic(Accounts::one("operator", "correct horse")));
    let docker = two.folder.path().join("docker");
    std::fs::create_dir_all(&docker).expect("a folder");
    // operator:correct horse
    let auths = format!(
        r#"{{"auths": {{"{}": {{"auth": "b3BlcmF0b3I6Y29ycmVjdCBob3JzZQ=="}}}}}}"#,
        two.second.host()
    );
    std::fs::write(docker.join("config.json"), auths).expect("a login");
    let audit = two.folder.audit();
    assert_eq!(audit.outcomes("published"), ["pass", "fail"], "{}", audit.item("published"));
    assert_eq!(audit.status("published"), "FAILED");
    assert!(
        audit.json["exit_bar_results"]["published"]["hard_stop"].is_null(),
        "no hard stop: it can be made public"
    );
    let shown = format!("{}{}", audit.json, audit.stderr);
    assert!(
        !shown.contains("correct horse") && !shown.contains("b3BlcmF0b3I6Y29ycmVjdCBob3JzZQ"),
        "no secret is shown"
    );
    let file = two.folder.path().join("exitbar.toml");
    let meant = std::fs::read_to_string(&file).expect("it is there") + "private = true\n";
    std::fs::write(&file, meant).expect("it can be written");
    two.first.set_auth(Auth::None);
    let audit = two.folder.audit();
    assert_eq!(audit.outcomes("published").last(), Some(&"pass"), "{}", audit.item("published"));
    std::fs::remove_file(docker.join("config.json")).expect("the login is removed");
    let audit = two.folder.audit();
    assert_eq!(audit.outcomes("published").last(), Some(&"unknown"), "{}", audit.item("published"));
}
