//! What is private, by mistake or on purpose, and where credentials go.

use crate::image::{ImageSpec, push_index};
use crate::release::{Folder, configuration};
use exitbar::embedded::{Accounts, Auth, Fault, Options, Refusal, Registry, Trouble};

const PASSWORD: &str = "planted-5ecret-Zq7";

/// A registry with a good image and the repository's name; the accounts make everything private to `ann`.
fn registry() -> (Registry, String, Accounts) {
    let registry = Registry::start(Options::default()).expect("a registry");
    let repository = format!("{}/acme/app", registry.host());
    push_index(&repository, "0.2.0", &ImageSpec::good_pair());
    registry.forget_requests();
    (registry, repository, Accounts::one("ann", PASSWORD))
}

fn folder(repository: String, more: &str) -> Folder {
    Folder::with(&configuration(&[repository], more))
}

/// As Docker Hub and GHCR give it.
pub fn a_public_image_is_read_with_an_anonymous_token() {
    let (registry, name, mut accounts) = registry();
    accounts.private.clear();
    registry.set_auth(Auth::Bearer(accounts));
    let audit = folder(name.clone(), "").audit().exits(1);
    assert_eq!(audit.status("published"), "COMPLETE", "{}", audit.item("published"));
    assert_eq!(audit.status("multi_arch"), "COMPLETE");
}

/// Reachable only with credentials.
pub fn a_package_that_is_private_by_mistake_fails() {
    let (registry, name, accounts) = registry();
    for auth in [Auth::Basic(accounts.clone()), Auth::Bearer(accounts)] {
        registry.set_auth(auth);
        let release = folder(name.clone(), "");
        release.login(registry.host(), "ann", PASSWORD);
        let audit = release.audit().exits(1);
        assert_eq!(audit.status("published"), "FAILED", "{}", audit.item("published"));
        audit.says("published", &["credentials"]);
        assert!(audit.json["exit_bar_results"]["published"]["hard_stop"].is_null(), "it can be made public");
    }
}

/// However the registry turns strangers away.
pub fn a_stranger_sees_missing_or_private() {
    let (registry, name, accounts) = registry();
    let refusals =
        [Refusal::Unauthorized, Refusal::Forbidden, Refusal::TokenUnauthorized, Refusal::TokenForbidden];
    for refusal in refusals {
        registry.set_auth(Auth::Bearer(Accounts { refusal, ..accounts.clone() }));
        let audit = folder(name.clone(), "").audit().exits(1);
        assert_eq!(audit.status("published"), "NOT STARTED", "{refusal:?}: {}", audit.item("published"));
        audit.says("published", &["missing or private"]);
    }
}

/// Unknown without them.
pub fn an_image_marked_private_is_read_with_credentials() {
    let (registry, name, accounts) = registry();
    registry.set_auth(Auth::Bearer(accounts));
    let release = folder(name.clone(), "private = true");
    let audit = release.audit();
    assert_eq!(audit.status("published"), "UNKNOWN", "no credentials: {}", audit.item("published"));
    release.login(registry.host(), "ann", PASSWORD);
    let audit = release.audit().exits(1);
    assert_eq!(audit.status("published"), "COMPLETE", "{}", audit.item("published"));
    assert_eq!(audit.status("non_root_healthcheck"), "COMPLETE");
}

/// Blobs often lie elsewhere.
pub fn credentials_do_not_follow_a_redirect_to_another_host() {
    let (registry, name, accounts) = registry();
    let (elsewhere, _, _) = self::registry();
    registry.set_auth(Auth::Basic(accounts));
    let base = format!("http://{}", elsewhere.host());
    registry.fault(Fault::on("*/blobs/*", Trouble::Redirect(base)));
    let release = folder(name.clone(), "private = true");
    release.login(registry.host(), "ann", PASSWORD);
    let audit = release.audit().exits(1);
    assert_eq!(audit.status("oci_labels"), "COMPLETE", "{}", audit.item("oci_labels"));
    let followed = elsewhere.requests();
    assert!(!followed.is_empty(), "the redirect was followed");
    assert!(followed.iter().all(|request| !request.authorized), "{followed:?}");
}

/// In no format, whatever goes wrong.
pub fn a_password_is_nowhere_in_the_output() {
    let (registry, name, accounts) = registry();
    registry.set_auth(Auth::Basic(accounts));
    let release = folder(name.clone(), "private = true");
    release.login(registry.host(), "ann", PASSWORD);
    registry.fault(Fault::on("*/blobs/*", Trouble::Status(500)));
    for arguments in [&["audit", "--format", "text", "-v"][..], &["audit", "--format", "markdown"]] {
        let output = release.run(arguments);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!said.contains(PASSWORD), "{said}");
        assert!(!said.contains("YW5uOnBsYW50ZWQ"), "nor encoded: {said}");
    }
}
