//! A whole release, action by action, into two real registries.

use exitbar::demo::{self, DemoOptions};
use libtest_mimic::Trial;

use crate::support::docker_registry::DockerRegistry;
use crate::support::parts::{Part, needing};
use crate::support::project::Project;

pub fn trials() -> Vec<Trial> {
    vec![
        needing(
            "release::built_run_pushed_and_published_into_docker_registries",
            &[Part::DockerRegistry],
            built_run_pushed_and_published,
        ),
        needing(
            "release::publishing_needs_a_yes_and_nothing_is_changed_without",
            &[Part::DockerRegistry],
            publishing_needs_a_yes,
        ),
    ]
}

fn project(registries: &[DockerRegistry; 2]) -> Project {
    let project = Project::empty();
    let options = DemoOptions {
        registries: registries.each_ref().map(|registry| registry.host().to_owned()),
        native_only: true,
        program: env!("CARGO_BIN_EXE_exitbar").into(),
    };
    demo::write(project.path(), &options).expect("the release");
    project
}

fn built_run_pushed_and_published() {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let project = project(&registries);
    assert_eq!(project.audit(&[]).exits(1).audit().score(), 45);
    let steps: [(&[&str], u64); 5] = [
        (&["build"], 60),
        (&["run-version"], 60),
        (&["example"], 65),
        (&["push", "--yes"], 70),
        (&["publish", "--yes"], 70),
    ];
    for (action, score) in steps {
        project.exitbar(action).run().exits(0);
        let audit = project.audit(&[]).exits(1).audit();
        assert_eq!(audit.score(), score, "after {action:?}");
    }
    let audit = project.audit(&[]).audit();
    assert_eq!(audit.status("published"), "COMPLETE");
    let images = audit.json["images"].as_array().expect("images");
    for image in images {
        let digests: Vec<_> = image["repositories"]
            .as_array()
            .expect("repositories")
            .iter()
            .map(|repository| &repository["digest"])
            .collect();
        assert!(digests[0].is_string());
        assert_eq!(digests[0], digests[1]);
    }
}

fn publishing_needs_a_yes() {
    let registries = [DockerRegistry::start(), DockerRegistry::start()];
    let project = project(&registries);
    project.exitbar(&["build"]).run().exits(0);
    let refused = project.exitbar(&["push"]).run();
    assert_ne!(refused.code, Some(0), "{}", refused.stdout);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    let readonly = project.exitbar(&["push", "--yes", "--readonly"]).run();
    assert_ne!(readonly.code, Some(0), "{}", readonly.stdout);
    assert_eq!(project.audit(&[]).audit().status("multi_arch"), "CONFIGURED", "nothing was pushed");
}
