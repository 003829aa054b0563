//! Failures that end nothing by themselves, and are looked at further down.

use super::*;

#[test]
fn a_failure_that_is_kept_ends_the_script_further_down() {
    for script in [
        "set +e\ncosign sign x\ncode=$?\nset -e\n[ $code -eq 0 ] || exit 1\necho done",
        "cosign sign x || failed=1\necho more\nexit \"$failed\"",
        "set +e\ncosign sign x; rc=$?; set -e\nif (( rc != 0 )); then exit 1; fi\necho done",
        "set +e\ncosign sign x\n\n# how did that go?\nif [ $? -ne 0 ]; then\n  exit 1\nfi\necho done",
        "cosign sign x | tee log\nif [ \"${PIPESTATUS[0]}\" -ne 0 ]; then exit 1; fi\necho done",
        "for try in 1 2 3; do\n  cosign sign x && break\n  [ $try = 3 ] && exit 1\n  sleep 1\ndone",
        "for try in 1 2 3; do\n  if cosign sign x; then exit 0; fi\n  sleep 5\ndone\nexit 1",
        "for i in 1 2 3; do\n  if cosign sign x; then break; elif [ $i = 3 ]; then exit 1; fi\ndone",
        "until cosign sign x; do sleep 5; done\necho done",
        "while ! cosign sign x; do\n  n=$((n+1))\n  [ $n -lt 3 ] || exit 1\ndone",
    ] {
        assert_eq!(run(script), [(Sign, true)], "{script}");
    }
    for script in [
        "set +e\ncosign sign x\necho $?",
        "set +e\ncosign sign x\necho \"ended with $?\"\n[ -f y ] || exit 1\necho done",
        "set +e\ncosign sign x\ncode=$?\n[ -f y ] || exit 1\necho done",
        "set +e\ncosign sign x\nls\ncode=$?\nexit $code",
        "cosign sign x || failed=1\necho done",
        "cosign sign x || failed=1\n[ -f y ] || exit 1\necho done",
        "cosign sign x || echo no\n[ -f y ] || exit 1",
        "for try in 1 2; do\n  cosign sign x && break\ndone\necho done",
        "until cosign sign x; do\n  break\ndone\necho done",
        "if cosign sign x; then echo ok; fi\n[ -f y ] || exit 1",
    ] {
        assert_eq!(run(script), [(Sign, false)], "{script}");
    }
}

#[test]
fn a_function_that_runs_what_it_is_given_is_read_where_it_gets_it() {
    let retry = "retry() {\n  local n=$1; shift\n  for i in $(seq $n); do\n    \"$@\" && return 0\n    sleep 1\n  done\n  return 1\n}\n";
    let of = |call: &str| {
        let script = format!("{retry}{call}");
        steps(&format!("      - run: |\n{}", indented(script.lines())))
    };
    assert_eq!(of("retry 3 cosign sign --yes \"$IMAGE\""), [(Sign, 15, true)]);
    assert_eq!(of("retry 3 cosign sign x || true\necho done"), [(Sign, 15, false)]);
    assert_eq!(of("retry 3 retry 3 cosign sign x"), [(Sign, 15, true)]);
    assert_eq!(run("loop() {\n  \"$@\"\n}\nloop loop"), [], "and one that is given nothing ends");
}

#[test]
fn a_step_that_may_fail_is_armed_where_another_one_fails_for_it() {
    let of = |after: &str| {
        let step = "      - id: sign\n        run: cosign sign x\n        continue-on-error: true\n";
        steps(&format!("{step}{after}"))[0].2
    };
    for fails in [
        "      - if: steps.sign.outcome == 'failure'\n        run: exit 1\n",
        "      - if: ${{ steps.sign.outcome != 'success' }}\n        run: |\n          echo no\n          exit 1\n",
        "      - run: |\n          [ \"${{ steps.sign.outcome }}\" = success ] || exit 1\n",
        "      - env: { SIGNED: '${{ steps.sign.outcome }}' }\n        run: |\n          [ $SIGNED = success ] || exit 1\n",
        "      - if: steps.sign.outcome == 'failure'\n        uses: actions/github-script@v7\n        with: { script: 'core.setFailed(\"no\")' }\n",
    ] {
        assert!(of(fails), "{fails}");
    }
    for goes_on in [
        "      - run: 'true'\n",
        "      - run: echo \"${{ steps.sign.outcome }}\"\n",
        "      - if: steps.sign.outcome == 'success'\n        run: '[ -f x ] || exit 1'\n",
        "      - if: steps.signed.outcome == 'failure'\n        run: exit 1\n",
    ] {
        assert!(!of(goes_on), "{goes_on}");
    }
    let again = |more: &str| {
        let build = "uses: docker/build-push-action@v6\n        with: { push: true }\n";
        let first = format!("      - id: first\n        continue-on-error: true\n        {build}");
        let second = format!("      - if: steps.first.outcome == 'failure'\n        {more}{build}");
        steps(&format!("{first}{second}")).into_iter().map(|(_, _, armed)| armed).collect::<Vec<_>>()
    };
    assert_eq!(again(""), [true, true]);
}

#[test]
fn a_scan_whose_report_fails_another_step_is_armed() {
    let of = |script: &str| {
        let scan = "      - uses: aquasecurity/trivy-action@v1\n        with: { image-ref: 'x@${{ env.D }}', format: json, output: found.json }\n";
        steps(&format!("{scan}      - run: |\n{}", indented(script.lines())))[0].2
    };
    assert!(of("n=$(jq '[.Results[].Vulnerabilities[]?] | length' found.json)\n[ \"$n\" -eq 0 ] || exit 1"));
    assert!(!of("jq '.Results' found.json"));
    assert!(!of("jq . other.json || exit 1"));
    assert!(!of("cp found.json reports/ || exit 1"));
}

#[test]
fn names_of_steps_have_no_control_characters() {
    let named =
        "      - name: \"a\\e[31mb\"\n        run: |\n          docker push x\n          docker build .\n";
    let workflows = read(&format!("on: push\njobs:\n  a:\n    steps:\n{named}"));
    let names = [&workflows.steps[0].name, &workflows.builds[0].name];
    assert!(names.iter().all(|name| !name.contains(char::is_control)), "{names:?}");
}

#[test]
fn what_runs_anyway_and_asks_how_it_went_is_stopped_by_it() {
    let scan = |job: &str| {
        let text = format!(
            "on: push\njobs:\n  scan:\n    steps:\n      - run: trivy image --exit-code 1 x\n  push:\n    needs: scan\n    if: {job}\n    steps:\n      - run: docker push x\n"
        );
        read(&text).steps[0].disarmed.is_none()
    };
    for anyway in ["always()", "${{ !cancelled() }}", "always() && needs.build.result == 'success'"] {
        assert!(!scan(anyway), "{anyway}");
    }
    for asks in [
        "always() && needs.scan.result == 'success'",
        "always() && !contains(needs.*.result, 'failure')",
        "${{ !cancelled() && !failure() }}",
        "success()",
    ] {
        assert!(scan(asks), "{asks}");
    }
    let step = |condition: &str| {
        steps(&format!(
            "      - id: scan\n        run: trivy image --exit-code 1 x\n      - run: docker push x\n        if: {condition}\n"
        ))[0]
            .2
    };
    assert!(!step("always()"));
    assert!(step("always() && steps.scan.outcome == 'success'"));
}
