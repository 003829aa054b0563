mod actions;
mod claims;
mod declares;
mod endings;
mod exceptions;
mod permissions;

use proptest::prelude::*;

use super::*;
use StepKind::{Push, Sbom, Scan, Sign};

fn read(text: &str) -> Workflows {
    parse(&[(PathBuf::from("release.yml"), text.to_owned())], &LocalActions::new())
}

/// The steps of one job, with their kinds, lines and whether they are armed.
fn steps(steps: &str) -> Vec<(StepKind, u32, bool)> {
    let workflows =
        read(&format!("on: push\njobs:\n  release:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"));
    assert_eq!(workflows.troubles, []);
    workflows.steps.iter().map(|step| (step.step, step.at.line, step.disarmed.is_none())).collect()
}

fn indented<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut lines = lines.collect::<Vec<_>>().join("\n          ");
    lines.insert_str(0, "          ");
    lines.push('\n');
    lines
}

/// Of a `run:` script: what it promises, and whether that is armed.
fn run(script: &str) -> Vec<(StepKind, bool)> {
    let found = steps(&format!("      - run: |\n{}", indented(script.lines())));
    found.into_iter().map(|(kind, _, armed)| (kind, armed)).collect()
}

fn action(uses: &str, with: &[&str]) -> Vec<(StepKind, bool)> {
    let with = if with.is_empty() { String::new() } else { indented(with.iter().copied()) };
    let found = steps(&format!("      - uses: {uses}\n        with:\n          x: y\n{with}"));
    found.into_iter().map(|(kind, _, armed)| (kind, armed)).collect()
}

#[test]
fn a_release_workflow_is_read_with_lines() {
    let found = steps(
        "      - uses: actions/checkout@v4\n      - name: Build\n        uses: docker/build-push-action@v6\n        with:\n          push: true\n          sbom: true\n      - run: |\n          set -e\n          for tag in a b; do\n            cosign sign --yes \"$IMAGE:$tag\"\n          done\n      - uses: aquasecurity/trivy-action@0.28.0\n        with: { image-ref: 'x@${{ env.DIGEST }}', exit-code: '1' }\n",
    );
    assert_eq!(found, [(Push, 8, true), (Sbom, 8, true), (Sign, 15, true), (Scan, 17, true)]);
}

#[test]
fn actions_are_known_whatever_their_version() {
    for (uses, with, expected) in [
        ("docker/build-push-action@9ed2f89", &["push: false"][..], vec![]),
        (
            "docker/build-push-action@v6",
            &["outputs: type=image,name=x,push-by-digest=true,push=true"],
            vec![(Push, true)],
        ),
        ("docker/build-push-action@v6", &["push: ${{ github.ref_type == 'tag' }}"], vec![(Push, true)]),
        ("Docker/Build-Push-Action@v6", &["push: true", "sbom: false"], vec![(Push, true)]),
        (
            "docker/build-push-action@v6",
            &["outputs: 'type=image,push=${{ inputs.publish }}'"],
            vec![(Push, true)],
        ),
        ("docker/build-push-action@v6", &["outputs: 'type=image,push=false'"], vec![]),
        ("docker/build-push-action@v6", &["outputs: 'type=image,push-by-digest=true'"], vec![]),
        ("docker/bake-action@v6", &["set: '*.output=type=image,push=true'"], vec![(Push, true)]),
        ("docker/bake-action@v6", &["set: '*.cache-to=type=registry,ref=x'"], vec![]),
        ("depot/build-push-action@v1", &["push: true"], vec![(Push, true)]),
        ("anchore/sbom-action@v0", &[], vec![(Sbom, true)]),
        ("actions/attest-sbom@v2", &["subject-path: app.tar.gz"], vec![]),
        ("anchore/scan-action@v6", &["path: ."], vec![]),
        ("anchore/sbom-action@v0", &["path: ."], vec![]),
        ("anchore/sbom-action@v0", &["image: x"], vec![(Sbom, true)]),
        ("aquasecurity/trivy-action@master", &["trivy-config: trivy.yaml"], vec![(Scan, true)]),
        ("actions/attest-sbom@v2", &[], vec![(Sbom, true)]),
        ("anchore/scan-action@v6", &[], vec![(Scan, true)]),
        ("anchore/scan-action@v6", &["fail-build: false"], vec![(Scan, false)]),
        ("aquasecurity/trivy-action@master", &[], vec![(Scan, false)]),
        ("aquasecurity/trivy-action@master", &["exit-code: '0'"], vec![(Scan, false)]),
        ("aquasecurity/trivy-action@master", &["exit-code: 1"], vec![(Scan, true)]),
        ("aquasecurity/trivy-action@master", &["scan-type: fs", "exit-code: 1"], vec![]),
        ("aquasecurity/trivy-action@master", &["format: cyclonedx"], vec![(Sbom, true)]),
        ("docker/scout-action@v1", &["exit-code: true"], vec![(Scan, true)]),
        ("sigstore/cosign-installer@v3", &[], vec![]),
    ] {
        assert_eq!(action(uses, with), expected, "{uses} {with:?}");
    }
}

#[test]
fn commands_are_known_by_what_they_do() {
    for (script, expected) in [
        ("docker push $IMAGE", vec![(Push, true)]),
        ("sudo -E docker push x", vec![(Push, true)]),
        ("docker buildx build --platform linux/arm64 --push .", vec![(Push, true)]),
        ("docker buildx build --sbom=true --push=true .", vec![(Push, true), (Sbom, true)]),
        ("docker buildx build --load .", vec![]),
        ("docker buildx build -o type=image,push=true .", vec![(Push, true)]),
        ("docker buildx imagetools create -t a b", vec![(Push, true)]),
        ("skopeo copy oci:dist docker://ghcr.io/a/b", vec![(Push, true)]),
        ("skopeo copy docker://ghcr.io/a/b oci:dist", vec![]),
        ("skopeo copy \"oci:dist:$TAG\" \"docker-daemon:$NAME\"", vec![]),
        ("skopeo copy oci:dist \"$TARGET\"", vec![(Push, true)]),
        ("crane push image.tar ghcr.io/a/b", vec![(Push, true)]),
        ("COSIGN_YES=1 cosign sign x@$DIGEST", vec![(Sign, true)]),
        ("cosign sign-blob file", vec![]),
        ("timeout 5m cosign sign x", vec![(Sign, true)]),
        ("echo \"$TAGS\" | xargs -I {} cosign sign --yes {}@$DIGEST", vec![(Sign, true)]),
        ("xargs -n1 -P 4 docker push < tags", vec![(Push, true)]),
        ("cosign attest --type spdxjson --predicate s x", vec![(Sbom, true)]),
        ("cosign attest --predicate s --type slsaprovenance x", vec![]),
        ("syft x -o spdx-json", vec![(Sbom, true)]),
        ("syft version", vec![]),
        ("trivy image --format spdx-json x", vec![(Sbom, true)]),
        ("trivy image --exit-code 1 x", vec![(Scan, true)]),
        ("trivy image --exit-code=0 x", vec![(Scan, false)]),
        ("trivy image x", vec![(Scan, false)]),
        ("grype x --fail-on high", vec![(Scan, true)]),
        ("grype x", vec![(Scan, false)]),
        ("grype x --config grype.yaml", vec![(Scan, true)]),
        ("grype dir:. --fail-on high", vec![]),
        ("syft scan file:app.deb -o spdx-json", vec![]),
        ("syft scan --source-name app -o spdx-json=s dir:.", vec![]),
        ("docker compose -f compose.yml push", vec![(Push, true)]),
        ("docker compose build --push", vec![(Push, true)]),
        ("docker compose -f compose.yml build", vec![]),
        ("docker buildx --builder big build --push .", vec![(Push, true)]),
        ("docker --config /tmp/auth push x", vec![(Push, true)]),
        ("syft scan registry:x -o spdx-json", vec![(Sbom, true)]),
        ("trivy --severity HIGH --exit-code 1 image x", vec![(Scan, true)]),
        ("docker run --rm -v \"$PWD:/x\" aquasec/trivy:0.60.0 image --exit-code 1 x", vec![(Scan, true)]),
        ("T=ghcr.io/anchore/syft@sha256:00\ndocker run \"$T\" x -o spdx-json", vec![(Sbom, true)]),
        ("docker run ghcr.io/sigstore/cosign/cosign:v2 sign --key k x", vec![(Sign, true)]),
        ("docker run acme/trivy-report image x", vec![]),
        ("D=$(docker push x | grep -o 'sha256:.*')", vec![(Push, true)]),
        ("docker push x | grep digest || true", vec![(Push, false)]),
        ("if crane copy a b; then\n  echo ok\nelse\n  docker push b\nfi", vec![(Push, true), (Push, true)]),
        (
            "if crane copy a b; then\n  echo ok\nelse\n  docker push b || true\nfi",
            vec![(Push, false), (Push, false)],
        ),
        ("export TRIVY_EXIT_CODE=1\ntrivy image x", vec![(Scan, true)]),
        ("export TRIVY_EXIT_CODE=0\ntrivy image x", vec![(Scan, false)]),
        ("docker scout cves --exit-code x", vec![(Scan, true)]),
        ("echo \"cosign sign done\"\necho 'Images signed'\n# cosign sign x", vec![]),
        ("cat <<EOF\ncosign sign x\nEOF", vec![]),
    ] {
        assert_eq!(run(script), expected, "{script}");
    }
}

#[test]
fn a_failure_that_is_swallowed_disarms() {
    for script in [
        "cosign sign x || true",
        "cosign sign x || :",
        "cosign sign x || echo failed",
        "set +e\ncosign sign x\necho done",
        "set +o errexit\ncosign sign x\necho done",
        "cosign sign x | tee log",
        "cosign sign x &",
        "if cosign sign x; then echo ok; fi",
        "! cosign sign x",
        "cosign sign x && echo ok\necho done",
        "sign() {\n  cosign sign x\n}\nsign || true",
        "(set +e; cosign sign x; true)",
    ] {
        assert_eq!(run(script), [(Sign, false)], "{script}");
    }
}

#[test]
fn a_failure_that_ends_the_script_is_armed() {
    for script in [
        "cosign sign x",
        "cosign sign x || exit 1",
        "cosign sign x || { echo failed; exit 2; }",
        "set +e\ncosign sign x",
        "set +e\ntrue\nset -e\ncosign sign x\necho done",
        "set -o pipefail\ncosign sign x | tee log",
        "if ! cosign sign x; then\n  exit 1\nfi",
        "if cosign sign x; then echo ok; else exit 1; fi\necho done",
        "cosign sign x && echo ok",
        "sign() {\n  cosign sign x\n}\nsign",
        "(set +e; true)\ncosign sign x\necho done",
        "${{ inputs.wrapper }} true\ncosign sign ${{ inputs.image }}",
    ] {
        assert_eq!(run(script), [(Sign, true)], "{script}");
    }
}

#[test]
fn what_stands_around_a_step_disarms_it() {
    for around in [
        "continue-on-error: true",
        "continue-on-error: ${{ inputs.lenient }}",
        "if: false",
        "if: ${{ false }}",
        "if: failure()",
        "if: github.event_name == 'pull_request'",
        "if: ${{ inputs.sign && github.event_name == 'pull_request' }}",
    ] {
        let found = steps(&format!("      - run: cosign sign x\n        {around}\n"));
        assert_eq!(found, [(Sign, 6, false)], "{around}");
    }
    for around in [
        "continue-on-error: false",
        "continue-on-error: ${{ github.event_name == 'pull_request' }}",
        "if: always()",
        "if: github.ref_type == 'tag'",
        "if: github.event_name == 'pull_request' || github.ref_type == 'tag'",
        "if: github.event_name != 'pull_request'",
    ] {
        let found = steps(&format!("      - run: cosign sign x\n        {around}\n"));
        assert_eq!(found, [(Sign, 6, true)], "{around}");
    }
    let request = "      - run: docker push x\n        if: github.event_name == 'pull_request'\n";
    assert_eq!(steps(request), [], "what is pushed for a pull request is no release");
    let lenient = "      - run: cosign sign x\n        continue-on-error: ${{ inputs.lenient }}\n";
    let lenient = read(&format!("on: push\njobs:\n  a:\n    steps:\n{lenient}      - run: docker push x\n"));
    assert_eq!(
        lenient.steps[0].disarmed.clone().unwrap().value,
        "continue-on-error of the step, where `${{ inputs.lenient }}` is true: it may fail and the release goes on"
    );
    let job = read(
        "on: push\njobs:\n  release:\n    continue-on-error: true\n    steps:\n      - run: cosign sign x\n",
    );
    let disarmed = job.steps[0].disarmed.clone().unwrap();
    assert_eq!(disarmed.at.line, 4);
}

#[test]
fn a_push_that_runs_anyway_is_stopped_by_nothing() {
    let found = steps(
        "      - run: trivy image --exit-code 1 x\n      - run: docker push x\n        if: always()\n      - run: cosign sign x\n",
    );
    assert_eq!(found, [(Scan, 6, false), (Push, 7, true), (Sign, 9, true)]);
    let jobs = read(
        "on: push\njobs:\n  scan:\n    steps:\n      - run: grype x --fail-on high\n  push:\n    needs: scan\n    if: ${{ always() }}\n    steps:\n      - run: docker push x\n",
    );
    assert_eq!(jobs.steps[0].disarmed.clone().unwrap().at.line, 8);
}

#[test]
fn shells_that_are_no_shell_are_a_trouble_and_no_claim() {
    let workflows = read(
        "on: push\ndefaults:\n  run:\n    shell: pwsh\njobs:\n  release:\n    steps:\n      - run: docker push x\n      - run: docker push y\n        shell: bash\n      - run: if then\n        shell: bash\n  windows:\n    runs-on: windows-latest\n    steps:\n      - run: cosign sign x\n",
    );
    assert_eq!(workflows.steps.len(), 1);
    assert_eq!(workflows.troubles.iter().map(|trouble| trouble.at.line).collect::<Vec<_>>(), [8, 11, 16]);
}

#[test]
fn a_template_of_ones_own_says_whether_errors_end_it() {
    let armed = |shell: &str| {
        let script = "          docker push x\n          echo done\n";
        steps(&format!("      - shell: {shell}\n        run: |\n{script}"))[0].2
    };
    assert!(armed("bash") && armed("sh") && armed("bash -xeuo pipefail {0}"));
    assert!(!armed("bash {0}"));
}

#[test]
fn malformed_yaml_costs_its_own_file_with_its_line() {
    let files = [
        (PathBuf::from("bad.yml"), "on: push\njobs:\n  a: [\n".to_owned()),
        (
            PathBuf::from("good.yml"),
            "on: push\njobs:\n  a:\n    steps:\n      - run: docker push x\n".to_owned(),
        ),
    ];
    let workflows = parse(&files, &LocalActions::new());
    assert_eq!((workflows.files.len(), workflows.steps.len(), workflows.troubles.len()), (2, 1, 1));
    assert_eq!(workflows.troubles[0].at.file, PathBuf::from("bad.yml"));
    assert!(workflows.troubles[0].at.line >= 3, "{:?}", workflows.troubles);
}

#[test]
fn only_what_releases_counts() {
    let job = |run: &str| format!("jobs:\n  a:\n    steps:\n      - run: {run}\n");
    let file = |name: &str, text: String| (PathBuf::from(format!(".github/workflows/{name}")), text);
    let files = [
        file("ci.yml", format!("on: [push, pull_request]\n{}", job("trivy image --exit-code 1 x"))),
        file("pr.yml", format!("on:\n  pull_request:\n{}", job("docker push preview"))),
        file(
            "release.yml",
            format!("on: push\n{}  sign:\n    uses: ./.github/workflows/sign.yml\n", job("docker push x")),
        ),
        file("sign.yml", format!("on: workflow_call\n{}", job("cosign sign x"))),
    ];
    let kinds: Vec<StepKind> =
        parse(&files, &LocalActions::new()).steps.iter().map(|step| step.step).collect();
    assert_eq!(kinds, [Push, Sign]);
    let alone = [file("ci.yml", format!("on: push\n{}", job("grype x --fail-on high")))];
    assert!(parse(&alone, &LocalActions::new()).steps.is_empty());
    let named = [file("publish.yaml", format!("on: push\n{}", job("cosign sign x")))];
    assert_eq!(parse(&named, &LocalActions::new()).steps.len(), 1);
}

#[test]
fn odd_scalars_stay_text() {
    let found = steps(
        "      - name: 1.0\n        uses: docker/build-push-action@v6\n        with:\n          push: yes\n          tags:\n      - name:\n        run: cosign sign x\n",
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn depth_and_length_are_limited() {
    for script in [
        format!("docker push x\n{}true", "true && ".repeat(3_000)),
        format!("docker push x\n{}true{}", "( ".repeat(3_000), " )".repeat(3_000)),
        format!("docker push x\n{}", "echo a line that is long\n".repeat(5_000)),
    ] {
        let indented = indented(script.lines());
        let workflows = read(&format!("on: push\njobs:\n  a:\n    steps:\n      - run: |\n{indented}"));
        assert_eq!((workflows.steps.len(), workflows.troubles.len()), (0, 1));
    }
}

#[test]
fn what_starts_a_release_is_read() {
    let of = |on: &str| {
        let text = format!("on:\n{on}\njobs:\n  a:\n    steps:\n      - run: docker push x\n");
        read(&text).releasing.remove(0)
    };
    let tagged = of("  push:\n    tags: ['v*', '!v*-rc*']\n");
    let filter = tagged.tags.unwrap();
    assert_eq!((filter.only.len(), filter.ignored.len(), tagged.dispatch), (2, 0, None));
    assert_eq!((tagged.on.line, tagged.github_release), (2, false));
    assert_eq!(of("  push:\n    branches: [main]\n").tags, None);
    assert_eq!(of("  push:\n    paths: [src]\n").tags, Some(crate::model::TagFilter::default()));
    assert!(of("  release:\n    types: [published]\n").github_release);
    let inputs = of(
        "  workflow_dispatch:\n    inputs:\n      version: { required: true }\n      level:\n        type: choice\n        options: [a, 1]\n        default: a\n      dry: { type: boolean, default: false }\n",
    );
    let inputs = inputs.dispatch.unwrap();
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["version", "level", "dry"]);
    assert!(inputs[0].is_demanded() && !inputs[1].is_demanded());
    assert_eq!(inputs[1].kind, crate::model::InputKind::Choice(vec!["a".to_owned(), "1".to_owned()]));
    assert_eq!(inputs[2].default.as_deref(), Some("false"));
    assert_eq!(of("  workflow_dispatch:\n").dispatch, Some(Vec::new()));
}

/// Names that the armed steps need, with their lines.
fn needs(text: &str) -> Vec<(String, u32, String)> {
    let needs = read(text).releasing.remove(0).needs;
    needs.into_iter().map(|need| (need.name, need.at.line, need.purpose)).collect()
}

#[test]
fn the_secrets_of_armed_steps_are_needed_and_no_others() {
    let found = needs(
        "on: push\nenv:\n  TOKEN: ${{ secrets.REGISTRY_TOKEN }}\njobs:\n  release:\n    environment: production\n    steps:\n      - uses: docker/login-action@v3\n        with:\n          username: ${{ vars.dockerhub_user }}\n          password: ${{ secrets['DOCKERHUB_TOKEN'] }}\n      - run: |\n          set -eu\n          echo \"$TOKEN\" | docker login ghcr.io -u me --password-stdin\n          docker push x\n      - run: cosign sign --key env://KEY x\n        env: { KEY: '${{ secrets.COSIGN_KEY }}', OTHER: '${{ secrets.A || secrets.B }}' }\n      - run: curl ${{ secrets.SLACK }}\n      - run: cosign sign ${{ secrets.LENIENT }} || true\n      - uses: docker/login-action@v3\n        if: env.MIRROR != ''\n        env: { MIRROR: '${{ secrets.MIRROR }}' }\n        with: { password: '${{ secrets.GITHUB_TOKEN }}' }\n  test:\n    steps:\n      - uses: docker/login-action@v3\n        with: { password: '${{ secrets.TEST_ONLY }}' }\n",
    );
    let expected = [
        ("COSIGN_KEY", 17, "signs with it"),
        ("DOCKERHUB_TOKEN", 11, "logs in with it"),
        ("REGISTRY_TOKEN", 3, "logs in with it"),
        ("DOCKERHUB_USER", 10, "logs in with it"),
    ];
    assert_eq!(found, expected.map(|(name, line, purpose)| (name.to_owned(), line, purpose.to_owned())));
}

#[test]
fn a_called_workflow_needs_what_its_caller_passes() {
    let called = "on:\n  workflow_call:\njobs:\n  a:\n    steps:\n      - uses: docker/login-action@v3\n        with: { password: '${{ secrets.token }}' }\n      - run: docker push x\n";
    let of = |secrets: &str| {
        let caller = format!(
            "on: push\njobs:\n  a:\n    uses: ./.github/workflows/push.yml\n    secrets: {secrets}\n"
        );
        let files = [("release.yml".into(), caller), ("push.yml".into(), called.to_owned())];
        let mut releasing = parse(&files, &LocalActions::new()).releasing;
        assert_eq!(releasing.len(), 1);
        let needs = releasing.remove(0).needs.into_iter();
        needs.map(|need| format!("{} {}", need.name, need.at)).collect::<Vec<_>>()
    };
    assert_eq!(of("inherit"), ["TOKEN push.yml:7"]);
    assert_eq!(of("{ token: '${{ secrets.DOCKERHUB_TOKEN }}' }"), ["DOCKERHUB_TOKEN push.yml:7"]);
    assert!(of("{}").is_empty());
}

#[test]
fn the_file_that_is_named_releases_with_what_it_calls() {
    let job = |run: &str| format!("on: push\njobs:\n  a:\n    steps:\n      - run: {run}\n");
    let files = [
        (PathBuf::from("w/nightly.yml"), job("docker push nightly")),
        (PathBuf::from("w/ship.yml"), format!("{}  b:\n    uses: ./w/sign.yml\n", job("docker push x"))),
        (
            PathBuf::from("w/sign.yml"),
            "on: workflow_call\njobs:\n  a:\n    steps:\n      - run: cosign sign x\n".to_owned(),
        ),
    ];
    assert_eq!(parse(&files, &LocalActions::new()).releasing.len(), 2);
    let named = parse_named(&files, &LocalActions::new(), Some(Path::new("ship.yml")));
    assert_eq!(named.steps.iter().map(|step| step.step).collect::<Vec<_>>(), [Push, Sign]);
    let missing = parse_named(&files, &LocalActions::new(), Some(Path::new("gone.yml")));
    assert!(missing.steps.is_empty() && missing.troubles[0].value.contains("gone.yml"));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn no_script_makes_the_parser_panic(
        script in r#"(docker push x|cosign sign|\|\||&&|\||;|&|if |then |else |fi|for a in |do |done|\{ | \}|\(|\)|"|'|\$\(|\$\{\{|\}\}|set \+e| |\\|<<EOF|EOF|!|é|\[\[ | \]\]){0,30}"#
    ) {
        let indented = script.replace('\n', "\n          ");
        let _ = read(&format!("on: push\njobs:\n  a:\n    steps:\n      - run: |\n          {indented}\n"));
    }
}
