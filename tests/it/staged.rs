//! A digest that the operator gives, while no tag points to it.

use exitbar::embedded::{Options, Registry};

use crate::image::{ImageSpec, push_index};
use crate::release::{Folder, configuration};

/// `--digest app=sha256:…`
pub fn a_digest_given_by_the_operator_is_judged_before_any_tag_points_to_it() {
    let registry = Registry::start(Options::default()).expect("a registry");
    let repository = format!("{}/acme/app", registry.host());
    let digest = push_index(&repository, "other", &ImageSpec::good_pair());
    let folder = Folder::with(&configuration(&[repository], "budget = \"1MB\""));
    let audit = folder.audit_with(&["--digest", &format!("app={digest}")]).exits(1);
    assert_eq!(audit.status("published"), "NOT STARTED");
    let complete = ["multi_arch", "non_root_healthcheck", "size_budget", "oci_labels"];
    assert_eq!(audit.statuses(&complete), complete.map(|item| (item, "COMPLETE")));
    assert_eq!(audit.json["proven_score"], 40);
}
