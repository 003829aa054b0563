//! What is private, by mistake or on purpose, and where credentials go.

use exitbar::embedded::{Accounts, Auth, Fault, Refusal, Registry, Trouble};
use libtest_mimic::Trial;

use crate::support::image::{ImageSpec, push_index};
use crate::support::parts::test;
use crate::support::project::Project;
use crate::support::transfer::Target;
use crate::support::{block_on, embedded};

pub fn trials() -> Vec<Trial> {
    vec![
        test("credentials::a_public_image_is_read_with_an_anonymous_token", public_behind_tokens),
        test("credentials::a_package_that_is_private_by_mistake_fails", private_by_mistake),
        test("credentials::a_stranger_sees_missing_or_private", a_stranger_sees_missing_or_private),
        test("credentials::an_image_marked_private_is_read_with_credentials", marked_private),
        test("credentials::they_do_not_follow_a_redirect_to_another_host", no_redirected_credentials),
        test("credentials::a_password_is_nowhere_in_the_output", a_password_is_nowhere_in_the_output),
    ]
}

const PASSWORD: &str = "planted-5ecret-Zq7";

/// A registry with a good image; everything is private to `ann`.
fn registry() -> (Registry, String, Accounts) {
    let registry = embedded();
    let target = Target::new(registry.host(), "acme/app");
    block_on(push_index(&target, "1.0.0", &ImageSpec::good_pair()));
    (registry, target.reference(), Accounts::one("ann", PASSWORD))
}

fn public_behind_tokens() {
    let (registry, name, mut accounts) = registry();
    accounts.private.clear();
    registry.set_auth(Auth::Bearer(accounts));
    let audit = Project::of_image("1.0.0", &[&name], "").audit(&[]).exits(1).audit();
    assert_eq!(audit.status("published"), "COMPLETE", "{}", audit.item("published"));
    assert_eq!(audit.status("multi_arch"), "COMPLETE");
}

fn private_by_mistake() {
    let (registry, name, accounts) = registry();
    for auth in [Auth::Basic(accounts.clone()), Auth::Bearer(accounts)] {
        registry.set_auth(auth);
        let project = Project::of_image("1.0.0", &[&name], "");
        project.login(registry.host(), "ann", PASSWORD);
        let audit = project.audit(&[]).exits(1).audit();
        assert_eq!(audit.status("published"), "FAILED", "{}", audit.item("published"));
        audit.says("published", &["credentials"]);
    }
}

fn a_stranger_sees_missing_or_private() {
    let (registry, name, accounts) = registry();
    let refusals =
        [Refusal::Unauthorized, Refusal::Forbidden, Refusal::TokenUnauthorized, Refusal::TokenForbidden];
    for refusal in refusals {
        registry.set_auth(Auth::Bearer(Accounts { refusal, ..accounts.clone() }));
        let audit = Project::of_image("1.0.0", &[&name], "").audit(&[]).exits(1).audit();
        assert_eq!(audit.status("published"), "NOT STARTED", "{refusal:?}: {}", audit.item("published"));
        audit.says("published", &["missing or private"]);
    }
}

fn marked_private() {
    let (registry, name, accounts) = registry();
    registry.set_auth(Auth::Bearer(accounts));
    let project = Project::of_image("1.0.0", &[&name], "private = true");
    let audit = project.audit(&[]).audit();
    assert_eq!(audit.status("published"), "UNKNOWN", "no credentials: {}", audit.item("published"));
    project.login(registry.host(), "ann", PASSWORD);
    let audit = project.audit(&[]).exits(1).audit();
    assert_eq!(audit.status("published"), "COMPLETE", "{}", audit.item("published"));
    assert_eq!(audit.status("non_root_healthcheck"), "COMPLETE");
}

fn no_redirected_credentials() {
    let (registry, name, accounts) = registry();
    let elsewhere = embedded();
    let target = Target::new(elsewhere.host(), "acme/app");
    block_on(push_index(&target, "1.0.0", &ImageSpec::good_pair()));
    elsewhere.forget_requests();
    registry.set_auth(Auth::Basic(accounts));
    let base = format!("http://{}", elsewhere.host());
    registry.fault(Fault::on("*/blobs/*", Trouble::Redirect(base)));
    let project = Project::of_image("1.0.0", &[&name], "private = true");
    project.login(registry.host(), "ann", PASSWORD);
    let audit = project.audit(&[]).exits(1).audit();
    assert_eq!(audit.status("oci_labels"), "COMPLETE", "{}", audit.item("oci_labels"));
    let followed = elsewhere.requests();
    assert!(!followed.is_empty(), "the redirect was followed");
    assert!(followed.iter().all(|request| !request.authorized), "{followed:?}");
}

fn a_password_is_nowhere_in_the_output() {
    let (registry, name, accounts) = registry();
    registry.set_auth(Auth::Basic(accounts));
    let project = Project::of_image("1.0.0", &[&name], "private = true");
    project.login(registry.host(), "ann", PASSWORD);
    registry.fault(Fault::on("*/blobs/*", Trouble::Status(500)));
    for arguments in [&["audit", "--format", "text", "-v"][..], &["audit", "--format", "markdown"]] {
        let run = project.exitbar(arguments).run();
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(!said.contains(PASSWORD), "{said}");
        assert!(!said.contains("YW5uOnBsYW50ZWQ"), "nor encoded: {said}");
    }
}
