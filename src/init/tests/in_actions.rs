//! Images that an action of the repository builds.

use super::*;

const WORKFLOW: &str = "\
on: { push: { tags: ['v*'] } }
jobs:
  images:
    steps:
      - uses: ./.github/actions/image
        with: { name: greenlang-runner, file: Dockerfile.runner }
";

const ACTION: &str = "\
inputs:
  name: { required: true }
  file: { default: Dockerfile }
  registry: { default: quay.io/acme }
runs:
  using: composite
  steps:
    - uses: docker/build-push-action@v6
      with:
        file: ${{ inputs.file }}
        push: true
        tags: ${{ inputs.registry }}/${{ inputs.name }}:${{ github.ref_name }}
";

fn using(workflow: &str) -> Project {
    project(&[
        ("Dockerfile.runner", RUNNER),
        (".github/workflows/release.yml", workflow),
        (".github/actions/image/action.yml", ACTION),
        ("VERSION", "0.2.0\n"),
    ])
}

#[test]
fn what_an_action_of_the_repository_builds_counts_where_it_is_used() {
    let (text, loaded) = written(&using(WORKFLOW));
    assert_eq!(repositories(&loaded), ["runner quay.io/acme/greenlang-runner:v0.2.0"], "{text}");
    assert!(text.contains(".github/actions/image/action.yml:8"), "{text}");
    assert!(text.contains("release.yml releases"), "{text}");
    let (text, loaded) =
        written(&using(&WORKFLOW.replace("./.github/actions/image", "./.github/actions/other")));
    assert_ne!(repositories(&loaded), ["runner quay.io/acme/greenlang-runner:v0.2.0"], "{text}");
}
