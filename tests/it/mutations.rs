//! One thing is taken from a good image: its item drops, and only what hangs on it.

use exitbar::demo::Architecture;
use libtest_mimic::Trial;

use crate::support::exitbar::Audit;
use crate::support::image::{ImageSpec, push_index};
use crate::support::parts::test;
use crate::support::project::Project;
use crate::support::transfer::Target;
use crate::support::{block_on, embedded};

const SEEN: [&str; 5] = ["published", "multi_arch", "non_root_healthcheck", "size_budget", "oci_labels"];

pub fn trials() -> Vec<Trial> {
    vec![
        test("mutations::a_good_image_loses_nothing", || drops(|_| (), "", "COMPLETE")),
        test("mutations::root_fails_item_6", || {
            drops(|images| images[0].user = "0", "non_root_healthcheck", "FAILED");
        }),
        test("mutations::a_user_that_passwd_does_not_know_fails_item_6", || {
            drops(|images| images[1].user = "nobody", "non_root_healthcheck", "FAILED");
        }),
        test("mutations::a_named_user_that_passwd_knows_passes", || {
            drops(|images| images[1].user = "app", "", "COMPLETE");
        }),
        test("mutations::no_healthcheck_fails_item_6", || {
            drops(|images| images[1].healthcheck = None, "non_root_healthcheck", "FAILED");
        }),
        test("mutations::a_shell_healthcheck_without_a_shell_fails_item_6", || {
            let shell = Some(vec!["CMD-SHELL", "gl health"]);
            drops(|images| images[0].healthcheck.clone_from(&shell), "non_root_healthcheck", "FAILED");
        }),
        test("mutations::a_missing_label_fails_item_10", || {
            drops(
                |images| drop(images[0].labels.remove("org.opencontainers.image.vendor")),
                "oci_labels",
                "FAILED",
            );
        }),
        test("mutations::a_label_of_another_version_fails_item_10", || {
            drops(
                |images| drop(images[1].labels.insert("org.opencontainers.image.version", "0.9.0")),
                "oci_labels",
                "FAILED",
            );
        }),
        test("mutations::an_image_over_its_budget_is_partial", || {
            drops(|images| images[0].padding = 2_000_000, "size_budget", "PARTIAL");
        }),
        test("mutations::a_missing_platform_fails_item_2", || {
            drops(|images| drop(images.pop()), "multi_arch", "FAILED");
        }),
        test("mutations::a_platform_twice_in_the_index_fails_item_2", || {
            drops(|images| images.push(images[1].clone()), "multi_arch", "FAILED");
        }),
        test("mutations::a_program_of_another_machine_fails_item_2", || {
            drops(|images| images[0].program = Architecture::Arm64, "multi_arch", "FAILED");
        }),
    ]
}

fn audited(change: impl Fn(&mut Vec<ImageSpec>)) -> Audit {
    let (first, second) = (embedded(), embedded());
    let mut images = ImageSpec::good_pair();
    change(&mut images);
    let targets = [&first, &second].map(|registry| Target::new(registry.host(), "acme/app"));
    block_on(async {
        for target in &targets {
            push_index(target, "1.0.0", &images).await;
        }
    });
    let names = targets.each_ref().map(Target::reference);
    Project::of_image("1.0.0", &[&names[0], &names[1]], "budget = \"1MB\"").audit(&[]).exits(1).audit()
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
