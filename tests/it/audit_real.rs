//! Audits of real images in real registries.

use exitbar::demo::Architecture;
use exitbar::model::Digest;
use libtest_mimic::Trial;

use crate::support::docker_registry::DockerRegistry;
use crate::support::image::{ImageSpec, push_index};
use crate::support::parts::{Part, needing};
use crate::support::project::Project;
use crate::support::transfer::Target;
use crate::support::{block_on, fixture};

const REAL: &[Part] = &[Part::DockerRegistry];

pub fn trials() -> Vec<Trial> {
    vec![
        needing("audit_real::a_public_image_is_judged_as_it_is", REAL, a_public_image_is_judged_as_it_is),
        needing(
            "audit_real::a_platform_that_nobody_asked_for_is_not_missed",
            REAL,
            a_platform_that_nobody_asked_for_is_not_missed,
        ),
        needing(
            "audit_real::another_image_under_the_tag_of_one_registry_is_a_hard_stop",
            REAL,
            another_image_under_the_tag_of_one_registry_is_a_hard_stop,
        ),
        needing(
            "audit_real::a_program_for_another_machine_is_found_without_an_engine",
            REAL,
            a_program_for_another_machine_is_found_without_an_engine,
        ),
        needing(
            "audit_real::a_good_image_passes_what_can_be_seen_without_signatures",
            REAL,
            a_good_image_passes_what_can_be_seen_without_signatures,
        ),
        needing(
            "audit_real::a_staged_digest_is_judged_while_no_tag_points_to_it",
            REAL,
            a_staged_digest_is_judged_while_no_tag_points_to_it,
        ),
    ]
}

/// Two registries with a repository each.
struct Pair {
    targets: [Target; 2],
    _servers: [DockerRegistry; 2],
}

impl Pair {
    fn start(repository: &str) -> Self {
        let servers = [DockerRegistry::start(), DockerRegistry::start()];
        let targets = servers.each_ref().map(|server| Target::new(server.host(), repository));
        Self { targets, _servers: servers }
    }

    fn project(&self, version: &str, settings: &str) -> Project {
        let names = self.targets.each_ref().map(Target::reference);
        Project::of_image(version, &[&names[0], &names[1]], settings)
    }
}

fn attested_digest() -> Digest {
    let text = std::fs::read_to_string(fixture("oci/index-attested.digest")).expect("the digest");
    text.trim().parse().expect("a digest")
}

/// The image of slsa-verifier's test data in both registries, as version 13.0.30, with its attestation under
/// cosign's classic tag.
fn attested() -> Pair {
    let pair = Pair::start("slsa/example");
    let layout = fixture("oci/index-attested");
    let attestation: Digest =
        "sha256:31cc4fb663c8d34e2e6a0bd5f183d576c2811ee286e0998b4c2965e3b35a0d86".parse().expect("a digest");
    let classic = format!("sha256-{}.att", attested_digest().hex());
    block_on(async {
        for target in &pair.targets {
            target.layout(&layout, &attested_digest(), "13.0.30").await;
            target.layout(&layout, &attestation, &classic).await;
        }
    });
    pair
}

fn a_public_image_is_judged_as_it_is() {
    let pair = attested();
    let audit = pair.project("13.0.30", "").audit(&[]).exits(1).audit();
    assert_eq!(audit.json["status"], "NO_GO");
    assert_eq!(audit.status("published"), "COMPLETE");
    assert_eq!(audit.status("multi_arch"), "FAILED");
    audit.says("multi_arch", &["linux/arm64"]);
    assert_eq!(audit.status("non_root_healthcheck"), "FAILED");
    assert_eq!(audit.status("oci_labels"), "FAILED");
    audit.says("oci_labels", &["description", "vendor"]);
    for key in ["signed", "sbom"] {
        assert_ne!(audit.status(key), "COMPLETE", "an attestation that nobody verified proves nothing");
    }
    // The BuildKit attestation is set aside: it is no platform of the image.
    let cells = audit.item("multi_arch")["cells"].to_string();
    assert!(!cells.contains("unknown/unknown"), "{cells}");
    let image = &audit.json["images"][0];
    for repository in image["repositories"].as_array().expect("repositories") {
        assert_eq!(repository["digest"], attested_digest().as_str());
        let platforms: Vec<&String> =
            repository["platforms"].as_object().expect("platforms").keys().collect();
        assert_eq!(platforms, ["linux/amd64"]);
        let child = "sha256:ae01bed04d3f41efa80182824a50345cd1430f4d1a9308eda4369122bd94c85e";
        assert_eq!(repository["platforms"]["linux/amd64"], child);
    }
}

fn a_platform_that_nobody_asked_for_is_not_missed() {
    let pair = attested();
    let audit = pair.project("13.0.30", "platforms = [\"linux/amd64\"]").audit(&[]).audit();
    assert_eq!(audit.status("multi_arch"), "COMPLETE", "{}", audit.item("multi_arch"));
}

fn another_image_under_the_tag_of_one_registry_is_a_hard_stop() {
    let pair = Pair::start("acme/app");
    block_on(async {
        push_index(&pair.targets[0], "1.0.0", &ImageSpec::good_pair()).await;
        let mut other = ImageSpec::good_pair();
        other[0].padding = 512;
        push_index(&pair.targets[1], "1.0.0", &other).await;
    });
    let audit = pair.project("1.0.0", "").audit(&[]).exits(1).audit();
    assert_eq!(audit.status("published"), "FAILED");
    assert!(audit.item("published")["hard_stop"].is_string(), "{}", audit.item("published"));
    assert_eq!(audit.json["risk_assessment"], "CRITICAL");
}

fn a_program_for_another_machine_is_found_without_an_engine() {
    let pair = Pair::start("acme/app");
    block_on(async {
        let mut images = ImageSpec::good_pair();
        images[1].program = Architecture::Amd64;
        for target in &pair.targets {
            push_index(target, "1.0.0", &images).await;
        }
    });
    let audit = pair.project("1.0.0", "").audit(&[]).exits(1).audit();
    assert_eq!(audit.status("published"), "COMPLETE");
    assert_eq!(audit.status("multi_arch"), "FAILED");
    audit.says("multi_arch", &["linux/arm64", "amd64"]);
}

fn a_good_image_passes_what_can_be_seen_without_signatures() {
    let pair = Pair::start("acme/team/app");
    block_on(async {
        for target in &pair.targets {
            push_index(target, "1.0.0", &ImageSpec::good_pair()).await;
        }
    });
    let audit = pair.project("1.0.0", "budget = \"1MB\"").audit(&[]).exits(1).audit();
    let complete = ["published", "multi_arch", "non_root_healthcheck", "size_budget", "oci_labels"];
    assert_eq!(audit.statuses(&complete), complete.map(|key| (key, "COMPLETE")));
    assert_eq!(audit.json["proven_score"], 50);
    for key in ["signed", "sbom"] {
        assert_eq!(audit.status(key), "NOT STARTED", "{}", audit.item(key));
    }
}

fn a_staged_digest_is_judged_while_no_tag_points_to_it() {
    let pair = Pair::start("acme/app");
    let digest = block_on(async {
        let mut digest = None;
        for target in &pair.targets {
            digest = Some(push_index(target, "other", &ImageSpec::good_pair()).await);
        }
        digest.expect("pushed")
    });
    let project = pair.project("1.0.0", "");
    let audit = project.audit(&["--digest", &format!("app={digest}")]).exits(1).audit();
    assert_eq!(audit.status("published"), "NOT STARTED");
    assert_eq!(audit.status("multi_arch"), "COMPLETE");
    assert_eq!(audit.status("non_root_healthcheck"), "COMPLETE");
}
