use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

fn read(steps: &str) -> Workflows {
    let text = format!("on: push\njobs:\n  release:\n    runs-on: ubuntu-latest\n    steps:\n{steps}");
    parse(&[(PathBuf::from(".github/workflows/release.yml"), text)])
}

/// Kind, line, and why it is disarmed.
fn steps(workflows: &Workflows) -> Vec<(StepKind, u32, Option<&str>)> {
    let step = |step: &'_ DeclaredStep| (step.step, step.at.line);
    workflows
        .steps
        .iter()
        .map(|found| {
            let (kind, line) = step(found);
            (kind, line, found.disarmed.as_ref().map(|why| why.value.as_str()))
        })
        .collect()
}

fn only(steps_text: &str) -> (StepKind, bool) {
    let read = read(steps_text);
    assert_eq!(read.steps.len(), 1, "{read:?}");
    (read.steps[0].step, read.steps[0].disarmed.is_none())
}

#[test]
fn actions_and_commands_promise_with_their_lines() {
    let read = read(
        "      - uses: docker/build-push-action@v6\n        with: { push: true, sbom: true }\n      - run: |\n          set -x\n          cosign sign --yes \"$IMAGE\"\n          cosign attest --type spdxjson --predicate sbom.json \"$IMAGE\"\n      - run: trivy image --exit-code 1 ${{ env.IMAGE }}\n",
    );
    assert_eq!(
        steps(&read),
        [
            (StepKind::Push, 6, None),
            (StepKind::Sbom, 6, None),
            (StepKind::Sign, 10, None),
            (StepKind::Sbom, 11, None),
            (StepKind::Scan, 12, None),
        ]
    );
}

#[test]
fn a_build_that_pushes_nothing_promises_nothing() {
    assert!(
        read("      - uses: docker/build-push-action@v6\n        with: { push: false }\n").steps.is_empty()
    );
    assert!(read("      - run: echo \"cosign sign done ✅\"\n").steps.is_empty());
    assert!(read("      - run: docker build .\n").steps.is_empty());
}

#[test]
fn a_scan_that_cannot_fail_is_disarmed() {
    let trivy = |with: &str| {
        only(&format!("      - uses: aquasecurity/trivy-action@0.28.0\n        with: {{ {with} }}\n"))
    };
    assert_eq!(trivy("exit-code: '1'"), (StepKind::Scan, true));
    assert_eq!(trivy("exit-code: 0"), (StepKind::Scan, false));
    assert_eq!(trivy("severity: HIGH"), (StepKind::Scan, false));
    assert_eq!(trivy("format: spdx-json"), (StepKind::Sbom, true));
    assert_eq!(only("      - run: grype app:1\n"), (StepKind::Scan, false));
    assert_eq!(only("      - run: grype app:1 --fail-on high\n"), (StepKind::Scan, true));
    let anchore = "      - uses: anchore/scan-action@v4\n        with: { fail-build: false }\n";
    assert_eq!(only(anchore), (StepKind::Scan, false));
}

#[test]
fn what_swallows_a_failure_disarms_the_step() {
    for text in [
        "      - run: cosign sign x || true\n",
        "      - run: cosign sign x || echo 'never mind'\n",
        "      - run: |\n          set +e\n          cosign sign x\n          echo done\n",
        "      - run: cosign sign x | tee log\n",
        "      - run: cosign sign x &\n",
        "      - run: |\n          if cosign sign x; then echo ok; fi\n",
        "      - run: cosign sign x\n        continue-on-error: true\n",
        "      - run: cosign sign x\n        if: ${{ false }}\n",
    ] {
        assert_eq!(only(text), (StepKind::Sign, false), "{text}");
    }
    for text in [
        "      - run: cosign sign x\n",
        "      - run: cosign sign x || exit 1\n",
        "      - run: cosign sign x | tee log\n        shell: bash\n",
        "      - run: |\n          set -o pipefail\n          cosign sign x | tee log\n",
        "      - run: sudo env A=1 cosign sign x && echo ok\n",
        "      - run: cosign sign x\n        continue-on-error: false\n",
    ] {
        assert_eq!(only(text), (StepKind::Sign, true), "{text}");
    }
}

#[test]
fn another_shell_is_not_read_and_that_is_said() {
    let read = read("      - run: docker push x\n      - run: cosign sign x\n        shell: pwsh\n");
    assert_eq!(read.steps.len(), 1);
    assert!(read.troubles[0].value.contains("pwsh"));
    assert_eq!(read.troubles[0].at.line, 7);
}

#[test]
fn of_several_files_those_that_push_count_and_a_broken_one_costs_itself() {
    let file = |name: &str, text: &str| (PathBuf::from(name), text.to_owned());
    let job = |run: &str| format!("on: push\njobs:\n  j:\n    steps:\n      - run: {run}\n");
    let read = parse(&[
        file("ci.yml", &job("trivy image --exit-code 1 x")),
        file("release.yml", &job("docker push x")),
        file("broken.yml", "jobs:\n  a: [\n"),
    ]);
    let kinds: Vec<_> = read.steps.iter().map(|step| step.step).collect();
    assert_eq!(kinds, [StepKind::Push]);
    assert_eq!(read.files.len(), 3);
    assert!(read.troubles.iter().any(|trouble| trouble.at.file.ends_with("broken.yml")));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[ -~\n]{0,200}") {
        parse(&[(PathBuf::from("release.yml"), text.clone())]);
        read(&format!("      - run: |\n          {}\n", text.replace('\n', "\n          ")));
    }
}
