//! What looks like evidence and is none.

use super::*;

/// The hollow lines of the steps of one job: kind, line and why.
fn hollow(steps: &str) -> Vec<(Option<StepKind>, u32, String)> {
    let workflows = read(&format!("on: push\njobs:\n  a:\n    steps:\n{steps}      - run: docker push x\n"));
    assert_eq!(workflows.troubles, []);
    workflows.hollow.into_iter().map(|hollow| (hollow.step, hollow.at.line, hollow.why)).collect()
}

/// The kinds and lines of what a script claims without a look.
fn claims(script: &str) -> Vec<(Option<StepKind>, u32)> {
    let steps = format!("      - run: |\n{}", indented(script.lines()));
    hollow(&steps).into_iter().map(|(kind, line, _)| (kind, line)).collect()
}

#[test]
fn a_success_that_is_only_echoed_is_hollow() {
    let dod = "echo \"## DoD\"\necho \"✅ All images signed\"\necho '✅ SBOM attached'\necho \"✅ no HIGH vulnerabilities\" >> $GITHUB_STEP_SUMMARY\necho \"DoD met\"";
    assert_eq!(claims(dod), [(Some(Sign), 7), (Some(Sbom), 8), (Some(Scan), 9), (None, 10)]);
    assert_eq!(claims("[ -n \"$A\" ] || exit 0\necho \"✅ signed\""), [(Some(Sign), 7)]);
    let summary = "cat >> \"$GITHUB_STEP_SUMMARY\" <<EOF\n# Release\n- ✅ Published to ${{ env.IMAGE }}\nEOF";
    assert_eq!(claims(summary), [(Some(Push), 8)]);
    assert_eq!(claims("cosign verify x --key k || true\necho \"✅ signature verified\""), [(Some(Sign), 7)]);
    for fine in [
        "echo Building\necho \"✅ Version: $VERSION\"",
        "echo \"✅ signing the images now\"",
        "cosign verify --key k x\necho \"✅ signature verified\"",
        "echo \"${{ job.status == 'success' && '✅ signed' || '❌' }}\"",
        "make verify\necho \"✅ all checks passed\"",
        "if [ \"$A\" = b ]; then echo \"✅ signed\"; fi",
        "cosign verify --key k x && echo \"✅ signed\"",
        "[[ $A == b ]] && echo \"✅ signed\"",
        "docker inspect x\necho \"✅ DoD met\"",
        "if [ \"${{ needs.sign.result }}\" != success ]; then\n  exit 1\nfi\necho \"✅ signed\"",
    ] {
        assert_eq!(claims(fine), [], "{fine}");
    }
}

#[test]
fn a_claim_rests_on_the_armed_steps_before_it() {
    let claim = "      - run: echo '✅ images signed'\n";
    let lines = |before: &str| hollow(&format!("{before}{claim}")).len();
    for support in [
        "      - run: cosign sign --yes x\n",
        "      - run: make sign\n",
        "      - uses: acme/sign-images@v1\n",
        "      - run: cosign verify --certificate-identity-regexp '^https://github.com/acme/' x\n",
    ] {
        assert_eq!(lines(support), 0, "{support}");
    }
    for none in [
        "      - uses: actions/checkout@v4\n",
        "      - run: cosign sign --yes x || true\n",
        "      - run: cosign sign --yes x\n        continue-on-error: true\n",
        "      - run: docker build .\n",
    ] {
        assert_eq!(lines(none), 1, "{none}");
    }
    let why = |before: &str| hollow(&format!("{before}{claim}"))[0].2.clone();
    assert!(
        why("      - run: cosign sign --yes x || true\n")
            .ends_with("what does that before it cannot stop anything")
    );
    assert!(why("      - run: docker build .\n").ends_with("nothing before it does or checks that"));
    let anyway = hollow(
        "      - run: cosign sign --yes x\n      - run: echo '✅ images signed'\n        if: always()\n",
    );
    assert_eq!(anyway.len(), 1);
    assert!(anyway[0].2.contains("line 7"), "{anyway:?}");
    let asked = "      - run: cosign sign --yes x\n        id: sign\n      - run: echo '✅ images signed'\n        if: always() && steps.sign.outcome == 'success'\n";
    assert_eq!(hollow(asked), [], "its condition asks");
    let job = |needs: &str| {
        let text = format!(
            "on: push\njobs:\n  build:\n    steps:\n      - run: docker push x\n      - run: cosign sign x\n  done:\n{needs}    steps:\n      - run: echo '✅ signed'\n"
        );
        read(&text).hollow.len()
    };
    assert_eq!((job("    needs: [build]\n"), job("")), (0, 1));
}

#[test]
fn a_job_that_runs_anyway_may_still_look_itself() {
    let text = |condition: &str, before: &str| {
        format!(
            "on: push\njobs:\n  build:\n    steps:\n      - run: docker push x\n      - run: cosign sign x\n  done:\n    needs: [build]\n    if: {condition}\n    steps:\n{before}      - run: echo '✅ signed'\n"
        )
    };
    let lines = |condition: &str, before: &str| {
        let hollow = read(&text(condition, before)).hollow;
        hollow.iter().map(|hollow| hollow.at.line).collect::<Vec<_>>()
    };
    assert_eq!(lines("always()", ""), [11]);
    assert_eq!(lines("always()", "      - run: cosign verify --key k x\n"), [0_u32; 0]);
    assert_eq!(lines("always() && needs.build.result == 'success'", ""), [0_u32; 0]);
}

#[test]
fn an_sbom_that_nobody_attaches_is_named() {
    let later = "      - uses: acme/attach-sbom@v1\n";
    let made = "      - uses: anchore/sbom-action@v0\n";
    let attested = "      - run: cosign attest --type spdxjson --predicate s x@$D\n";
    assert_eq!(
        hollow(made)[0],
        (Some(Sbom), 5, "it makes an SBOM that no step attaches to the image".to_owned())
    );
    assert_eq!(hollow("      - run: syft x -o spdx-json=s\n").len(), 1);
    assert_eq!(hollow(&format!("{made}{later}")), [], "that one may attach it");
    assert_eq!(hollow(&format!("{later}{made}")).len(), 1, "nobody attaches what is made afterwards");
    let at_github = "      - uses: actions/attest-sbom@v2\n        with: { subject-digest: x, push-to-registry: false }\n";
    assert_eq!(hollow(at_github).len(), 1);
    assert_eq!(hollow(&at_github.replace("false", "true")), []);
    assert_eq!(hollow(&format!("{made}{attested}")), []);
    assert_eq!(hollow(&format!("{made}{}", attested.replace("x@$D", "x || true"))).len(), 1);
    assert_eq!(
        hollow("      - uses: docker/build-push-action@v6\n        with: { push: true, sbom: true }\n"),
        []
    );
}

#[test]
fn an_identity_rule_that_everybody_satisfies_is_named() {
    for (rule, is_hollow) in [
        (".*", true),
        ("^https://github.com/.*", true),
        (".+@.+", true),
        ("https://github.com/acme/app/", false),
        ("^https://github\\.com/acme/app/\\.github/workflows/release\\.yml@", false),
    ] {
        let script = format!(
            "cosign verify --certificate-identity-regexp '{rule}' --certificate-oidc-issuer https://token.actions.githubusercontent.com x"
        );
        let found = hollow(&format!("      - run: |\n          {script}\n"));
        assert_eq!(
            found.iter().any(|(kind, line, _)| (*kind, *line) == (Some(Sign), 6)),
            is_hollow,
            "{rule}: {found:?}"
        );
    }
    let attested = "cosign verify-attestation --type spdxjson --certificate-identity-regexp=.* x";
    assert_eq!(claims(attested), [(Some(Sbom), 6)]);
}

#[test]
fn a_scan_of_the_tag_that_was_pushed_is_disarmed() {
    for (reference, armed) in [
        ("ghcr.io/a/b:1", false),
        ("${{ env.IMAGE }}:${{ github.ref_name }}", false),
        ("${{ steps.meta.outputs.tags }}", false),
        ("ghcr.io/a/b@${{ steps.push.outputs.digest }}", true),
        ("${{ steps.push.outputs.image }}", true),
    ] {
        let push = "      - run: docker push x\n";
        let scan = format!(
            "      - uses: aquasecurity/trivy-action@v1\n        with: {{ image-ref: '{reference}', exit-code: 1 }}\n"
        );
        let kinds = |steps: &str| {
            let found = self::steps(steps).into_iter().filter(|(kind, ..)| *kind == Scan);
            found.map(|(_, _, armed)| armed).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&format!("{push}{scan}")), [armed], "{reference}");
        assert_eq!(kinds(&format!("{scan}{push}")), [true], "before the push it can stop it: {reference}");
    }
    let script = |scan: &str| run(&format!("TAG=ghcr.io/a/b:1\ndocker push $TAG\n{scan}"))[1];
    assert_eq!(script("trivy image --severity HIGH --exit-code 1 $TAG"), (Scan, false));
    assert_eq!(script("grype -o json --fail-on high \"$TAG@$DIGEST\""), (Scan, true));
    assert_eq!(script("trivy image --exit-code 1 --input image.tar"), (Scan, true));
}
