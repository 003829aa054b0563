//! One thing is taken from a good image: its item drops, and only what hangs on it.

use exitbar::demo::Architecture;
use exitbar::embedded::{Options, Registry};

use crate::image::{ImageSpec, push_index};
use crate::release::{Audit, Folder, configuration};

const SEEN: [&str; 5] = ["published", "multi_arch", "non_root_healthcheck", "size_budget", "oci_labels"];

/// The image that the others are taken from.
pub fn a_good_image_loses_nothing() {
    drops(|_| (), "", "COMPLETE");
}

/// User 0.
pub fn root_fails_item_6() {
    drops(|images| images[0].user = "0", "non_root_healthcheck", "FAILED");
}

/// A name that the image's own accounts lack.
pub fn a_user_that_passwd_does_not_know_fails_item_6() {
    drops(|images| images[1].user = "nobody", "non_root_healthcheck", "FAILED");
}

/// A name that they have.
pub fn a_named_user_that_passwd_knows_passes() {
    drops(|images| images[1].user = "app", "", "COMPLETE");
}

/// None at all.
pub fn no_healthcheck_fails_item_6() {
    drops(|images| images[1].healthcheck = None, "non_root_healthcheck", "FAILED");
}

/// `CMD-SHELL` in an image with no shell.
pub fn a_shell_healthcheck_without_a_shell_fails_item_6() {
    let shell = Some(vec!["CMD-SHELL", "gl health"]);
    drops(|images| images[0].healthcheck.clone_from(&shell), "non_root_healthcheck", "FAILED");
}

/// No vendor.
pub fn a_missing_label_fails_item_10() {
    drops(
        |images| {
            images[0].labels.remove("org.opencontainers.image.vendor");
        },
        "oci_labels",
        "FAILED",
    );
}

/// A label that contradicts the release.
pub fn a_label_of_another_version_fails_item_10() {
    drops(
        |images| {
            images[1].labels.insert("org.opencontainers.image.version", "0.1.0");
        },
        "oci_labels",
        "FAILED",
    );
}

/// 2 MB of 1 MB.
pub fn an_image_over_its_budget_is_partial() {
    drops(|images| images[0].padding = 2_000_000, "size_budget", "PARTIAL");
}

/// An index of amd64 alone.
pub fn a_missing_platform_fails_item_2() {
    drops(|images| drop(images.pop()), "multi_arch", "FAILED");
}

/// Which of the two is pulled?
pub fn a_platform_twice_in_the_index_fails_item_2() {
    drops(|images| images.push(images[1].clone()), "multi_arch", "FAILED");
}

/// An arm64 program behind amd64.
pub fn a_program_of_another_machine_fails_item_2() {
    drops(|images| images[0].program = Architecture::Arm64, "multi_arch", "FAILED");
}

fn audited(change: impl Fn(&mut Vec<ImageSpec>)) -> Audit {
    let registries = [(); 2].map(|()| Registry::start(Options::default()).expect("a registry"));
    let mut images = ImageSpec::good_pair();
    change(&mut images);
    let repositories = registries.each_ref().map(|registry| format!("{}/acme/app", registry.host()));
    for repository in &repositories {
        push_index(repository, "0.2.0", &images);
    }
    Folder::with(&configuration(&repositories, "budget = \"1MB\"")).audit().exits(1)
}

fn drops(change: impl Fn(&mut Vec<ImageSpec>), item: &str, status: &str) {
    let audit = audited(change);
    for key in SEEN {
        let expected = if key == item { status } else { "COMPLETE" };
        // Of a platform that is not there, nothing can be seen by the items that judge each platform.
        if item == "multi_arch" && key != item && key != "published" {
            continue;
        }
        assert_eq!(audit.status(key), expected, "{}", audit.item(key));
    }
}
