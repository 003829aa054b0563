//! Exceptions that are swallowed.

use super::*;

/// Kind and line of each line whose failure goes nowhere, and the line that catches it.
fn hollow(steps: &str) -> Vec<(Option<StepKind>, u32, String)> {
    let workflows = read(&format!("on: push\njobs:\n  a:\n    steps:\n{steps}      - run: docker push x\n"));
    workflows.hollow.into_iter().map(|hollow| (hollow.step, hollow.at.line, hollow.why)).collect()
}

fn why(line: u32) -> String {
    format!("the exception is swallowed (line {line}): its failure stops nothing")
}

fn script(shell: &str, text: &str) -> String {
    format!("      - shell: {shell}\n        run: |\n{}", indented(text.lines()))
}

const TRY: &str = "import subprocess\ntry:\n    subprocess.run([\"cosign\", \"verify\", image], check=True)\n    # trivy image x\n    subprocess.run([\"trivy\", \"image\", image], check=True)\nexcept Exception as e:\n    print(\"⚠️ skipped\", e)\n";

#[test]
fn python_that_goes_on_after_an_exception_is_named_with_both_lines() {
    let expected = [(Some(Sign), 9, why(12)), (Some(Scan), 11, why(12))];
    assert_eq!(hollow(&script("python", TRY)), expected);
    for stops in ["    raise", "    sys.exit(1)", "    raise SystemExit(str(e))"] {
        assert_eq!(
            hollow(&script("python", &TRY.replace("    print(\"⚠️ skipped\", e)", stops))),
            [],
            "{stops}"
        );
    }
    let first_stops = TRY.replace("except Exception", "except ValueError:\n    raise\nexcept Exception");
    assert_eq!(hollow(&script("python", &first_stops))[0].2, why(14));
    assert_eq!(
        hollow(&script(
            "python",
            &TRY.replace("try:", "if True:").replace("except Exception as e:", "else:")
        )),
        []
    );
}

#[test]
fn so_is_what_a_shell_script_gives_to_an_interpreter() {
    let heredoc = format!("python3 - <<'PY'\n{TRY}PY\necho done");
    assert_eq!(hollow(&script("bash", &heredoc)), [(Some(Sign), 10, why(13)), (Some(Scan), 12, why(13))]);
    let argument = "python -c '\ntry:\n    run(\"docker push x\")\nexcept: pass'";
    assert_eq!(hollow(&script("bash", argument)), [(Some(Push), 9, why(10))]);
    assert_eq!(hollow(&script("bash", "cat <<'PY'\ntry:\n    cosign sign\nexcept: pass\nPY")), []);
}

#[test]
fn javascript_and_powershell_catch_as_well() {
    let javascript = |caught: &str| {
        let text = format!(
            "try {{\n  await exec.exec('cosign', ['sign', image])\n}} catch (error) {{\n  {caught}\n}}"
        );
        let script = indented(text.lines()).replace('\n', "\n  ");
        let step =
            format!("      - uses: actions/github-script@v7\n        with:\n          script: |\n  {script}");
        hollow(step.trim_end_matches(' '))
    };
    assert_eq!(javascript("core.warning(error.message)"), [(Some(Sign), 9, why(10))]);
    assert_eq!(javascript("core.setFailed(error.message)"), []);
    let powershell = "try { grype $image --fail-on high } catch { Write-Host 'never mind' }";
    assert_eq!(hollow(&script("pwsh", powershell)), [(Some(Scan), 7, why(7))]);
    assert_eq!(hollow(&script("pwsh", &powershell.replace("Write-Host 'never mind'", "throw"))), []);
    for odd in [
        "try",
        "try {",
        "retry { grype x } catch { }",
        "try { grype x } finally { }",
        "try {} catch",
        "é try { { }",
    ] {
        assert_eq!(hollow(&script("pwsh", odd)), [], "{odd}");
    }
}

proptest! {
    #[test]
    fn no_script_makes_it_panic(text in "(try|except|catch|:|\\{|\\}|\n| |  |é|cosign sign|raise){0,30}") {
        hollow(&script("python", &text));
        hollow(&script("pwsh", &text));
    }
}
