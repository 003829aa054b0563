//! Images whose names and files reach a workflow of the repository through what it is called with.

use super::*;

const CALLER: &str = "\
on: { push: { tags: ['v*'] } }
jobs:
  images:
    strategy: { matrix: { image: [runner, full] } }
    uses: ./.github/workflows/image.yml
    with:
      image: greenlang-${{ matrix.image }}
      dockerfile: Dockerfile.${{ matrix.image }}
      tag: ${{ github.ref_name }}
";

const CALLED: &str = "\
on:
  workflow_call:
    inputs:
      registry: { type: string, default: quay.io }
      image: { type: string, required: true }
      dockerfile: { type: string, default: Dockerfile }
      tag: { type: string }
      push: { type: boolean, default: true }
jobs:
  image:
    env: { IMAGE: '${{ inputs.registry }}/acme/${{ inputs.image }}' }
    steps:
      - uses: docker/build-push-action@v6
        with:
          file: ${{ inputs.dockerfile }}
          push: ${{ inputs.push }}
          platforms: linux/amd64
          tags: |
            ${{ env.IMAGE }}:${{ inputs.tag }}
            docker.io/acme/${{ inputs.image }}:${{ inputs.tag }}
      - run: cosign sign --yes \"$IMAGE@sha256:x\"
";

fn calling(caller: &str, called: &str) -> Project {
    project(&[
        ("Dockerfile.runner", RUNNER),
        ("Dockerfile.full", FULL),
        (".github/workflows/release.yml", caller),
        (".github/workflows/image.yml", called),
        ("VERSION", "0.2.0\n"),
    ])
}

#[test]
fn what_a_workflow_is_called_with_says_which_images_it_builds() {
    let (text, loaded) = written(&calling(CALLER, CALLED));
    assert_eq!(
        repositories(&loaded),
        [
            "runner quay.io/acme/greenlang-runner:v0.2.0",
            "runner docker.io/acme/greenlang-runner:v0.2.0",
            "full quay.io/acme/greenlang-full:v0.2.0",
            "full docker.io/acme/greenlang-full:v0.2.0",
        ],
        "{text}"
    );
    let way = "# Dockerfile.full, built and pushed by .github/workflows/image.yml:13, through .github/workflows/release.yml:5\n";
    assert!(text.contains(way), "{text}");
    assert!(text.contains(".github/workflows/release.yml releases"), "{text}");
    // The certificate names the workflow that is called, at the refs of the one that calls it.
    assert!(text.contains(r"/\.github/workflows/image\.yml@refs/tags/v[^/]*$'"), "{text}");
}

#[test]
fn a_default_counts_until_something_else_is_given_and_what_is_gone_is_not_guessed() {
    let given = CALLER.replace("    with:\n", "    with:\n      registry: ghcr.io\n");
    let (text, loaded) = written(&calling(&given, CALLED));
    assert!(repositories(&loaded)[0].contains(" ghcr.io/acme/greenlang-runner:"), "{text}");

    let without = CALLED.replace("      registry: { type: string, default: quay.io }\n", "");
    let (text, loaded) = written(&calling(CALLER, &without));
    assert_eq!(loaded.release.images[0].repositories.len(), 1, "{text}");
    assert!(
        text.contains("FILL IN: .github/workflows/image.yml:12 pushes to {?}/acme/greenlang-runner"),
        "{text}"
    );

    let off = CALLER.replace("    with:\n", "    with:\n      push: false\n");
    let (text, _) = written(&calling(&off, CALLED));
    assert!(!text.contains("quay.io"), "{text}");
}

#[test]
fn the_same_workflow_called_by_another_one_is_not_the_release_s() {
    let mut both = calling(CALLER, CALLED);
    let nightly = "on: { schedule: [{ cron: '0 0 * * *' }] }\njobs:\n  a:\n    uses: ./.github/workflows/image.yml\n    with: { image: nightly, tag: edge }\n";
    both.files.insert(".github/workflows/nightly.yml".into(), nightly.to_owned());
    let (text, loaded) = written(&both);
    assert_eq!(loaded.release.images.len(), 2, "{text}");
    assert!(text.contains(".github/workflows/nightly.yml pushes images as well"), "{text}");
}

#[test]
fn workflows_that_call_each_other_come_to_an_end() {
    let circle = "on: { push: { tags: ['v*'] }, workflow_call: {} }\njobs:\n  a:\n    uses: ./.github/workflows/image.yml\n  b:\n    uses: ./.github/workflows/release.yml\n";
    written(&calling(circle, circle));
}
